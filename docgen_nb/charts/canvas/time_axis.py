"""Time axes, and the steps drawn on them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import (
    MO,
    AutoDateLocator,
    ConciseDateFormatter,
    DateFormatter,
    WeekdayLocator,
    date2num,
    num2date,
)
from matplotlib.patches import StepPatch
from matplotlib.ticker import FixedLocator

from docgen_nb.charts.canvas.bars import draw_boxes
from docgen_nb.charts.canvas.frame import Canvas
from docgen_nb.wording import WEEKDAYS

MOST_STEPS = 5_000  # more would be narrower than a pixel
DOCUMENTS_A_MINUTE = (50, 80)  # Box's help page on Doc Gen limitations
_FEW_WEEKS, _MANY_WEEKS, _MOST_MONDAYS = 1.5, 16, 6
_FEW_STEPS, _WIDEST = 8, 0.15  # edges of steps; bar, of the axis
_UNITS = {"s": "second", "min": "minute", "h": "hour", "D": "day"}
_CALENDAR = {"MS": "a month", "QS": "a quarter", "YS": "a year"}


def to_days(times: "pd.Series[Any]") -> Any:
    """Return the positions of times on a time axis."""
    return date2num(times)  # type: ignore[no-untyped-call]


class _Formatter(ConciseDateFormatter):
    """A formatter that also names the month or day of the first tick if the last one differs."""

    _first = ""

    def format_ticks(self, values: Any) -> list[str]:
        labels: list[str] = super().format_ticks(values)  # type: ignore[no-untyped-call]
        self._first = self._first_tick(values) if len(values) else ""
        return labels

    def get_offset(self) -> str:
        return f"{self._first}{self._last_tick()}"

    def _last_tick(self) -> str:
        return str(super().get_offset())  # type: ignore[no-untyped-call]

    def _first_tick(self, values: Any) -> str:
        ends = np.asarray(values)[[0, -1]]
        first, last = num2date(ends, tz=self._tz)  # type: ignore[no-untyped-call]
        for form, short in (("%b %Y", "%b"), ("%d %b %Y", "%d %b")):
            if last.strftime(form) == self._last_tick() != first.strftime(form):
                return f"{first.strftime(short if first.year == last.year else form)} to "
        return ""


def format_time_axis(
    canvas: Canvas, zone: Any, attrs: Mapping[Any, Any], *, edges: Any = None
) -> None:
    """Label and format the x axis as times in a zone; of some weeks, by their Mondays.

    If the chart has only a few steps, the ticks are their `edges`: others would lie within a step.
    """
    ax, name = canvas.ax, f"{attrs.get('time_zone', zone)}"
    first, last = ax.get_xlim()
    weeks = (last - first) / 7
    if _FEW_WEEKS <= weeks <= _MANY_WEEKS:
        every = -(-int(weeks) // _MOST_MONDAYS)
        ax.xaxis.set_major_locator(WeekdayLocator(MO, interval=every, tz=zone))  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_formatter(DateFormatter("%a %-d %b", tz=zone))  # type: ignore[no-untyped-call]
        canvas.label_x(f"Time, {name}")
        return
    locator = AutoDateLocator(tz=zone, maxticks=9)  # type: ignore[no-untyped-call]
    formatter = _Formatter(  # type: ignore[no-untyped-call]
        locator,
        tz=zone,
        formats=["%Y", "%b", "%d", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M:%S"],
        offset_formats=["", "%Y", "%b %Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"],
    )
    is_few = edges is not None and len(edges) <= _FEW_STEPS
    ax.xaxis.set_major_locator(FixedLocator(edges) if is_few else locator)
    ax.xaxis.set_major_formatter(formatter)
    canvas.label_x(f"Time, {name}")


def limit_steps(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Merge neighboring steps to the highest if there are too many; return the steps and a note."""
    bunch = -(-len(table) // MOST_STEPS)
    if bunch <= 1:
        return table, []
    places = np.arange(len(table)) // bunch
    rules = dict.fromkeys(table.columns, "max") | {"step_start": "min"}
    highest = table.groupby(places).agg(rules)
    highest.attrs = table.attrs
    return highest, [f"Drawn: the highest of every {bunch} steps"]


def draw_steps(ax: Axes, values: Any, edges: Any, **style: Any) -> None:
    """Draw a step for each value.

    `Axes.stairs` does the same but takes 4 s for 43,000 steps, because it updates the data limits
    for each edge.
    """
    ax.add_artist(StepPatch(np.asarray(values), np.asarray(edges), **style))


def edges_of(table: pd.DataFrame) -> Any:
    """Return the positions of the edges of steps, one more than steps."""
    return np.append(to_days(table["step_start"]), to_days(table["step_end"].iloc[-1:]))


def bar_spans(edges: Any) -> tuple[Any, Any]:
    """Return the left and right ends of a bar in the middle of each step."""
    widths = np.minimum(np.diff(edges) * 0.8, (edges[-1] - edges[0]) * _WIDEST)
    middles = (edges[:-1] + edges[1:]) / 2
    return middles - widths / 2, middles + widths / 2


def running_note(table: pd.DataFrame) -> list[str]:
    """Return the note about the step that was in progress when the jobs were read."""
    return ["Grey: not over when read"] if table["running"].any() else []


def shade_running(canvas: Canvas, table: pd.DataFrame) -> None:
    """Shade the steps that were in progress when the jobs were read."""
    running = table[table["running"]]
    starts, ends = (to_days(running[name]) for name in ("step_start", "step_end"))
    side, color = canvas.ax.get_xaxis_transform(), canvas.theme.grid
    draw_boxes(canvas.ax, starts, ends, 0.0, 1.0, color=color, transform=side, zorder=0)


def shade_weekends(canvas: Canvas, table: pd.DataFrame) -> bool:
    """Shade the weekends of up to four months; return whether there are any."""
    starts, ends = table["step_start"].iloc[0], table["step_end"].iloc[-1]
    if not pd.Timedelta("2D") < ends - starts < pd.Timedelta("120D"):
        return False
    days = pd.Series(pd.date_range(starts.normalize(), ends, freq="D"))
    days = days[days.dt.day_of_week > 4]
    left = to_days(days)
    side = canvas.ax.get_xaxis_transform()
    color = canvas.theme.panel
    draw_boxes(canvas.ax, left, left + 1, 0.0, 1.0, color=color, transform=side, zorder=0)
    return len(days) > 0


def step_words(every: str) -> str:
    """Return a step as the end of "documents requested ...".

    >>> step_words("1h"), step_words("15min"), step_words("W-MON"), step_words("MS")
    ('an hour', 'in 15 minutes', 'a week from Monday', 'a month')
    """
    if every.startswith("W-"):
        day = next(name for name in WEEKDAYS if name[:3].upper() == every[2:])
        return f"a week from {day}"
    if every[:2] in _CALENDAR:
        return _CALENDAR[every[:2]]
    number = "".join(filter(str.isdigit, every)) or "1"
    unit = _UNITS.get(every.removeprefix(number), every.removeprefix(number))
    if number == "1":
        return f"an {unit}" if unit == "hour" else f"a {unit}"
    return f"in {number} {unit}s"


def long_day(time: pd.Timestamp) -> str:
    """Return a day as a title names it: Thursday 30 October."""
    return f"{WEEKDAYS[time.day_of_week]} {time:%-d %B}"


def draw_rate_band(
    canvas: Canvas, table: pd.DataFrame, *, highest: float
) -> list[tuple[float, str, str]]:
    """Draw the rate that Box names for an enterprise, if the steps come near it.

    Return the label for the side of the plot.
    """
    minutes = (table["step_end"].iloc[0] - table["step_start"].iloc[0]).total_seconds() / 60
    low, high = (rate * minutes for rate in DOCUMENTS_A_MINUTE)
    if minutes < 1 or highest < low / 2:
        return []
    canvas.ax.axhspan(low, high, facecolor=canvas.theme.panel, linewidth=0, zorder=0)
    top = max(canvas.ax.get_ylim()[1], low * 1.2)
    canvas.ax.set_ylim(0, top)
    text = "Box's pace for an\nenterprise: 50 to 80\na minute"
    return [((low + min(high, top)) / 2, text, canvas.theme.second)]
