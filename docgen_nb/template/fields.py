"""Tags that print a path as it is, which most tags do: neighbours are written in one go."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from docgen_nb.template.evaluate import Frame
from docgen_nb.template.run import Append, Operation, Run

SHORT = 40  # no picture fits in a text of this length
_SMALL = 1 << 60  # a larger number may have more digits than Python prints at once


Holder = tuple[int, tuple[str, ...]]  # an object: its slot in the frame, or names from there


@dataclass(frozen=True)
class Field:
    """A name of an object, and what to write for a value that is no short plain text."""

    holder: Holder
    name: str
    instead: Callable[[Any, Run], str]

    def __call__(self, frame: Frame, append: Append, run: Run) -> None:
        """Write this field alone."""
        _fields(self.holder, [("", self)])(frame, append, run)


def joined_fields(pairs: Iterable[tuple[str, Operation]]) -> Iterator[tuple[str, Operation]]:
    """The same operations with their texts, neighbouring fields of one object as one."""
    for holder, together in groupby(pairs, key=_holder_of):
        if holder is None:
            yield from together
        else:
            lines = [(text, one) for text, one in together if isinstance(one, Field)]
            yield "", _fields(holder, lines)


def _holder_of(pair: tuple[str, Operation]) -> Holder | None:
    return pair[1].holder if isinstance(pair[1], Field) else None


def _fields(of: Holder, found: list[tuple[str, Field]]) -> Operation:
    slot, steps = of
    lines = tuple((text, field.name, field.instead) for text, field in found)

    def write(frame: Frame, append: Append, run: Run) -> None:
        holder = _reached(frame[slot], steps)
        for text, name, instead in lines:
            append(text)
            try:
                value = holder[name]
            except (KeyError, TypeError):  # absent, or a name on what is no object
                value = None
            kind = value.__class__
            # What `escaping.is_plain` asks is asked here: a call costs more than the answer.
            if (
                kind is str
                and len(value) <= SHORT
                and value.isprintable()
                and "<" not in value
                and "&" not in value
                and ">" not in value
            ):
                append(value)
            elif kind is int and -_SMALL < value < _SMALL:
                append(f"{value}")
            else:
                append(instead(value, run))

    return write


def _reached(value: Any, steps: tuple[str, ...]) -> Any:
    try:
        for step in steps:
            value = value[step]
    except (KeyError, TypeError):
        return None
    return value
