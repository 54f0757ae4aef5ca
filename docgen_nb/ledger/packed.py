"""Counts by duration for each hour, packed: one value holds all durations of a cell.

A row for each of two million durations would be a tenth of the whole file.
"""

# ruff: noqa: S608  statements are put together from constants; values are bound

import math
import struct
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.ledger.layout import Database

NAME = "rollup_hour_durations"
KEY = ("created_hour", "output_type", "status", "finished_source")
TABLE = (
    f"CREATE TABLE {NAME} ({', '.join(KEY)}, packed BLOB NOT NULL, "
    f"PRIMARY KEY ({', '.join(KEY)})) WITHOUT ROWID"
)
_KEY = ", ".join(KEY)
# The value of a bin is a few bits times a power of two, so that 32 bits hold it exactly.
_CELL = struct.Struct("<fi")
_CELLS = np.dtype([("duration_seconds", "<f4"), ("jobs", "<i4")])

Counts = dict[Any, int]  # of jobs by duration; that of those without one by ""


def pack(counts: Counts) -> bytes:
    """Return counts as one value, in the order of the durations, those without one first.

    >>> unpack(pack({7: 2, "": 1, 0.25: 3}))
    {'': 1, 0.25: 3, 7: 2}
    """
    pairs = sorted((-1.0 if seconds == "" else seconds, jobs) for seconds, jobs in counts.items())
    return b"".join(_CELL.pack(*pair) for pair in pairs)


def unpack(packed: bytes) -> Counts:
    """Return the counts that a value holds."""
    return {_seconds(found): jobs for found, jobs in _CELL.iter_unpack(packed)}


def _seconds(found: float) -> Any:
    if found < 0:
        return ""
    return int(found) if found.is_integer() else round(found, 2)


def apply_moves(db: Database) -> None:
    """Add the moves that were noted to the counts."""
    moved = db.execute(
        f"SELECT {_KEY}, duration_seconds, sum(change) AS moved FROM moves "
        f"GROUP BY {_KEY}, duration_seconds HAVING moved != 0 ORDER BY {_KEY}"
    ).fetchall()
    for key, rows in groupby(moved, lambda row: row[: len(KEY)]):
        _change(db, key, rows)


def _change(db: Database, key: tuple[Any, ...], rows: Any) -> None:
    where = " AND ".join(f"{name} = ?" for name in KEY)
    found = db.execute(f"SELECT packed FROM {NAME} WHERE {where}", key).fetchone()
    counts: Counts = defaultdict(int, unpack(found[0]) if found else {})
    for *_, seconds, jobs in rows:
        counts[seconds] += jobs
        if not counts[seconds]:
            del counts[seconds]
    if counts:
        values = ", ".join("?" * (len(KEY) + 1))
        db.execute(f"INSERT OR REPLACE INTO {NAME} VALUES ({values})", (*key, pack(counts)))
    else:
        db.execute(f"DELETE FROM {NAME} WHERE {where}", key)


def rebuild(db: Database, *, of_each: str, where: str) -> None:
    """Count all jobs anew; `of_each` are the words for the key and the duration of a job."""
    db.create_aggregate("packed", 2, _Packed)  # type: ignore[arg-type]
    places = ", ".join(str(place) for place in range(1, len(KEY) + 2))
    db.execute(f"DELETE FROM {NAME}")
    db.execute(
        f"INSERT INTO {NAME} SELECT {_KEY}, packed(duration_seconds, jobs) FROM "
        f"(SELECT {of_each}, count(*) AS jobs FROM jobs WHERE {where} GROUP BY {places}) "
        f"GROUP BY {_KEY}"
    )


class _Packed:
    """Makes one value of many rows."""

    def __init__(self) -> None:
        self.counts: Counts = {}

    def step(self, seconds: Any, jobs: int) -> None:
        self.counts[seconds] = jobs

    def finalize(self) -> bytes:
        return pack(self.counts)


def unpacked(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], pd.DataFrame]:
    """Return the keys of some rows, and for each duration in them its row, itself and its jobs."""
    cells = np.frombuffer(b"".join(row[-1] for row in rows), _CELLS)
    lengths = [len(row[-1]) // _CELLS.itemsize for row in rows]
    seconds = cells["duration_seconds"].astype("float64")
    seconds = np.where(seconds < 100, np.round(seconds, 2), seconds)
    found = pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(rows)), lengths),
            "duration_seconds": np.where(seconds < 0, math.nan, seconds),
            "jobs": cells["jobs"].astype("int64"),
        }
    )
    return [row[:-1] for row in rows], found
