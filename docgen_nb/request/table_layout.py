"""Where the names and values of a table stand in a file, and names that lack or repeat."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docgen_nb.errors import UnreadableData
from docgen_nb.request.table_limits import MAX_NAME_CHARACTERS, Meter

_LOOKED_AT = 10  # rows, to find the one with the names


@dataclass(frozen=True)
class TableLayout:
    """Where the names and values of a table stand in a file.

    Attributes
    ----------
    sheet : str or None
        Name of the sheet in a spreadsheet; None for the first.
    header_row : int or None
        Number of the row with the names, from 1. None finds it: the first of ten rows in which
        more than half as many cells are filled as in the fullest.
    encoding : str
        Of a text file.
    number_names : bool
        Give a column without a name, or with that of another, a name with its number.
    """

    sheet: str | None = None
    header_row: int | None = 1
    encoding: str = "utf-8"
    number_names: bool = False

    @property
    def head_rows(self) -> int:
        """How many rows to read before `header_at` can tell the row with the names."""
        return self.header_row or _LOOKED_AT

    def header_at(self, rows: Sequence[Sequence[Any]]) -> int:
        """Return the index of the row with the names among the first rows.

        >>> rows = [["Orders 2026"], [], ["No", "City"], ["1", "Oslo"]]
        >>> TableLayout(header_row=None).header_at(rows)
        2
        """
        if self.header_row is not None:
            return self.header_row - 1
        counts = [sum(cell not in (None, "") for cell in row) for row in rows]
        return next((at for at, count in enumerate(counts) if 2 * count > max(counts)), 0)

    def names(self, cells: Sequence[str], meter: Meter, *, row: int) -> tuple[list[str], list[str]]:
        """Return the names of columns, and notes about those that were numbered.

        UnreadableData for names that are absent or repeated (if they are not numbered), or are
        too long.
        """
        meter.check_names(len(cells))
        for number, name in enumerate(cells, start=1):
            if len(name) > MAX_NAME_CHARACTERS:
                raise UnreadableData(
                    f"{meter.name}, line {row}: the name of column {number} has {len(name):,} "
                    f"characters; at most {MAX_NAME_CHARACTERS:,} are possible. Shorten it."
                )
        if self.number_names:
            return _numbered(cells)
        _check_names(cells, meter, row=row)
        return list(cells), []


def _check_names(cells: Sequence[str], meter: Meter, *, row: int) -> None:
    seen = set()
    for number, name in enumerate(cells, start=1):
        if not name.strip():
            raise UnreadableData(f"{meter.name}, line {row}: column {number} has no name.")
        if name in seen:
            raise UnreadableData(f"{meter.name}, line {row}: two columns have the name {name!r}.")
        seen.add(name)


def _numbered(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    counts = Counter(name.strip() for name in cells)
    names = [
        name.strip()
        if name.strip() and counts[name.strip()] == 1
        else f"{name.strip()} (column {number})"
        if name.strip()
        else f"Column {number}"
        for number, name in enumerate(cells, start=1)
    ]
    notes = [
        f"{count} columns are named {name}. They are shown as "
        + " and ".join(one for one, cell in zip(names, cells, strict=True) if cell.strip() == name)
        + "."
        for name, count in counts.items()
        if name and count > 1
    ]
    return names, notes


def attributes(notes: list[str], *, header_row: int) -> dict[str, Any]:
    """Return what a table says about itself: nothing where it is as usual."""
    about: dict[str, Any] = {"notes": notes} if notes else {}
    return about | ({"header_row": header_row} if header_row > 1 else {})
