"""Inputs for data that is the same for all documents of a table."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.data_paths import ABSENT, value_at
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.fields.field_box import FieldBox
from docgen_nb.forms.fields.inputs import OnChange, SharedStyles
from docgen_nb.forms.mapping.mapping import TableMapping
from docgen_nb.schema import Field

ADD = "Add another field…"


class CommonFields:
    """Inputs for the fields without a column, and for any other that a person adds."""

    def __init__(self, *, on_change: OnChange, wrap: Wrap, plain: bool) -> None:
        self._on_change = on_change
        self._fields = FieldBox(
            wrap(self._on_value), on_leave=lambda _: None, styles=SharedStyles(), plain=plain
        )
        self._mapping: TableMapping | None = None
        self._added: list[str] = []
        self._shown: list[str] | None = None
        self._add = widgets.Dropdown(options=[ADD], value=ADD, layout={"width": "auto"})
        self._add.description = "Field"
        self._add.observe(wrap(self._on_add), "value")
        heading = widgets.HTML("<h3>Same for all documents</h3>")
        self.widget = widgets.VBox([heading, self._fields.widget, self._add])
        self.widget.add_class("docgen-map-common")

    def show(self, mapping: TableMapping | None) -> None:
        """Show the fields of a mapping that no column fills, those with data, and those added.

        All fields have an input from the start, and are only hidden and shown later: what a person
        types while the columns change is kept.
        """
        former, self._mapping = self._mapping, mapping
        if mapping is None:
            return
        possible = mapping.can_be_common()
        if not _has_same_inputs(former, mapping):
            self._added, self._shown = [], None
            paths = {one.path for one in possible}
            self._fields.draw(list(_only(mapping.fields, paths)), mapping.common)
            self._show_messages()
        suggested = {one.path for one in mapping.columns.values() if one.is_suggestion}
        wanted = {one.path for one in mapping.uncovered()} - suggested | set(self._added)
        shown = [
            one.path
            for one in possible
            if one.path in wanted or value_at(mapping.common, one.path) is not ABSENT
        ]
        if shown != self._shown:
            self._shown = shown
            self._fields.show_only(shown)
            self._fields.show_remaining_bytes(mapping.common)
            self._offer([one.path for one in possible if one.path not in shown], mapping)

    def _offer(self, others: list[str], mapping: TableMapping) -> None:
        """Offer to add other fields, first those that no column fills."""
        covered = set(mapping.paths.values())
        others.sort(key=lambda path: path in covered)
        self._add.options = [(ADD, ADD), *((mapping.labels[path], path) for path in others)]
        self._add.value = ADD

    @property
    def unreadable(self) -> list[str]:
        """The paths of the fields whose text is not understood."""
        return list(self._fields.unreadable) if self._mapping else []

    def _on_value(self, path: str, value: Any) -> None:
        self._on_change(path, value)
        if path not in self._added:
            self._added.append(path)  # it stays, also if the text is deleted
            self.show(self._mapping)
        self._show_messages()

    def _show_messages(self) -> None:
        self._fields.show_messages(self._fields.unreadable, in_tables={})

    def _on_add(self, change: Mapping[str, Any]) -> None:
        if change["new"] not in (None, ADD):
            self._added.append(change["new"])
            self.show(self._mapping)


def _has_same_inputs(former: TableMapping | None, mapping: TableMapping) -> bool:
    """Return whether the inputs of a former mapping show the fields and data of this one."""
    if former is None or former.fields != mapping.fields:
        return False
    return former is mapping or former.common == mapping.common


def _only(fields: Iterable[Field], paths: set[str]) -> Iterable[Field]:
    """Yield the fields with these paths, in the objects that contain them."""
    for field in fields:
        if field.path in paths:
            yield field
        elif field.kind == "object":
            inner = tuple(_only(field.fields, paths))
            if inner:
                yield replace(field, fields=inner)
