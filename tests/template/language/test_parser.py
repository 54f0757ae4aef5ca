"""Parsing of tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen_nb import samples
from docgen_nb.template import Template
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse

NAMES = st.sampled_from(
    [
        "a",
        "order",
        "if",
        "for",
        "else",
        "endif",
        "true",
        "null",
        "in",
        "_x",
        "$sum",
        "ä",
        "a·b",
        "1",
        "",
    ]
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


@pytest.mark.parametrize(
    ("most", "one_more", "message"),
    [
        ("a" * 4000, "a", "it has more than 4000 characters"),
        (".".join("a" * 40), ".a", "more than 40 levels"),
        (".".join("a" * 39) + "[0]", ".a", "more than 40 levels"),
    ],
)
def test_a_tag_may_be_as_long_and_as_deep_as_its_limit(most, one_more, message):
    assert message not in str(parse_tag(most))
    assert parse_tag(most + one_more) == message


DEEP = {
    "minus": lambda depth: "-" * depth + "a",
    "calculation": lambda depth: "(" * depth + "a" + ")" * depth,
    "function": lambda depth: "$abs(" * depth + "a" + ")" * depth,
    "condition": lambda depth: "if " + "(" * depth + "a > 1" + ")" * depth,
}


@pytest.mark.parametrize("tag", DEEP.values(), ids=DEEP)
def test_a_tag_may_be_nested_forty_levels_deep(tag):
    assert not isinstance(parse_tag(tag(40)), str)
    assert parse_tag(tag(41)) == "more than 40 levels"


def test_a_dot_in_the_middle_of_a_line_is_no_part_of_a_name():
    assert parse_tag("a·b") == "unexpected character '·'"
