"""Inputs, and the line below each that shows an error."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
from ipywidgets.widgets.widget_selection import ToggleButtonsStyle
from ipywidgets.widgets.widget_string import HTMLStyle, TextStyle

from docgen_nb.forms.data_paths import ABSENT, text_of
from docgen_nb.request import value_of
from docgen_nb.schema import Field

LABEL_WIDTH = "16em"
BESIDE_LABEL = f"0 0 0 calc({LABEL_WIDTH} + 10px)"  # ipywidgets puts 10 pixels after a label

# Called with the path and the new value (or ABSENT) after a person has changed it.
OnChange = Callable[[str, Any], None]

NOT_SET = "Not set"
YES_OR_NO = {NOT_SET: ABSENT, "Yes": True, "No": False}
EXAMPLES = {"number": "1234.5", "date": "2026-03-31"}


def show_error(line: Any, message: str) -> None:
    """Show an error in an HTML widget, in JupyterLab's color for errors if there is one."""
    style = "color: var(--jp-error-color0, inherit)"
    line.value = f'<span style="{style}">{escape(message)}</span>' if message else ""


class SharedStyles:
    """Layouts and styles that all inputs of a form share; one per input would be slow."""

    def __init__(self) -> None:
        self.below_input = widgets.Layout(margin=BESIDE_LABEL)
        self.hidden = widgets.Layout(display="none")
        self.error = HTMLStyle()
        self.layout = widgets.Layout(width="auto")
        self.text = TextStyle(description_width=LABEL_WIDTH)
        self.buttons = ToggleButtonsStyle(description_width=LABEL_WIDTH)


class InputWithError:
    """An input, and the line below it that shows an error.

    The line is there from the start: adding a widget makes the browser redraw those that follow,
    and they would lose the focus.
    """

    message = ""

    def __init__(self, control: Any, styles: SharedStyles) -> None:
        self.control, self._styles = control, styles
        self._error = widgets.HTML(layout=styles.hidden, style=styles.error)
        self._shown = ""
        self.widgets = [control, self._error]

    def show_message(self, message: str) -> None:
        """Show a message, or none for ''."""
        if message != self._shown:
            self._shown = message
            show_error(self._error, message)
            styles = self._styles
            self._error.layout = styles.below_input if message else styles.hidden


class TextInput(InputWithError):
    """An input for text, a number or a date.

    The text that the input showed first stands for the exact value that it was made from.
    """

    def __init__(
        self, field: Field, value: Any, *, styles: SharedStyles, on_change: OnChange
    ) -> None:
        text = text_of(value)
        self._field, self._on_change = field, on_change
        self._first = (text, value)
        kind = widgets.Textarea if "\n" in text else widgets.Text
        widget = kind(
            value=text,
            description=field.path,
            tooltip=field.path,  # a long label is cut off
            placeholder=_placeholder(field),
            disabled=isinstance(value, Mapping | list),  # text cannot represent these
            layout=styles.layout,
            style=styles.text,
        )
        super().__init__(widget, styles)
        self.message = "" if widget.disabled or not text else value_of(field, text)[1]
        widget.observe(self._on_text, "value")

    def _on_text(self, change: Mapping[str, Any]) -> None:
        text = change["new"]
        value, self.message = value_of(self._field, text) if text else (ABSENT, "")
        if text == self._first[0]:
            value = self._first[1]
        self._on_change(self._field.path, value)


def _placeholder(field: Field) -> str:
    text = "Required" if field.required else "Optional"
    if field.options:
        text += f": {' or '.join(field.options)}"
    elif field.kind in EXAMPLES:
        text += f", for example {EXAMPLES[field.kind]}"
    return text + (f" (default: {field.default})" if field.default else "")


class YesNo(InputWithError):
    """Buttons for yes, no and not set."""

    def __init__(
        self, field: Field, value: Any, *, styles: SharedStyles, on_change: OnChange
    ) -> None:
        self._field, self._on_change = field, on_change
        widget = toggle_buttons(
            description=field.path,
            options=list(YES_OR_NO),
            value=NOT_SET if value is ABSENT else "Yes" if value else "No",
            tooltip=field.path,
            layout=styles.layout,
            style=styles.buttons,
        )
        super().__init__(widget, styles)
        widget.observe(self._on_choice, "value")

    def _on_choice(self, change: Mapping[str, Any]) -> None:
        self._on_change(self._field.path, YES_OR_NO[change["new"]])


def toggle_buttons(**options: Any) -> Any:
    """Return ipywidgets' ToggleButtons with the label to the left, as other inputs have it."""
    buttons = widgets.ToggleButtons(**options)
    buttons.add_class("widget-inline-hbox")
    return buttons
