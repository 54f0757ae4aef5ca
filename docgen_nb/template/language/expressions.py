"""Turns the expressions of tags into functions of the frame: the data and the loops' elements."""

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
from docgen_nb.template.language.formatting import read_number, shortest, show, to_number
from docgen_nb.template.tags import resolved

Frame = list[Any]
Getter = Callable[[Frame], Any]
Number = int | Decimal

EXACT = decimal.Context(
    prec=34,
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)


@dataclass(frozen=True)
class Scope:
    """Which names mean an element of a loop: its slot in the frame, and the path of its list."""

    slots: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    depth: int = 0

    def inside(self, alias: str, path: Path) -> "Scope":
        """The scope within a loop over a path."""
        slot = self.depth * SLOTS_PER_LOOP + 1
        return Scope(
            {**self.slots, alias: slot},
            {**self.lists, alias: self.names(path)},
            self.depth + 1,
        )

    def names(self, path: Path) -> tuple[str, ...]:
        """The path from the root of the data."""
        return resolved(path, aliases=self.lists)

    def dotted(self, path: Path) -> str:
        """The path from the root of the data, as messages write it."""
        return ".".join(self.names(path))


SLOTS_PER_LOOP = 3  # the element, its position, and how many there are


class Absent(Exception):
    """An operand that the data does not have."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class Unsuitable(Exception):
    """An operand that is there but no number; without a path it is the result of a function."""

    def __init__(self, path: Path | None, value: Any) -> None:
        super().__init__(path, value)
        self.path = path
        self.value = value


def getter(path: Path, scope: Scope) -> Getter:
    """A function that finds a path's value; None where it is absent or null."""
    first, *rest = path.steps
    slot = scope.slots.get(str(first))
    if slot is None and str(first).startswith("$"):
        return lambda frame: None  # Box never resolves such names (recorded)
    steps = tuple(rest) if slot is not None else path.steps
    slot = slot or 0
    if any(isinstance(step, int) for step in steps) or len(steps) > 3 or not steps:
        return lambda frame: _walked(frame[slot], steps)
    return _SHORT[len(steps) - 1](slot, *steps)


def place_of(path: Path, scope: Scope) -> tuple[int, tuple[str, ...]]:
    """The slot that a path begins in and the names behind it; no names where that is not all."""
    names = path.names
    slot = scope.slots.get(names[0])
    if len(names) < len(path.steps) or (slot is None and names[0].startswith("$")):
        return 0, ()
    return (0, names) if slot is None else (slot, names[1:])


def _walked(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(step, int):
            fits = isinstance(value, list) and step < len(value)
        else:
            fits = isinstance(value, dict) and step in value
        if not fits:
            return None
        value = value[step]
    return value


# A name on what is no object raises TypeError, an absent one KeyError: both mean absent.


def _one(slot: int, a: str) -> Getter:
    def get(frame: Frame) -> Any:
        try:
            return frame[slot][a]
        except (KeyError, TypeError):
            return None

    return get


def _two(slot: int, a: str, b: str) -> Getter:
    def get(frame: Frame) -> Any:
        try:
            return frame[slot][a][b]
        except (KeyError, TypeError):
            return None

    return get


def _three(slot: int, a: str, b: str, c: str) -> Getter:
    def get(frame: Frame) -> Any:
        try:
            return frame[slot][a][b][c]
        except (KeyError, TypeError):
            return None

    return get


_SHORT: tuple[Callable[..., Getter], ...] = (_one, _two, _three)


def expression(node: Expression, scope: Scope) -> Getter:
    """A function that computes an expression.

    It raises `Absent`, `Unsuitable`, or an `ArithmeticError` such as a division by zero.
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
            return _calculation(operator, _number(left, scope), _number(right, scope))
        case Call():
            return _call(node, scope)


def _operand(path: Path, scope: Scope) -> Getter:
    get = getter(path, scope)

    def read(frame: Frame) -> Any:
        value = get(frame)
        if value is None:
            raise Absent(path)
        return value

    return read


def _number(node: Expression, scope: Scope) -> Callable[[Frame], Number]:
    """The same, but a number: an int stays one, all else becomes an exact decimal."""
    compute = expression(node, scope)
    path = _path_of(node)

    def read(frame: Frame) -> Number:
        value = compute(frame)
        if value.__class__ is int:
            return value
        return _as_number(value, path)

    return read


def _path_of(node: Expression) -> Path | None:
    return node if isinstance(node, Path) else None


def _as_number(value: Any, path: Path | None) -> Number:
    number = to_number(value)
    if number is None:
        raise Unsuitable(path, value)
    return number


def _negative(number: Number) -> Number:
    return -number if isinstance(number, int) else EXACT.minus(number)


_SMALL = 1 << 40  # factors below need no exact arithmetic


def _calculation(
    operator: str, left: Callable[[Frame], Number], right: Callable[[Frame], Number]
) -> Getter:
    exact = _EXACT[operator]

    def compute(frame: Frame) -> Number:
        a, b = left(frame), right(frame)
        are_whole = isinstance(a, int) and isinstance(b, int) and operator == "*"
        if are_whole and -_SMALL < a < _SMALL and -_SMALL < b < _SMALL:
            return a * b
        return exact(Decimal(a), Decimal(b))

    return compute


_EXACT: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "/": EXACT.divide,
    "%": EXACT.remainder,
}


def _call(node: Call, scope: Scope) -> Getter:
    first = node.arguments[0]
    if node.name in _OF_MANY or node.name == "$count":
        collect = _collected(first, scope)
        if node.name == "$count":
            return lambda frame: len(collect(frame))
        of_many, path = _OF_MANY[node.name], _path_of(first)
        return lambda frame: of_many([Decimal(_as_number(one, path)) for one in collect(frame)])
    if node.name == "$string":
        return _as_text(expression(first, scope), first)
    if node.name == "$number":
        return _read_number(expression(first, scope), first)
    numbers = [_number(argument, scope) for argument in node.arguments]
    of_one = _OF_ONE[node.name]
    return lambda frame: of_one(*[Decimal(number(frame)) for number in numbers])


def _collected(node: Expression, scope: Scope) -> Callable[[Frame], list[Any]]:
    """All values that a path reaches, going through each element of each list on the way."""
    if not isinstance(node, Path):
        compute = expression(node, scope)
        return lambda frame: [compute(frame)]
    slot = scope.slots.get(str(node.steps[0]), 0)
    steps = node.steps[1:] if slot else node.steps

    def collect(frame: Frame) -> list[Any]:
        values = [frame[slot]]
        for step in steps:
            if isinstance(step, str):
                values = _flat(values)
            values = [_stepped(value, step, node) for value in values]
        return _flat(values)

    return collect


def _stepped(value: Any, step: str | int, path: Path) -> Any:
    found = _walked(value, (step,))
    if found is None:
        raise Absent(path)
    return found


def _flat(values: list[Any]) -> list[Any]:
    """The values, and instead of each list its elements."""
    lists = (value if isinstance(value, list) else [value] for value in values)
    return [one for found in lists for one in found]


def _sum(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total


_OF_MANY: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "$sum": _sum,
    "$average": lambda numbers: EXACT.divide(_sum(numbers), Decimal(len(numbers))),
    "$min": lambda numbers: min(_at_least_one(numbers)),
    "$max": lambda numbers: max(_at_least_one(numbers)),
}


def _at_least_one(numbers: list[Decimal]) -> list[Decimal]:
    if not numbers:
        raise ArithmeticError("the least of nothing")
    return numbers


def _rounded(number: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    """Half to even, as JSONata's ``$round`` does."""
    if abs(places) > 30:
        return number
    step = Decimal(1).scaleb(-int(places))
    return number.quantize(step, decimal.ROUND_HALF_EVEN, EXACT)


_OF_ONE: dict[str, Callable[..., Decimal]] = {
    "$abs": lambda number: number.copy_abs(),
    "$floor": lambda number: number.to_integral_value(decimal.ROUND_FLOOR),
    "$ceil": lambda number: number.to_integral_value(decimal.ROUND_CEILING),
    "$round": _rounded,
}


def _as_text(compute: Getter, node: Expression) -> Getter:
    def text(frame: Frame) -> str:
        value = compute(frame)
        found = show(shortest(value) if isinstance(value, Decimal) else value)
        if found is None:
            raise Unsuitable(_path_of(node), value)
        return found

    return text


def _read_number(compute: Getter, node: Expression) -> Getter:
    def number(frame: Frame) -> Number:
        value = compute(frame)
        found = read_number(value) if isinstance(value, str) else to_number(value)
        if found is None:
            raise Unsuitable(_path_of(node), value)
        return found

    return number
