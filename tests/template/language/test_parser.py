"""Parsing of tags."""

from hypothesis import given
from hypothesis import strategies as st

from docgen_nb import samples
from docgen_nb.template import Template
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse

NAMES = st.sampled_from(
    ["a", "order", "if", "for", "else", "endif", "true", "null", "in", "_x", "$sum", "ä", "1", ""]
)


def parse_tag(content: str) -> object:
    try:
        return parse(content)
    except TagSyntaxError as error:
        return str(error)


@given(
    st.lists(NAMES, min_size=1, max_size=4), st.sampled_from([".", " ", "..", " . "]), st.booleans()
)
def test_the_shortcut_for_plain_paths_agrees_with_the_parser(names, separator, has_spaces):
    content = separator.join(names)
    content = f" {content}\u00a0" if has_spaces else content

    assert parse_tag(content) == parse_tag(f"{content}\u200b")  # without the shortcut


def test_a_number_with_two_decimal_points_is_a_syntax_error():
    problems = Template(samples.template("{{1.2.3}}")).problems()

    assert [str(problem) for problem in problems] == [
        "The tag '{{1.2.3}}' cannot be read: unexpected '.'."
    ]
