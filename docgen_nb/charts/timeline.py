"""The jobs of a batch as bars, from creation to end."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from docgen_nb import wire
from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_bars
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.seconds import YARDSTICK
from docgen_nb.charts.canvas.time_axis import format_time_axis, to_days
from docgen_nb.errors import MissingColumn
from docgen_nb.wording import NB, seconds

_COLUMNS = ["status", "created_at", "finished_at", "read_at"]
_MOST_BARS = 400  # more would be thinner than a pixel
_BOUNDS = ["finished_after", "finished_before"]
_NAMES = {"completed_with_error": "with errors", "submitted": "open", "pending": "open"}
_MADE = ("completed", "completed_with_error")
_DAY = 86_400.0
_LONG = pd.Timedelta("2h")  # from which the axis shows the time of day
_LABEL = 0.25  # inches from one label of a status to the next


def draw_timeline(jobs: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None) -> Axes:
    """Draw each job as a bar from creation to end, by status and then by end.

    What a job took beyond Box's yardstick of 15 s is pale. The bar of a job that was still open
    when read is grey and ends at that time, in an arrow. A job whose end time is unknown, such as
    a failed one, is a cross at its creation. If polling only showed that a job ended between two
    times, a thin line connects them. Of more than 400 jobs, the first ones are drawn, as the
    caption says.

    Parameters
    ----------
    jobs : DataFrame
        One row per job, as from `add_output_times`. Uses ``status`` (str), ``created_at``,
        ``finished_at`` and ``read_at`` (UTC; NaT where unknown) and, if present,
        ``finished_source`` (str), ``finished_after`` and ``finished_before`` (UTC).
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
        If `jobs` lacks a column named above.
    ValueError
        If `style` is another.

    Examples
    --------
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"],
    ...     "status": ["completed", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2),
    ...     "finished_at": pd.to_datetime(["2026-03-02T09:00:04Z", None]),
    ...     "duration_seconds": [4.0, None],
    ...     "finished_source": ["output_file", None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 2),
    ... })
    >>> ax = draw_timeline(jobs)
    >>> ax.get_title(loc="left")
    '1 of 2 documents were ready within 4\xa0s; 1 failed'
    """
    MissingColumn.check(jobs.columns, needed=_COLUMNS, function="draw_timeline")
    dated = jobs[jobs["created_at"].notna()]
    rows = _ordered(dated.iloc[:_MOST_BARS])
    notes = [f"Shown: the first {len(rows)}"] if len(rows) < len(dated) else []
    if undated := len(jobs) - len(dated):
        notes.append(f"{jobs_text(undated)} without a creation time left out")
    attrs = _window(jobs)
    canvas = frame.start(
        ax,
        title=_title(dated),
        attrs=attrs,
        style=style,
        jobs=jobs_text(len(jobs)),
        notes=[*notes, *_marks(rows)],
        height=_height(len(rows)),
        lines_above=0,
    )
    kind = "Bars: jobs from request to end"
    if rows.empty:
        return canvas.empty("No job in this table has a known time.")
    _draw_jobs(canvas, rows)
    _draw_marks(canvas, rows)
    _finish(canvas, rows, attrs)
    counts = rows["status"].fillna("no status").value_counts(sort=False)
    return canvas.say(kind, [f"{status} {count:,}" for status, count in counts.items()])


def _height(rows: int) -> float:
    return 1.8 + 0.12 * min(rows, 50)


def _window(jobs: pd.DataFrame) -> dict[str, Any]:
    created = jobs["created_at"]
    times = {
        "created_from": created.min(),
        "created_to": created.max(),
        "read_at": jobs["read_at"].max(),
    }
    window = {name: None if pd.isna(time) else time.isoformat() for name, time in times.items()}
    return {**window, "time_zone": str(created.dt.tz)}


def _ordered(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return the jobs by status, completed first and open last, and then by end."""
    first = ["completed", "completed_with_error", "failed"]
    ranks = {name: place for place, name in enumerate([*first, *wire.OPEN])}
    rank = jobs["status"].map(ranks).fillna(len(first) - 0.5)
    order = pd.DataFrame({"rank": rank, "end": jobs["finished_at"], "start": jobs["created_at"]})
    return jobs.loc[order.sort_values(["rank", "end", "start"], kind="stable").index].reset_index(
        drop=True
    )


def _title(jobs: pd.DataFrame) -> str:
    if jobs.empty:
        return "No jobs"
    total = len(jobs)
    made = jobs["status"].isin(_MADE) & jobs["finished_at"].notna()
    failed = int((jobs["status"] == "failed").sum())
    still_open = int(jobs["status"].isin(wire.OPEN).sum())
    rest = [f"{failed:,} failed"] if failed else []
    rest += [f"{still_open:,} still open"] if still_open else []
    if not made.any():
        return "; ".join([f"No known end among {jobs_text(total)}", *rest])
    took = jobs["finished_at"].max() - jobs["created_at"].min()
    number = "All" if made.all() else f"{int(made.sum()):,} of"
    documents = "1 document was" if total == 1 else f"{number} {total:,} documents were"
    within = f" within {seconds(took.total_seconds())}" if took < _LONG else ""
    ready = f"{documents} ready{within}"
    return "; ".join([ready, *rest])


def _marks(rows: pd.DataFrame) -> list[str]:
    notes = ["Crosses: Box does not say when the job ended"] if _no_end(rows).any() else []
    notes += ["Arrows: still open when read"] if _was_open(rows).any() else []
    polled = ["Thin lines: ended between two polls"] if not _polled(rows).empty else []
    long = rows["finished_at"] - rows["created_at"] > pd.Timedelta(seconds=YARDSTICK)
    return notes + polled + ([f"Pale: beyond Box's 15{NB}s"] if long.any() else [])


def _was_open(rows: pd.DataFrame) -> Any:
    return rows["status"].isin(wire.OPEN) & rows["finished_at"].isna() & rows["read_at"].notna()


def _no_end(rows: pd.DataFrame) -> Any:
    return rows["finished_at"].isna() & ~_was_open(rows)


def _polled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the jobs whose end is only known to be between two polls."""
    if not {*_BOUNDS, "finished_source"} <= set(rows.columns):
        return rows.iloc[:0].assign(**dict.fromkeys(_BOUNDS, rows["read_at"].iloc[:0]))
    return rows[(rows["finished_source"] == "observed") & rows[_BOUNDS].notna().all(axis=1)]


def _draw_jobs(canvas: Canvas, rows: pd.DataFrame) -> None:
    theme = canvas.theme
    colors = {"completed": (theme.subject, theme.context), "failed": (theme.failed, theme.failed)}
    colors["completed_with_error"] = (theme.errors, theme.errors)
    ends = rows["finished_at"].where(~_was_open(rows), rows["read_at"])
    known = ends.notna()
    starts, ends = to_days(rows.loc[known, "created_at"]), to_days(ends[known])
    middles = np.minimum(starts + YARDSTICK / _DAY, ends)
    statuses = rows.loc[known, "status"].fillna("no status").to_numpy()
    places = rows.index[known].to_numpy()
    for status in dict.fromkeys(statuses):
        here = statuses == status
        default = (theme.open, theme.open) if status in wire.OPEN else (theme.unknown,) * 2
        near, far = colors.get(str(status), default)
        spans = starts[here], middles[here], ends[here]
        style: dict[str, Any] = {"height": 0.74, "linewidths": 0.8}  # the least width of a bar
        for place, color in enumerate((near, far)):
            draw_bars(
                canvas.ax,
                places[here],
                *spans[place : place + 2],
                color=color,
                edgecolors=color,
                **style,
            )


def _draw_marks(canvas: Canvas, rows: pd.DataFrame) -> None:
    """Draw arrows, crosses and polling intervals."""
    theme = canvas.theme
    style: dict[str, Any] = {"s": 26, "linewidths": 1.4, "zorder": 3, "clip_on": False}
    still_open, unknown, polled = rows[_was_open(rows)], rows[_no_end(rows)], _polled(rows)
    arrows = to_days(still_open["read_at"])
    canvas.ax.scatter(arrows, still_open.index, marker=">", color=theme.open, **style)
    colors = [theme.failed if status == "failed" else theme.unknown for status in unknown["status"]]
    crosses = to_days(unknown["created_at"])
    canvas.ax.scatter(crosses, unknown.index, marker="x", c=colors or None, **style)
    bounds = (to_days(polled[column]) for column in _BOUNDS)
    canvas.ax.hlines(polled.index, *bounds, color=theme.ink, linewidth=1)


def _finish(canvas: Canvas, rows: pd.DataFrame, attrs: dict[str, Any]) -> None:
    ax, polled = canvas.ax, _polled(rows)
    times = [
        rows["created_at"],
        rows["finished_at"],
        rows.loc[_was_open(rows), "read_at"],
        *(polled[column] for column in _BOUNDS),
    ]
    days = to_days(pd.concat([column.dropna() for column in times]))
    margin = max(0.02 * (days.max() - days.min()), 0.5 / _DAY)
    ax.set_xlim(days.min() - margin, days.max() + margin)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    names = rows["status"].fillna("no status").map(lambda one: _NAMES.get(one, one))
    spots = names.groupby(names, sort=False).apply(lambda part: float(part.index.to_numpy().mean()))
    counts, inches = names.value_counts(), canvas.inches(_height(len(rows)))
    ax.set_yticks(
        _apart(spots.to_list(), len(rows) * _LABEL / inches, len(rows)),
        [f"{counts[name]:,} {name}" for name in spots.index],
        parse_math=False,
        fontsize=10,
    )
    canvas.grid("x")
    start = rows["created_at"].min()
    if days.max() - days.min() < _LONG / pd.Timedelta("1D"):
        _seconds_axis(canvas, start)
    else:
        format_time_axis(canvas, rows["created_at"].dt.tz, attrs)


def _apart(places: list[float], least: float, rows: int) -> list[float]:
    """Return the places of labels, moved apart where they would cover each other."""
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + least)
    places[-1] = min(places[-1], rows - 1.0)
    for number in reversed(range(len(places) - 1)):
        places[number] = min(places[number], places[number + 1] - least)
    return places


def _seconds_axis(canvas: Canvas, start: pd.Timestamp) -> None:
    """Label the x axis with the time since the first request."""
    ax = canvas.ax
    first = float(to_days(pd.Series([start]))[0])
    low, high = (_DAY * (limit - first) for limit in ax.get_xlim())
    length = high - low
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
    step = next((one for one in steps if length / one <= 8), 1800)
    ticks = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    ax.set_xticks(first + ticks / _DAY)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda day, _: _since((day - first) * _DAY)))
    canvas.label_x(f"Time since {start:%H:%M:%S}, when the first job was created")


def _since(value: float) -> str:
    rounded = round(value)
    return (
        "0"
        if not rounded
        else f"{rounded}{NB}s"
        if abs(rounded) < 120
        else f"{rounded / 60:g}{NB}min"
    )
