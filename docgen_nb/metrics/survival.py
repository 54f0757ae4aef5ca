"""How long jobs take where some are not over: the product limit of Kaplan and Meier (1958)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.encoded_table import MISSING, OPEN, Column, Narrow, Where
from docgen_nb.metrics.groups import Groups
from docgen_nb.metrics.intervals import NORMAL_975

ENDED, CENSORED, UNKNOWN = 0, 1, 2
_CLOSE = 1e-9  # shares that differ by less are equal: they are products of many factors
_RARE = 0.025  # the chance that is left over each of two limits
_MICROSECONDS, _MILLISECONDS = 1_000_000, 1000
Numbers = npt.NDArray[np.floating[Any]]
COLUMNS = ("status", "duration_seconds", "created_at", "read_at")


def spans(narrow: Narrow, by: Groups, *, keys: tuple[str, ...] = ()) -> Counts:
    """How many jobs of each group took how long: ``kind`` and ``milliseconds``, and ``jobs``.

    A job that is open was so for at least the time from its creation to the reading; where
    creations are floored to a grain, in seconds, that is less by the grain.
    """

    def is_open(col: Column) -> Any:
        is_dated = (col("created") > MISSING) & (col("read") > MISSING)
        return (col("state") == OPEN) & is_dated

    def kind(col: Column, where: Where) -> Any:
        still = where(is_open(col), CENSORED, UNKNOWN)
        return where(col("milliseconds") > MISSING, ENDED, still)

    def time(col: Column, where: Where) -> Any:
        so_far = (col("read") - col("created")) // _MILLISECONDS - narrow.grain * _MILLISECONDS
        open_for = where(is_open(col) & (so_far > 0), so_far, 0)
        return where(col("milliseconds") > MISSING, col("milliseconds"), open_for)

    return by.count(narrow.with_columns(kind=kind, time=time), [*keys, "kind", "time"])


@dataclass(frozen=True)
class Curve:
    """The share of jobs that are not over after each time: one place per distinct time."""

    seconds: Numbers
    at_risk: npt.NDArray[np.int64]
    ended: npt.NDArray[np.int64]
    censored: npt.NDArray[np.int64]
    unknown: int

    @property
    def jobs(self) -> int:
        """How many jobs the curve stands on."""
        return int(self.at_risk[0]) if len(self.at_risk) else 0

    @property
    def unfinished(self) -> Numbers:
        """The share that is not over."""
        return np.cumprod(1 - self.ended / self.at_risk)

    @property
    def error(self) -> Numbers:
        """The standard error of that share over the share itself (Greenwood 1926)."""
        with np.errstate(divide="ignore"):
            terms = self.ended / (self.at_risk * (self.at_risk - self.ended).astype("float64"))
        error: Numbers = np.sqrt(np.cumsum(terms))
        return error

    def limits(self) -> tuple[Numbers, Numbers]:
        """The 95 % limits of the share on the scale log(-log(share)); NaN where it is 0 or 1."""
        share = self.unfinished
        with np.errstate(divide="ignore", invalid="ignore"):
            width = np.exp(NORMAL_975 * self.error / np.log(share))
            low, high = share ** (1 / width), share**width
        inside = (share > _CLOSE) & (share < 1)
        return np.where(inside, low, np.nan), np.where(inside, high, np.nan)

    def quantile(self, quantile: float) -> float:
        """The first time after which less than ``1 - quantile`` of the jobs are not over."""
        below = np.flatnonzero(self.unfinished < 1 - quantile - _CLOSE)
        return float(self.seconds[below[0]]) if len(below) else np.nan

    def quantile_limits(self, quantile: float) -> tuple[float, float]:
        """The times at which ``1 - quantile`` is within the limits (Brookmeyer, Crowley 1982).

        The test is made on the scale log(-log(share)) with the error at each time. Where the
        share falls from over the limits to under them at once, that time is both limits. Where it
        falls to 0, the upper one is told only if so many jobs ended then that, were more than
        ``1 - quantile`` to take longer, one of them would have with a chance of 97.5 %.
        """
        events = (self.ended > 0) & (self.unfinished < 1)
        times, share, error = self.seconds[events], self.unfinished[events], self.error[events]
        is_sure = share < _CLOSE  # all are over: there the error is not defined
        if is_sure.all():
            return np.nan, np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.log(-np.log(share)) - np.log(-np.log(1 - quantile))
            away = np.where(is_sure, np.inf, away * -np.log(share) / error)
        inside = np.flatnonzero(np.abs(away) <= NORMAL_975)
        under = np.flatnonzero(away > NORMAL_975)
        first, after = (inside[0], inside[-1] + 1) if len(inside) else (*under, len(times))[:1] * 2
        if not len(inside) and first < len(times) and is_sure[first]:
            longer = share[first - 1] * (1 - _RARE ** (1 / self.at_risk[events][first]))
            after = first if longer < 1 - quantile else len(times)
        limits = [float(times[place]) if place < len(times) else np.nan for place in (first, after)]
        return limits[0], limits[1]


def curve(counts: pd.DataFrame) -> Curve:
    """The curve of one group, from the counts of `spans`."""
    kinds, times = counts["kind"].to_numpy(), counts["time"].to_numpy()
    jobs = counts["jobs"].to_numpy()
    known = kinds != UNKNOWN
    distinct, places = np.unique(times[known], return_inverse=True)
    ended, censored = (
        np.bincount(places, jobs[known] * (kinds[known] == kind), len(distinct)).astype("int64")
        for kind in (ENDED, CENSORED)
    )
    gone = np.cumsum(ended + censored)
    return Curve(
        seconds=distinct / _MILLISECONDS,
        at_risk=(gone[-1] if len(gone) else 0) - gone + ended + censored,
        ended=ended,
        censored=censored,
        unknown=int(jobs[~known].sum()),
    )
