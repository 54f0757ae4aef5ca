"""Durations of single jobs: the share of ended jobs that took at most each time."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from docgen_nb.charts import canvas
from docgen_nb.charts.groups import Groups, group_table
from docgen_nb.charts.seconds import (
    NO_DURATION,
    TARGET,
    TARGET_SECONDS,
    TARGET_SHARE,
    draw_target,
    duration_axis,
)
from docgen_nb.charts.styles import BLUE, GREY, GROUPS, line

_COLUMNS = ["job_id", "duration_seconds", "ended", "finished_source"]
MOST_POINTS = 2_000  # of a line; more would be narrower than a pixel
_MOST_MARKS = 500
_SOURCES = {"output_file": "by output file", "observed": "by polling", "webhook": "by webhook"}


def draw_durations(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of ended jobs that took at most each time, with open jobs below.

    The line rises by one job at each duration. Below it, a triangle marks how long a job had been
    open when it was read: it takes at least that long. The star is Box's target: 95% of
    documents within 15 s, for templates under 1 MB at up to 50 documents a minute. A table made
    with ``by=`` gives a line for each of at most seven groups, those with the most jobs.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.durations`.
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
    all_groups = group_table(table, _COLUMNS, function="draw_durations")
    sizes = all_groups.totals(pd.Series(1, index=table.index))
    groups, notes = all_groups.largest(sizes, len(GROUPS))
    unknown = int(table["duration_seconds"].isna().sum())
    notes += [f"duration unknown for {canvas.plural(unknown)}"] if unknown else []
    title = f"Durations of {canvas.plural(len(table))}{groups.by}"
    height = canvas.height_for_legend(len(groups.names))
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty:
        return canvas.annotate_empty(ax, "No jobs in this table.")
    known = groups.table[groups.table["duration_seconds"].notna()]
    if known.empty:
        return canvas.annotate_empty(ax, NO_DURATION)
    longest = max(float(known["duration_seconds"].max()), TARGET_SECONDS)
    _draw_lines(ax, groups, right=longest * 2)
    if not groups.columns:
        _label_line(ax, known[known["ended"]])
    _mark_open_jobs(ax, known[~known["ended"]])
    draw_target(ax, share=TARGET_SHARE)
    _label_target(ax)
    duration_axis(ax, longest=longest, narrow=bool(groups.columns))
    ax.set_ylim(0 if known["ended"].all() else -0.14, 1.05)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_ylabel("Share of jobs with a known end time")
    return ax


def _label_line(ax: Axes, ended: pd.DataFrame) -> None:
    """Write beside the line where its end times come from."""
    if ended.empty:
        return
    sources = ended["finished_source"].fillna("by an unknown source").value_counts(sort=False)
    labels = [
        f"{count:,} ended\n({_SOURCES.get(str(name), name)})" for name, count in sources.items()
    ]
    canvas.write_beside(ax, 1.0, "\n".join(labels), color=BLUE, va="top")


def _draw_rising_line(ax: Axes, seconds: "pd.Series[float]", *, right: float, **style: Any) -> None:
    counts = seconds.value_counts().sort_index()
    shares = counts.cumsum().to_numpy() / counts.sum()
    places = thin_out(len(counts))
    x = [0.0, float(counts.index[0]), *counts.index.to_numpy()[places], right]
    y = [0.0, 0.0, *shares[places], 1.0]
    ax.plot(x, y, drawstyle="steps-post", linewidth=2.2, **style)


def thin_out(count: int, most: int = MOST_POINTS) -> Any:
    """Return at most this many positions of a line, including the first and the last."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).astype(int))


def _draw_lines(ax: Axes, groups: Groups, *, right: float) -> None:
    handles: list[Line2D] = []
    for (name, rows), (color, dashes, _) in zip(groups, GROUPS, strict=False):
        ended = rows.loc[rows["ended"], "duration_seconds"].dropna()
        if not ended.empty:
            _draw_rising_line(ax, ended, right=right, color=color, linestyle=dashes)
        handles.append(line(f"{name}\n({len(ended):,} ended)", color, dashes))
    if groups.columns:
        canvas.legend_beside(ax, handles, title=groups.noun.capitalize())


def _mark_open_jobs(ax: Axes, still_open: pd.DataFrame) -> None:
    if still_open.empty:
        return
    ax.axhspan(-0.14, 0, facecolor="#EEEEEE", zorder=0)
    seconds = np.unique(still_open["duration_seconds"])
    seconds = seconds[thin_out(len(seconds), _MOST_MARKS)]
    ax.plot(seconds, [-0.07] * len(seconds), ">", color=GREY, markerfacecolor="none", clip_on=False)
    text = f"{len(still_open):,} still open:\nat least this long"
    canvas.write_beside(ax, -0.07, text, color=GREY, va="center")


def _label_target(ax: Axes) -> None:
    """Label the target along its line, below the rising curve."""
    style: dict[str, Any] = {"rotation": 90, "ha": "right", "va": "bottom", "fontsize": 8.5}
    box = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1}
    ax.text(TARGET_SECONDS, 0.03, TARGET, color=GREY, bbox=box, **style)
