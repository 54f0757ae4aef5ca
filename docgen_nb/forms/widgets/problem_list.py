"""A list of problems; each leads to its input."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget

from docgen_nb.forms.display import first_lines

MAX_ITEMS = 20


class _List(AnyWidget):
    """Each item is a message and the class of its input, or "" if there is none."""

    _esm = Path(__file__).with_name("problem_list.js")
    _css = Path(__file__).with_name("problem_list.css")
    root_class = traitlets.Unicode().tag(sync=True)
    items: Any = traitlets.List().tag(sync=True)
    more = traitlets.Int().tag(sync=True)


class ProblemList:
    """A list of messages; each is a button that moves the focus to its input.

    `plain` makes it a list of text, for pages that block JavaScript modules.
    """

    def __init__(self, *, root_class: str, plain: bool) -> None:
        self._plain = plain
        self.items: list[tuple[str, str]] = []
        self.widget = widgets.HTML() if plain else _List(root_class=root_class)

    def show(self, items: Iterable[tuple[str, str]]) -> None:
        """Show messages, each with the class of its input."""
        shown = list(items)
        if shown == self.items:
            return
        self.items = shown
        if self._plain:
            self.widget.value = list_html(text for text, _ in shown)
            return
        self.widget.more = max(0, len(shown) - MAX_ITEMS)
        self.widget.items = [list(item) for item in shown[:MAX_ITEMS]]


def list_html(texts: Iterable[str]) -> str:
    """Return an HTML list of the first texts, escaped; "" without texts."""
    items = "".join(f"<li>{escape(text)}</li>" for text in first_lines(list(texts), MAX_ITEMS))
    return f'<ul style="line-height: 1.5">{items}</ul>' if items else ""
