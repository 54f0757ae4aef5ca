"""The rows of a table while they are edited: values, permanent keys, and undo."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from docgen_nb.forms.data_paths import ABSENT, text_of
from docgen_nb.forms.table_editor.cells import copied, is_editable, is_same
from docgen_nb.request import value_of
from docgen_nb.schema import Field

MAX_STEPS = 50  # that can be undone; a step costs one list of references


class OutOfSync(ValueError):
    """A command from the browser that is not valid for the rows as they are."""


class InvalidEdit(ValueError):
    """An edit that a person has to change; the message says why."""


@dataclass(frozen=True)
class _Step:
    """The rows before an edit, and a word for the edit."""

    name: str
    keys: list[str]
    values: list[Any]
    unreadable: dict[tuple[str, str], str]


class Rows:
    """The rows of a table and their edits.

    A row is never changed in place. Each edit replaces it by a new dict, so that the state to
    undo to is a list of references. Each row has a key by which the browser names it, because
    positions change.
    """

    def __init__(self, columns: Sequence[Field], *, of_values: bool) -> None:
        self.columns = tuple(columns)
        self.of_values = of_values
        self.keys: list[str] = []
        self.values: list[Any] = []
        self.unreadable: dict[tuple[str, str], str] = {}
        self._numbers = count()
        self._originals: dict[tuple[str, str], Any] = {}  # values before any typing
        self._steps: list[_Step] = []
        self._typed_cell: tuple[str, str] | None = None

    # Access

    def position(self, key: str) -> int:
        """Return the current position of a row."""
        try:
            return self.keys.index(key)
        except ValueError:
            raise OutOfSync(f"The table has no row {key!r:.60}.") from None

    def _positions(self, keys: Sequence[str]) -> list[int]:
        """Return the current positions of rows, in ascending order."""
        if not keys or len(set(keys)) != len(keys):
            raise OutOfSync("Each row must be named once.")
        return sorted(map(self.position, keys))

    def cell(self, position: int, field: Field) -> Any:
        """Return the value of a cell, or ABSENT."""
        row = self.values[position]
        if self.of_values:
            return row
        return row.get(field.name, ABSENT) if isinstance(row, Mapping) else ABSENT

    def is_editable(self, position: int, field: Field) -> bool:
        """Return whether a cell can be typed into."""
        is_row = self.of_values or isinstance(self.values[position], Mapping)
        return is_row and is_editable(field, self.cell(position, field))

    @property
    def undo_name(self) -> str:
        """A word for the edit that `undo` would undo, or ''."""
        return self._steps[-1].name if self._steps else ""

    # Edits

    def replace(self, values: Iterable[Any]) -> bool:
        """Set other rows and forget the steps to undo; return False if the rows are the same."""
        new = [copied(value) for value in values]
        if is_same(new, self.values):
            return False
        keys = [
            key if is_same(old, value) else next(self._new_keys())
            for key, old, value in zip(self.keys, self.values, new, strict=False)
        ]
        keys += (next(self._new_keys()) for _ in range(len(new) - len(keys)))
        self.keys, self.values = keys, new
        self._originals.clear()
        self._steps.clear()
        self._typed_cell = None
        self.unreadable = dict(self._find_unreadable())
        return True

    def type(self, key: str, column: int, text: str) -> None:
        """Set the text of a cell; further typing in the same cell is the same step."""
        position, field = self.position(key), self.columns[column]
        if not self.is_editable(position, field):
            raise OutOfSync(f"The cell {field.name!r} of this row cannot be typed into.")
        if self._typed_cell != (key, field.name):
            self.begin_step("typing")
            self._typed_cell = (key, field.name)
        self._put(position, field, text)

    def put(self, position: int, cells: Mapping[Field, str]) -> int:
        """Set texts in a row; return how many of its cells cannot be typed into."""
        skipped = 0
        for field, text in cells.items():
            if self.is_editable(position, field):
                self._put(position, field, text)
            else:
                skipped += bool(text)
        return skipped

    def insert_empty(self, position: int, number: int) -> None:
        """Insert empty rows before a position."""
        keys = self._new_keys()
        self.keys[position:position] = [next(keys) for _ in range(number)]
        self.values[position:position] = [self.empty_row() for _ in range(number)]

    def empty_row(self) -> Any:
        """Return the value of a new row."""
        return "" if self.of_values else {}

    def add(self, key: str, *, after: str | None) -> None:
        """Add an empty row below another, or at the top for None."""
        if key in self.keys:
            raise OutOfSync(f"The table already has a row {key!r}.")
        position = 0 if after is None else self.position(after) + 1
        self.begin_step("adding")
        self.keys.insert(position, key)
        self.values.insert(position, self.empty_row())

    def delete(self, keys: Sequence[str]) -> None:
        """Delete rows."""
        deleted = self._positions(keys)
        self.begin_step("deleting")
        self._arrange([at for at in range(len(self.keys)) if at not in set(deleted)])

    def move(self, keys: Sequence[str], *, after: str | None) -> None:
        """Move rows, in their order, below another, or to the top for None."""
        moved = self._positions(keys)
        if after in keys:
            raise OutOfSync("Rows cannot be moved below themselves.")
        target = -1 if after is None else self.position(after)
        self.begin_step("moving")
        rest = [at for at in range(len(self.keys)) if at not in set(moved)]
        cut = rest.index(target) + 1 if target >= 0 else 0
        self._arrange([*rest[:cut], *moved, *rest[cut:]])

    def arrange(self, positions: Sequence[int | None]) -> None:
        """Keep the rows at these positions, in this order; None is a new row."""
        end = len(self.keys)
        self.insert_empty(end, positions.count(None))
        fresh = count(end)
        self._arrange([next(fresh) if at is None else at for at in positions])

    def _arrange(self, positions: Iterable[int]) -> None:
        order = list(positions)
        self.keys = [self.keys[position] for position in order]
        self.values = [self.values[position] for position in order]

    def undo(self) -> None:
        """Undo the last step, if there is one."""
        if self._steps:
            step = self._steps.pop()
            self.keys, self.values, self.unreadable = step.keys, step.values, step.unreadable
        self._typed_cell = None

    def begin_step(self, name: str) -> None:
        """Begin a step that can be undone."""
        step = _Step(name, list(self.keys), list(self.values), dict(self.unreadable))
        self._steps = [*self._steps[1 - MAX_STEPS :], step]
        self._typed_cell = None

    def _new_keys(self) -> Iterator[str]:
        return (f"r{number}" for number in self._numbers)

    def _put(self, position: int, field: Field, text: str) -> None:
        """Set the text of a cell; the text that it showed first restores its exact value."""
        old = self.cell(position, field)
        if text == text_of(old):
            return
        place = (self.keys[position], field.name)
        original = self._originals.setdefault(place, old)
        value, message = (original, "") if text == text_of(original) else self._value(field, text)
        self._set(position, field, value)
        if message := message or self._problem(field, value):
            self.unreadable[place] = message
        else:
            self.unreadable.pop(place, None)

    def _value(self, field: Field, text: str) -> tuple[Any, str]:
        if text:
            return value_of(field, text)
        return ("" if self.of_values else ABSENT), ""

    def _set(self, position: int, field: Field, value: Any) -> None:
        if self.of_values:
            self.values[position] = value
            return
        row = {**self.values[position], field.name: value}
        if value is ABSENT:
            del row[field.name]
        self.values[position] = row

    def _problem(self, field: Field, value: Any) -> str:
        """Return what is wrong with a text in a column that is not of text."""
        if field.kind == "text" or not isinstance(value, str) or not value:
            return ""
        return value_of(field, value)[1] if is_editable(field, value) else ""

    def _find_unreadable(self) -> Iterator[tuple[tuple[str, str], str]]:
        fields = [field for field in self.columns if field.kind != "text"]
        for position, key in enumerate(self.keys):
            for field in fields:
                if message := self._problem(field, self.cell(position, field)):
                    yield (key, field.name), message
