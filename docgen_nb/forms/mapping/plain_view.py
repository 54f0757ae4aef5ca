"""The mapping of a table with ipywidgets' own inputs, for pages that block JavaScript modules."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.display import close_tree, list_html
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.mapping.view import OnMessage
from docgen_nb.request.table_files import KINDS

_WIDE = {"description_width": "16em"}


class PlainSource:
    """A file or pasted cells, and an input for the field of each column."""

    def __init__(self, *, on_message: OnMessage, wrap: Wrap) -> None:
        self._on_message, self._wrap = on_message, wrap
        auto = {"width": "auto"}
        file = widgets.FileUpload(accept=",".join(KINDS), description="Choose a file…", layout=auto)
        pasted = widgets.Textarea(
            description="Or paste it",
            placeholder="Cells copied from a spreadsheet, with column names in the first line",
            continuous_update=False,
            layout=auto,
        )
        file.observe(wrap(self._on_file), "value")
        pasted.observe(wrap(lambda c: self._send("paste", text=c["new"])), "value")
        self._status = widgets.HTML()
        self._columns = widgets.VBox()
        self.fields: Sequence[Sequence[str]] = ()
        self.widget = widgets.VBox([file, pasted, self._status, self._columns])

    def _on_file(self, change: Mapping[str, Any]) -> None:
        for file in change["new"]:
            message = {"action": "file", "name": str(file["name"]), "first": True, "last": True}
            self._on_message(message, bytes(file["content"]))

    def _send(self, action: str, **content: Any) -> None:
        self._on_message({"action": action, **content}, b"")

    def show(self, state: Mapping[str, Any]) -> None:
        """Show a state, as from `columns_state`."""
        source, summary = state.get("source"), state.get("summary")
        texts = [f"{source['name']}: {source['facts']}."] if source else []
        texts += [*state.get("notes", ()), state["error"], " ".join(summary[1:]) if summary else ""]
        self._status.value = f'<span role="status">{escape(" ".join(filter(None, texts)))}</span>'
        former = self._columns.children
        self._columns.children = [
            one for column in state["columns"] for one in self._inputs(column)
        ]
        close_tree(*former)

    def leave(self) -> None:
        """Do nothing: only a module can scroll."""

    def _inputs(self, column: Mapping[str, Any]) -> list[Any]:
        labels = {label: path for path, label in self.fields}
        field = widgets.Combobox(
            description=column["name"],
            value="" if column["suggestion"] else column["label"],
            options=list(labels),
            placeholder=f"Not used; perhaps {column['label']}" if column["label"] else "Not used",
            style=_WIDE,
        )
        name = column["name"]
        choose = self._wrap(
            lambda c: self._send("choose", column=name, path=labels.get(c["new"].strip()))
        )
        field.observe(choose, "value")
        if not column["question"]:
            return [field]
        choices = [(label, value) for value, label in column["question"]["choices"]]
        ask = widgets.Dropdown(
            description=column["state"],
            options=[("Choose", ""), *choices],
            value=column["question"]["answer"],
            style=_WIDE,
        )
        answer = self._wrap(lambda c: self._send("answer", column=name, format=c["new"]))
        ask.observe(answer, "value")
        return [field, ask]


class PlainDocuments:
    """A choice of what one document is made per, and the problems."""

    def __init__(self, *, on_message: OnMessage, wrap: Wrap) -> None:
        self._is_drawing = False
        self._group = widgets.Dropdown(
            description="One document per", style={"description_width": "initial"}
        )
        self._group.layout.display = "none"
        self._says = widgets.HTML()
        self.widget = widgets.VBox([self._group, self._says])

        def on_group(change: Mapping[str, Any]) -> None:
            if not self._is_drawing and change["new"] is not None:
                on_message({"action": "group", "column": change["new"]}, b"")

        self._group.observe(wrap(on_group), "value")

    def show(self, state: Mapping[str, Any]) -> None:
        """Show a state, as from `documents_state`."""
        choices = state.get("groupings", ())
        self._is_drawing = True
        try:
            self._group.options = [
                (f"{one['label']}: {one['text']}", one["column"]) for one in choices
            ]
            if choices:
                self._group.value = state["group"]
        finally:
            self._is_drawing = False
        self._group.layout.display = "" if len(choices) > 1 else "none"
        texts = [state["error"], *state["problems"]] if state else []
        self._says.value = list_html(text for text in texts if text)
