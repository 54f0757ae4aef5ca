"""Axes of seconds, with Box's yardstick of 15 s on them."""

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from docgen_nb.charts.canvas import beside
from docgen_nb.charts.styles import GREY

YARDSTICK_SECONDS, YARDSTICK_SHARE = 15, 0.95  # Box's help page on Doc Gen limitations
_LONGEST_LINEAR = 120  # seconds; longer ones need an axis that is squeezed
ROUND = {0: "0", 1: "1 s", 5: "5 s", 15: "15 s", 60: "1 min", 300: "5 min"}
ROUND |= {1800: "30 min", 7200: "2 h", 28800: "8 h", 86400: "1 day", 864000: "10 days"}
ROUND |= {8640000: "100 days"}
_FEWER = {0, 1, 15, 300, 7200, 86400, 8640000}


def seconds_axis(ax: Axes, *, longest: float, narrow: bool = False) -> None:
    """Seconds as they are, or squeezed with round names where some are much longer.

    Beside a legend an Axes is narrow: with many round names it gets every other one.
    """
    right = max(longest, YARDSTICK_SECONDS) * 1.1
    if longest <= _LONGEST_LINEAR:
        ax.set_xlim(0, right)
        ax.set_xlabel("Duration in seconds, good to 1 s")
        return
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(0, right * 1.4)
    ax.xaxis.set_major_locator(FixedLocator(_round_ticks(right, narrow=narrow)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: ROUND.get(int(tick), "")))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.set_xlabel("Duration, good to 1 s (logarithmic above 1 s)")


def _round_ticks(right: float, *, narrow: bool) -> list[int]:
    ticks = [tick for tick in ROUND if tick <= right]
    return [tick for tick in ticks if tick in _FEWER] if narrow and len(ticks) > 7 else ticks


def yardstick(ax: Axes, *, share: float) -> None:
    """The star at 15 s and the share that Box names, with a line each way."""
    ax.axvline(YARDSTICK_SECONDS, color=GREY, linestyle=":", linewidth=1)
    ax.axhline(share, color=GREY, linestyle=":", linewidth=1)
    ax.plot(YARDSTICK_SECONDS, share, marker="*", color=GREY, markersize=11, linestyle="")


def name_rising_yardstick(ax: Axes) -> None:
    """Write along the line at 15 s what it is, below a curve that rises."""
    ax.text(
        YARDSTICK_SECONDS,
        0.03,
        "Box's yardstick: 95% within 15 s",
        rotation=90,
        ha="right",
        va="bottom",
        color=GREY,
        fontsize=8.5,
        bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1},
    )


def name_falling_yardstick(ax: Axes, *, share: float) -> None:
    """Write beside the line at that share what it is, where no curve of many runs through it."""
    beside(ax, share, "Box's yardstick:\n95% within 15 s", colour=GREY, va="center")


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
