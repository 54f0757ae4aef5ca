"""Notes: sentences about what a number leaves out, in the ``attrs`` of a table and on its chart."""

import numpy as np
import pandas as pd

from docgen_nb.metrics.survival import EARLY


def duration_notes(counts: pd.DataFrame) -> list[str]:
    """Return notes about the counts of `count_durations`."""
    return end_notes(backwards=_jobs(counts, EARLY))


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
