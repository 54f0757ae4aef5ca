"""The hours of the week as a heat map: when jobs are slow, and when they fail."""

from collections.abc import Callable
from math import exp, lgamma, log
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, PercentFormatter

from docgen_nb.charts import canvas
from docgen_nb.charts.bars import draw_bars
from docgen_nb.charts.groups import DAYS, group_table
from docgen_nb.charts.seconds import TARGET_SECONDS, TICKS

_NORMAL_975, _ALPHA = 1.959963984540054, 0.025
_NO_JOBS = "#E4E4E4"
_MOST = 0.5  # of what makes a cell high; if it is of one day, the cell has a star
_SLOW = [
    *("weekday", "hour", "jobs", "ended", "censored", "duration_seconds"),
    *("duration_low_seconds", "largest_day_share"),
]
_FAILED = [
    *("weekday", "hour", "status", "jobs", "share", "share_low", "share_high"),
    "largest_day_share",
]


def draw_slow_hours(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how long jobs take in each hour of the week, one cell per hour.

    The darker, the longer, on a logarithmic scale. A cell is hatched if it is above the 15 s of
    Box's target by more than chance gives in any of the cells: if its lower limit is, which holds
    for all cells at once. A star then says that more than half of its slow jobs are of one day.
    Cells of too few batches for limits are not hatched. Cells where too few jobs have ended have a
    question mark, and cells without jobs are grey.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.slow_hours`, for one group.
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
        If `table` has more than one group.
    """
    group = _only_group(table, _SLOW, "draw_slow_hours")
    jobs, ended, still_open = (int(table[name].sum()) for name in ("jobs", "ended", "censored"))
    quantile = table.attrs.get("quantile")
    share = "a given share" if quantile is None else f"{quantile * 100:.4g}%"
    title = f"Time within which {share} of {canvas.plural(jobs)} ended{group}"
    unknown = jobs - ended - still_open
    left_out = f", {unknown:,} left out (duration unknown)" if unknown else ""
    values = _matrix(table, table["duration_seconds"])
    high = _matrix(table, table["duration_low_seconds"]) > TARGET_SECONDS
    starred = high & (_matrix(table, table["largest_day_share"]) > _MOST)
    notes = [f"{ended:,} ended, {still_open:,} still open{left_out}"]
    notes += _marks("longer than 15 s", len(table), high, starred)
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=notes)
    if not jobs:
        return canvas.annotate_empty(ax, "No jobs in this table.")
    longest = max(float(np.nanmax(values, initial=1.0)), TARGET_SECONDS + 1.0)
    bar = _draw_cells(ax, values.clip(min=1), LogNorm(1, longest), "Blues")
    bar.ax.yaxis.set_major_locator(FixedLocator([tick for tick in TICKS if 0 < tick <= longest]))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: TICKS.get(round(tick), "")))
    bar.ax.minorticks_off()
    bar.ax.axhline(TARGET_SECONDS, color="black", linewidth=1.5)
    _label_cells(ax, values, _short, dark=longest**0.6, hatched=high, starred=starred)
    too_few = (_matrix(table, table["jobs"]) > 0) & np.isnan(values)
    _label_cells(ax, np.where(too_few, 0.0, np.nan), lambda _: "?")
    return _finish(ax, table, "seconds")


def draw_failure_heatmap(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of jobs that failed in each hour of the week, one cell per hour.

    The darker, the larger the share, in percent. A cell is hatched if its share is above that of
    all jobs by more than chance gives in any of the cells: Bonferroni's correction for their
    number, on the Poisson distribution of the effective number of jobs that the width of the
    interval shows. That number counts batches if the table does. Cells of too few batches for an
    interval are not hatched. A star says that more than half of its failed jobs are of one day.
    Cells without jobs are grey.

    Parameters
    ----------
    table : DataFrame
        As from ``metrics.outcomes(jobs, by=["weekday", "hour"])``.
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
        If `table` has more than one group for an hour.
    """
    group = _only_group(table, _FAILED, "draw_failure_heatmap")
    failed = table[table["status"] == "failed"]
    total, number = int(table["jobs"].sum()), int(failed["jobs"].sum())
    share = number / total if total else 0.0
    title = f"Failed jobs by hour of the week ({canvas.plural(total)}){group}"
    high = _matrix(failed, _is_high(failed, share).astype("float64")) > 0
    starred = high & (_matrix(failed, failed["largest_day_share"]) > _MOST)
    notes = [f"{number:,} failed ({share:.2%})", *_marks("above that", len(failed), high, starred)]
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=notes if total else [])
    if not total:
        return canvas.annotate_empty(ax, "No jobs in this table.")
    values = _matrix(failed, failed["share"])
    highest = max(float(np.nanmax(values, initial=0.0)), 0.01)
    bar = _draw_cells(ax, values, Normalize(0, highest), "Oranges")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    _label_cells(ax, values, _percent, dark=0.6 * highest, hatched=high, starred=starred)
    return _finish(ax, table, "% failed")


def _marks(what: str, cells: int, high: Any, starred: Any) -> list[str]:
    """Return what the marks in cells mean, and how many are starred."""
    days = ["*: more than half of that on one day"] if starred.any() else []
    return [f"hatched ({high.sum()} of {cells}): {what}, corrected for their number", *days]


def _is_high(failed: pd.DataFrame, share: float) -> "pd.Series[bool]":
    """Return which shares are above that of all jobs, corrected for their number.

    The product of Wilson's limits gives the number of jobs that each interval was made for.
    """
    known = failed["share_low"] > 0
    ratio = failed["share"] ** 2 / (failed["share_low"] * failed["share_high"]).where(known) - 1
    jobs = (_NORMAL_975**2 / ratio).where(ratio > 0)
    pairs = zip(jobs * failed["share"], jobs * share, strict=True)
    chances = [_poisson_tail(number, mean) for number, mean in pairs]
    return known & (pd.Series(chances, index=failed.index) < _ALPHA / max(len(failed), 1))


def _poisson_tail(number: float, mean: float) -> float:
    """Return the probability of this number of events or more; 1 if the number is unknown."""
    if not number > mean:
        return 1.0
    terms = [-mean + event * log(mean) - lgamma(event + 1) for event in range(int(number))]
    return max(0.0, 1.0 - sum(map(exp, terms)))


def _only_group(table: pd.DataFrame, columns: list[str], function: str) -> str:
    """Return the name of the group for the title, or raise if there is more than one."""
    groups = group_table(table, columns, function=function)
    if len(groups.names) > 1:
        column = groups.columns[0]
        raise ValueError(
            f"{function} draws one group, but this table has {len(groups.names)}. Select one, "
            f"for example table[table[{column!r}] == {table[column].iloc[0]!r}]."
        )
    return f", {groups.noun} {groups.names[0]}" if groups.columns and groups.names else ""


def _matrix(table: pd.DataFrame, values: "pd.Series[Any]") -> Any:
    """Return seven rows of 24 cells, NaN where there is no value."""
    cells = np.full((7, 24), np.nan)
    cells[table["weekday"], table["hour"]] = values
    return cells


def _draw_cells(ax: Axes, values: Any, norm: Normalize, colors: str) -> Any:
    style: dict[str, Any] = {"norm": norm, "edgecolors": "#DDDDDD", "linewidth": 0.5}
    cells = np.ma.masked_invalid(values)
    mesh = ax.pcolormesh(np.arange(25), np.arange(8), cells, cmap=colormaps[colors], **style)
    ax.set_facecolor(_NO_JOBS)
    figure = ax.get_figure()
    assert figure is not None
    return figure.colorbar(mesh, cax=ax.inset_axes((1.02, 0.0, 0.025, 1.0)))


def _label_cells(
    ax: Axes,
    values: Any,
    label: Callable[[float], str],
    *,
    dark: float = np.inf,
    hatched: Any = None,
    starred: Any = None,
) -> None:
    """Write the values into their cells, in white on dark ones, and hatch and star some of them."""
    none = np.zeros((7, 24), dtype=bool)
    hatched, starred = (none if marked is None else marked for marked in (hatched, starred))
    for day, hour in zip(*np.nonzero(~np.isnan(values)), strict=True):
        value = values[day, hour]
        color, rim = ("white", "#333333") if value > dark else ("black", "white")
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7, "color": color}
        star = "*" if starred[day, hour] else ""
        text = ax.text(hour + 0.5, day + 0.5, label(value) + star, **style)
        if hatched[day, hour]:  # a rim keeps the number legible
            text.set_path_effects([withStroke(linewidth=2, foreground=rim)])
        text.set_in_layout(False)  # it is inside the Axes; layout takes a millisecond per text
    if hatched.any():
        days, hours = np.nonzero(hatched)
        draw_bars(ax, days + 0.5, hours, hours + 1, height=1.0, hatch="////", edge="#777777")


def _short(seconds: float) -> str:
    """Return a duration in three or four characters."""
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f}{letter}"
    return f"{seconds:.0f}"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.1f}" if 0 < percent < 9.95 else f"{percent:.0f}"


def _finish(ax: Axes, table: pd.DataFrame, unit: str) -> Axes:
    ax.set_ylim(7, 0)
    ax.set_xlim(0, 24)
    ax.set_yticks(np.arange(7) + 0.5, DAYS)
    ax.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    ax.set_xlabel(f"Hour of creation ({table.attrs.get('time_zone', 'UTC')}); in cells: {unit}")
    return ax
