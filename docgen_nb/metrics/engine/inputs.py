"""The inputs of a metric, encoded: a pandas table, the table of another engine, or a ledger."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import pandas as pd

from docgen_nb.errors import MissingColumn
from docgen_nb.metrics.engine import narwhals_encoder, pandas_encoder
from docgen_nb.metrics.engine.encoded_table import (
    BOUNDS,
    DAY,
    DURATION,
    HOUR,
    SECOND,
    WEIGHT,
    WITHIN,
    EncodedTable,
    collect,
    engine_operation,
)

_GRAINS = {"1h": HOUR, "1D": DAY}
_WINDOW = ("created_at", "read_at")  # read if the table has them: they give the window
_ATTRS_TIMES = ("created_from", "created_to", "read_at")
Table = pd.DataFrame | nw.LazyFrame[Any]


def encode_jobs(
    jobs: Any,
    *,
    needed: Iterable[str],
    function: str,
    grain: int = SECOND,
    optional: Iterable[str] = (),
) -> EncodedTable:
    """Encode a table of jobs, or the jobs of a ledger.

    From a ledger, encode a rollup if one has the columns needed and times no coarser than `grain`
    seconds, and its jobs otherwise. The optional columns are encoded if the table has them. Where
    ends count, the bounds of observed ends are among them.
    """
    names, more = list(needed), list(optional)
    if {DURATION, "finished_at"}.intersection(names):
        more.append(WITHIN)
    table = _table_of_jobs(jobs, [*names, *more], function=function, grain=grain)
    return _encode(table, names, function, optional=more)


def encode_failures(failures: Any, *, needed: Iterable[str], function: str) -> EncodedTable:
    """Encode a table of messages, or the messages of a ledger."""
    table = _as_table(failures)
    if table is None and callable(getattr(failures, "failures", None)):
        table = _as_table(failures.failures())
    if table is None:
        kind = type(failures).__name__
        raise TypeError(f"{function} takes a table of messages or a ledger, not {kind}.")
    if isinstance(table, pd.DataFrame):
        missing = [name for name in ("message", "job_id") if name in table and table[name].hasnans]
        texts = {name: table[name].astype("str").fillna("") for name in missing}
        table = table.assign(**texts)
    return _encode(table, list(needed), function)


def select_rows(jobs: Any, *, needed: Iterable[str], function: str, grain: int) -> pd.DataFrame:
    """Return the columns needed in pandas, with one row per job."""
    names = list(dict.fromkeys(needed))
    table = _table_of_jobs(jobs, names, function=function, grain=grain)
    if not isinstance(table, pd.DataFrame):
        MissingColumn.check(table.collect_schema().names(), needed=names, function=function)
        with engine_operation("read rows", frame=table, function=function):
            present = table.collect_schema().names()
            bounds = [name for name in BOUNDS if name in present and name not in names]
            table = collect(table.select(*names, *bounds))
    MissingColumn.check(table.columns, needed=names, function=function)
    return table.reset_index(drop=True)


def _table_of_jobs(jobs: Any, names: list[str], *, function: str, grain: int) -> Table:
    if not _is_ledger(type(jobs)):
        table = _as_table(jobs)
    else:
        table = _as_table(jobs.rollup(_rollup_columns(names, grain)))
        if table is None or not _is_fine_enough(table, grain):
            table = _as_table(jobs.jobs())
    if table is None:
        kind = type(jobs).__name__
        raise TypeError(f"{function} takes a table of jobs or a ledger, not {kind}.")
    if isinstance(table, pd.DataFrame) and not _is_fine_enough(table, grain):
        raise ValueError(
            f"{function}: the times of this weighted table are floored to {table.attrs['grain']}, "
            "which is too coarse for these steps or this time zone. Pass the jobs instead."
        )
    return table


def _is_ledger(kind: type) -> bool:
    """Return whether this is a ledger without narwhals, whose first call takes 20 ms."""
    return all(callable(getattr(kind, name, None)) for name in ("rollup", "jobs"))


def _rollup_columns(names: list[str], grain: int) -> list[str]:
    """Return the columns to ask a ledger's rollup for.

    The time of reading is in the rollup's ``attrs``. A rollup of durations without times still
    has the creation times of open jobs, which is all that a metric without times needs.
    """
    spare = {"read_at"} if grain or "duration_seconds" not in names else {"read_at", "created_at"}
    return [name for name in names if name not in spare]


def _as_table(jobs: Any) -> Table | None:
    """Return the table in pandas, or lazily in its engine, or None if it is not a table."""
    if isinstance(jobs, pd.DataFrame):
        return jobs
    frame: Any = nw.from_native(jobs, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        return frame
    if not isinstance(frame, nw.DataFrame):
        return None
    if frame.implementation.is_polars():
        return frame.lazy()
    return frame.to_pandas()


def _is_fine_enough(table: Table, grain: int) -> bool:
    """Return whether times that are `grain` seconds apart differ in the table."""
    return not isinstance(table, pd.DataFrame) or grain % (_grain(table) or 1) == 0


def _grain(table: pd.DataFrame) -> int:
    return _GRAINS.get(table.attrs.get("grain", ""), 0) if _is_weighted(table.columns) else 0


def _is_weighted(columns: Iterable[str]) -> bool:
    """Return whether the column ``jobs`` gives the number of jobs that each row represents."""
    names = set(columns)
    return WEIGHT in names and "job_id" not in names


def _encode(
    table: Table, needed: list[str], function: str, *, optional: Iterable[str] = ()
) -> EncodedTable:
    if not isinstance(table, pd.DataFrame):
        names = _columns_to_encode(table.collect_schema().names(), needed, function, optional)
        frame = narwhals_encoder.encode_columns(table, names, function=function)
        return _with_bounds(EncodedTable(frame, {}, {}, function))
    noted = {
        name: None if (time := table.attrs.get(name)) is None else pd.Timestamp(time)
        for name in _ATTRS_TIMES
    }
    if "read_at" in needed and "read_at" not in table and "read_at" in table.attrs:
        table = table.assign(read_at=noted["read_at"])
    names = _columns_to_encode(table.columns, needed, function, optional)
    arrays, categories = pandas_encoder.encode_columns(table, names, function=function)
    error = float(table.attrs.get("duration_error", 0.0))
    encoded = EncodedTable(arrays, categories, noted, function, _grain(table), error)
    return _with_bounds(encoded)


def _with_bounds(encoded: EncodedTable) -> EncodedTable:
    return encoded.with_bounds() if "before" in encoded.columns else encoded


def _columns_to_encode(
    present: Iterable[str], needed: list[str], function: str, optional: Iterable[str]
) -> list[str]:
    columns = list(present)
    MissingColumn.check(columns, needed=needed, function=function)
    names = [*needed, *(name for name in (*optional, *_WINDOW) if name in columns)]
    if WITHIN in optional and WITHIN not in columns and {"created_at", *BOUNDS} <= {*columns}:
        names += BOUNDS
    return list(dict.fromkeys([*names, WEIGHT] if _is_weighted(columns) else names))
