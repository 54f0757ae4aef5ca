"""How large a table may be: limits, and a meter that counts while a table is read."""

import time
from dataclasses import dataclass
from typing import NoReturn

from docgen_nb.errors import UnreadableData

MAX_ROW_CHARACTERS = 1_000_000  # a document may have 100 KB of data
MAX_NAME_CHARACTERS = 1_000


@dataclass(frozen=True)
class TableLimits:
    """How much `read_table` reads before it refuses a table; at most about 1 GB of memory.

    Attributes
    ----------
    rows : int
        Rows with a value.
    columns : int
    cells : int
        Rows times columns.
    text : int
        Bytes of a CSV file, of a spreadsheet and of each of its parts after unpacking; characters
        in the cells. JSON takes more memory: a quarter of it applies.
    seconds : float
        From opening the file.
    """

    rows: int = 1_000_000
    columns: int = 2_000
    cells: int = 2_000_000
    text: int = 100_000_000
    seconds: float = 60.0


class Meter:
    """Counts what was read of one table, and raises UnreadableData beyond a limit."""

    def __init__(self, name: str, limits: TableLimits) -> None:
        self.name, self.limits = name, limits
        self._end = time.monotonic() + limits.seconds
        self._rows = self._cells = self._text = 0

    def add_row(self, *, cells: int) -> None:
        """Count one row."""
        self._rows += 1
        self._cells += cells
        if self._rows > self.limits.rows:
            self._too_many(self.limits.rows, "rows", limit="rows")
        if self._cells > self.limits.cells:
            self._too_many(self.limits.cells, "cells", limit="cells")
        self.check_time()

    def add_text(self, characters: int) -> None:
        """Count the characters of cells."""
        self._text += characters
        if self._text > self.limits.text:
            self._too_many(self.limits.text, "characters of text", limit="text")

    def check_time(self) -> None:
        """Raise if reading takes too long."""
        if time.monotonic() >= self._end:
            what = f" takes more than {self.limits.seconds:g} seconds to read"
            self.refuse(what, limit="seconds")

    def check_names(self, names: int) -> None:
        """Raise for too many columns."""
        if names > self.limits.columns:
            self.refuse(f" has more than {self.limits.columns:,} columns", limit="columns")

    def check_size(self, size: int, *, most: int, part: str = "") -> None:
        """Raise for a file, or a part of it, of too many bytes."""
        if size > most:
            what = f": the part {part!r} has" if part else " has"
            unpacked = " after unpacking" if part else ""
            self.refuse(f"{what} {size:,} bytes{unpacked}; at most {most:,} are read", limit="text")

    def _too_many(self, most: int, what: str, *, limit: str) -> NoReturn:
        place = f" (row {self._rows:,})" if self._rows else ""
        self.refuse(f" has more than {most:,} {what}{place}", limit=limit)

    def refuse(self, what: str, *, limit: str) -> NoReturn:
        """Raise UnreadableData: what is too much, and what to do."""
        raise UnreadableData(
            f"{self.name}{what}. Split it into smaller tables, or pass "
            f"limits=TableLimits({limit}=...)."
        )
