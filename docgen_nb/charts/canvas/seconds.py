"""Duration axes, and Box's yardstick of 15 s."""

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from docgen_nb.charts.canvas.frame import Canvas
from docgen_nb.wording import NB

YARDSTICK, YARDSTICK_SHARE = 15, 0.95  # Box's help page on Doc Gen limitations
NO_DURATION = (
    "No duration is known: Box doesn't report when a job ended,\n"
    "and a failed job has no output file."
)
NONE_ENDED = "None of these jobs has ended."
_LONGEST_LINEAR = 120  # seconds; a longer axis is logarithmic
TICKS = {0: "0", 1: "1 s", 5: "5 s", 15: "15 s", 60: "1 min", 300: "5 min"}
TICKS |= {1800: "30 min", 7200: "2 h", 28800: "8 h", 86400: "1 day", 864000: "10 days"}
TICKS |= {8640000: "100 days"}
_FEWER_TICKS = {0, 1, 15, 300, 7200, 86400, 8640000}
_MOST_TICKS = 8


def duration_axis(canvas: Canvas, *, longest: float, label: str) -> None:
    """Format the x axis for durations, on a logarithmic scale if they go beyond 2 minutes."""
    ax, right = canvas.ax, max(longest * 1.05, YARDSTICK * 1.5)  # room for the name of the line
    if longest <= _LONGEST_LINEAR:
        ax.set_xlim(0, right)
        ax.xaxis.set_major_locator(MaxNLocator(6))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}{NB}s"))
        canvas.label_x(label)
        return
    ticks = [tick for tick in TICKS if tick <= right]
    if len(ticks) > _MOST_TICKS:
        ticks = [tick for tick in ticks if tick in _FEWER_TICKS]
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(0, right * 1.3)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: TICKS.get(int(tick), "")))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    canvas.label_x(f"{label} (log scale above 1{NB}s)")


def mark_yardstick(canvas: Canvas, text: str = f"15{NB}s, Box's yardstick") -> None:
    """Draw the dashed line at 15 s, with its name at the top."""
    ink = canvas.theme.second
    canvas.ax.axvline(YARDSTICK, color=ink, linewidth=1.2, dashes=(4, 3), zorder=1)
    top = canvas.ax.get_xaxis_transform()
    canvas.text(YARDSTICK, 1.0, f" {text}", size=9, color=ink, transform=top, va="bottom")
