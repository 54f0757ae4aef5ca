"""Reading a table from a file: CSV, TSV, JSON Lines, JSON or XLSX."""

import csv
import importlib.util
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from docgen_nb.errors import UnreadableData

_KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".xlsx": "xlsx",
}


def read_table(source: str | PathLike[str] | bytes, *, kind: str | None = None) -> pd.DataFrame:
    """Return the table in a file or a text.

    One row per line of the file, in the same order. Values are not converted.

    Parameters
    ----------
    source : str, path or bytes
        A path, or the content itself: bytes, a text of more than one line, or any text that is
        not the path of a file if `kind` is given.
    kind : str, optional
        ``csv`` (comma or semicolon), ``tsv``, ``jsonl``, ``json`` (a list of objects) or
        ``xlsx`` (the first sheet). By default inferred from the file name, else from the content.

    Returns
    -------
    DataFrame
        The columns of the file. CSV and TSV: str, so that ``007`` keeps its zeros; missing where
        a cell is empty. JSON: object, with JSON values; numbers keep their digits. XLSX: object,
        with the values of the cells.

    Raises
    ------
    UnreadableData
        If the file cannot be read, or its content is invalid; the message names the line.
    ImportError
        For XLSX if openpyxl (extra ``xlsx``) is not installed.

    Examples
    --------
    >>> read_table("order.id,order.total\\n007,12.50\\n", kind="csv")
      order.id order.total
    0      007       12.50
    """
    name, content = _content(source, kind)
    kind = kind or _KINDS.get(Path(name).suffix.lower()) or _kind_of(content)
    if kind == "xlsx":
        return _xlsx(content, name)
    text = _decoded(content, name)
    if kind in ("csv", "tsv"):
        return _separated(text, name, separator="\t" if kind == "tsv" else _separator(text))
    if kind == "jsonl":
        return _frame(list(_json_lines(text, name)), name)
    if kind == "json":
        return _frame(_json_list(text, name), name)
    kinds = ", ".join(dict.fromkeys(_KINDS.values()))
    raise UnreadableData(f"Unknown kind {kind!r}. Known kinds are {kinds}.")


def _content(source: str | PathLike[str] | bytes, kind: str | None) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        return "The data", source
    if isinstance(source, str) and ("\n" in source or (kind and not _is_file(source))):
        return "The text", source.encode("utf-8", "surrogatepass")
    try:
        return str(source), Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableData(f"Cannot read {str(source)[:200]}: {reason}.") from error


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long, or with a null character
        return False


def _kind_of(content: bytes) -> str:
    if content.startswith(b"PK"):
        return "xlsx"
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        return "json"
    if start == b"{":
        return "jsonl"
    first = content.partition(b"\n")[0]
    return "tsv" if b"\t" in first else "csv"


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableData(
            f"{name}, line {line}: not UTF-8. In Excel, save the sheet as 'CSV UTF-8'."
        ) from error


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _separated(text: str, name: str, *, separator: str) -> pd.DataFrame:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next(lines, None)
        if not header or not any(header):
            raise UnreadableData(f"{name} has no column names: the first line is empty.")
        _check_names(header, name)
        rows = [_padded(row, header, name, line=lines.line_num) for row in lines if any(row)]
    except csv.Error as error:
        raise UnreadableData(f"{name}, line {lines.line_num}: {error}.") from error
    return pd.DataFrame(
        {
            column: pd.Series([row[at] or None for row in rows], dtype="str")
            for at, column in enumerate(header)
        }
    )


def _check_names(header: list[str], name: str) -> None:
    for at, column in enumerate(header, start=1):
        if not column.strip():
            raise UnreadableData(f"{name}, line 1: column {at} has no name.")
        if column in header[: at - 1]:
            raise UnreadableData(f"{name}, line 1: two columns have the name {column!r}.")


def _padded(row: list[str], header: list[str], name: str, *, line: int) -> list[str]:
    if len(row) > len(header):
        raise UnreadableData(
            f"{name}, line {line}: {len(row)} cells for {len(header)} columns. Put quotes around a "
            "cell that contains a separator."
        )
    return row + [""] * (len(header) - len(row))


def _json_lines(text: str, name: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _json(line, name, line=number)


def _json_list(text: str, name: str) -> list[Any]:
    value = _json(text, name)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise UnreadableData(f"{name} is not a list of objects.")
    return value


def _json(text: str, name: str, *, line: int | None = None) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        raise UnreadableData(f"{name}, {place}: {error.msg}.") from error
    except (RecursionError, ValueError) as error:
        raise UnreadableData(f"{name} cannot be read as JSON: {error}.") from error


def _frame(rows: list[Any], name: str) -> pd.DataFrame:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise UnreadableData(f"{name}, entry {number}: not an object.")
    names = list(dict.fromkeys(key for row in rows for key in row))
    return pd.DataFrame(
        {key: pd.Series([row.get(key) for row in rows], dtype="object") for key in names}
    )


def _xlsx(content: bytes, name: str) -> pd.DataFrame:
    if importlib.util.find_spec("openpyxl") is None:
        raise ImportError('Reading Excel files needs openpyxl: pip install "docgen-nb[xlsx]"')
    try:
        table = pd.read_excel(io.BytesIO(content), dtype="object", engine="openpyxl")
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableData(f"{name} is not an Excel file (.xlsx): {error}.") from error
    return table.rename(columns=str)
