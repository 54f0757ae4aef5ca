"""Tables with fixed columns from the rows of a history."""

# ruff: noqa: S608  statements are put together from constants; values are bound
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb import wire
from docgen_nb.frames.columns import VERSION
from docgen_nb.ledger import rollups
from docgen_nb.ledger.job_rows import Key, key
from docgen_nb.ledger.job_tables import IS_OPEN, SHOWN_STATUS, Database
from docgen_nb.ledger.missing import count_missing
from docgen_nb.ledger.rollups import Cube
from docgen_nb.ledger.writes import LAST_COMPLETE

_TIME = "datetime64[us, UTC]"
_AT_ONCE = 50_000  # rows that are Python objects at the same time

_KEYS = (
    *("job_id", "batch_id", "template_id", "template_version_id", "output_file_id"),
    *("output_file_version_id", "created_by_id", "enterprise_id", "folder_id"),
)
JOB_DTYPES = {
    **dict.fromkeys(
        (
            *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
            *("output_file_id", "output_file_version_id"),
        ),
        "str",
    ),
    "created_at": _TIME,
    **dict.fromkeys(("created_by_id", "enterprise_id", "source", "external_id"), "str"),
    **dict.fromkeys(("errors", "warnings"), "int64"),
    **dict.fromkeys(("read_at", "finished_at", "finished_after", "finished_before"), _TIME),
    "finished_source": "str",
    "duration_seconds": "float64",
    "folder_id": "str",
}
FAILURE_DTYPES = {
    **dict.fromkeys(
        (
            *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
            *("created_by_id", "source"),
        ),
        "str",
    ),
    "created_at": _TIME,
    **dict.fromkeys(("severity", "message"), "str"),
    "read_at": _TIME,
}
_COUNTED_DTYPES = JOB_DTYPES | {"observed_within_seconds": "float64"}
CHANGE_DTYPES = {
    **dict.fromkeys(("job_id", "from_status", "status"), "str"),
    **dict.fromkeys(("changed_after", "changed_before"), _TIME),
}
_FAILURES = "job_records JOIN failures USING (job_id) JOIN message_texts USING (message_id)"


class Selection:
    """A choice of jobs: the SQL conditions and their values."""

    def __init__(
        self,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        template: str | Sequence[str] | None = None,
        batch: str | Sequence[str] | None = None,
        status: str | Sequence[str] | None = None,
    ) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = []
        self._bound("created_at >= ?", since, "since")
        self._bound("created_at < ?", until, "until")
        self._any_of("template_id", template, as_key=True)
        self._any_of("batch_id", batch, as_key=True)
        self._any_of(f"({SHOWN_STATUS})", status, as_key=False)

    @property
    def where(self) -> str:
        """The WHERE clause, empty without conditions."""
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""

    def _bound(self, condition: str, moment: str | datetime | None, name: str) -> None:
        if moment is not None:
            self.conditions.append(condition)
            self.values.append(seconds_since_1970(moment, name=name))

    def _any_of(self, column: str, wanted: str | Sequence[str] | None, *, as_key: bool) -> None:
        if wanted is None:
            return
        names = [wanted] if isinstance(wanted, str | int) else list(wanted)
        values: list[Key] = [key(name) if as_key else str(name) for name in names]
        self.conditions.append(f"{column} IN ({', '.join('?' * len(values))})")
        self.values += values


def seconds_since_1970(moment: str | datetime, *, name: str) -> float:
    """Return a time as a number; ValueError, naming it, if it has no time zone."""
    time = pd.Timestamp(moment)
    if pd.isna(time) or time.tzinfo is None:
        raise ValueError(f"{name}: {str(moment)!r} has no time zone; add one, such as UTC.")
    return time.timestamp()


def combined(db: Database, parts: Iterator[pd.DataFrame]) -> pd.DataFrame:
    """Return the parts as one table with the ``attrs`` of this ledger."""
    table = pd.concat(parts, ignore_index=True)
    table.attrs.update(attributes(db))
    return table


def attributes(db: Database) -> dict[str, Any]:
    """Return the ``attrs`` of every table of this ledger."""
    row = db.execute("SELECT value FROM settings WHERE name = 'service'").fetchone()
    return {
        "source": row[0] if row else None,
        "read_at": last_read(db),
        "docgen_nb_version": VERSION,
        "box_version": wire.BOX_VERSION,
    }


def in_words(db: Database) -> str:
    """Return the number of jobs, of open ones and of those that are gone, and the last reading."""
    (jobs,) = db.execute("SELECT count(*) FROM job_records").fetchone()
    (still_open,) = db.execute(f"SELECT count(*) FROM job_records WHERE {IS_OPEN}").fetchone()
    gone = count_missing(db, gone=True)
    counts = f"{jobs:,} jobs, {still_open:,} open{f', {gone:,} gone' if gone else ''}"
    return f"{counts}; read {last_read(db) or 'never'}"


def last_read(db: Database) -> str | None:
    """Return when the last complete sync began, in ISO 8601; None before the first."""
    row = db.execute(LAST_COMPLETE).fetchone()
    return _iso(row[0]) if row else None


def created_span(db: Database) -> dict[str, str | None]:
    """Return when the first and the last job were created, in ISO 8601."""
    # Two statements: SQLite answers each of them from the index alone, but not both in one.
    (first,) = db.execute("SELECT min(created_at) FROM job_records").fetchone()
    (last,) = db.execute("SELECT max(created_at) FROM job_records").fetchone()
    return {"created_from": _iso(first), "created_to": _iso(last)}


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def jobs_tables(db: Database, selection: Selection) -> Iterator[pd.DataFrame]:
    """Yield the jobs in tables of a bounded length, newest first; one empty table if none."""
    sql = (
        f"SELECT {_selected_of_jobs(JOB_DTYPES)} FROM job_records{selection.where} "
        "ORDER BY created_at DESC, job_id DESC"
    )
    yield from _tables(db, sql, selection.values, JOB_DTYPES)


def jobs_columns(db: Database, selection: Selection, names: Sequence[str]) -> pd.DataFrame:
    """Return some columns of the jobs, in no order, with the ``attrs`` of this ledger."""
    dtypes = {name: JOB_DTYPES[name] for name in names}
    sql = f"SELECT {_selected_of_jobs(dtypes)} FROM job_records{selection.where}"
    return combined(db, _tables(db, sql, selection.values, dtypes))


def failures_tables(db: Database, selection: Selection) -> Iterator[pd.DataFrame]:
    """Yield the messages of the jobs in the same way, in Box's order within a job."""
    sql = (
        f"SELECT {_selected_of_jobs(FAILURE_DTYPES)} FROM {_FAILURES}{selection.where} "
        "ORDER BY created_at DESC, job_id DESC, severity, position"
    )
    yield from _tables(db, sql, selection.values, FAILURE_DTYPES)


def rollup_table(db: Database, columns: str | Iterable[str]) -> pd.DataFrame | None:
    """Return the number of jobs by some columns, or None if no cube has them."""
    requested = [columns] if isinstance(columns, str) else columns
    names = [name for name in dict.fromkeys(requested) if name != "jobs"]
    if "batch_id" in names:
        times = ["created_at", "read_at"] if "duration_seconds" in names else []
        return _counts_by_batch(db, list(dict.fromkeys([*names, *times])))
    cube = rollups.choose(names)
    if cube is None:
        return None
    if not cube.grain and "duration_seconds" in names:
        names = list(dict.fromkeys([*names, "created_at", "read_at"]))
    counts = combined(db, _counts(db, cube, names))
    counts.attrs.update(created_span(db))
    if "duration_seconds" in names:
        counts.attrs["duration_error"] = rollups.DURATION_ERROR
    if cube.grain:
        counts.attrs["grain"] = "1h" if cube.grain == rollups.HOUR else "1D"
    return counts


def _counts_by_batch(db: Database, names: Sequence[str]) -> pd.DataFrame:
    """Return the number of jobs by batch and other columns: no cube has as many cells."""
    dtypes = {name: _COUNTED_DTYPES[name] for name in names} | {"jobs": "int64"}
    positions = ", ".join(str(position) for position in range(1, len(names) + 1))
    selected = _selected_of_jobs(dict.fromkeys(names, ""))
    sql = f"SELECT {selected}, count(*) FROM job_records GROUP BY {positions}"
    counts = combined(db, _tables(db, sql, (), dtypes))
    counts.attrs.update(created_span(db))
    return counts


def _counts(db: Database, cube: Cube, names: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield the counts of a cube and of the open jobs by some columns."""
    dtypes = {name: _COUNTED_DTYPES[name] for name in names} | {"jobs": "int64"}
    yield _closed(db, cube, names)
    sql = f"SELECT {_selected(dtypes)} FROM ({rollups.select_open(cube, names)})"
    yield from _tables(db, sql, (), dtypes)


def _closed(db: Database, cube: Cube, names: Sequence[str]) -> pd.DataFrame:
    """Return the counts of a cube by some columns; columns that it does not have are missing."""
    present = rollups.present(cube, names)
    cells = rollups.select_closed(db, cube, present)
    numbers = dict(zip([*present, "jobs"], cells, strict=True))
    table = {
        name: _of_cells(db, numbers[name], name, cube.grain) if name in numbers else None
        for name in names
    }
    constants = {"read_at": rollups.last_written(db)}
    for name in set(names) - set(numbers):
        table[name] = (
            column([constants.get(name)], _COUNTED_DTYPES[name]).repeat(cells.shape[1]).array
        )
    return pd.DataFrame(table | {"jobs": numbers["jobs"]})


def _of_cells(db: Database, numbers: Any, name: str, grain: int) -> Any:
    """Return the column of a table of jobs for the numbers in the cells of a cube."""
    if _COUNTED_DTYPES[name] == "str":
        codes, ids = pd.factorize(numbers)
        return column(rollups.names(db, ids), "str").array.take(codes)
    if name == "observed_within_seconds":
        return np.where(numbers == rollups.MISSING, np.nan, numbers)
    unit = 1 if name == "duration_seconds" else grain
    values = np.where(numbers == rollups.MISSING, np.nan, numbers * unit)
    if name == "duration_seconds":
        return values / 100
    return column(values, JOB_DTYPES[name]).array


def changes_table(db: Database, job_id: str | None) -> pd.DataFrame:
    """Return the changes of one job or of all, in the order in which they were written."""
    where = "" if job_id is None else " WHERE job_id = ?"
    sql = f"SELECT {_selected(CHANGE_DTYPES)} FROM change_records{where} ORDER BY rowid"
    values = () if job_id is None else (key(job_id),)
    return pd.concat(_tables(db, sql, values, CHANGE_DTYPES), ignore_index=True)


def _selected(dtypes: dict[str, str]) -> str:
    return ", ".join(f"CAST({name} AS TEXT)" if name in _KEYS else name for name in dtypes)


def _selected_of_jobs(dtypes: dict[str, str]) -> str:
    """Return the same columns, with the status of jobs that are gone."""
    computed = {"status": SHOWN_STATUS, "observed_within_seconds": rollups.OBSERVED_WITHIN}
    return ", ".join(computed.get(name) or _selected({name: ""}) for name in dtypes)


def _tables(
    db: Database, sql: str, values: Sequence[Any], dtypes: dict[str, str]
) -> Iterator[pd.DataFrame]:
    cursor = db.execute(sql, values)
    rows = cursor.fetchmany(_AT_ONCE)
    while True:
        columns = zip(*rows, strict=True) if rows else [()] * len(dtypes)
        yield pd.DataFrame(
            {name: column(cells, dtypes[name]) for name, cells in zip(dtypes, columns, strict=True)}
        )
        rows = cursor.fetchmany(_AT_ONCE)
        if not rows:
            return


def column(cells: Sequence[Any] | npt.NDArray[Any], dtype: str) -> "pd.Series[Any]":
    """Return a column of a dtype; times are given as seconds since 1970 or None."""
    if dtype != _TIME:
        return pd.Series(cells, dtype=dtype)
    seconds = np.array(cells, dtype="float64")  # None becomes NaN
    missing = np.isnan(seconds)
    micros = np.rint(np.where(missing, 0, seconds) * 1e6).astype("int64")
    times = micros.astype("datetime64[us]")
    times[missing] = np.datetime64("NaT")
    return pd.Series(times).dt.tz_localize("UTC")
