"""Jobs of one batch are alike: design effects of batches on shares and quantiles."""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.encoded_table import EncodedTable
from docgen_nb.metrics.intervals import NORMAL_975, Estimate, wilson
from docgen_nb.metrics.survival import ENDED, UNKNOWN, Curve

BATCH = "batch_id"
MOST_JOBS = 200_000  # whose batches are counted for the limits of outcomes
LEAST_EFFECTIVE = 60  # independent jobs that the jobs must be worth to estimate a difference
_LEAST_BATCHES = 4.0  # with fewer of equal size, the variance between them is hardly known
_MILLISECONDS = 1000
Floats = npt.NDArray[np.float64]


class Design(NamedTuple):
    """How much the jobs behind one estimate are worth.

    ``effect`` is the variance of the estimate divided by that for independent jobs; ``batches``
    is None without known batches; ``normal`` takes the place of 1.96 in limits. ``most`` is the
    effect if all jobs of a batch shared one outcome.
    """

    jobs: int
    effect: float = 1.0
    most: float = 1.0
    batches: int | None = None
    normal: float = NORMAL_975

    @property
    def effective(self) -> float:
        """The number of independent jobs that would give the same variance."""
        return self.jobs / self.effect

    @property
    def correlation(self) -> float:
        """How alike the jobs of one batch are, from 0 to 1 (the intraclass correlation)."""
        return (self.effect - 1) / (self.most - 1) if self.most > 1 else 0.0

    @property
    def is_known(self) -> bool:
        """Whether limits can be given."""
        return not math.isnan(self.normal)

    @property
    def has_enough(self) -> bool:
        """Whether a difference can be estimated."""
        return self.batches is None or (self.is_known and self.effective >= LEAST_EFFECTIVE)


def batch_keys(table: EncodedTable) -> tuple[str, ...]:
    """Return the column of batches if the table has it."""
    return (BATCH,) if BATCH in table.columns else ()


def batch_numbers(counts: pd.DataFrame) -> npt.NDArray[np.int64] | None:
    """Return the number of the batch of each row, -1 if missing; None without any known batch."""
    if BATCH not in counts:
        return None
    codes = pd.factorize(counts[BATCH])[0]
    return codes if (codes >= 0).any() else None


def student_975(freedom: Any) -> Floats:
    """Return the 97.5% quantile of Student's t, NaN below three degrees of freedom.

    The expansion of Hill (1970), within 1% from three degrees on.

    >>> student_975([3, 10, 1000]).round(2).tolist()
    [3.16, 2.23, 1.96]
    """
    degrees = np.asarray(freedom, dtype="float64")
    degrees = np.where(degrees < _LEAST_BATCHES - 1 - 1e-9, np.nan, degrees)
    z = NORMAL_975
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )


class Moments(NamedTuple):
    """Sums over the batches of one group or more: of jobs, of hits, and of their products."""

    batches: Any
    jobs: Any
    hits: Any
    jobs_jobs: Any
    jobs_hits: Any
    hits_hits: Any


def moments(
    batch: npt.NDArray[np.int64],
    jobs: npt.NDArray[Any],
    hits: npt.NDArray[Any],
    *,
    group: npt.NDArray[np.int64],
    groups: int,
) -> Moments:
    """Return the sums of each group; a job without a batch is a batch of its own."""
    lone = batch < 0
    pairs = group[~lone] * (batch.max() + 1 if len(batch) else 1) + batch[~lone]
    places, distinct = pd.factorize(pairs)
    of = distinct // (batch.max() + 1 if len(batch) else 1)
    totals, numbers = (np.bincount(places, each[~lone], len(distinct)) for each in (jobs, hits))
    sums = (np.ones(len(of)), totals, numbers, totals**2, totals * numbers, numbers**2)
    of_lone = (jobs, jobs, hits, jobs, hits, hits)
    return Moments(
        *(
            np.bincount(of, each, groups) + np.bincount(group[lone], single[lone], groups)
            for each, single in zip(sums, of_lone, strict=True)
        )
    )


def design_effects(sums: Moments) -> tuple[Floats, Floats, Floats]:
    """Return the design effect of each share (Rao and Scott 1992), its highest possible value, and
    the quantile for its limits.

    The effect is at least 1. Where all shares are 0 or 1, nothing is known of it, and it is that
    of batches whose jobs all share one outcome. The degrees of freedom are those of as many
    batches of equal size as vary like these (Kish 1965), less one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = sums.hits / sums.jobs
        most = np.maximum(sums.jobs_jobs / sums.jobs, 1.0)
        spread = sums.hits_hits - 2 * share * sums.jobs_hits + share**2 * sums.jobs_jobs
        effect = spread / (sums.jobs * share * (1 - share))
        effect = effect * sums.batches / (sums.batches - 1)
        certain = (sums.hits <= 0) | (sums.hits >= sums.jobs)
        effect = np.where(certain, most, np.clip(effect, 1.0, most))
        freedom = sums.jobs**2 / sums.jobs_jobs - 1
    return effect, most, student_975(freedom)


def share_design(counts: pd.DataFrame, counted: Any, hits: Any) -> Design:
    """Return the design of the share of `hits` among `counted`, both masks of the rows."""
    jobs = counts["jobs"].to_numpy() * np.asarray(counted)
    total = int(jobs.sum())
    batch = batch_numbers(counts)
    if batch is None or not total:
        return Design(total)
    kept = jobs > 0
    numbers = (jobs * np.asarray(hits))[kept]
    where = np.zeros(int(kept.sum()), dtype="int64")
    sums = moments(batch[kept], jobs[kept], numbers, group=where, groups=1)
    effect, most, normal = (float(one[0]) for one in design_effects(sums))
    return Design(total, effect, most, int(sums.batches[0]), normal)


def like(design: Design, other: Design) -> Design:
    """Return the design of a share of 0 or 1 with jobs as alike as those of another share."""
    return design._replace(effect=1 + other.correlation * (design.most - 1))


def clustered_share(number: int, design: Design) -> Estimate:
    """Return a share with its Wilson interval for the effective number of jobs."""
    if not design.jobs:
        return math.nan, math.nan, math.nan
    low, high = wilson(number / design.effect, design.effective, design.normal)
    return number / design.jobs, float(low), float(high)


def quantile_design(counts: pd.DataFrame, curve: Curve, quantile: float) -> Design:
    """Return the design of the share that has not ended at this quantile of the curve.

    The influence of each job on that share, summed over its batch, gives the variance between
    batches (Williams 1995); each job by itself gives that for independent jobs.
    """
    batch, seconds = batch_numbers(counts), curve.quantile(quantile)
    if batch is None or math.isnan(seconds):
        return Design(curve.jobs, batches=None if batch is None else 0)
    kinds, times = counts["kind"].to_numpy(), counts["time"].to_numpy() / _MILLISECONDS
    known = kinds < UNKNOWN  # as in the curve
    jobs, batch = counts["jobs"].to_numpy()[known], batch[known]
    place = np.searchsorted(curve.seconds, times[known])
    last = np.searchsorted(curve.seconds, seconds)
    hazard = np.cumsum(curve.ended / curve.at_risk.astype("float64") ** 2)
    ended = (kinds[known] == ENDED) & (place <= last)
    influence = ended / curve.at_risk[place] - hazard[np.minimum(place, last)]
    where = np.zeros(len(jobs), dtype="int64")
    sums = moments(batch, jobs, jobs * influence, group=where, groups=1)
    lone = batch < 0
    between = sums.hits_hits[0] - (jobs * influence)[lone].sum()
    between += (jobs * influence**2)[lone].sum()
    between *= sums.batches[0] / max(sums.batches[0] - 1, 1)
    alone = float((jobs * influence**2).sum())
    effect = max(1.0, between / alone) if alone > 0 else 1.0  # 0 if all took equally long
    most = max(1.0, sums.jobs_jobs[0] / sums.jobs[0])
    freedom = sums.jobs[0] / most - 1
    return Design(curve.jobs, effect, most, int(sums.batches[0]), float(student_975(freedom)))
