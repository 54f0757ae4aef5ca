"""Syntax tree of a tag: the nodes that the parser builds."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Path:
    """A path into the data: names, and integers for positions in lists."""

    steps: tuple[str | int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names without the positions, as in JSON paths."""
        return tuple(step for step in self.steps if isinstance(step, str))

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True)
class Constant:
    """A text, number, true, false or null written in the tag."""

    value: str | Decimal | bool | None


@dataclass(frozen=True)
class Negative:
    """An operand with a minus sign before it."""

    operand: "Expression"


@dataclass(frozen=True)
class Arithmetic:
    """Two operands joined by ``+``, ``-``, ``*``, ``/`` or ``%``."""

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
    """An operand on its own: true unless null, false, 0 or empty."""

    operand: Expression


@dataclass(frozen=True)
class Comparison:
    """Two operands joined by ``==``, ``!=``, ``>``, ``<``, ``>=`` or ``<=``."""

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
    """A tag that prints a path or a calculation, with its modifiers."""

    expression: Expression
    modifiers: Modifiers = ()


@dataclass(frozen=True)
class If:
    """``if`` or ``elseif`` with its condition."""

    keyword: str
    condition: Condition


@dataclass(frozen=True)
class Loop:
    """``for`` or ``tablerow``: a name for the element, and the path of the list."""

    keyword: str
    alias: str
    path: Path
    modifiers: Modifiers = ()


@dataclass(frozen=True)
class BareKeyword:
    """``else``, ``endif``, ``endfor`` or ``endtablerow``."""

    keyword: str


Tag = Value | If | Loop | BareKeyword


def is_start(tag: Tag | None) -> bool:
    """Return whether a tag begins a block."""
    return isinstance(tag, Loop) or (isinstance(tag, If) and tag.keyword == "if")


def is_branch(tag: Tag | None) -> bool:
    """Return whether a tag is ``elseif`` or ``else``."""
    return isinstance(tag, If | BareKeyword) and tag.keyword in ("elseif", "else")


def is_end(tag: Tag | None) -> bool:
    """Return whether a tag ends a block."""
    return isinstance(tag, BareKeyword) and tag.keyword != "else"


def has_modifier(tag: Value | Loop, name: str) -> bool:
    """Return whether a tag has the modifier."""
    return any(modifier.name == name for modifier in tag.modifiers)


def argument(tag: Value, name: str) -> str | None:
    """Return the first argument of a modifier, or None if the tag does not have the modifier."""
    return next((one.arguments[0] for one in tag.modifiers if one.name == name), None)


def fallback(tag: Value) -> str | None:
    """Return what a tag prints for an absent value: its default, or "" if it is optional."""
    default = argument(tag, "default")
    return "" if default is None and has_modifier(tag, "optional") else default


def paths(tag: Tag) -> Iterator[Path]:
    """Return the paths that a tag reads, in reading order."""
    match tag:
        case Value(expression=expression):
            yield from _paths_in(expression)
        case If(condition=condition):
            yield from _paths_in(condition)
        case Loop(path=path):
            yield path


def tested_paths(condition: Condition) -> Iterator[Path]:
    """Return the paths that a condition tests for presence: ``x isPresent``, or ``x`` alone."""
    match condition:
        case Present(path=path) | Truth(operand=Path() as path):
            yield path
        case Logic(terms=terms):
            for term in terms:
                yield from tested_paths(term)


def _paths_in(node: Expression | Condition) -> Iterator[Path]:
    match node:
        case Path():
            yield node
        case Present(path=path):
            yield path
        case Negative(operand=operand) | Truth(operand=operand):
            yield from _paths_in(operand)
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            yield from _paths_in(left)
            yield from _paths_in(right)
        case Call(arguments=nodes) | Logic(terms=nodes):
            for inner in nodes:
                yield from _paths_in(inner)
