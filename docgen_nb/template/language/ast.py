"""What a tag can say: the nodes that the grammar gives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import cast


@dataclass(frozen=True, slots=True)
class Path:
    """A way into the data: names, and whole numbers for places in lists."""

    steps: tuple[str | int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names alone: positions in lists do not count in JSON paths."""
        for step in self.steps:
            if not isinstance(step, str):
                return tuple(step for step in self.steps if isinstance(step, str))
        return cast(tuple[str, ...], self.steps)

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True)
class Constant:
    """A text, number, true, false or null written in the tag."""

    value: str | Decimal | bool | None


@dataclass(frozen=True)
class Negative:
    """An operand with a minus before it."""

    operand: "Expression"


@dataclass(frozen=True)
class Arithmetic:
    """Two operands and one of ``+ - * / %``."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Call:
    """A function such as ``$sum`` with its arguments."""

    name: str
    arguments: tuple["Expression", ...]


Expression = Path | Constant | Negative | Arithmetic | Call


@dataclass(frozen=True)
class Present:
    """``path isPresent``."""

    path: Path


@dataclass(frozen=True)
class Truth:
    """An operand alone: true unless null, false, 0, empty."""

    operand: Expression


@dataclass(frozen=True)
class Comparison:
    """Two operands and one of ``== != > < >= <=``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Logic:
    """Conditions joined by ``and`` or by ``or``."""

    operator: str
    terms: tuple["Condition", ...]


Condition = Present | Truth | Comparison | Logic


@dataclass(frozen=True)
class Modifier:
    """``:: name(arguments)``."""

    name: str
    arguments: tuple[str, ...] = ()


Modifiers = tuple[Modifier, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A tag that prints: a path or a calculation, and its modifiers."""

    expression: Expression
    modifiers: Modifiers = ()


@dataclass(frozen=True)
class If:
    """``if`` or ``elseif`` with its condition."""

    keyword: str
    condition: Condition


@dataclass(frozen=True)
class Loop:
    """``for`` or ``tablerow``: a name for the element, and the list."""

    keyword: str
    alias: str
    path: Path
    modifiers: Modifiers = ()


@dataclass(frozen=True)
class Mark:
    """``else``, ``endif``, ``endfor`` or ``endtablerow``."""

    keyword: str


Tag = Value | If | Loop | Mark


def is_start(tag: Tag | None) -> bool:
    """Whether a tag begins a block."""
    return isinstance(tag, Loop) or (isinstance(tag, If) and tag.keyword == "if")


def is_branch(tag: Tag | None) -> bool:
    """Whether a tag is ``elseif`` or ``else``."""
    return isinstance(tag, If | Mark) and tag.keyword in ("elseif", "else")


def is_end(tag: Tag | None) -> bool:
    """Whether a tag ends a block."""
    return isinstance(tag, Mark) and tag.keyword != "else"


def has_modifier(tag: Value | Loop, name: str) -> bool:
    """Whether a tag carries the modifier."""
    return any(modifier.name == name for modifier in tag.modifiers)


def instead(tag: Value) -> str | None:
    """What stands for an absent value: the default, or nothing for an optional tag."""
    for modifier in tag.modifiers:
        if modifier.name == "default":
            return modifier.arguments[0]
    return "" if has_modifier(tag, "optional") else None


def paths(tag: Tag) -> Iterable[Path]:
    """The paths that a tag reads, in reading order."""
    if isinstance(tag, Value) and isinstance(tag.expression, Path):
        return (tag.expression,)
    return _paths(tag)


def _paths(tag: Tag) -> Iterator[Path]:
    match tag:
        case Value(expression=expression):
            yield from _in_expression(expression)
        case If(condition=condition):
            yield from _in_condition(condition)
        case Loop(path=path):
            yield path


def tested_paths(condition: Condition) -> Iterator[Path]:
    """The paths whose absence a condition asks about: ``x isPresent`` and ``x`` alone."""
    match condition:
        case Present(path=path) | Truth(operand=Path() as path):
            yield path
        case Logic(terms=terms):
            for term in terms:
                yield from tested_paths(term)


def _in_expression(expression: Expression) -> Iterator[Path]:
    match expression:
        case Path():
            yield expression
        case Negative(operand=operand):
            yield from _in_expression(operand)
        case Arithmetic(left=left, right=right):
            yield from _in_expression(left)
            yield from _in_expression(right)
        case Call(arguments=arguments):
            for argument in arguments:
                yield from _in_expression(argument)


def _in_condition(condition: Condition) -> Iterator[Path]:
    match condition:
        case Present(path=path):
            yield path
        case Truth(operand=operand):
            yield from _in_expression(operand)
        case Comparison(left=left, right=right):
            yield from _in_expression(left)
            yield from _in_expression(right)
        case Logic(terms=terms):
            for term in terms:
                yield from _in_condition(term)
