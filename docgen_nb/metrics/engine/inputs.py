"""Whatever holds jobs becomes a narrow table: pandas, another engine's table, or a ledger."""

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from docgen_nb.errors import MissingColumn
from docgen_nb.metrics.engine import narwhals_encoder, pandas_encoder
from docgen_nb.metrics.engine.encoded_table import (
    DAY,
    HOUR,
    SECOND,
    WEIGHT,
    Narrow,
    collected,
    engine_does,
)

_GRAINS = {"1h": HOUR, "1D": DAY}
_NOTED = ("created_at", "read_at")  # a metric tells their range, where the table has them
_NOTES = {"created_from": "created_from", "created_to": "created_to", "read_at": "read_at"}


def read(jobs: Any, *, needed: Iterable[str], function: str, grain: int = SECOND) -> Narrow:
    """The narrow table of some jobs.

    A ledger is asked for a rollup first, and for the jobs where it has none that holds the
    columns needed, or where the times of the rollup are coarser than `grain` seconds.
    """
    names = list(needed)
    table = _rows_of(jobs, names, function=function, grain=grain)
    if isinstance(table, pd.DataFrame):
        return _of_pandas(table, names, function)
    return _of_engine(table, names, function)


def read_failures(failures: Any, *, needed: Iterable[str], function: str) -> Narrow:
    """The narrow table of some messages; a ledger is asked for its own."""
    names = list(needed)
    table = _table(failures)
    if table is None and callable(getattr(failures, "failures", None)):
        table = _table(failures.failures())
    if table is None:
        kind = type(failures).__name__
        raise TypeError(f"{function} takes a table of messages or a ledger, not {kind}.")
    if not isinstance(table, pd.DataFrame):
        return _of_engine(table, names, function)
    lacking = [name for name in ("message", "job_id") if name in table and table[name].hasnans]
    texts = {name: table[name].astype("str").fillna("") for name in lacking}
    return _of_pandas(table.assign(**texts), names, function)


def _rows_of(
    jobs: Any, names: Sequence[str], *, function: str, grain: int
) -> "pd.DataFrame | nw.LazyFrame[Any]":
    table = None if _is_ledger(type(jobs)) else _table(jobs)
    if table is None and callable(getattr(jobs, "rollup", None)):
        table = _table(jobs.rollup(_of_rollup(names, grain)))
        if table is None or not _is_fine(table, grain):
            table = _table(jobs.jobs())
    if table is None:
        kind = type(jobs).__name__
        raise TypeError(f"{function} takes a table of jobs or a ledger, not {kind}.")
    if isinstance(table, pd.DataFrame) and not _is_fine(table, grain):
        raise ValueError(
            f"{function}: the times of this weighted table are floored to {table.attrs['grain']}, "
            "which is too coarse for the steps or the time zone asked for; give the jobs."
        )
    return table


def _is_ledger(kind: type) -> bool:
    """Whether it is surely a ledger: the engines need not be asked, which takes 20 ms at first."""
    return all(callable(getattr(kind, name, None)) for name in ("rollup", "jobs"))


def _of_rollup(names: Sequence[str], grain: int) -> list[str]:
    """The columns to ask a ledger's rollup for.

    When the jobs were read stands in its notes. A rollup of durations without times has the
    creations of the open jobs all the same, which is all that a metric without times needs.
    """
    spare = {"read_at"} if grain or "duration_seconds" not in names else {"read_at", "created_at"}
    return [name for name in names if name not in spare]


def _table(jobs: Any) -> "pd.DataFrame | nw.LazyFrame[Any] | None":
    """The table in pandas or lazily in its engine, or None if it is no table."""
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


def _is_fine(table: "pd.DataFrame | nw.LazyFrame[Any]", grain: int) -> bool:
    """Whether the times of the table tell apart what is `grain` seconds apart."""
    return not isinstance(table, pd.DataFrame) or grain % (_grain(table) or 1) == 0


def _grain(table: pd.DataFrame) -> int:
    """To how many seconds the times of a weighted table are floored; 0 if they are not."""
    return _GRAINS.get(table.attrs.get("grain", ""), 0) if is_weighted(table.columns) else 0


def is_weighted(columns: Iterable[str]) -> bool:
    """Whether a row of the table stands for as many jobs as its column ``jobs`` tells."""
    names = set(columns)
    return WEIGHT in names and "job_id" not in names


def read_rows(jobs: Any, *, needed: Iterable[str], function: str, grain: int) -> pd.DataFrame:
    """The columns needed of some jobs, in pandas, a row per job."""
    names = list(dict.fromkeys(needed))
    table = _rows_of(jobs, names, function=function, grain=grain)
    if not isinstance(table, pd.DataFrame):
        MissingColumn.check(table.collect_schema().names(), needed=names, function=function)
        with engine_does("reading rows", frame=table, function=function):
            table = collected(table.select(*names))
    MissingColumn.check(table.columns, needed=names, function=function)
    return table.reset_index(drop=True)


def _of_pandas(table: pd.DataFrame, needed: list[str], function: str) -> Narrow:
    noted = {name: _moment(table.attrs.get(name)) for name in _NOTES}
    if "read_at" in needed and "read_at" not in table and "read_at" in table.attrs:
        table = table.assign(read_at=noted["read_at"])
    MissingColumn.check(table.columns, needed=needed, function=function)
    names = _names(table.columns, needed)
    frame, values = pandas_encoder.columns_of(table, names, function=function)
    return Narrow(frame, values, noted, function, _grain(table))


def _moment(note: Any) -> pd.Timestamp | None:
    return None if note is None else pd.Timestamp(note)


def _names(present: Iterable[str], needed: list[str]) -> list[str]:
    columns = list(present)
    wanted = [*needed, *(name for name in _NOTED if name in columns)]
    return list(dict.fromkeys([*wanted, WEIGHT] if is_weighted(columns) else wanted))


def _of_engine(table: nw.LazyFrame[Any], needed: list[str], function: str) -> Narrow:
    columns = table.collect_schema().names()
    MissingColumn.check(columns, needed=needed, function=function)
    frame = narwhals_encoder.columns_of(table, _names(columns, needed), function=function)
    return Narrow(frame, {}, {}, function)
