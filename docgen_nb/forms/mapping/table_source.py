"""Tables that a person chooses or pastes, read with what can be found out about them."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb.errors import CellsWithoutValue, UnreadableData, WrongEncoding
from docgen_nb.forms.display import counted
from docgen_nb.request import read_table
from docgen_nb.request.table_files import KINDS

MAX_MEGABYTES = 20
_WINDOWS = "cp1252"
_PROSE = 60  # characters in a line without a tab, which is no row of cells
NO_CELLS = (
    "This is text, not cells. Copy cells in a spreadsheet, or a table in Word, with the names of "
    "the columns in the first row."
)
NO_ROWS = "There are names of columns, but no rows below them."


@dataclass(frozen=True)
class SourceTable:
    """A table, where it comes from, and what was noticed while it was read.

    Attributes
    ----------
    name : str
        Of the file; "Pasted cells".
    facts : str
        What the table is: ``412 rows, 9 columns; names in row 1``.
    notes : tuple of str
        What may be wrong with it.
    sheets : tuple of str
        Names of the sheets, if there are several.
    header_row : int
        Number of the row that has the names of the columns; 0 for a kind without such a row.
    read_again : callable
        Reads it again with another sheet, or other names of the columns.
    """

    name: str
    table: pd.DataFrame
    facts: str
    notes: tuple[str, ...]
    sheets: tuple[str, ...]
    sheet: str
    header_row: int
    read_again: Callable[..., "SourceTable"] = field(repr=False)

    def with_sheet(self, sheet: str) -> "SourceTable":
        """Read another sheet; the same table for a name that is none."""
        return self.read_again(sheet=sheet) if sheet in self.sheets else self

    def with_header(self, row: int) -> "SourceTable":
        """Read it again with the names of the columns in another row."""
        sheet = {"sheet": self.sheet} if self.sheets else {}
        return self.read_again(header_row=max(1, row), **sheet) if self.header_row else self


def read_file(
    name: str, content: bytes, *, sheet: str | None = None, header_row: int | None = None
) -> SourceTable:
    """Read an uploaded file. UnreadableData, which names the file, if that is not possible."""
    ending = Path(name).suffix.lower()
    kind = KINDS.get(ending)
    if kind is None:
        endings = ", ".join(KINDS)
        raise UnreadableData(f"{name} is not a table. Choose a file that ends in {endings}.")
    notes: list[str] = []
    options: dict[str, Any] = {"kind": kind, "header_row": header_row}
    try:
        table = _read(content, sheet=sheet, **options)
    except WrongEncoding:
        table = _read(content, encoding=_WINDOWS, **options)
        notes.append("The file is not UTF-8. It is read as Windows-1252: check é, ö and the like.")
    except UnreadableData as error:
        raise UnreadableData(str(error).replace("The data", name, 1)) from error
    row = header_row or table.attrs.get("header_row", 1)
    return _source(
        name,
        table,
        notes=[*notes, *table.attrs.get("notes", ())],
        sheet=sheet,
        header_row=row if kind in ("csv", "tsv", "xlsx") else 0,
        read_again=partial(read_file, name, content),
    )


def read_paste(text: str, *, header_row: int | None = None) -> SourceTable:
    """Read cells copied from a spreadsheet. UnreadableData for text that is none."""
    first = text.strip().partition("\n")[0]
    if "\t" not in first and (len(first) > _PROSE or first.rstrip().endswith((".", ":", ","))):
        raise UnreadableData(NO_CELLS)
    try:
        # A single column has no tab, and may contain commas.
        table = _read(text.encode("utf-8", "replace"), kind="tsv", header_row=header_row)
    except UnreadableData as error:
        raise UnreadableData(f"{error} {NO_CELLS}".replace("The data", "The text")) from error
    if len(table.columns) == 1 and any(sign in first for sign in ",;"):
        table = _read(text.encode("utf-8", "replace"), kind="csv", header_row=header_row)
    return _source(
        "Pasted cells",
        table,
        notes=table.attrs.get("notes", ()),
        sheet=None,
        header_row=header_row or table.attrs.get("header_row", 1),
        read_again=partial(read_paste, text),
    )


def _read(content: bytes, **options: Any) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CellsWithoutValue)  # shown by the form
        return read_table(content, number_names=True, **options)


def _source(
    name: str,
    table: pd.DataFrame,
    *,
    notes: Any,
    sheet: Any,
    header_row: int,
    read_again: Callable[..., SourceTable],
) -> SourceTable:
    if table.empty:
        raise UnreadableData(f"{name}: {NO_ROWS}")
    sheets = tuple(table.attrs.get("sheets", ()))
    size = f"{counted(len(table), 'row')}, {counted(len(table.columns), 'column')}"
    return SourceTable(
        name,
        table,
        f"{size}; names in row {header_row}" if header_row else size,
        tuple(note.replace("The data", name, 1) for note in notes),
        sheets,
        sheet or (sheets[0] if sheets else ""),
        header_row,
        read_again,
    )


def too_large(name: str, size: int) -> str:
    """Return the message for a file that the browser does not send, with the way in code.

    >>> print(too_large("huge.csv", 112_000_000))
    huge.csv has 112 MB. The form reads tables of up to 20 MB. In code: \
form.load(dg.read_table("huge.csv"))
    """
    return (
        f"{name} has {size / 1e6:.0f} MB. The form reads tables of up to {MAX_MEGABYTES} MB. In "
        f'code: form.load(dg.read_table("{name}"))'
    )
