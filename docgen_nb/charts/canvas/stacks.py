"""Steps of groups, one on top of the other."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from docgen_nb.charts.canvas.frame import Canvas
from docgen_nb.charts.canvas.groups import Groups
from docgen_nb.charts.canvas.theme import Theme
from docgen_nb.charts.canvas.time_axis import draw_steps, edges_of, limit_steps


def draw_stack(canvas: Canvas, groups: Groups, column: str, totals: pd.DataFrame) -> None:
    """Stack the largest groups and the sum of the others, and add their key."""
    bottom, handles = np.zeros(len(totals)), []
    for name, color, values in _layers(canvas.theme, groups, column, totals):
        band, _ = limit_steps(totals.assign(bottom=bottom, top=bottom + values))
        edge = {"edgecolor": canvas.theme.ground, "linewidth": 0.4 if len(band) < 60 else 0}
        style = {"facecolor": color, **edge}
        draw_steps(canvas.ax, band["top"], edges_of(band), baseline=band["bottom"], **style)
        handles.append(Patch(facecolor=color, edgecolor="none", label=name))
        bottom = bottom + values
    canvas.key_below(handles)


def _layers(
    theme: Theme, groups: Groups, column: str, totals: pd.DataFrame
) -> Iterator[tuple[str, str, Any]]:
    shown, _ = groups.largest(groups.totals(groups.table[column]), len(theme.groups))
    starts, rest = totals["step_start"], totals[column].to_numpy(dtype="float64")
    for (name, rows), (color, _) in zip(shown, theme.groups, strict=False):
        values = rows.set_index("step_start")[column].reindex(starts, fill_value=0).to_numpy()
        rest = rest - values
        yield name, color, values
    left_out = len(groups.names) - len(shown.names)
    if left_out:
        yield f"{left_out:,} others", theme.before, rest
