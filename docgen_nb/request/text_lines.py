"""The lines of a text file, read one at a time, and tables of separated values."""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

import pandas as pd

from docgen_nb.errors import UnreadableData
from docgen_nb.request.table_limits import MAX_NAME_CHARACTERS, MAX_ROW_CHARACTERS, Meter


class TextLines:
    """Iterates over the lines of a UTF-8 file, of which no row may be endless.

    UnreadableData, with the number of the line, for what is not UTF-8.
    """

    def __init__(self, file: BinaryIO, meter: Meter) -> None:
        self._text = io.TextIOWrapper(
            file, encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
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
            raise UnreadableData(
                f"{self._meter.name}, line {self.number}: not UTF-8. In Excel, save the sheet as "
                "'CSV UTF-8'."
            ) from error

    def end_row(self) -> None:
        """Begin to count the characters of the next row."""
        self._row = 0


def read_separated(file: BinaryIO, meter: Meter, *, separator: str) -> pd.DataFrame:
    """Return a table of separated values: str, missing where a cell is empty."""
    lines = TextLines(file, meter)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        header = next(reader, None)
        if not header or not any(header):
            raise UnreadableData(f"{meter.name} has no column names: the first line is empty.")
        check_header(header, meter)
        columns: list[list[str | None]] = [[] for _ in header]
        lines.end_row()
        for row in reader:
            lines.end_row()
            if any(row):
                meter.add_row(cells=len(header))
                cells = _padded(row, header, meter.name, line=reader.line_num)
                for column, cell in zip(columns, cells, strict=True):
                    column.append(cell or None)
    except csv.Error as error:
        raise UnreadableData(f"{meter.name}, line {reader.line_num}: {error}.") from error
    pairs = zip(header, columns, strict=True)
    return pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in pairs})


def check_header(header: list[str], meter: Meter) -> None:
    """Raise UnreadableData for names of columns that are absent, repeated or too long."""
    meter.check_names(len(header))
    seen = set()
    for at, column in enumerate(header, start=1):
        if not column.strip():
            raise UnreadableData(f"{meter.name}, line 1: column {at} has no name.")
        if column in seen:
            raise UnreadableData(f"{meter.name}, line 1: two columns have the name {column!r}.")
        if len(column) > MAX_NAME_CHARACTERS:
            raise UnreadableData(
                f"{meter.name}, line 1: the name of column {at} has {len(column):,} characters; at "
                f"most {MAX_NAME_CHARACTERS:,} are possible. Shorten it."
            )
        seen.add(column)


def _padded(row: list[str], header: list[str], name: str, *, line: int) -> list[str]:
    if len(row) > len(header):
        raise UnreadableData(
            f"{name}, line {line}: {len(row)} cells for {len(header)} columns. Put quotes around a "
            "cell that contains a separator."
        )
    return row + [""] * (len(header) - len(row))
