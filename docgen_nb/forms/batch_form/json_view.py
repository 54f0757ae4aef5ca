"""The data of one document as JSON text, kept in step with the fields both ways."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import ipywidgets as widgets
import msgspec

from docgen_nb.forms.widgets.inputs import say_in

_encode = msgspec.json.Encoder(decimal_format="number").encode
_LONG_FOR_AN_INT = 4000  # Python refuses to read more than 4300 digits
KEPT = "The fields show the data as they were before."


class JsonView:
    """A text of JSON; what is no object is kept as typed, with a message, and changes nothing."""

    def __init__(self, changed: Callable[[dict[str, Any]], None]) -> None:
        self._changed = changed
        self._is_showing = False
        # Read when a person leaves it: half a text is no JSON, and the fields are drawn anew.
        self.text = widgets.Textarea(
            description="Data as JSON",
            rows=16,
            continuous_update=False,
            tooltip="It is read when you leave it",
        )
        self.text.layout.width = "auto"
        self.text.style.description_width = "initial"
        self.text.add_class("docgen-json")
        self._message = widgets.HTML()
        self.widget = widgets.VBox([self.text, self._message])
        self.message = ""
        self.text.observe(self._hear, "value")

    def show(self, row: Mapping[str, Any]) -> None:
        """Show data, unless the text says the same already."""
        if self.message == "" and _is_text_of(self.text.value, row):
            return
        self._is_showing = True
        try:
            self.text.value = as_text(row)
            self._say("")
        finally:
            self._is_showing = False

    def _hear(self, change: Mapping[str, Any]) -> None:
        if self._is_showing:
            return
        row, message = read(change["new"])
        self._say(message)
        if row is not None:
            self._changed(row)

    def _say(self, message: str) -> None:
        self.message = message
        say_in(self._message, f"{message} {KEPT}" if message else "")


def as_text(row: Mapping[str, Any]) -> str:
    """Return data as JSON; what JSON has not (NaN, an object of Python) as well as it goes."""
    try:
        return msgspec.json.format(_encode(row), indent=2).decode()
    except (TypeError, ValueError, RecursionError):
        return json.dumps(row, indent=2, ensure_ascii=False, default=str, check_circular=True)


def size_of(row: Mapping[str, Any]) -> int:
    """Return how many bytes data have as JSON; 0 for what is no JSON, which is a problem anyway."""
    try:
        return len(_encode(row))
    except (TypeError, ValueError, RecursionError):
        return 0


def read(text: str) -> tuple[dict[str, Any] | None, str]:
    """Return the object that a text holds, or None and what is wrong with the text.

    >>> read('{"a": 1.50}')
    ({'a': Decimal('1.50')}, '')
    >>> read('{"a": 1 2}')
    (None, "No JSON: Expecting ',' delimiter (line 1, column 9).")
    """
    try:
        found = json.loads(text or "{}", parse_float=Decimal, parse_int=_integer)
    except json.JSONDecodeError as error:
        return None, f"No JSON: {error.msg} (line {error.lineno}, column {error.colno})."
    except RecursionError:
        return None, "This JSON is nested too deep."
    if not isinstance(found, dict):
        return None, "The data of a document are an object: {...}."
    return found, ""


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _LONG_FOR_AN_INT else Decimal(digits)


def _is_text_of(text: str, row: Mapping[str, Any]) -> bool:
    found, message = read(text)
    return not message and bool(text) and found == row
