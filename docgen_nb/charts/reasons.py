"""Why jobs failed: a bar for each kind of message."""

from textwrap import shorten, wrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from docgen_nb.charts import canvas
from docgen_nb.charts.groups import group_table
from docgen_nb.charts.styles import FAILED, UNKNOWN, WITH_ERROR, patch

_COLUMNS = ["pattern", "tag", "severity", "messages", "jobs", "share"]
_MOST_BARS = 15
_LINE, _LONGEST = 38, 110  # characters
_STYLES = {"error": FAILED, "warning": WITH_ERROR}


def draw_failure_reasons(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many jobs have each kind of message, errors before warnings.

    A job with two kinds of messages counts in two bars. At most 15 bars are drawn, or as many as
    fit into `ax`: those with the most jobs, as the title says. A long pattern is shortened.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.failure_reasons`.
    ax : Axes, optional
        The Axes to draw on; by default that of a new figure.

    Returns
    -------
    Axes
        The Axes of the chart.

    Raises
    ------
    MissingColumn
        If `table` lacks a column of that metric.
    """
    groups = group_table(table.reset_index(drop=True), _COLUMNS, function="draw_failure_reasons")
    most = canvas.rows_that_fit(ax, _MOST_BARS, inches=0.5)
    rows = groups.table.loc[groups.table["jobs"].nlargest(most).sort_index().index]
    labels = [
        _label(row, group)
        for row, group in zip(rows.itertuples(), groups.labels.loc[rows.index], strict=True)
    ]
    kinds = f"{canvas.plural(len(table), 'kind')} of message"
    jobs = f" from {canvas.plural(int(table.attrs['jobs']))}" if "jobs" in table.attrs else ""
    notes = canvas.showing(len(rows), len(table), "kinds with the most jobs")
    height = 1.8 + sum(0.2 + 0.17 * (label.count("\n") + 1) for label in labels)
    title = f"{kinds}{jobs}{groups.by}"
    ax = canvas.start(ax, title=title, attrs=table.attrs, notes=notes, height=height)
    if table.empty:
        return canvas.annotate_empty(ax, "No job in this table has a message.")
    for place, row in enumerate(rows.itertuples()):
        _draw_bar(ax, place, row)
    canvas.name_rows(ax, labels, fontsize=8.5)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("Jobs with this message (%: of jobs with any message of its severity)")
    handles = [patch(name, *_STYLES.get(name, UNKNOWN)) for name in rows["severity"].unique()]
    canvas.legend_below(ax, handles, columns=4)
    return ax


def _label(row: Any, group: str) -> str:
    text = shorten(str(row.pattern), _LONGEST, placeholder=" …")
    lines = wrap(f"{group}: {text}" if group else text, _LINE)
    if pd.notna(row.tag):
        lines.append(shorten(f"<tag> is {row.tag}", _LINE, placeholder=" …"))
    return "\n".join(lines)


def _draw_bar(ax: Axes, place: int, row: Any) -> None:
    color, hatch = _STYLES.get(row.severity, UNKNOWN)
    ax.barh(place, row.jobs, color=color, hatch=hatch, edgecolor="white", height=0.7)
    messages = canvas.plural(int(row.messages), "message")
    text = f"{canvas.plural(int(row.jobs))}: {row.share:.1%}\n({messages})"
    canvas.write_beside(ax, place, text, va="center")
