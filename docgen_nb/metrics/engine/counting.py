"""The heavy half of every metric: group a narrow table, and count its jobs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    Here,
    Narrow,
    collected,
    engine_does,
)

_BY_PLACE = 1 << 20  # so many groups are counted by their place rather than by their hash
_FACTS = ("created_from", "created_to", "read_at")


@dataclass(frozen=True)
class Counts:
    """How many jobs there are of each kind: the keys, and ``jobs`` (int64); a small table.

    ``created_from``, ``created_to`` and ``read_at`` are the times that stand in its ``attrs``.
    """

    table: pd.DataFrame
    created_from: pd.Timestamp | None
    created_to: pd.Timestamp | None
    read_at: pd.Timestamp | None

    def of(self, jobs: int) -> "Counts":
        """The same window, of so many jobs."""
        return replace(self, table=pd.DataFrame({"jobs": [jobs]}))

    def attrs(self, time_zone: str | tzinfo, **more: Any) -> dict[Any, Any]:
        """What a chart needs for its title."""
        window = {
            name: moment.tz_convert(time_zone).isoformat() if moment is not None else None
            for name in _FACTS
            for moment in [getattr(self, name)]
        }
        jobs = int(self.table["jobs"].sum())
        return {**window, "time_zone": str(time_zone), "jobs": jobs, **more}


def count(table: Narrow, keys: Sequence[str], *, window: bool = True) -> Counts:
    """The jobs for each combination of the keys, which are columns of the narrow table.

    Without the window, between which times the jobs were created is not looked for.
    """
    frame = table.frame
    if isinstance(frame, dict):
        counts, facts = _count_here(frame, keys)
    else:
        with engine_does("grouping and counting", frame=frame, function=table.function):
            counts, facts = _count_there(frame, keys, window)
    for name in keys:
        counts[name] = decoded(counts[name], table.values.get(name))
    told = {name: table.noted.get(name) or moment for name, moment in facts.items()}
    return Counts(counts.astype({"jobs": "int64"}), **told)


def total(table: Narrow) -> Counts:
    """All the jobs of a table that has their creations, as one count."""
    whole = table.with_columns(whole=lambda col, where: where(col("created") >= MISSING, 0, 0))
    return count(whole, ["whole"])


def decoded(keys: "pd.Series[Any]", values: "pd.Index[Any] | None" = None) -> "pd.Series[Any]":
    """The texts of a column of codes, or the column itself if its values are no codes."""
    if values is not None:
        texts = values.astype("str").array
        return pd.Series(
            pd.api.extensions.take(texts, keys.to_numpy(), allow_fill=True), index=keys.index
        )
    return keys.astype("int64" if pd.api.types.is_numeric_dtype(keys.dtype) else "str")


Found = tuple[pd.DataFrame, dict[str, pd.Timestamp | None]]


def _count_here(columns: Here, keys: Sequence[str]) -> Found:
    groups, jobs = grouped([columns[name] for name in keys], columns.get("weight"))
    counts = pd.DataFrame({**dict(zip(keys, groups, strict=True)), "jobs": jobs})
    created, read = columns.get("created"), columns.get("read")
    facts = {
        "created_from": _moment(_least(created)),
        "created_to": _moment(_most(created)),
        "read_at": _moment(_most(read)),
    }
    return counts, facts


def grouped(
    keys: list[npt.NDArray[Any]], weights: npt.NDArray[Any] | None = None
) -> tuple[list[npt.NDArray[Any]], npt.NDArray[Any]]:
    """The combinations of the keys that occur, and how many jobs each has.

    The keys become one number with a digit per key, which is far quicker to count than several.
    """
    rows = len(keys[0])
    if rows == 0:
        return [key[:0] for key in keys], np.zeros(0, dtype="int64")
    lows = [int(key.min()) for key in keys]
    sizes = [int(key.max()) - low + 1 for key, low in zip(keys, lows, strict=True)]
    if prod(sizes) >= 1 << 62:
        return _grouped_by_rank(keys, weights)
    number = np.zeros(rows, dtype="int64")
    for key, low, size in zip(keys, lows, sizes, strict=True):
        number *= size
        number += key
        number -= low
    found, jobs = _counted(number, weights, prod(sizes))
    groups = []
    for low, size in zip(reversed(lows), reversed(sizes), strict=True):
        groups.append(found % size + low)
        found = found // size
    return groups[::-1], jobs.astype("int64")


def _counted(
    numbers: npt.NDArray[Any], weights: npt.NDArray[Any] | None, most: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The numbers, all under `most`, that occur, and how many jobs each has."""
    if most > max(len(numbers), _BY_PLACE):
        places, found = pd.factorize(numbers)
        return found, np.bincount(places, weights, minlength=len(found))
    jobs = np.bincount(numbers, weights)
    occurs = np.flatnonzero(jobs if weights is None else np.bincount(numbers))
    return occurs, jobs[occurs]


def _grouped_by_rank(
    keys: list[npt.NDArray[Any]], weights: npt.NDArray[Any] | None
) -> tuple[list[npt.NDArray[Any]], npt.NDArray[Any]]:
    """The same where the numbers lie too far apart: each is replaced by its rank first."""
    ranked = [pd.factorize(key) for key in keys]
    groups, jobs = grouped([codes for codes, _ in ranked], weights)
    return [values[group] for (_, values), group in zip(ranked, groups, strict=True)], jobs


def _least(numbers: npt.NDArray[Any] | None) -> int:
    if numbers is None or len(numbers) == 0:
        return MISSING
    least = int(numbers.min())
    if least > MISSING:
        return least
    known = numbers[numbers > MISSING]
    return int(known.min()) if len(known) else MISSING


def _most(numbers: npt.NDArray[Any] | None) -> int:
    return MISSING if numbers is None or len(numbers) == 0 else int(numbers.max())


def _moment(number: float | None) -> pd.Timestamp | None:
    """A time of so many microseconds since 1970."""
    if number is None or pd.isna(number) or number < 0:
        return None
    return pd.Timestamp(int(number), unit="us", tz="UTC")


def _count_there(frame: nw.LazyFrame[Any], keys: Sequence[str], window: bool) -> Found:
    names = frame.collect_schema().names()
    sums = {"jobs": nw.col("weight").sum() if "weight" in names else nw.len()}
    if window and f"{RAW}created" in names:
        created = nw.col(f"{RAW}created")
        sums |= {"_first": created.min(), "_last": created.max()}
    if window and f"{RAW}read" in names:
        sums["_read"] = nw.col(f"{RAW}read").max()
    found = collected(frame.group_by(*keys).agg(**sums))
    return found[[*keys, "jobs"]], times_of(found)


def times_of(found: pd.DataFrame) -> dict[str, pd.Timestamp | None]:
    """The window of the jobs, from the columns ``_first``, ``_last`` and ``_read`` if there."""
    return {
        "created_from": _moment(found["_first"].min() if "_first" in found else None),
        "created_to": _moment(found["_last"].max() if "_last" in found else None),
        "read_at": _moment(found["_read"].max() if "_read" in found else None),
    }
