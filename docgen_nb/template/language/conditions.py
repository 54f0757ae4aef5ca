"""Turns the conditions of tags into functions of the frame."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from docgen_nb.template.language.ast import (
    Comparison,
    Condition,
    Constant,
    Expression,
    Logic,
    Path,
    Present,
    Truth,
)
from docgen_nb.template.language.expressions import (
    Absent,
    Frame,
    Getter,
    Scope,
    Unsuitable,
    expression,
    getter,
)
from docgen_nb.template.language.formatting import read_number, show, to_number

# Called with what a condition could not use; the comparison is then false.
Complain = Callable[[Absent | Unsuitable | ArithmeticError], None]
Test = Callable[[Frame, Complain], bool]


def condition(node: Condition, scope: Scope) -> Test:
    """A function that decides a condition, and complains of absent and unfit operands."""
    match node:
        case Present(path=path):
            get = getter(path, scope)
            return lambda frame, complain: get(frame) is not None
        case Truth(operand=operand):
            return _truth(operand, scope)
        case Comparison():
            return _comparison(node, scope)
        case Logic(operator=word, terms=terms):
            tests = [condition(term, scope) for term in terms]
            decide = all if word == "and" else any
            return lambda frame, complain: decide([test(frame, complain) for test in tests])


def _truth(node: Expression, scope: Scope) -> Test:
    if isinstance(node, Path):
        return _truth_of_path(node, scope)
    compute = expression(node, scope)

    def test(frame: Frame, complain: Complain) -> bool:
        try:
            return bool(compute(frame))
        except (Absent, Unsuitable, ArithmeticError) as fault:
            complain(fault)
            return False

    return test


def _truth_of_path(path: Path, scope: Scope) -> Test:
    get = getter(path, scope)

    def test(frame: Frame, complain: Complain) -> bool:
        value = get(frame)
        try:
            return bool(value)
        except (TypeError, ValueError):  # no JSON: an array of NumPy, pandas' NA
            complain(Unsuitable(path, value))
            return False

    return test


def _comparison(node: Comparison, scope: Scope) -> Test:
    left, right = _side(node.left, node.right, scope), _side(node.right, node.left, scope)
    compare = _COMPARE[node.operator]
    alike = _as_texts if _is_word(node.left) or _is_word(node.right) else _alike

    def test(frame: Frame, complain: Complain) -> bool:
        try:
            a, b = left(frame), right(frame)
        except (Absent, Unsuitable, ArithmeticError) as fault:
            complain(fault)
            return False
        return compare(*alike(a, b))

    return test


def _side(node: Expression, other: Expression, scope: Scope) -> Getter:
    """One side as a value; beside a written null, an absent path is a null, not a fault."""
    if isinstance(node, Path) and other == Constant(None):
        return getter(node, scope)
    compute = expression(node, scope)

    def side(frame: Frame) -> Any:
        value = compute(frame)
        if isinstance(value, dict | list):
            raise Unsuitable(node if isinstance(node, Path) else None, value)
        return value

    return side


def _is_word(node: Expression) -> bool:
    """Whether a side is a text in quotes that spells no number, so that none need be looked for."""
    return (
        isinstance(node, Constant) and isinstance(node.value, str) and _spelled(node.value) is None
    )


def _as_texts(a: Any, b: Any) -> tuple[Any, Any]:
    if a is None or b is None:
        return a is None, b is None
    return show(a) or "", show(b) or ""


def _alike(a: Any, b: Any) -> tuple[Any, Any]:
    """Both as numbers where both are, or spell, numbers; else both as texts."""
    first = None if a is None else _spelled(a)
    second = None if b is None else _spelled(b)
    if first is not None and second is not None:
        return first, second
    return _as_texts(a, b)


def _spelled(value: Any) -> Decimal | None:
    return read_number(value) if isinstance(value, str) else to_number(value)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
