"""Exporting a history to Parquet files by month, for any engine."""

import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb.errors import NotWritten
from docgen_nb.ledger.connection import HistoryFile
from docgen_nb.ledger.job_tables import Database
from docgen_nb.ledger.tables import (
    FAILURE_DTYPES,
    JOB_DTYPES,
    Selection,
    attributes,
    failures_tables,
    jobs_tables,
)

_DAY = 86_400
_KEY = b"docgen_nb"  # metadata: the ledger and the state of the month
_NO_MONTH = "unknown"  # pyarrow cannot read a folder with Hive's marker here
Tables = Callable[[Database, Selection], Iterator[pd.DataFrame]]
_PARTS: tuple[tuple[str, Tables, dict[str, str]], ...] = (
    ("jobs", jobs_tables, JOB_DTYPES),
    ("failures", failures_tables, FAILURE_DTYPES),
)


def write_months(file: HistoryFile, folder: Path) -> list[Path]:
    """Write the months that have changed since they were last written; return the new files."""
    _pyarrow()  # fails before anything is written
    (ledger,) = file.first("SELECT value FROM settings WHERE name = 'ledger'") or ("",)
    written, refused = [], []
    for name, change in file.all("SELECT month, change FROM months ORDER BY month"):
        for part, tables, dtypes in _PARTS:
            path = folder / part / f"month={name or _NO_MONTH}" / f"{part}.parquet"
            try:
                if _state(path, ledger) == change:
                    continue
            except NotWritten as error:
                refused.append(str(error))
                continue
            with file.read() as db:
                notes = {
                    _KEY: json.dumps([ledger, _change(db, name)]),
                    b"PANDAS_ATTRS": json.dumps(attributes(db)),  # pandas restores them
                }
                _write(path, tables(db, _selection(name)), _schema(dtypes, notes))
            written.append(path)
    if refused:
        raise NotWritten("\n".join(refused))
    return written


def _pyarrow() -> tuple[Any, Any]:
    """Return pyarrow and its Parquet module, which an extra installs."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError(
            'to_parquet needs pyarrow. Run: pip install "docgen-nb[scale]"'
        ) from error


def _state(path: Path, ledger: str) -> int | None:
    """Return the state of the month in a file. NotWritten if the file may not be replaced."""
    pa, pq = _pyarrow()
    if not path.exists():
        return None
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0]
        raise NotWritten(
            f"{path} is damaged ({reason}) and was left unchanged. Delete it, then export again."
        ) from error
    owner, change = json.loads(metadata.get(_KEY, b"[null, null]"))
    if owner != ledger:
        raise NotWritten(
            f"{path} belongs to another ledger and was left unchanged. Choose another folder."
        )
    return int(change)


def _change(db: Database, month: str) -> int:
    return int(db.execute("SELECT change FROM months WHERE month = ?", (month,)).fetchone()[0])


def _selection(month: str) -> Selection:
    if not month:
        selection = Selection()
        selection.conditions.append("created_at IS NULL")
        return selection
    begin = pd.Timestamp(f"{month}-01", tz="UTC")
    return Selection(since=begin, until=begin + pd.offsets.MonthBegin())


def _write(path: Path, tables: Iterator[pd.DataFrame], schema: Any) -> None:
    """Write a temporary file, then replace the old file with it."""
    pa, pq = _pyarrow()
    # A name that nobody can foresee, and no file that exists: others may write to the folder.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _delete_leftovers(path)
        with temporary.open("xb") as stream:
            with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _schema(dtypes: dict[str, str], notes: dict[bytes, str]) -> Any:
    """Return the columns of a file, the same in every month, with its metadata."""
    pa, _ = _pyarrow()
    kinds = {"str": pa.string(), "int64": pa.int64(), "float64": pa.float64()}
    fields = [(name, kinds.get(dtype, pa.timestamp("us", "UTC"))) for name, dtype in dtypes.items()]
    return pa.schema(fields, metadata=notes)


def _delete_leftovers(path: Path) -> None:
    """Delete temporary files that killed processes left a day ago or earlier."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        with suppress(FileNotFoundError):
            if leftover.stat().st_mtime < time.time() - _DAY:
                leftover.unlink()
