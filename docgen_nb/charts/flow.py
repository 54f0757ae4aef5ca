"""Throughput and backlog: jobs created, finished and open in each time step."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from docgen_nb.charts import canvas
from docgen_nb.charts.groups import Groups, group_table
from docgen_nb.charts.styles import BLUE, GREEN, GROUPS, RED, Style, patch
from docgen_nb.charts.time_axis import (
    draw_rate_band,
    draw_steps,
    format_time_axis,
    limit_steps,
    shade_running,
    to_days,
)

_COUNTS = ["created", "finished", "open", "ends_unknown"]
_COLUMNS = ["step_start", "step_end", *_COUNTS, "running"]
_FEW_STEPS = 40  # the most steps that each have a marker
_OTHERS = ("#999999", "OO")
_NO_TIMES = "No job in this table has a known time."
Label = tuple[float, str, str]  # a value of the y axis, the text beside it, and its color


def draw_throughput(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many jobs were created, finished and open in each time step.

    The step in progress at the reading is shaded. If steps come near the 50 to 80 documents a
    minute that Box names for an enterprise, a dotted band shows that rate. For a table made with
    ``by=``, created jobs are stacked by group and finished jobs are not drawn. Of more than 5,000
    steps, neighboring steps are merged to the highest, as the title says.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.throughput`.
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
    groups = group_table(table, _COLUMNS, function="draw_throughput")
    ax, totals, shown = _start(groups, "Throughput", ax)
    if table.empty:
        return canvas.annotate_empty(ax, _NO_TIMES)
    edges, last = _edges(shown), totals.iloc[-1]
    created = f"{totals['created'].sum():,} created\n"
    if groups.columns:
        _draw_stack(ax, groups, "created", totals)
        labels = [(last["created"], f"{created}(stacked)", "black")]
    else:
        area: dict[str, Any] = {"facecolor": "#CFE8F7", "edgecolor": BLUE, "hatch": "///"}
        draw_steps(ax, shown["created"], edges, linewidth=0, **area)
        draw_steps(ax, shown["created"], edges, color=BLUE, linewidth=1, fill=False)
        line: dict[str, Any] = {"baseline": None, "color": GREEN, "linewidth": _line_width(shown)}
        draw_steps(ax, shown["finished"], edges, fill=False, **line)
        finished = f"{totals['finished'].sum():,} finished\n(solid line)"
        labels = [
            (last["created"], f"{created}(hatched)", BLUE),
            (last["finished"], finished, GREEN),
        ]
    labels.append((last["open"], f"{_open_label(totals)}\n(dashed)", RED))
    marker: dict[str, Any] = {"marker": "o" if len(shown) <= _FEW_STEPS else "", "markersize": 4}
    width = _line_width(shown) * 0.7
    ax.plot(edges[1:], shown["open"], "--", color=RED, linewidth=width, clip_on=False, **marker)
    top = max(1, int(shown[["created", "finished", "open"]].max().max())) * 1.1
    draw_rate_band(ax, shown, highest=float(shown[["created", "finished"]].max().max()))
    _finish(ax, shown, top, labels)
    ax.set_ylabel(f"Jobs (created and finished per {_step(table)})")
    return ax


def draw_backlog(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many jobs were open at the end of each step.

    The highest number is marked, and the step in progress at the reading is shaded. For a table
    made with ``by=``, open jobs are stacked by group. Jobs that ended at an unknown time never
    count as open; the title gives their number.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.throughput`.
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
    groups = group_table(table, _COLUMNS, function="draw_backlog")
    ax, totals, shown = _start(groups, "Backlog", ax)
    if table.empty:
        return canvas.annotate_empty(ax, _NO_TIMES)
    edges = _edges(shown)
    if groups.columns:
        _draw_stack(ax, groups, "open", totals)
    else:
        area: dict[str, Any] = {"facecolor": "#FBE3D6", "edgecolor": RED, "hatch": ".."}
        draw_steps(ax, shown["open"], edges, linewidth=0, **area)
    draw_steps(ax, shown["open"], edges, color=RED, linewidth=_line_width(shown), fill=False)
    _mark_highest(ax, shown, edges)
    top = max(1, int(shown["open"].max())) * 1.15
    _finish(ax, shown, top, [(shown["open"].iloc[-1], _open_label(totals), RED)])
    ax.set_ylabel(f"Open jobs at the end of each {_step(table)}")
    return ax


def _step(table: pd.DataFrame) -> str:
    """Return what a step is; pandas names a week by a day, and doesn't say that it is the first."""
    every = table.attrs.get("every", "one")
    day = every.removeprefix("W-").title()
    return f"week from {day}" if every.startswith("W-") else f"{every} step"


def _start(groups: Groups, title: str, ax: Axes | None) -> tuple[Axes, pd.DataFrame, pd.DataFrame]:
    """Return the Axes with its title, the sums of all groups, and the steps to draw."""
    table = groups.table
    totals = _sum_groups(table) if groups.columns else table
    shown, notes = limit_steps(totals)
    unknown = int(table["ends_unknown"].sum())
    unknown_note = [f"end time unknown for {canvas.plural(unknown)}"] if unknown else []
    title = f"{title} of {canvas.plural(int(table['created'].sum()))}{groups.by}"
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=unknown_note + notes)
    return ax, totals, shown


def _sum_groups(table: pd.DataFrame) -> pd.DataFrame:
    rules = {"step_end": "first", **dict.fromkeys(_COUNTS, "sum"), "running": "max"}
    totals = table.groupby("step_start", as_index=False).agg(rules)
    totals.attrs = table.attrs
    return totals


def _edges(table: pd.DataFrame) -> Any:
    return np.append(to_days(table["step_start"]), to_days(table["step_end"].iloc[-1:]))


def _line_width(table: pd.DataFrame) -> float:
    return 2.2 if len(table) <= 200 else 1.2


def _open_label(table: pd.DataFrame) -> str:
    return f"{table['open'].iloc[-1]:,} open at the end,\nat most {table['open'].max():,}"


def _finish(ax: Axes, table: pd.DataFrame, top: float, labels: list[Label]) -> None:
    shade_running(ax, table)
    edges = _edges(table)
    ax.set_ylim(0, top)
    ax.set_xlim(edges[0], edges[-1])
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    format_time_axis(ax, table["step_start"].dt.tz, table.attrs)
    # Put each label as near to the end of its line as the others allow.
    ordered = sorted(labels, key=lambda label: label[0])
    heights = [0.055 * (text.count("\n") + 1) for _, text, _ in ordered]
    free = 0.0
    for number, (value, text, color) in enumerate(ordered):
        y = max(free, min(value / top, 1 - sum(heights[number:])))
        ax.text(1.02, y, text, transform=ax.transAxes, color=color, fontsize=9, va="bottom")
        free = y + heights[number]


def _draw_stack(ax: Axes, groups: Groups, column: str, totals: pd.DataFrame) -> None:
    """Stack the largest groups and the sum of the others, and add their legend."""
    bottom = np.zeros(len(totals))
    handles = []
    for name, (color, hatch), values in _layers(groups, column, totals):
        band, _ = limit_steps(totals.assign(bottom=bottom, top=bottom + values))
        style = {"facecolor": color, "edgecolor": "white", "hatch": hatch, "linewidth": 0}
        draw_steps(ax, band["top"], _edges(band), baseline=band["bottom"], **style)
        handles.append(patch(name, color, hatch))
        bottom = bottom + values
    canvas.legend_below(ax, handles, columns=4)


def _layers(groups: Groups, column: str, totals: pd.DataFrame) -> Iterator[tuple[str, Style, Any]]:
    shown, _ = groups.largest(groups.totals(groups.table[column]), len(GROUPS))
    starts, rest = totals["step_start"], totals[column].to_numpy(dtype="float64")
    for (name, rows), (color, _, hatch) in zip(shown, GROUPS, strict=False):
        values = rows.set_index("step_start")[column].reindex(starts, fill_value=0).to_numpy()
        rest = rest - values
        yield name, (color, hatch), values
    left_out = len(groups.names) - len(shown.names)
    if left_out:
        yield f"{left_out:,} others", _OTHERS, rest


def _mark_highest(ax: Axes, table: pd.DataFrame, edges: Any) -> None:
    place = int(table["open"].to_numpy().argmax())
    highest = table["open"].iloc[place]
    if highest == 0:
        return
    middle = (edges[place] + edges[place + 1]) / 2
    ax.plot(middle, highest, "v", color=RED, markersize=7, clip_on=False)
    in_right_half = place > len(table) / 2
    ax.annotate(
        f"{highest:,} open at {table['step_end'].iloc[place]:%d %b %H:%M}",
        (middle, highest),
        xytext=(-8 if in_right_half else 8, 2),
        textcoords="offset points",
        ha="right" if in_right_half else "left",
        fontsize=9,
    )
