"""The Kaplan-Meier estimate (1958): how long jobs take when some of them are still open."""

import math
from bisect import bisect_left
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.batch_counts import batch_keys, count_finely
from docgen_nb.metrics.engine.counting import Counts
from docgen_nb.metrics.engine.encoded_table import (
    BACKWARDS,
    FINISHED,
    MISSING,
    OPEN,
    Column,
    EncodedTable,
    Where,
)
from docgen_nb.metrics.groups import DAY_NUMBER, Grouping, Key, split
from docgen_nb.metrics.intervals import NORMAL_975, beta_tail

# Of a job. From UNKNOWN on they don't count, and from NO_END on they are of finished jobs: EARLY is
# before the creation, and OBSERVED between readings too far apart.
ENDED, CENSORED, UNKNOWN, NO_END, EARLY, OBSERVED = 0, 1, 2, 3, 4, 5
CLOSE_SECONDS = 5  # between the bounds of an observed end that is accurate enough for a duration
NEEDED = ("status", "duration_seconds", "created_at", "read_at")
_TOLERANCE = 1e-9  # shares that differ by less are equal: they are products of many factors
RARE = 0.025  # the probability beyond each of the two limits
_SLOWER = 10.0  # how many times as long as others jobs with an unknown end may take
_SMALL = 0.5  # a bias of this many standard errors leaves 95% limits a coverage of 92%
_MILLISECONDS = 1000
Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Curve:
    """The share of jobs that have not ended after each distinct time."""

    seconds: Floats
    at_risk: Integers
    ended: Integers
    censored: Integers
    unknown: int
    no_end: int = 0  # the finished ones among the unknown

    @property
    def jobs(self) -> int:
        """The number of jobs in the estimate."""
        return int(self.at_risk[0]) if len(self.at_risk) else 0

    @property
    def unfinished(self) -> Floats:
        """The share that has not ended."""
        return np.cumprod(1 - self.ended / self.at_risk)

    @property
    def relative_error(self) -> Floats:
        """The standard error of that share divided by the share (Greenwood 1926)."""
        with np.errstate(divide="ignore"):
            terms = self.ended / (self.at_risk * (self.at_risk - self.ended).astype("float64"))
        error: Floats = np.sqrt(np.cumsum(terms))
        return error

    def limits(
        self, *, effect: Floats | float = 1.0, normal: float = NORMAL_975
    ) -> tuple[Floats, Floats]:
        """Return the 95% limits of the share on the log(-log) scale; NaN where it is 0 or 1.

        The design effect, of each time or of all, multiplies the variance.
        """
        share = self.unfinished
        with np.errstate(divide="ignore", invalid="ignore"):
            width = np.exp(normal * np.sqrt(effect) * self.relative_error / np.log(share))
            low, high = share ** (1 / width), share**width
        inside = (share > _TOLERANCE) & (share < 1)
        return np.where(inside, low, np.nan), np.where(inside, high, np.nan)

    def quantile(self, quantile: float) -> float:
        """Return the first time after which less than ``1 - quantile`` of jobs have not ended."""
        below = np.flatnonzero(self.unfinished < 1 - quantile - _TOLERANCE)
        return float(self.seconds[below[0]]) if len(below) else np.nan

    def is_too_long(self, quantile: float) -> bool:
        """Return whether a quantile may be too long by more than its limits allow for.

        Finished jobs with an unknown end, such as failed ones, are left out, but the open jobs that
        will be like them stay at risk (competing risks, Putter et al. 2007). How many that are is
        unknown: at most the upper limit of the share of such jobs, which may take ten times as long
        as others, so that more of them are open. Each raises the share that is unfinished at the
        quantile by `quantile` jobs.
        """
        finished, still_open = self.no_end + int(self.ended.sum()), int(self.censored.sum())
        if not self.no_end or not still_open:
            return False
        share = min(1.0, (self.no_end + 2 * math.sqrt(self.no_end) + 2) / finished)
        alike = still_open * _SLOWER * share / (1 - share + _SLOWER * share)
        return alike * quantile > _SMALL * math.sqrt(quantile * (1 - quantile) * self.jobs)

    def quantile_limits(
        self,
        quantile: float,
        *,
        effect: float = 1.0,
        normal: float = NORMAL_975,
        rare: float = RARE,
    ) -> tuple[float, float]:
        """Return the 95% limits of a quantile; NaN where unknown.

        They are the first times at which the lower and the upper limit of the share, by the beta
        product confidence procedure (Fay, Brittain and Proschan 2013), are below ``1 - quantile``.
        Where no job is open they are those of the binomial distribution (Conover 1999). If the
        share drops past both limits at once, both are that time.

        For clusters, the numbers of jobs are divided by the design effect and the square of the
        ratio of `normal`, a quantile of Student's t, to that of the normal distribution (Korn and
        Graubard 1998); NaN if no limits can be known. `rare` is the probability beyond each limit.
        """
        events = np.flatnonzero(self.ended)
        if np.isnan(normal) or not len(events):
            return np.nan, np.nan
        worth = effect * (normal / NormalDist().inv_cdf(1 - rare)) ** 2
        shares = _BetaProduct(self.at_risk[events], self.ended[events], worth)
        times, value = self.seconds[events], 1 - quantile
        low = bisect_left(range(len(times)), True, key=lambda k: shares.low(k, value) > rare)
        high = bisect_left(range(len(times)), True, key=lambda k: shares.high(k, value) <= rare)
        # Before the first event, too, the share may be as low as that.
        is_known = shares.low(-1, value) <= rare
        return (
            float(times[low]) if is_known and low < len(times) else np.nan,
            float(times[high]) if high < len(times) else np.nan,
        )


class _BetaProduct:
    """The distributions of the lower and the upper limit of a share after each of some events.

    Each is a product of beta distributions, taken to be one with the same mean and variance.
    """

    def __init__(self, at_risk: Integers, ended: Integers, worth: float) -> None:
        left, before = at_risk - ended + 1.0, at_risk + 1.0
        self.at_risk, self.worth = at_risk, worth
        self.mean = np.concatenate([[0.0], np.cumsum(np.log(left / before))])
        # The square of the standard deviation by the mean, in the same form.
        more = np.log1p(1 / left) - np.log1p(1 / before)
        self.more = np.concatenate([[0.0], np.cumsum(more)])

    def high(self, place: int, value: float) -> float:
        """Return the probability that the upper limit after an event is more than a value."""
        a, b = _parameters(self.mean[place + 1], self.more[place + 1])
        return 1 - beta_tail(value, (a - 1) / self.worth + 1, b / self.worth)

    def low(self, place: int, value: float) -> float:
        """Return the probability that the lower limit after an event is at most a value.

        That is the limit just before the next event, as if that were to come at once.
        """
        if place + 1 == len(self.at_risk):
            return 1.0
        at_risk = float(self.at_risk[place + 1])
        mean = self.mean[place + 1] + math.log(at_risk / (at_risk + 1))
        more = self.more[place + 1] + math.log1p(1 / (at_risk * (at_risk + 2)))
        a, b = _parameters(mean, more)
        return beta_tail(value, a / self.worth, (b - 1) / self.worth + 1)


def _parameters(mean: float, more: float) -> tuple[float, float]:
    """Return the parameters of a beta distribution from the logarithm of its mean and variance."""
    share, relative = math.exp(mean), math.expm1(more)
    size = (1 - share) / (share * relative) - 1 if relative else math.inf
    return share * size, (1 - share) * size


class Group(NamedTuple):
    """A group: its key, the rows of its counts, and the curve of these."""

    key: Key
    counts: pd.DataFrame
    curve: Curve


def curves(
    jobs: Any, grouping: Grouping, *, function: str, by_day: bool = False
) -> tuple[Counts, list[Group]]:
    """Return the counts of the jobs by duration, and the groups.

    If jobs are not too many, they are counted by batch too if batches are known, and by day.
    """
    days = (DAY_NUMBER,) if by_day else ()
    counts = count_finely(
        jobs,
        lambda encoded, finely: count_durations(
            encoded, grouping, keys=(*batch_keys(encoded), *days) if finely else ()
        ),
        needed=[*NEEDED, *grouping.needed],
        function=function,
        grain=grouping.grain,
    )
    groups = [Group(key, rows, curve(rows)) for key, rows in split(counts.table, grouping)]
    return counts, groups


def count_durations(
    encoded: EncodedTable, grouping: Grouping, *, keys: tuple[str, ...] = ()
) -> Counts:
    """Count the jobs of each group by ``kind`` and ``time``, in milliseconds.

    The ``attrs`` of the counts have the ``duration_error`` of the table.
    """
    counts = grouping.count(add_kinds(encoded), [*keys, "kind", "time"])
    if encoded.duration_error:  # pandas copies attrs with each operation, which takes time
        counts.table.attrs["duration_error"] = encoded.duration_error
    return counts


def add_kinds(encoded: EncodedTable) -> EncodedTable:
    """Return the table with the ``kind`` of each job and its ``time``, in milliseconds.

    An open job is censored at the time from its creation to the reading, less the grain of the
    table: it has been open for at least that long. An end that was only observed counts as known,
    in the middle of its bounds, if these are a few seconds apart. A limit relative to the duration
    would leave out short jobs, and the others would seem to take longer.
    """
    has_bounds = "within" in encoded.columns

    def is_open(col: Column) -> Any:
        is_dated = (col("created") > MISSING) & (col("read") > MISSING)
        return (col("state") == OPEN) & is_dated

    def is_ended(col: Column) -> Any:
        is_known = col("milliseconds") > MISSING
        return is_known & (col("within") <= CLOSE_SECONDS) if has_bounds else is_known

    def kind(col: Column, where: Where) -> Any:
        no_end = where(col("milliseconds") == BACKWARDS, EARLY, NO_END)
        if has_bounds:
            wide = where(col("within") > CLOSE_SECONDS, OBSERVED, no_end)
            no_end = where(col("within") == BACKWARDS, EARLY, wide)
        unknown = where(col("state") == FINISHED, no_end, UNKNOWN)
        otherwise = where(is_open(col), CENSORED, unknown)
        return where(is_ended(col), ENDED, otherwise)

    def time(col: Column, where: Where) -> Any:
        so_far = (col("read") - col("created")) // _MILLISECONDS - encoded.grain * _MILLISECONDS
        open_for = where(is_open(col) & (so_far > 0), so_far, 0)
        return where(is_ended(col), duration(col, where), open_for)

    def duration(col: Column, where: Where) -> Any:
        if not has_bounds:
            return col("milliseconds")
        width = where(col("within") > 0, col("within") * _MILLISECONDS, 0)
        shorter = where(width < col("milliseconds"), width, col("milliseconds"))
        return col("milliseconds") - shorter // 2

    return encoded.with_columns(kind=kind, time=time)


def curve(counts: pd.DataFrame) -> Curve:
    """Return the curve of one group, from its rows of `count_durations`."""
    return curve_of(*(counts[name].to_numpy() for name in ("kind", "time", "jobs")))


def curve_of(kinds: Any, times: Any, jobs: Any) -> Curve:
    """Return the curve of rows with these kinds, times in milliseconds, and numbers of jobs."""
    known = kinds < UNKNOWN
    distinct, places = np.unique(times[known], return_inverse=True)
    ended, censored = (
        np.bincount(places, jobs[known] * (kinds[known] == kind), len(distinct)).astype("int64")
        for kind in (ENDED, CENSORED)
    )
    removed = np.cumsum(ended + censored)
    return Curve(
        seconds=distinct / _MILLISECONDS,
        at_risk=(removed[-1] if len(removed) else 0) - removed + ended + censored,
        ended=ended,
        censored=censored,
        unknown=int(jobs[~known].sum()),
        no_end=int(jobs[kinds >= NO_END].sum()),
    )
