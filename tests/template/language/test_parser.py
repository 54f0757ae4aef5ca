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
    ("content", "message", "position"),
    [
        ("", "a name is missing", 0),
        ("a + ", "a name is missing", 4),
        ("for a in", "a name is missing", 8),
        ("for 7 in b", "a name for the element is missing", 4),
        ("for a of b", "expected 'in' after 'for a'", 6),
        ("if a >", "a name is missing", 6),
        ("(a", "expected ')'", 2),
        ("$sum(a", "expected ')'", 6),
        ("$round(a 1)", "expected ','", 9),
        ("$sum()", "'$sum' takes one argument", 0),
        ("$round(a, 1, 2)", "'$round' takes one or two arguments", 0),
        ("a b", "names can't contain spaces ('a b')", 2),
        ("a[b]", "a list position must be a whole number", 2),
        ("a ? b", "unexpected character '?'", 2),
        ("a :: ", "a modifier is missing", 5),
        ("a :: format(b)", "arguments must be in quotation marks", 12),
        ("a :: default('b", "a quotation mark is not closed", 13),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(content, message, position):
    with pytest.raises(TagSyntaxError) as raised:
        parse(content)
    assert (str(raised.value), raised.value.position) == (message, position)


@pytest.mark.parametrize(
    ("content", "name"),
    [("$total(a)", "$total"), ("a :: bold", "bold")],
    ids=["function", "modifier"],
)
def test_an_unknown_name_is_said_beside_those_that_are_known(content, name):
    with pytest.raises(TagSyntaxError) as raised:
        parse(content)
    assert f"'{name}' (known: " in str(raised.value)


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
