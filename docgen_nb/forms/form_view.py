"""What a BatchForm looks like: its widgets and where they stand, and no decisions."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.inputs import BESIDE_LABEL, FieldBox, Labelled, close_tree
from docgen_nb.forms.progress import Progress

GO_ON = "Generate without them: the document keeps their tags as written"


class FormView:
    """The widgets of a form, top to bottom."""

    def __init__(self, names: Iterable[str], *, on_text: Callable[[str, str], None]) -> None:
        self.words = ""
        self.template = Labelled(
            # Not a Dropdown: while one has the focus, JupyterLab takes the letter x as "cut cell".
            widgets.Combobox(
                description="Template",
                options=list(names),
                placeholder="type a name, or choose from the list",
            )
        )
        self.output_type = Labelled(
            widgets.ToggleButtons(description="Output type", options=wire.OUTPUT_TYPES)
        )
        # ipywidgets leaves this class to its other inputs: label left of the buttons, not above.
        self.output_type.control.add_class("widget-inline-hbox")
        self.file_name = Labelled(widgets.Text(description="File name"))
        self.fields = FieldBox(on_text)
        self.go_on = widgets.Checkbox(description=GO_ON, indent=False)
        self.go_on.layout.width = "auto"
        self.button = widgets.Button(description="Generate", button_style="primary")
        self._line = widgets.HTML(layout={"margin": "0 0 0 0.6em"})
        self._notes = widgets.HTML()
        self._fault = widgets.HTML()
        self.progress = Progress()
        self.widget = self._stacked()

    def _stacked(self) -> Any:
        send = widgets.HBox([self.button, self._line])
        send.layout.align_items = "center"
        send.layout.flex_flow = "row wrap"
        below = widgets.VBox([self._notes, self.go_on, send, self.progress.widget, self._fault])
        below.layout.margin = BESIDE_LABEL
        above = [line.widget for line in (self.template, self.output_type, self.file_name)]
        stack = widgets.VBox([*above, self.fields.widget, below])
        stack.layout.max_width = "54em"
        stack.add_class("docgen-form")
        return stack

    def say(self, text: str) -> None:
        """Put a sentence beside the button; screen readers read it out."""
        self.words = text
        self._line.value = f'<span role="status">{escape(text)}</span>'

    def note(self, messages: Iterable[str]) -> None:
        """List the messages that belong to no field."""
        items = "".join(f"<li>{escape(message)}</li>" for message in messages)
        self._notes.value = f'<ul style="line-height: 1.5">{items}</ul>' if items else ""

    def offer_to_go_on(self, wanted: bool) -> None:
        """Show or hide the box that lets a person go on without the data."""
        self.go_on.layout.display = "" if wanted else "none"

    def show_fault(self, text: str, trace: str) -> None:
        """Show what went wrong: the sentence beside the button, the traceback folded below."""
        self.say(text)
        self._fault.value = (
            f"<details><summary>Details</summary><pre>{escape(trace)}</pre></details>"
        )

    def clear_fault(self) -> None:
        """Show no traceback any more."""
        self._fault.value = ""

    def close(self) -> None:
        """Close all widgets of the form."""
        close_tree(self.widget)
