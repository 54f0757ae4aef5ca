"""A line about data that was replaced, with a button that brings back what was there."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.display import close_tree, counted
from docgen_nb.forms.error_display import Wrap

Data = tuple[dict[str, Any], Sequence[dict[str, Any]]]  # common to all, and of each document


def show_undo(box: Any, text: str, *, undo: Callable[[], object], wrap: Wrap) -> None:
    """Show in a box what has changed; the buttons of the line remove it."""
    says = widgets.HTML(f'<span role="status">{escape(text)}</span>')
    back = widgets.Button(description="Undo")
    close = widgets.Button(description="✕", tooltip="Close this message")
    close.add_class("docgen-quiet")

    def on_undo(_: Any) -> None:
        clear(box)
        undo()

    back.on_click(wrap(on_undo))
    close.on_click(wrap(lambda _: clear(box)))
    clear(box)
    box.children = [widgets.HBox([says, back, close]).add_class("docgen-replaced")]


def clear(box: Any) -> None:
    """Remove the line, if there is one."""
    former, box.children = box.children, []
    close_tree(*former)


def text_of(former: Data, rows: Sequence[Any], *, source: str) -> str:
    """Return what is in the form now, and what was there before.

    >>> text_of(({}, [{}]), [{"a": 1}, {"a": 2}], source="orders.csv")
    '2 documents from orders.csv are in the form.'
    >>> text_of(({}, [{"a": 3}]), [{"a": 1}], source="a.csv")
    '1 document from a.csv is in the form. It replaced 1 document; Undo brings it back.'
    """
    verb = "is" if len(rows) == 1 else "are"
    text = f"{counted(len(rows), 'document')} from {source} {verb} in the form"
    if not _has_data(former):
        return f"{text}."
    they = "It" if len(rows) == 1 else "They"
    return f"{text}. {they} replaced {counted(len(former[1]), 'document')}; {_undo(former)}"


def replacing(former: Data) -> str:
    """Return what using the data of a table will replace, or "".

    >>> replacing(({}, [{"a": 1}, {"a": 2}]))
    'Use data replaces the 2 documents in the form now; Undo brings them back.'
    >>> replacing(({}, [{}]))
    ''
    """
    if not _has_data(former):
        return ""
    before = len(former[1])
    what = "document" if before == 1 else f"{before:,} documents"
    return f"Use data replaces the {what} in the form now; {_undo(former)}"


def _undo(former: Data) -> str:
    return f"Undo brings {'it' if len(former[1]) == 1 else 'them'} back."


def _has_data(former: Data) -> bool:
    common, before = former
    return bool(common or any(before))
