"""Axes of seconds, with Box's yardstick of 15 s on them."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from docgen_nb.charts.looks import GREY

YARDSTICK_SECONDS, YARDSTICK_SHARE = 15, 0.95  # Box's help page on Doc Gen limitations
_LONGEST_LINEAR = 120  # seconds; longer ones need an axis that is squeezed
ROUND = {0: "0", 1: "1 s", 5: "5 s", 15: "15 s", 60: "1 min", 300: "5 min"}
ROUND |= {1800: "30 min", 7200: "2 h", 28800: "8 h", 86400: "1 day", 864000: "10 days"}
ROUND |= {8640000: "100 days"}


def seconds_axis(ax: Axes, *, longest: float) -> None:
    """Seconds as they are, or squeezed with round names where some are much longer."""
    right = max(longest, YARDSTICK_SECONDS) * 1.1
    if longest <= _LONGEST_LINEAR:
        ax.set_xlim(0, right)
        ax.set_xlabel("Duration in seconds, good to 1 s")
        return
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(0, right * 1.4)
    ax.xaxis.set_major_locator(FixedLocator([tick for tick in ROUND if tick <= right]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: ROUND.get(int(tick), "")))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.set_xlabel("Duration, good to 1 s (logarithmic above 1 s)")


def yardstick(
    ax: Axes, *, share: float = YARDSTICK_SHARE, height: float = 0.03, va: str = "bottom"
) -> None:
    """The star at 15 s and the share that Box names, with a line each way."""
    ax.axvline(YARDSTICK_SECONDS, color=GREY, linestyle=":", linewidth=1)
    ax.axhline(share, color=GREY, linestyle=":", linewidth=1)
    ax.plot(YARDSTICK_SECONDS, share, marker="*", color=GREY, markersize=11, linestyle="")
    name_yardstick(ax, height=height, va=va)


def name_yardstick(ax: Axes, *, height: float, va: str, **more: Any) -> None:
    """Write along the line at 15 s what it is."""
    ax.text(
        YARDSTICK_SECONDS,
        height,
        "Box's yardstick: 95% within 15 s",
        rotation=90,
        ha="right",
        va=va,
        color=GREY,
        fontsize=8.5,
        bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1},
        **more,
    )


def span_words(seconds: float) -> str:
    """A length of time, short enough for a label."""
    if seconds < 10:
        return f"{seconds:.3g} s"
    if seconds < 600:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
