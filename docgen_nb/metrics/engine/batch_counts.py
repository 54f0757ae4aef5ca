"""Counts by batch, where a table has batches and is small enough."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.encoded_table import WEIGHT, EncodedTable
from docgen_nb.metrics.engine.inputs import encode_jobs

BATCH = "batch_id"
MOST_JOBS = 200_000  # whose batches and days are counted
Count = Callable[[EncodedTable, bool], Counts]


def count_finely(
    jobs: Any, count: Count, *, needed: Sequence[str], function: str, grain: int
) -> Counts:
    """Return the counts of jobs, by batch and the like if jobs are not too many.

    `count` counts an encoded table, and is told whether to do it by batch if there are batches.
    """

    def counted(*optional: str) -> Counts:
        encoded = encode_jobs(
            jobs, needed=needed, function=function, grain=grain, optional=optional
        )
        return count(encoded, bool(optional))

    if isinstance(jobs, pd.DataFrame) and _is_small(jobs):
        return counted(BATCH)
    plain = counted()
    if not 0 < (total := plain.table["jobs"].sum()) <= MOST_JOBS:
        return plain
    fine = counted(BATCH)
    return fine if fine.table["jobs"].sum() == total else plain


def _is_small(jobs: pd.DataFrame) -> bool:
    return len(jobs) <= MOST_JOBS and WEIGHT not in jobs


def batch_keys(table: EncodedTable) -> tuple[str, ...]:
    """Return the column of batches if the table has it."""
    return (BATCH,) if BATCH in table.columns else ()


def has_batches(counts: pd.DataFrame) -> bool:
    """Return whether any batch is known."""
    return BATCH in counts and bool(counts[BATCH].notna().any())


def limits_name(*counts: pd.DataFrame) -> str:
    """Return what limits count: ``attrs["limits"]`` of a metric's table."""
    return "batches" if all(map(has_batches, counts)) else "independent jobs"
