"""The data of one document as JSON text, synchronized with the fields in both directions."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from docgen_nb import exact_json
from docgen_nb.forms.widgets.layout import show_error, text_area

KEPT = "The fields still show the previous data."


class JsonView:
    """A text area with JSON. Invalid text stays, with a message, and changes no data."""

    def __init__(self, on_change: Callable[[dict[str, Any]], None]) -> None:
        self._on_change = on_change
        self._is_drawing = False
        # Read only when the focus leaves it: half-typed text is not JSON, and reading it redraws
        # the fields.
        self.text = text_area(
            label="Data as JSON",
            continuous_update=False,
            tooltip="Changes are read when the focus leaves the text",
        )
        self.text.add_class("docgen-json")
        self._error = widgets.HTML()
        self.widget = widgets.VBox([self.text, self._error])
        self.message = ""
        self.text.observe(self._on_text, "value")

    def show(self, row: Mapping[str, Any]) -> None:
        """Show data, unless the text is equal to it already."""
        if self.message == "" and self.text.value and read(self.text.value) == (row, ""):
            return
        self._is_drawing = True
        try:
            self.text.value = as_text(row)
            self._show_message("")
        finally:
            self._is_drawing = False

    def _on_text(self, change: Mapping[str, Any]) -> None:
        if self._is_drawing:
            return
        row, message = read(change["new"])
        self._show_message(message)
        if row is not None:
            self._on_change(row)

    def _show_message(self, message: str) -> None:
        self.message = message
        show_error(self._error, f"{message} {KEPT}" if message else "")


def as_text(row: Mapping[str, Any]) -> str:
    """Return data as JSON; values that JSON does not have (NaN, Python objects) as text."""
    try:
        return exact_json.encode_indented(row)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(row, indent=2, ensure_ascii=False, default=str)


def read(text: str) -> tuple[dict[str, Any] | None, str]:
    """Return the object that a text contains, or None and an error message.

    >>> read('{"a": 1.50}')
    ({'a': Decimal('1.50')}, '')
    >>> read('{"a": 1 2}')
    (None, "Invalid JSON: Expecting ',' delimiter (line 1, column 9).")
    """
    try:
        value = exact_json.decode(text or "{}")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return None, f"Invalid JSON: {error.msg} ({place})."
    except RecursionError:
        return None, "This JSON is nested too deeply."
    except ValueError as error:
        return None, f"Invalid JSON: {error}."
    if not isinstance(value, dict):
        return None, "The data of a document must be a JSON object: {...}."
    return value, ""
