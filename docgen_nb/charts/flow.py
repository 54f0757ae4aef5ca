"""Throughput and backlog: what happened in each step of time, and what was waiting after it."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from docgen_nb.charts.canvas import counted, key_below, prepared, say
from docgen_nb.charts.groups import Groups, grouped
from docgen_nb.charts.styles import BLUE, GREEN, GROUPS, RED, patch
from docgen_nb.charts.time_axis import days, mark_running, pace_band, steps, thinned, time_axis
from docgen_nb.errors import MissingColumn

COLUMNS = ["step_start", "step_end", "created", "finished", "open", "ends_unknown", "running"]
_COUNTS = ["created", "finished", "open", "ends_unknown"]
_FEW = 40  # steps up to which each has a mark of its own
_OTHERS = ("#999999", "OO")


def draw_throughput(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many jobs were created and finished in each step, and how many were open.

    The step that was not over at the reading is shaded. Where steps come near the 50 to 80
    documents a minute that Box names for an enterprise, that pace is a dotted band. Of a table
    made with ``by=`` the created jobs are stacked by group, and the finished ones have no line. Of
    more than 5,000 steps the highest of neighbouring ones are drawn, and the title says so.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.throughput`.
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
    MissingColumn.check(table.columns, needed=COLUMNS, function="draw_throughput")
    ax, groups, totals, shown = _begun(table, "Throughput", ax)
    if table.empty:
        return say(ax, "No job in this table has a time.")
    edges = _edges(shown)
    if groups.columns:
        _stack(ax, groups, "created", totals)
    else:
        looks: dict[str, Any] = {
            "facecolor": "#CFE8F7",
            "edgecolor": BLUE,
            "hatch": "///",
            "linewidth": 0,
        }
        steps(ax, shown["created"], edges, fill=True, **looks)
        looks = {"baseline": None, "color": GREEN, "linewidth": _width(shown)}
        steps(ax, shown["created"], edges, color=BLUE, linewidth=1, fill=False)
        steps(ax, shown["finished"], edges, fill=False, **looks)
    _open_line(ax, shown, edges)
    top = max(1, int(shown[["created", "finished", "open"]].max().max())) * 1.1
    _frame(ax, shown, top, highest=float(shown[["created", "finished"]].max().max()))
    _label_ends(ax, _labels(totals, stacked=bool(groups.columns)), top)
    step = table.attrs.get("every", "one step")
    ax.set_ylabel(f"Jobs (created and finished: per step of {step})")
    return ax


def _begun(
    table: pd.DataFrame, title: str, ax: Axes | None
) -> tuple[Axes, Groups, pd.DataFrame, pd.DataFrame]:
    """The axes with their title, the groups, all of them together, and the steps to be drawn."""
    groups = grouped(table, before="step_start")
    totals = _summed(table) if groups.columns else table
    shown, notes = thinned(totals)
    title = f"{title} of {counted(int(table['created'].sum()))}{groups.by}"
    ax = prepared(ax, title=title, attrs=table.attrs, notes=_unknown(table) + notes)
    return ax, groups, totals, shown


def _unknown(table: pd.DataFrame) -> list[str]:
    unknown = int(table["ends_unknown"].sum())
    return [f"{unknown:,} ended at a time that Box does not tell"] if unknown else []


def _edges(table: pd.DataFrame) -> Any:
    return np.append(days(table["step_start"]), days(table["step_end"].iloc[-1:]))


def _summed(table: pd.DataFrame) -> pd.DataFrame:
    """The groups put together again: the counts of all of them, step by step."""
    rules = {"step_end": "first", **dict.fromkeys(_COUNTS, "sum"), "running": "max"}
    found = table.groupby("step_start", as_index=False).agg(rules)
    found.attrs = table.attrs
    return found


def _open_line(ax: Axes, table: pd.DataFrame, edges: Any) -> None:
    marker = "o" if len(table) <= _FEW else ""
    width = _width(table) * 0.7
    looks: dict[str, Any] = {"marker": marker, "markersize": 4, "clip_on": False}
    ax.plot(edges[1:], table["open"], "--", color=RED, linewidth=width, **looks)


def _width(table: pd.DataFrame) -> float:
    return 2.2 if len(table) <= 200 else 1.2


def _frame(ax: Axes, table: pd.DataFrame, top: float, *, highest: float) -> None:
    mark_running(ax, table)
    pace_band(ax, table, highest=highest)
    edges = _edges(table)
    ax.set_ylim(0, top)
    ax.set_xlim(edges[0], edges[-1])
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    time_axis(ax, table["step_start"].dt.tz, table.attrs)


def _labels(table: pd.DataFrame, *, stacked: bool) -> list[tuple[float, str, str]]:
    last, created = table.iloc[-1], f"{table['created'].sum():,} created\n"
    still_open = (last["open"], f"{_open_words(table)}\n(dashed)", RED)
    if stacked:
        return [(last["created"], f"{created}(stacked)", "black"), still_open]
    finished = f"{table['finished'].sum():,} finished\n(solid line)"
    return [
        (last["created"], f"{created}(hatched)", BLUE),
        (last["finished"], finished, GREEN),
        still_open,
    ]


def _open_words(table: pd.DataFrame) -> str:
    return f"{table['open'].iloc[-1]:,} open at the end,\nat most {table['open'].max():,}"


def _label_ends(ax: Axes, labels: Iterable[tuple[float, str, str]], top: float) -> None:
    """Write each label to the right, as near to the end of its line as the others allow."""
    ordered = sorted(labels, key=lambda label: label[0])
    heights = [0.055 * (words.count("\n") + 1) for _, words, _ in ordered]
    free = 0.0
    for number, (value, words, colour) in enumerate(ordered):
        place = max(free, min(value / top, 1 - sum(heights[number:])))
        ax.text(1.02, place, words, transform=ax.transAxes, color=colour, fontsize=9, va="bottom")
        free = place + heights[number]


def _stack(ax: Axes, groups: Groups, column: str, totals: pd.DataFrame) -> None:
    """The groups with most on top of each other, the rest of them together, with their legend."""
    starts = totals["step_start"]
    bottom = np.zeros(len(totals))
    keys = []
    for name, looks, values in _layers(groups, column, starts):
        top = bottom + values
        band, _ = thinned(totals.assign(bottom=bottom, top=top))
        colour, hatch = looks
        style = {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        steps(ax, band["top"], _edges(band), baseline=band["bottom"], fill=True, **style)
        keys.append(patch(name, colour, hatch))
        bottom = top
    key_below(ax, keys, columns=4)


def _layers(
    groups: Groups, column: str, starts: "pd.Series[Any]"
) -> Iterator[tuple[str, tuple[str, str], Any]]:
    shown, _ = groups.largest(groups.totals(groups.table[column]), len(GROUPS))
    all_of_them = groups.table.groupby("step_start")[column].sum().reindex(starts)
    rest = all_of_them.to_numpy(dtype="float64")
    for (name, rows), (colour, _, hatch) in zip(shown, GROUPS, strict=False):
        values = rows.set_index("step_start")[column].reindex(starts, fill_value=0).to_numpy()
        rest = rest - values
        yield name, (colour, hatch), values
    left_out = len(groups.names) - len(shown.names)
    if left_out:
        yield f"{left_out:,} others", _OTHERS, rest


def draw_backlog(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many jobs were open at the end of each step.

    The highest number is marked, and the step that was not over at the reading is shaded. Of a
    table made with ``by=`` the open jobs are stacked by group. A job that is over and of which
    nobody knows when it ended is in no count; the title says how many those are.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.throughput`.
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
    MissingColumn.check(table.columns, needed=COLUMNS, function="draw_backlog")
    ax, groups, totals, shown = _begun(table, "Backlog", ax)
    if table.empty:
        return say(ax, "No job in this table has a time.")
    edges = _edges(shown)
    if groups.columns:
        _stack(ax, groups, "open", totals)
    else:
        looks = {"facecolor": "#FBE3D6", "edgecolor": RED, "hatch": "..", "linewidth": 0}
        steps(ax, shown["open"], edges, fill=True, **looks)
    steps(ax, shown["open"], edges, color=RED, linewidth=_width(shown), fill=False)
    top = max(1, int(shown["open"].max())) * 1.15
    _frame(ax, shown, top, highest=0.0)
    _mark_highest(ax, shown, edges)
    _label_ends(ax, [(shown["open"].iloc[-1], _open_words(totals), RED)], top)
    step = table.attrs.get("every", "one step")
    ax.set_ylabel(f"Open jobs at the end of each step of {step}")
    return ax


def _mark_highest(ax: Axes, table: pd.DataFrame, edges: Any) -> None:
    place = int(table["open"].to_numpy().argmax())
    highest = table["open"].iloc[place]
    if highest == 0:
        return
    middle = (edges[place] + edges[place + 1]) / 2
    ax.plot(middle, highest, "v", color=RED, markersize=7, clip_on=False)
    right_half = place > len(table) / 2
    ax.annotate(
        f"{highest:,} open by {table['step_end'].iloc[place]:%d %b %H:%M}",
        (middle, highest),
        xytext=(-8 if right_half else 8, 2),
        textcoords="offset points",
        ha="right" if right_half else "left",
        fontsize=9,
    )
