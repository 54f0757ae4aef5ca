"""Single steps of time with far more affected jobs than the others, where no batch is known."""

import numpy as np
import numpy.typing as npt

from docgen_nb.metrics.intervals import binomial_tail
from docgen_nb.metrics.spans.scan import Units

_ALPHA = 0.01  # the probability of a false alarm
_FACTOR, _LEAST_JOBS = 2.0, 3  # more than this many times the usual share, and at least these jobs
_NORMAL_90 = 1.2815515655446004  # the 90% quantile of the standard normal distribution
Integers = npt.NDArray[np.int64]


def high_steps(units: Units, *, least_share: float, pool: Units | None = None) -> Integers:
    """Return the steps with far more affected jobs than the others, or than those of a pool.

    As many affected jobs or more would have a probability below 0.01 divided by the number of steps
    (Bonferroni), by the exact tail of the binomial distribution, after numbers and totals are
    divided by the overdispersion. Steps that are found are removed, until no more are found.
    """
    jobs, affected = units.jobs, units.hits
    unusual = np.zeros(len(jobs), dtype=bool)
    while True:
        rest = ~unusual
        if pool is None:
            others = jobs[rest].sum() - jobs * rest
            usual = (affected[rest].sum() - affected * rest) / np.maximum(others, 1)
            dispersion = _dispersion(jobs[rest], affected[rest])
        else:
            others = np.full(len(jobs), pool.jobs.sum())
            usual = np.full(len(jobs), pool.hits.sum() / max(pool.jobs.sum(), 1))
            dispersion = _dispersion(pool.jobs, pool.hits)
        least = np.maximum(_FACTOR * usual, least_share) * jobs
        more = rest & (others > 0) & (affected >= _LEAST_JOBS) & (affected > least)
        for place in np.flatnonzero(more):
            number, total = int(affected[place] / dispersion), int(jobs[place] / dispersion)
            more[place] = binomial_tail(number, total, usual[place]) < _ALPHA / len(jobs)
        if not more.any():
            return units.step[unusual]
        unusual |= more


def _dispersion(jobs: Integers, affected: Integers) -> float:
    """Return the overdispersion: observed variance over that of the binomial, at least 1.

    By chance, one step in ten is at least 1.28 standard deviations above the mean. The distance
    of that tenth from the mean gives the dispersion, independent of the few highest numbers.
    """
    share = affected.sum() / max(jobs.sum(), 1)
    deviation = np.sqrt(jobs * share * (1 - share))
    if not deviation.any():
        return 1.0
    high = np.quantile((affected - jobs * share) / deviation, 0.9)
    return max(1.0, float(high / _NORMAL_90) ** 2)
