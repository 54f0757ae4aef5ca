"""Why jobs failed: a bar for each pattern of messages."""

from textwrap import shorten, wrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from docgen_nb.charts.canvas import (
    beside,
    counted,
    key_below,
    name_rows,
    prepared,
    rows_that_fit,
    say,
)
from docgen_nb.charts.groups import grouped
from docgen_nb.charts.styles import ERROR, UNKNOWN_STATUS, WARNING, patch
from docgen_nb.errors import MissingColumn

_COLUMNS = ["pattern", "tag", "severity", "messages", "jobs", "share"]
_MOST_BARS = 15
_LINE, _LONGEST = 38, 110  # characters
_LOOKS = {"error": ERROR, "warning": WARNING}


def draw_failure_reasons(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many jobs have each kind of message, errors apart from warnings.

    A job with two kinds of messages is in two bars. At most 15 are drawn, or as many as `ax` has
    room for: those of most jobs, and the title says so; a long pattern is cut, with an ellipsis.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.failure_reasons`.
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
    MissingColumn.check(table.columns, needed=_COLUMNS, function="draw_failure_reasons")
    table = table.reset_index(drop=True)
    groups = grouped(table, before="pattern")
    most = rows_that_fit(ax, _MOST_BARS, inches=0.5)
    rows = table.loc[table["jobs"].nlargest(most).sort_index().index]
    labels = [
        _label(row, group)
        for row, group in zip(rows.itertuples(), groups.labels.loc[rows.index], strict=True)
    ]
    notes = []
    if len(table) > len(rows):
        notes = [f"the {len(rows)} of {len(table):,} kinds with most jobs are shown"]
    title = f"{counted(len(table), 'kind')} of messages{_of(table)}{groups.by}"
    height = 1.8 + sum(0.2 + 0.17 * (label.count("\n") + 1) for label in labels)
    ax = prepared(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty:
        return say(ax, "No job in this table has a message.")
    for place, row in enumerate(rows.itertuples()):
        _bar(ax, place, row)
    name_rows(ax, labels, fontsize=8.5)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("Jobs with such a message; %: of the jobs with any of that severity")
    shown = list(rows["severity"].unique())
    key_below(ax, [patch(name, *_LOOKS.get(name, UNKNOWN_STATUS)) for name in shown], columns=4)
    return ax


def _of(table: pd.DataFrame) -> str:
    return f" of {counted(int(table.attrs['jobs']))}" if "jobs" in table.attrs else ""


def _label(row: Any, group: str) -> str:
    words = shorten(str(row.pattern), _LONGEST, placeholder=" …")
    lines = wrap(f"{group}: {words}" if group else words, _LINE)
    if pd.notna(row.tag):
        lines.append(shorten(f"<tag> is {row.tag}", _LINE, placeholder=" …"))
    return "\n".join(lines)


def _bar(ax: Axes, place: int, row: Any) -> None:
    colour, hatch = _LOOKS.get(row.severity, UNKNOWN_STATUS)
    ax.barh(place, row.jobs, color=colour, hatch=hatch, edgecolor="white", height=0.7)
    words = f"{counted(int(row.jobs))}: {row.share:.1%}\n({counted(int(row.messages), 'message')})"
    beside(ax, place, words, va="center")
