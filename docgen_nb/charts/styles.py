"""Colours, hatches and dashes: each difference is told twice, for print and for any eye."""

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

# The colours of Okabe and Ito, which stay apart for colour-blind readers; the hatch is for print.
BLUE, GREEN, RED, GREY = "#0072B2", "#009E73", "#D55E00", "#666666"
STATUSES = {
    "pending": ("#BBBBBB", ".."),
    "submitted": ("#56B4E9", "\\\\"),
    "completed": (GREEN, ""),
    "completed_with_error": ("#E69F00", "//"),
    "failed": (RED, "xx"),
}
UNKNOWN_STATUS = ("#CC79A7", "++")
ERROR, WARNING = STATUSES["failed"], STATUSES["completed_with_error"]

# One for each group of a chart: colour, dashes, hatch.
GROUPS: list[tuple[str, Any, str]] = [
    (BLUE, "-", ""),
    (RED, "--", "//"),
    (GREEN, "-.", "\\\\"),
    ("#CC79A7", ":", "xx"),
    ("#E69F00", (0, (6, 1)), ".."),
    ("#56B4E9", (0, (4, 1, 1, 1, 1, 1)), "++"),
    ("#000000", (0, (1, 1)), "--"),
]


def patch(label: str, colour: str, hatch: str) -> Patch:
    """A piece of a legend that looks like a bar."""
    return Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=label)


def line(label: str, colour: str, dashes: Any) -> Line2D:
    """A piece of a legend that looks like a line."""
    return Line2D([], [], color=colour, linestyle=dashes, linewidth=2.2, label=label)
