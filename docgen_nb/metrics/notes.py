"""Notes: sentences about what a number leaves out, in the ``attrs`` of a table and on its chart."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from docgen_nb.metrics.clusters import LEAST_EFFECTIVE, Design
from docgen_nb.metrics.survival import CLOSE_SECONDS, EARLY, ENDED, OBSERVED, Curve

_BINNED = 100.0  # seconds from which a ledger counts durations in bins


def duration_notes(
    counts: pd.DataFrame, curves: Iterable[Curve] = (), *, quantile: float = 0.95
) -> list[str]:
    """Return notes about the counts of `count_durations` and the curves of its groups."""
    biased = [curve for curve in curves if curve.is_too_long(quantile)]
    observed, limit = _jobs(counts, OBSERVED), f"{CLOSE_SECONDS} s"
    notes = end_notes(backwards=_jobs(counts, EARLY), observed=observed, limit=limit)
    if (error := counts.attrs.get("duration_error")) and _is_long(counts):
        notes.append(
            f"Durations from {_BINNED:.0f} s on are within {error:.0%} of the true ones, because a "
            "ledger counts them in bins"
        )
    if biased:
        no_end = sum(curve.no_end for curve in biased)
        still_open = sum(int(curve.censored.sum()) for curve in biased)
        notes.append(too_long(no_end=no_end, still_open=still_open))
    return notes


def limit_notes(designs: Sequence[Design], *, rows: str) -> list[str]:
    """Return a note about the rows of a table that have no limits because of their batches.

    >>> print(*limit_notes([Design(90, effect=3, most=5, batches=9)], rows="hours"))
    No limits: too few jobs, worth 22 independent ones of 60 needed
    """
    without = [design for design in designs if design.jobs and not design.has_enough]
    if not without:
        return []
    if len(without) == len(designs) and len({design.lack() for design in without}) == 1:
        return [f"No limits{without[0].lack()}"]
    return [
        f"No limits for {len(without):,} of {len(designs):,} {rows}, whose jobs are of too few "
        f"batches or worth fewer than {LEAST_EFFECTIVE} independent ones"
    ]


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


def end_notes(*, backwards: int, observed: int, limit: str) -> list[str]:
    """Return notes about ends that count as unknown.

    >>> print(*end_notes(backwards=2, observed=1, limit="5 s"), sep="\\n")
    1 end counts as unknown because it was observed between readings more than 5 s apart
    2 ends count as unknown because they are before the creation of their job, so a clock is wrong
    """
    notes = []
    if observed:
        was = "it was" if observed == 1 else "they were"
        notes.append(
            f"{_ends(observed)} as unknown because {was} observed between readings more than "
            f"{limit} apart"
        )
    if backwards:
        are = "it is" if backwards == 1 else "they are"
        notes.append(
            f"{_ends(backwards)} as unknown because {are} before the creation of their job, so a "
            "clock is wrong"
        )
    return notes


def _ends(number: int) -> str:
    return "1 end counts" if number == 1 else f"{number:,} ends count"


def _is_long(counts: pd.DataFrame) -> bool:
    return bool(((counts["kind"] == ENDED) & (counts["time"] >= _BINNED * 1000)).any())


def _jobs(counts: pd.DataFrame, kind: int) -> int:
    return int(np.sum(counts["jobs"].to_numpy()[counts["kind"].to_numpy() == kind]))
