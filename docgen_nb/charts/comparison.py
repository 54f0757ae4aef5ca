"""Two sets of jobs side by side: before, after, and the interval of the difference."""

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from docgen_nb.charts import canvas
from docgen_nb.charts.groups import Groups, group_table
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
_POINT: dict[str, Any] = {"linestyle": "", "zorder": 3}
_BEFORE = _POINT | {"marker": "o", "color": GREY, "markerfacecolor": "white", "markersize": 9}
_AFTER = _POINT | {"marker": "s", "color": BLUE, "markersize": 7}
_INTERVAL: dict[str, Any] = {"color": BLUE, "linewidth": 5, "alpha": 0.4}


def draw_comparison(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each measure before and after, with the interval of the difference and its sentence.

    Measures have different units, so each row has its own scale, starting at zero on the left.
    The line is the value before plus the 95% interval of the difference; if it reaches the value
    before, the difference may be chance.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.compare_jobs`.
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
    MissingColumn.check(table.columns, needed=_COLUMNS, function="draw_comparison")
    table = table[table["measure"] != "jobs"]  # which the title gives
    groups = group_table(table, _COLUMNS, function="draw_comparison")
    rows = table.iloc[: canvas.rows_that_fit(ax, _MOST_ROWS, inches=0.6)]
    notes = [f"showing the first {len(rows)} of {len(table):,} rows"]
    notes = notes if len(rows) < len(table) else []
    title, height = f"{_title(groups)}{groups.by}", 1.4 + 0.72 * len(rows)
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty or not table[["before_jobs", "after_jobs"]].to_numpy().any():
        return canvas.annotate_empty(ax, "No jobs to compare.")
    for place, row in enumerate(rows.itertuples()):
        _draw_row(ax, place, row)
    names = [
        (f"{group}\n" if group else "") + _NAMES.get(measure, measure)
        for measure, group in zip(rows["measure"], groups.labels, strict=False)
    ]
    _finish(ax, names)
    return ax


def _title(groups: Groups) -> str:
    if groups.table.empty:
        return "Before and after"
    sizes = groups.table.groupby(groups.keys)[["before_jobs", "after_jobs"]].max().sum()
    before, after = (canvas.plural(int(sizes[f"{side}_jobs"])) for side in ("before", "after"))
    return f"Before ({before}) and after ({after})"


def _draw_row(ax: Axes, place: int, row: Any) -> None:
    low, high = row.before + row.difference_low, row.before + row.difference_high
    scale = max((value for value in (row.before, row.after, high) if value > 0), default=1.0)
    ax.plot([0, 1], [place, place], color="#CCCCCC", linewidth=0.8, zorder=1)
    if not np.isnan([low, high]).any():
        ends = [max(0.0, value / scale) for value in (low, high)]
        ax.plot(ends, [place, place], solid_capstyle="butt", **_INTERVAL)
    ax.plot(row.before / scale, place, **_BEFORE)
    ax.plot(row.after / scale, place, **_AFTER)
    sentence = fill(str(row.sentence), 88)
    ax.text(0.0, place + 0.2, sentence, fontsize=8.5, va="top", color="#333333", parse_math=False)


def _finish(ax: Axes, names: list[str]) -> None:
    canvas.name_rows(ax, names)
    ax.set_ylim(len(names) - 0.25, -0.4)
    ax.set_xlim(-0.02, 1.05)
    ax.set_xticks([0], ["0"])
    ax.set_xlabel("Each row has its own scale, starting at 0", loc="left")
    ax.spines["bottom"].set_visible(False)
    interval = "likely value after (95% interval of the difference)"
    styles = {"before": _BEFORE, "after": _AFTER, interval: _INTERVAL}
    handles = [Line2D([], [], label=label, **style) for label, style in styles.items()]
    canvas.legend_below(ax, handles, columns=3)
