"""Trends: volume, failed share and waiting time, step by step."""

from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from docgen_nb.charts import canvas
from docgen_nb.charts.styles import BLUE, GREY, RED
from docgen_nb.charts.time_axis import draw_steps, format_time_axis, shade_running, to_days
from docgen_nb.errors import MissingColumn

MEASURES = ("failed_share", "p95_seconds", "jobs")
_COLUMNS = [
    *("step_start", "step_end", "jobs", "finished", "failed"),
    *(
        "failed_share",
        "failed_share_low",
        "failed_share_high",
        "median_seconds",
        "p95_seconds",
        "p95_seconds_low",
    ),
    *("p95_seconds_high", "running"),
]
_FEW = 200  # finished jobs, under which a share is so uncertain that its mark is pale
_PALE = 0.35
_YARDSTICK = 15  # seconds within which 95% of documents are to be ready, by Box's help page


def draw_trend(
    table: pd.DataFrame, *, measure: str = "failed_share", ax: Axes | None = None
) -> Axes:
    """Draw a measure of each step of time, with its 95% interval.

    Steps of under 200 finished jobs are pale, and the step in progress at the reading is shaded.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.trend`, without ``by=``.
    measure : str
        ``"failed_share"``, ``"p95_seconds"`` (with the median and Box's yardstick of 15 s) or
        ``"jobs"``.
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
    ValueError
        If `measure` is another, or if the table has groups.
    """
    MissingColumn.check(table.columns, needed=_COLUMNS, function="draw_trend")
    if measure not in MEASURES:
        raise ValueError(f"measure={measure!r} is not one of {', '.join(MEASURES)}.")
    if table.columns[0] != _COLUMNS[0]:
        raise ValueError(f"draw_trend draws one group: choose one {table.columns[0]}.")
    ax = canvas.start(ax, title=_title(table, measure), attrs=table.attrs)
    if table.empty or table[measure].isna().all():
        return canvas.annotate_empty(ax, "No chart: no job of this period has ended.")
    if measure == "jobs":
        edges = np.append(to_days(table["step_start"]), to_days(table["step_end"].iloc[-1:]))
        draw_steps(ax, table["jobs"], edges, facecolor=BLUE, edgecolor="white", linewidth=1)
        ax.set_ylim(0, max(1, table["jobs"].max()) * 1.1)
        ax.set_ylabel("Jobs created")
    elif measure == "failed_share":
        _draw_points(ax, table, "failed_share", RED)
        ax.set_ylim(0, max(0.01, float(table["failed_share_high"].max())) * 1.1)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:g}%"))
        ax.set_ylabel("Failed, share of finished jobs")
    else:
        _draw_seconds(ax, table)
    _finish(ax, table)
    return ax


def _title(table: pd.DataFrame, measure: str) -> str:
    jobs = canvas.plural(int(table["jobs"].sum()))
    if table.empty or table[measure].isna().all():
        return f"Trend of {jobs}"
    low, high = table[measure].min(), table[measure].max()
    if measure == "jobs":
        return f"{jobs}, {low:,} to {high:,} in a step"
    if measure == "failed_share":
        failed, finished = int(table["failed"].sum()), max(int(table["finished"].sum()), 1)
        return f"{failed / finished:.1%} of {jobs} failed"
    return f"95% ended within {low:g} to {high:g} s"


def _draw_seconds(ax: Axes, table: pd.DataFrame) -> None:
    ends = _middles(table)
    ax.plot(ends, table["median_seconds"], "o", color=GREY, markersize=4)
    _draw_points(ax, table, "p95_seconds", BLUE)
    highest = max(float(table[["p95_seconds", "p95_seconds_high"]].max().max()), _YARDSTICK)
    ax.set_ylim(0, highest * 1.1)
    ax.axhline(_YARDSTICK, color="black", linewidth=1.2, dashes=(4, 3))
    canvas.write_beside(ax, _YARDSTICK, "Box's yardstick:\n95% within 15 s", va="center")
    last = table[table["p95_seconds"].notna()].iloc[-1]
    if abs(last["p95_seconds"] - _YARDSTICK) > highest * 0.15:
        canvas.write_beside(ax, last["p95_seconds"], "95% within", color=BLUE, va="center")
    if last["median_seconds"] < _YARDSTICK - highest * 0.15:
        canvas.write_beside(ax, last["median_seconds"], "half within", color=GREY, va="center")
    ax.set_ylabel("Seconds from creation to end")


def _draw_points(ax: Axes, table: pd.DataFrame, measure: str, color: str) -> None:
    for x, row in zip(_middles(table), table.to_dict("records"), strict=True):
        if isnan(row[measure]):
            continue
        alpha = 1.0 if row["finished"] >= _FEW else _PALE
        style: dict[str, Any] = {"color": color, "alpha": alpha}
        limits = row[f"{measure}_low"], row[f"{measure}_high"]
        if not any(map(isnan, limits)):
            ax.plot([x, x], limits, linewidth=1.6, **style)
        ax.plot(x, row[measure], "o", markersize=6, fillstyle="full", **style)


def _middles(table: pd.DataFrame) -> Any:
    return (to_days(table["step_start"]) + to_days(table["step_end"])) / 2


def _finish(ax: Axes, table: pd.DataFrame) -> None:
    ax.grid(axis="y", color="#E3E7EB", linewidth=0.8)
    ax.set_axisbelow(True)
    shade_running(ax, table)
    ends = to_days(table["step_start"].iloc[:1])[0], to_days(table["step_end"].iloc[-1:])[0]
    ax.set_xlim(*ends)
    format_time_axis(ax, table["step_start"].dt.tz, table.attrs)
