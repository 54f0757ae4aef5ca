"""The jobs that count for one kind of incident, which of them are affected, and their numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.clusters import batch_numbers
from docgen_nb.metrics.spans.high_steps import high_steps
from docgen_nb.metrics.spans.scan import Units, units_of, unusual_steps
from docgen_nb.metrics.survival import curve_of

_LEAST_JOBS = 3  # affected in a span
_FACTOR = 2.0  # times the usual share
_LONG = 0.95
Integers = npt.NDArray[np.int64]


class Measures(NamedTuple):
    """The numbers of a span: affected jobs, their batches, and the share of the largest batch.

    Without known batches, their number is 0.
    """

    jobs: int
    affected: int
    share: float
    duration: float
    batches: int
    largest: float


@dataclass(frozen=True)
class AffectedJobs:
    """Counts of jobs, with how many of each row count and how many are affected."""

    step: Integers
    kind: Integers
    time: Integers
    jobs: Integers
    counted: Integers
    affected: Integers
    batch: Integers | None

    @classmethod
    def of(cls, events: pd.DataFrame, counts: Any, is_affected: Any) -> "AffectedJobs":
        """Return the events with the rows that count and that are affected."""
        names = ("step", "kind", "time", "jobs")
        step, kind, time, jobs = (events[name].to_numpy() for name in names)
        batch = batch_numbers(events)
        return cls(step, kind, time, jobs, jobs * counts, jobs * is_affected, batch)

    @cached_property
    def units(self) -> Units:
        """The batches, or the steps where no batch is known."""
        return units_of(self.step, self.batch, self.counted, self.affected)

    def unusual(self, least_share: float, pool: Units | None = None) -> Integers:
        """Return the steps that have far more affected jobs than the rest, or than the pool.

        Shuffled steps cannot show that a single one is unusual, so where no batch is known the
        numbers of single steps are examined too.
        """
        steps = unusual_steps(self.units, least_share=least_share, pool=pool)
        if self.batch is None:
            rest = self.units.without(steps)
            steps = np.union1d(steps, high_steps(rest, least_share=least_share, pool=pool))
        if not len(steps):
            return steps
        usual = self.outside(steps).measures if pool is None else None
        share = pool.hits.sum() / max(pool.jobs.sum(), 1) if pool else usual.share if usual else nan
        kept = [
            (start, end)
            for start, end in self.spans(steps)
            if self.within(start, end).measures.affected >= _LEAST_JOBS
            and not self.within(start, end).measures.share <= max(_FACTOR * share, least_share)
        ]
        inside = [(start <= steps) & (steps < end) for start, end in kept]
        return steps[np.any(inside, axis=0)] if kept else steps[:0]

    def spans(self, steps: Integers) -> Iterator[tuple[int, int]]:
        """Yield the first step of each span, and the step after its last one.

        Steps are in one span if no other step with jobs lies between them.
        """
        present = np.unique(self.step[self.counted > 0])
        places = np.searchsorted(present, np.intersect1d(steps, present))
        for run in np.split(present[places], np.flatnonzero(np.diff(places) > 1) + 1):
            if len(run):
                yield int(run[0]), int(run[-1]) + 1

    def within(self, start: int, end: int) -> "AffectedJobs":
        """Return the rows of a span."""
        return self._only((start <= self.step) & (self.step < end))

    def outside(self, steps: Integers) -> "AffectedJobs":
        """Return the rows outside of these steps."""
        return self._only(~np.isin(self.step, steps))

    def _only(self, kept: npt.NDArray[np.bool_]) -> "AffectedJobs":
        columns = self.step, self.kind, self.time, self.jobs, self.counted, self.affected
        step, kind, time, jobs, counted, affected = (column[kept] for column in columns)
        batch = None if self.batch is None else self.batch[kept]
        return AffectedJobs(step, kind, time, jobs, counted, affected, batch)

    @cached_property
    def measures(self) -> Measures:
        """The numbers of these rows."""
        jobs, affected = int(self.counted.sum()), int(self.affected.sum())
        share = affected / jobs if jobs else nan
        duration = curve_of(self.kind, self.time, self.jobs).quantile(_LONG)
        return Measures(jobs, affected, share, duration, *self._batches(affected))

    def _batches(self, affected: int) -> tuple[int, float]:
        if self.batch is None or not affected:
            return 0, nan
        lone = self.batch < 0
        alone = int(self.affected[lone].sum())
        by_batch = np.bincount(self.batch[~lone], self.affected[~lone])
        largest = max(by_batch.max(initial=0), min(alone, 1))
        return int((by_batch > 0).sum()) + alone, float(largest / affected)
