"""The frame of a chart: its Axes and title, row names, legends, and text beside the Axes."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from docgen_nb.charts.styles import GREY

HEIGHT, TALLEST = 4.2, 11.0  # inches
_LEAST_ROWS = 4
_LEGEND_LINE, _LEGEND_HANDLE = 104, 8  # characters across a figure, and those that a handle takes
_NOTE_LINE = 80  # characters of a line of a note
_TITLE_LINE = 60  # characters of a title that fit above a narrow Axes


class ShownFigure(Figure):
    """A figure apart from pyplot that a notebook shows as a picture."""

    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


class ShownAxes(Axes):
    """An Axes that a notebook shows as the picture of its figure."""

    def _repr_png_(self) -> bytes | None:
        figure = self.figure
        return figure._repr_png_() if isinstance(figure, ShownFigure) else None


def start(
    ax: Axes | None,
    *,
    title: str,
    attrs: Mapping[Any, Any],
    notes: Sequence[str] = (),
    height: float = HEIGHT,
) -> Axes:
    """Return the Axes with its title: what it shows, when jobs were created, what is left out.

    What is left out are these notes and those of the metric.
    """
    if ax is None:
        figure = ShownFigure(figsize=(8, min(max(height, HEIGHT), TALLEST)), layout="constrained")
        ax = figure.add_subplot(axes_class=ShownAxes)
    ax.spines[["top", "right"]].set_visible(False)
    wrapped = [line for note in attrs.get("notes", ()) for line in wrap(note, _NOTE_LINE)]
    lines = [title, *_window(attrs), *notes, *wrapped]
    ax.set_title("\n".join(lines), loc="left", fontsize=10.5, parse_math=False)
    return ax


def _window(attrs: Mapping[Any, Any]) -> list[str]:
    """Return the lines of the title with the times of creation and reading."""
    if not attrs.get("created_from"):
        return []
    first, last = (pd.Timestamp(attrs[name]) for name in ("created_from", "created_to"))
    created, zone = f"created {_time(first)}", attrs.get("time_zone", "")
    if first != last:
        created += f" to {_time(last, after=first)}"
    if not attrs.get("read_at"):
        return [f"{created} {zone}".rstrip()]
    read = f"read {_time(pd.Timestamp(attrs['read_at']), after=last)}"
    if len(created) + len(read) <= _TITLE_LINE:
        return [f"{created}, {read} {zone}".rstrip()]
    return [f"{created} {zone}".rstrip(), f"read {_time(pd.Timestamp(attrs['read_at']))}"]


def _time(time: pd.Timestamp, *, after: pd.Timestamp | None = None) -> str:
    same_day = after is not None and time.date() == after.date()
    return f"{time:%H:%M:%S}" if same_day else f"{time:%Y-%m-%d %H:%M:%S}"


def rows_that_fit(ax: Axes | None, most: int, *, inches: float) -> int:
    """Return how many rows of this height fit into the Axes; a new figure grows with its rows."""
    figure = None if ax is None else ax.get_figure()
    if ax is None or figure is None:
        return most
    height = ax.get_window_extent().height / figure.dpi
    return min(most, max(_LEAST_ROWS, int(height / inches)))


def showing(shown: int, total: int, rows: str) -> list[str]:
    """Return a note if a chart doesn't show all of its rows."""
    return [f"showing the {shown} of {total:,} {rows}"] if shown < total else []


def interval_name(attrs: Mapping[Any, Any]) -> str:
    """Return the name of the intervals of a table, which says if they are plain."""
    is_plain = attrs.get("limits") == "independent jobs"
    return "95% interval for independent jobs" if is_plain else "95% interval"


def plural(number: int, noun: str = "job") -> str:
    """Return the number with its noun."""
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def annotate_empty(ax: Axes, text: str) -> Axes:
    """Write in the middle of an empty chart why it is empty."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=GREY)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def write_beside(ax: Axes, y: float, text: str, *, color: str = "black", va: str) -> None:
    """Write to the right of the Axes, at this value of its y axis."""
    side = ax.get_yaxis_transform()
    ax.text(1.02, y, text, transform=side, color=color, va=va, fontsize=9, parse_math=False)


def name_rows(ax: Axes, names: Sequence[str], **style: Any) -> None:
    """Write the name of each row to the left, without parsing dollar signs as math."""
    ax.set_yticks(range(len(names)), names, parse_math=False, **style)


def legend_below(ax: Axes, handles: Sequence[Artist], *, columns: int) -> None:
    """Add a legend below the label of the x axis, in at most this many columns.

    Call it after `name_rows`: long row names leave less room for columns.
    """
    below = offset_copy(ax.transAxes, fig=ax.get_figure(root=True), y=-36, units="points")
    _legend(
        ax,
        handles,
        bbox_to_anchor=(0, 0),
        bbox_transform=below,
        ncols=_columns_that_fit(ax, handles, columns),
        handlelength=2.4,
    )


def _legend(ax: Axes, handles: Sequence[Artist], **options: Any) -> None:
    frame: dict[str, Any] = {"frameon": False, "borderpad": 0, "borderaxespad": 0}
    legend = ax.legend(handles=handles, loc="upper left", fontsize=9, **frame, **options)
    for text in legend.get_texts():
        text.set_parse_math(False)


def _columns_that_fit(ax: Axes, handles: Sequence[Artist], most: int) -> int:
    """Return into how many columns, filled downwards, the labels fit."""
    lengths = np.array([len(str(handle.get_label())) for handle in handles])
    rows = [line for label in ax.get_yticklabels() for line in label.get_text().splitlines()]
    room = _LEGEND_LINE - max(map(len, rows), default=0)
    for columns in range(min(most, len(lengths)), 1, -1):
        widths = [part.max() + _LEGEND_HANDLE for part in np.array_split(lengths, columns)]
        if sum(widths) <= room:
            return columns
    return 1


def legend_beside(ax: Axes, handles: Sequence[Artist], *, title: str) -> None:
    """Add a legend to the right of the Axes."""
    options: dict[str, Any] = {"title_fontsize": 9, "alignment": "left", "handlelength": 2.8}
    _legend(ax, handles, title=title, bbox_to_anchor=(1.02, 1), **options)


def height_for_legend(labels: int) -> float:
    """Return the height in inches that this many labels of two lines need beside the Axes."""
    return 2.6 + 0.34 * labels
