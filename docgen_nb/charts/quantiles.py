"""The times within which shares of jobs ended, as dots on their intervals."""

from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_bars
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import Groups, group_table
from docgen_nb.charts.canvas.seconds import (
    NO_DURATION,
    YARDSTICK,
    YARDSTICK_SHARE,
    duration_axis,
    mark_yardstick,
)
from docgen_nb.wording import NB, plural, seconds

_QUANTILES = [
    *("quantile", "duration_seconds", "duration_low_seconds", "duration_high_seconds"),
    *("ended", "censored", "unknown"),
]
_MOST_ROWS, _MOST_LONG = 24, 14
_REACH = 1.6
_TIME = "Time from request to document"


def draw_duration_quantiles(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw the times within which given shares of jobs ended, each with its interval.

    One row per group, with a dot for each quantile; without groups, one row per quantile. A pale
    bar is the 95% interval, with an arrow where it has no upper limit. An arrow alone shows a time
    that is not reached because too few jobs have ended. At most 24 groups are drawn (14 with long
    names), or as many as fit into `ax`: those with the most ended jobs, as the caption says.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.duration_quantiles`.
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
        If `style` is another.

    Examples
    --------
    >>> from docgen_nb import duration_quantiles
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"],
    ...     "status": ["completed", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2),
    ...     "duration_seconds": [4.0, None],
    ...     "finished_source": ["output_file", None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 2),
    ... })
    >>> ax = draw_duration_quantiles(duration_quantiles(jobs, quantiles=[0.5]))
    >>> ax.get_title(loc="left")
    'Half within 4\xa0s'
    """
    all_groups = group_table(table, _QUANTILES, function="draw_duration_quantiles")
    is_long = any(len(name) > frame.NAME for name in all_groups.names)
    most = frame.rows_that_fit(ax, _MOST_LONG if is_long else _MOST_ROWS, inches=0.6)
    groups, notes = all_groups.largest(table["ended"], most)
    totals = table.groupby(all_groups.keys)[["ended", "censored", "unknown"]].max().sum()
    ended, censored, unknown = (int(total) for total in totals)
    has_limits = bool(groups.table[_QUANTILES[2:4]].notna().any(axis=None))
    limits = [frame.interval_note(table.attrs, "Pale bars")] * has_limits
    notes = [*_left_out(censored, unknown), *notes, *limits]
    rows = len(groups.names) if groups.columns else len(table)
    canvas = frame.start(
        ax,
        title=_quantiles_title(all_groups),
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(ended + censored),
        notes=notes if rows else [],
        lines_above=2,
        height=1.5 + (0.62 if groups.columns else 0.55) * rows,
    )
    kind = f"Dots: times within which shares of jobs ended{groups.by}"
    times = groups.table[_QUANTILES[1:4]]
    if times.isna().all(axis=None):
        return canvas.empty(NO_DURATION)
    known = times["duration_seconds"].dropna()
    longest = float(np.nanmax(times)) if known.empty else float(known.max()) * _REACH
    longest = max(min(longest, float(np.nanmax(times))), YARDSTICK * 1.5)
    canvas.ax.set_ylim(rows - 0.4, -0.7)
    duration_axis(canvas, longest=longest * 1.04, label=_TIME)
    (_draw_groups if groups.columns else _draw_rows)(canvas, groups, longest)
    mark_yardstick(canvas, f"Box's yardstick: 95{NB}% within 15{NB}s")
    canvas.grid("x")
    high = groups.table[groups.table["quantile"] == _high_quantile(groups.table)]
    names = groups.labels[high.index]
    return canvas.say(
        kind,
        [f"{a or 'all'} {_label(b)}" for a, b in zip(names, high.itertuples(), strict=True)][:7],
    )


def _left_out(censored: int, unknown: int) -> list[str]:
    notes = [f"{jobs_text(censored)} still open when read"] if censored else []
    return notes + ([f"{jobs_text(unknown)} left out: end time unknown"] if unknown else [])


def _high_quantile(table: pd.DataFrame) -> float:
    """Return the quantile of the finding: 95%, or the one nearest to it."""
    quantiles = table["quantile"]
    return float(quantiles.iloc[int((quantiles - YARDSTICK_SHARE).abs().to_numpy().argmin())])


def _quantiles_title(groups: Groups) -> str:
    table = groups.table
    if table.empty or table["duration_seconds"].isna().all():
        return "No known duration"
    if not groups.columns:
        known = table[table["duration_seconds"].notna()]
        parts = [f"{_name(q)} {seconds(s)}" for q, s in known[_QUANTILES[:2]].to_numpy()[:2]]
        text = ", ".join(parts)
        return f"{text[:1].upper()}{text[1:]}"
    quantile = _high_quantile(table)
    high = table[table["quantile"] == quantile]
    slow = high[high["duration_low_seconds"] > YARDSTICK]
    meets = high[high["duration_high_seconds"] <= YARDSTICK]
    if quantile == YARDSTICK_SHARE and len(meets) == len(high):
        return f"All {groups.noun}s meet Box's 15{NB}s"
    if quantile != YARDSTICK_SHARE or slow.empty:
        low, most = high["duration_seconds"].min(), high["duration_seconds"].max()
        spread = seconds(low) if low == most else f"{seconds(low)} to {seconds(most)}"
        return f"{_name(quantile)} {spread},{groups.by}"
    place = int(slow["duration_seconds"].fillna(np.inf).to_numpy().argmax())
    name, time = groups.labels[slow.index].iloc[place], slow["duration_seconds"].iloc[place]
    name = f"{groups.noun.capitalize()} {name}" if name.isdecimal() else name
    if len(slow) > 1:
        number = f"All {len(high)}" if len(slow) == len(high) else f"{len(slow)} of {len(high)}"
        return f"{number} {groups.noun}s miss Box's 15{NB}s, {name} by most"
    rest = f"the others meet Box's 15{NB}s" if len(meets) == len(high) - 1 else f"Box names 15{NB}s"
    return f"{name} is slow: 95{NB}% within {seconds(time)}; {rest}"


def _name(quantile: float) -> str:
    return "half within" if quantile == 0.5 else f"{quantile * 100:.4g}{NB}% within"


def _label(row: Any) -> str:
    if isnan(row.duration_seconds):
        return "not reached: too few have ended"
    low, high = row.duration_low_seconds, row.duration_high_seconds
    if isnan(low) and isnan(high):
        limits = "no limits"
    elif isnan(high):
        limits = f"from {seconds(low)}, no upper limit"
    else:
        limits = f"up to {seconds(high)}" if isnan(low) else f"{seconds(low)} to {seconds(high)}"
    return f"{seconds(row.duration_seconds)} ({limits})"


def _draw_rows(canvas: Canvas, groups: Groups, longest: float) -> None:
    names = [_name(quantile) for quantile in groups.table["quantile"]]
    for place, row in enumerate(groups.table.itertuples()):
        _draw_quantile(canvas, place, row, longest, size=9)
        canvas.beside(place, _label(row).replace(" (", "\n("))
    canvas.name_rows([f"{name[:1].upper()}{name[1:]}" for name in names])


def _draw_quantile(canvas: Canvas, place: float, row: Any, longest: float, *, size: float) -> None:
    low, high, time = row.duration_low_seconds, row.duration_high_seconds, row.duration_seconds
    theme, end = canvas.theme, longest * 1.03
    is_slow = low > YARDSTICK and row.quantile == YARDSTICK_SHARE
    color, pale = (theme.errors_text, theme.errors) if is_slow else (theme.subject, theme.context)
    first = (end if isnan(low) else low) if isnan(time) else (time if isnan(low) else low)
    high = float("nan") if high > end else high  # goes on to the right
    last = end if isnan(high) and (isnan(time) or not isnan(low)) else time if isnan(high) else high
    draw_bars(canvas.ax, [place], [first], [last], height=0.16, color=pale, alpha=0.55)
    if last == end:
        arrow: dict[str, Any] = {"marker": ">", "color": color, "markersize": 6, "clip_on": False}
        canvas.ax.plot(end, place, markerfacecolor=theme.ground, **arrow)
    if not isnan(time):
        canvas.ax.plot(time, place, "o", color=color, markersize=size, zorder=3)


def _draw_groups(canvas: Canvas, groups: Groups, longest: float) -> None:
    high = _high_quantile(groups.table)
    for place, (_, rows) in enumerate(groups):
        spread = rows["duration_seconds"].dropna()
        if not spread.empty:
            ends = [spread.min(), spread.max()]
            canvas.ax.plot(
                ends, [place, place], color=canvas.theme.context, linewidth=1.2, zorder=2
            )
        for row in rows.itertuples():
            _draw_quantile(canvas, place, row, longest, size=9 if row.quantile == high else 5.5)
        main = rows[rows["quantile"] == high].iloc[0]
        time = main["duration_seconds"]
        text = "not reached" if isnan(time) else seconds(time)
        at = min(longest if isnan(time) else time, longest)
        style: dict[str, Any] = {"ha": "center", "va": "bottom", "fontweight": "bold"}
        canvas.text(at, place - 0.14, text, **style)
    names = [plural(int(rows["ended"].iloc[0])) for _, rows in groups]
    canvas.name_rows(groups.names, names)
    others = [_name(one) for one in groups.table["quantile"].unique() if one != high]
    small = f"; small: {', '.join(others)}" if others else ""
    canvas.measure(f"Large dot: {_name(high)}{small}")
