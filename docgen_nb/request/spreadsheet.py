"""A sheet of an XLSX file, read row by row."""

import importlib.util
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice, repeat
from typing import Any, BinaryIO
from warnings import warn
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import pandas as pd

from docgen_nb.errors import CellsWithoutValue, UnreadableData
from docgen_nb.request.cell_values import Percentage
from docgen_nb.request.table_layout import TableLayout, attributes
from docgen_nb.request.table_limits import Meter

LAST_ROW = 1_048_576  # of Excel
_LARGE_PARTS = re.compile(r"xl/(worksheets/[^/]+|sharedStrings)\.xml")
_MAX_OTHER_PART = 10_000_000  # bytes: styles and relationships, which are parsed as a whole
_MAX_DIRECTORY = 8_000_000  # bytes: the list of about 100,000 parts
_ELEMENTS_PER_CELL = 5  # of a sheet as Excel writes it: two, each with its end
_MAX_RATIO = 300  # of unpacking: deflate can reach 1030, sheets about 60
_CHECK_RATIO_FROM = 10_000_000  # bytes
_FEW_ELEMENTS = 100_000  # which styles may have, however small the sheet
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\s[^<>]{0,300}?r=["']\s*(?:-|0+["'])""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^<>]*?\s)?r=["'](\d{1,9})["']""")
_QUOTED = re.compile(r'"[^"]*"|\\\\.')  # text within a number format
_CHUNK = 1 << 20
_MOST_NAMED = 10


def read_spreadsheet(file: BinaryIO, meter: Meter, layout: TableLayout) -> pd.DataFrame:
    """Return a sheet as a table of the values of its cells, without blank rows.

    ``attrs`` has ``notes`` (also given as warnings) and ``formulas_without_value`` if there are
    cells without a value that are not blank; ``sheets``, their names, if there are several.
    """
    if importlib.util.find_spec("openpyxl") is None:
        raise ImportError('Reading Excel files needs openpyxl: pip install "docgen-nb[xlsx]"')
    guarded: Any = _GuardedFile(file, meter)
    try:
        with ZipFile(guarded) as archive:
            has_formulas = _check_parts(archive, meter)
        return _table(guarded, meter, layout, has_formulas=has_formulas)
    except UnreadableData:
        raise
    except Exception as error:  # openpyxl documents none for a damaged file
        reason = str(error)[:200] or type(error).__name__
        raise UnreadableData(f"{meter.name} is not an Excel file (.xlsx): {reason}.") from error


class _GuardedFile(io.RawIOBase):
    """A file that stops being read when the time is over, or at a huge list of parts."""

    def __init__(self, file: BinaryIO, meter: Meter) -> None:
        self._file, self._meter = file, meter

    def read(self, size: int = -1) -> bytes:
        self._meter.check_time()
        content = self._file.read(size)
        if len(content) > _MAX_DIRECTORY and content.startswith(b"PK\1\2"):
            raise BadZipFile("it has too many parts")
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return self._file.seekable()


def _check_parts(archive: ZipFile, meter: Meter) -> bool:
    """Raise for parts that are too large, and return whether there are formulas.

    Any part can be named as the sheet. zipfile unpacks at most the size that a part has in the
    list of parts, except with methods that Excel does not use.
    """
    has_formulas = False
    for info in archive.infolist():
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise UnreadableData(
                f"{meter.name}: a part is compressed in a way that Excel does not use. Save the "
                "sheet as CSV."
            )
        is_picture = info.file_size < 2 * info.compress_size  # which cannot be compressed
        is_large = is_picture or _LARGE_PARTS.fullmatch(info.filename)
        most = meter.limits.text if is_large else min(_MAX_OTHER_PART, meter.limits.text)
        meter.check_size(info.file_size, most=most, part=info.filename)
        if info.file_size > max(_CHECK_RATIO_FROM, _MAX_RATIO * info.compress_size):
            raise UnreadableData(
                f"{meter.name}: the part {info.filename!r} unpacks from {info.compress_size:,} to "
                f"{info.file_size:,} bytes, which no real table does. Save the sheet as CSV."
            )
        with_formulas = _check_elements(archive, info, meter)
        has_formulas |= with_formulas and not info.filename.startswith("xl/media/")
    return has_formulas


def _check_elements(archive: ZipFile, info: ZipInfo, meter: Meter) -> bool:
    """Raise for too many XML elements, and return whether there are formulas."""
    most = max(_FEW_ELEMENTS, _ELEMENTS_PER_CELL * meter.limits.cells)
    count, has_formulas, end, order = 0, False, b"", _RowOrder(info, meter)
    with archive.open(info) as part:
        while chunk := part.read(_CHUNK):
            count += chunk.count(b"<")
            has_formulas = has_formulas or bool(_FORMULA.search(end + chunk)) or b"\0" in chunk
            if _HIDDEN_ROW.search(end + chunk):
                raise UnreadableData(
                    f"{meter.name}: the part {info.filename!r} has a row with a number below 1, "
                    "which Excel does not show. Save the sheet as CSV."
                )
            order.add(chunk)
            end = chunk[-64:]
            if count > most:
                what = f": the part {info.filename!r} has more than {most:,} XML elements"
                meter.refuse(what, limit="cells")
    return has_formulas


class _RowOrder:
    """Refuses rows that repeat or are out of order, which openpyxl would leave out silently."""

    def __init__(self, info: ZipInfo, meter: Meter) -> None:
        self._part, self._meter = info.filename, meter
        self._last, self._rest = 0, b""

    def add(self, chunk: bytes) -> None:
        text = self._rest + chunk
        end = max(text.rfind(b"<"), len(text) - _CHUNK)  # an element that goes on in the next
        for match in _ROW.finditer(text, 0, end):
            number = int(match[1])
            if number <= self._last:
                raise UnreadableData(
                    f"{self._meter.name}: row {number:,} in the part {self._part!r} comes after "
                    f"row {self._last:,}. Open the file in Excel or LibreOffice, save it, and "
                    "read it again."
                )
            self._last = number
        self._rest = text[end:]


def _table(file: Any, meter: Meter, layout: TableLayout, *, has_formulas: bool) -> pd.DataFrame:
    from openpyxl import load_workbook

    books = [load_workbook(file, read_only=True, data_only=True, keep_links=False)]
    if has_formulas:
        books.append(load_workbook(file, read_only=True, keep_links=False))
    rows: list[Iterable[Any]] = [_rows(_sheet(book, layout, meter)) for book in books]
    formulas: Iterable[Any] = rows[1] if has_formulas else repeat(())
    pairs = _within_excel(zip(rows[0], formulas, strict=False), meter)
    head = list(islice(pairs, layout.head_rows))
    at = layout.header_at([[cell.value for cell in cells] for cells, _ in head])
    sheet = _Sheet(meter, layout)
    sheet.begin(head[at][0] if at < len(head) else (), row=at + 1)
    for pair in chain(head[at + 1 :], pairs):
        sheet.add(*pair)
    table = sheet.table()
    names = [one.title for one in books[0].worksheets]
    if len(names) > 1:
        table.attrs["sheets"] = names
    for book in books:
        book.close()
    return table


def _sheet(book: Any, layout: TableLayout, meter: Meter) -> Any:
    if layout.sheet is None:
        return book.worksheets[0]
    by_name = {sheet.title: sheet for sheet in book.worksheets}
    if layout.sheet not in by_name:
        names = ", ".join(map(repr, by_name))
        raise UnreadableData(f"{meter.name} has no sheet {layout.sheet!r}. Its sheets are {names}.")
    return by_name[layout.sheet]


def _within_excel(rows: Iterable[Any], meter: Meter) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number >= LAST_ROW:
            raise UnreadableData(
                f"{meter.name} has a cell below row {LAST_ROW:,}, the last one of Excel. Delete "
                "the rows below the data."
            )
        yield row


def _rows(sheet: Any) -> Iterator[Any]:
    sheet.reset_dimensions()  # a sheet may lie about them, and each row would be as wide
    yield from sheet.iter_rows()


class _Sheet:
    """The columns of a sheet, below the row that names them."""

    def __init__(self, meter: Meter, layout: TableLayout) -> None:
        self._meter, self._layout = meter, layout
        self._names: list[str] = []  # "" for a column without a name
        self._header_row = 1
        self._name_notes: list[str] = []
        self._columns: list[list[Any]] = []
        self._formulas: list[str] = []
        self._errors: list[str] = []

    def begin(self, cells: tuple[Any, ...], *, row: int) -> None:
        """Take the names of the columns from the cells of a row."""
        names = ["" if cell.value is None else str(cell.value).strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if not names:
            which = "the first line" if row == 1 else f"row {row}"
            raise UnreadableData(f"{self._meter.name} has no column names: {which} is empty.")
        self._meter.check_names(len(names))
        if self._layout.number_names:
            names, self._name_notes = self._layout.names(names, self._meter, row=row)
        else:
            self._layout.names([name for name in names if name], self._meter, row=row)
        self._names, self._columns, self._header_row = names, [[] for _ in names], row

    def add(self, cells: tuple[Any, ...], formulas: tuple[Any, ...]) -> None:
        """Add a row, given its cells and, if the sheet has formulas, those as formulas."""
        if not cells:  # one of perhaps a million rows that are absent
            self._meter.check_time()
            return
        before = len(self._formulas)
        # Excel stores an empty text as a text without characters.
        self._formulas += [
            formula.coordinate
            for cell, formula in zip(cells, formulas, strict=False)
            if formula.data_type == "f" and cell.value is None and cell.data_type != "str"
        ]
        filled = [cell for cell in cells if cell.value is not None]
        if not filled and len(self._formulas) == before:
            self._meter.check_time()
            return
        self._meter.add_row(cells=max(len(self._columns), len(filled)))
        coordinates = [cell.coordinate for cell in filled] + self._formulas[before:]
        self._check_columns(coordinates, rows=len(self._columns[0]))
        for at, column in enumerate(self._columns):
            column.append(self._value(cells[at]) if at < len(cells) else None)

    def _check_columns(self, coordinates: Iterable[str], *, rows: int) -> None:
        """Raise for a cell in a column without a name, or name and add the column."""
        from openpyxl.utils.cell import coordinate_to_tuple

        for coordinate in coordinates:
            at = coordinate_to_tuple(coordinate)[1] - 1
            if at < len(self._names) and self._names[at]:
                continue
            if not self._layout.number_names:
                raise UnreadableData(
                    f"{self._meter.name}, cell {coordinate}: row {self._header_row} has no name "
                    "for this column. Name the column, delete the cell, or, if the names are in "
                    "another row, pass header_row=."
                )
            self._meter.check_names(at + 1)
            for number in range(len(self._names), at + 1):
                self._names.append(f"Column {number + 1}")
                self._columns.append([None] * rows)

    def _value(self, cell: Any) -> Any:
        value = cell.value
        if cell.data_type == "e" and value is not None:
            self._errors.append(f"{cell.coordinate} ({value})")
            return None
        if isinstance(value, str):
            self._meter.add_text(len(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            if "%" in _QUOTED.sub("", cell.number_format):
                return Percentage(value)
            return int(value) if float(value).is_integer() else value
        return value

    def table(self) -> pd.DataFrame:
        """Return the table, and warn of cells whose value is not in it."""
        pairs = zip(self._names, self._columns, strict=True)
        table = pd.DataFrame(
            {name: pd.Series(column, dtype="object") for name, column in pairs if name}
        )
        notes = list(self._notes())
        table.attrs.update(attributes(self._name_notes + notes, header_row=self._header_row))
        if notes:
            table.attrs["formulas_without_value"] = self._formulas
        for note in notes:
            warn(note, CellsWithoutValue, stacklevel=6)
        return table

    def _notes(self) -> Iterator[str]:
        if self._formulas:
            formulas = "1 formula has" if len(self._formulas) == 1 else ""
            formulas = formulas or f"{len(self._formulas):,} formulas have"
            yield (
                f"{self._meter.name}: {formulas} no stored value: {_listed(self._formulas)}. Open "
                "the file in Excel or LibreOffice, save it, and read it again."
            )
        if self._errors:
            cells = "1 cell has" if len(self._errors) == 1 else f"{len(self._errors):,} cells have"
            named = _listed(self._errors)
            yield f"{self._meter.name}: {cells} an error instead of a value: {named}."


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
