"""Duration axes, and Box's target of 15 s."""

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from docgen_nb.charts.styles import GREY

TARGET_SECONDS, TARGET_SHARE = 15, 0.95  # Box's help page on Doc Gen limitations
TARGET = "Box's target: 95% within 15 s"
NO_DURATION = (
    "No duration is known: Box doesn't report when a job ended,\n"
    "and a failed job has no output file."
)
_LONGEST_LINEAR = 120  # seconds; a longer axis is logarithmic
TICKS = {0: "0", 1: "1 s", 5: "5 s", 15: "15 s", 60: "1 min", 300: "5 min"}
TICKS |= {1800: "30 min", 7200: "2 h", 28800: "8 h", 86400: "1 day", 864000: "10 days"}
TICKS |= {8640000: "100 days"}
_FEWER_TICKS = {0, 1, 15, 300, 7200, 86400, 8640000}


def duration_axis(ax: Axes, *, longest: float, narrow: bool = False) -> None:
    """Format the x axis for durations, on a logarithmic scale if they go beyond 2 minutes.

    A narrow Axes, such as one beside a legend, gets fewer ticks.
    """
    right = max(longest, TARGET_SECONDS) * 1.1
    if longest <= _LONGEST_LINEAR:
        ax.set_xlim(0, right)
        ax.set_xlabel("Duration in seconds (accurate to 1 s)")
        return
    ticks = [tick for tick in TICKS if tick <= right]
    if narrow and len(ticks) > 7:
        ticks = [tick for tick in ticks if tick in _FEWER_TICKS]
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(0, right * 1.4)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: TICKS.get(int(tick), "")))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.set_xlabel("Duration (accurate to 1 s; log scale above 1 s)")


def draw_target(ax: Axes, *, share: float) -> None:
    """Mark 15 s and this share with a star and two dotted lines."""
    ax.axvline(TARGET_SECONDS, color=GREY, linestyle=":", linewidth=1)
    ax.axhline(share, color=GREY, linestyle=":", linewidth=1)
    ax.plot(TARGET_SECONDS, share, marker="*", color=GREY, markersize=11, linestyle="")


def format_duration(seconds: float) -> str:
    """Return a duration, short enough for a label."""
    if seconds < 10:
        return f"{seconds:.3g} s"
    if seconds < 600:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
