"""The Kaplan-Meier curve: the share of jobs that had not finished after each time."""

from collections.abc import Iterator
from math import isnan
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.curves import Curve, draw_curves, height_of_key, thin_out
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import Groups, group_table
from docgen_nb.charts.canvas.seconds import (
    NO_DURATION,
    YARDSTICK,
    YARDSTICK_SHARE,
    duration_axis,
    mark_yardstick,
)
from docgen_nb.wording import NB, percent, plural

_CURVE = [
    *("duration_seconds", "at_risk", "ended", "censored", "unfinished_share"),
    *("unfinished_share_low", "unfinished_share_high"),
]
_MOST_CURVES, _MOST_TICKS = 6, 300
_ALMOST_NONE = 0.005
_TIME = "Time from request to document"


def draw_kaplan_meier(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw the share of jobs that had not finished after each duration.

    The band is the 95% interval at each time, absent if jobs are of too few batches; a tick on the
    line marks how long a job had been open when it was read. The diamond is Box's yardstick: at
    most 5% not finished after 15 s. A table made with ``by=`` gives a line for each of at most six
    groups, those with the most jobs, the slowest first; one that misses the yardstick for certain
    is amber.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.kaplan_meier`.
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
    >>> from docgen_nb import kaplan_meier
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"],
    ...     "status": ["completed", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2),
    ...     "duration_seconds": [4.0, None],
    ...     "finished_source": ["output_file", None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 2),
    ... })
    >>> ax = draw_kaplan_meier(kaplan_meier(jobs))
    >>> ax.get_title(loc="left")
    "After 15\xa0s, all are ready; Box's yardstick is 5\xa0% left"
    """
    groups = group_table(table, _CURVE, function="draw_kaplan_meier")
    groups, notes = groups.largest(table["at_risk"], _MOST_CURVES)
    ended, censored = int(table["ended"].sum()), int(table["censored"].sum())
    left = sorted(_left(groups), key=lambda one: -one.share)
    if censored:
        notes.insert(0, f"{jobs_text(censored)} still open when read (ticks)")
    if unknown := table.attrs.get("unknown", 0):
        notes.insert(0, f"{jobs_text(unknown)} left out: end time unknown")
    has_limits = not table["unfinished_share_low"].isna().all()
    if has_limits:
        notes.append(frame.interval_note(table.attrs, "Bands"))
    canvas = frame.start(
        ax,
        title=_curve_title(left, groups),
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(ended + censored),
        notes=notes,
        height=height_of_key(groups.names),
        lines_above=2,
    )
    kind = f"Curves: jobs not finished after each time{groups.by}"
    if table.empty:
        return canvas.empty(NO_DURATION)
    _draw_curves(canvas, groups, [one.name for one in left])
    shares = [f"{one.name or 'all'} {percent(one.share, of=one.jobs)} after 15 s" for one in left]
    return canvas.say(kind, shares)


class _Left(NamedTuple):
    """The share of a group that is not finished after 15 s, with its limits."""

    name: str
    jobs: int
    share: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """The share as text."""
        return percent(self.share, of=self.jobs)


def _left(groups: Groups) -> Iterator[_Left]:
    for name, rows in groups:
        jobs = int(rows["at_risk"].max())
        before = rows[rows["duration_seconds"] <= YARDSTICK]
        if before.empty:
            yield _Left(name, jobs, 1.0, float("nan"), float("nan"))
            continue
        share, low, high = (float(before.iloc[-1][column]) for column in _CURVE[4:])
        yield _Left(name, jobs, share, low, high)


def _curve_title(left: list[_Left], groups: Groups) -> str:
    if not left:
        return "No known duration"
    first, *others = left
    after = f"{first.text} are not ready" if first.share else "all are ready"
    after = "none is ready" if left[-1].share == 1 else after
    if not others:
        return f"After 15{NB}s, {after}; Box's yardstick is 5{NB}% left"
    rest = others[0].share
    highest = max((one.high for one in others if not isnan(one.high)), default=rest)
    name = f"{groups.noun} {first.name}" if first.name.isdecimal() else first.name
    if first.low > highest:
        most = f"at most {others[0].text}" if len(others) > 1 else others[0].text
        return f"After 15{NB}s, {first.text} of {name} are not ready; of the others, {most}"
    if left[-1].text == first.text:
        return f"After 15{NB}s, {after} of each {groups.noun}"
    return f"After 15{NB}s, {left[-1].text} to {first.text} are not ready,{groups.by}"


def _draw_curves(canvas: Canvas, groups: Groups, order: list[str]) -> None:
    longest = max(_shown_until(rows) for _, rows in groups)
    duration_axis(canvas, longest=longest, label=_TIME)
    drawn = [(name, rows, _curve(name, rows)) for name, rows in groups]
    drawn.sort(key=lambda one: order.index(one[0]))
    curves = [curve for *_, curve in drawn]
    mark_yardstick(canvas)
    draw_curves(canvas, curves, title=groups.noun.capitalize())
    for (_, rows, _), line in zip(drawn, canvas.ax.lines[1:], strict=False):
        ticks = rows[rows["censored"] > 0]
        ticks = ticks.iloc[thin_out(len(ticks), _MOST_TICKS)]
        mark: dict[str, Any] = {"color": line.get_color(), "markersize": 9, "linestyle": ""}
        canvas.ax.plot(ticks["duration_seconds"], ticks["unfinished_share"], marker="|", **mark)
    _write_share(canvas, drawn[0][1], drawn[0][0])
    ink = canvas.theme.second
    canvas.ax.plot(YARDSTICK, 1 - YARDSTICK_SHARE, "D", color=ink, markersize=6, zorder=4)
    canvas.ax.set_ylim(0, 1.03)
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:g}{NB}%"))
    canvas.grid("y")
    canvas.measure("Documents not ready yet")


def _write_share(canvas: Canvas, rows: pd.DataFrame, name: str) -> None:
    """Mark and write how much of the slowest group is left after 15 s."""
    before = rows[rows["duration_seconds"] <= YARDSTICK]
    if before.empty:
        return
    share, line = float(before["unfinished_share"].iloc[-1]), canvas.ax.lines[1]
    color = line.get_color()
    canvas.ax.plot(YARDSTICK, share, "o", color=color, markersize=7, zorder=4)
    left = "" if name else f" not ready after 15{NB}s"
    text = f"   {percent(share, of=int(rows['at_risk'].max()))}{left}"
    y = min(max(share, 0.1), 0.94)
    canvas.text(YARDSTICK, y, text, color=color, size=9.5, va="bottom", fontweight="bold")


def _shown_until(rows: pd.DataFrame) -> float:
    """Return the time after which almost no job is left, or all known times."""
    times = rows["duration_seconds"].to_numpy()
    few = rows["unfinished_share"].to_numpy() <= _ALMOST_NONE
    return float(times[few.argmax()] if few.any() else times[-1])


def _curve(name: str, rows: pd.DataFrame) -> Curve:
    share, low, high = (
        rows[column].fillna(rows["unfinished_share"]).to_numpy() for column in _CURVE[4:]
    )
    before = rows[rows["duration_seconds"] <= YARDSTICK]
    is_late = not before.empty and before["unfinished_share_low"].iloc[-1] > 1 - YARDSTICK_SHARE
    label = f"{name}\n{plural(int(rows['at_risk'].max()))}" if name else ""
    return Curve(label, rows["duration_seconds"].to_numpy(), share, 1.0, (low, high), bool(is_late))
