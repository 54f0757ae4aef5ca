"""Labelled inputs with their message below, and the box of them that a template's fields get."""

import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.fields import Field, shown, value_at

LABEL_WIDTH = "16em"
BESIDE_LABEL = f"0 0 0 calc({LABEL_WIDTH} + 10px)"  # ipywidgets puts 10 pixels after a label


class Labelled:
    """One input and the line below it that says what is wrong with it."""

    def __init__(self, control: Any) -> None:
        control.style.description_width = LABEL_WIDTH
        control.layout.width = "auto"
        self.control = control
        self._message = widgets.HTML(layout={"margin": BESIDE_LABEL, "display": "none"})
        self.widget = widgets.VBox([control, self._message])

    def say(self, message: str) -> None:
        """Show a message, or none for ''."""
        # JupyterLab's colour for errors, light or dark; elsewhere that of all text.
        style = "color: var(--jp-error-color0, inherit)"
        self._message.value = f'<span style="{style}">{escape(message)}</span>' if message else ""
        self._message.layout.display = "" if message else "none"


class FieldBox:
    """One text input per field of a template; `on_text` hears of each change: path and text."""

    def __init__(self, on_text: Callable[[str, str], None]) -> None:
        self._on_text = on_text
        self._lines: dict[str, Labelled] = {}
        self._drawing = threading.Lock()  # tags may come in while the data are set
        self.widget = widgets.VBox()

    @property
    def paths(self) -> list[str]:
        """The paths that have a field."""
        return list(self._lines)

    def draw(self, fields: Iterable[Field], user_input: Mapping[str, Any]) -> None:
        """Replace all inputs by those of other fields or other data."""
        with self._drawing:
            former = self.widget.children
            self._lines = {
                field.path: self._line(field, value_at(user_input, field.path)) for field in fields
            }
            self.widget.children = [line.widget for line in self._lines.values()]
            for box in former:
                close_tree(box)

    def _line(self, field: Field, value: Any) -> Labelled:
        text = shown(value)
        kind = widgets.Textarea if "\n" in text else widgets.Text
        control = kind(
            value=text,
            description=field.path,
            tooltip=field.path,  # for a path that is longer than its label may be
            placeholder="needed" if field.needed else "optional",
            disabled=isinstance(value, Mapping | list),  # no text can stand for these
        )
        control.observe(lambda change: self._on_text(field.path, change["new"]), "value")
        return Labelled(control)

    def say(self, messages: Mapping[str, str]) -> None:
        """Show the message of each path below its input, and none below the others."""
        for path, line in list(self._lines.items()):
            line.say(messages.get(path, ""))


def close_tree(widget: Any) -> None:
    """Close a widget and what is in it, one by one: `close_all` would close every widget."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    widget.close()
