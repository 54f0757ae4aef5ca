"""The constructs that a tag uses, by their names in `portability.csv`."""

from collections.abc import Container, Iterator
from itertools import pairwise

from docgen_nb.template.language.ast import (
    Arithmetic,
    BareKeyword,
    Call,
    Comparison,
    Condition,
    Constant,
    Expression,
    If,
    Logic,
    Loop,
    Modifier,
    Negative,
    Path,
    Present,
    Tag,
    Truth,
    Value,
    has_modifier,
    paths,
)
from docgen_nb.template.language.formatting import date_tokens
from docgen_nb.template.language.lexer import is_single_quote, tokenize

_DOCUMENTED_DATE = {"dd", "mm", "mmm", "yy", "yyyy", "-"}
_DELIMITERS = {"delimiter", "lastdelimiter"}
_SHARED = {"lowercase": "uppercase", "lastdelimiter": "delimiter"}  # one row for both


def constructs(tag: Tag, content: str, *, elements: Container[str] = ()) -> set[str]:
    """Return the constructs of a tag besides its path; `elements` are names of loops.

    >>> sorted(constructs(Value(Path(("items", 0, "name"))), "{{items[0].name}}"))
    ['list_position']
    """
    if isinstance(tag, BareKeyword):
        return set()
    names = {name for path in paths(tag) for name in _of_path(path)}
    match tag:
        case Value(expression=Path(steps=steps), modifiers=()):
            if len(steps) == 1 and steps[0] in elements:
                names.add("plain_element")
            return names
        case Value():
            names.update(_of_value(tag, elements))
        case If(condition=condition):
            names.add("condition")
            names.update(_of_condition(condition))
        case Loop(keyword=keyword):
            names.add("optional_loop" if has_modifier(tag, "optional") else keyword)
    names.update(_of_spelling(tag, content))
    return names


def _of_path(path: Path) -> Iterator[str]:
    if len(path.names) < len(path.steps):
        yield "list_position"
    if not all(map(str.isascii, path.names)):
        yield "foreign_letters"


def _of_value(tag: Value, elements: Container[str]) -> Iterator[str]:
    expression = tag.expression
    names = {one.name for one in tag.modifiers}
    if not isinstance(expression, Path):
        yield from _of_expression(expression)
        if names:
            yield "modified_calculation"
    elif expression.steps[0] in elements:
        if len(expression.steps) == 1:
            yield "plain_element"
    elif names & _DELIMITERS:
        yield "delimiter_of_list"
    if len(names) > 1 and not names <= _DELIMITERS:
        yield "several_modifiers"
    yield from map(_of_modifier, tag.modifiers)


def _of_modifier(modifier: Modifier) -> str:
    if modifier.name != "format":
        return _SHARED.get(modifier.name, modifier.name)
    pattern = modifier.arguments[0]
    if pattern.endswith("-Number"):
        return "number_format"
    tokens = date_tokens(pattern)
    if tokens is None:
        return "mask"
    return "date_format" if _DOCUMENTED_DATE.issuperset(tokens) else "date_pattern"


def _of_expression(node: Expression) -> Iterator[str]:
    match node:
        case Constant():
            yield "constant"
        case Negative(operand=operand):
            yield "-"
            yield from _of_expression(operand)
        case Arithmetic(operator=operator, left=left, right=right):
            yield operator
            yield from _of_expression(left)
            yield from _of_expression(right)
        case Call(name=name, arguments=(first, *_)):  # a second one is only a number of digits
            yield name
            yield from _of_expression(first)


def _of_condition(node: Condition) -> Iterator[str]:
    match node:
        case Logic(operator=operator, terms=terms):
            yield operator
            for term in terms:
                yield from _of_condition(term)
        case Present():
            yield "is_present"
        case Truth(operand=operand):
            yield "truth" if isinstance(operand, Path) else "calculation_in_condition"
        case Comparison(operator=operator, left=left, right=right):
            yield from [] if operator == "==" else [operator]
            yield from _of_operands(left, right)


def _of_operands(left: Expression, right: Expression) -> Iterator[str]:
    if isinstance(left, Path) and isinstance(right, Path):
        yield "compared_paths"
    for operand in (left, right):
        if isinstance(operand, Constant):
            if not isinstance(operand.value, str):
                is_keyword = operand.value is None or isinstance(operand.value, bool)
                yield "keyword_literal" if is_keyword else "number_literal"
        elif not isinstance(operand, Path):
            yield "calculation_in_condition"


def _of_spelling(tag: Tag, content: str) -> Iterator[str]:
    """Yield what the syntax tree does not show."""
    inside = content[2:-2]
    tokens = tokenize(inside)
    if any(one.kind == "text" and is_single_quote(inside[one.position]) for one in tokens):
        yield "single_quotes"
    if isinstance(tag, If) and any(
        one.kind == "symbol" and one.text == "(" and not before.text.startswith("$")
        for before, one in pairwise(tokens)
    ):
        yield "parentheses"
    if isinstance(tag, Value) and {one.name for one in tag.modifiers} == _DELIMITERS:
        yield from ["repeated_colons"] if sum(one.text == "::" for one in tokens) > 1 else []
