"""The inputs for the data that a template needs: one for each value, tables for lists."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb import exact_json, wire
from docgen_nb.forms.data_paths import ABSENT, value_at
from docgen_nb.forms.display import close_tree
from docgen_nb.forms.table_editor import TableEditor
from docgen_nb.forms.widgets.image import ImageField
from docgen_nb.forms.widgets.inputs import OnChange, SharedStyles, TextInput, YesNo
from docgen_nb.schema import Field

INDENT = "0 0 0 1em"


class FieldBox:
    """An input for each field of a template; `on_change` is called with the path and the value.

    Values that no input can represent (an object in a text field, a list in text) are shown and
    kept unchanged.
    """

    def __init__(self, on_change: OnChange, *, styles: SharedStyles, plain: bool) -> None:
        self._on_change, self._styles, self._plain = on_change, styles, plain
        self._inputs: dict[str, Any] = {}
        self._classes: dict[str, str] = {}  # of the inputs that the list of problems leads to
        self._lock = threading.RLock()  # tags may arrive while data is set
        self.widget = widgets.VBox().add_class("docgen-fields")

    @property
    def paths(self) -> list[str]:
        """The paths that have an input."""
        return list(self._inputs)

    @property
    def unreadable(self) -> dict[str, str]:
        """Error messages for typed text, by path."""
        return {path: one.message for path, one in self._inputs.items() if one.message}

    def draw(self, fields: Sequence[Field], user_input: Mapping[str, Any]) -> None:
        """Replace all inputs by inputs for other fields or other data."""
        with self._lock:
            former = self.widget.children
            self._inputs, self._classes = {}, {}
            self._fill(self.widget, fields, user_input)
            close_tree(*former)

    def _fill(self, box: Any, fields: Iterable[Field], user_input: Mapping[str, Any]) -> None:
        children: list[Any] = []
        for field in fields:
            if field.kind == "object":
                inner = widgets.VBox(layout={"margin": INDENT})
                self._fill(inner, field.fields, user_input)
                children += [widgets.HTML(f"<strong>{escape(field.path)}</strong>"), inner]
                continue
            self._inputs[field.path] = one = self._new_input(field, user_input)
            children += one.widgets
        box.children = children

    def _new_input(self, field: Field, user_input: Mapping[str, Any]) -> Any:
        value, on_change = value_at(user_input, field.path), self._on_change
        if field.kind in ("records", "list") and _is_list_of_rows(value, field.kind):
            return _Table(field, value, on_change=on_change, plain=self._plain)
        if field.kind == "image" and (value is ABSENT or value is None or isinstance(value, str)):
            return _Picture(field, value, on_change=on_change, plain=self._plain)
        if field.kind == "boolean" and (value is ABSENT or isinstance(value, bool)):
            return YesNo(field, value, styles=self._styles, on_change=on_change)
        return TextInput(field, value, styles=self._styles, on_change=on_change)

    def show_messages(
        self, messages: Mapping[str, str], *, in_tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Show messages at their inputs, by path, and none at the other inputs.

        `in_tables` has messages for the empty cells of columns, by the path of the table and the
        name of the column.
        """
        with self._lock:
            for path, one in self._inputs.items():
                text = messages.get(path, "")
                if isinstance(one, _Table):
                    one.show_messages(text, in_tables.get(path, {}))
                else:
                    one.show_message(text)

    def class_of(self, path: str) -> str:
        """Return the class by which the page finds the input of a path; "" without an input."""
        if path not in self._inputs:
            return ""
        if path not in self._classes:
            self._classes[path] = f"docgen-field-{len(self._classes)}"
            self._inputs[path].widgets[0].add_class(self._classes[path])
        return self._classes[path]

    def show_remaining_bytes(self, user_input: Mapping[str, Any]) -> None:
        """Show at each picture how many bytes of the data it may take."""
        pictures = [one.field for one in self._inputs.values() if isinstance(one, _Picture)]
        if pictures:
            left = wire.MAX_USER_INPUT_BYTES - _json_size(user_input)
            for picture in pictures:
                remaining = left + len(picture.value or "")
                if picture.remaining_bytes != remaining:
                    picture.remaining_bytes = remaining


def _is_list_of_rows(value: Any, kind: str) -> bool:
    if value is ABSENT:
        return True
    if not isinstance(value, list):
        return False
    return kind == "list" or all(isinstance(row, Mapping) for row in value)


def _json_size(row: Mapping[str, Any]) -> int:
    """Return the size of data as JSON; 0 for data that JSON cannot hold, which is a problem."""
    try:
        return len(exact_json.encode(row))
    except (TypeError, ValueError, RecursionError):
        return 0


class _Table:
    """A table for a list; without rows there is no key, unless the data had an empty list."""

    def __init__(self, field: Field, value: Any, *, on_change: OnChange, plain: bool) -> None:
        self._path, self._on_change, self._first = field.path, on_change, value
        rows = [] if value is ABSENT else value
        self._editor = TableEditor.of(field, rows=rows, plain=plain)
        self._editor.on_change(self._on_rows)
        self.widgets = [self._editor.widget]

    @property
    def message(self) -> str:
        """The error messages for text typed into cells."""
        messages = self._editor.messages.items()
        return " ".join(f"Row {row + 1}, {name}: {text}" for (row, name), text in messages)

    def _on_rows(self) -> None:
        rows = self._editor.value
        self._on_change(self._path, rows if rows or self._first == [] else ABSENT)

    def show_messages(self, message: str, columns: Mapping[str, str]) -> None:
        """Show a message about the table, and messages of columns in their empty cells.

        The editor itself shows error messages for typed text.
        """
        messages: dict[tuple[int | None, str], str] = {}
        if message and message != self.message:
            messages[None, ""] = message
        if columns:
            for number, row in enumerate(self._editor.value):
                absent = columns.keys() - row.keys() if isinstance(row, Mapping) else ()
                messages.update({(number, column): columns[column] for column in absent})
        self._editor.show_messages(messages)


class _Picture:
    """A picture; rejected files show their message at the field and do not change the data."""

    message = ""

    def __init__(self, field: Field, value: Any, *, on_change: OnChange, plain: bool) -> None:
        self._path, self._on_change = field.path, on_change
        first = value if isinstance(value, str) else None
        self.field = ImageField(field, value=first, plain=plain)
        self.field.on_change(self._on_picture)
        self.widgets = [self.field.widget]

        self.show_message = self.field.show_message

    def _on_picture(self) -> None:
        value = self.field.value
        self._on_change(self._path, ABSENT if value is None else value)
