"""Incidents: spans in which far more jobs than usual failed or took long."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from docgen_nb.charts import canvas
from docgen_nb.charts.groups import Groups, group_table
from docgen_nb.charts.styles import FAILED, UNKNOWN, WITH_ERROR, patch
from docgen_nb.charts.time_axis import format_time_axis, to_days

_COLUMNS = [
    *("kind", "start", "end", "jobs", "affected", "share", "usual_share"),
    *("batches", "largest_batch_share"),
]
_MOST_ROWS = 15
_STYLES = {"failures": FAILED, "waiting": WITH_ERROR}
_VERBS = {"failures": "failed", "waiting": "slow for their template"}
_NAMES = {"failures": "more failures than usual", "waiting": "longer waits than usual"}


def draw_incidents(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the spans in which more jobs than usual failed or waited, over the time of all jobs.

    One row per span, with its share, the usual one, and how many batches the affected jobs are of
    with the share of the largest. At most 15 rows are drawn, or as many as
    fit into `ax`: those with the most affected jobs, as the title says.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.find_incidents`.
    ax : Axes, optional
        The Axes to draw on; by default that of a new figure.

    Returns
    -------
    Axes
        The Axes of the chart.

    Raises
    ------
    MissingColumn
        If `table` lacks a column of that metric.
    """
    table = table.reset_index(drop=True)
    groups = group_table(table, _COLUMNS, function="draw_incidents")
    most = canvas.rows_that_fit(ax, _MOST_ROWS, inches=0.4)
    shown = table.loc[table["affected"].nlargest(most).index.sort_values()]
    shown = shown.sort_values("start", kind="stable")
    notes = canvas.showing(len(shown), len(table), "incidents with the most affected jobs")
    jobs = f" among {canvas.plural(int(table.attrs['jobs']))}" if "jobs" in table.attrs else ""
    title = f"{canvas.plural(len(table), 'incident')}{jobs}{groups.by}"
    height = 2.0 + 0.45 * len(shown)
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty:
        return canvas.annotate_empty(ax, "No incidents.")
    first, last = _limits(shown, table.attrs)
    for place, row in enumerate(shown.itertuples()):
        _draw_span(ax, place, row, first, last)
    ax.set_xlim(first, last)
    format_time_axis(ax, shown["start"].dt.tz, table.attrs)
    _finish(ax, shown, groups)
    return ax


def _limits(table: pd.DataFrame, attrs: Any) -> tuple[float, float]:
    """Return the limits of the time axis: the time of all jobs if known, and of the spans."""
    window = [attrs[name] for name in ("created_from", "created_to") if attrs.get(name)]
    times = [*table["start"], *table["end"], *map(pd.Timestamp, window)]
    days = to_days(pd.Series(times, dtype=object))
    margin = 0.02 * (max(days) - min(days))
    return min(days) - margin, max(days) + margin


def _draw_span(ax: Axes, place: int, row: Any, first: float, last: float) -> None:
    start, end = to_days(pd.Series([row.start, row.end]))
    color, hatch = _STYLES.get(row.kind, UNKNOWN)
    bar: dict[str, Any] = {"y": place + 0.1, "width": end - start, "left": start, "height": 0.4}
    ax.barh(color=color, hatch=hatch, edgecolor="white", **bar)
    ax.barh(color="none", edgecolor=color, **bar)  # keeps a short span visible
    x, side = (start, "left") if start + end < first + last else (end, "right")
    verb = _VERBS.get(row.kind, "affected")
    jobs = f"{int(row.jobs):,}"
    text = f"{row.share:.1%} of {jobs} {verb}, usually {row.usual_share:.1%}{_batches(row)}"
    ax.text(x, place - 0.15, text, ha=side, va="bottom", fontsize=8.5)


def _batches(row: Any) -> str:
    """Return how many batches the affected jobs are of, if that is known."""
    if not row.batches:
        return ""
    if row.batches == 1:
        return "; 1 batch"
    return f"; {row.batches:,} batches, largest {row.largest_batch_share:.0%}"


def _finish(ax: Axes, table: pd.DataFrame, groups: Groups) -> None:
    names = [
        f"{start:%d %b %H:%M}" + (f"\n{group}" if group else "")
        for start, group in zip(table["start"], groups.labels.loc[table.index], strict=True)
    ]
    canvas.name_rows(ax, names)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_ylabel("Start")
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
    kinds = table["kind"].unique()
    handles = [patch(_NAMES.get(kind, kind), *_STYLES.get(kind, UNKNOWN)) for kind in kinds]
    canvas.legend_below(ax, handles, columns=3)
