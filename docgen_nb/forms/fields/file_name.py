"""The input for the names of documents, into which a person can insert fields."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.fields.inputs import InputWithError, SharedStyles

INSERT = "Insert field…"
_KEY_NAMES = ("id", "no", "number", "code", "key")


class FileName(InputWithError):
    """A text for the names of all documents, and a list of the fields that it can hold.

    `place` is the class by which the page finds the text.
    """

    def __init__(self, styles: SharedStyles, *, wrap: Wrap, place: str) -> None:
        control = widgets.Text(description="File name", layout=styles.layout, style=styles.text)
        super().__init__(control.add_class(place), styles)
        self._insert = widgets.Dropdown(description=INSERT, options=[(INSERT, "")])
        self._insert.observe(wrap(self._on_insert), "value")
        row = widgets.HBox([control, self._insert.add_class("docgen-insert")])
        self.widgets = [row.add_class("docgen-name-row"), self._error]
        self.offer({})

    def offer(self, labels: Mapping[str, str]) -> None:
        """Offer to insert fields, whose labels are given by path."""
        self._insert.options = [(INSERT, ""), *((label, path) for path, label in labels.items())]
        keys = (path for path in labels if path.rpartition(".")[2].casefold() in _KEY_NAMES)
        path = next(keys, next(iter(labels), ""))
        self.control.placeholder = f"For example: Order {{{path}}}" if path else ""
        self._insert.layout.display = None if labels else "none"

    def insert(self, path: str) -> None:
        """Add a field to the name."""
        self.control.value = f"{self.control.value.rstrip()} {{{path}}}".strip()

    def _on_insert(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self.insert(change["new"])
            self._insert.value = ""
