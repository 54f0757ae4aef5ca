"""The jobs of a batch as bars, from their creation to their end."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from docgen_nb import wire
from docgen_nb.charts.bars import bars
from docgen_nb.charts.canvas import counted, key_below, prepared, say
from docgen_nb.charts.styles import GREY, STATUSES, UNKNOWN_STATUS, patch
from docgen_nb.charts.time_axis import days, time_axis
from docgen_nb.errors import MissingColumn

_COLUMNS = ["status", "created_at", "finished_at", "read_at"]
_MOST_BARS = 400  # more are thinner than a line of the picture
_FEW = 60  # bars up to which each has an outline


def draw_timeline(jobs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each job as a bar from its creation to its end, in the order of the table.

    A job that was open at the reading ends in an arrow there. One whose end nobody knows, such as
    a failed one, is a cross at its creation. Where an end is known from two polls alone, a thin
    line spans them. Of more than 400 jobs the first are drawn, and the title says so.

    Parameters
    ----------
    jobs : DataFrame
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``created_at``,
        ``finished_at`` and ``read_at`` (UTC; NaT where unknown), and, where they are there,
        ``finished_source`` (str), ``finished_after`` and ``finished_before`` (UTC).
    ax : Axes, optional
        Where to draw; a figure of its own if not given.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    """
    MissingColumn.check(jobs.columns, needed=_COLUMNS, function="draw_timeline")
    dated = jobs[jobs["created_at"].notna()]
    rows = dated.iloc[:_MOST_BARS].reset_index(drop=True)
    notes = _left_out(jobs, dated, rows)
    attrs = _window(jobs)
    ax = prepared(
        ax,
        title=f"Timeline of {counted(len(jobs))}",
        attrs=attrs,
        notes=notes,
        height=2.0 + 0.16 * min(len(rows), 40),
    )
    if rows.empty:
        return say(ax, "No job in this table has a time.")
    statuses = rows["status"].fillna("no status")
    for status in _in_order(statuses):
        _bars(ax, rows[statuses == status], status)
    keys = [patch(name, *_look(name)) for name in _in_order(statuses)]
    key_below(ax, [*keys, *_marks(ax, rows)], columns=4)
    _frame(ax, rows, attrs)
    return ax


def _left_out(jobs: pd.DataFrame, dated: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    notes = []
    if len(rows) < len(dated):
        notes.append(f"the first {len(rows)} of them are shown")
    if len(dated) < len(jobs):
        notes.append(f"{counted(len(jobs) - len(dated))} without a time of creation left out")
    return notes


def _window(jobs: pd.DataFrame) -> dict[str, Any]:
    created = jobs["created_at"]
    moments = {
        "created_from": created.min(),
        "created_to": created.max(),
        "read_at": jobs["read_at"].max(),
    }
    found = {name: None if pd.isna(at) else at.isoformat() for name, at in moments.items()}
    return {**found, "time_zone": str(created.dt.tz)}


def _in_order(statuses: "pd.Series[str]") -> list[str]:
    found = set(statuses)
    known = [name for name in wire.STATUSES if name in found]
    return [*known, *sorted(found - set(known))]


def _look(status: str) -> tuple[str, str]:
    return STATUSES.get(status, UNKNOWN_STATUS)


def _bars(ax: Axes, rows: pd.DataFrame, status: str) -> None:
    still_open = rows["status"].isin(wire.OPEN)
    ends = rows["finished_at"].where(~still_open | rows["finished_at"].notna(), rows["read_at"])
    known = ends.notna()
    starts, stops = days(rows.loc[known, "created_at"]), days(ends[known])
    places = rows.index[known].to_numpy()
    colour, hatch = _look(status)
    bars(ax, places, starts, stops, height=0.8, colour=colour, hatch=hatch)
    if len(rows) <= _FEW:  # so that a job of no second is seen
        bars(ax, places, starts, stops, height=0.8, edge=colour, width=1.2)


def _marks(ax: Axes, rows: pd.DataFrame) -> list[Line2D]:
    """Draw what is no bar, and return what the legend says of it."""
    no_end = rows["finished_at"].isna()
    is_open = rows["status"].isin(wire.OPEN) & no_end
    is_seen = is_open & rows["read_at"].notna()
    still_open, unknown = rows[is_seen], rows[no_end & ~is_seen]
    look: dict[str, Any] = {"s": 28, "linewidths": 1.2, "zorder": 3, "clip_on": False}
    marks = []
    for found, column, marker, words in (
        (still_open, "read_at", ">", "still open at the reading"),
        (unknown, "created_at", "x", "end not known"),
    ):
        if not found.empty:
            colours = ["black"] * len(found)
            if marker == "x":
                colours = [_look(str(status))[0] for status in found["status"]]
            ax.scatter(days(found[column]), found.index, marker=marker, c=colours, **look)
            marks += [Line2D([], [], marker=marker, label=words, linestyle="", color=GREY)]
    seen = _seen_between_polls(rows)
    ends = days(seen["finished_after"]), days(seen["finished_before"])
    ax.hlines(seen.index, *ends, color="black", linewidth=1)
    return marks


def _seen_between_polls(rows: pd.DataFrame) -> pd.DataFrame:
    """The jobs whose end nothing tells but two polls."""
    columns = ["finished_after", "finished_before"]
    if not {*columns, "finished_source"} <= set(rows.columns):
        return rows.iloc[:0].assign(**dict.fromkeys(columns, rows["read_at"]))
    return rows[(rows["finished_source"] == "observed") & rows[columns].notna().all(axis=1)]


def _frame(ax: Axes, rows: pd.DataFrame, attrs: dict[str, Any]) -> None:
    polls = _seen_between_polls(rows)
    known = (rows["finished_at"], polls["finished_after"], polls["finished_before"])
    moments = pd.concat([rows["created_at"], *(times.dropna() for times in known)])
    still_open = rows["finished_at"].isna() & rows["status"].isin(wire.OPEN)
    every = days(pd.concat([moments, rows.loc[still_open, "read_at"].dropna()]))
    margin = max(0.02 * (every.max() - every.min()), 0.5 / 86400)
    ax.set_xlim(every.min() - margin, every.max() + margin)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    ax.set_ylabel("Job, by its place in the table")
    time_axis(ax, rows["created_at"].dt.tz, attrs)
