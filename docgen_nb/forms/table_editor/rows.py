"""The rows of a table while they are edited: values, keys that stay with a row, and undo."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from docgen_nb.forms.table_editor.cells import (
    ABSENT,
    Read,
    copied,
    is_editable,
    is_same,
    text_of,
)
from docgen_nb.schema import Field

MOST_STEPS = 50  # that can be undone; a step costs one list of references


class Lost(ValueError):
    """The browser speaks of a row or column that is not there, or in a way that is not ours."""


class Misplaced(Lost):
    """What a person asked for cannot be done as it is; the message says why."""


@dataclass(frozen=True)
class _Step:
    """How it was before something was done, and what that was."""

    word: str
    keys: list[str]
    values: list[Any]
    unreadable: dict[tuple[str, str], str]


class Rows:
    """The rows and what can be done to them.

    A row is never changed in place: each edit puts a new dict at its place, so that a step back
    is a list of references. Each row has a key, which names it to the browser: positions change.
    """

    def __init__(self, columns: Sequence[Field], *, of_values: bool, read: Read) -> None:
        self.columns = tuple(columns)
        self.of_values = of_values
        self.keys: list[str] = []
        self.values: list[Any] = []
        self.unreadable: dict[tuple[str, str], str] = {}
        self._read = read
        self._numbers = count()
        self._given: dict[tuple[str, str], Any] = {}  # values as they were before any typing
        self._steps: list[_Step] = []
        self._typing: tuple[str, str] | None = None

    # Reading

    def position(self, key: Any) -> int:
        """Return where a row is now."""
        try:
            return self.keys.index(key)
        except ValueError:
            raise Lost(f"There is no row {key!r:.60}.") from None

    def cell(self, position: int, field: Field) -> Any:
        """Return the value of a cell, or ABSENT."""
        row = self.values[position]
        if self.of_values:
            return row
        return row.get(field.name, ABSENT) if isinstance(row, Mapping) else ABSENT

    def is_editable(self, position: int, field: Field) -> bool:
        """Whether a cell can be typed into."""
        is_row = self.of_values or isinstance(self.values[position], Mapping)
        return is_row and is_editable(field, self.cell(position, field))

    @property
    def can_undo(self) -> str:
        """What the last step was that can be taken back, or ''."""
        return self._steps[-1].word if self._steps else ""

    # Doing

    def replace(self, values: Iterable[Any]) -> bool:
        """Put other rows, as from Python; False if they are the same. No step back leads here."""
        new = [copied(value) for value in values]
        if is_same(new, self.values):
            return False
        kept = [
            key if is_same(old, value) else next(self._new_keys())
            for key, old, value in zip(self.keys, self.values, new, strict=False)
        ]
        kept += (next(self._new_keys()) for _ in range(len(new) - len(kept)))
        self.keys, self.values = kept, new
        self._given.clear()
        self._steps.clear()
        self._typing = None
        self.unreadable = dict(self._unreadable(range(len(new))))
        return True

    def type(self, key: Any, column: int, text: str) -> None:
        """Put a text into a cell; typing on in the same cell is one step."""
        position, field = self.position(key), self.columns[column]
        if not self.is_editable(position, field):
            raise Lost(f"The cell {field.name!r} of this row cannot be typed into.")
        if self._typing != (key, field.name):
            self._remember("typing")
            self._typing = (key, field.name)
        self._put(position, field, text)

    def put(self, position: int, cells: Mapping[Field, str]) -> int:
        """Put texts into a row, and return how many of its cells cannot be typed into."""
        left = 0
        for field, text in cells.items():
            if self.is_editable(position, field):
                self._put(position, field, text)
            else:
                left += bool(text)
        return left

    def insert(self, position: int, keys: Sequence[str], *, values: Sequence[Any]) -> None:
        """Put rows before a position."""
        self.keys[position:position] = keys
        self.values[position:position] = values

    def empty(self, count: int) -> tuple[list[str], list[Any]]:
        """Return that many new rows: their keys, and their values."""
        keys = self._new_keys()
        return [next(keys) for _ in range(count)], [self.empty_row() for _ in range(count)]

    def empty_row(self) -> Any:
        """Return what a new row holds."""
        return "" if self.of_values else {}

    def add(self, key: str, *, after: Any) -> None:
        """Add an empty row after another, or as the first for None."""
        position = 0 if after is None else self.position(after) + 1
        self._remember("adding")
        self.insert(position, [key], values=[self.empty_row()])

    def delete(self, keys: Sequence[Any]) -> None:
        """Delete rows."""
        gone = {self.position(key) for key in keys}
        self._remember("deleting")
        kept = [position for position in range(len(self.keys)) if position not in gone]
        self.keys = [self.keys[position] for position in kept]
        self.values = [self.values[position] for position in kept]

    def move(self, keys: Sequence[Any], *, after: Any) -> None:
        """Move rows, in their order, behind another, or to the top for None."""
        moved = sorted(self.position(key) for key in keys)
        if after in keys:
            raise Lost("Rows cannot be moved behind themselves.")
        target = -1 if after is None else self.position(after)
        self._remember("moving")
        rest = [position for position in range(len(self.keys)) if position not in set(moved)]
        cut = rest.index(target) + 1 if target >= 0 else 0
        order = [*rest[:cut], *moved, *rest[cut:]]
        self.keys = [self.keys[position] for position in order]
        self.values = [self.values[position] for position in order]

    def begin(self, word: str) -> None:
        """Begin a step that `insert` and `put` carry out."""
        self._remember(word)

    def keep(self, positions: Sequence[int | None]) -> None:
        """Put the rows in this order and leave out all others; None is a new row."""
        fresh, values = self.empty(positions.count(None))
        old_keys, old_values = self.keys, self.values
        self.keys = [fresh.pop() if at is None else old_keys[at] for at in positions]
        self.values = [values.pop() if at is None else old_values[at] for at in positions]

    def undo(self) -> None:
        """Take the last step back; with none, nothing happens."""
        if self._steps:
            step = self._steps.pop()
            self.keys, self.values, self.unreadable = step.keys, step.values, step.unreadable
        self._typing = None

    # Below

    def _remember(self, word: str) -> None:
        step = _Step(word, list(self.keys), list(self.values), dict(self.unreadable))
        self._steps = [*self._steps[1 - MOST_STEPS :], step]
        self._typing = None

    def _new_keys(self) -> Iterator[str]:
        return (f"r{number}" for number in self._numbers)

    def _put(self, position: int, field: Field, text: str) -> None:
        """Give a cell the value of a text; the text that it had at first gives back that value."""
        old = self.cell(position, field)
        if text == text_of(old):
            return
        place = (self.keys[position], field.name)
        given = self._given.setdefault(place, old)
        value, message = (given, "") if text == text_of(given) else self._valued(field, text)
        self._set(position, field, value)
        self._note(place, message or self._judged(field, value))

    def _valued(self, field: Field, text: str) -> tuple[Any, str]:
        if text:
            return self._read(field, text)
        return ("" if self.of_values else ABSENT), ""

    def _set(self, position: int, field: Field, value: Any) -> None:
        if self.of_values:
            self.values[position] = value
            return
        row = {**self.values[position], field.name: value}
        if value is ABSENT:
            del row[field.name]
        self.values[position] = row

    def _note(self, place: tuple[str, str], message: str) -> None:
        if message:
            self.unreadable[place] = message
        else:
            self.unreadable.pop(place, None)

    def _judged(self, field: Field, value: Any) -> str:
        """Return what is wrong with a text where the column wants more than a text."""
        if field.kind == "text" or not isinstance(value, str) or not value:
            return ""
        return self._read(field, value)[1] if is_editable(field, value) else ""

    def _unreadable(self, positions: Iterable[int]) -> Iterator[tuple[tuple[str, str], str]]:
        fields = [field for field in self.columns if field.kind != "text"]
        for position in positions:
            for field in fields:
                if message := self._judged(field, self.cell(position, field)):
                    yield (self.keys[position], field.name), message
