"""Incidents: spans in which far more jobs than usual failed or took long, on their curve."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_boxes
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import group_table
from docgen_nb.charts.canvas.time_axis import format_time_axis, long_day, to_days
from docgen_nb.errors import MissingColumn
from docgen_nb.wording import NB, percent, plural

_COLUMNS = [
    *("kind", "start", "end", "jobs", "affected", "share", "usual_share"),
    *("batches", "largest_batch_share"),
]
_TREND = ["step_start", "step_end", "finished", "failed_share"]
_MOST_LABELS = 4
_LEAST = 10  # finished jobs of a step of the curve
_VERBS = {"failures": "failed", "waiting": "slow for their template"}
_ROOM = 0.44  # of the width, which a label needs beside its span
_AROUND = pd.Timedelta("1D")


def draw_incidents(
    table: pd.DataFrame,
    *,
    trend: pd.DataFrame | None = None,
    ax: Axes | None = None,
    style: str | None = None,
) -> Axes:
    """Draw the spans in which more jobs than usual failed or waited, marked on the failed share.

    Each span is marked in amber over its time, with a line at its share and what is usual. With
    `trend`, the curve of the failed share is drawn from the day before the first span to the day
    after the last; steps of under 10 finished jobs are left out of it. The four spans with the
    most affected jobs are labelled.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.find_incidents`.
    trend : DataFrame, optional
        As from ``metrics.trend(jobs, every="1h")``.
    ax : Axes, optional
        The Axes to draw on; by default that of a new figure.
    style : str, optional
        ``"light"`` or ``"dark"``; by default what fits matplotlib's own background.

    Returns
    -------
    Axes
        The Axes of the chart.

    Raises
    ------
    MissingColumn
        If a table lacks a column of its metric.
    ValueError
        If `style` is another.

    Examples
    --------
    >>> from docgen_nb import find_incidents
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"],
    ...     "template_id": ["11", "11"],
    ...     "status": ["completed", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2),
    ...     "finished_at": pd.to_datetime(["2026-03-02T09:00:04Z", None]),
    ...     "duration_seconds": [4.0, None],
    ...     "finished_source": ["output_file", None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 2),
    ... })
    >>> ax = draw_incidents(find_incidents(jobs))
    >>> ax.get_title(loc="left")
    'No incident'
    """
    table = table.reset_index(drop=True)
    groups = group_table(table, _COLUMNS, function="draw_incidents")
    if trend is not None:
        MissingColumn.check(trend.columns, needed=_TREND, function="draw_incidents")
    jobs = jobs_text(int(table.attrs["jobs"])) if "jobs" in table.attrs else ""
    largest = sorted(table["affected"].nlargest(_MOST_LABELS).index)
    shown = table.loc[largest].sort_values("start", kind="stable")
    notes = (
        [f"{len(table) - len(shown):,} smaller spans have no label"]
        if len(shown) < len(table)
        else []
    )
    notes += ["Dashes: usual"] if len(table) else []
    notes += ["Curve: failed share of each step"] if trend is not None and len(table) else []
    canvas = frame.start(
        ax,
        title=f"{_title(table)}{groups.by if len(table) else ''}",
        attrs=table.attrs,
        style=style,
        jobs=jobs,
        notes=notes,
    )
    if table.empty:
        return canvas.empty("No incidents.")
    first, last = _limits(table, trend)
    top = _top(table, trend)
    canvas.ax.set_xlim(first, last)
    canvas.ax.set_ylim(0, top)
    if trend is not None:
        _draw_curve(canvas, trend, first, last)
    for row in table.itertuples():
        _draw_span(canvas, row)
    labels = groups.labels[shown.index]
    for place, (row, group) in enumerate(zip(shown.itertuples(), labels, strict=True)):
        _label(canvas, place, row, group)
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:g}{NB}%"))
    canvas.grid("y")
    format_time_axis(canvas, table["start"].dt.tz, table.attrs)
    canvas.measure("Failed or slow jobs, share")
    return canvas.say("Curve: incidents", [_text(row) for row in shown.head(5).itertuples()])


def _title(table: pd.DataFrame) -> str:
    if table.empty:
        return "No incident"
    failures = table[table["kind"] == "failures"]
    among = failures if len(failures) else table
    worst = among.iloc[int(among["affected"].to_numpy().argmax())]
    verb = _VERBS.get(worst["kind"], "affected").replace("slow", "were slow")
    start, end = worst["start"], worst["end"]
    number = f"{int(worst['affected']):,} of {int(worst['jobs']):,} jobs {verb}"
    if len(among) > 1:
        return f"{plural(len(table), 'incident')}, the worst on {long_day(start)}: {number}"
    if start == start.normalize() and end == start + _AROUND:
        return f"{number} on {long_day(start)}"
    until = f"{end:%H:%M}" if end - start <= _AROUND else f"{long_day(end)}, {end:%H:%M}"
    return f"{number} on {long_day(start)}, {start:%H:%M} to {until}"


def _limits(table: pd.DataFrame, trend: pd.DataFrame | None) -> tuple[float, float]:
    """Return the limits of the time axis: a day around the spans, or the time of all jobs."""
    start, end = table["start"].min(), table["end"].max()
    window = [table.attrs[name] for name in ("created_from", "created_to") if table.attrs.get(name)]
    times = [pd.Timestamp(time) for time in window]
    if trend is not None and len(trend):
        first, last = trend["step_start"].iloc[0], trend["step_end"].iloc[-1]
        times = [max(first, start - _AROUND), min(last, end + _AROUND)]
    days = to_days(pd.Series([start, end, *times], dtype=object))
    margin = 0.02 * (max(days) - min(days))
    return min(days) - margin, max(days) + margin


def _top(table: pd.DataFrame, trend: pd.DataFrame | None) -> float:
    shares = [float(table["share"].max())]
    if trend is not None:
        many = trend[trend["finished"] >= _LEAST]
        shares.append(float(many["failed_share"].max()) if len(many) else 0.0)
    return min(max(shares) * 1.25, 1.06)


def _draw_curve(canvas: Canvas, trend: pd.DataFrame, first: float, last: float) -> None:
    """Draw the failed share, broken where steps have few jobs."""
    middles = (to_days(trend["step_start"]) + to_days(trend["step_end"])) / 2
    inside = (middles >= first) & (middles <= last)
    shares = trend["failed_share"].where(trend["finished"] >= _LEAST)[inside]
    style: dict[str, Any] = {"color": canvas.theme.failed, "markersize": 2.5}
    canvas.ax.plot(middles[inside], shares, "-o", linewidth=1.8, zorder=3, **style)


def _draw_span(canvas: Canvas, row: Any) -> None:
    theme = canvas.theme
    start, end = to_days(pd.Series([row.start, row.end]))
    least = 0.004 * (canvas.ax.get_xlim()[1] - canvas.ax.get_xlim()[0])
    end = max(end, start + least)  # keeps a short span visible
    side = canvas.ax.get_xaxis_transform()
    draw_boxes(canvas.ax, start, end, 0.0, 1.0, color=theme.errors, alpha=0.25, transform=side)
    color = theme.failed if row.kind == "failures" else theme.errors_text
    canvas.ax.plot([start, end], [row.share] * 2, color=color, linewidth=2.6, zorder=4)
    dashes: dict[str, Any] = {"color": theme.second, "linewidth": 1.2, "dashes": (4, 3)}
    canvas.ax.plot([start, end], [row.usual_share] * 2, **dashes)


def _label(canvas: Canvas, place: int, row: Any, group: str) -> None:
    """Write beside a span what happened, on its own height and on the side that has room."""
    first, last = canvas.ax.get_xlim()
    start, end = to_days(pd.Series([row.start, row.end]))
    room = max(start - first, last - end) / (last - first)
    is_left = room < _ROOM or start + end < first + last
    color = canvas.theme.failed_text if row.kind == "failures" else canvas.theme.errors_text
    style: dict[str, Any] = {"ha": "left" if is_left else "right", "va": "top"}
    side = canvas.ax.get_xaxis_transform()
    happened, usual = _text(row).split(", usually")
    lines = filter(None, [group, happened, f"usually{usual}"])
    text = "\n".join(f"  {line}" if is_left else f"{line}  " for line in lines)
    at, y = first if room < _ROOM else end if is_left else start, 0.98 - 0.24 * place
    canvas.text(at, y, text, color=color, size=9, transform=side, **style)


def _text(row: Any) -> str:
    """Return the share of a span and what is usual, and how many batches it is of."""
    share = percent(row.share, of=int(row.jobs))
    usual = percent(row.usual_share, of=1000)
    verb = _VERBS.get(row.kind, "affected")
    return f"{share} of {int(row.jobs):,} {verb}, usually {usual}{_batches(row)}"


def _batches(row: Any) -> str:
    if not row.batches:
        return ""
    if row.batches == 1:
        return "; 1 batch"
    return f"; {row.batches:,} batches, largest {percent(row.largest_batch_share, of=100)}"
