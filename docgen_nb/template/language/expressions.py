"""Compilation of expressions to functions of the frame: the data and the loops' elements."""

import decimal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from docgen_nb.template.language.ast import (
    Arithmetic,
    Call,
    Constant,
    Expression,
    Negative,
    Path,
)
from docgen_nb.template.language.formatting import read_number, shortest, to_number, to_text

Frame = list[Any]  # slot 0 holds the data, the others the elements of the loops
Getter = Callable[[Frame], Any]

EXACT = decimal.Context(
    prec=34,
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)
SLOTS_PER_LOOP = 3  # the element, its index, and the number of elements


@dataclass(frozen=True)
class Scope:
    """The names of loop elements: each one's slot in the frame and the path of its list."""

    slots: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    depth: int = 0

    def inside(self, alias: str, path: Path) -> "Scope":
        """Return the scope within a loop over a path."""
        slot = self.depth * SLOTS_PER_LOOP + 1
        return Scope(
            {**self.slots, alias: slot},
            {**self.lists, alias: resolve_alias(path, lists=self.lists)},
            self.depth + 1,
        )

    def dotted(self, path: Path) -> str:
        """Return the path from the root of the data, as messages write it."""
        return ".".join(resolve_alias(path, lists=self.lists))


def resolve_alias(path: Path, *, lists: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the names of a path, with the name of a loop element replaced by its list's path."""
    names = path.names
    list_names = lists.get(names[0])
    return names if list_names is None else (*list_names, *names[1:])


class MissingValue(Exception):
    """The data has no value for an operand."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class WrongType(Exception):
    """An operand is not a number. Without a path it is the result of a function."""

    def __init__(self, path: Path | None, value: Any) -> None:
        super().__init__(path, value)
        self.path = path
        self.value = value


def compile_path(path: Path, scope: Scope) -> Getter:
    """Return a function that looks up a path; it returns None for absent and null values."""
    slot = scope.slots.get(str(path.steps[0]), 0)
    if not slot and str(path.steps[0]).startswith("$"):
        return lambda frame: None  # Box never resolves such names (recorded)
    steps = path.steps[1:] if slot else path.steps
    if not all(isinstance(step, str) for step in steps):
        return lambda frame: _look_up(frame[slot], steps)

    def get(frame: Frame) -> Any:
        value = frame[slot]
        try:
            for name in steps:
                value = value[name]
        except (KeyError, TypeError):  # absent, or a name looked up in something not an object
            return None
        return value

    return get


def _look_up(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(step, int):
            exists = isinstance(value, list) and step < len(value)
        else:
            exists = isinstance(value, dict) and step in value
        if not exists:
            return None
        value = value[step]
    return value


def compile_expression(node: Expression, scope: Scope) -> Getter:
    """Return a function that computes an expression.

    It raises `MissingValue`, `WrongType`, or an `ArithmeticError` such as a division by zero.
    """
    match node:
        case Constant(value=value):
            return lambda frame: value
        case Path():
            return _operand(node, scope)
        case Negative(operand=operand):
            inner = _number(operand, scope)
            return lambda frame: _negative(inner(frame))
        case Arithmetic(operator=operator, left=left, right=right):
            first, second = _number(left, scope), _number(right, scope)
            calculate = _EXACT[operator]
            return lambda frame: calculate(first(frame), second(frame))
        case Call():
            return _call(node, scope)


def _operand(path: Path, scope: Scope) -> Getter:
    get = compile_path(path, scope)

    def read(frame: Frame) -> Any:
        value = get(frame)
        if value is None:
            raise MissingValue(path)
        return value

    return read


def _number(node: Expression, scope: Scope) -> Callable[[Frame], Decimal]:
    """Return a function that computes a number as an exact decimal."""
    compute = compile_expression(node, scope)
    path = _path_of(node)
    return lambda frame: _as_number(compute(frame), path)


def _path_of(node: Expression) -> Path | None:
    return node if isinstance(node, Path) else None


def _negative(number: Decimal) -> Decimal:
    return number.copy_negate()  # exact, unlike a calculation


def _as_number(value: Any, path: Path | None) -> Decimal:
    number = to_number(value)
    if number is None:
        raise WrongType(path, value)
    return number


_EXACT: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "/": EXACT.divide,
    "%": EXACT.remainder,
}


def _call(node: Call, scope: Scope) -> Getter:
    first = node.arguments[0]
    if node.name in _AGGREGATES or node.name == "$count":
        collect = _collected(first, scope)
        if node.name == "$count":
            return lambda frame: len(collect(frame))
        aggregate, path = _AGGREGATES[node.name], _path_of(first)
        return lambda frame: aggregate([_as_number(value, path) for value in collect(frame)])
    if node.name in _CONVERSIONS:
        return _conversion(_CONVERSIONS[node.name], first, scope)
    numbers = [_number(argument, scope) for argument in node.arguments]
    function = _NUMERIC_FUNCTIONS[node.name]
    return lambda frame: function(*[number(frame) for number in numbers])


def _collected(node: Expression, scope: Scope) -> Callable[[Frame], list[Any]]:
    """Return a function that collects all values of a path, through every list on the way."""
    if not isinstance(node, Path):
        compute = compile_expression(node, scope)
        return lambda frame: [compute(frame)]
    slot = scope.slots.get(str(node.steps[0]), 0)
    steps = node.steps[1:] if slot else node.steps

    def collect(frame: Frame) -> list[Any]:
        values = [frame[slot]]
        for step in steps:
            if isinstance(step, str):
                values = _flattened(values)
            values = [_next_value(value, step, node) for value in values]
        return _flattened(values)

    return collect


def _next_value(value: Any, step: str | int, path: Path) -> Any:
    inner = _look_up(value, (step,))
    if inner is None:
        raise MissingValue(path)
    return inner


def _flattened(values: list[Any]) -> list[Any]:
    """Return the values, with each list replaced by its elements."""
    lists = (value if isinstance(value, list) else [value] for value in values)
    return [element for elements in lists for element in elements]


def _sum(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total


_AGGREGATES: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "$sum": _sum,
    "$average": lambda numbers: EXACT.divide(_sum(numbers), Decimal(len(numbers))),
    "$min": lambda numbers: min(_not_empty(numbers)),
    "$max": lambda numbers: max(_not_empty(numbers)),
}


def _not_empty(numbers: list[Decimal]) -> list[Decimal]:
    if not numbers:
        raise ArithmeticError("no numbers")
    return numbers


def _rounded(number: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    """Round half to even, as JSONata's ``$round`` does."""
    if places >= -int(number.as_tuple().exponent):
        return number  # it has no more digits, and zeros after them may be too many
    places = max(places, Decimal(-2 - number.adjusted()))  # the result is 0 from there on
    step = Decimal(1).scaleb(-int(places))
    digits = number.adjusted() + int(places) + 2  # with the one that rounding up may add
    room = decimal.Context(prec=max(digits, EXACT.prec))
    return number.quantize(step, decimal.ROUND_HALF_EVEN, room)


_NUMERIC_FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "$abs": lambda number: number.copy_abs(),
    "$floor": lambda number: number.to_integral_value(decimal.ROUND_FLOOR),
    "$ceil": lambda number: number.to_integral_value(decimal.ROUND_CEILING),
    "$round": _rounded,
}


def _conversion(convert: Callable[[Any], Any], node: Expression, scope: Scope) -> Getter:
    compute = compile_expression(node, scope)

    def converted(frame: Frame) -> Any:
        value = compute(frame)
        result = convert(value)
        if result is None:
            raise WrongType(_path_of(node), value)
        return result

    return converted


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "$string": lambda value: to_text(shortest(value) if isinstance(value, Decimal) else value),
    "$number": lambda value: read_number(value) if isinstance(value, str) else to_number(value),
}
