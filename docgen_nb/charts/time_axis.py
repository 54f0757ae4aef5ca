"""Time axes, and the steps drawn on them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num, num2date
from matplotlib.patches import StepPatch

MOST_STEPS = 5_000  # more would be narrower than a pixel
DOCUMENTS_A_MINUTE = (50, 80)  # Box's help page on Doc Gen limitations


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


def format_time_axis(ax: Axes, zone: Any, attrs: Mapping[Any, Any]) -> None:
    """Label and format the x axis as times in a zone."""
    locator = AutoDateLocator(tz=zone)  # type: ignore[no-untyped-call]
    formatter = _Formatter(  # type: ignore[no-untyped-call]
        locator,
        tz=zone,
        formats=["%Y", "%b", "%d", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M:%S"],
        offset_formats=["", "%Y", "%b %Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"],
    )
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(formatter)
    ax.set_xlabel(f"Time ({attrs.get('time_zone', zone)})")


def limit_steps(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Merge neighboring steps to the highest if there are too many; return the steps and a note."""
    bunch = -(-len(table) // MOST_STEPS)
    if bunch <= 1:
        return table, []
    places = np.arange(len(table)) // bunch
    rules = dict.fromkeys(table.columns, "max") | {"step_start": "min"}
    highest = table.groupby(places).agg(rules)
    highest.attrs = table.attrs
    return highest, [f"showing the highest of every {bunch} steps"]


def draw_steps(ax: Axes, values: Any, edges: Any, **style: Any) -> None:
    """Draw a step for each value.

    `Axes.stairs` does the same but takes 4 s for 43,000 steps, because it updates the data limits
    for each edge.
    """
    ax.add_artist(StepPatch(np.asarray(values), np.asarray(edges), **style))


def shade_running(ax: Axes, table: pd.DataFrame) -> None:
    """Shade the step that was in progress when the jobs were read."""
    running = table[table["running"]]
    starts, ends = (to_days(running[name]) for name in ("step_start", "step_end"))
    for start, end in zip(starts, ends, strict=True):
        ax.axvspan(start, end, facecolor="#DDDDDD", zorder=0)
        side = ax.get_xaxis_transform()
        ax.text(end, 1.0, "step in progress ", transform=side, ha="right", va="top", fontsize=9)


def draw_rate_band(ax: Axes, table: pd.DataFrame, *, highest: float) -> None:
    """Draw the rate that Box names for an enterprise, if the steps come near it."""
    minutes = (table["step_end"].iloc[0] - table["step_start"].iloc[0]).total_seconds() / 60
    low, high = (rate * minutes for rate in DOCUMENTS_A_MINUTE)
    if minutes < 1 or highest < low / 2:
        return
    ax.axhspan(low, high, facecolor="none", edgecolor="#999999", hatch="..", linewidth=0, zorder=0)
    ax.text(
        0.01,
        high,
        "dotted band: 50 to 80 documents a minute, Box's rate for an enterprise",
        transform=ax.get_yaxis_transform(),
        va="bottom",
        fontsize=8.5,
        color="#444444",
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1},
    )
