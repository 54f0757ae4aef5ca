"""Colors, hatches and dashes: each style differs in two ways, for print and color-blind readers."""

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

# The colors of Okabe and Ito, which color-blind readers can distinguish; hatches are for print.
BLUE, GREEN, RED, GREY = "#0072B2", "#009E73", "#D55E00", "#666666"
Style = tuple[str, str]  # color and hatch
_STATUSES: dict[str, Style] = {
    "pending": ("#BBBBBB", ".."),
    "submitted": ("#56B4E9", "\\\\"),
    "completed": (GREEN, ""),
    "completed_with_error": ("#E69F00", "//"),
    "failed": (RED, "xx"),
}
FAILED, WITH_ERROR = _STATUSES["failed"], _STATUSES["completed_with_error"]
UNKNOWN: Style = ("#CC79A7", "++")

# The styles of the groups in a chart: color, dashes, hatch.
GROUPS: list[tuple[str, Any, str]] = [
    (BLUE, "-", ""),
    (RED, "--", "//"),
    (GREEN, "-.", "\\\\"),
    ("#CC79A7", ":", "xx"),
    ("#E69F00", (0, (6, 1)), ".."),
    ("#56B4E9", (0, (4, 1, 1, 1, 1, 1)), "++"),
    ("#000000", (0, (1, 1)), "--"),
]


def status_style(status: str) -> Style:
    """Return the color and hatch of a status."""
    return _STATUSES.get(status, UNKNOWN)


def patch(label: str, color: str, hatch: str) -> Patch:
    """Return a legend handle that looks like a bar."""
    return Patch(facecolor=color, hatch=hatch, edgecolor="white", label=label)


def line(label: str, color: str, dashes: Any) -> Line2D:
    """Return a legend handle that looks like a line."""
    return Line2D([], [], color=color, linestyle=dashes, linewidth=2.2, label=label)
