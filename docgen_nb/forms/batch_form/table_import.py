"""Many documents in one form: which one is seen, and data for all of them from a table."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from docgen_nb.errors import UnreadableData
from docgen_nb.forms.widgets.collapsible import line, say_line
from docgen_nb.forms.widgets.inputs import close_tree
from docgen_nb.request import read_table, rows_from_table
from docgen_nb.request.table_rows import paths_of

Guard = Callable[[Callable[..., object]], Callable[..., None]]

KINDS = ".csv,.tsv,.jsonl,.json,.xlsx"
PASTED = "tsv"


class RowPicker:
    """The number of the document whose data are seen, and ways to have more or fewer."""

    def __init__(self, *, pick: Callable[[int], None], act: Callable[[str], None], guard: Guard):
        self._pick = pick
        self._is_showing = False
        self.number = widgets.BoundedIntText(description="Document", min=1, max=1, value=1)
        self.number.layout.width = "12em"
        self._count = widgets.HTML()
        self.buttons = {
            name: widgets.Button(description=name) for name in ("Add", "Copy", "Remove")
        }
        tips = {"Add": "Add an empty document", "Copy": "Add one with the data of this one"}
        for name, button in self.buttons.items():
            button.layout.width = "auto"
            button.tooltip = tips.get(name, "Remove this document")
            button.on_click(guard(lambda _, name=name: act(name)))
        self.number.observe(guard(self._hear), "value")
        self.widget = widgets.HBox([self.number, self._count, *self.buttons.values()])
        self.widget.layout.flex_flow = "row wrap"

    def _hear(self, change: Mapping[str, Any]) -> None:
        if not self._is_showing:
            self._pick(change["new"] - 1)

    def show(self, at: int, *, count: int) -> None:
        """Show which document of how many is seen."""
        self._is_showing = True
        try:
            with self.number.hold_trait_notifications():
                self.number.max, self.number.value = max(count, 1), at + 1
        finally:
            self._is_showing = False
        self._count.value = f"of {count}"
        self.buttons["Remove"].disabled = count <= 1


def after(name: str, rows: Sequence[dict[str, Any]], at: int) -> tuple[list[dict[str, Any]], int]:
    """Return the rows after a button was pressed at one of them, and which is seen then.

    >>> after("Copy", [{"a": 1}, {"a": 2}], 0)
    ([{'a': 1}, {'a': 1}, {'a': 2}], 1)
    >>> after("Remove", [{"a": 1}, {"a": 2}], 1)
    ([{'a': 1}], 0)
    """
    if name == "Remove":
        left = [*rows[:at], *rows[at + 1 :]]
        return left, min(at, len(left) - 1)
    new = deepcopy(rows[at]) if name == "Copy" else {}
    return [*rows[: at + 1], new, *rows[at + 1 :]], at + 1


class DataSource:
    """A table, from a file or pasted; its columns are matched to the fields, then it is used."""

    def __init__(
        self,
        *,
        tags: Callable[[], Sequence[Mapping[str, Any]]],
        use: Callable[[list[dict[str, Any]]], None],
        guard: Guard,
    ) -> None:
        self._tags, self._use = tags, use
        self._matched = tags()  # those that the columns were matched to
        self.table: pd.DataFrame | None = None
        self.file = widgets.FileUpload(accept=KINDS, description="Choose a file")
        self.path = widgets.Text(description="or its path", continuous_update=False)
        self.pasted = widgets.Textarea(
            description="or paste it",
            placeholder="cells copied from a spreadsheet, with the names of the columns",
            continuous_update=False,
        )
        for control in (self.path, self.pasted):
            control.layout.width = "auto"
        self.pasted.rows = 4
        self.columns = widgets.VBox()
        self.group = widgets.Combobox(
            description="One document per", placeholder="each row, or each set of equal values"
        )
        self.group.style.description_width = "initial"
        self.button = widgets.Button(description="Use these data", disabled=True)
        self.button.layout.width = "auto"
        self._status = line()
        for control in (self.file, self.path, self.pasted):
            control.observe(guard(self._read), "value")
        self.button.on_click(guard(lambda _: self._take()))
        self._choice = widgets.VBox([self.columns, self.group, self.button])
        self._choice.layout.display = "none"
        self.widget = widgets.VBox([self.file, self.path, self.pasted, self._status, self._choice])

    def _read(self, change: Mapping[str, Any]) -> None:
        source, kind = _given(change["owner"], change["new"])
        if source is None:
            return
        try:
            self.show(read_table(source, kind=kind))
        except UnreadableData as error:
            say_line(self._status, str(error))

    def show(self, table: pd.DataFrame) -> None:
        """Show how the columns of a table match the fields."""
        self.table, self._matched = table, self._tags()
        known = _known_paths(self._tags())
        found = paths_of(table, self._tags())
        former = self.columns.children
        self.columns.children = [
            _column(name, found.get(name, ""), known) for name in map(str, table.columns)
        ]
        for box in former:
            close_tree(box)
        self.group.options = [str(name) for name in table.columns]
        self.button.disabled = False
        self._choice.layout.display = ""
        say_line(self._status, f"{len(table)} rows; which column is which field?")

    def update(self) -> None:
        """Match the columns anew, if another template was chosen since."""
        if self.table is not None and self._matched is not self._tags():
            self.show(self.table)

    def _take(self) -> None:
        if self.table is None:
            return
        columns = {one.description: one.value.strip() or None for one in self.columns.children}
        group = self.group.value.strip() or None
        try:
            found = rows_from_table(self.table, tags=self._tags(), columns=columns, group_by=group)
        except (UnreadableData, ValueError) as error:
            say_line(self._status, str(error))
            return
        if not found:
            say_line(self._status, "The table has no rows, so there would be no document.")
            return
        noun = "document" if len(found) == 1 else "documents"
        say_line(self._status, f"{len(found)} {noun}, {len(self.table)} rows.")
        self._use(found)


def _given(owner: Any, value: Any) -> tuple[Any, str | None]:
    """What was chosen, named or pasted, and its kind where the name does not tell it."""
    if isinstance(owner, widgets.FileUpload):
        if not value:
            return None, None
        kind = Path(value[0]["name"]).suffix.lower().removeprefix(".")
        return bytes(value[0]["content"]), {"tab": "tsv", "ndjson": "jsonl"}.get(kind, kind)
    if not value.strip():
        return None, None
    if isinstance(owner, widgets.Textarea):
        return value.encode(), PASTED if "\t" in value else None
    return Path(value.strip()).expanduser(), None


def _known_paths(tags: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(path for tag in tags for path in tag["json_paths"]))


def _column(name: str, path: str, known: list[str]) -> Any:
    return widgets.Combobox(
        description=name,
        value=path,
        options=known,
        placeholder="left out",
        style={"description_width": "16em"},
    )
