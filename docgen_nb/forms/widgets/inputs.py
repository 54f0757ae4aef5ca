"""Labelled inputs, each with the line below it that says what is wrong with it."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
from ipywidgets.widgets.widget_selection import ToggleButtonsStyle
from ipywidgets.widgets.widget_string import HTMLStyle, TextStyle

from docgen_nb.forms.data_paths import ABSENT, shown
from docgen_nb.schema import Field

LABEL_WIDTH = "16em"
BESIDE_LABEL = f"0 0 0 calc({LABEL_WIDTH} + 10px)"  # ipywidgets puts 10 pixels after a label

# Makes a value of what was typed for a field: the value, and "" or what is wrong with it.
Read = Callable[[Field, str], tuple[Any, str]]
# What a person did: the path, its value or ABSENT.
Change = Callable[[str, Any], None]

NOT_GIVEN = "not given"
YES_OR_NO = {NOT_GIVEN: ABSENT, "yes": True, "no": False}
HINTS = {"number": "a number", "date": "a date"}


def say_in(line: Any, message: str) -> None:
    """Put a message into a line: words, in JupyterLab's colour for errors where it has one."""
    style = "color: var(--jp-error-color0, inherit)"
    line.value = f'<span style="{style}">{escape(message)}</span>' if message else ""


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
        say_in(self._message, message)
        self._message.layout.display = "" if message else "none"


class Looks:
    """What the inputs of one form have in common: a layout and a style for all, not for each."""

    def __init__(self) -> None:
        self.below = widgets.Layout(margin=BESIDE_LABEL)
        self.hidden = widgets.Layout(display="none")
        self.said = HTMLStyle()
        self.layout = widgets.Layout(width="auto")
        self.text = TextStyle(description_width=LABEL_WIDTH)
        self.buttons = ToggleButtonsStyle(description_width=LABEL_WIDTH)


class TextInput:
    """A text, a number or a date, typed; what was there before gives back the very same value."""

    def __init__(self, field: Field, value: Any, *, looks: Looks, read: Read, tell: Change) -> None:
        text = shown(value)
        self._field, self._read, self._tell = field, read, tell
        self._first = (text, value)
        kind = widgets.Textarea if "\n" in text else widgets.Text
        self.widget = kind(
            value=text,
            description=field.path,
            tooltip=field.path,  # for a path that is longer than its label may be
            placeholder=_placeholder(field),
            disabled=isinstance(value, Mapping | list),  # no text can stand for these
            layout=looks.layout,
            style=looks.text,
        )
        self.message = "" if self.widget.disabled else read(field, text)[1] if text else ""
        self.widget.observe(self._hear, "value")

    def _hear(self, change: Mapping[str, Any]) -> None:
        text = change["new"]
        if text == self._first[0]:
            value = self._first[1]
        else:
            value = ABSENT if text == "" else self._read(self._field, text)[0]
        self.message = self._read(self._field, text)[1] if text else ""
        self._tell(self._field.path, value)


def _placeholder(field: Field) -> str:
    words = [HINTS.get(field.kind, ""), field.format]
    if field.options:
        words.append(" or ".join(field.options))
    if field.default:
        words.append(f"by default {field.default}")
    return ", ".join(filter(None, ["needed" if field.required else "optional", *words]))


class YesNo:
    """Yes, no, or not given."""

    message = ""

    def __init__(self, field: Field, value: Any, *, looks: Looks, tell: Change) -> None:
        self._field, self._tell = field, tell
        self.widget = widgets.ToggleButtons(
            description=field.path,
            options=list(YES_OR_NO),
            value=NOT_GIVEN if value is ABSENT else "yes" if value else "no",
            tooltip=field.path,
            layout=looks.layout,
            style=looks.buttons,
        )
        # ipywidgets leaves this class to its other inputs: label left of the buttons, not above.
        self.widget.add_class("widget-inline-hbox")
        self.widget.observe(self._hear, "value")

    def _hear(self, change: Mapping[str, Any]) -> None:
        self._tell(self._field.path, YES_OR_NO[change["new"]])


def close_tree(widget: Any) -> None:
    """Close a widget and what is in it, one by one: `close_all` would close every widget."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    widget.close()
