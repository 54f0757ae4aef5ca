"""The Kaplan-Meier curve, and the quantiles that follow from it."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from docgen_nb.charts import canvas
from docgen_nb.charts.duration import thin_out
from docgen_nb.charts.groups import Groups, group_table
from docgen_nb.charts.seconds import (
    NO_DURATION,
    TARGET,
    TARGET_SECONDS,
    TARGET_SHARE,
    draw_target,
    duration_axis,
    format_duration,
)
from docgen_nb.charts.styles import GREY, GROUPS, line

_CURVE = [
    *("duration_seconds", "at_risk", "ended", "censored", "unfinished_share"),
    *("unfinished_share_low", "unfinished_share_high"),
]
_QUANTILES = [
    *("quantile", "duration_seconds", "duration_low_seconds", "duration_high_seconds"),
    *("ended", "censored", "unknown"),
]
_MOST_ROWS = 24
_MOST_TICKS = 300
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")


def draw_kaplan_meier(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of jobs that had not finished after each duration.

    The band is the 95% interval at each time, absent if jobs are of too few batches; a tick on the
    line marks how long a job had been open when it was read. The star is Box's target: at most 5%
    not finished after 15 s. A table made with ``by=`` gives a line for each of at most seven
    groups, those with the most jobs.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.kaplan_meier`.
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
    all_groups = group_table(table, _CURVE, function="draw_kaplan_meier")
    groups, notes = all_groups.largest(table["at_risk"], len(GROUPS))
    ended, censored = int(table["ended"].sum()), int(table["censored"].sum())
    counts = _counts(ended, censored, table.attrs.get("unknown", 0), " (ticks)")
    title = f"Time to finish for {canvas.plural(ended + censored)}{groups.by}"
    height = canvas.height_for_legend(len(groups.names))
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=[counts, *notes], height=height)
    if table.empty:
        return canvas.annotate_empty(ax, NO_DURATION)
    handles = [
        _draw_curve(ax, rows, name, color, dashes)
        for (name, rows), (color, dashes, _) in zip(groups, GROUPS, strict=False)
    ]
    if groups.columns:
        canvas.legend_beside(ax, handles, title=groups.noun.capitalize())
    draw_target(ax, share=1 - TARGET_SHARE)
    label = TARGET.replace(": ", ":\n")
    canvas.write_beside(ax, 1 - TARGET_SHARE, label, color=GREY, va="center")
    longest = float(groups.table["duration_seconds"].max())
    duration_axis(ax, longest=longest, narrow=bool(groups.columns))
    ax.set_ylim(0, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_ylabel("Share of jobs not finished yet")
    if not groups.table["unfinished_share_low"].isna().all():
        ax.set_xlabel(f"{ax.get_xlabel()}; band: {canvas.interval_name(table.attrs)}")
    return ax


def _counts(ended: int, censored: int, unknown: int, mark: str = "") -> str:
    left_out = f", {unknown:,} left out (duration unknown)" if unknown else ""
    return f"{ended:,} ended, {censored:,} still open{mark}{left_out}"


def _draw_curve(ax: Axes, rows: pd.DataFrame, name: str, color: str, dashes: Any) -> Line2D:
    shown = rows.iloc[thin_out(len(rows))]
    x = np.append(0.0, shown["duration_seconds"])
    share, low, high = (
        np.append(1.0, shown[column].fillna(shown["unfinished_share"]))
        for column in ("unfinished_share", "unfinished_share_low", "unfinished_share_high")
    )
    ax.fill_between(x, low, high, step="post", color=color, alpha=0.2, linewidth=0)
    ax.plot(x, share, drawstyle="steps-post", color=color, linestyle=dashes, linewidth=2)
    ticks = rows[rows["censored"] > 0]
    ticks = ticks.iloc[thin_out(len(ticks), _MOST_TICKS)]
    ax.plot(ticks["duration_seconds"], ticks["unfinished_share"], "|", color=color, markersize=9)
    return line(f"{name}\n({int(rows['at_risk'].max()):,} jobs)", color, dashes)


def draw_duration_quantiles(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the times within which given shares of jobs ended, each with its interval.

    One row per group, with a marker for each quantile; without groups, one row per quantile. An
    arrow shows a time that is not reached because too few jobs have ended. At most 24 groups are
    drawn, or as many as fit into `ax`: those with the most ended jobs, as the title says.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.duration_quantiles`.
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
    all_groups = group_table(table, _QUANTILES, function="draw_duration_quantiles")
    most = canvas.rows_that_fit(ax, _MOST_ROWS, inches=0.3)
    groups, notes = all_groups.largest(table["ended"], most)
    totals = table.groupby(all_groups.keys)[["ended", "censored", "unknown"]].max().sum()
    ended, censored, unknown = (int(total) for total in totals)
    notes = [_counts(ended, censored, unknown), *notes]
    rows = len(groups.names) if groups.columns else len(table)
    title = f"Durations of {canvas.plural(ended + censored)}{groups.by}"
    height = 2.0 + 0.42 * rows if groups.columns else 0
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    limits = groups.table[_QUANTILES[1:4]]
    if limits.isna().all(axis=None):
        return canvas.annotate_empty(ax, NO_DURATION)
    longest = max(float(np.nanmax(limits)), TARGET_SECONDS)
    draw = _draw_groups if groups.columns else _draw_quantiles
    draw(ax, groups, longest)
    ax.axvline(TARGET_SECONDS, color=GREY, linestyle=":", linewidth=1)
    ax.text(TARGET_SECONDS, -0.6, f" {TARGET}", color=GREY, fontsize=8.5, va="bottom")
    ax.set_ylim(rows - 0.4, -0.9)
    duration_axis(ax, longest=longest)
    ax.set_xlabel(f"{ax.get_xlabel()}; line: {canvas.interval_name(table.attrs)}")
    return ax


def _draw_quantiles(ax: Axes, groups: Groups, longest: float) -> None:
    for place, row in enumerate(groups.table.itertuples()):
        marker = _MARKERS[place % len(_MARKERS)]
        _draw_quantile(ax, place, row, longest, color=GROUPS[0][0], marker=marker)
        canvas.write_beside(ax, place, _label(row), va="center")
    canvas.name_rows(ax, [_name(quantile) for quantile in groups.table["quantile"]])


def _name(quantile: float) -> str:
    return f"{quantile * 100:.4g}% within"


def _label(row: Any) -> str:
    if np.isnan(row.duration_seconds):
        return "not reached:\ntoo few have ended"
    low, high = map(format_duration, (row.duration_low_seconds, row.duration_high_seconds))
    if np.isnan(row.duration_low_seconds) and np.isnan(row.duration_high_seconds):
        limits = "no limits"
    elif row.duration_high_seconds > 0:
        limits = f"{low} to {high}" if row.duration_low_seconds > 0 else f"up to {high}"
    else:
        limits = f"from {low}, no upper limit" if row.duration_low_seconds > 0 else "no upper limit"
    return f"{format_duration(row.duration_seconds)}\n({limits})"


def _draw_quantile(ax: Axes, place: float, row: Any, longest: float, **style: Any) -> None:
    color = style["color"]
    arrow: dict[str, Any] = {"marker": ">", "color": color, "markerfacecolor": "white"}
    low, high = row.duration_low_seconds, row.duration_high_seconds
    if np.isnan(row.duration_seconds):
        start = longest if np.isnan(low) else low
        ax.plot([start, longest * 1.05], [place, place], color=color, linewidth=1.5)
        ax.plot(longest * 1.05, place, markersize=8, **arrow)
        return
    low = row.duration_seconds if np.isnan(low) else low
    if np.isnan(high) and np.isnan(row.duration_low_seconds):
        high = low
    elif np.isnan(high):
        high = longest * 1.05
        ax.plot(high, place, markersize=6, **arrow)
    ax.plot([low, high], [place, place], color=color, linewidth=2)
    ax.plot(row.duration_seconds, place, markersize=7, linestyle="", **style)


def _draw_groups(ax: Axes, groups: Groups, longest: float) -> None:
    quantiles = list(groups.table["quantile"].unique())
    styles = [
        {"color": GROUPS[number % len(GROUPS)][0], "marker": _MARKERS[number % len(_MARKERS)]}
        for number in range(len(quantiles))
    ]
    for place, (_, rows) in enumerate(groups):
        ax.axhspan(place - 0.5, place + 0.5, facecolor="#F4F4F4" if place % 2 else "none", zorder=0)
        for row in rows.itertuples():
            number = quantiles.index(row.quantile)
            shift = 0.6 * ((number + 0.5) / len(quantiles) - 0.5)
            _draw_quantile(ax, place + shift, row, longest, **styles[number])
        canvas.write_beside(ax, place, f"{int(rows['ended'].iloc[0]):,} ended", va="center")
    canvas.name_rows(ax, groups.names)
    ax.set_ylabel(groups.noun.capitalize())
    handles = [
        Line2D([], [], label=_name(quantile), color=style["color"], marker=style["marker"])
        for quantile, style in zip(quantiles, styles, strict=True)
    ]
    canvas.legend_below(ax, handles, columns=4)
