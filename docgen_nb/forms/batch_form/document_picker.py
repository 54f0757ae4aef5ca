"""The choice of one of many documents in a form."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.widgets.layout import wrapping_row

PREVIOUS, NEXT, SHOW_ALL = "Previous document", "Next document", "Show all"
TOOLTIPS = {
    "Add": "Add an empty document",
    "Duplicate": "Add a document with the data of this one",
    "Remove": "Remove this document",
}


class DocumentPicker:
    """The number of the document shown, and buttons that lead to others, add or remove them.

    `on_pick` is called with the index of the document to show, `on_button` with the name of the
    button that was clicked.
    """

    def __init__(
        self, *, on_pick: Callable[[int], None], on_button: Callable[[str], None], wrap: Wrap
    ) -> None:
        self._on_pick = on_pick
        self._is_drawing = False
        self._total = 1
        self._only: tuple[int, ...] = ()  # the documents to which the arrows are limited
        self.number = widgets.BoundedIntText(
            description="Document", min=1, max=1, value=1, layout={"width": "11em"}
        )
        self.number.style.description_width = "initial"
        self._count = widgets.HTML()
        self.steps = {PREVIOUS: _button("‹ Previous", PREVIOUS), NEXT: _button("Next ›", NEXT)}
        for name, button in self.steps.items():
            button.add_class("docgen-quiet").on_click(partial(wrap(self._on_step), name))
        self._all = _button(SHOW_ALL, "Let the arrows lead to all documents again")
        self._all.on_click(wrap(lambda _: self.limit(())))
        self.buttons = {name: _button(name, tooltip) for name, tooltip in TOOLTIPS.items()}
        for name, button in self.buttons.items():
            button.on_click(partial(wrap(lambda name, _: on_button(name)), name))
        self.number.observe(wrap(self._on_number), "value")
        self.widget = wrapping_row(
            *(self.steps[PREVIOUS], self.number, self._count, self.steps[NEXT], self._all),
            *self.buttons.values(),
        )
        self.limit(())

    def _on_number(self, change: Mapping[str, Any]) -> None:
        if not self._is_drawing:
            self._on_pick(change["new"] - 1)

    def _on_step(self, name: str, _: Any) -> None:
        if (index := self._beside(name)) is not None:
            self._on_pick(index)

    def _beside(self, name: str) -> int | None:
        """Return the index that an arrow leads to; None at the end."""
        here, indexes = self.number.value - 1, self._only or range(self._total)
        if name == PREVIOUS:
            return max((one for one in indexes if one < here), default=None)
        return min((one for one in indexes if one > here), default=None)

    def limit(self, indexes: Sequence[int]) -> None:
        """Let the arrows lead to these documents only; to all for none."""
        self._only = tuple(indexes)
        self._all.layout.display = "" if self._only else "none"
        self._draw()

    def show(self, index: int, *, count: int) -> None:
        """Show which document is shown, and how many there are."""
        if count != self._total:
            self.limit(())  # they have other numbers now
        self._is_drawing = True
        try:
            with self.number.hold_trait_notifications():
                self.number.max, self.number.value = max(count, 1), index + 1
        finally:
            self._is_drawing = False
        self._total = count
        self._draw()

    def _draw(self) -> None:
        only = f"; the arrows lead to {len(self._only):,} of them" if self._only else ""
        self._count.value = f"of {self._total:,}{only}"
        self.buttons["Remove"].disabled = self._total <= 1
        for name, button in self.steps.items():
            button.disabled = self._beside(name) is None


def _button(text: str, tooltip: str) -> Any:
    return widgets.Button(description=text, tooltip=tooltip, layout={"width": "auto"})


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
