"""Parts of a form that are folded away, and made only when they are opened for the first time."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets

Make = Callable[[], Any]


class Sections:
    """An accordion of parts; each is made when it is first opened, `opened` hears of each."""

    def __init__(self, parts: Mapping[str, Make], *, opened: Callable[[str], None]) -> None:
        self._parts, self._opened = parts, opened
        self._made: set[str] = set()
        self.names = list(parts)
        self.widget = widgets.Accordion([widgets.VBox() for _ in parts], titles=tuple(parts))
        self.widget.selected_index = None
        self.widget.observe(self._open, "selected_index")

    @property
    def open_one(self) -> str:
        """The part that is open, "" if none is."""
        at = self.widget.selected_index
        return "" if at is None else self.names[at]

    def _open(self, change: Mapping[str, Any]) -> None:
        if change["new"] is None:
            return
        name = self.names[change["new"]]
        if name not in self._made:
            self._made.add(name)
            self.widget.children[change["new"]].children = [self._parts[name]()]
        self._opened(name)


def line() -> Any:
    """Return an empty line for words that change; screen readers read them out."""
    return widgets.HTML()


def say_line(place: Any, text: str) -> None:
    """Put a sentence into such a line."""
    place.value = f'<span role="status">{escape(text)}</span>' if text else ""
