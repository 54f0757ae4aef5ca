"""``df.docgen``: the metrics and charts as methods of a table of jobs.

Importing this module registers the accessor with pandas. The package imports it as soon as
one of its public names loads pandas. Metrics and charts are imported when first used.
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from docgen_nb.frames.files import write_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

By = str | Sequence[str] | None
Zone = str | tzinfo
Every = str | pd.Timedelta | pd.DateOffset
Ax: TypeAlias = "Axes | None"
Style = str | None
QUANTILES = (0.5, 0.95, 0.99)


@pd.api.extensions.register_dataframe_accessor("docgen")
class Analysis:
    r"""The metrics and charts of a table of jobs, as methods of the table.

    Each method takes the same arguments as the function of its name; a ``draw_`` method draws the
    result of the metric. `failure_reasons` and `draw_failure_reasons` are for a table of messages,
    as from `failures_frame`.

    Raises
    ------
    MissingColumn
        If the table lacks a column that the metric needs; the error names it.

    Examples
    --------
    >>> from docgen_nb.frames import jobs_frame
    >>> jobs = jobs_frame([{"id": "7", "status": "completed"}, {"id": "8", "status": "failed"}])
    >>> jobs.docgen.outcomes()["jobs"].tolist()
    [0, 0, 1, 0, 1]
    >>> jobs.docgen.draw_outcomes().get_title(loc="left")
    '50\xa0% of 2 jobs completed without errors'
    """

    def __init__(self, jobs: pd.DataFrame) -> None:
        self._jobs = jobs

    def outcomes(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """Return how many jobs have each status, and what share that is."""
        return _metric("outcomes")(self._jobs, by=by, time_zone=time_zone)

    def throughput(
        self, *, every: Every = "1min", time_zone: Zone = "UTC", by: By = None
    ) -> pd.DataFrame:
        """Return how many jobs were created, finished and open in each time step."""
        return _metric("throughput")(self._jobs, every=every, time_zone=time_zone, by=by)

    def durations(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """Return how long each job took, or has been open so far."""
        return _metric("durations")(self._jobs, by=by, time_zone=time_zone)

    def duration_quantiles(
        self, *, quantiles: Sequence[float] = QUANTILES, by: By = None, time_zone: Zone = "UTC"
    ) -> pd.DataFrame:
        """Return the times within which given shares of jobs ended."""
        metric = _metric("duration_quantiles")
        return metric(self._jobs, quantiles=quantiles, by=by, time_zone=time_zone)

    def kaplan_meier(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """Return the share of jobs that had not ended after each duration."""
        return _metric("kaplan_meier")(self._jobs, by=by, time_zone=time_zone)

    def failure_reasons(self, *, by: By = None, time_zone: Zone = "UTC") -> pd.DataFrame:
        """Return the kinds of messages in a table of messages."""
        return _metric("failure_reasons")(self._jobs, by=by, time_zone=time_zone)

    def slow_hours(
        self, *, quantile: float = 0.95, time_zone: Zone = "UTC", by: By = None
    ) -> pd.DataFrame:
        """Return the time within which a share of jobs ended, for each hour of the week."""
        return _metric("slow_hours")(self._jobs, quantile=quantile, time_zone=time_zone, by=by)

    def compare_jobs(self, after: Any, *, time_zone: Zone = "UTC", by: By = None) -> pd.DataFrame:
        """Return what changed from these jobs to the jobs `after`."""
        return _metric("compare_jobs")(self._jobs, after, time_zone=time_zone, by=by)

    def find_incidents(
        self,
        *,
        every: Every = "1h",
        time_zone: Zone = "UTC",
        by: By = None,
        history: Any = None,
    ) -> pd.DataFrame:
        """Return the spans of time in which far more jobs than usual failed or took long."""
        options = {"every": every, "time_zone": time_zone, "by": by, "history": history}
        return _metric("find_incidents")(self._jobs, **options)

    def trend(self, *, every: Every = "1D", time_zone: Zone = "UTC", by: By = None) -> pd.DataFrame:
        """Return how many jobs there were, how many failed and how long they took, over time."""
        return _metric("trend")(self._jobs, every=every, time_zone=time_zone, by=by)

    def draw_outcomes(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: Ax = None, style: Style = None
    ) -> "Axes":
        """Draw the share of each status."""
        return _draw("outcomes", self.outcomes(by=by, time_zone=time_zone), ax, style)

    def draw_throughput(
        self,
        *,
        every: Every = "1min",
        time_zone: Zone = "UTC",
        by: By = None,
        ax: Ax = None,
        style: Style = None,
    ) -> "Axes":
        """Draw how many jobs were created, finished and open in each time step."""
        return _draw(
            "throughput", self.throughput(every=every, time_zone=time_zone, by=by), ax, style
        )

    def draw_backlog(
        self,
        *,
        every: Every = "1min",
        time_zone: Zone = "UTC",
        by: By = None,
        ax: Ax = None,
        style: Style = None,
    ) -> "Axes":
        """Draw how many jobs were open at the end of each step."""
        return _draw("backlog", self.throughput(every=every, time_zone=time_zone, by=by), ax, style)

    def draw_durations(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: Ax = None, style: Style = None
    ) -> "Axes":
        """Draw the share of ended jobs that took at most each time."""
        return _draw("durations", self.durations(by=by, time_zone=time_zone), ax, style)

    def draw_duration_quantiles(
        self,
        *,
        quantiles: Sequence[float] = QUANTILES,
        by: By = None,
        time_zone: Zone = "UTC",
        ax: Ax = None,
        style: Style = None,
    ) -> "Axes":
        """Draw the times within which given shares of jobs ended."""
        table = self.duration_quantiles(quantiles=quantiles, by=by, time_zone=time_zone)
        return _draw("duration_quantiles", table, ax, style)

    def draw_kaplan_meier(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: Ax = None, style: Style = None
    ) -> "Axes":
        """Draw the share of jobs that had not finished after each duration."""
        return _draw("kaplan_meier", self.kaplan_meier(by=by, time_zone=time_zone), ax, style)

    def draw_failure_reasons(
        self, *, by: By = None, time_zone: Zone = "UTC", ax: Ax = None, style: Style = None
    ) -> "Axes":
        """Draw how many jobs have each kind of message, for a table of messages."""
        return _draw("failure_reasons", self.failure_reasons(by=by, time_zone=time_zone), ax, style)

    def draw_failure_heatmap(
        self, *, time_zone: Zone = "UTC", ax: Ax = None, style: Style = None
    ) -> "Axes":
        """Draw the share of jobs that failed in each hour of the week."""
        table = self.outcomes(by=["weekday", "hour"], time_zone=time_zone)
        return _draw("failure_heatmap", table, ax, style)

    def draw_slow_hours(
        self, *, quantile: float = 0.95, time_zone: Zone = "UTC", ax: Ax = None, style: Style = None
    ) -> "Axes":
        """Draw how long jobs take in each hour of the week."""
        return _draw(
            "slow_hours", self.slow_hours(quantile=quantile, time_zone=time_zone), ax, style
        )

    def draw_comparison(
        self,
        after: Any,
        *,
        time_zone: Zone = "UTC",
        by: By = None,
        ax: Ax = None,
        style: Style = None,
    ) -> "Axes":
        """Draw what changed from these jobs to the jobs `after`."""
        return _draw("comparison", self.compare_jobs(after, time_zone=time_zone, by=by), ax, style)

    def draw_incidents(
        self,
        *,
        every: Every = "1h",
        time_zone: Zone = "UTC",
        by: By = None,
        history: Any = None,
        ax: Ax = None,
        style: Style = None,
    ) -> "Axes":
        """Draw the spans of time in which far more jobs than usual failed or took long."""
        options = {"every": every, "time_zone": time_zone, "by": by, "history": history}
        trend = None if by else self.trend(every=every, time_zone=time_zone)
        return _draw("incidents", self.find_incidents(**options), ax, style, trend=trend)

    def draw_trend(
        self,
        *,
        every: Every = "1D",
        time_zone: Zone = "UTC",
        measure: str = "failed_share",
        ax: Ax = None,
        style: Style = None,
    ) -> "Axes":
        """Draw volume, failed share or waiting time, step by step."""
        table = self.trend(every=every, time_zone=time_zone)
        return _draw("trend", table, ax, style, measure=measure)

    def to_excel(self, path: str | Path) -> Path:
        """Write the table to an XLSX file, with times in UTC: `frames.write_table`."""
        return write_table(self._jobs, Path(path).with_suffix(".xlsx"))

    def draw_timeline(self, *, ax: Ax = None, style: Style = None) -> "Axes":
        """Draw each job as a bar from creation to end."""
        return _draw("timeline", self._jobs, ax, style)


def _metric(name: str) -> Callable[..., pd.DataFrame]:
    metric: Callable[..., pd.DataFrame] = getattr(import_module("docgen_nb.metrics"), name)
    return metric


def _draw(name: str, table: pd.DataFrame, ax: Ax, style: Style, **more: Any) -> "Axes":
    draw = getattr(import_module("docgen_nb.charts"), f"draw_{name}")
    axes: Axes = draw(table, ax=ax, style=style, **more)
    return axes
