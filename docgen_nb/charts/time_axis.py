"""Axes of time, and the steps drawn on them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num, num2date
from matplotlib.patches import StepPatch

MOST_STEPS = 5_000  # more are narrower than what a picture can show
DOCUMENTS_A_MINUTE = (50, 80)  # Box's help page on Doc Gen limitations


def days(times: "pd.Series[Any]") -> Any:
    """The places of times on such an axis."""
    return date2num(times)  # type: ignore[no-untyped-call]


class _Formatter(ConciseDateFormatter):
    """Names the month or day of the first tick too, where the last tick is of another one."""

    _began = ""

    def format_ticks(self, values: Any) -> list[str]:
        labels: list[str] = super().format_ticks(values)  # type: ignore[no-untyped-call]
        self._began = self._other_begin(values) if len(values) else ""
        return labels

    def get_offset(self) -> str:
        return f"{self._began}{self._end()}"

    def _end(self) -> str:
        return str(super().get_offset())  # type: ignore[no-untyped-call]

    def _other_begin(self, values: Any) -> str:
        """The month or day of the first tick, in words, if it is not that of the last one."""
        ends = np.asarray(values)[[0, -1]]
        first, last = num2date(ends, tz=self._tz)  # type: ignore[no-untyped-call]
        for form, short in (("%b %Y", "%b"), ("%d %b %Y", "%d %b")):
            if last.strftime(form) == self._end() != first.strftime(form):
                return f"{first.strftime(short if first.year == last.year else form)} to "
        return ""


def time_axis(ax: Axes, zone: Any, attrs: Mapping[Any, Any]) -> None:
    """Name and format the x axis as times of a zone."""
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


def thinned(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """At most `MOST_STEPS` steps, each the highest of its neighbours, and a line that says so."""
    bunch = -(-len(table) // MOST_STEPS)
    if bunch <= 1:
        return table, []
    places = np.arange(len(table)) // bunch
    rules = dict.fromkeys(table.columns, "max") | {"step_start": "min"}
    fewer = table.groupby(places).agg(rules)
    fewer.attrs = table.attrs
    return fewer, [f"drawn is the highest of every {bunch} steps"]


def steps(ax: Axes, values: Any, edges: Any, **looks: Any) -> None:
    """Draw a step for each value.

    As `Axes.stairs`, which looks for the limits of each of its edges by itself: 43,000 took 4 s.
    """
    ax.add_artist(StepPatch(np.asarray(values), np.asarray(edges), **looks))


def mark_running(ax: Axes, table: pd.DataFrame) -> None:
    """Shade the steps that were not over when the jobs were read."""
    running = table[table["running"]]
    for start, end in zip(days(running["step_start"]), days(running["step_end"]), strict=True):
        ax.axvspan(start, end, facecolor="#DDDDDD", zorder=0)
        side = ax.get_xaxis_transform()
        ax.text(end, 1.0, "step not over ", transform=side, ha="right", va="top", fontsize=9)


def pace_band(ax: Axes, table: pd.DataFrame, *, highest: float) -> None:
    """Box's pace for a whole enterprise, where the steps come near it."""
    minutes = (table["step_end"].iloc[0] - table["step_start"].iloc[0]).total_seconds() / 60
    low, high = (pace * minutes for pace in DOCUMENTS_A_MINUTE)
    if minutes < 1 or highest < low / 2:
        return
    ax.axhspan(low, high, facecolor="none", edgecolor="#999999", hatch="..", linewidth=0, zorder=0)
    ax.text(
        0.01,
        high,
        "dotted band: 50 to 80 documents a minute, Box's pace for an enterprise",
        transform=ax.get_yaxis_transform(),
        va="bottom",
        fontsize=8.5,
        color="#444444",
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1},
    )
