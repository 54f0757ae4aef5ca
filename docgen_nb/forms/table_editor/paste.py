"""Cells that were copied from a spreadsheet: read, and matched with the columns of a table."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from docgen_nb.forms.table_editor.cells import TYPED
from docgen_nb.forms.table_editor.rows import Lost, Misplaced, Rows
from docgen_nb.schema import Field

# A cell in quotes ends at a quote before a tab, a line end or the end; else quotes are letters.
_CELL = re.compile(r'(?:"((?:[^"]++|"")*+)"(?=[\t\r\n]|\Z)|([^\t\r\n]*+))(\t|\r\n|\r|\n|\Z)')
_LEFT_OUT = -1  # instead of a column's number
NOT_PLACED = "Choose a column for one of the pasted columns at least, and each only once."


def read_cells(text: str) -> list[list[str]]:
    r"""Return the lines of a copied text, each as the texts of its cells.

    >>> read_cells('name\tnote\nAda\t"two\nlines, ""so"", here"\n')
    [['name', 'note'], ['Ada', 'two\nlines, "so", here']]
    """
    lines: list[list[str]] = [[]]
    position = 0
    while found := _CELL.match(text, position):
        quoted, bare, end = found.groups()
        lines[-1].append(bare if quoted is None else _unquoted(quoted))
        position = found.end()
        if not end:
            break
        if end != "\t":
            lines.append([])
    return lines if lines[-1] != [""] else lines[:-1]


def _unquoted(cell: str) -> str:
    return cell.replace('""', '"').replace("\r\n", "\n")


def written_cells(lines: Iterable[Sequence[str]]) -> str:
    r"""Return lines as a spreadsheet copies them.

    >>> written_cells([["a", "two\nlines"], ['5"', 'it is "so"']])
    'a\t"two\nlines"\n5"\tit is "so"'
    """
    return "\n".join("\t".join(map(_written, line)) for line in lines)


def _written(cell: str) -> str:
    if cell.startswith('"') or any(letter in cell for letter in "\t\r\n"):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@dataclass(frozen=True)
class Offer:
    """A copied text that does not fit: kept until a person has said which column goes where."""

    text: str
    lines: list[list[str]] = field(repr=False)
    message: str
    has_header: bool
    after: Any  # the key of the row below which the rows are put

    @property
    def width(self) -> int:
        """How many columns were copied."""
        return max(map(len, self.lines))

    def as_wire(self, columns: Sequence[Field]) -> dict[str, Any]:
        """Return what the browser shows: a line for each copied column."""
        first = [*self.lines[0], *[""] * self.width][: self.width]
        known = matched(first, columns)
        if not self.has_header:
            known = _in_order(self.width, columns)
        return {
            "message": self.message,
            "text": self.text,
            "has_header": self.has_header,
            "columns": [{"first": name, "to": to} for name, to in zip(first, known, strict=True)],
        }


def matched(names: Sequence[str], columns: Sequence[Field]) -> list[int]:
    """Return for each name the number of the column that it names, or -1."""
    numbers = {_plain(column.path): number for number, column in enumerate(columns)}
    numbers |= {_plain(column.name): number for number, column in enumerate(columns)}
    found: list[int] = []
    for name in names:
        number = numbers.get(_plain(name), _LEFT_OUT)
        found.append(_LEFT_OUT if number in found else number)
    return found


def _plain(name: str) -> str:
    return name.strip().casefold()


def _in_order(width: int, columns: Sequence[Field]) -> list[int]:
    typed = [number for number, column in enumerate(columns) if column.kind in TYPED]
    return [*typed, *[_LEFT_OUT] * width][:width]


def paste(rows: Rows, text: str, *, key: Any, column: int) -> Offer | str:
    """Put a copied text into the table from a cell on, or return an offer if it does not fit.

    A first line that names columns says where each goes, and the rest become rows below; without
    one the cells overwrite those of the table, and rows that it lacks are added. The answer is
    else a sentence about what was done.
    """
    lines = read_cells(text)
    while lines and not any(lines[-1]):
        lines.pop()
    if not lines:
        return "The clipboard holds no cells."
    known = matched(lines[0], rows.columns)
    has_header = len(lines) > 1 and any(number != _LEFT_OUT for number in known)
    if has_header:
        strange = [n for n, at in zip(lines[0], known, strict=True) if at == _LEFT_OUT]
        width = max(map(len, lines))
        if strange or width > len(known):
            return Offer(text, lines, _strange(strange, width), True, key)
        return place(rows, lines[1:], to=known, after=key)
    wide, room = max(map(len, lines)), len(rows.columns) - column
    if wide > room:
        return Offer(text, lines, _too_wide(wide, room), False, key)
    return _overwrite(rows, lines, key=key, column=column)


def _strange(names: Sequence[str], width: int) -> str:
    if not names:
        return f"Some lines have {width} cells, more than the first line, which names the columns."
    listed = ", ".join(repr(name) for name in names)
    return f"The first line has names that the table does not have: {listed}."


def _too_wide(wide: int, room: int) -> str:
    columns = "1 column" if wide == 1 else f"{wide} columns"
    return f"The pasted text has {columns}; from this cell on the table has {room}."


def place(rows: Rows, lines: Sequence[Sequence[str]], *, to: Sequence[int], after: Any) -> str:
    """Make a row of each line, its cells in the columns named, below a row (None: at the top)."""
    position = 0 if after is None else rows.position(after) + 1
    rows.begin("pasting")
    if after is not None and rows.values[position - 1] == rows.empty_row():
        position -= 1  # a row that nothing was typed into makes room
        del rows.keys[position], rows.values[position]
    keys, values = rows.empty(len(lines))
    rows.insert(position, keys, values=values)
    left = 0
    for number, line in enumerate(lines, position):
        cells = zip(line, to, strict=False)
        left += rows.put(number, {rows.columns[at]: text for text, at in cells if at >= 0})
    return _told(len(lines), left)


def _overwrite(rows: Rows, lines: Sequence[Sequence[str]], *, key: Any, column: int) -> str:
    start = len(rows.keys) if key is None else rows.position(key)
    rows.begin("pasting")
    keys, values = rows.empty(max(0, start + len(lines) - len(rows.keys)))
    rows.insert(len(rows.keys), keys, values=values)
    left = 0
    for number, line in enumerate(lines, start):
        left += rows.put(number, dict(zip(rows.columns[column:], line, strict=False)))
    return _told(len(lines), left)


def _told(count: int, left: int) -> str:
    words = f"{count} {'row' if count == 1 else 'rows'} pasted."
    if not left:
        return words
    cells = "1 cell was" if left == 1 else f"{left} cells were"
    return f"{words} {cells} left as they are: they cannot be typed into."


def checked_places(to: Any, *, width: int, columns: int) -> list[int]:
    """Return the column for each copied one, as the browser names them.

    Lost if it names a column that is not there; Misplaced if it names one twice, or none.
    """
    numbers = to if isinstance(to, list) else []
    are_numbers = all(type(number) is int and -1 <= number < columns for number in numbers)
    if len(numbers) != width or not are_numbers:
        raise Lost(f"Columns cannot be placed as {to!r:.80}.")
    used = [number for number in numbers if number != _LEFT_OUT]
    if not used or len(set(used)) != len(used):
        raise Misplaced(NOT_PLACED)
    return list(numbers)
