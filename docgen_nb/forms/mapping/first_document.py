"""The preview of the first document of a table, before its data is used."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import ipywidgets as widgets

from docgen_nb.forms.error_display import Wrap


class DataView(Protocol):
    """A preview, as far as it is used here: it shows the document of the data in `value`."""

    widget: Any
    value: Any

    def close(self) -> None:
        """Stop rendering."""
        ...


SHOW, HIDE = "Preview document 1", "Hide the preview"


class FirstDocument:
    """A button that opens the preview; while it is open, the preview follows the mapping.

    `make` returns a new preview; it is called when the preview is first opened.
    """

    def __init__(self, make: Callable[[], DataView], *, wrap: Wrap) -> None:
        self._make = make
        self._preview: DataView | None = None
        self._row: Mapping[str, Any] | None = None
        self._is_open = False
        self._button = widgets.Button(description=SHOW)
        self._button.layout = {"width": "auto", "align_self": "flex-start"}
        self._button.on_click(wrap(lambda _: self._toggle()))
        self._box = widgets.VBox()
        self.widget = widgets.VBox([self._button, self._box]).add_class("docgen-first-document")

    def show(self, row: Mapping[str, Any] | None) -> None:
        """Take the data of the first document; None if there is none."""
        self._row = row
        self._button.disabled = row is None
        if self._is_open and self._preview is not None and row is not None:
            self._preview.value = row

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self._button.description = HIDE if self._is_open else SHOW
        self._box.layout.display = None if self._is_open else "none"
        if self._preview is None:
            self._preview = self._make()
            self._box.children = [self._preview.widget]
        self.show(self._row)

    def close(self) -> None:
        """Stop rendering."""
        if self._preview is not None:
            self._preview.close()
