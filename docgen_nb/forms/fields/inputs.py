"""Inputs, and the line below each that shows an error."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
from ipywidgets.widgets.widget_selection import ToggleButtonsStyle
from ipywidgets.widgets.widget_string import HTMLStyle, TextStyle

from docgen_nb.forms.data_paths import ABSENT, label_of
from docgen_nb.forms.fields.typed_text import TypedText
from docgen_nb.forms.widgets.layout import BESIDE_LABEL, LABEL_WIDTH, show_error, toggle_buttons
from docgen_nb.schema import Field

# Called with the path and the new value (or ABSENT) after a person has changed it.
OnChange = Callable[[str, Any], None]

NOT_SET = "Not set"
YES_OR_NO = {NOT_SET: ABSENT, "Yes": True, "No": False}


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

    def __init__(self, control: Any, styles: SharedStyles) -> None:
        self.control, self._styles = control, styles
        self._error = widgets.HTML(layout=styles.hidden, style=styles.error)
        self._shown = ""
        self.widgets = [control, self._error]

    @property
    def message(self) -> str:
        """The error message for typed text."""
        return ""

    def hide(self, is_hidden: bool) -> None:
        """Hide the input, or show it again."""
        self.control.layout = self._styles.hidden if is_hidden else self._styles.layout

    def show_message(self, message: str) -> None:
        """Show a message, or none for ''."""
        if message != self._shown:
            self._shown = message
            show_error(self._error, message)
            styles = self._styles
            self._error.layout = styles.below_input if message else styles.hidden


class TextInput(InputWithError):
    """An input for text, a number or a date."""

    def __init__(
        self, field: Field, value: Any, *, styles: SharedStyles, on_change: OnChange
    ) -> None:
        self.typed = typed = TypedText(field, value)
        self._on_change = on_change
        kind = widgets.Textarea if "\n" in typed.text else widgets.Text
        widget = kind(
            value=typed.text,
            description=label_of(field.path),
            tooltip=field.path,
            placeholder=placeholder_of(field),
            disabled=typed.is_locked,
            layout=styles.layout,
            style=styles.text,
        )
        super().__init__(widget, styles)
        widget.observe(self._on_text, "value")

    @property
    def message(self) -> str:
        """What to enter instead, or a question with its answers; "" if the text is understood."""
        understood = self.typed.understood
        answers = " or ".join(text for _, text in understood.choices)
        return f"{understood.message} Enter {answers}." if answers else understood.message

    def _on_text(self, change: Mapping[str, Any]) -> None:
        value = self.typed.type(change["new"])
        self._on_change(self.typed.field.path, value)


def placeholder_of(field: Field) -> str:
    """Return what stands in the empty input of a field.

    >>> placeholder_of(Field("a", "a", "text", True))
    'Required'
    """
    if field.default:
        return f"If empty: {field.default}"
    return "Required" if field.required else ""


class YesNo(InputWithError):
    """Buttons for yes, no and not set."""

    def __init__(
        self, field: Field, value: Any, *, styles: SharedStyles, on_change: OnChange
    ) -> None:
        self._field, self._on_change = field, on_change
        widget = toggle_buttons(
            description=label_of(field.path),
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
