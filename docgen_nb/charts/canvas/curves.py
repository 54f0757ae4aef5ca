"""Step curves of groups: one in color and the others quiet, or each in its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.lines import Line2D

from docgen_nb.charts.canvas.frame import Canvas

MOST_POINTS = 2_000  # of a curve; more would be narrower than a pixel
_DASHES: tuple[Any, ...] = ((5, 2), (1, 1))


@dataclass(frozen=True)
class Curve:
    """A curve of shares that starts at a value and changes at each x."""

    label: str
    x: Any
    shares: Any
    first: float
    limits: tuple[Any, Any] | None = None
    is_late: bool = False


def thin_out(count: int, most: int = MOST_POINTS) -> Any:
    """Return at most this many positions of a line, including the first and the last."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).astype(int))


def draw_curves(canvas: Canvas, curves: Sequence[Curve], *, title: str) -> None:
    """Draw the curves, each with its limits, and a key to the right if there are several."""
    handles, late = [], sum(curve.is_late for curve in curves)
    for number, curve in enumerate(curves):
        is_subject = len(curves) == 1 or (curve.is_late and late == 1)
        look = _look(canvas, number, curve, is_subject=is_subject)
        places = thin_out(len(curve.x))
        x = np.append(0.0, np.asarray(curve.x, dtype=float)[places])
        y = np.append(curve.first, np.asarray(curve.shares, dtype=float)[places])
        if curve.limits is not None:
            low, high = (np.append(curve.first, np.asarray(one)[places]) for one in curve.limits)
            band: dict[str, Any] = {"step": "post", "alpha": 0.18, "linewidth": 0}
            canvas.ax.fill_between(x, low, high, color=look["color"], **band)
        x, y = np.append(x, max(x[-1], canvas.ax.get_xlim()[1])), np.append(y, y[-1])
        canvas.ax.plot(x, y, drawstyle="steps-post", **look)
        handles.append(Line2D([], [], label=_wrapped(curve.label), **look))
    if len(curves) > 1 or curves[0].label:
        place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "title": title}
        canvas.legend(
            handles, title_fontsize=9, alignment="left", **(place | {"handlelength": 2.0})
        )
        legend = canvas.ax.get_legend()
        assert legend is not None
        legend.get_title().set_color(canvas.theme.caption)


def _look(canvas: Canvas, number: int, curve: Curve, *, is_subject: bool) -> dict[str, Any]:
    theme = canvas.theme
    if is_subject:
        color = theme.errors_text if curve.is_late else theme.subject
        return {"color": color, "linestyle": "-", "linewidth": 2.6}
    others = (theme.before, (0, _DASHES[number % len(_DASHES)]))
    color, dashes = theme.groups[number] if number < len(theme.groups) else others
    color = theme.errors_text if curve.is_late else color
    return {"color": color, "linestyle": dashes, "linewidth": 1.8}


def height_of_key(labels: Sequence[str]) -> float:
    """Return the height in inches of a figure beside whose plot these labels fit."""
    lines = sum(_wrapped(label).count("\n") + 1 for label in labels)
    return 2.2 + 0.18 * (lines + len(labels))


def _wrapped(label: str) -> str:
    return "\n".join(fill(line, 22, break_on_hyphens=False) for line in label.split("\n"))
