"""Trends: volume, failed share and waiting time, step by step."""

from math import isnan
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_boxes
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.seconds import YARDSTICK
from docgen_nb.charts.canvas.time_axis import (
    bar_spans,
    edges_of,
    format_time_axis,
    running_note,
    shade_running,
    step_words,
    to_days,
)
from docgen_nb.errors import MissingColumn
from docgen_nb.wording import FEW, NB, percent, seconds

MEASURES = ("failed_share", "p95_seconds", "jobs")
_COLUMNS = [
    *("step_start", "step_end", "jobs", "finished", "failed"),
    *("failed_share", "failed_share_low", "failed_share_high"),
    *("median_seconds", "p95_seconds", "p95_seconds_low", "p95_seconds_high", "running"),
]
_PALE = 0.35
_REACH = 1.6  # times the highest value: how far an axis follows an interval


def draw_trend(
    table: pd.DataFrame,
    *,
    measure: str = "failed_share",
    ax: Axes | None = None,
    style: str | None = None,
) -> Axes:
    """Draw a measure of each step of time, with its 95% interval.

    Steps of under 200 finished jobs are pale, and the step in progress at the reading is outlined.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.trend`, without ``by=``.
    measure : str
        ``"failed_share"``, ``"p95_seconds"`` (with the median and Box's yardstick of 15 s) or
        ``"jobs"``.
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
        If `table` lacks a column of that metric.
    ValueError
        If `measure` or `style` is another, or if the table has groups.

    Examples
    --------
    >>> from docgen_nb import trend
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"],
    ...     "status": ["completed", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2),
    ...     "finished_at": pd.to_datetime(["2026-03-02T09:00:04Z", None]),
    ...     "duration_seconds": [4.0, None],
    ...     "finished_source": ["output_file", None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 2),
    ... })
    >>> ax = draw_trend(trend(jobs, every="1D"))
    >>> ax.get_title(loc="left")
    '50\xa0% of 2 finished jobs failed'
    """
    MissingColumn.check(table.columns, needed=_COLUMNS, function="draw_trend")
    if measure not in MEASURES:
        raise ValueError(f"measure={measure!r} is not one of {', '.join(MEASURES)}.")
    if table.columns[0] != _COLUMNS[0]:
        raise ValueError(f"draw_trend draws one group: choose one {table.columns[0]}.")
    is_empty = table.empty or bool(table[measure].isna().all())
    total, step = int(table["jobs"].sum()), step_words(table.attrs.get("every", "step"))
    canvas = frame.start(
        ax,
        title="No job has ended" if is_empty else _title(table, measure, step),
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(total),
        notes=[] if is_empty else _notes(table, measure),
    )
    if is_empty:
        return canvas.empty("No chart: no job of this period has ended.")
    edges = edges_of(table)
    canvas.ax.set_xlim(edges[0], edges[-1])
    draw = {"jobs": _draw_jobs, "failed_share": _draw_failed, "p95_seconds": _draw_seconds}[measure]
    draw(canvas, table, step)
    canvas.grid("y")
    shade_running(canvas, table)
    format_time_axis(canvas, table["step_start"].dt.tz, table.attrs, edges=edges)
    forms = {"jobs": "{:,.0f}".format, "p95_seconds": seconds, "failed_share": _share}
    known = table[measure].dropna()
    ends = [f"first {forms[measure](known.iloc[0])}", f"last {forms[measure](known.iloc[-1])}"]
    return canvas.say(
        f"{'Columns' if measure == 'jobs' else 'Dots'}: {measure.replace('_', ' ')} {step}", ends
    )


def _share(value: float) -> str:
    return percent(value, of=FEW)


def _title(table: pd.DataFrame, measure: str, step: str) -> str:
    low, high = table[measure].min(), table[measure].max()
    if measure == "jobs":
        total = jobs_text(int(table["jobs"].sum()))
        return f"{total}, {low:,} to {high:,} {step}" if len(table) > 1 else total
    if measure == "failed_share":
        failed, finished = int(table["failed"].sum()), int(table["finished"].sum())
        share = percent(failed / finished, of=finished) if failed else "None"
        return f"{share} of {finished:,} finished jobs failed"
    spread = seconds(low) if low == high else f"{seconds(low)} to {seconds(high)}"
    return f"95{NB}% were ready within {spread}; Box's yardstick is 15{NB}s"


def _notes(table: pd.DataFrame, measure: str) -> list[str]:
    if measure == "jobs":
        return running_note(table)
    few = f"Pale: under {FEW} finished jobs"
    pale = [few] if (table["finished"][table["finished"] > 0] < FEW).any() else []
    return [frame.interval_note(table.attrs), *pale, *running_note(table)]


def _draw_jobs(canvas: Canvas, table: pd.DataFrame, step: str) -> None:
    spans, color = bar_spans(edges_of(table)), canvas.theme.subject
    draw_boxes(canvas.ax, *spans, 0.0, table["jobs"].to_numpy(), color=color)
    canvas.ax.set_ylim(0, max(1, table["jobs"].max()) * 1.1)
    canvas.ax.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 2.5, 5, 10]))
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda jobs, _: f"{jobs:,.0f}"))
    canvas.measure(f"Jobs created {step}")


def _draw_failed(canvas: Canvas, table: pd.DataFrame, step: str) -> None:
    _draw_points(canvas, table, "failed_share", canvas.theme.failed)
    canvas.ax.set_ylim(0, min(_top(table, "failed_share", 0.01), 1.05))
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:g}{NB}%"))
    canvas.measure(f"Failed, share of finished jobs {step}")


def _draw_seconds(canvas: Canvas, table: pd.DataFrame, step: str) -> None:
    theme = canvas.theme
    quiet: dict[str, Any] = {"color": theme.before, "markersize": 4}
    canvas.ax.plot(_middles(table), table["median_seconds"], "o", **quiet)
    _draw_points(canvas, table, "p95_seconds", theme.subject)
    canvas.ax.set_ylim(0, _top(table, "p95_seconds", YARDSTICK))
    canvas.ax.axhline(YARDSTICK, color=theme.second, linewidth=1.2, dashes=(4, 3))
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time:g}{NB}s"))
    last = table[table["p95_seconds"].notna()].iloc[-1]
    canvas.beside_all(
        [
            (YARDSTICK, "Box's yardstick", theme.second),
            (float(last["p95_seconds"]), f"95{NB}% within", theme.subject),
            (float(last["median_seconds"]), "half within", theme.caption),
        ]
    )
    canvas.measure(f"Time from request to document {step}")


def _top(table: pd.DataFrame, measure: str, least: float) -> float:
    """Return the top of the axis: a wide interval of a few jobs may reach beyond it."""
    many = table[table["finished"] >= FEW]
    shown = many if len(many) else table
    high, highest = float(shown[f"{measure}_high"].max()), float(table[measure].max())
    reach = highest if isnan(high) else min(high, _REACH * highest)
    return max(reach, highest, least) * 1.1


def _draw_points(canvas: Canvas, table: pd.DataFrame, measure: str, color: str) -> None:
    """Draw each value with its interval, those of few jobs pale."""
    x, is_pale = _middles(table), (table["finished"] < FEW).to_numpy()
    limits = [
        table[f"{measure}_{end}"].fillna(table[measure]).to_numpy() for end in ("low", "high")
    ]
    for pale, alpha in ((False, 1.0), (True, _PALE)):
        chosen = (is_pale == pale) & table[measure].notna().to_numpy()
        low, high = (values[chosen] for values in limits)
        width = 0.8 if pale else 1.6
        canvas.ax.vlines(x[chosen], low, high, color=color, linewidth=width, alpha=alpha)
        style: dict[str, Any] = {"color": color, "alpha": alpha, "markersize": 6}
        canvas.ax.plot(x[chosen], table[measure].to_numpy()[chosen], "o", **style)


def _middles(table: pd.DataFrame) -> Any:
    return (to_days(table["step_start"]) + to_days(table["step_end"])) / 2
