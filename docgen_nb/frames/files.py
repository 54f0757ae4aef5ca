"""Tables as files for other programs: CSV, Excel and Parquet."""

import importlib.util
import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb.errors import NotWritten

MOST_ROWS = 1_048_575  # of a sheet, without its heading
_MOST_TEXT = 32_767  # characters in a cell
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST, _NARROWEST = 60, 8  # columns, in characters
_SAMPLE = 200  # rows that the width of a column is taken from


def write_table(table: pd.DataFrame, path: str | Path) -> Path:
    """Write a table to a CSV, XLSX or Parquet file, and return the path.

    A file that exists is replaced as a whole, or not at all.

    Parameters
    ----------
    table : DataFrame
        Such as one of jobs, messages or a metric.
    path : path
        The ending, ``.csv``, ``.xlsx`` or ``.parquet``, says which kind of file. In CSV and
        Parquet, times keep their zone (ISO 8601 in CSV). Excel has no zones: times in its files
        are UTC, and the headings of their columns say so. A text in Excel is never a formula.

    Raises
    ------
    ValueError
        If the ending is another, or the table has more rows than a sheet of Excel, 1,048,575.
    ImportError
        If openpyxl (extra ``xlsx``) or pyarrow (extra ``scale``) is needed and not installed.
    NotWritten
        If the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> jobs = pd.DataFrame({"job_id": ["7"], "created_at": [pd.Timestamp("2026-03-02T09:00Z")]})
    >>> with TemporaryDirectory() as folder:
    ...     print(write_table(jobs, f"{folder}/jobs.csv").read_text())
    job_id,created_at
    7,2026-03-02T09:00:00+00:00
    """
    path = Path(path).expanduser()
    writers: dict[str, Callable[[Path], None]] = {
        ".csv": lambda target: _as_csv(table).to_csv(target, index=False, lineterminator="\n"),
        ".xlsx": lambda target: _write_workbook({path.stem: table}, target),
        ".parquet": lambda target: _write_parquet(table, target),
    }
    if path.suffix.lower() not in writers:
        raise ValueError(f"{path} must end with .csv, .xlsx or .parquet.")
    replace_file(path, writers[path.suffix.lower()])
    return path


def write_sheets(tables: Mapping[str, pd.DataFrame], path: str | Path) -> Path:
    """Write tables to the sheets of one XLSX file, by their names; else as `write_table`."""
    path = Path(path).expanduser()
    replace_file(path, lambda target: _write_workbook(tables, target))
    return path


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file under another name, then replace the old one with it; NotWritten if it fails."""
    if not path.name:
        raise NotWritten("A file needs a name, such as report.html.")
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(8)}{path.suffix}")
    try:
        temporary.touch(exist_ok=False)
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotWritten(f"{path} cannot be written: {reason}. Choose another path.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _as_csv(table: pd.DataFrame) -> pd.DataFrame:
    times: dict[str, Any] = {
        str(name): [None if pd.isna(time) else time.isoformat() for time in table[name]]
        for name in table.select_dtypes(["datetime", "datetimetz"])
    }
    return table.assign(**times)


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    if importlib.util.find_spec("pyarrow") is None:
        raise ImportError('Parquet files need pyarrow: pip install "docgen-nb[scale]"')
    table.to_parquet(path, index=False)


def _write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    if importlib.util.find_spec("openpyxl") is None:
        raise ImportError('Excel files need openpyxl: pip install "docgen-nb[xlsx]"')
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, table in tables.items():
        if len(table) > MOST_ROWS:
            raise ValueError(
                f"A sheet of Excel holds {MOST_ROWS:,} rows, and the table has {len(table):,}. "
                "Write a CSV or Parquet file, or fewer rows."
            )
        _fill(book.create_sheet(_sheet_name(name)), _without_zones(table))
    book.save(path)


def _sheet_name(name: str) -> str:
    return re.sub(r"[\\/*?:\[\]]", " ", name)[:31].strip("' ") or "table"


def _without_zones(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with times as UTC without a zone, which the headings name instead."""
    columns = {}
    for name, column in table.items():
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            columns[f"{name} (UTC)"] = column.dt.tz_convert("UTC").dt.tz_localize(None)
        else:
            columns[str(name)] = column
    return pd.DataFrame(columns)


def _fill(sheet: Any, table: pd.DataFrame) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    def text(value: Any) -> Any:
        cell = WriteOnlyCell(sheet)
        # Set so, a text that begins with = is no formula.
        cell._value = _NOT_IN_XML.sub("\ufffd", str(value))[:_MOST_TEXT]
        cell.data_type = "s"
        return cell

    def cell(value: Any) -> Any:
        if isinstance(value, pd.Timestamp):
            return value.to_pydatetime()
        return text(value) if isinstance(value, str) else value

    sheet.freeze_panes = "A2"
    for place, (name, column) in enumerate(table.items(), start=1):
        longest = max(map(len, column.head(_SAMPLE).astype("str").fillna("")), default=0)
        width = min(max(longest, len(str(name)), _NARROWEST), _WIDEST)
        sheet.column_dimensions[get_column_letter(place)].width = width + 2
    headings = [text(name) for name in table]
    for heading in headings:
        heading.font = Font(bold=True)
    sheet.append(headings)
    columns = [column.astype("object").where(column.notna(), None) for _, column in table.items()]
    for row in zip(*columns, strict=True):
        sheet.append([cell(value) for value in row])
