"""Notes: sentences about what a number leaves out, in the ``attrs`` of a table and on its chart."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from docgen_nb.metrics.survival import EARLY, Curve


def duration_notes(
    counts: pd.DataFrame, curves: Iterable[Curve] = (), *, quantile: float = 0.95
) -> list[str]:
    """Return notes about the counts of `count_durations` and the curves of its groups."""
    biased = [curve for curve in curves if curve.is_too_long(quantile)]
    notes = end_notes(backwards=_jobs(counts, EARLY))
    if biased:
        no_end = sum(curve.no_end for curve in biased)
        still_open = sum(int(curve.censored.sum()) for curve in biased)
        notes.append(too_long(no_end=no_end, still_open=still_open))
    return notes


def too_long(*, no_end: int, still_open: int) -> str:
    """Return a note about a quantile that may be too long.

    >>> print(too_long(no_end=300, still_open=45))
    May be too long: 300 finished jobs, such as failed ones, are left out because their ends are
    unknown, but not those of the 45 open jobs that will be like them
    """
    jobs = "1 finished job" if no_end == 1 else f"{no_end:,} finished jobs"
    return (
        f"May be too long: {jobs}, such as failed ones, are left out because their ends are "
        f"unknown, but not those of the {still_open:,} open jobs that will be like them"
    )


def end_notes(*, backwards: int) -> list[str]:
    """Return notes about ends that count as unknown.

    >>> print(*end_notes(backwards=2))
    2 ends count as unknown because they are before the creation of their job, so a clock is wrong
    """
    if not backwards:
        return []
    ends = "1 end counts" if backwards == 1 else f"{backwards:,} ends count"
    is_before = "it is" if backwards == 1 else "they are"
    return [
        f"{ends} as unknown because {is_before} before the creation of their job, so a clock is "
        "wrong"
    ]


def _jobs(counts: pd.DataFrame, kind: int) -> int:
    return int(np.sum(counts["jobs"].to_numpy()[counts["kind"].to_numpy() == kind]))
