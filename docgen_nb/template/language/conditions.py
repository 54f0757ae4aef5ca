"""Compilation of conditions to functions of the frame."""

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
    Frame,
    Getter,
    MissingValue,
    Scope,
    WrongType,
    compile_expression,
    compile_path,
)
from docgen_nb.template.language.formatting import read_number, to_number, to_text

# Called with what is wrong with an operand; the comparison is then false.
Report = Callable[[MissingValue | WrongType | ArithmeticError], None]
Test = Callable[[Frame, Report], bool]


def compile_condition(node: Condition, scope: Scope) -> Test:
    """Return a function that decides a condition and reports absent and unsuitable operands."""
    match node:
        case Present(path=path):
            get = compile_path(path, scope)
            return lambda frame, report: get(frame) is not None
        case Truth(operand=operand):
            return _truth(operand, scope)
        case Comparison():
            return _comparison(node, scope)
        case Logic(operator=word, terms=terms):
            tests = [compile_condition(term, scope) for term in terms]
            decide = all if word == "and" else any
            return lambda frame, report: decide([test(frame, report) for test in tests])


def _truth(node: Expression, scope: Scope) -> Test:
    path = node if isinstance(node, Path) else None
    # A path may be absent: that is false, and no problem.
    compute = compile_path(path, scope) if path else compile_expression(node, scope)

    def test(frame: Frame, report: Report) -> bool:
        try:
            value = compute(frame)
        except (MissingValue, WrongType, ArithmeticError) as error:
            report(error)
            return False
        try:
            return bool(value)
        except (TypeError, ValueError):  # not JSON: a NumPy array, pandas' NA
            report(WrongType(path, value))
            return False

    return test


def _comparison(node: Comparison, scope: Scope) -> Test:
    left, right = _side(node.left, node.right, scope), _side(node.right, node.left, scope)
    compare = _COMPARE[node.operator]

    def test(frame: Frame, report: Report) -> bool:
        try:
            a, b = left(frame), right(frame)
        except (MissingValue, WrongType, ArithmeticError) as error:
            report(error)
            return False
        return compare(*_comparable(a, b))

    return test


def _side(node: Expression, other: Expression, scope: Scope) -> Getter:
    """Return one side's value. Compared with ``null``, an absent path counts as null."""
    if isinstance(node, Path) and other == Constant(None):
        return compile_path(node, scope)
    compute = compile_expression(node, scope)

    def side(frame: Frame) -> Any:
        value = compute(frame)
        if isinstance(value, dict | list):
            raise WrongType(node if isinstance(node, Path) else None, value)
        return value

    return side


def _comparable(a: Any, b: Any) -> tuple[Any, Any]:
    """Return two numbers if both are, or spell, numbers; otherwise two texts."""
    if a is None or b is None:
        return a is None, b is None
    first, second = _spelled(a), _spelled(b)
    if first is not None and second is not None:
        return first, second
    return to_text(a) or "", to_text(b) or ""


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
