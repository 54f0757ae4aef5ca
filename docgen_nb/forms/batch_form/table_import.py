"""Data for all documents from a table."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from docgen_nb.errors import CellsWithoutValue, UnreadableData
from docgen_nb.forms.display import close_tree, counted
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.widgets.status_line import StatusLine
from docgen_nb.request import read_table, rows_from_table
from docgen_nb.request.table_files import KINDS
from docgen_nb.request.table_rows import paths_of

Tags = Sequence[Mapping[str, Any]]


class TableImport:
    """A table from a file or pasted, whose columns a person matches to the fields.

    Parameters
    ----------
    tags : callable
        Returns the tags of the chosen template.
    use_rows : callable
        Called with the data of all documents.
    """

    def __init__(
        self,
        *,
        tags: Callable[[], Tags],
        use_rows: Callable[[list[dict[str, Any]]], None],
        wrap: Wrap,
    ) -> None:
        self._tags, self._use_rows = tags, use_rows
        self._matched = tags()  # to which the columns were matched
        self.table: pd.DataFrame | None = None
        auto = {"width": "auto"}
        self.file = widgets.FileUpload(
            accept=",".join(KINDS), description="Choose a file…", layout=auto
        )
        self.path = widgets.Text(description="Or its path", continuous_update=False, layout=auto)
        self.pasted = widgets.Textarea(
            description="Or paste it",
            placeholder="Cells copied from a spreadsheet, with column names in the first line",
            continuous_update=False,
            rows=4,
            layout=auto,
        )
        self.columns = widgets.VBox()
        self.group = widgets.Combobox(
            description="One document per",
            placeholder="Row, or each value of a column",
            style={"description_width": "initial"},
        )
        self.button = widgets.Button(description="Use data", layout=auto)
        self._status = StatusLine()
        for control in (self.file, self.path, self.pasted):
            control.observe(wrap(self._on_source), "value")
        self.button.on_click(wrap(lambda _: self._on_use()))
        # Hidden until there is a table.
        matching = [self.columns, self.group, self.button]
        self._match = widgets.VBox(matching, layout={"display": "none"})
        sources = [self.file, self.path, self.pasted]
        self.widget = widgets.VBox([*sources, self._status.widget, self._match])

    def _on_source(self, change: Mapping[str, Any]) -> None:
        source, kind = _source(change["owner"], change["new"])
        if source is None:
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CellsWithoutValue)  # shown by the form
                table = read_table(source, kind=kind)
            self.show(table)
        except UnreadableData as error:
            self._status.show(str(error))

    def show(self, table: pd.DataFrame) -> None:
        """Show how the columns of a table match the fields."""
        self.table, self._matched = table, self._tags()
        known = list(dict.fromkeys(path for tag in self._matched for path in tag["json_paths"]))
        paths = paths_of(table, self._matched)
        former = self.columns.children
        self.columns.children = [
            _column(name, paths.get(name, ""), known) for name in map(str, table.columns)
        ]
        close_tree(*former)
        self.group.options = [str(name) for name in table.columns]
        self._match.layout.display = ""
        notes = "".join(f" {note}" for note in table.attrs.get("notes", ()))
        rows = counted(len(table), "row")
        self._status.show(f"{rows}. Choose a field for each column.{notes}")

    def update(self) -> None:
        """Match the columns again, if another template was chosen since."""
        if self.table is not None and self._matched is not self._tags():
            self.show(self.table)

    def _on_use(self) -> None:
        if self.table is None:
            return
        columns = {one.description: one.value.strip() or None for one in self.columns.children}
        group = self.group.value.strip() or None
        try:
            data = rows_from_table(self.table, tags=self._tags(), columns=columns, group_by=group)
        except (UnreadableData, ValueError) as error:
            self._status.show(str(error))
            return
        if not data:
            self._status.show("The table has no rows.")
            return
        documents, count = counted(len(data), "document"), counted(len(self.table), "row")
        self._status.show(f"{documents} from {count}.")
        self._use_rows(data)


def _source(owner: Any, value: Any) -> tuple[Any, str | None]:
    """Return what was uploaded, named or pasted, and its kind if that is not in its name."""
    if isinstance(owner, widgets.FileUpload):
        if not value:
            return None, None
        ending = Path(value[0]["name"]).suffix.lower()
        return bytes(value[0]["content"]), KINDS.get(ending, ending)
    if not value.strip():
        return None, None
    if isinstance(owner, widgets.Textarea):
        return value.encode(), "tsv" if "\t" in value else None
    return Path(value.strip()).expanduser(), None


def _column(name: str, path: str, known: list[str]) -> Any:
    return widgets.Combobox(
        description=name,
        value=path,
        options=known,
        placeholder="Not used",
        style={"description_width": "16em"},
    )
