"""The lines of a text file, read one at a time, and tables of separated values."""

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, BinaryIO

import pandas as pd

from docgen_nb.errors import UnreadableData, WrongEncoding
from docgen_nb.request.table_layout import TableLayout, attributes
from docgen_nb.request.table_limits import MAX_ROW_CHARACTERS, Meter


class TextLines:
    """Iterates over the lines of a text file, of which no row may be endless.

    WrongEncoding, with the number of the line, for what is not in the encoding.
    """

    def __init__(self, file: BinaryIO, meter: Meter, *, encoding: str = "utf-8") -> None:
        try:
            self._text = io.TextIOWrapper(
                file,
                encoding="utf-8-sig" if encoding == "utf-8" else encoding,
                errors="surrogateescape",
                newline="",
            )
        except LookupError as error:
            raise UnreadableData(f"There is no encoding {encoding!r}. Try 'cp1252'.") from error
        self._encoding = encoding
        self._meter, self._row = meter, 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW_CHARACTERS + 1)
        if not line:
            self._text.detach()  # the caller closes the file
            raise StopIteration
        self.number += 1
        if self.number == 1:
            line = line.lstrip("\ufeff")  # of files that were put together or saved twice
        if "\0" in line:
            raise UnreadableData(
                f"{self._meter.name}, line {self.number}: a null character, which no text has. "
                "If the file is UTF-16, pass encoding='utf-16-le'."
            )
        self._row += len(line)
        if self._row > MAX_ROW_CHARACTERS:
            raise UnreadableData(
                f"{self._meter.name}, line {self.number}: more than {MAX_ROW_CHARACTERS:,} "
                "characters in one row. Check that its lines end, and that its quotes are closed."
            )
        if not line.isascii():
            self._check_encoding(line)
        self._meter.add_text(len(line))
        self._meter.check_time()
        return line

    def _check_encoding(self, line: str) -> None:
        try:
            line.encode()
        except UnicodeEncodeError as error:
            raise WrongEncoding(
                f"{self._meter.name}, line {self.number}: not {self._encoding.upper()}. In Excel, "
                "save the sheet as 'CSV UTF-8', or pass encoding='cp1252' for a file of Windows."
            ) from error

    def end_row(self) -> None:
        """Begin to count the characters of the next row."""
        self._row = 0


def read_separated(
    file: BinaryIO, meter: Meter, *, separator: str, layout: TableLayout
) -> pd.DataFrame:
    """Return a table of separated values: str, missing where a cell is empty."""
    lines = TextLines(file, meter, encoding=layout.encoding)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        return _table(_rows(reader, lines), meter, layout)
    except csv.Error as error:
        raise UnreadableData(f"{meter.name}, line {reader.line_num}: {error}.") from error


def _rows(reader: Any, lines: TextLines) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row, with the number of its last line."""
    for row in reader:
        lines.end_row()
        yield reader.line_num, row


def _table(
    rows: Iterator[tuple[int, list[str]]], meter: Meter, layout: TableLayout
) -> pd.DataFrame:
    head = list(islice(rows, layout.head_rows))
    at = layout.header_at([cells for _, cells in head])
    line, cells = head[at] if at < len(head) else (at + 1, [])
    if not any(cells):
        which = "the first line" if line == 1 else f"line {line}"
        raise UnreadableData(f"{meter.name} has no column names: {which} is empty.")
    names, notes = layout.names(cells, meter, row=line)
    columns: list[list[str | None]] = [[] for _ in names]
    for number, row in chain(head[at + 1 :], rows):
        if any(row):
            meter.add_row(cells=len(names))
            padded = _padded(row, names, meter.name, line=number)
            for column, cell in zip(columns, padded, strict=True):
                column.append(cell or None)
    pairs = zip(names, columns, strict=True)
    table = pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in pairs})
    table.attrs.update(attributes(notes, header_row=at + 1))
    return table


def _padded(row: list[str], names: list[str], name: str, *, line: int) -> list[str]:
    if len(row) > len(names) and any(row[len(names) :]):
        raise UnreadableData(
            f"{name}, line {line}: {len(row)} cells for {len(names)} columns. Put quotes around a "
            "cell that contains a separator."
        )
    return row[: len(names)] + [""] * (len(names) - len(row))
