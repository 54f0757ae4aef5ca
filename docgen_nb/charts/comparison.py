"""Two sets of jobs side by side: what was before, what is after, and how sure the difference is."""

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from docgen_nb.charts.canvas import counted, key_below, name_rows, prepared, rows_that_fit, say
from docgen_nb.charts.groups import Groups, grouped
from docgen_nb.charts.styles import BLUE, GREY
from docgen_nb.errors import MissingColumn

_COLUMNS = [
    *("measure", "before", "after", "difference", "difference_low", "difference_high"),
    *("before_jobs", "after_jobs", "sentence"),
]
_MOST_ROWS = 16
_NAMES = {
    "failed_share": "Failed,\nshare of finished",
    "completed_with_error_share": "With errors,\nshare of finished",
    "duration_median_seconds": "Half within,\nseconds",
    "duration_p95_seconds": "95% within,\nseconds",
}


def draw_comparison(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each measure before and after, with the interval of the difference and its sentence.

    Measures have different units, so each row is a scale of its own, which begins at zero on the
    left. The line shows where the value after may lie by the 95 % interval of the difference; if
    it reaches the value before, the difference may be chance.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.compare_jobs`.
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
    MissingColumn.check(table.columns, needed=_COLUMNS, function="draw_comparison")
    groups = grouped(table, before="measure")
    most = rows_that_fit(ax, _MOST_ROWS, inches=0.6)
    rows, labels = table.iloc[:most], groups.labels.iloc[:most]
    notes = (
        [f"the first {len(rows)} of {len(table):,} rows are shown"]
        if len(table) > len(rows)
        else []
    )
    title = f"{_numbers(groups)}{groups.by}"
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes, height=1.4 + 0.72 * len(rows))
    if table.empty or not table[["before_jobs", "after_jobs"]].to_numpy().any():
        return say(ax, "No jobs to compare.")
    for place, row in enumerate(rows.itertuples()):
        _row(ax, place, row)
    _frame(ax, rows, list(labels))
    return ax


def _numbers(groups: Groups) -> str:
    if groups.table.empty:
        return "Before and after"
    sizes = groups.table.groupby(groups.keys)[["before_jobs", "after_jobs"]].max().sum()
    before, after = int(sizes["before_jobs"]), int(sizes["after_jobs"])
    return f"Before ({counted(before)}) and after ({counted(after)})"


def _row(ax: Axes, place: int, row: Any) -> None:
    high = row.before + row.difference_high
    scale = max((value for value in (row.before, row.after, high) if value > 0), default=1.0)
    ax.plot([0, 1], [place, place], color="#CCCCCC", linewidth=0.8, zorder=1)
    limits = [row.before + row.difference_low, high]
    if not np.isnan(limits).any():
        ends = [max(0.0, value / scale) for value in limits]
        ax.plot(ends, [place, place], color=BLUE, linewidth=5, alpha=0.4, solid_capstyle="butt")
    looks: dict[str, Any] = {"linestyle": "", "zorder": 3}
    ax.plot(
        row.before / scale, place, "o", color=GREY, markerfacecolor="white", markersize=9, **looks
    )
    ax.plot(row.after / scale, place, "s", color=BLUE, markersize=7, **looks)
    sentence = fill(str(row.sentence), 88)
    ax.text(0.0, place + 0.2, sentence, fontsize=8.5, va="top", color="#333333", parse_math=False)


def _frame(ax: Axes, rows: pd.DataFrame, labels: list[str]) -> None:
    names = [
        (f"{group}\n" if group else "") + _NAMES.get(measure, measure)
        for measure, group in zip(rows["measure"], labels, strict=True)
    ]
    name_rows(ax, names)
    ax.set_ylim(len(rows) - 0.25, -0.4)
    ax.set_xlim(-0.02, 1.05)
    ax.set_xticks([0], ["0"])
    ax.set_xlabel("Each row on a scale of its own, from 0", loc="left")
    ax.spines["bottom"].set_visible(False)
    before = Line2D(
        [], [], linestyle="", marker="o", color=GREY, markerfacecolor="white", markersize=9
    )
    after = Line2D([], [], linestyle="", marker="s", color=BLUE, markersize=7)
    interval = Line2D([], [], color=BLUE, linewidth=5, alpha=0.4)
    words = ("before", "after", "where after may lie (95% interval of the difference)")
    for handle, label in zip((before, after, interval), words, strict=True):
        handle.set_label(label)
    key_below(ax, [before, after, interval], columns=3)
