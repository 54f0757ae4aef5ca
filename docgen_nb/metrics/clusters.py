"""Jobs of one batch are alike: design effects of batches on shares and quantiles."""

import math
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.batch_counts import BATCH
from docgen_nb.metrics.intervals import NORMAL_975, Estimate, wilson
from docgen_nb.metrics.survival import ENDED, RARE, UNKNOWN, Curve

LEAST_EFFECTIVE = 60  # independent jobs that the jobs must be worth to estimate a difference
_LEAST_BATCHES = 4.0  # with fewer of equal size, the variance between them is hardly known
_PLACES = 32  # of a curve, at which design effects are computed
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
        return self.batches is None or (self.is_known and self.surely_effective >= LEAST_EFFECTIVE)

    @property
    def sure_effect(self) -> float:
        """The design effect if it is one standard error higher than estimated.

        If the estimate itself decided whether there are limits, those with a low estimate would be
        given, and be too narrow. The error is that of a variance between as many batches of equal
        size.
        """
        freedom = max(self.jobs / self.most - 1, 1e-9)
        return min(self.most, self.effect * (1 + math.sqrt(2 / freedom)))

    @property
    def surely_effective(self) -> float:
        """The number of independent jobs that would give the variance of that effect."""
        return self.jobs / self.sure_effect

    def lack(self, when: str = "") -> str:
        """Return why a difference cannot be estimated, to follow "no limits" or the like."""
        if self.batches == 1:
            return f", because the jobs{when} are of one batch"
        if not self.is_known:
            return f", because the jobs{when} are of too few batches"
        return (
            f": too few jobs{when}, worth {self.surely_effective:,.0f} independent ones of "
            f"{LEAST_EFFECTIVE} needed"
        )


def batch_numbers(counts: pd.DataFrame) -> npt.NDArray[np.int64] | None:
    """Return the number of the batch of each row, -1 if missing; None without any known batch."""
    if BATCH not in counts:
        return None
    codes = pd.factorize(counts[BATCH])[0]
    return codes if (codes >= 0).any() else None


def with_numbers(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts with statuses as categories and batches as numbers, NaN if missing.

    Measuring many small parts of them takes half the time.
    """
    counts = counts.astype({"status": "category"})
    if BATCH in counts:
        batches = pd.factorize(counts[BATCH])[0]
        counts[BATCH] = np.where(batches < 0, np.nan, batches)
    return counts


def student_quantile(freedom: Any, z: float = NORMAL_975) -> Floats:
    """Return the quantile of Student's t for that of the standard normal distribution.

    NaN below three degrees of freedom. The expansion of Hill (1970), within 1% from three degrees
    on at 97.5%.

    >>> student_quantile([3, 10, 1000]).round(2).tolist()
    [3.16, 2.23, 1.96]
    """
    degrees = np.asarray(freedom, dtype="float64")
    degrees = np.where(degrees < _LEAST_BATCHES - 1 - 1e-9, np.nan, degrees)
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
    return effect, most, student_quantile(freedom)


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


class JobsOfCurve:
    """The jobs behind a curve, by batch: the design effects of its shares.

    `counts` are the rows of `count_durations` that the curve was made of.
    """

    def __init__(self, counts: pd.DataFrame, curve: Curve) -> None:
        self.curve = curve
        batch = batch_numbers(counts)
        self.plain = None if batch is not None and curve.jobs else Design(curve.jobs)
        if batch is None or not curve.jobs:
            return
        known = counts["kind"].to_numpy() < UNKNOWN
        self.batch, self.jobs = batch[known], counts["jobs"].to_numpy()[known]
        self.lone = self.batch < 0
        self.place = np.searchsorted(
            curve.seconds, counts["time"].to_numpy()[known] / _MILLISECONDS
        )
        self.ended = counts["kind"].to_numpy()[known] == ENDED
        self.hazard = np.cumsum(curve.ended / curve.at_risk.astype("float64") ** 2)
        totals, alone = self._by_batch(self.jobs), int(self.jobs[self.lone].sum())
        self.batches = int((totals > 0).sum()) + alone
        self.most = max(1.0, float((totals**2).sum() + alone) / curve.jobs)

    def design(self, place: int, *, rare: float = RARE) -> Design:
        """Return the design of the share that has not ended at this place of the curve.

        The influence of each job on that share, summed over its batch, gives the variance between
        batches (Williams 1995); each job by itself gives that for independent jobs.
        """
        normal = NormalDist().inv_cdf(1 - rare)
        if self.plain is not None:
            return self.plain._replace(normal=normal)
        influence = self.ended * (self.place <= place) / self.curve.at_risk[self.place]
        influence -= self.hazard[np.minimum(self.place, place)]
        sums, squares = self._by_batch(self.jobs * influence), self.jobs * influence**2
        between = (sums**2).sum() + squares[self.lone].sum()
        between *= self.batches / max(self.batches - 1, 1)
        alone = float(squares.sum())
        effect = max(1.0, float(between) / alone) if alone > 0 else 1.0
        student = float(student_quantile(self.curve.jobs / self.most - 1, normal))
        return Design(self.curve.jobs, effect, self.most, self.batches, student)

    def quantile(self, quantile: float, *, rare: float = RARE) -> tuple[Estimate, Design]:
        """Return a quantile with its limits, NaN for too few jobs or batches, and its design.

        Woodruff's limits (1952): those of the share that takes longer. A quantile that is not
        reached has the design of the last time. `rare` is the probability beyond each limit.
        """
        seconds = self.curve.quantile(quantile)
        is_reached = not math.isnan(seconds)
        place = np.searchsorted(self.curve.seconds, seconds) if is_reached else -1
        design = self.design(int(place) % max(len(self.curve.seconds), 1), rare=rare)
        limits = math.nan, math.nan
        if design.has_enough:
            limits = self.curve.quantile_limits(
                quantile, effect=design.sure_effect, normal=design.normal, rare=rare
            )
        return (seconds, *limits), design

    def limits(self) -> tuple[tuple[Any, Any], Design]:
        """Return the limits of the share that has not ended at each time, and their worst design.

        The design effects of some times are known; between them they are interpolated.
        """
        places = np.unique(np.linspace(0, max(len(self.curve.seconds) - 1, 0), _PLACES).astype(int))
        designs = [self.design(int(place)) for place in places]
        worst = min(designs, key=lambda one: one.effective)
        if not worst.has_enough:
            none = np.full(len(self.curve.seconds), np.nan)
            return (none, none), worst
        effects = [design.effect for design in designs]
        effect = np.interp(np.arange(len(self.curve.seconds)), places, effects)
        return self.curve.limits(effect=effect, normal=worst.normal), worst

    def _by_batch(self, numbers: npt.NDArray[Any]) -> Floats:
        return np.bincount(self.batch[~self.lone], numbers[~self.lone]).astype("float64")
