"""The colors of charts on light and dark ground.

Completed is pale, because it is what should be; red is for failures alone, amber for errors and
slowness, grey for open jobs and for what is not known. The colors of statuses stay apart for
protan, deutan and tritan eyes, and in lightness, so also in grey print.
"""

from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.colors import to_rgb

STYLES = ("light", "dark")


@dataclass(frozen=True)
class Theme:
    """The colors of one ground; `groups` are colors and dashes, never red or amber."""

    ground: str
    ink: str
    second: str
    caption: str
    axis: str
    grid: str
    panel: str
    completed: str
    completed_edge: str
    errors: str
    errors_text: str
    failed: str
    failed_text: str
    open: str
    unknown: str
    subject: str
    context: str
    faint: str
    before: str
    better: str
    groups: tuple[tuple[str, Any], ...]
    heat: tuple[str, ...]
    slow: tuple[str, ...]

    def status(self, status: str) -> str:
        """Return the color of a status."""
        colors = {
            "completed": self.completed,
            "completed_with_error": self.errors,
            "failed": self.failed,
            "pending": self.ground,
            "submitted": self.ground,
        }
        return colors.get(status, self.unknown)


_DASHES: tuple[Any, ...] = ("-", "--", "-.", ":")
LIGHT = Theme(
    ground="#FFFFFF",
    ink="#1A1D21",
    second="#4A525B",
    caption="#5F6770",
    axis="#A9B1BA",
    grid="#E3E7EB",
    panel="#F0F2F5",
    completed="#A8CBD7",
    completed_edge="#5C97AB",
    errors="#E9A23B",
    errors_text="#8A5A0F",
    failed="#B93A1E",
    failed_text="#A5331A",
    open="#7D8791",
    unknown="#8E5A9B",
    subject="#1B6CA8",
    context="#8DB6D6",
    faint="#CFE1EF",
    before="#8A939C",
    better="#1E7A63",
    groups=tuple(zip(("#1B6CA8", "#5B2A72", "#7A9A2E", "#3B4148"), _DASHES, strict=True)),
    heat=("#F6E3DB", "#DE8A63", "#B93A1E"),
    slow=("#DCE9F3", "#6FA6CF", "#1B6CA8"),
)
DARK = Theme(
    ground="#111417",
    ink="#ECEFF2",
    second="#BEC5CC",
    caption="#A3ABB3",
    axis="#5A636C",
    grid="#2A3037",
    panel="#1F252B",
    completed="#35606E",
    completed_edge="#79B2C5",
    errors="#F7C873",
    errors_text="#F7C873",
    failed="#EF5B3F",
    failed_text="#FF8A70",
    open="#98A1AA",
    unknown="#C79AD6",
    subject="#6FB7EC",
    context="#3F6F93",
    faint="#27465C",
    before="#8A939C",
    better="#5CC6A6",
    groups=tuple(zip(("#6FB7EC", "#B565A8", "#94B03C", "#ECEFF2"), _DASHES, strict=True)),
    heat=("#33211C", "#8A3B27", "#EF5B3F"),
    slow=("#1D303E", "#3F6F93", "#6FB7EC"),
)


def choose_theme(style: str | None) -> Theme:
    """Return the colors of a style; without one, those that fit matplotlib's own background.

    >>> choose_theme("dark").ground
    '#111417'
    """
    if style is None:
        red, green, blue = to_rgb(matplotlib.rcParams["figure.facecolor"])
        return DARK if 0.3 * red + 0.6 * green + 0.1 * blue < 0.5 else LIGHT
    if style not in STYLES:
        raise ValueError(f"style={style!r} is not 'light' or 'dark'.")
    return DARK if style == "dark" else LIGHT
