"""Reading a table from a file: CSV, TSV, JSON Lines, JSON or XLSX."""

import io
import json
import os
import stat
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from docgen_nb import exact_json
from docgen_nb.errors import UnreadableData
from docgen_nb.request.spreadsheet import read_spreadsheet
from docgen_nb.request.table_layout import TableLayout
from docgen_nb.request.table_limits import Meter, TableLimits
from docgen_nb.request.text_lines import TextLines, read_separated

_BUFFER = 1 << 16
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

KINDS = {  # by the ending of a file's name
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".xlsx": "xlsx",
}


def read_table(
    source: str | PathLike[str] | bytes,
    *,
    kind: str | None = None,
    sheet: str | None = None,
    header_row: int | None = 1,
    encoding: str | None = None,
    number_names: bool = False,
    limits: TableLimits | None = None,
) -> pd.DataFrame:
    """Return the table in a file or a text.

    One row per line of the file, in the same order. Values are not converted. Blank lines are
    left out.

    Parameters
    ----------
    source : str, path or bytes
        A path, or the content itself: bytes, a text of more than one line, or any text that is
        not the path of a file if `kind` is given.
    kind : str, optional
        ``csv`` (comma or semicolon), ``tsv``, ``jsonl``, ``json`` (a list of objects) or
        ``xlsx``. By default inferred from the file name, else from the content.
    sheet : str, optional
        Name of the sheet of a spreadsheet. By default the first; ``attrs["sheets"]`` names all, if
        there are several.
    header_row : int or None
        Number of the row (of CSV, the line) with the column names, from 1. None finds it among the
        first ten, as the first that is more than half as full as the fullest;
        ``attrs["header_row"]`` has it if it is not the first.
    encoding : str, optional
        Of CSV and TSV. By default UTF-8, or UTF-16 if the file starts with its mark.
    number_names : bool
        Whether to give columns without a name, or with the name of another, one with their number,
        instead of raising. ``attrs["notes"]`` lists repeated names.
    limits : TableLimits, optional
        By default 1,000,000 rows, 2,000 columns, 2,000,000 cells, 100 MB of text (of JSON 25 MB)
        and 60 seconds. A file is read as a stream, so that a larger one is refused early.

    Returns
    -------
    DataFrame
        The columns of the file. CSV and TSV: str, so that ``007`` keeps its zeros; missing where
        a cell is empty. JSON: object, with JSON values; numbers keep their digits. XLSX: object,
        with the values of the cells. Formulas that have no stored value, and cells with an error,
        are missing; a warning and ``attrs["notes"]`` name them, and their rows are kept.

    Raises
    ------
    UnreadableData
        If the file cannot be read, its content is invalid, or it exceeds a limit; the message
        names the line, or the limit. `WrongEncoding` if a text file has another encoding.
    ImportError
        For XLSX if openpyxl (extra ``xlsx``) is not installed.

    Examples
    --------
    >>> read_table("order.id,order.total\\n007,12.50\\n", kind="csv")
      order.id order.total
    0      007       12.50
    """
    name, size, file = _open(source, kind)
    meter = Meter(name, limits or TableLimits())
    with file:
        head = file.peek(1)
        kind = kind or KINDS.get(Path(name).suffix.lower()) or _kind_of(head)
        most = meter.limits.text // (4 if kind in ("json", "jsonl") else 1)
        meter.check_size(size, most=most)
        layout = TableLayout(sheet, header_row, encoding or _encoding(head), number_names)
        return _read(file, meter, kind, head, layout)


def _read(
    file: BinaryIO, meter: Meter, kind: str, head: bytes, layout: TableLayout
) -> pd.DataFrame:
    if kind == "xlsx":
        return read_spreadsheet(file, meter, layout)
    if kind in ("csv", "tsv"):
        separator = "\t" if kind == "tsv" else _separator(head)
        return read_separated(file, meter, separator=separator, layout=layout)
    if kind == "jsonl":
        return _frame(_json_lines(TextLines(file, meter), meter.name), meter)
    if kind == "json":
        return _frame(_json_list(_text(file, meter), meter.name), meter)
    kinds = ", ".join(dict.fromkeys(KINDS.values()))
    raise UnreadableData(f"Unknown kind {kind!r}. Known kinds are {kinds}.")


def _open(
    source: str | PathLike[str] | bytes, kind: str | None
) -> tuple[str, int, io.BufferedReader]:
    """Return the name of a source, its size in bytes (0 if unknown), and the open file."""
    if isinstance(source, str) and ("\n" in source or (kind and not _is_file(source))):
        content = source.encode("utf-8", "surrogatepass")
        return "The text", len(content), _buffered(content)
    if isinstance(source, bytes):
        return "The data", len(source), _buffered(source)
    try:
        if not str(source).startswith("/dev/") and stat.S_ISFIFO(os.stat(source).st_mode):
            raise UnreadableData(
                f"{str(source)[:200]} is a pipe. Write what it carries to a file, or pass its "
                "content as bytes."
            )
        raw = io.FileIO(os.fspath(source))
        return str(source), os.fstat(raw.fileno()).st_size, io.BufferedReader(raw, _BUFFER)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableData(f"Cannot read {str(source)[:200]}: {reason}.") from error


def _buffered(content: bytes) -> io.BufferedReader:
    raw: Any = io.BytesIO(content)
    return io.BufferedReader(raw, _BUFFER)


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists() and not Path(text).is_dir()
    except (OSError, ValueError):  # too long, or with a null character
        return False


def _encoding(head: bytes) -> str:
    return "utf-16" if head.startswith(_UTF_16) else "utf-8"


def _kind_of(head: bytes) -> str:
    if head.startswith(b"PK"):
        return "xlsx"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        return "json"
    if start == b"{":
        return "jsonl"
    first = head.partition(b"\n")[0]
    return "tsv" if b"\t" in first else "csv"


def _separator(head: bytes) -> str:
    first = head.partition(b"\n")[0]
    return ";" if first.count(b";") > first.count(b",") else ","


def _text(file: BinaryIO, meter: Meter) -> str:
    most = meter.limits.text // 4
    content = file.read(most + 1)
    meter.check_size(len(content), most=most)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableData(f"{meter.name}, line {line}: not UTF-8.") from error


def _json_lines(lines: TextLines, name: str) -> Iterator[Any]:
    for line in lines:
        lines.end_row()
        if line.strip():
            yield _json(line, name, line=lines.number)


def _json_list(text: str, name: str) -> list[Any]:
    value = _json(text, name)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise UnreadableData(f"{name} is not a list of objects.")
    return value


def _json(text: str, name: str, *, line: int | None = None) -> Any:
    try:
        return json.loads(text, parse_float=exact_json.read_decimal)
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        raise UnreadableData(f"{name}, {place}: {error.msg}.") from error
    except (RecursionError, ValueError) as error:
        raise UnreadableData(f"{name} cannot be read as JSON: {error}.") from error


def _frame(rows: Iterable[Any], meter: Meter) -> pd.DataFrame:
    kept: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise UnreadableData(f"{meter.name}, entry {number}: not an object.")
        meter.add_row(cells=len(row))
        kept.append(row)
        names |= dict.fromkeys(row)
        meter.check_names(len(names))
    if len(kept) * len(names) > meter.limits.cells:
        meter.refuse(f" has more than {meter.limits.cells:,} cells", limit="cells")
    return pd.DataFrame(
        {key: pd.Series([row.get(key) for row in kept], dtype="object") for key in names}
    )
