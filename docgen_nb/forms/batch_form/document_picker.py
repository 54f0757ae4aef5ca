"""The choice of one of many documents in a form."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.widgets.layout import wrapping_row

TOOLTIPS = {
    "Add": "Add an empty document",
    "Duplicate": "Add a document with the data of this one",
    "Remove": "Remove this document",
}


class DocumentPicker:
    """The number of the document shown, and buttons that add or remove documents.

    `on_pick` is called with the index of the document to show, `on_button` with the name of the
    button that was clicked.
    """

    def __init__(
        self, *, on_pick: Callable[[int], None], on_button: Callable[[str], None], wrap: Wrap
    ) -> None:
        self._on_pick = on_pick
        self._is_drawing = False
        self.number = widgets.BoundedIntText(
            description="Document", min=1, max=1, value=1, layout={"width": "11em"}
        )
        self.number.style.description_width = "initial"
        self._count = widgets.HTML()
        self.buttons = {
            name: widgets.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
            for name, tooltip in TOOLTIPS.items()
        }
        for name, button in self.buttons.items():
            button.on_click(partial(wrap(lambda name, _: on_button(name)), name))
        self.number.observe(wrap(self._on_number), "value")
        self.widget = wrapping_row(self.number, self._count, *self.buttons.values())

    def _on_number(self, change: Mapping[str, Any]) -> None:
        if not self._is_drawing:
            self._on_pick(change["new"] - 1)

    def show(self, index: int, *, count: int) -> None:
        """Show which document is shown, and how many there are."""
        self._is_drawing = True
        try:
            with self.number.hold_trait_notifications():
                self.number.max, self.number.value = max(count, 1), index + 1
        finally:
            self._is_drawing = False
        self._count.value = f"of {count}"
        self.buttons["Remove"].disabled = count <= 1


def rows_after(
    button: str, rows: Sequence[dict[str, Any]], index: int
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows after a click on a button, and the index of the row to show.

    >>> rows_after("Duplicate", [{"a": 1}, {"a": 2}], 0)
    ([{'a': 1}, {'a': 1}, {'a': 2}], 1)
    >>> rows_after("Remove", [{"a": 1}, {"a": 2}], 1)
    ([{'a': 1}], 0)
    """
    if button == "Remove":
        left = [*rows[:index], *rows[index + 1 :]]
        return left, min(index, len(left) - 1)
    new = deepcopy(rows[index]) if button == "Duplicate" else {}
    return [*rows[: index + 1], new, *rows[index + 1 :]], index + 1
