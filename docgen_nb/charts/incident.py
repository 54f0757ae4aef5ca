"""Spans in which far more jobs failed than usual, or all took longer."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from docgen_nb.charts.canvas import counted, key_below, name_rows, prepared, rows_that_fit, say
from docgen_nb.charts.groups import Groups, grouped
from docgen_nb.charts.styles import STATUSES, UNKNOWN_STATUS, patch
from docgen_nb.charts.time_axis import days, time_axis
from docgen_nb.errors import MissingColumn

_COLUMNS = ["kind", "start", "end", "jobs", "affected", "share", "usual_share"]
_MOST_ROWS = 15
_LOOKS = {"failures": STATUSES["failed"], "waiting": STATUSES["completed_with_error"]}
_VERBS = {"failures": "failed", "waiting": "slow for their template"}
_NAMES = {"failures": "more failures than usual", "waiting": "longer waiting than usual"}


def draw_incidents(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the spans in which more jobs failed than usual, or waited longer, over the whole time.

    One row per span, with what was seen in it and what is usual. At most 15 are drawn, or as many
    as `ax` has room for: those that affected most jobs, and the title says so.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.find_incidents`.
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
    MissingColumn.check(table.columns, needed=_COLUMNS, function="draw_incidents")
    table = table.reset_index(drop=True)
    groups = grouped(table, before="kind")
    most = rows_that_fit(ax, _MOST_ROWS, inches=0.4)
    kept = table.loc[table["affected"].nlargest(most).index.sort_values()]
    kept = kept.sort_values("start", kind="stable")
    notes = []
    if len(kept) < len(table):
        notes = [f"the {most} of {len(table):,} spans that affected most jobs are shown"]
    of = f" among {counted(int(table.attrs['jobs']))}" if "jobs" in table.attrs else ""
    spans = "One unusual span" if len(table) == 1 else f"{len(table):,} unusual spans"
    title = f"{spans}{of}{groups.by}"
    height = 2.0 + 0.45 * len(kept)
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty:
        return say(ax, "No span stands out.")
    first, last = _limits(kept, table.attrs)
    for place, row in enumerate(kept.itertuples()):
        _span(ax, place, row, first, last)
    ax.set_xlim(first, last)
    time_axis(ax, kept["start"].dt.tz, table.attrs)
    _frame(ax, kept, groups)
    return ax


def _limits(table: pd.DataFrame, attrs: Any) -> tuple[float, float]:
    """The whole time of the jobs if it is told, else that of the spans."""
    moments = [
        pd.Timestamp(attrs[name]) for name in ("created_from", "created_to") if attrs.get(name)
    ]
    every = [*days(table["start"]), *days(table["end"]), *days(pd.Series(moments, dtype=object))]
    first, last = min(every), max(every)
    margin = 0.02 * (last - first)
    return first - margin, last + margin


def _span(ax: Axes, place: int, row: Any, first: float, last: float) -> None:
    start, end = days(pd.Series([row.start, row.end]))
    colour, hatch = _LOOKS.get(row.kind, UNKNOWN_STATUS)
    bar: dict[str, Any] = {"y": place + 0.1, "width": end - start, "left": start, "height": 0.4}
    ax.barh(color=colour, hatch=hatch, edgecolor="white", **bar)
    ax.barh(color="none", edgecolor=colour, **bar)  # so that a short one is seen
    in_left_half = start + end < first + last
    at, side = (start, "left") if in_left_half else (end, "right")
    ax.text(at, place - 0.15, _words(row), ha=side, va="bottom", fontsize=8.5)


def _words(row: Any) -> str:
    what = _VERBS.get(row.kind, "affected")
    return f"{row.share:.1%} of {counted(int(row.jobs))} {what}, usually {row.usual_share:.1%}"


def _frame(ax: Axes, table: pd.DataFrame, groups: Groups) -> None:
    names = [
        f"{start:%d %b %H:%M}" + (f"\n{group}" if group else "")
        for start, group in zip(table["start"], groups.labels.loc[table.index], strict=True)
    ]
    name_rows(ax, names)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_ylabel("Start of the span")
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
    kinds = list(table["kind"].unique())
    key_below(
        ax,
        [patch(_NAMES.get(kind, kind), *_LOOKS.get(kind, UNKNOWN_STATUS)) for kind in kinds],
        columns=3,
    )
