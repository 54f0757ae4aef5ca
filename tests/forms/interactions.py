"""Actions on a form as the browser sends them, and what a person sees in it."""

import re
from html import unescape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms import BatchForm


def all_widgets(box: Any) -> list[Any]:
    return [box, *(inner for child in getattr(box, "children", ()) for inner in all_widgets(child))]


def control(form: BatchForm, label: str) -> Any:
    """The only input or button with this label."""
    [match] = [
        widget
        for widget in all_widgets(form.widget)
        if getattr(widget, "description", None) == label
    ]
    return match


def show_data_as(form: BatchForm, name: str) -> None:
    """Choose a view of the data: Fields, From a table, or JSON and code."""
    choice = control(form, "Data")
    plain = isinstance(choice, widgets.ToggleButtons)
    update(choice, **({"index": choice.options.index(name)} if plain else {"value": name}))


def field_box(form: BatchForm) -> Any:
    """The box with the fields."""
    [match] = [w for w in all_widgets(form.widget) if "docgen-fields" in w._dom_classes]
    return match


def html(panel: Any) -> list[str]:
    """The HTML parts of a form or a panel, top to bottom."""
    return [w.value for w in all_widgets(panel.widget) if isinstance(w, widgets.HTML)]


def fill(form: BatchForm, label: str, text: str) -> None:
    """What the browser sends after a person has typed."""
    update(control(form, label), value=text)


def update(widget: Any, **state: Any) -> None:
    data = {"method": "update", "state": state, "buffer_paths": []}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def click(form: BatchForm, label: str = "Generate") -> None:
    data = {"method": "custom", "content": {"event": "click"}}
    control(form, label)._handle_msg({"content": {"data": data}, "buffers": []})


IN_EVERY_FORM = ("Template", "File name", "Data as JSON")


def labels(form: BatchForm) -> list[str]:
    """The labels of the text inputs from top to bottom, without those that every form has."""
    inputs = [w for w in all_widgets(form.widget) if isinstance(w, widgets.Text | widgets.Textarea)]
    return [w.description for w in inputs if w.description not in IN_EVERY_FORM]


def is_shown(widget: Any) -> bool:
    return widget.layout.display != "none"


def seen(form: BatchForm) -> str:
    """The visible messages of the form as plain text."""
    texts = [w.value for w in visible(form.widget) if isinstance(w, widgets.HTML)]
    fixed = ("<strong>", "<h3>", "Documents go to", "of ")
    return "\n".join(plain(text) for text in texts if text and not text.startswith(fixed))


def summary(form: BatchForm) -> list[str]:
    """The messages of the list of problems."""
    return [text for w in all_widgets(form.widget) for text, _ in getattr(w, "items", ())]


def batch_table(form: BatchForm) -> list[tuple[str, str, list[str]]]:
    """Name, status and messages of each document in the table of jobs."""
    [table] = [w for w in all_widgets(form.widget) if hasattr(w, "can_retry")]
    return [(row["name"], row["status"], row["messages"]) for row in table.rows]


def visible(box: Any) -> list[Any]:
    if not is_shown(box):
        return []
    return [box, *(inner for child in getattr(box, "children", ()) for inner in visible(child))]


def plain(html: str) -> str:
    return unescape(re.sub(r"(\s*<[^>]*>\s*)+", " ", html)).strip()
