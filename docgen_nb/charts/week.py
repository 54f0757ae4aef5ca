"""The hours of the week as a heat map: when jobs are slow, and when they fail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.patheffects import withStroke

from docgen_nb import wire
from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_boxes
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import DAYS, Groups, group_table
from docgen_nb.charts.canvas.intervals import is_high
from docgen_nb.charts.canvas.seconds import NONE_ENDED, YARDSTICK
from docgen_nb.wording import NB, percent, plural, seconds

_MOST = 0.5  # of what makes a cell stand out; if it is of one day, the cell has a star
_FULL = {"slow": 30, "failed": 100}  # jobs of a cell of full size
_LEAST, _LARGEST = 0.16, 0.9  # sides of a cell
_PALE = 0.55  # opacity of a cell of few jobs
_SLOW = [
    *("weekday", "hour", "jobs", "ended", "censored", "duration_seconds"),
    *("duration_low_seconds", "largest_day_share"),
]
_FAILED = [
    *("weekday", "hour", "status", "jobs", "share", "share_low", "share_high"),
    "largest_day_share",
]
_EMPTY = "No jobs in this table."


@dataclass(frozen=True)
class _Cells:
    """Seven rows of 24 cells: their jobs, values, and which stand out, or did on one day."""

    jobs: Any
    values: Any
    high: Any
    starred: Any

    @property
    def known(self) -> int:
        """How many cells have a value."""
        return int((~np.isnan(self.values)).sum())

    def top(self, kind: str) -> float:
        """Return the highest value of the cells that count: with many jobs, or outlined."""
        counts = self.high | (self.jobs >= _FULL[kind] / 2)
        values = self.values[counts] if counts.any() else self.values
        return float(np.nanmax(values, initial=0.0))

    def more(self, top: float) -> str:
        """Return the sign at the end of the key if a value of few jobs is higher."""
        return "+" if np.nanmax(self.values, initial=0.0) > top else ""


def draw_slow_hours(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw how long jobs take in each hour of the week, one square per hour.

    The area of a square goes with its jobs, up to 30; its color with the time, on a logarithmic
    scale. Outlined and numbered are the hours above the 15 s of Box's yardstick by more than
    chance gives in any of them: those whose lower limit is, which holds for all hours at once. A
    star says that more than half of the slow jobs of an hour are of one day. Hours where too few
    jobs have ended are grey and hollow; hours without jobs are empty.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.slow_hours`, for one group.
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
        If `table` has more than one group, or `style` is another.

    Examples
    --------
    >>> from docgen_nb import slow_hours
    >>> time = pd.Timestamp("2026-03-02T09:00Z")
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1"], "status": ["completed"], "duration_seconds": [4.0],
    ...     "finished_source": ["output_file"], "created_at": [time], "read_at": [time],
    ... })
    >>> ax = draw_slow_hours(slow_hours(jobs))
    >>> ax.get_title(loc="left")
    "No hour is clearly slower than Box's 15\xa0s: 95\xa0% within 4\xa0s"
    """
    group = _only_group(table, _SLOW, "draw_slow_hours")
    jobs, ended, still_open = (int(table[name].sum()) for name in ("jobs", "ended", "censored"))
    high = _matrix(table, table["duration_low_seconds"]) > YARDSTICK
    cells = _Cells(
        jobs=_matrix(table, table["ended"] + table["censored"]),
        values=_matrix(table, table["duration_seconds"]),
        high=high,
        starred=high & (_matrix(table, table["largest_day_share"]) > _MOST),
    )
    share = f"{100 * table.attrs['quantile']:.4g}{NB}%" if "quantile" in table.attrs else "a share"
    unknown = jobs - ended - still_open
    notes = [f"{jobs_text(still_open)} still open when read"] if still_open else []
    notes += [f"{jobs_text(unknown)} left out: end time unknown"] if unknown else []
    canvas = frame.start(
        ax,
        title=_slow_title(cells, share) + group if jobs else "No jobs",
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(jobs),
        notes=[*notes, *_marks(cells, f"longer than 15{NB}s")] if jobs else [],
    )
    if not jobs:
        return canvas.empty(_EMPTY)
    least, longest = max(float(np.nanmin(cells.values, initial=YARDSTICK)), 1.0), cells.top("slow")
    longest = max(longest, YARDSTICK + 1.0, least + 1.0)
    norm = LogNorm(least, longest, clip=True)
    ends = seconds(least), seconds(longest) + cells.more(longest)
    scale = _Scale(norm, canvas.theme.slow, "slow", ends)
    _draw(canvas, cells, scale, _short)
    canvas.measure(f"{share} ready within, by hour of creation")
    return canvas.say("Heat map: waiting time by weekday and hour", _values(cells, seconds))


def draw_failure_heatmap(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw the share of jobs that failed in each hour of the week, one square per hour.

    The area of a square goes with its jobs, up to 100; its color with the share. Outlined and
    numbered, in percent, are the hours whose share is above that of all jobs by more than chance
    gives in any of them: Bonferroni's correction for their number, on the Poisson distribution of
    the effective number of jobs that the width of the interval shows. That number counts batches
    if the table does; hours of too few batches for an interval never stand out. A star says that
    more than half of the failed jobs of an hour are of one day. Hours without jobs are empty.

    Parameters
    ----------
    table : DataFrame
        As from ``metrics.outcomes(jobs, by=["weekday", "hour"])``.
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
        If `table` has more than one group for an hour, or `style` is another.

    Examples
    --------
    >>> from docgen_nb import outcomes
    >>> times = pd.to_datetime(["2026-03-02T09:00Z"] * 2)
    >>> jobs = pd.DataFrame({"status": ["completed", "failed"], "created_at": times})
    >>> ax = draw_failure_heatmap(outcomes(jobs, by=["weekday", "hour"]))
    >>> ax.get_title(loc="left")
    'No hour stands out: 50\xa0% failed'
    """
    group = _only_group(table, _FAILED, "draw_failure_heatmap")
    failed = table[table["status"] == "failed"]
    total, number = int(table["jobs"].sum()), int(failed["jobs"].sum())
    share = number / total if total else 0.0
    high = _matrix(failed, is_high(failed, share).astype("float64")) > 0
    totals: Any = table.groupby(["weekday", "hour"], as_index=False)["jobs"].sum()
    cells = _Cells(
        jobs=_matrix(totals, totals["jobs"]),
        values=_matrix(failed, failed["share"]),
        high=high,
        starred=high & (_matrix(failed, failed["largest_day_share"]) > _MOST),
    )
    is_open = set(table.loc[table["jobs"] > 0, "status"]) <= set(wire.OPEN)
    found = f"{number:,} failed ({percent(share, of=total)})" if number else "None failed"
    canvas = frame.start(
        ax,
        title=_failed_title(cells, share, total, is_open=is_open) + group,
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(total),
        notes=[] if is_open else [found, *_marks(cells, "more than that")],
    )
    if not total:
        return canvas.empty(_EMPTY)
    if is_open:
        return canvas.empty(NONE_ENDED)
    highest = max(cells.top("failed"), 0.01)
    ends = f"0{NB}%", percent(highest, of=total, decimals=0) + cells.more(highest)
    norm = Normalize(0, highest, clip=True)
    _draw(canvas, cells, _Scale(norm, canvas.theme.heat, "failed", ends), _percent)
    canvas.measure("Failed share, by hour of creation")
    return canvas.say(
        "Heat map: failed share by weekday and hour",
        _values(cells, lambda value: percent(value, of=total)),
    )


def _slow_title(cells: _Cells, share: str) -> str:
    high, starred = int(cells.high.sum()), int(cells.starred.sum())
    many = cells.values[(cells.jobs >= _FULL["slow"]) & ~cells.high & ~np.isnan(cells.values)]
    rest = many if len(many) else cells.values[~np.isnan(cells.values)]
    if not len(rest):
        return "Too few jobs have ended to say how long an hour takes"
    low, most = seconds(float(rest.min())), seconds(float(rest.max()))
    spread = low if low == most else f"{low.removesuffix(f'{NB}s')} to {most}"
    if not high:
        return f"No hour is clearly slower than Box's 15{NB}s: {share} within {spread}"
    if high == starred:
        return f"No hour is slow every week: the {high} that stand out had one slow day each"
    return f"{high} of {cells.known} hours are slower than Box's 15{NB}s"


def _failed_title(cells: _Cells, share: float, total: int, *, is_open: bool) -> str:
    if is_open:
        return f"None of {jobs_text(total)} has ended" if total else "No jobs"
    high, starred = int(cells.high.sum()), int(cells.starred.sum())
    if not high:
        return f"No hour stands out: {percent(share, of=total)} failed" if share else "None failed"
    if high == starred and high == 1:
        return "No hour keeps failing: the one that stands out had one bad day"
    if high == starred:
        return f"No hour keeps failing: the {high} that stand out had one bad day each"
    verb = "fails" if high == 1 else "fail"
    return f"{high} of {cells.known} hours {verb} more than the others"


def _marks(cells: _Cells, what: str) -> list[str]:
    """Return what the marks in cells mean."""
    if not cells.high.any():
        return []
    words = f"Outlined: {what}, corrected for {plural(cells.known, 'hour')}"
    return [f"{words} (*: mostly on one day)" if cells.starred.any() else words]


def _values(cells: _Cells, form: Callable[[float], str]) -> list[str]:
    """Return the hours that stand out, else the highest, as text."""
    order = np.argsort(np.where(np.isnan(cells.values), -1.0, cells.values), axis=None)[::-1]
    places = [np.unravel_index(place, cells.values.shape) for place in order]
    marked = [place for place in places if cells.high[place]] or places[:3]
    known = [place for place in marked if not np.isnan(cells.values[place])][:7]
    return [
        f"{DAYS[day]} {hour:02}:00 {form(float(cells.values[day, hour]))}" for day, hour in known
    ]


def _only_group(table: pd.DataFrame, columns: list[str], function: str) -> str:
    """Return the name of the group for the title, or raise if there is more than one."""
    groups: Groups = group_table(table, columns, function=function)
    if len(groups.names) > 1:
        column = groups.columns[0]
        raise ValueError(
            f"{function} draws one group, but this table has {len(groups.names)}. Select one, "
            f"for example table[table[{column!r}] == {table[column].iloc[0]!r}]."
        )
    return f" ({groups.noun} {groups.names[0]})" if groups.columns and groups.names else ""


def _matrix(table: pd.DataFrame, values: "pd.Series[Any]") -> Any:
    """Return seven rows of 24 cells, NaN where there is no value."""
    cells = np.full((7, 24), np.nan)
    cells[table["weekday"], table["hour"]] = values
    return cells


@dataclass(frozen=True)
class _Scale:
    """The colors of a heat map, the kind of its squares, and the ends of its key."""

    norm: Normalize
    colors: tuple[str, ...]
    kind: str
    ends: tuple[str, str]

    def color(self, values: Any) -> Any:
        """Return the color of each value."""
        colormap = LinearSegmentedColormap.from_list("heat", self.colors)
        return colormap(self.norm(values))

    def side(self, jobs: Any) -> Any:
        """Return the side of a square of so many jobs."""
        area = np.clip(np.asarray(jobs, dtype=float) / _FULL[self.kind], 0, 1)
        return np.maximum(np.sqrt(area) * _LARGEST, _LEAST)


def _draw(canvas: Canvas, cells: _Cells, scale: _Scale, label: Callable[[float], str]) -> None:
    has_jobs = cells.jobs > 0
    theme, sides = canvas.theme, scale.side(cells.jobs)
    grid_days, grid_hours = np.mgrid[0:7, 0:24]
    _squares(canvas, grid_days.ravel(), grid_hours.ravel(), _LARGEST, color=theme.panel)
    known = ~np.isnan(cells.values) & has_jobs
    days, hours = np.nonzero(known)
    colors = scale.color(cells.values[known])
    many = cells.high[known] | (cells.jobs[known] >= _FULL[scale.kind])
    colors[:, 3] = np.where(many, 1.0, _PALE)
    _squares(canvas, days, hours, sides[known], color=colors)
    days, hours = np.nonzero(has_jobs & ~known)
    hollow = {"edgecolors": theme.open, "linewidths": 0.9}
    _squares(canvas, days, hours, sides[has_jobs & ~known], color="none", **hollow)
    _mark_high(canvas, cells, sides, label)
    if not canvas.is_narrow and known.any():
        _draw_key(canvas, scale)
    _finish(canvas)


def _squares(canvas: Canvas, days: Any, hours: Any, sides: Any, **style: Any) -> None:
    half, x, y = np.asarray(sides) / 2, np.asarray(hours) + 0.5, np.asarray(days) + 0.5
    if len(x):
        draw_boxes(canvas.ax, x - half, x + half, y - half, y + half, **style)


def _mark_high(canvas: Canvas, cells: _Cells, sides: Any, label: Callable[[float], str]) -> None:
    """Outline the cells that stand out, and write their values."""
    high, theme = cells.high, canvas.theme
    days, hours = np.nonzero(high)
    edge = {"edgecolors": theme.ink, "linewidths": 1.6}
    _squares(canvas, days, hours, sides[high], color="none", **edge)
    rim = [withStroke(linewidth=2.2, foreground=theme.ground)]
    for day, hour in zip(days, hours, strict=True):
        text = label(float(cells.values[day, hour])) + ("*" if cells.starred[day, hour] else "")
        style = {"ha": "center", "va": "center", "fontweight": "bold", "path_effects": rim}
        canvas.text(hour + 0.5, day + 0.5, text, size=8, **style).set_in_layout(False)


def _draw_key(canvas: Canvas, scale: _Scale) -> None:
    """Draw above the plot, at its right, what colors and sizes mean."""
    full = _FULL[scale.kind]
    y, style = -0.42, {"clip_on": False}
    words: dict[str, Any] = {"size": 8.5, "color": canvas.theme.second, "va": "center"}
    canvas.text(24, y, f"{full} jobs or more", ha="right", **words)
    canvas.text(18.4, y, f"{full // 10}", ha="left", **words)
    jobs = [full // 10, full]
    places = np.array([18.0, 19.9])
    halves = scale.side(jobs) * 0.3
    left, right = places - halves, places + halves
    draw_boxes(canvas.ax, left, right, y - halves, y + halves, color=canvas.theme.open, **style)
    steps = np.linspace(0, 1, 6)
    low, high = (float(value) for value in (scale.norm.vmin or 0, scale.norm.vmax or 1))
    values = low * (high / low) ** steps if low else high * steps
    left = 12.0 + 0.5 * np.arange(len(steps))
    colors = scale.color(values)
    draw_boxes(canvas.ax, left, left + 0.5, y - 0.2, y + 0.2, color=colors, **style)
    canvas.text(11.8, y, scale.ends[0], ha="right", **words)
    canvas.text(15.2, y, scale.ends[1], ha="left", **words)


def _short(value: float) -> str:
    """Return a duration in three or four characters."""
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if value >= 1.5 * size:
            return f"{value / size:.0f}{letter}"
    return f"{value:.0f}"


def _percent(share: float) -> str:
    value = 100 * share
    return f"{value:.1f}" if 0 < value < 9.95 else f"{value:.0f}"


def _finish(canvas: Canvas) -> None:
    ax = canvas.ax
    ax.set_ylim(7, 0)
    ax.set_xlim(0, 24)
    ax.set_yticks(np.arange(7) + 0.5, DAYS)
    ax.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    canvas.ax.spines["bottom"].set_visible(False)
    canvas.ax.tick_params(length=0)
