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
        self._inputs: dict[str, tuple[Any, Any]] = {}  # by the name of the column
        self._is_drawing = False
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
        columns = state["columns"]
        if [one["name"] for one in columns] != list(self._inputs):
            former = self._columns.children
            self._inputs = {one["name"]: self._new_inputs(one["name"]) for one in columns}
            self._columns.children = [one for pair in self._inputs.values() for one in pair]
            close_tree(*former)
        self._is_drawing = True
        try:
            for column in columns:
                self._show_column(column, *self._inputs[column["name"]])
        finally:
            self._is_drawing = False

    def leave(self) -> None:
        """Do nothing: only a module can scroll."""

    def _new_inputs(self, name: str) -> tuple[Any, Any]:
        """Return the inputs of a column, which stay, with the focus, while it changes."""
        # The half of a label that is being typed would count as "Not used", and be taken away.
        field = widgets.Combobox(description=name, style=_WIDE, continuous_update=False)
        ask = widgets.Dropdown(style=_WIDE)

        def choose(change: Mapping[str, Any]) -> None:
            if not self._is_drawing:
                paths = {label: path for path, label in self.fields}
                self._send("choose", column=name, path=paths.get(change["new"].strip()))

        def answer(change: Mapping[str, Any]) -> None:
            if not self._is_drawing and change["new"] is not None:
                self._send("answer", column=name, format=change["new"])

        field.observe(self._wrap(choose), "value")
        ask.observe(self._wrap(answer), "value")
        return field, ask

    def _show_column(self, column: Mapping[str, Any], field: Any, ask: Any) -> None:
        label, question = column["label"], column["question"]
        field.options = [label for _, label in self.fields]
        field.value = "" if column["suggestion"] else label
        field.placeholder = f"Not used; perhaps {label}" if label else "Not used"
        ask.layout.display = None if question else "none"
        if question:
            ask.description = column["state"]
            choices = [(text, value) for value, text in question["choices"]]
            if [*ask.options] != (offered := [("Choose", ""), *choices]):
                ask.options = offered
            ask.value = question["answer"]


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
        names = state.get("names") or {}
        texts = [state["error"], names.get("text"), *state["problems"]] if state else []
        self._says.value = list_html(text for text in texts if text)
