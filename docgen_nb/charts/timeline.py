"""The jobs of a batch as bars, from creation to end."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from docgen_nb import wire
from docgen_nb.charts import canvas
from docgen_nb.charts.bars import draw_bars
from docgen_nb.charts.styles import GREY, patch, status_style
from docgen_nb.charts.time_axis import format_time_axis, to_days
from docgen_nb.errors import MissingColumn

_COLUMNS = ["status", "created_at", "finished_at", "read_at"]
_MOST_BARS = 400  # more would be thinner than a pixel
_FEW_BARS = 60  # the most bars that each have an outline
_BOUNDS = ["finished_after", "finished_before"]


def draw_timeline(jobs: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each job as a bar from creation to end, in the order of the table.

    The bar of a job that was still open when read ends at that time, in an arrow. A job whose end
    time is unknown, such as a failed one, is a cross at its creation. If polling only showed that
    a job ended between two times, a thin line connects them. At most 400 jobs are drawn, the first
    ones, as the title says.

    Parameters
    ----------
    jobs : DataFrame
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``created_at``,
        ``finished_at`` and ``read_at`` (UTC; NaT where unknown) and, if present,
        ``finished_source`` (str), ``finished_after`` and ``finished_before`` (UTC).
    ax : Axes, optional
        The Axes to draw on; by default that of a new figure.

    Returns
    -------
    Axes
        The Axes of the chart.

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    """
    MissingColumn.check(jobs.columns, needed=_COLUMNS, function="draw_timeline")
    dated = jobs[jobs["created_at"].notna()]
    rows = dated.iloc[:_MOST_BARS].reset_index(drop=True)
    notes = [f"showing the first {len(rows)}"] if len(rows) < len(dated) else []
    if undated := len(jobs) - len(dated):
        notes.append(f"{canvas.plural(undated)} without a creation time left out")
    attrs, title = _window(jobs), f"Timeline of {canvas.plural(len(jobs))}"
    height = 2.0 + 0.16 * min(len(rows), 40)
    ax = canvas.start(ax, title=title, attrs=attrs, notes=notes, height=height)
    if rows.empty:
        return canvas.annotate_empty(ax, "No job in this table has a known time.")
    statuses = rows["status"].fillna("no status")
    present = set(statuses)
    known = [name for name in wire.STATUSES if name in present]
    names = [*known, *sorted(present - set(known))]
    for name in names:
        _draw_jobs(ax, rows[statuses == name], name)
    handles = [patch(name, *status_style(name)) for name in names]
    canvas.legend_below(ax, [*handles, *_draw_markers(ax, rows)], columns=4)
    _finish(ax, rows, attrs)
    return ax


def _window(jobs: pd.DataFrame) -> dict[str, Any]:
    created = jobs["created_at"]
    times = {
        "created_from": created.min(),
        "created_to": created.max(),
        "read_at": jobs["read_at"].max(),
    }
    window = {name: None if pd.isna(time) else time.isoformat() for name, time in times.items()}
    return {**window, "time_zone": str(created.dt.tz)}


def _draw_jobs(ax: Axes, rows: pd.DataFrame, status: str) -> None:
    still_open = rows["status"].isin(wire.OPEN)
    ends = rows["finished_at"].where(~still_open | rows["finished_at"].notna(), rows["read_at"])
    known = ends.notna()
    span = to_days(rows.loc[known, "created_at"]), to_days(ends[known])
    places = rows.index[known].to_numpy()
    color, hatch = status_style(status)
    draw_bars(ax, places, *span, height=0.8, color=color, hatch=hatch)
    if len(rows) <= _FEW_BARS:  # keeps a job of zero seconds visible
        draw_bars(ax, places, *span, height=0.8, edge=color, width=1.2)


def _draw_markers(ax: Axes, rows: pd.DataFrame) -> list[Line2D]:
    """Draw arrows, crosses and polling intervals, and return legend handles of the first two."""
    no_end = rows["finished_at"].isna()
    was_read_open = rows["status"].isin(wire.OPEN) & no_end & rows["read_at"].notna()
    style: dict[str, Any] = {"s": 28, "linewidths": 1.2, "zorder": 3, "clip_on": False}
    handles = []
    for jobs, column, marker, label in (
        (rows[was_read_open], "read_at", ">", "still open when read"),
        (rows[no_end & ~was_read_open], "created_at", "x", "end time unknown"),
    ):
        if not jobs.empty:
            colors = ["black"] * len(jobs)
            if marker == "x":
                colors = [status_style(str(status))[0] for status in jobs["status"]]
            ax.scatter(to_days(jobs[column]), jobs.index, marker=marker, c=colors, **style)
            handles += [Line2D([], [], marker=marker, label=label, linestyle="", color=GREY)]
    polled = _polled(rows)
    bounds = (to_days(polled[column]) for column in _BOUNDS)
    ax.hlines(polled.index, *bounds, color="black", linewidth=1)
    return handles


def _polled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the jobs whose end is only known to be between two polls."""
    if not {*_BOUNDS, "finished_source"} <= set(rows.columns):
        return rows.iloc[:0].assign(**dict.fromkeys(_BOUNDS, rows["read_at"]))
    return rows[(rows["finished_source"] == "observed") & rows[_BOUNDS].notna().all(axis=1)]


def _finish(ax: Axes, rows: pd.DataFrame, attrs: dict[str, Any]) -> None:
    polled = _polled(rows)
    still_open = rows["finished_at"].isna() & rows["status"].isin(wire.OPEN)
    times = [
        rows["created_at"],
        rows["finished_at"],
        rows.loc[still_open, "read_at"],
        *(polled[column] for column in _BOUNDS),
    ]
    days = to_days(pd.concat([column.dropna() for column in times]))
    margin = max(0.02 * (days.max() - days.min()), 0.5 / 86400)
    ax.set_xlim(days.min() - margin, days.max() + margin)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    ax.set_ylabel("Row in the table")
    format_time_axis(ax, rows["created_at"].dt.tz, attrs)
