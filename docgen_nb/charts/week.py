"""The hours of a week as a field of cells: where jobs are slow, and where they fail."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, PercentFormatter

from docgen_nb.charts.bars import bars
from docgen_nb.charts.canvas import counted, prepared, say
from docgen_nb.charts.groups import DAYS, grouped
from docgen_nb.charts.seconds import ROUND, YARDSTICK_SECONDS
from docgen_nb.errors import MissingColumn

_SLOW = ["weekday", "hour", "jobs", "ended", "censored", "duration_seconds"]
_FAILED = ["weekday", "hour", "status", "jobs", "share", "share_low"]


def draw_slow_hours(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how long jobs take in each hour of the week, one cell per hour.

    The darker, the longer, on a logarithmic scale; cells above the 15 s of Box's yardstick are
    hatched, those in which too few jobs have ended to tell have a question mark, and those
    without jobs are blank.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.slow_hours`, of one group.
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
    ValueError
        If `table` holds more than one group.
    """
    MissingColumn.check(table.columns, needed=_SLOW, function="draw_slow_hours")
    name = _one_group(table, "draw_slow_hours")
    share = table.attrs.get("quantile")
    what = "a given share" if share is None else f"{share * 100:.4g}%"
    title = f"Time within which {what} of {counted(int(table['jobs'].sum()))} ended{name}"
    ended, still_open = int(table["ended"].sum()), int(table["censored"].sum())
    unknown = int(table["jobs"].sum()) - ended - still_open
    left_out = f", {unknown:,} left out: duration not known" if unknown else ""
    notes = [f"{ended:,} ended, {still_open:,} still open{left_out}; hatched: longer than 15 s"]
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes)
    if not table["jobs"].sum():
        return say(ax, "No jobs in this table.")
    values = _week(table, table["duration_seconds"])
    longest = max(float(np.nanmax(values, initial=1.0)), YARDSTICK_SECONDS + 1.0)
    bar = _cells(ax, values.clip(min=1), LogNorm(1, longest), "Blues")
    bar.ax.yaxis.set_major_locator(FixedLocator([tick for tick in ROUND if 0 < tick <= longest]))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: ROUND.get(round(tick), "")))
    bar.ax.minorticks_off()
    bar.ax.axhline(YARDSTICK_SECONDS, color="black", linewidth=1.5)
    slow = values > YARDSTICK_SECONDS
    _write(ax, values, _short, dark=(longest**0.6), hatched=slow)
    _hatch(ax, slow)
    _write(ax, np.where((_week(table, table["jobs"]) > 0) & np.isnan(values), 0.0, np.nan), _unsure)
    ax = _week_axes(ax, table)
    ax.set_xlabel(f"{ax.get_xlabel()}; in cells: seconds")
    return ax


def _one_group(table: pd.DataFrame, function: str) -> str:
    groups = grouped(table, before="weekday")
    if len(groups.names) > 1:
        column = groups.columns[0]
        raise ValueError(
            f"{function} draws one group, and this table holds {len(groups.names)}: choose one, "
            f"such as table[table[{column!r}] == {table[column].iloc[0]!r}]."
        )
    return f", {groups.noun} {groups.names[0]}" if groups.columns and groups.names else ""


def _week(table: pd.DataFrame, values: "pd.Series[Any]") -> Any:
    """Seven rows of 24 cells, NaN where there is nothing."""
    cells = np.full((7, 24), np.nan)
    cells[table["weekday"], table["hour"]] = values
    return cells


def _cells(ax: Axes, values: Any, norm: Normalize, colours: str) -> Any:
    looks: dict[str, Any] = {
        "cmap": colormaps[colours],
        "norm": norm,
        "edgecolors": "#DDDDDD",
        "linewidth": 0.5,
    }
    mesh = ax.pcolormesh(np.arange(25), np.arange(8), np.ma.masked_invalid(values), **looks)
    side = ax.inset_axes((1.02, 0.0, 0.025, 1.0))
    figure = ax.get_figure()
    assert figure is not None
    return figure.colorbar(mesh, cax=side)


def _write(ax: Axes, values: Any, words: Any, *, dark: float = np.inf, hatched: Any = None) -> None:
    for day, hour in zip(*np.nonzero(~np.isnan(values)), strict=True):
        value = values[day, hour]
        colour = "white" if value > dark else "black"
        place = (hour + 0.5, day + 0.5)
        looks: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7, "color": colour}
        text = ax.text(*place, words(value), **looks)
        if hatched is not None and hatched[day, hour]:  # a rim, so that the lines leave it legible
            rim = "white" if colour == "black" else "#333333"
            text.set_path_effects([withStroke(linewidth=2, foreground=rim)])
        text.set_in_layout(False)  # it lies within the Axes, and each costs a millisecond


def _short(seconds: float) -> str:
    """A length of time in three or four letters."""
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.0f}{letter}"
    return f"{seconds:.0f}"


def _unsure(_: float) -> str:
    return "?"


def _hatch(ax: Axes, marked: Any) -> None:
    days, hours = np.nonzero(marked)
    bars(ax, days + 0.5, hours, hours + 1, height=1.0, hatch="////", edge="#777777")


def _week_axes(ax: Axes, table: pd.DataFrame) -> Axes:
    ax.set_ylim(7, 0)
    ax.set_xlim(0, 24)
    ax.set_yticks(np.arange(7) + 0.5, DAYS)
    ax.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    ax.set_xlabel(f"Hour in which the jobs were created ({table.attrs.get('time_zone', 'UTC')})")
    return ax


def draw_failure_heatmap(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw which share of the jobs of each hour of the week failed, one cell per hour.

    The darker, the more, in percent. Hatched are cells of which the whole 95 % interval lies above
    the share of all jobs together: those of few jobs are rarely so. Cells without jobs are blank.

    Parameters
    ----------
    table : DataFrame
        As from ``metrics.outcomes(jobs, by=["weekday", "hour"])``.
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
    ValueError
        If `table` holds more than one group for an hour.
    """
    MissingColumn.check(table.columns, needed=_FAILED, function="draw_failure_heatmap")
    name = _one_group(table, "draw_failure_heatmap")
    failed = table[table["status"] == "failed"]
    total, number = int(table["jobs"].sum()), int(failed["jobs"].sum())
    share = number / total if total else 0.0
    title = f"Failed jobs by hour of the week, of {counted(total)}{name}"
    notes = [f"{number:,} failed ({share:.2%}); hatched: more than that by the whole 95% interval"]
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes if total else [])
    if not total:
        return say(ax, "No jobs in this table.")
    values = _week(failed, failed["share"])
    highest = max(float(np.nanmax(values, initial=0.0)), 0.01)
    bar = _cells(ax, values, Normalize(0, highest), "Oranges")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    high = _week(failed, failed["share_low"]) > share
    _write(ax, values, _percent, dark=0.6 * highest, hatched=high)
    _hatch(ax, high)
    ax = _week_axes(ax, table)
    ax.set_xlabel(f"{ax.get_xlabel()}; in cells: % failed")
    return ax


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.1f}" if 0 < percent < 9.95 else f"{percent:.0f}"
