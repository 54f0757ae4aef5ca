"""Throughput and backlog: jobs created, finished and open in each time step."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_boxes
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import Groups, group_table
from docgen_nb.charts.canvas.stacks import draw_stack
from docgen_nb.charts.canvas.time_axis import (
    bar_spans,
    draw_rate_band,
    draw_steps,
    edges_of,
    format_time_axis,
    limit_steps,
    long_day,
    running_note,
    shade_running,
    shade_weekends,
    step_words,
)
from docgen_nb.wording import NB

_COUNTS = ["created", "finished", "open", "ends_unknown"]
_COLUMNS = ["step_start", "step_end", *_COUNTS, "running"]
_MOST_BARS = 100  # steps that each have a bar
_SAME = 0.01  # of the jobs: a line that repeats another is left out
_ABOUT = f", to {_SAME * 100:g}{NB}%"
_LEAST_OPEN, _MOST_OPEN = 0.25, 3.0  # of the highest bar, between which open jobs are a line
_FAR = 1.5  # times a usual weekday, which a title names
_FEW_WEEKDAYS = 4
_NO_TIMES = "No job in this table has a known time."


def draw_throughput(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw how many jobs were created, finished and open in each time step.

    Bars are created jobs. Finished jobs are a line if they differ from created ones by more than
    1%, and open jobs a grey dashed line if they are more than a few. The step in progress at the
    reading is outlined. If steps come near the 50 to 80 documents a minute that Box names for an
    enterprise, a band shows that pace. For a table made with ``by=``, created jobs are stacked by
    group. Of more than 5,000 steps, neighboring steps are merged to the highest.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.throughput`.
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
    >>> from docgen_nb import throughput
    >>> times = pd.to_datetime(["2026-03-02T09:00Z"] * 2)
    >>> jobs = pd.DataFrame({"status": "completed", "created_at": times, "finished_at": times})
    >>> ax = draw_throughput(throughput(jobs.assign(read_at=times)))
    >>> ax.get_title(loc="left")
    '2 jobs, at most 2 a minute'
    """
    groups = group_table(table, _COLUMNS, function="draw_throughput")
    totals, shown, notes = _steps(groups)
    total, step = int(table["created"].sum()), step_words(table.attrs.get("every", "step"))
    usual = _usual_weekday(table.attrs, totals)
    labels, more = _lines(shown, totals, stacked=bool(groups.columns))
    canvas = frame.start(
        ax,
        title=_throughput_title(table.attrs, totals, usual, step),
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(total),
        notes=[*more, *_unknown(table), *notes],
        height=_height(groups),
    )
    kind = f"Columns: jobs created {step}{groups.by}"
    if table.empty:
        return canvas.empty(_NO_TIMES)
    edges, peak = edges_of(shown), int(shown["created"].to_numpy().argmax())
    top = max(1, int(shown[["created", *labels]].max().max())) * 1.12
    _frame_steps(canvas, shown, top)
    if groups.columns:
        draw_stack(canvas, groups, "created", totals)
    else:
        _draw_columns(canvas, shown, edges, peak, is_daily=_is_daily(table.attrs))
    sides = draw_rate_band(canvas, shown, highest=float(shown[["created", "finished"]].max().max()))
    sides += _draw_lines(canvas, shown, totals, edges, labels, usual)
    canvas.beside_all(sides)
    canvas.measure(f"Jobs created {step}{groups.by}")
    values = [f"most {int(shown['created'].iloc[peak]):,} on {_when(shown, peak)}"]
    return canvas.say(
        kind, [*values, f"{totals['finished'].sum():,} finished", _open_label(totals)]
    )


def _height(groups: Groups) -> float:
    """Return the height of a figure; the key of groups is below the plot."""
    return frame.height_with_key(groups.names[:5] if groups.columns else [])


def _is_daily(attrs: Any) -> bool:
    return bool(attrs.get("every") == "1D")


def _usual_weekday(attrs: Any, totals: pd.DataFrame) -> float | None:
    """Return the median of whole weekdays, if the steps are days and there are some."""
    if not _is_daily(attrs):
        return None
    whole = totals.iloc[1:-1]  # the first and last day may not be whole
    whole = whole[(whole["step_start"].dt.day_of_week < 5) & (whole["created"] > 0)]
    return float(whole["created"].median()) if len(whole) >= _FEW_WEEKDAYS else None


def _throughput_title(attrs: Any, totals: pd.DataFrame, usual: float | None, step: str) -> str:
    total = int(totals["created"].sum())
    if totals.empty:
        return "No jobs"
    peak = totals.iloc[int(totals["created"].to_numpy().argmax())]
    if usual and peak["created"] > _FAR * usual:
        day = long_day(peak["step_start"])
        times = f"{peak['created'] / usual:.1f} times a usual weekday"
        return f"{day} had {peak['created']:,} jobs, {times}"
    if usual:
        return f"{total:,} jobs, {usual:,.0f} on a usual weekday"
    return f"{jobs_text(total)}, at most {peak['created']:,} {step}"


def _lines(
    shown: pd.DataFrame, totals: pd.DataFrame, *, stacked: bool
) -> tuple[list[str], list[str]]:
    """Return the columns to draw as lines, and notes about those left out."""
    if totals.empty:
        return [], []
    columns, notes = [], []
    created, highest = totals["created"], int(totals["open"].max())
    apart = (created - totals["ends_unknown"] - totals["finished"]).abs().sum()
    if not totals["finished"].any():
        notes.append("No job has a known end")
    elif not stacked and apart > _SAME * created.sum():
        columns.append("finished")
    elif not stacked:
        known = " with a known end" * bool(totals["ends_unknown"].any())
        about = _ABOUT * bool(apart)
        notes.append(f"As many jobs{known} finished in each step as were created{about}")
    if _LEAST_OPEN * shown["created"].max() < highest < _MOST_OPEN * shown["created"].max():
        columns.append("open")
    elif highest:
        notes.append(f"At most {jobs_text(highest)} open at the end of a step")
    return columns, notes


def _unknown(table: pd.DataFrame) -> list[str]:
    unknown = int(table["ends_unknown"].sum())
    return [f"End time unknown for {jobs_text(unknown)}"] if unknown else []


def _steps(groups: Groups) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the sums of all groups, the steps to draw, and notes about them."""
    totals = _sum_groups(groups.table) if groups.columns else groups.table
    shown, notes = limit_steps(totals)
    return totals, shown, [*running_note(totals), *notes]


def _sum_groups(table: pd.DataFrame) -> pd.DataFrame:
    rules = {"step_end": "first", **dict.fromkeys(_COUNTS, "sum"), "running": "max"}
    totals = table.groupby("step_start", as_index=False).agg(rules)
    totals.attrs = table.attrs
    return totals


def _frame_steps(canvas: Canvas, shown: pd.DataFrame, top: float) -> None:
    """Set the limits and format the axes."""
    edges = edges_of(shown)
    canvas.ax.set_ylim(0, top)
    canvas.ax.set_xlim(edges[0], edges[-1])
    canvas.ax.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 2.5, 5, 10]))
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda jobs, _: f"{jobs:,.0f}"))
    canvas.grid("y")
    shade_running(canvas, shown)
    format_time_axis(canvas, shown["step_start"].dt.tz, shown.attrs, edges=edges)


def _draw_columns(
    canvas: Canvas, shown: pd.DataFrame, edges: Any, peak: int, *, is_daily: bool
) -> None:
    theme, created = canvas.theme, shown["created"].to_numpy()
    if len(shown) > _MOST_BARS:
        draw_steps(canvas.ax, created, edges, facecolor=theme.context, linewidth=0)
    else:
        colors = np.full(len(shown), theme.context, dtype=object)
        if is_daily:
            colors[shown["step_start"].dt.day_of_week.to_numpy() > 4] = theme.faint
        colors[peak] = theme.subject
        draw_boxes(canvas.ax, *bar_spans(edges), 0.0, created, color=list(colors))
    middle = (edges[peak] + edges[peak + 1]) / 2
    if created[peak]:
        side = _side(middle, edges)
        canvas.text(
            middle,
            created[peak],
            f"{created[peak]:,}",
            va="bottom",
            size=10.5,
            ha=side,
            fontweight="bold",
        )


def _side(place: float, edges: Any, *, room: float = 0.03) -> str:
    share = (place - edges[0]) / (edges[-1] - edges[0])
    return "left" if share < room else "right" if share > 1 - room else "center"


def _draw_lines(
    canvas: Canvas,
    shown: pd.DataFrame,
    totals: pd.DataFrame,
    edges: Any,
    columns: list[str],
    usual: float | None,
) -> list[tuple[float, str, str]]:
    """Draw finished and open jobs and what is usual; return their labels for the right."""
    theme, labels = canvas.theme, []
    if "finished" in columns:
        line: dict[str, Any] = {"baseline": None, "fill": False, "linewidth": _line_width(shown)}
        draw_steps(canvas.ax, shown["finished"], edges, color=theme.ink, **line)
        text = f"{totals['finished'].sum():,} finished"
        labels.append((float(shown["finished"].iloc[-1]), text, theme.ink))
    if "open" in columns:
        width = _line_width(shown) * 0.8
        canvas.ax.plot(edges[1:], shown["open"], "--", color=theme.open, linewidth=width)
        text = _open_label(totals).replace(", ", ",\n")
        labels.append((float(shown["open"].iloc[-1]), text, theme.second))
    if usual:
        canvas.ax.axhline(usual, color=theme.second, linewidth=1.2, dashes=(4, 3))
        labels.append((usual, f"{usual:,.0f} on a\nusual weekday", theme.second))
    return labels


def _line_width(table: pd.DataFrame) -> float:
    return 1.8 if len(table) <= 200 else 1.0


def _open_label(table: pd.DataFrame) -> str:
    return f"{table['open'].iloc[-1]:,} open at the end, at most {table['open'].max():,}"


def _when(shown: pd.DataFrame, place: int, column: str = "step_start") -> str:
    """Return the day of a step, with its time if the step is shorter."""
    if shown["step_end"].iloc[0] - shown["step_start"].iloc[0] >= pd.Timedelta("1D"):
        return f"{shown['step_start'].iloc[place]:%a %-d %b}"
    return f"{shown[column].iloc[place]:%a %-d %b %H:%M}"


def draw_backlog(table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None) -> Axes:
    """Draw how many jobs were open at the end of each step, in grey.

    The highest number is marked, weekends are shaded, and the step in progress at the reading is
    outlined. For a table made with ``by=``, open jobs are stacked by group. Jobs that ended at an
    unknown time never count as open; the caption gives their number.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.throughput`.
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
    >>> from docgen_nb import throughput
    >>> times = pd.to_datetime(["2026-03-02T09:00Z"] * 2)
    >>> jobs = pd.DataFrame({"status": "completed", "created_at": times, "finished_at": times})
    >>> ax = draw_backlog(throughput(jobs.assign(read_at=times)))
    >>> ax.get_title(loc="left")
    'No job was open at the end of any minute'
    """
    groups = group_table(table, _COLUMNS, function="draw_backlog")
    _, shown, notes = _steps(groups)
    step = step_words(table.attrs.get("every", "step"))
    canvas = frame.start(
        ax,
        title=_backlog_title(table, shown, step),
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(int(table["created"].sum())),
        notes=[*_unknown(table), *notes],
        height=_height(groups),
    )
    if table.empty:
        return canvas.empty(_NO_TIMES)
    if not shown["open"].any():
        return canvas.empty(_none_open(_noun(step), is_known=not table["ends_unknown"].any()))
    top = int(shown["open"].max()) * 1.15
    _frame_steps(canvas, shown, top)
    shade_weekends(canvas, shown)
    edges = edges_of(shown)
    if groups.columns:
        draw_stack(canvas, groups, "open", _sum_groups(table))
    else:
        draw_steps(
            canvas.ax,
            shown["open"],
            edges,
            facecolor=canvas.theme.open,
            edgecolor=canvas.theme.open,
            linewidth=0.6,
        )
    _mark_highest(canvas, shown, edges)
    canvas.measure(f"Jobs open at the end of each {_noun(step)}{groups.by}")
    last = int(shown["open"].iloc[-1])
    canvas.beside_all([(float(last), f"{last:,} at\nthe end", canvas.theme.second)])
    return canvas.say(f"Columns: open jobs{groups.by}", [f"{last:,} open at the end"])


def _noun(step: str) -> str:
    return step.removeprefix("an ").removeprefix("a ").removeprefix("in ").removesuffix("s")


def _none_open(step: str, *, is_known: bool) -> str:
    known = "" if is_known else ",\nor at an unknown time"
    return f"Each job ended in the {step} in which it was created{known}."


def _backlog_title(table: pd.DataFrame, shown: pd.DataFrame, step: str) -> str:
    if shown.empty or not shown["open"].max():
        return f"No job was open at the end of any {_noun(step)}"
    place = int(shown["open"].to_numpy().argmax())
    highest, day = shown["open"].iloc[place], long_day(shown["step_start"].iloc[place])
    length = table["step_end"].iloc[0] - table["step_start"].iloc[0]
    were = f"{jobs_text(highest)} {'was' if highest == 1 else 'were'} open"
    once = (
        "at once" if length <= pd.Timedelta("1min") else f"at the end of {step.removeprefix('in ')}"
    )
    return f"At most {were} {once}, on {day}"


def _mark_highest(canvas: Canvas, shown: pd.DataFrame, edges: Any) -> None:
    place = int(shown["open"].to_numpy().argmax())
    highest = shown["open"].iloc[place]
    middle = (edges[place] + edges[place + 1]) / 2
    canvas.ax.plot(middle, highest, "o", color=canvas.theme.ink, markersize=5, clip_on=False)
    text = f"{highest:,} open, {_when(shown, place, 'step_end')}"
    style = {"ha": _side(middle, edges, room=0.15), "va": "bottom", "fontweight": "bold"}
    canvas.text(middle, highest * 1.03, text, size=10.5, **style)
