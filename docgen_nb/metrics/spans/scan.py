"""Spans of time with more hits than the rest, tested by shuffling batches over time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

ALPHA = 0.01  # the probability that shuffled batches give a span where there is none
_SHUFFLES = round(1 / ALPHA) - 1
_FACTOR = 2.0  # a span has more than this many times the share of the rest
_LONGEST, _WIDEST = 0.4, 0.8  # of all steps, in an incident and in a change
_AT_ONCE = 10  # shuffles, of which the first may be enough
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """What is shuffled, ordered by step: batches, or steps where no batch is known.

    ``step`` is that of the first job of a batch; ``jobs`` and ``hits`` are its numbers of jobs.
    """

    step: Integers
    jobs: Integers
    hits: Integers

    def without(self, steps: Integers) -> "Units":
        """Return the units that are in none of these steps."""
        kept = ~np.isin(self.step, steps)
        return Units(self.step[kept], self.jobs[kept], self.hits[kept])

    @property
    def correlation(self) -> float:
        """How alike the jobs of one unit are, from 0 to 1: the moment estimate."""
        share = self.hits.sum() / max(self.jobs.sum(), 1)
        pairs = (self.jobs * (self.jobs - 1)).sum() * share * (1 - share)
        if not pairs > 0:
            return 0.0
        spread = ((self.hits - share * self.jobs) ** 2).sum()
        return float(np.clip((spread - self.jobs.sum() * share * (1 - share)) / pairs, 0, 1))


def units_of(step: Integers, batch: Integers | None, jobs: Integers, hits: Integers) -> Units:
    """Return the units of counts by step and batch; a job without a batch (-1) is a unit."""
    if batch is None:
        batch = step
    counted = jobs > 0
    step, batch, jobs, hits = (each[counted] for each in (step, batch, jobs, hits))
    lone = batch < 0
    distinct, places = np.unique(batch[~lone], return_inverse=True)
    first = np.full(len(distinct), np.iinfo("int64").max)
    np.minimum.at(first, places, step[~lone])
    sums = [np.bincount(places, each[~lone], len(distinct)) for each in (jobs, hits)]
    alone = np.repeat(step[lone], jobs[lone])
    ends = np.cumsum(jobs[lone])
    position = np.arange(len(alone)) - np.repeat(ends - jobs[lone], jobs[lone])
    is_hit = position < np.repeat(hits[lone], jobs[lone])
    columns = (
        np.concatenate([first, alone]),
        np.concatenate([sums[0], np.ones(len(alone))]),
        np.concatenate([sums[1], is_hit]),
    )
    order = np.lexsort(columns[::-1])  # the same on every engine
    return Units(*(each[order].astype("int64") for each in columns))


def unusual_steps(units: Units, *, least_share: float, pool: Units | None = None) -> Integers:
    """Return the steps of the spans with more hits than chance gives, in order.

    With a `pool`, the spans are compared with it instead of with the rest. A span of more than two
    fifths of all steps is a lasting change, and what is before and after it is examined apart.
    """
    random = np.random.default_rng(0)
    spans: list[Integers] = []
    threshold = np.inf
    while len(units.step):
        scan = _Scan(units, pool, least_share)
        best, span = scan.best()
        if not best > threshold or not spans:
            threshold = scan.threshold(random, best) if best > 0 else np.inf
            if not best > threshold:
                break
        rest = units.without(span)
        if pool is None and len(span) > _LONGEST * len(scan.steps):
            for part in (rest, units.without(rest.step)):
                spans.append(unusual_steps(part, least_share=least_share))
            break
        spans.append(span)
        units = rest
    return np.unique(np.concatenate(spans)) if spans else np.array([], dtype="int64")


class _Scan:
    """The scan statistic of Kulldorff (1997) over windows of steps, of effective numbers of jobs.

    A unit counts for its number of jobs divided by its design effect.
    """

    def __init__(self, units: Units, pool: Units | None, least_share: float) -> None:
        self.steps, self.starts = np.unique(units.step, return_index=True)
        self.least_share = least_share
        everything = units if pool is None else pool
        alike = everything.correlation
        self.jobs, self.hits = _effective(units, alike)
        self.pool_jobs, self.pool_hits = _effective(everything, alike)
        self.is_pool = pool is not None
        self.totals = float(self.pool_jobs.sum()), float(self.pool_hits.sum())

    def best(self) -> tuple[float, Integers]:
        """Return the highest statistic and the steps of its window, with its ends moved to it."""
        sums = self._sums(self.jobs[None], self.hits[None])
        best, place, width = 0.0, 0, 0
        for wide, values in self._windows(*sums):
            if values.max(initial=0.0) > best:
                place, width = int(values[0].argmax()), wide
                best = float(values[0, place])
        start, end = place, place + width
        for _ in range(2 if best else 0):
            start = self._move(sums, np.arange(end), np.full(end, end), start, end)[0]
            later = np.arange(start + 1, len(self.steps) + 1)
            start, end = self._move(sums, np.full(len(later), start), later, start, end)
        return best, self.steps[start:end]

    def _move(
        self, sums: Any, starts: Integers, ends: Integers, start: int, end: int
    ) -> tuple[int, int]:
        """Return the best of these windows, or the present one if none may be used."""
        jobs, hits = (one[0, ends] - one[0, starts] for one in sums)
        values = self._statistic(jobs, hits)
        values[ends - starts > max(end - start, self._widest)] = 0
        place = int(values.argmax()) if len(values) else 0
        if not len(values) or not values[place] > 0:
            return start, end
        return int(starts[place]), int(ends[place])

    def threshold(self, random: np.random.Generator, enough: float) -> float:
        """Return the highest statistic of all shuffles, or the first that is `enough`."""
        highest = 0.0
        for first in range(0, _SHUFFLES, _AT_ONCE):
            rows = min(_AT_ONCE, _SHUFFLES - first)
            if self.is_pool:
                order = random.integers(0, len(self.pool_jobs), (rows, len(self.jobs)))
            else:
                order = np.tile(np.arange(len(self.jobs)), (rows, 1))
                order = random.permuted(order, axis=1)
            sums = self._sums(self.pool_jobs[order], self.pool_hits[order])
            highest = max(
                highest, *(float(values.max(initial=0)) for _, values in self._windows(*sums))
            )
            if highest >= enough:
                break
        return highest

    def _sums(self, jobs: Floats, hits: Floats) -> tuple[Floats, Floats]:
        """Return the sums over all steps before each step, a row for each shuffle."""
        by_step = (np.add.reduceat(each, self.starts, axis=1) for each in (jobs, hits))
        before, hits_before = (
            np.pad(np.cumsum(each, axis=1), ((0, 0), (1, 0))) for each in by_step
        )
        return before, hits_before

    @property
    def _widest(self) -> int:
        steps = len(self.steps)
        return steps if self.is_pool else max(1, int(steps * _WIDEST))

    def _windows(self, jobs: Floats, hits: Floats) -> Iterator[tuple[int, Floats]]:
        """Yield each width, and the statistic of each window of that width."""
        width = 1
        while width <= self._widest:
            inside = (each[:, width:] - each[:, :-width] for each in (jobs, hits))
            yield width, self._statistic(*inside)
            width = max(width + 1, int(width * 1.4))

    def _statistic(self, jobs: Floats, hits: Floats) -> Floats:
        """Return the log likelihood ratio of a higher share inside; 0 where it is no incident."""
        total, total_hits = self.totals
        rest = np.full_like(jobs, total) if self.is_pool else np.maximum(total - jobs, 0)
        rest_hits = (
            np.full_like(hits, total_hits) if self.is_pool else np.maximum(total_hits - hits, 0)
        )
        least = np.maximum(_FACTOR * rest_hits, self.least_share * rest)
        high = (hits * rest > least * jobs) & (rest > 0)
        inside, outside = (jobs[high], hits[high]), (rest[high], rest_hits[high])
        both = inside[0] + outside[0], inside[1] + outside[1]
        values = np.zeros_like(jobs)
        values[high] = _entropy(*inside) + _entropy(*outside) - _entropy(*both)
        return values


def _effective(units: Units, alike: float) -> tuple[Floats, Floats]:
    effect = 1 + alike * (units.jobs - 1)
    return units.jobs / effect, units.hits / effect


def _entropy(jobs: Any, hits: Any) -> Any:
    return _times_log(hits) + _times_log(jobs - hits) - _times_log(jobs)


def _times_log(number: Any) -> Any:
    positive = np.maximum(number, 1e-12)
    return positive * np.log(positive)
