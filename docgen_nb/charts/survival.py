"""What was not over after each length of time, and the times within which given shares ended."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from docgen_nb.charts.canvas import (
    beside,
    counted,
    key_below,
    key_beside,
    name_rows,
    prepared,
    rows_that_fit,
    say,
    tall_enough,
)
from docgen_nb.charts.duration import thinned_places
from docgen_nb.charts.groups import Groups, grouped
from docgen_nb.charts.seconds import (
    YARDSTICK_SECONDS,
    YARDSTICK_SHARE,
    name_falling_yardstick,
    seconds_axis,
    span_words,
    yardstick,
)
from docgen_nb.charts.styles import GREY, GROUPS, line
from docgen_nb.errors import MissingColumn

_CURVE = [
    *("duration_seconds", "at_risk", "ended", "censored", "unfinished_share"),
    *("unfinished_share_low", "unfinished_share_high"),
]
_QUANTILES = [
    *("quantile", "duration_seconds", "duration_low_seconds", "duration_high_seconds"),
    *("ended", "censored", "unknown"),
]
_NOTHING = (
    "No duration is known: Box does not tell when a job ended,\n"
    "and a failed job has no output file."
)
_MOST_ROWS = 24
_MOST_TICKS = 300
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")


def draw_kaplan_meier(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw which share of the jobs was not over after each length of time.

    The band is the 95 % interval at each time; a tick on the line is a time up to which a job was
    open at the reading. The star is Box's yardstick: 5 % not over after 15 s, or less. A table
    made with ``by=`` gives a line for each group, of at most seven with most jobs.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.kaplan_meier`.
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
    MissingColumn.check(table.columns, needed=_CURVE, function="draw_kaplan_meier")
    every = grouped(table, before="duration_seconds")
    groups, notes = every.largest(table["at_risk"], len(GROUPS))
    ended, censored = int(table["ended"].sum()), int(table["censored"].sum())
    told = f"{ended:,} ended, {censored:,} still open (ticks)"
    if unknown := table.attrs.get("unknown"):
        told += f", {unknown:,} left out: duration not known"
    notes = [told, *notes]
    title = f"Time to the end of {counted(ended + censored)}{groups.by}"
    height = tall_enough(len(groups.names))
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty:
        return say(ax, _NOTHING)
    keys = [
        _curve(ax, rows, name, looks) for (name, rows), looks in zip(groups, GROUPS, strict=False)
    ]
    if groups.columns:
        key_beside(ax, keys, title=groups.noun.capitalize())
    yardstick(ax, share=1 - YARDSTICK_SHARE)
    name_falling_yardstick(ax, share=1 - YARDSTICK_SHARE)
    longest = float(groups.table["duration_seconds"].max())
    seconds_axis(ax, longest=longest, narrow=bool(groups.columns))
    ax.set_ylim(0, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_ylabel("Share of the jobs not over yet")
    return ax


def _curve(ax: Axes, rows: pd.DataFrame, name: str, looks: tuple[str, Any, str]) -> Line2D:
    colour, dashes, _ = looks
    shown = rows.iloc[thinned_places(len(rows))]
    x = np.append(0.0, shown["duration_seconds"])
    share, low, high = (
        np.append(1.0, shown[column].fillna(shown["unfinished_share"]))
        for column in ("unfinished_share", "unfinished_share_low", "unfinished_share_high")
    )
    ax.fill_between(x, low, high, step="post", color=colour, alpha=0.2, linewidth=0)
    ax.plot(x, share, drawstyle="steps-post", color=colour, linestyle=dashes, linewidth=2)
    ticks = rows[rows["censored"] > 0]
    ticks = ticks.iloc[thinned_places(len(ticks), _MOST_TICKS)]
    ax.plot(ticks["duration_seconds"], ticks["unfinished_share"], "|", color=colour, markersize=9)
    return line(f"{name}\n({int(rows['at_risk'].max()):,} jobs)", colour, dashes)


def draw_duration_quantiles(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the times within which given shares of jobs ended, each with its interval.

    One row per group, with a mark for each quantile; without groups one row per quantile. An
    arrow stands for what is not reached: too few jobs have ended to tell. At most 24 groups are
    drawn, or as many as `ax` has room for: those with most ended jobs, and the title says so.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.duration_quantiles`.
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
    MissingColumn.check(table.columns, needed=_QUANTILES, function="draw_duration_quantiles")
    every = grouped(table, before="quantile")
    most = rows_that_fit(ax, _MOST_ROWS, inches=0.3)
    groups, notes = every.largest(table["ended"], most)
    once = table.groupby(every.keys)[["ended", "censored", "unknown"]].max().sum()
    notes = [*_not_ended(once), *notes]
    count = len(groups.names)
    title = f"Durations of {counted(int(once['ended'] + once['censored']))}{groups.by}"
    height = 2.0 + 0.42 * count if groups.columns else 0
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    limits = groups.table[_QUANTILES[1:4]]
    if limits.isna().all(axis=None):
        return say(ax, _NOTHING)
    longest = max(float(np.nanmax(limits)), YARDSTICK_SECONDS)
    if groups.columns:
        _group_rows(ax, groups, longest)
    else:
        _quantile_rows(ax, groups.table, longest)
    ax.axvline(YARDSTICK_SECONDS, color=GREY, linestyle=":", linewidth=1)
    words = " Box's yardstick: 95% within 15 s"
    ax.text(YARDSTICK_SECONDS, -0.6, words, color=GREY, fontsize=8.5, va="bottom")
    ax.set_ylim(count - 0.4 if groups.columns else len(table) - 0.4, -0.9)
    seconds_axis(ax, longest=longest)
    ax.set_xlabel(f"{ax.get_xlabel()}; line: 95% interval")
    return ax


def _not_ended(once: "pd.Series[Any]") -> list[str]:
    words = [f"{int(once['ended']):,} ended", f"{int(once['censored']):,} still open"]
    if once["unknown"]:
        words.append(f"{int(once['unknown']):,} left out: duration not known")
    return [", ".join(words)]


def _quantile_rows(ax: Axes, table: pd.DataFrame, longest: float) -> None:
    for place, row in enumerate(table.itertuples()):
        _mark(ax, place, row, GROUPS[0][0], _MARKERS[place % len(_MARKERS)], longest)
        beside(ax, place, _words(row), va="center")
    ax.set_yticks(range(len(table)), [f"{share:.4g}% within" for share in table["quantile"] * 100])


def _words(row: Any) -> str:
    if np.isnan(row.duration_seconds):
        return "not reached:\ntoo few have ended"
    low, high = row.duration_low_seconds, row.duration_high_seconds
    limits = [f"from {span_words(low)}"] if low > 0 else []
    limits += [f"to {span_words(high)}"] if high > 0 else ["no upper limit known"]
    return f"{span_words(row.duration_seconds)}\n({', '.join(limits)})"


def _mark(ax: Axes, place: float, row: Any, colour: str, marker: str, longest: float) -> None:
    if np.isnan(row.duration_seconds):
        start = longest if np.isnan(row.duration_low_seconds) else row.duration_low_seconds
        ax.plot([start, longest * 1.05], [place, place], color=colour, linewidth=1.5)
        ax.plot(longest * 1.05, place, ">", color=colour, markerfacecolor="white", markersize=8)
        return
    low, high = row.duration_low_seconds, row.duration_high_seconds
    low = row.duration_seconds if np.isnan(low) else low
    if np.isnan(high):
        high = longest * 1.05
        ax.plot(high, place, ">", color=colour, markerfacecolor="white", markersize=6)
    ax.plot([low, high], [place, place], color=colour, linewidth=2)
    ax.plot(row.duration_seconds, place, marker, color=colour, markersize=7)


def _group_rows(ax: Axes, groups: Groups, longest: float) -> None:
    quantiles = list(groups.table["quantile"].unique())
    for place, (_, rows) in enumerate(groups):
        ax.axhspan(place - 0.5, place + 0.5, facecolor="#F4F4F4" if place % 2 else "none", zorder=0)
        for row in rows.itertuples():
            number = quantiles.index(row.quantile)
            shift = 0.6 * ((number + 0.5) / len(quantiles) - 0.5)
            colour, _, _ = GROUPS[number % len(GROUPS)]
            _mark(ax, place + shift, row, colour, _MARKERS[number % len(_MARKERS)], longest)
        beside(ax, place, f"{int(rows['ended'].iloc[0]):,} ended", va="center")
    name_rows(ax, groups.names)
    ax.set_ylabel(groups.noun.capitalize())
    key_below(ax, [_key(number, share) for number, share in enumerate(quantiles)], columns=4)


def _key(number: int, quantile: float) -> Artist:
    look: dict[str, Any] = {"color": GROUPS[number % len(GROUPS)][0]}
    look["marker"] = _MARKERS[number % len(_MARKERS)]
    return Line2D([], [], label=f"{quantile * 100:.4g}% within", **look)
