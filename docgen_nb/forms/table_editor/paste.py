"""Cells copied from a spreadsheet: parsed, and matched to the columns of a table."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from docgen_nb.forms.data_paths import label_of
from docgen_nb.forms.display import counted
from docgen_nb.forms.table_editor.cells import TYPED
from docgen_nb.forms.table_editor.rows import InvalidEdit, OutOfSync, Rows
from docgen_nb.schema import Field

# A quoted cell ends at a quote before a tab, a line end or the end of the text; any other quote is
# a character. The csv module does not read it so: it drops quotes in `"Hello" she said`.
_CELL = re.compile(r'(?:"((?:[^"]++|"")*+)"(?=[\t\r\n]|\Z)|([^\t\r\n]*+))(\t|\r\n|\r|\n|\Z)')
_SKIP = -1  # in place of a column's number
NO_COLUMNS = "Choose a column for at least one of the pasted columns, and each column only once."


def read_cells(text: str) -> list[list[str]]:
    r"""Return the lines of a copied text, each as the texts of its cells.

    >>> read_cells('name\tnote\nAda\t"two\nlines, ""so"", here"\n')
    [['name', 'note'], ['Ada', 'two\nlines, "so", here']]
    """
    lines: list[list[str]] = [[]]
    position = 0
    while match := _CELL.match(text, position):
        quoted, bare, end = match.groups()
        if quoted is not None:
            bare = quoted.replace('""', '"').replace("\r\n", "\n")
        lines[-1].append(bare)
        position = match.end()
        if not end:
            break
        if end != "\t":
            lines.append([])
    return lines if lines[-1] != [""] else lines[:-1]


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
class PendingPaste:
    """A copied text that does not fit, kept until a person has assigned its columns."""

    text: str
    lines: list[list[str]] = field(repr=False)
    message: str
    has_header: bool
    after: Any  # the key of the row below which to insert

    @property
    def width(self) -> int:
        """The number of copied columns."""
        return max(map(len, self.lines))

    def for_browser(self, columns: Sequence[Field]) -> dict[str, Any]:
        """Return what the browser shows: one line for each copied column."""
        first = [*self.lines[0], *[""] * self.width][: self.width]
        to = match_columns(first, columns)
        if not self.has_header:
            to = _in_order(self.width, columns)
        return {
            "message": self.message,
            "text": self.text,
            "has_header": self.has_header,
            "columns": [{"first": name, "to": at} for name, at in zip(first, to, strict=True)],
        }


def match_columns(names: Sequence[str], columns: Sequence[Field]) -> list[int]:
    """Return for each name the number of the column that it names, or -1."""
    numbers = {_folded(label_of(column.name)): number for number, column in enumerate(columns)}
    numbers |= {_folded(column.path): number for number, column in enumerate(columns)}
    numbers |= {_folded(column.name): number for number, column in enumerate(columns)}
    matches: list[int] = []
    for name in names:
        number = numbers.get(_folded(name), _SKIP)
        matches.append(_SKIP if number in matches else number)
    return matches


def _folded(name: str) -> str:
    return name.strip().casefold()


def _in_order(width: int, columns: Sequence[Field]) -> list[int]:
    typed = [number for number, column in enumerate(columns) if column.kind in TYPED]
    return [*typed, *[_SKIP] * width][:width]


def paste(rows: Rows, text: str, *, key: Any, column: int) -> PendingPaste | str:
    """Paste a copied text at a cell; return a message, or a PendingPaste if it does not fit.

    If the first line names columns, the other lines become new rows below the cell. If not, the
    cells overwrite those of the table, and rows are added where the table ends.
    """
    lines = read_cells(text)
    while lines and not any(lines[-1]):
        lines.pop()
    if not lines:
        return "The clipboard contains no cells."
    to = match_columns(lines[0], rows.columns)
    width = max(map(len, lines))
    if len(lines) > 1 and any(number != _SKIP for number in to):
        unknown = [name for name, at in zip(lines[0], to, strict=True) if at == _SKIP]
        if unknown or width > len(to):
            return PendingPaste(text, lines, _header_problem(unknown, width), True, key)
        return insert_lines(rows, lines[1:], to=to, after=key)
    room = len(rows.columns) - column
    if width > room:
        message = f"The pasted text has {counted(width, 'column')}, but only {room} fit here."
        return PendingPaste(text, lines, message, False, key)
    return _overwrite(rows, lines, key=key, column=column)


def _header_problem(unknown: Sequence[str], width: int) -> str:
    if not unknown:
        return f"Some lines have {width} cells, more than the first line, which names the columns."
    return f"The table has no columns for these names: {', '.join(map(repr, unknown))}."


def insert_lines(
    rows: Rows, lines: Sequence[Sequence[str]], *, to: Sequence[int], after: Any
) -> str:
    """Insert a row for each line below a row (None: at the top), its cells in these columns."""
    position = 0 if after is None else rows.position(after) + 1
    rows.begin_step("pasting")
    if after is not None and rows.values[position - 1] == rows.empty_row():
        position -= 1  # replace an empty row
        del rows.keys[position], rows.values[position]
    rows.insert_empty(position, len(lines))
    skipped = 0
    for number, line in enumerate(lines, position):
        cells = zip(line, to, strict=False)
        skipped += rows.put(number, {rows.columns[at]: text for text, at in cells if at >= 0})
    return _summary(len(lines), skipped)


def _overwrite(rows: Rows, lines: Sequence[Sequence[str]], *, key: Any, column: int) -> str:
    start = len(rows.keys) if key is None else rows.position(key)
    rows.begin_step("pasting")
    rows.insert_empty(len(rows.keys), max(0, start + len(lines) - len(rows.keys)))
    skipped = 0
    for number, line in enumerate(lines, start):
        skipped += rows.put(number, dict(zip(rows.columns[column:], line, strict=False)))
    return _summary(len(lines), skipped)


def _summary(count: int, skipped: int) -> str:
    text = f"{counted(count, 'row')} pasted."
    if not skipped:
        return text
    return f"{text} {counted(skipped, 'cell')} skipped: not editable."


def check_assignment(to: Sequence[int], *, width: int, columns: int) -> None:
    """Check the column for each copied column, as sent by the browser.

    OutOfSync if a column does not exist; InvalidEdit if one is named twice, or none at all.
    """
    if len(to) != width or max(to) >= columns:
        raise OutOfSync(f"Can't assign {width} copied columns as {to!r:.80}.")
    used = [number for number in to if number != _SKIP]
    if not used or len(set(used)) != len(used):
        raise InvalidEdit(NO_COLUMNS)
