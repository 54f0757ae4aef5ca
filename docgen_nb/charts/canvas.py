"""What a chart stands on: a figure of its own or a given Axes, its title, and words beside it."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.transforms import offset_copy

from docgen_nb.charts.styles import GREY

HEIGHT, TALLEST = 4.2, 11.0  # inches
_LEAST_ROWS = 4
_KEY_LINE, _KEY_SIGN = 104, 8  # characters of a legend across a figure, and those of a sign
_LINE = 60  # characters of a title that fit above a narrow Axes


class ShownFigure(Figure):
    """A figure apart from pyplot that a notebook shows all the same."""

    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


class ShownAxes(Axes):
    """An Axes that a notebook shows as the picture of its figure."""

    def _repr_png_(self) -> bytes | None:
        figure = self.figure
        return figure._repr_png_() if isinstance(figure, ShownFigure) else None


def prepared(
    ax: Axes | None,
    *,
    title: str,
    attrs: Mapping[Any, Any],
    notes: list[str] | None = None,
    height: float = HEIGHT,
) -> Axes:
    """The Axes to draw on, with its title: what it shows, of when, and what is left out."""
    if ax is None:
        figure = ShownFigure(figsize=(8, min(max(height, HEIGHT), TALLEST)), layout="constrained")
        ax = figure.add_subplot(axes_class=ShownAxes)
    ax.spines[["top", "right"]].set_visible(False)
    lines = [title, *_window(attrs), *(notes or [])]
    ax.set_title("\n".join(lines), loc="left", fontsize=10.5, parse_math=False)
    return ax


def _window(attrs: Mapping[Any, Any]) -> list[str]:
    """Between which times the jobs were created, and when they were read, in words."""
    if not attrs.get("created_from"):
        return []
    first, last = (pd.Timestamp(attrs[name]) for name in ("created_from", "created_to"))
    created, zone = f"created {_moment(first)}", attrs.get("time_zone", "")
    if first != last:
        created += f" to {_moment(last, after=first)}"
    if not attrs.get("read_at"):
        return [f"{created} {zone}".rstrip()]
    read = f"read {_moment(pd.Timestamp(attrs['read_at']), after=last)}"
    if len(created) + len(read) <= _LINE:
        return [f"{created}, {read} {zone}".rstrip()]
    return [f"{created} {zone}".rstrip(), f"read {_moment(pd.Timestamp(attrs['read_at']))}"]


def _moment(moment: pd.Timestamp, *, after: pd.Timestamp | None = None) -> str:
    same_day = after is not None and moment.date() == after.date()
    return f"{moment:%H:%M:%S}" if same_day else f"{moment:%Y-%m-%d %H:%M:%S}"


def rows_that_fit(ax: Axes | None, most: int, *, inches: float) -> int:
    """How many rows of such a height there is room for; a figure of its own makes room."""
    figure = None if ax is None else ax.get_figure()
    if ax is None or figure is None:
        return most
    height = ax.get_window_extent().height / figure.dpi
    return min(most, max(_LEAST_ROWS, int(height / inches)))


def counted(number: int, noun: str = "job") -> str:
    """The number with its noun, in words."""
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def say(ax: Axes, words: str) -> Axes:
    """Say in the middle of an empty chart why it is empty."""
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=GREY)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def beside(ax: Axes, height: float, words: str, *, colour: str = "black", va: str) -> None:
    """Write to the right of the Axes, at a height of its data."""
    side = ax.get_yaxis_transform()
    ax.text(1.02, height, words, transform=side, color=colour, va=va, fontsize=9, parse_math=False)


def name_rows(ax: Axes, names: Sequence[str], **looks: Any) -> None:
    """Write the name of each row to the left; a name may hold dollars, which are no formula."""
    ax.set_yticks(range(len(names)), names, parse_math=False, **looks)


def key_below(ax: Axes, handles: Sequence[Artist], *, columns: int) -> None:
    """A legend under the name of the x axis, in so many columns or fewer where names are long.

    Call it when the rows have their names, which take from its room.
    """
    below = offset_copy(ax.transAxes, fig=ax.get_figure(root=True), y=-36, units="points")
    legend = ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=below,
        ncols=_columns_that_fit(ax, handles, columns),
        fontsize=9,
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=2.4,
    )
    _no_formula(legend)


def _columns_that_fit(ax: Axes, handles: Sequence[Artist], most: int) -> int:
    """In how many columns, filled downwards, the names stay within the figure."""
    lengths = np.array([len(str(handle.get_label())) for handle in handles])
    rows = [line for label in ax.get_yticklabels() for line in label.get_text().splitlines()]
    room = _KEY_LINE - max(map(len, rows), default=0)
    for columns in range(min(most, len(lengths)), 1, -1):
        if sum(part.max() + _KEY_SIGN for part in np.array_split(lengths, columns)) <= room:
            return columns
    return 1


def tall_enough(keys: int) -> float:
    """The height in inches of a figure beside which so many names of two lines have room."""
    return 2.6 + 0.34 * keys


def key_beside(ax: Axes, handles: Sequence[Artist], *, title: str = "") -> None:
    """A legend to the right of the Axes."""
    legend = ax.legend(
        handles=handles,
        title=title or None,
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        fontsize=9,
        title_fontsize=9,
        alignment="left",
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=2.8,
    )
    _no_formula(legend)


def _no_formula(legend: Legend) -> None:
    for text in legend.get_texts():
        text.set_parse_math(False)
