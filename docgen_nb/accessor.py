"""``df.docgen``: the metrics and charts of a table of jobs, one dot away.

Importing this module registers the accessor with pandas. The package does so as soon as one of
its public names has loaded pandas. Metrics and charts are loaded when they are first asked for.
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

By = str | Sequence[str] | None
Zone = str | tzinfo
Every = str | pd.Timedelta | pd.DateOffset


@pd.api.extensions.register_dataframe_accessor("docgen")
class Analysis:
    """The metrics of a table of jobs as methods of the table.

    Each does what the function of its name does, and takes the same arguments; one that begins
    with ``draw_`` draws what the metric gives. Of a table of messages, as from
    `failures_frame`, `failure_reasons` is the one to ask for.

    Raises
    ------
    MissingColumn
        If the table lacks a column that the metric needs; it is named.

    Examples
    --------
    >>> import docgen_nb as dg
    >>> entries = [{"id": "7", "status": "completed"}, {"id": "8", "status": "failed"}]
    >>> jobs = dg.frames.jobs_frame(entries)
    >>> jobs.docgen.outcomes()["jobs"].tolist()
    [0, 0, 1, 0, 1]
    >>> jobs.docgen.draw_outcomes().get_title(loc="left")
    'Outcomes of 2 jobs'
    """

    def __init__(self, jobs: pd.DataFrame) -> None:
        self._jobs = jobs

    def outcomes(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """How many jobs have each status, and what share that is."""
        return _metric("outcomes")(self._jobs, by=by, time_zone=time_zone)

    def throughput(
        self, *, every: Every = "1min", time_zone: Zone = "UTC", by: By = None
    ) -> pd.DataFrame:
        """How many jobs were created, finished and open in each step of time."""
        return _metric("throughput")(self._jobs, every=every, time_zone=time_zone, by=by)

    def durations(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """How long each job took, or has been open so far."""
        return _metric("durations")(self._jobs, by=by, time_zone=time_zone)

    def duration_quantiles(
        self,
        *,
        quantiles: Sequence[float] = (0.5, 0.95, 0.99),
        by: By = None,
        time_zone: Zone = "UTC",
    ) -> pd.DataFrame:
        """The times within which given shares of jobs ended."""
        find = _metric("duration_quantiles")
        return find(self._jobs, quantiles=quantiles, by=by, time_zone=time_zone)

    def kaplan_meier(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """The share of jobs that were not over after each length of time."""
        return _metric("kaplan_meier")(self._jobs, by=by, time_zone=time_zone)

    def failure_reasons(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """What the messages of jobs say; of a table of messages."""
        return _metric("failure_reasons")(self._jobs, by=by, time_zone=time_zone)

    def slow_hours(
        self, *, quantile: float = 0.95, time_zone: Zone = "UTC", by: By = None
    ) -> pd.DataFrame:
        """The time within which a share of jobs ended, for each hour of the week."""
        return _metric("slow_hours")(self._jobs, quantile=quantile, time_zone=time_zone, by=by)

    def compare_jobs(self, after: Any, *, time_zone: Zone = "UTC", by: By = None) -> pd.DataFrame:
        """What changed from these jobs to those `after`."""
        return _metric("compare_jobs")(self._jobs, after, time_zone=time_zone, by=by)

    def find_incidents(
        self, *, every: Every = "1h", time_zone: Zone = "UTC", by: By = None
    ) -> pd.DataFrame:
        """The spans of time in which far more jobs failed, or took long, than usual."""
        return _metric("find_incidents")(self._jobs, every=every, time_zone=time_zone, by=by)

    def draw_outcomes(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: "Axes | None" = None
    ) -> "Axes":
        """Draw the share of each status."""
        return _chart("draw_outcomes")(self.outcomes(by=by, time_zone=time_zone), ax=ax)

    def draw_throughput(
        self,
        *,
        every: Every = "1min",
        time_zone: Zone = "UTC",
        by: By = None,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """Draw how many jobs were created, finished and open in each step."""
        table = self.throughput(every=every, time_zone=time_zone, by=by)
        return _chart("draw_throughput")(table, ax=ax)

    def draw_backlog(
        self,
        *,
        every: Every = "1min",
        time_zone: Zone = "UTC",
        by: By = None,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """Draw how many jobs were open at the end of each step."""
        table = self.throughput(every=every, time_zone=time_zone, by=by)
        return _chart("draw_backlog")(table, ax=ax)

    def draw_durations(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: "Axes | None" = None
    ) -> "Axes":
        """Draw which share of the ended jobs took how long at most."""
        return _chart("draw_durations")(self.durations(by=by, time_zone=time_zone), ax=ax)

    def draw_duration_quantiles(
        self,
        *,
        quantiles: Sequence[float] = (0.5, 0.95, 0.99),
        by: By = None,
        time_zone: Zone = "UTC",
        ax: "Axes | None" = None,
    ) -> "Axes":
        """Draw the times within which given shares of jobs ended."""
        table = self.duration_quantiles(quantiles=quantiles, by=by, time_zone=time_zone)
        return _chart("draw_duration_quantiles")(table, ax=ax)

    def draw_kaplan_meier(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: "Axes | None" = None
    ) -> "Axes":
        """Draw which share of the jobs was not over after each length of time."""
        return _chart("draw_kaplan_meier")(self.kaplan_meier(by=by, time_zone=time_zone), ax=ax)

    def draw_failure_reasons(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: "Axes | None" = None
    ) -> "Axes":
        """Draw how many jobs have each kind of message; of a table of messages."""
        table = self.failure_reasons(by=by, time_zone=time_zone)
        return _chart("draw_failure_reasons")(table, ax=ax)

    def draw_failure_heatmap(self, *, time_zone: Zone = "UTC", ax: "Axes | None" = None) -> "Axes":
        """Draw which share of the jobs of each hour of the week failed."""
        table = self.outcomes(by=["weekday", "hour"], time_zone=time_zone)
        return _chart("draw_failure_heatmap")(table, ax=ax)

    def draw_slow_hours(
        self, *, quantile: float = 0.95, time_zone: Zone = "UTC", ax: "Axes | None" = None
    ) -> "Axes":
        """Draw how long jobs take in each hour of the week."""
        table = self.slow_hours(quantile=quantile, time_zone=time_zone)
        return _chart("draw_slow_hours")(table, ax=ax)

    def draw_comparison(
        self, after: Any, *, time_zone: Zone = "UTC", by: By = None, ax: "Axes | None" = None
    ) -> "Axes":
        """Draw what changed from these jobs to those `after`."""
        return _chart("draw_comparison")(
            self.compare_jobs(after, time_zone=time_zone, by=by), ax=ax
        )

    def draw_incidents(
        self,
        *,
        every: Every = "1h",
        time_zone: Zone = "UTC",
        by: By = None,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """Draw the spans of time in which far more jobs failed, or took long, than usual."""
        table = self.find_incidents(every=every, time_zone=time_zone, by=by)
        return _chart("draw_incidents")(table, ax=ax)

    def draw_timeline(self, *, ax: "Axes | None" = None) -> "Axes":
        """Draw each job as a bar from its creation to its end."""
        return _chart("draw_timeline")(self._jobs, ax=ax)


def _metric(name: str) -> Callable[..., pd.DataFrame]:
    from docgen_nb import metrics

    found: Callable[..., pd.DataFrame] = getattr(metrics, name)
    return found


def _chart(name: str) -> "Callable[..., Axes]":
    from docgen_nb import charts

    found: Callable[..., Axes] = getattr(charts, name)
    return found
