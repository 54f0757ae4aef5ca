"""Durations of single jobs: which share of those that ended took how long at most."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from docgen_nb.charts.canvas import beside, counted, key_beside, prepared, say, tall_enough
from docgen_nb.charts.groups import Groups, grouped
from docgen_nb.charts.seconds import (
    YARDSTICK_SECONDS,
    YARDSTICK_SHARE,
    name_rising_yardstick,
    seconds_axis,
    yardstick,
)
from docgen_nb.charts.styles import BLUE, GROUPS, RED, line
from docgen_nb.errors import MissingColumn

COLUMNS = ["job_id", "duration_seconds", "ended", "finished_source"]
MOST_POINTS = 2_000  # of a line; a picture is not wider
_MOST_MARKS = 500
_SOURCES = {"output_file": "by output file", "observed": "by polling", "webhook": "by webhook"}
_NOTHING_KNOWN = (
    "No duration is known: Box does not tell when a job ended,\n"
    "and a failed job has no output file."
)


def draw_durations(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw which share of the ended jobs took how long at most, with open jobs apart from them.

    The line rises by one job at each duration. Below it, a triangle for each duration up to which
    a job was open at the reading: it takes at least that long. The star is Box's own yardstick:
    95 % of documents within 15 s, for templates under 1 MB at up to 50 documents a minute. A table
    made with ``by=`` gives a line for each group, of at most seven with most jobs.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.durations`.
    ax : Axes, optional
        Where to draw; a figure of its own if not given.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    MissingColumn
        If `table` is not of that form.
    """
    MissingColumn.check(table.columns, needed=COLUMNS, function="draw_durations")
    groups = grouped(table, before="job_id")
    sizes = groups.totals(pd.Series(1, index=table.index))
    groups, notes = groups.largest(sizes, len(GROUPS))
    unknown = int(table["duration_seconds"].isna().sum())
    notes += [f"duration not known for {unknown:,}"] if unknown else []
    title = f"Durations of {counted(len(table))}{groups.by}"
    height = tall_enough(len(groups.names))
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty:
        return say(ax, "No jobs in this table.")
    known = groups.table[groups.table["duration_seconds"].notna()]
    if known.empty:
        return say(ax, _NOTHING_KNOWN)
    longest = max(float(known["duration_seconds"].max()), YARDSTICK_SECONDS)
    if groups.columns:
        _group_lines(ax, groups, right=longest * 2)
    else:
        _one_line(ax, known[known["ended"]], right=longest * 2)
    _open_marks(ax, known[~known["ended"]])
    yardstick(ax, share=YARDSTICK_SHARE)
    name_rising_yardstick(ax)
    seconds_axis(ax, longest=longest, narrow=bool(groups.columns))
    ax.set_ylim(0 if known["ended"].all() else -0.14, 1.05)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_ylabel("Share of the jobs with a known end")
    return ax


def _one_line(ax: Axes, ended: pd.DataFrame, *, right: float) -> None:
    if ended.empty:
        return
    _rising_line(ax, ended["duration_seconds"], right=right, color=BLUE)
    sources = ended["finished_source"].fillna("by an unknown source").value_counts(sort=False)
    words = [
        f"{count:,} ended\n({_SOURCES.get(str(name), name)})" for name, count in sources.items()
    ]
    beside(ax, 1.0, "\n".join(words), colour=BLUE, va="top")


def _rising_line(ax: Axes, seconds: "pd.Series[float]", *, right: float, **looks: Any) -> None:
    counts = seconds.value_counts().sort_index()
    shares = counts.cumsum().to_numpy() / counts.sum()
    places = thinned_places(len(counts))
    x = [0.0, float(counts.index[0]), *counts.index.to_numpy()[places], right]
    y = [0.0, 0.0, *shares[places], 1.0]
    ax.plot(x, y, drawstyle="steps-post", linewidth=2.2, **looks)


def thinned_places(count: int, most: int = MOST_POINTS) -> Any:
    """At most so many places of a sorted line, the first and the last among them."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).astype(int))


def _group_lines(ax: Axes, groups: Groups, *, right: float) -> None:
    keys: list[Line2D] = []
    for (name, rows), (colour, dashes, _) in zip(groups, GROUPS, strict=False):
        ended = rows.loc[rows["ended"], "duration_seconds"].dropna()
        if not ended.empty:
            _rising_line(ax, ended, right=right, color=colour, linestyle=dashes)
        keys.append(line(f"{name}\n({len(ended):,} ended)", colour, dashes))
    key_beside(ax, list(keys), title=groups.noun.capitalize())


def _open_marks(ax: Axes, still_open: pd.DataFrame) -> None:
    if still_open.empty:
        return
    ax.axhspan(-0.14, 0, facecolor="#EEEEEE", zorder=0)
    seconds = np.unique(still_open["duration_seconds"])
    seconds = seconds[thinned_places(len(seconds), _MOST_MARKS)]
    places = [-0.07] * len(seconds)
    ax.plot(seconds, places, ">", color=RED, markerfacecolor="none", clip_on=False)
    words = f"{len(still_open):,} still open:\nat least so long"
    beside(ax, -0.07, words, colour=RED, va="center")
