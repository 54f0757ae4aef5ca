"""The inputs for all that a template asks for: one for each value, tables for lists."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.batch_form.json_view import size_of
from docgen_nb.forms.data_paths import ABSENT, value_at
from docgen_nb.forms.table_editor import TableEditor
from docgen_nb.forms.widgets.image import ImageField
from docgen_nb.forms.widgets.inputs import (
    Change,
    Looks,
    Read,
    TextInput,
    YesNo,
    close_tree,
    say_in,
)
from docgen_nb.schema import Field

INDENT = "0 0 0 1em"


class FieldBox:
    """An input for each field of a template; `tell` hears of each change: path and value.

    What no input can stand for (an object where a text is asked for, a list in a text) is shown
    and kept as it is.
    """

    def __init__(self, tell: Change, *, read: Read, plain: bool = False) -> None:
        self._tell, self._read, self._plain = tell, read, plain
        self._looks = Looks()
        self._inputs: dict[str, Any] = {}
        # A line below each input, there from the start: a browser draws all that follows a new
        # widget anew, and whoever types there would lose the focus.
        self._lines: dict[str, Any] = {}
        self._said: dict[str, str] = {}
        self._drawing = threading.RLock()  # tags may come in while the data are set
        self.widget = widgets.VBox()

    @property
    def paths(self) -> list[str]:
        """The paths that have an input."""
        return list(self._inputs)

    @property
    def unread(self) -> dict[str, str]:
        """What was typed and is not of the kind that its field asks for, by path."""
        return {path: one.message for path, one in self._inputs.items() if one.message}

    def draw(self, fields: Sequence[Field], user_input: Mapping[str, Any]) -> None:
        """Replace all inputs by those of other fields or other data."""
        with self._drawing:
            former = self.widget.children
            self._inputs, self._lines, self._said = {}, {}, {}
            self._fill(self.widget, fields, user_input)
            for box in former:
                close_tree(box)

    def _fill(self, box: Any, fields: Iterable[Field], user_input: Mapping[str, Any]) -> None:
        held: list[Any] = []
        for field in fields:
            if field.kind == "object":
                held += self._group(field, user_input)
            else:
                self._inputs[field.path] = one = self._input(field, user_input)
                held.append(one.widget)
                if not isinstance(one, _Table | _Picture):  # these have lines of their own
                    self._lines[field.path] = self._line()
                    held.append(self._lines[field.path])
        box.children = held

    def _group(self, field: Field, user_input: Mapping[str, Any]) -> list[Any]:
        """A heading and what is in the object."""
        inner = widgets.VBox(layout={"margin": INDENT})
        self._fill(inner, field.fields, user_input)
        return [widgets.HTML(f"<strong>{escape(field.path)}</strong>"), inner]

    def _input(self, field: Field, user_input: Mapping[str, Any]) -> Any:
        value = value_at(user_input, field.path)
        if field.kind in ("records", "list") and _is_rows(value, field.kind):
            return _Table(field, value, tell=self._tell, plain=self._plain)
        if field.kind == "image" and (value is ABSENT or value is None or isinstance(value, str)):
            return _Picture(field, value, tell=self._tell, plain=self._plain)
        if field.kind == "boolean" and (value is ABSENT or isinstance(value, bool)):
            return YesNo(field, value, looks=self._looks, tell=self._tell)
        return TextInput(field, value, looks=self._looks, read=self._read, tell=self._tell)

    def _line(self) -> Any:
        return widgets.HTML(layout=self._looks.hidden, style=self._looks.said)

    def say(
        self,
        messages: Mapping[str, str],
        *,
        in_tables: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Show the message of each path at its input, and none at the others.

        `in_tables` are those about the columns of a table, by its path and by column.
        """
        with self._drawing:
            lines = {path: text for path, text in messages.items() if text and path in self._inputs}
            for path, one in self._inputs.items():
                if isinstance(one, _Table):
                    one.say(lines.pop(path, ""), (in_tables or {}).get(path, {}))
                elif isinstance(one, _Picture):
                    one.say(lines.pop(path, ""))
            self._show_lines(lines)

    def _show_lines(self, lines: Mapping[str, str]) -> None:
        for path, line in self._lines.items():
            text = lines.get(path, "")
            if text != self._said.get(path, ""):
                say_in(line, text)
                line.layout = self._looks.below if text else self._looks.hidden
        self._said = dict(lines)

    def class_of(self, path: str) -> str:
        """The class by which the page finds the input of a path; "" where there is none."""
        if path not in self._inputs:
            return ""
        name = f"docgen-field-{list(self._inputs).index(path)}"
        self._inputs[path].widget.add_class(name)
        return name

    def show_room(self, user_input: Mapping[str, Any]) -> None:
        """Tell each picture how many bytes of the data it may take."""
        pictures = [one for one in self._inputs.values() if isinstance(one, _Picture)]
        if pictures:
            left = wire.MAX_USER_INPUT_BYTES - size_of(user_input)
            for one in pictures:
                one.set_room(left + one.size)


def _is_rows(value: Any, kind: str) -> bool:
    if value is ABSENT:
        return True
    if not isinstance(value, list):
        return False
    return kind == "list" or all(isinstance(row, Mapping) for row in value)


class _Table:
    """A list, as a table; without a row there is no key, unless there was an empty list."""

    def __init__(self, field: Field, value: Any, *, tell: Change, plain: bool) -> None:
        self._field, self._tell, self._first = field, tell, value
        rows = [] if value is ABSENT else value
        self._editor = TableEditor.of(field, rows=rows, plain=plain)
        self._editor.on_change(self._hear)
        self.widget = self._editor.widget

    @property
    def message(self) -> str:
        """What was typed in a cell and is not of its kind."""
        found = self._editor.messages
        places = [f"row {row + 1}, {name}: {text}" for (row, name), text in found.items()]
        return " ".join(places)

    def _hear(self) -> None:
        rows = self._editor.value
        self._tell(self._field.path, rows if rows or self._first == [] else ABSENT)

    def say(self, message: str, columns: Mapping[str, str]) -> None:
        """Show a message about the table as a whole, and those of columns in the empty cells.

        What was typed and cannot be read stands in its cell already.
        """
        found: dict[tuple[int | None, str], str] = {}
        if message and message != self.message:
            found[None, ""] = message
        if columns:
            for at, row in enumerate(self._editor.value):
                absent = columns.keys() - row.keys() if isinstance(row, Mapping) else ()
                found.update({(at, column): columns[column] for column in absent})
        self._editor.say(found)


class _Picture:
    """A picture; what is wrong with a file stands at the field itself and never gets into data."""

    message = ""

    def __init__(self, field: Field, value: Any, *, tell: Change, plain: bool) -> None:
        given = value if isinstance(value, str) else None
        self._field, self._tell = field, tell
        self._picture = ImageField(field, value=given, plain=plain)
        self._picture.on_change(self._hear)
        self.widget = self._picture.widget

    def _hear(self) -> None:
        value = self._picture.value
        self._tell(self._field.path, ABSENT if value is None else value)

    def say(self, message: str) -> None:
        """Show a message below the field."""
        self._picture.say(message)

    @property
    def size(self) -> int:
        """How many bytes of the data the picture takes."""
        return len(self._picture.value or "")

    def set_room(self, count: int) -> None:
        """Tell how many bytes of the data the picture may take."""
        if self._picture.remaining_bytes != count:
            self._picture.remaining_bytes = count
