"""The frame of a chart: title, what is measured, caption, row names and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill, wrap
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import blended_transform_factory, offset_copy

from docgen_nb.charts.canvas.figure import ShownAxes, ShownFigure, describe
from docgen_nb.charts.canvas.theme import Theme, choose_theme
from docgen_nb.wording import NB, plural

WIDTH, HEIGHT, TALLEST = 8.0, 4.2, 11.0  # inches
_LEFT = 0.0125  # of the figure, where title and caption start
_LEAST_ROWS = 4
_TITLE, _OF_AXES, _CAPTION = 8.75, 9.6, 15.0  # characters an inch
NAME = 24  # characters of a line of a name
_NARROW = 6.0  # inches
_SHORT = pd.Timedelta(minutes=10)
_MEASURE = 15  # points that the line above the plot takes


@dataclass(frozen=True)
class Canvas:
    """An Axes with the colors of a chart; `is_own` if its figure has no other.

    `lines_above` is how many lines of text stand between the title and the plot.
    """

    ax: Axes
    theme: Theme
    is_own: bool
    title: str
    caption: str
    lines_above: int

    def text(self, x: Any, y: Any, text: str, *, size: float = 9.5, **style: Any) -> Any:
        """Write text on the plot, without parsing dollar signs as math."""
        look: dict[str, Any] = {"color": self.theme.ink, "fontsize": size, "parse_math": False}
        return self.ax.text(x, y, text, **(look | style))

    def beside(self, y: float, text: str, **style: Any) -> None:
        """Write to the right of the plot, at this value of its y axis."""
        options: dict[str, Any] = {"transform": self.ax.get_yaxis_transform(), "va": "center"}
        self.text(1.012, y, text, **(options | style))

    def beside_all(self, labels: Sequence[tuple[float, str, str]]) -> None:
        """Write texts of a value, a text and a color to the right, as near as they fit."""
        low, high = self.ax.get_ylim()
        line = 0.165 / self.inches(HEIGHT)
        ordered = sorted(labels, key=lambda label: label[0])
        heights = [line * (text.count("\n") + 1) for _, text, _ in ordered]
        free = 0.0
        for number, (value, text, color) in enumerate(ordered):
            wanted = (value - low) / (high - low) - heights[number] / 2
            y = max(free, min(wanted, 1 - sum(heights[number:])))
            self.text(1.012, y, text, color=color, transform=self.ax.transAxes, va="bottom", size=9)
            free = y + heights[number]

    @property
    def is_narrow(self) -> bool:
        """Whether the plot is too narrow for a key beside what is measured."""
        figure = self.ax.get_figure(root=True)
        if self.is_own or figure is None:
            return False
        return bool(self.ax.get_window_extent().width / figure.dpi < _NARROW)

    def inches(self, otherwise: float) -> float:
        """Return the height of the plot, a guess if its figure is laid out later."""
        figure = self.ax.get_figure(root=True)
        if self.is_own or figure is None:
            return otherwise * 0.68
        return max(float(self.ax.get_window_extent().height / figure.dpi), 0.5)

    def measure(self, text: str) -> None:
        """Write above the plot what its y axis measures."""
        ax, figure = self.ax, self.ax.get_figure(root=True)
        assert figure is not None
        side = blended_transform_factory(figure.transFigure, ax.transAxes) if self.is_own else None
        up = 6 + _MEASURE * (self.lines_above - 1)
        place = offset_copy(side or ax.transAxes, fig=figure, y=up, units="points")
        x = _LEFT if self.is_own else 0.0
        style: dict[str, Any] = {"color": self.theme.second, "size": 9.0}
        self.text(x, 1.0, text, transform=place, va="bottom", **style).set_in_layout(False)

    def label_x(self, text: str) -> None:
        """Write below the x axis what it measures; on a given Axes, with the caption."""
        if not self.is_own:
            text = "\n".join(filter(None, [text, self.caption]))
        size, color = (9, self.theme.second) if self.is_own else (8, self.theme.caption)
        style: dict[str, Any] = {"color": color, "parse_math": False, "fontsize": size}
        self.ax.set_xlabel(text, loc="left", **style)

    def name_rows(self, names: Sequence[str], seconds: Sequence[str] = ()) -> None:
        """Write the name of each row to the left, with a second line in small."""
        lines = [fill(name, NAME, break_on_hyphens=False) or name for name in names]
        style: dict[str, Any] = {"parse_math": False, "fontsize": 10, "color": self.theme.ink}
        self.ax.set_yticks(range(len(names)), lines, **style)
        self.ax.tick_params(axis="y", length=0)
        if not seconds:
            return
        for label in self.ax.get_yticklabels():
            label.set_verticalalignment("bottom")
        side = offset_copy(
            self.ax.get_yaxis_transform(), fig=self.ax.get_figure(root=True), x=-3.5, units="points"
        )
        for place, second in enumerate(seconds):
            style = {"color": self.theme.caption, "ha": "right", "va": "top", "transform": side}
            self.text(0, place, second, size=8.5, **style)

    def key(self, labels: Mapping[str, str]) -> None:
        """Add a key of names and their colors above the plot, at its right."""
        handles = [_patch(name, color) for name, color in labels.items()]
        self.legend(handles, loc="lower right", bbox_to_anchor=(1, 1.005), ncols=len(handles))

    def key_below(self, handles: Sequence[Artist]) -> None:
        """Add a key of long names below the plot, in as many columns as fit."""
        columns = _columns([str(handle.get_label()) for handle in handles])
        figure = self.ax.get_figure(root=True)
        below = offset_copy(self.ax.transAxes, fig=figure, y=-38, units="points")
        place = {"bbox_to_anchor": (0, 0), "bbox_transform": below, "loc": "upper left"}
        self.legend(handles, ncols=columns, **place)

    def legend(self, handles: Sequence[Artist], **options: Any) -> None:
        """Add a legend without a frame."""
        plain: dict[str, Any] = {"frameon": False, "borderpad": 0, "borderaxespad": 0.2}
        small = {"fontsize": 9, "handlelength": 1.4, "handleheight": 0.8, "columnspacing": 1.4}
        legend = self.ax.legend(handles=handles, **(plain | small | options))
        for text in legend.get_texts():
            text.set_parse_math(False)
            text.set_color(self.theme.second)

    def grid(self, axis: Any) -> None:
        """Draw the light grid of the axis of values."""
        self.ax.grid(axis=axis, color=self.theme.grid, linewidth=0.8)
        self.ax.set_axisbelow(True)

    def no_axes(self, *sides: str) -> None:
        """Draw none of these axes: "bottom", "left"."""
        self.ax.spines[list(sides)].set_visible(False)
        if "bottom" in sides:
            self.ax.set_xticks([])
        if "left" in sides:
            self.ax.tick_params(axis="y", length=0)

    def say(self, kind: str, values: Sequence[str] = ()) -> Axes:
        """Keep the alternative text of the chart, and return its Axes."""
        carried = f" {', '.join(values)}." if values else ""
        describe(self.ax, f"{kind}. {self.title}.{carried}".replace("\n", " "))
        return self.ax

    def empty(self, text: str) -> Axes:
        """Write in the middle of an empty chart why it is empty."""
        self.no_axes("bottom", "left")
        self.ax.set_yticks([])
        self.label_x("")
        style: dict[str, Any] = {
            "transform": self.ax.transAxes,
            "ha": "center",
            "va": "center",
            "size": 10.5,
        }
        self.text(0.5, 0.5, text, color=self.theme.second, **style)
        return self.say(f"No chart: {text.replace(chr(10), ' ').rstrip('.')}")


def start(
    ax: Axes | None,
    *,
    title: str,
    attrs: Mapping[Any, Any],
    style: str | None = None,
    jobs: str = "",
    notes: Sequence[str] = (),
    height: float = HEIGHT,
    lines_above: int = 1,
) -> Canvas:
    """Return the Axes with its finding as title, and its caption.

    The caption has two parts: which jobs, when they were created and read; then what is left out
    and what marks mean, in these notes and those of the metric.
    """
    theme, is_own = choose_theme(style), ax is None
    figure: Figure | None
    if ax is None:
        size = (WIDTH, min(max(height, HEIGHT), TALLEST))
        figure = ShownFigure(figsize=size, layout="constrained", facecolor=theme.ground)
        layout: Any = figure.get_layout_engine()
        layout.set(rect=(0.0, 0.012, 0.995, 0.97))
        ax = figure.add_subplot(axes_class=ShownAxes)
        inches = WIDTH
    else:
        figure = ax.get_figure(root=True)
        inches = 4.0 if figure is None else float(ax.get_window_extent().width / figure.dpi)
    assert figure is not None
    _style_axes(ax, theme)
    width = int(inches * (_TITLE if is_own else _OF_AXES))
    lines = fill(title, max(width, 20), break_on_hyphens=False)
    heading = ax.set_title(
        lines,
        loc="left",
        fontsize=13 if is_own else 11,
        fontweight="bold",
        color=theme.ink,
        pad=10 + _MEASURE * lines_above,
        parse_math=False,
    )
    heading.set_gid("title")
    caption = _caption(attrs, jobs, notes, width=max(int(inches * _CAPTION), 40))
    if is_own:
        side = blended_transform_factory(figure.transFigure, heading.get_transform())
        heading.set_transform(side)
        heading.set_position((_LEFT, 1.0))
        look: dict[str, Any] = {"fontsize": 8, "color": theme.caption, "parse_math": False}
        figure.supxlabel(caption, x=_LEFT, ha="left", **look)
    canvas = Canvas(ax, theme, is_own, lines.replace("\n", " "), caption, lines_above)
    canvas.label_x("")
    return canvas


def _style_axes(ax: Axes, theme: Theme) -> None:
    ax.set_facecolor(theme.ground)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set(color=theme.axis, linewidth=0.8)
    ax.tick_params(color=theme.axis, labelcolor=theme.second, labelsize=9, length=3)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.get_offset_text().set(color=theme.second, fontsize=9)


def _caption(attrs: Mapping[Any, Any], jobs: str, notes: Sequence[str], *, width: int) -> str:
    first = " ".join(filter(None, [jobs, _window(attrs)])).rstrip(",")
    rest = [f"{note[:1].upper()}{note[1:]}" for note in (*notes, *attrs.get("notes", ()))]
    joined = " ".join(note if note.endswith(".") else f"{note}." for note in rest)
    return "\n".join(line for part in (first, joined) for line in wrap(part, width))


def _window(attrs: Mapping[Any, Any]) -> str:
    """Return when the jobs were created and read."""
    if not attrs.get("created_from"):
        return ""
    first, last = (pd.Timestamp(attrs[name]) for name in ("created_from", "created_to"))
    is_short, zone = last - first < _SHORT, attrs.get("time_zone", "")
    created = f"created {_time(first, is_short)}"
    if first != last:
        created += f" to {_time(last, is_short, after=first)}"
    created = f"{created} {zone}".rstrip()
    if not attrs.get("read_at"):
        return created
    read = _time(pd.Timestamp(attrs["read_at"]), is_short, after=last)
    return f"{created}, read {read} {zone}".rstrip()


def _time(time: pd.Timestamp, is_short: bool, *, after: pd.Timestamp | None = None) -> str:
    clock = f"{time:%H:%M:%S}" if is_short else f"{time:%H:%M}"
    return (
        clock if after is not None and time.date() == after.date() else f"{time:%Y-%m-%d} {clock}"
    )


def _patch(label: str, color: str) -> Patch:
    return Patch(facecolor=color, edgecolor="none", label=label)


def _columns(labels: Sequence[str]) -> int:
    return max(1, min(4, int(92 / (max(map(len, labels)) + 7))))


def height_with_key(labels: Sequence[str]) -> float:
    """Return the height in inches of a figure with a key of these labels below its plot."""
    return HEIGHT + 0.2 * (-(-len(labels) // _columns(labels))) if labels else HEIGHT


def rows_that_fit(ax: Axes | None, most: int, *, inches: float) -> int:
    """Return how many rows of this height fit into the Axes; a new figure grows with its rows."""
    figure = None if ax is None else ax.get_figure()
    if ax is None or figure is None:
        return most
    height = ax.get_window_extent().height / figure.dpi
    return min(most, max(_LEAST_ROWS, int(height / inches)))


def showing(shown: int, total: int, rows: str) -> list[str]:
    """Return a note if a chart doesn't show all of its rows."""
    return [f"Shown: the {shown} of {total:,} {rows}"] if shown < total else []


def interval_note(attrs: Mapping[Any, Any], mark: str = "Lines") -> str:
    """Return the note that says what the marks of intervals are, and if they are plain."""
    plain = " for independent jobs" if attrs.get("limits") == "independent jobs" else ""
    return f"{mark}: 95{NB}% intervals{plain}"


def jobs_text(number: int) -> str:
    """Return a number of jobs."""
    return plural(number, "job")
