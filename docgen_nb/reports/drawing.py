"""The charts of a report as shapes, drawn anew for each width of the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any

from markupsafe import Markup, escape

from docgen_nb.reports.periods import Period
from docgen_nb.wording import ticks

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 8.0, 26.0, 24.0  # of the plot, in pixels
WIDTHS = {"wide": 1016, "mid": 680, "narrow": 342}


@dataclass
class Drawing:
    """The shapes of one chart at one width."""

    name: str
    width: int
    height: int
    shapes: list[str] = field(default_factory=list)

    @property
    def svg(self) -> Markup:
        """The elements of the SVG."""
        return Markup("".join(self.shapes))  # noqa: S704  texts are escaped when they are added

    @property
    def is_narrow(self) -> bool:
        """Whether it is for a phone."""
        return self.name == "narrow"

    @property
    def bottom(self) -> float:
        """Where the axis is."""
        return self.height - _BOTTOM

    def x(self, share: float) -> float:
        """Return the place of a share of the width of the plot."""
        return _LEFT + share * (self.width - _LEFT - _RIGHT)

    def y(self, value: float, top: float) -> float:
        """Return the place of a value on an axis from 0 to `top`."""
        return self.bottom - min(value, top) / top * (self.bottom - _TOP)

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a line."""
        ends = f'x1="{_px(x1)}" y1="{_px(y1)}" x2="{_px(x2)}" y2="{_px(y2)}"'
        self.shapes.append(f'<line {ends} class="{kind}"/>')

    def rect(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        """Draw a rectangle."""
        size = f'width="{_px(width)}" height="{_px(max(height, 0))}"'
        self.shapes.append(f'<rect x="{_px(x)}" y="{_px(y)}" {size} class="{kind}"/>')

    def dot(self, x: float, y: float, radius: float, kind: str) -> None:
        """Draw a dot."""
        at = f'cx="{_px(x)}" cy="{_px(y)}" r="{radius:g}"'
        self.shapes.append(f'<circle {at} class="{kind}"/>')

    def curve(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Draw a line through points."""
        path = " ".join(f"{_px(x)},{_px(y)}" for x, y in points)
        self.shapes.append(f'<polyline points="{path}" class="{kind}"/>')

    def text(self, x: float, y: float, text: str, kind: str = "", *, anchor: str = "start") -> None:
        """Write a text."""
        at = f'x="{_px(x)}" y="{_px(y)}" class="{f"t {kind}".strip()}" text-anchor="{anchor}"'
        self.shapes.append(f"<text {at}>{escape(text)}</text>")

    def axis(self, top: float, label: Callable[[float], str], *, step: float | None = None) -> None:
        """Draw the axis of values from 0 to `top`, with about three lines, or one every `step`."""
        values = [place * step for place in range(int(top / step) + 1)] if step else ticks(top)
        for value in values:
            at = self.y(value, top)
            kind = "grid" if value else "base"
            self.line(_LEFT, at, self.width - _RIGHT, at, kind)
            self.text(_LEFT - 6, at + 4, label(value), anchor="end")


def draw(height: int, paint: Callable[[Drawing], None]) -> list[Drawing]:
    """Return a chart at every width."""
    drawings = [Drawing(name, width, height) for name, width in WIDTHS.items()]
    for drawing in drawings:
        paint(drawing)
    return drawings


def columns(drawing: Drawing, periods: Sequence[Period], heads: Sequence[str]) -> None:
    """Draw a column for each period, the last one marked, with its first day and its number."""
    number = len(periods)
    last = drawing.x((number - 1) / number)
    drawing.rect(last, 0, drawing.x(1) - last, drawing.bottom, "week")
    for place, (period, head) in enumerate(zip(periods, heads, strict=True)):
        start, is_last = drawing.x(place / number), place == number - 1
        if place:
            drawing.line(start, 0, start, drawing.bottom, "grid")
        day = f"{period.start:%-d %b}" if drawing.is_narrow else f"{period.start:%a %-d %b}"
        drawing.text(start + 2, drawing.height - 6, day)
        drawing.text(start + 5, 14, head, "strong" if is_last else "")


def highest(*values: Any, least: float) -> float:
    """Return the top of an axis: a little above the highest value known, at least `least`."""
    known = [float(one) for series in values for one in series if not isnan(float(one))]
    return max([*known, least]) * 1.08


def _px(number: float) -> str:
    return f"{number:.1f}"
