"""Actions on a form as the browser sends them, and what a person sees in it."""

import re
from array import array
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
    update(
        choice,
        **(
            {"index": [value for _, value in choice.options].index(name)}
            if plain
            else {"value": name}
        ),
    )


def field_box(form: BatchForm) -> Any:
    """The box with the fields."""
    [match] = [w for w in all_widgets(form.widget) if "docgen-fields" in w._dom_classes]
    return match


def html(panel: Any) -> list[str]:
    """The HTML parts of a form or a panel, top to bottom."""
    return [w.value for w in all_widgets(panel.widget) if isinstance(w, widgets.HTML)]


def fill(form: BatchForm, label: str, text: str) -> None:
    """What the browser sends after a person has typed in an input, or in the field of a path."""
    for fields in _field_lists(form):
        if label in _by_path(fields):
            send(fields, action="type", path=label, text=text)
            return
    update(control(form, label), value=text)


def leave(form: BatchForm, path: str) -> None:
    """What the browser sends when the focus leaves the field of a path."""
    for fields in _field_lists(form):
        if path in _by_path(fields):
            send(fields, action="leave", path=path)


def field(form: BatchForm, path: str) -> dict[str, Any]:
    """What the page shows of the field of a path: its label, text, message and so on."""
    [fields] = [one for one in _field_lists(form) if path in _by_path(one)]
    send(fields, action="refresh")
    messages = fields.messages.get(path, {"words": "", "message": "", "choices": []})
    return {**_by_path(fields)[path], **messages}


def headings(form: BatchForm) -> list[tuple[str, str]]:
    """The headings of the groups of fields, and what stands beside them."""
    return [
        (group["title"], fields.badges.get(group["id"], ""))
        for fields in _field_lists(form)
        for group in fields.groups
        if group["title"]
    ]


def _field_lists(form: BatchForm) -> list[Any]:
    return [one for one in all_widgets(form.widget) if hasattr(one, "groups")]


def _by_path(fields: Any) -> dict[str, dict[str, Any]]:
    return {one["path"]: one for group in fields.groups for one in group["fields"]}


def send(widget: Any, **content: Any) -> None:
    """A message of a widget's JavaScript."""
    data = {"method": "custom", "content": content}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def update(widget: Any, **state: Any) -> None:
    data = {"method": "update", "state": state, "buffer_paths": []}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def click(form: BatchForm, label: str = "Generate") -> None:
    data = {"method": "custom", "content": {"event": "click"}}
    control(form, label)._handle_msg({"content": {"data": data}, "buffers": []})


def paths(form: BatchForm) -> list[str]:
    """The paths of the fields from top to bottom, without tables and pictures."""
    return [path for fields in _field_lists(form) for path in _by_path(fields)]


def is_shown(widget: Any) -> bool:
    return widget.layout.display != "none"


def seen(form: BatchForm) -> str:
    """The visible messages of the form as plain text."""
    texts = [message for one in _field_lists(form) for message in _messages(one)]
    texts += [w.value for w in visible(form.widget) if isinstance(w, widgets.HTML)]
    fixed = ("<strong>", "<h3>", "Documents go to", "of ", "Format", "Folder")
    for bar in (one for one in all_widgets(form.widget) if hasattr(one, "causes")):
        texts += [bar.status["text"], bar.status["advice"]]
        texts += [f"Technical details {bar.status['trace']}"] if bar.status["trace"] else []
    return "\n".join(plain(text) for text in texts if text and not text.startswith(fixed))


def _messages(fields: Any) -> list[str]:
    return [state["message"] for state in fields.messages.values() if state["message"]]


def summary(form: BatchForm) -> list[str]:
    """The list of problems: the label of each field, and what is wrong."""
    return [
        f"{label} {text}".strip() for _, items in _bar(form).causes for label, text, *_ in items
    ]


def act_on(form: BatchForm, text: str) -> None:
    """Click a link in the list of problems."""
    [(action, number)] = [
        (action, number)
        for _, items in _bar(form).causes
        for _, _, number, actions in items
        for action, label in actions
        if label == text
    ]
    send(_bar(form), action=action, number=number)


def problems_shown(form: BatchForm) -> bool:
    """Whether the list of problems is open."""
    return bool(_bar(form).is_open)


def _bar(form: BatchForm) -> Any:
    [bar] = [one for one in all_widgets(form.widget) if hasattr(one, "causes")]
    return bar


def results(form: BatchForm) -> Any:
    """The table of the results."""
    [table] = [w for w in all_widgets(form.widget) if hasattr(w, "tools")]
    return table


def column(table: Any, name: str) -> list[str]:
    """A column of texts as the browser puts it together."""
    data = table.data
    return [data["words"][name][code] for code in array("i", data["codes"][name])]


def batch_table(form: BatchForm) -> list[tuple[str, str, str]]:
    """Name, status and messages of each document in the table of results."""
    names = ("document", "status", "messages")
    return list(zip(*(column(results(form), name) for name in names), strict=True))


def press(form: BatchForm, **message: Any) -> list[tuple[Any, list[bytes]]]:
    """What the browser sends from the table of results; return what it is sent then."""
    table, replies = results(form), list[tuple[Any, list[bytes]]]()
    table.send = lambda *reply: replies.append(reply)
    table._handle_custom_msg({"view": "t1", **message}, [])
    return replies


def visible(box: Any) -> list[Any]:
    if not is_shown(box):
        return []
    return [box, *(inner for child in getattr(box, "children", ()) for inner in visible(child))]


def plain(html: str) -> str:
    return unescape(re.sub(r"(\s*<[^>]*>\s*)+", " ", html)).strip()
