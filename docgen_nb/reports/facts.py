"""The numbers of a report, all of one period, from one count of its jobs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics import find_incidents, throughput
from docgen_nb.metrics.trend import measure_step
from docgen_nb.reports.history import History
from docgen_nb.reports.periods import Period
from docgen_nb.reports.reasons import Reason, count_reasons
from docgen_nb.reports.sample import Change, Sample, change_of_share, change_of_time, count_history

STUCK = pd.Timedelta(minutes=10)
_LEAST = 10  # finished jobs of an hour that is drawn
_WEEK = 7


@dataclass(frozen=True)
class Version:
    """A version of a template: its jobs in the period and before, and when it was used."""

    template_id: Any
    version_id: Any
    now: Sample
    before: Sample
    ever: Sample
    first_day: str
    last_day: str

    @cached_property
    def failed(self) -> Change:
        """How the share of failures changed."""
        return change_of_share("failed", self.before, self.now)

    @cached_property
    def time(self) -> Change:
        """How the time within which 95% ended changed."""
        return change_of_time(self.before, self.now)


class Facts:
    """The numbers of a report."""

    def __init__(self, history: History, period: Period, compare: Period) -> None:
        self.history, self.period, self.compare = history, period, compare
        self._formers: dict[tuple[Any, Any], Version | None] = {}
        self.end = min(history.read_at, period.end)  # of what is known
        self.is_cut = self.end < period.end
        self.is_unread = self.end <= period.start  # the history ends before the period begins
        self.cut = compare.start + (self.end - period.start) if self.is_cut else compare.end
        self.zone = str(period.start.tz)
        counts = count_history(history.jobs, zone=self.zone, cut=self.cut)
        self.counts = counts
        self.now = Sample(counts[_within(counts, period)])
        self.before = Sample(counts[_within(counts, compare) & (counts["cut"] == 0)])

    @property
    def is_before_history(self) -> bool:
        """Whether the period compared with has no job because the history begins later."""
        first = self.history.first
        return not self.before.jobs and first is not None and first > self.compare.start

    @cached_property
    def columns(self) -> list[Period]:
        """The periods drawn by day, oldest first; the last is that of the report."""
        return shown_periods(self.period)

    @cached_property
    def column_samples(self) -> list[Sample]:
        """The jobs of each of these periods."""
        return [Sample(self.counts[_within(self.counts, one)]) for one in self.columns]

    @cached_property
    def days(self) -> pd.DataFrame:
        """One row per day drawn, as from `trend`, with the day as ``day``."""
        by_day = dict(list(self.counts.groupby("day")))
        none = self.counts.iloc[:0]
        dates = pd.date_range(self.columns[0].start, self.period.last, freq="D")
        rows = []
        for date in dates:
            counts = by_day.get(day_number(date), none)
            rows.append((date, *measure_step(counts), Sample(counts).timed))
        return pd.DataFrame(
            rows,
            columns=[
                *("day", "jobs", "finished", "failed", "completed_with_error"),
                *("failed_share", "failed_low", "failed_high"),
                *("median", "p95", "p95_low", "p95_high", "timed"),
            ],
        )

    @cached_property
    def day_rows(self) -> list[Any]:
        """The rows of `days`, read once: each of three widths of each chart needs them."""
        return list(each(self.days))

    @cached_property
    def day_places(self) -> list[float]:
        """Where each day is drawn, as a share of the width: all columns are equally wide."""
        places, days = [], [row.day for row in self.day_rows]
        for number, period in enumerate(self.columns):
            inside = sum(period.start <= day < period.end for day in days)
            places += [(number + (one + 0.5) / inside) / len(self.columns) for one in range(inside)]
        return places

    @cached_property
    def good(self) -> Change:
        """How the share of documents without errors changed."""
        return change_of_share("completed", self.before, self.now)

    @cached_property
    def failed(self) -> Change:
        """How the share of failures changed."""
        return change_of_share("failed", self.before, self.now)

    @cached_property
    def gaps(self) -> Change:
        """How the share of documents with errors changed."""
        return change_of_share("completed_with_error", self.before, self.now)

    @cached_property
    def time(self) -> Change:
        """How the time within which 95% ended changed."""
        return change_of_time(self.before, self.now)

    @cached_property
    def versions(self) -> list[Version]:
        """The versions used in the period, worst first by the lower limit of their failures."""
        keys = ["template_id", "template_version_id"]
        ever = dict(list(self.counts.groupby(keys, dropna=False, sort=False, observed=True)))
        before = dict(
            list(self.before.counts.groupby(keys, dropna=False, sort=False, observed=True))
        )
        now = list(self.now.counts.groupby(keys, dropna=False, sort=False, observed=True))
        found = [
            self._version(key, rows, before.get(key, rows.iloc[:0]), ever[key]) for key, rows in now
        ]
        return sorted(
            found, key=lambda one: (-_known(one.now.share("failed")[0][1]), -one.now.jobs)
        )

    @staticmethod
    def _version(key: Any, now: Any, before: Any, ever: Any) -> Version:
        first, last = (
            f"{pd.Timestamp(str(day)):%Y-%m-%d}" for day in ever["day"].agg(["min", "max"])
        )
        template, version = key
        samples = Sample(now), Sample(before), Sample(ever)
        return Version(template, version, *samples, first, last)

    @cached_property
    def templates(self) -> list[tuple[Any, Sample]]:
        """The templates used in the period, most jobs first."""
        groups = self.now.counts.groupby("template_id", dropna=False, sort=False, observed=True)
        samples = [(key, Sample(rows)) for key, rows in groups]
        return sorted(samples, key=lambda pair: -pair[1].jobs)

    @cached_property
    def rest(self) -> Sample:
        """The jobs of the period that are not of the worst version."""
        return self.rest_of(self.versions[0])

    def rest_of(self, version: Version) -> Sample:
        """Return the jobs of the period that are not of this version."""
        counts = self.now.counts
        is_same = counts["template_id"] == version.template_id
        return self.now.where(~(is_same & (counts["template_version_id"] == version.version_id)))

    def former(self, version: Version) -> Version | None:
        """Return the version of the same template that was used last before this one."""
        key = (version.template_id, version.version_id)
        if key not in self._formers:
            self._formers[key] = self._former(version)
        return self._formers[key]

    def _former(self, version: Version) -> Version | None:
        of_template = self.counts[self.counts["template_id"] == version.template_id]
        others = of_template[of_template["template_version_id"] != version.version_id]
        first = day_number(pd.Timestamp(version.first_day))
        earlier = others[others["day"] <= first]
        if earlier.empty:
            return None
        last = earlier.loc[earlier["day"].idxmax(), "template_version_id"]
        rows = others[others["template_version_id"] == last]
        return self._version((version.template_id, last), rows.iloc[:0], rows.iloc[:0], rows)

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """The jobs of the period."""
        created = self.history.jobs["created_at"]
        return self.history.jobs[(created >= self.period.start) & (created < self.period.end)]

    @cached_property
    def two_periods(self) -> pd.DataFrame:
        """The jobs of the period and of the one just before it."""
        created = self.history.jobs["created_at"]
        start = self.period.before().start
        return self.history.jobs[(created >= start) & (created < self.period.end)]

    @cached_property
    def incidents(self) -> pd.DataFrame:
        """The spans with far more failures or slow jobs than usual, in both periods."""
        return find_incidents(self.two_periods, time_zone=self.zone)

    @cached_property
    def hours(self) -> pd.DataFrame:
        """The finished jobs of each hour of both periods, and how many of them failed."""
        jobs = self.two_periods[["created_at", "status"]]
        jobs = jobs[jobs["status"].isin(wire.FINISHED)]
        hour = jobs["created_at"].dt.floor("h").dt.tz_convert(self.zone)
        by_hour = (jobs["status"] == "failed").groupby(hour).agg(["size", "sum"])
        by_hour.columns = ["finished", "failed"]
        by_hour = by_hour.rename_axis("hour").reset_index()
        return by_hour.assign(share=by_hour["failed"] / by_hour["finished"])

    @cached_property
    def minutes(self) -> pd.DataFrame:
        """The minutes of the period: jobs created and finished in it, and open at its end."""
        jobs = self.jobs
        if "finished_at" not in jobs:
            jobs = jobs.assign(finished_at=pd.Series(pd.NaT, jobs.index, self._time_dtype))
        return throughput(jobs, every="1min", time_zone=self.zone)

    @property
    def _time_dtype(self) -> Any:
        return pd.DatetimeTZDtype("us", "UTC")

    @cached_property
    def open_jobs(self) -> pd.DataFrame:
        """The open jobs of the period, longest open first, with how long they have been open."""
        jobs = self.jobs
        status = jobs["status"].fillna("")
        rows = jobs[~status.isin([*wire.FINISHED, "gone"])].sort_values("created_at")
        return rows.assign(open_for=self.history.read_at - rows["created_at"])

    @cached_property
    def stuck(self) -> pd.DataFrame:
        """The jobs that have been open for longer than ten minutes."""
        return self.open_jobs[self.open_jobs["open_for"] > STUCK]

    @cached_property
    def reasons(self) -> list[Reason]:
        """The kinds of errors of the period's jobs, those of most documents first."""
        messages = self.history.messages
        if messages is None:
            return []
        return count_reasons(messages, self.period, self.compare, cut=self.cut)


def each(table: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table; a type checker does not know their attributes."""
    yield from table.itertuples()


def shown_periods(period: Period) -> list[Period]:
    """Return the periods that are drawn by day: four weeks, seven days, or two longer periods."""
    number = 7 if period.days == 1 else 4 if period.days <= _WEEK else 2
    return [period.before(times) for times in range(number - 1, 0, -1)] + [period]


def busy_hours(hours: pd.DataFrame, *, least: int = _LEAST) -> pd.DataFrame:
    """Return the hours of so many finished jobs that a share says something."""
    return hours[hours["finished"] >= least]


def standardized(now: Sequence[tuple[Any, Sample]], before: Sample) -> float:
    """Return the share that would have failed with the templates in the former proportions."""
    weights = before.counts.groupby("template_id", observed=True)["jobs"].sum()
    pairs = [(weights.get(key, 0), sample.share("failed")[0][0]) for key, sample in now]
    known = [(weight, share) for weight, share in pairs if weight and share == share]
    total = sum(weight for weight, _ in known)
    return sum(weight * share for weight, share in known) / total if total else float("nan")


def day_number(day: pd.Timestamp) -> int:
    """Return the number of a day in the counts, such as 20251027."""
    return day.year * 10_000 + day.month * 100 + day.day


def _within(counts: pd.DataFrame, period: Period) -> "pd.Series[bool]":
    first, last = day_number(period.start), day_number(period.last)
    return (counts["day"] >= first) & (counts["day"] <= last)


def _known(number: float) -> float:
    return number if number == number else -1.0
