"""Parts of a form that are folded away, and made only when they are opened for the first time."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.widgets.inputs import close_tree

Make = Callable[[], Any]
Guard = Callable[[Callable[..., object]], Callable[..., None]]


class Sections:
    """A row of buttons that open and fold the parts below it; each is made when it is first opened.

    One is open at a time; `opened` hears of each. Not an Accordion: its headings are no buttons,
    and the keyboard does not reach them.
    """

    def __init__(
        self, parts: Mapping[str, Make], *, opened: Callable[[str], None], guard: Guard
    ) -> None:
        self._parts, self._opened = parts, opened
        self._made: dict[str, Any] = {}
        self._is_folding = False
        self.open_one = ""
        self.buttons = {name: _button(name) for name in parts}
        for name, button in self.buttons.items():
            button.observe(guard(lambda change, name=name: self._turn(name, change)), "value")
        row = widgets.HBox(list(self.buttons.values()))
        row.layout.flex_flow = "row wrap"
        self._place = widgets.VBox()
        self.widget = widgets.VBox([row, self._place])

    def _turn(self, name: str, change: Mapping[str, Any]) -> None:
        if self._is_folding:
            return
        if self.open_one:
            self._fold(self.open_one)
        if not change["new"]:
            return
        if name not in self._made:
            try:
                self._made[name] = self._parts[name]()
            except BaseException:
                self._fold(name)  # so that it can be tried again
                raise
        self.open_one = name
        self.buttons[name].description = f"▾ {name}"
        self._place.children = [self._made[name]]
        self._opened(name)

    def _fold(self, name: str) -> None:
        self._is_folding, self.open_one = True, ""
        try:
            self.buttons[name].value = False
        finally:
            self._is_folding = False
        self.buttons[name].description = f"▸ {name}"
        self._place.children = []

    def close(self) -> None:
        """Close the parts that are folded away: they are in no box now."""
        for name, part in self._made.items():
            if name != self.open_one:
                close_tree(part)


def _button(name: str) -> Any:
    return widgets.ToggleButton(description=f"▸ {name}", layout={"width": "auto"})


def line() -> Any:
    """Return an empty line for words that change; screen readers read them out."""
    return widgets.HTML()


def say_line(place: Any, text: str) -> None:
    """Put a sentence into such a line."""
    place.value = f'<span role="status">{escape(text)}</span>' if text else ""
