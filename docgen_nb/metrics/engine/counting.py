"""Count the jobs of an encoded table for each combination of some columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from math import prod
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.encoded_table import (
    MISSING,
    RAW,
    Arrays,
    EncodedTable,
    collect,
    engine_operation,
)

_MOST_BINS = 1 << 20  # the most combinations that are counted in bins; more are hashed
_MOST_COMBINATIONS = 1 << 62  # more do not fit into int64
Window = dict[str, pd.Timestamp | None]


@dataclass(frozen=True)
class Counts:
    """The number of ``jobs`` (int64) for each combination of keys, and the window of all jobs.

    The window holds ``created_from`` and ``created_to``, the first and last creation, and
    ``read_at``, the last reading.
    """

    table: pd.DataFrame
    window: Window

    def attrs(self, time_zone: str | tzinfo, **more: Any) -> dict[Any, Any]:
        """Return the ``attrs`` of a metric's table: what a chart needs for its title."""
        window = {
            name: None if time is None else time.tz_convert(time_zone).isoformat()
            for name, time in self.window.items()
        }
        jobs = int(self.table["jobs"].sum())
        return {**window, "time_zone": str(time_zone), "jobs": jobs, **more}


def count(table: EncodedTable, keys: Sequence[str], *, window: bool = True) -> Counts:
    """Count the jobs for each combination of the columns `keys`.

    With ``window=False``, a lazy engine doesn't look for the first and last creation.
    """
    frame = table.frame
    counts: Arrays | pd.DataFrame
    if isinstance(frame, dict):
        counts, times = _count_arrays(frame, keys)
    else:
        with engine_operation("group and count rows", frame=frame, function=table.function):
            counts, times = _count_lazily(frame, keys, window)
    columns = {name: decode(counts[name], table.categories.get(name)) for name in keys}
    columns["jobs"] = np.asarray(counts["jobs"], dtype="int64")
    times = {name: table.attrs_times.get(name) or time for name, time in times.items()}
    return Counts(pd.DataFrame(columns), times)  # made at once, which takes half the time


def count_all(table: EncodedTable) -> Counts:
    """Count all jobs of a table that has creation times, and find their window."""
    constant = table.with_columns(all=lambda col, where: where(col("created") >= MISSING, 0, 0))
    return count(constant, ["all"])


def decode(keys: Any, categories: "pd.Index[Any] | None" = None) -> Any:
    """Return the texts that codes stand for; without categories, the column itself."""
    if categories is not None:
        texts = categories.astype("str").array
        return pd.api.extensions.take(texts, np.asarray(keys), allow_fill=True)
    return keys.astype("int64" if pd.api.types.is_numeric_dtype(keys.dtype) else "str")


def _count_arrays(columns: Arrays, keys: Sequence[str]) -> tuple[Arrays, Window]:
    combinations, jobs = count_combinations([columns[name] for name in keys], columns.get("weight"))
    created, read = (columns.get(name, np.array([], dtype="int64")) for name in ("created", "read"))
    window = {
        "created_from": _timestamp(created.min() if len(created) else None),
        "created_to": _timestamp(created.max() if len(created) else None),
        "read_at": _timestamp(read.max() if len(read) else None),
    }
    if len(created) and created.min() == MISSING:
        known = created[created > MISSING]
        window["created_from"] = _timestamp(known.min() if len(known) else None)
    return {**dict(zip(keys, combinations, strict=True)), "jobs": jobs}, window


def count_combinations(
    keys: list[npt.NDArray[Any]], weights: npt.NDArray[Any] | None = None
) -> tuple[list[npt.NDArray[Any]], npt.NDArray[Any]]:
    """Return the combinations of the keys that occur, and the number of jobs for each.

    The keys are combined into one number with a digit per key, which is far quicker to count.
    """
    rows = len(keys[0])
    if rows == 0:
        return [key[:0] for key in keys], np.zeros(0, dtype="int64")
    lows = [int(key.min()) for key in keys]
    sizes = [int(key.max()) - low + 1 for key, low in zip(keys, lows, strict=True)]
    if prod(sizes) >= _MOST_COMBINATIONS:
        return _count_ranks(keys, weights)
    number = np.zeros(rows, dtype="int64")
    for key, low, size in zip(keys, lows, sizes, strict=True):
        number *= size
        number += key
        number -= low
    distinct, jobs = _count_numbers(number, weights, prod(sizes))
    combinations = []
    for low, size in zip(reversed(lows), reversed(sizes), strict=True):
        combinations.append(distinct % size + low)
        distinct = distinct // size
    return combinations[::-1], jobs.astype("int64")


def combination_codes(
    keys: Sequence[npt.NDArray[Any]],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return a number for each row, the same where all keys are, and the first row of each."""
    codes = np.zeros(len(keys[0]), dtype="int64")
    for key in keys:
        ranks, distinct = pd.factorize(key)
        codes, _ = pd.factorize(codes * len(distinct) + ranks)  # both are below the rows
    rows = np.arange(len(codes))[::-1]
    first = np.zeros(codes.max(initial=-1) + 1, dtype="int64")
    first[codes[rows]] = rows  # the last that is written stays
    return codes, first


def _count_numbers(
    numbers: npt.NDArray[Any], weights: npt.NDArray[Any] | None, size: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the distinct numbers, all below `size`, and the number of jobs for each."""
    if size > max(len(numbers), _MOST_BINS):
        codes, distinct = pd.factorize(numbers)
        return distinct, np.bincount(codes, weights, minlength=len(distinct))
    jobs = np.bincount(numbers, weights)
    occurring = np.flatnonzero(jobs if weights is None else np.bincount(numbers))
    return occurring, jobs[occurring]


def _count_ranks(
    keys: list[npt.NDArray[Any]], weights: npt.NDArray[Any] | None
) -> tuple[list[npt.NDArray[Any]], npt.NDArray[Any]]:
    """Count combinations of numbers that are too far apart, by replacing each with its rank."""
    ranked = [pd.factorize(key) for key in keys]
    combinations, jobs = count_combinations([codes for codes, _ in ranked], weights)
    return [values[codes] for (_, values), codes in zip(ranked, combinations, strict=True)], jobs


def _timestamp(microseconds: float | None) -> pd.Timestamp | None:
    if microseconds is None or pd.isna(microseconds) or microseconds < 0:
        return None
    return pd.Timestamp(int(microseconds), unit="us", tz="UTC")


def _count_lazily(
    frame: nw.LazyFrame[Any], keys: Sequence[str], window: bool
) -> tuple[pd.DataFrame, Window]:
    names = frame.collect_schema().names()
    sums = {"jobs": nw.col("weight").sum() if "weight" in names else nw.len()}
    if window and f"{RAW}created" in names:
        created = nw.col(f"{RAW}created")
        sums |= {"_first": created.min(), "_last": created.max()}
    if window and f"{RAW}read" in names:
        sums["_read"] = nw.col(f"{RAW}read").max()
    counts = collect(frame.group_by(*keys).agg(**sums))
    return counts[[*keys, "jobs"]], window_of(counts)


def window_of(table: pd.DataFrame) -> Window:
    """Return the window of the jobs from the columns ``_first``, ``_last`` and ``_read``."""
    return {
        "created_from": _timestamp(table["_first"].min() if "_first" in table else None),
        "created_to": _timestamp(table["_last"].max() if "_last" in table else None),
        "read_at": _timestamp(table["_read"].max() if "_read" in table else None),
    }
