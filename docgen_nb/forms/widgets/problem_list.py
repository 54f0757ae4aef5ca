"""What is missing in a form, as a list that leads to each place."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget

MOST = 20


class _List(AnyWidget):
    """Items of a text and the class of the input that it is about, "" for none."""

    _esm = Path(__file__).with_name("problem_list.js")
    _css = Path(__file__).with_name("problem_list.css")
    root_class = traitlets.Unicode().tag(sync=True)
    items: Any = traitlets.List().tag(sync=True)
    more = traitlets.Int().tag(sync=True)


class ProblemList:
    """A summary of messages; each is a button that puts the focus on its input.

    With `plain` it is a list of words, for where JavaScript modules are blocked.
    """

    def __init__(self, *, root_class: str, plain: bool) -> None:
        self._plain = plain
        self.items: list[tuple[str, str]] = []
        self.widget = widgets.HTML() if plain else _List(root_class=root_class)

    def show(self, messages: Iterable[tuple[str, str]]) -> None:
        """Show messages, each with the class of its input."""
        found = list(messages)
        if found == self.items:
            return
        self.items = found
        if not self._plain:
            self.widget.more = max(0, len(found) - MOST)
            self.widget.items = [list(one) for one in found[:MOST]]
            return
        self.widget.value = as_html(found)

    def _repr_html_(self) -> str:
        return as_html(self.items)


def as_html(messages: Iterable[tuple[str, str]]) -> str:
    """Return messages as a list of words."""
    lines = [escape(text) for text, _ in messages]
    if len(lines) > MOST:
        lines = [*lines[:MOST], f"and {len(lines) - MOST} more"]
    items = "".join(f"<li>{text}</li>" for text in lines)
    return f'<ul style="line-height: 1.5">{items}</ul>' if items else ""
