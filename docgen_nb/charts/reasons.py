"""Why jobs failed: a bar for each kind of message."""

from textwrap import shorten
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_bars
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import group_table
from docgen_nb.charts.canvas.theme import Theme
from docgen_nb.wording import percent, plural

_COLUMNS = ["pattern", "tag", "severity", "messages", "jobs", "share"]
_MOST_BARS = 15
_LONGEST = 105  # characters of a message above its bar, in a figure of 8 inches
_NAMES = {"error": "Error", "warning": "Warning"}
_MOST = 0.5  # of the jobs with a message: the share of one reason that a title names


def draw_failure_reasons(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw how many jobs have each kind of message, errors before warnings.

    A job with two kinds of messages counts in two bars. At most 15 bars are drawn, or as many as
    fit into `ax`: those with the most jobs, as the caption says. A long pattern is shortened.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.failure_reasons`.
    ax : Axes, optional
        The Axes to draw on; by default that of a new figure.
    style : str, optional
        ``"light"`` or ``"dark"``; by default what fits matplotlib's own background.

    Returns
    -------
    Axes
        The Axes of the chart.

    Raises
    ------
    MissingColumn
        If `table` lacks a column of that metric.
    ValueError
        If `style` is another.

    Examples
    --------
    >>> from docgen_nb import failure_reasons
    >>> failures = pd.DataFrame({
    ...     "job_id": ["7"],
    ...     "batch_id": ["3"],
    ...     "template_id": ["11"],
    ...     "status": ["failed"],
    ...     "severity": ["error"],
    ...     "message": ["The document took too long."],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"]),
    ... })
    >>> ax = draw_failure_reasons(failure_reasons(failures))
    >>> ax.get_title(loc="left")
    'One reason for 1 job: The document took too long.'
    """
    groups = group_table(table.reset_index(drop=True), _COLUMNS, function="draw_failure_reasons")
    most = frame.rows_that_fit(ax, _MOST_BARS, inches=0.5)
    rows = groups.table.loc[groups.table["jobs"].nlargest(most).sort_index().index]
    labels = [
        _label(row, group)
        for row, group in zip(rows.itertuples(), groups.labels.loc[rows.index], strict=True)
    ]
    notes = frame.showing(len(rows), len(table), "kinds with the most jobs")
    notes += ["What differs between messages of a kind is replaced"] if len(rows) else []
    notes += ["Shares: of jobs with any message of the same severity"] if len(rows) else []
    canvas = frame.start(
        ax,
        title=_title(table),
        attrs=table.attrs,
        style=style,
        jobs=f"{jobs_text(int(table.attrs['jobs']))} with a message"
        if "jobs" in table.attrs
        else "",
        notes=notes,
        height=1.2 + 0.6 * len(rows),
    )
    if table.empty:
        return canvas.empty("No job in this table has a message.")
    _draw_rows(canvas, rows, labels, _width(ax))
    values = [f"{label}: {jobs:,}" for label, jobs in zip(labels, rows["jobs"], strict=True)]
    return canvas.say(f"Bars: jobs by kind of message{groups.by}", values[:7])


def _width(ax: Axes | None) -> float:
    """Return how much of 8 inches an Axes is wide."""
    figure = None if ax is None else ax.get_figure(root=True)
    if ax is None or figure is None:
        return 1.0
    return min(1.0, float(ax.get_window_extent().width / figure.dpi) / frame.WIDTH)


def _title(table: pd.DataFrame) -> str:
    if table.empty:
        return "No messages"
    first = table.iloc[int(table["jobs"].to_numpy().argmax())]
    of_kind = table[table["severity"] == first["severity"]]
    number = round(first["jobs"] / first["share"]) if first["share"] else int(first["jobs"])
    kind = f"{first['severity']}s" if len(of_kind) < len(table) else "messages"
    if len(of_kind) == 1 and len(table) == 1:
        return f"One reason for {jobs_text(int(first['jobs']))}: {_label(first, '')}"
    if first["share"] >= _MOST:
        share = f"{int(first['jobs']):,} of {number:,} jobs with {kind}"
        return f"{share} have the same reason: {_label(first, '')}"
    low, high = int(table["jobs"].min()), int(table["jobs"].max())
    spread = jobs_text(low) if low == high else f"{low:,} to {jobs_text(high)}"
    return f"No single reason stands out: {plural(len(table), 'reason')}, {spread} each"


def _label(row: Any, group: str) -> str:
    """Return the message, with its tag in its place."""
    text = str(row.pattern)
    if pd.notna(row.tag):
        in_place = text.replace("<tag>", str(row.tag))
        text = in_place if in_place != text else f"{text} ({row.tag})"
    return f"{group}: {text}" if group else text


def _color(theme: Theme, severity: str) -> str:
    return {"error": theme.failed, "warning": theme.errors}.get(severity, theme.unknown)


def _draw_rows(canvas: Canvas, rows: pd.DataFrame, labels: list[str], width: float) -> None:
    theme, most = canvas.theme, int(rows["jobs"].max())
    for severity, part in rows.assign(place=range(len(rows))).groupby("severity", sort=False):
        color = _color(theme, str(severity))
        places = part["place"] + 0.22
        draw_bars(canvas.ax, places, [0] * len(part), part["jobs"], height=0.36, color=color)
    every: list[Any] = list(rows.itertuples())
    for place, (row, label) in enumerate(zip(every, labels, strict=True)):
        text = shorten(label, max(int(_LONGEST * width), 30), placeholder=" …")
        canvas.text(0, place, text, va="bottom", size=9.5)
        share = percent(row.share, of=round(row.jobs / row.share) if row.share else 1)
        messages = "" if row.messages == row.jobs else f" · {plural(int(row.messages), 'message')}"
        x = row.jobs + most * 0.012
        number = canvas.text(
            x, place + 0.22, f"{int(row.jobs):,}", va="center", size=10.5, fontweight="bold"
        )
        canvas.ax.annotate(
            f" {share}{messages}",
            (1, 0.5),
            xycoords=number,
            va="center",
            fontsize=9,
            color=theme.second,
        )
    canvas.no_axes("bottom", "left")
    canvas.ax.set_yticks([])
    canvas.ax.set_xlim(0, most * 1.25)
    canvas.ax.set_ylim(len(rows) - 0.4, -0.5)
    present = rows["severity"].unique()
    if len(present) > 1:
        canvas.key({_NAMES.get(one, str(one)): _color(theme, str(one)) for one in present})
    canvas.measure("Jobs with this message")
