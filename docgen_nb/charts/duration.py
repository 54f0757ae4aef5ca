"""Durations of single jobs: how many took how long, or the share that took at most each time."""

from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_boxes
from docgen_nb.charts.canvas.curves import Curve, draw_curves, height_of_key
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import Groups, group_table
from docgen_nb.charts.canvas.seconds import NO_DURATION, YARDSTICK, duration_axis, mark_yardstick
from docgen_nb.wording import NB, percent, plural, seconds

_COLUMNS = ["job_id", "duration_seconds", "ended", "finished_source"]
_MOST_CURVES = 6
_MOST_BINS, _LONG_TAIL = 60, 0.995
_BINS = (1, 2, 5, 10, 15, 30, 60, 300, 900, 3600, 14_400, 86_400)  # seconds
_SOURCES = {"output_file": "output files", "observed": "polling", "webhook": "webhooks"}


def draw_durations(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw how many ended jobs took how long, those beyond Box's yardstick of 15 s in amber.

    Box names 15 s for 95% of documents, for templates under 1 MB at up to 50 documents a minute.
    The last bar counts all longer ones. Jobs that were still open when read are counted in the
    caption: they take at least as long as they had been open. A table made with ``by=`` gives a
    line for each of at most six groups, those with the most jobs: the share of its ended jobs that
    took at most each time.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.durations`.
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
    >>> from docgen_nb import durations
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"],
    ...     "status": ["completed", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2),
    ...     "duration_seconds": [4.0, None],
    ...     "finished_source": ["output_file", None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 2),
    ... })
    >>> ax = draw_durations(durations(jobs))
    >>> ax.get_title(loc="left")
    "1 document was ready within 15\xa0s; Box's yardstick is 95\xa0%"
    """
    groups = group_table(table, _COLUMNS, function="draw_durations")
    ended = table.loc[table["ended"] & table["duration_seconds"].notna(), "duration_seconds"]
    shown, _ = groups.largest(groups.totals(pd.Series(1, index=table.index)), _MOST_CURVES)
    title, within = _title(ended)
    canvas = frame.start(
        ax,
        title=title,
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(len(table)),
        notes=_notes(table),
        lines_above=2,
        height=height_of_key(shown.names),
    )
    kind = f"{'Curves' if groups.columns else 'Columns'}: time from request to document{groups.by}"
    if table.empty:
        return canvas.empty("No jobs in this table.")
    if ended.empty:
        return canvas.empty(NO_DURATION)
    if groups.columns:
        _draw_groups(canvas, shown)
    else:
        _draw_bins(canvas, ended.to_numpy(), within)
    half, most = (
        seconds(float(ended.quantile(one, interpolation="higher"))) for one in (0.5, 0.95)
    )
    return canvas.say(kind, [f"half within {half}", f"95{NB}% within {most}"])


def _title(ended: "pd.Series[float]") -> tuple[str, int]:
    within = int((ended <= YARDSTICK).sum())
    if ended.empty:
        return "No known duration", 0
    return f"{_ready(within, len(ended))} within 15{NB}s; Box's yardstick is 95{NB}%", within


def _ready(within: int, known: int) -> str:
    """Return how many of the documents with a known end were ready in time, as words."""
    if known == 1:
        return "1 document was ready" if within else "1 document was not ready"
    share = percent(within / known, of=known)
    if within == known:
        return f"All {known:,} documents were ready"
    word = share if within else "None"
    return f"{word} of {f'{known:,} ' if known < 200 else ''}documents were ready"


def _notes(table: pd.DataFrame) -> list[str]:
    unknown = int(table["duration_seconds"].isna().sum())
    still_open = int((~table["ended"] & table["duration_seconds"].notna()).sum())
    known = table.loc[table["ended"] & table["duration_seconds"].notna(), "finished_source"]
    sources = known.fillna("an unknown source").value_counts(sort=False)
    names = [_SOURCES.get(str(name), str(name)) for name in sources.index]
    notes = [f"Ends known from {' and '.join(names)}, good to 1{NB}s"] if names else []
    notes += [f"{jobs_text(still_open)} still open left out"] if still_open else []
    return notes + ([f"{jobs_text(unknown)} left out: end time unknown"] if unknown else [])


def _draw_bins(canvas: Canvas, ended: Any, within: int) -> None:
    longest = float(np.quantile(ended, _LONG_TAIL))
    size = next((one for one in _BINS if longest / one <= _MOST_BINS), _BINS[-1])
    number = max(ceil(max(longest, YARDSTICK * 1.5) / size), 2)
    places = np.minimum(np.maximum(np.ceil(ended / size).astype("int64") - 1, 0), number)
    counts = np.bincount(places, minlength=number + 1)
    left = np.arange(number + 1) * size
    theme = canvas.theme
    colors = [theme.subject if end <= YARDSTICK else theme.errors for end in left + size]
    draw_boxes(canvas.ax, left + size * 0.06, left + size * 0.94, 0.0, counts, color=colors)
    top = int(counts.max()) * 1.12
    canvas.ax.set_ylim(0, top)
    _count_axis(canvas)
    canvas.measure(f"Documents by time, in steps of {seconds(size)}")
    mark_yardstick(canvas)
    last = [f"over {seconds(number * size)}"] if counts[-1] else []
    _time_axis(canvas, size, number, last)
    _write_shares(canvas, ended, within, number * size, top)


def _count_axis(canvas: Canvas) -> None:
    canvas.ax.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 2.5, 5, 10]))
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda jobs, _: f"{jobs:,.0f}"))
    canvas.grid("y")


def _time_axis(canvas: Canvas, size: float, number: int, last: list[str]) -> None:
    ends = [*MaxNLocator(5).tick_values(0, number * size)]
    ends = [end for end in ends if end <= number * size * 0.9]
    ticks = ends + [number * size + size / 2] * len(last)
    canvas.ax.set_xticks(ticks, [*(seconds(end) if end else "0" for end in ends), *last])
    canvas.ax.set_xlim(0, (number + 1) * size)
    canvas.label_x("Time from request to document")


def _write_shares(canvas: Canvas, ended: Any, within: int, right: float, top: float) -> None:
    """Write in the empty part at the top right how many were in time, and how many were not."""
    longer, theme = len(ended) - within, canvas.theme
    half, most = (seconds(float(np.quantile(ended, one, method="higher"))) for one in (0.5, 0.95))
    rows = [
        (f"{plural(within)} within 15{NB}s", theme.subject, "bold", 10.5),
        (f"{longer:,} took longer", theme.errors_text, "bold", 10.5),
        (f"half within {half}, 95{NB}% within {most}", theme.second, "normal", 9.0),
    ]
    if not longer:
        del rows[1]
    y = 0.93
    for text, color, weight, size in rows:
        style = {"ha": "right", "transform": canvas.ax.transAxes, "fontweight": weight}
        canvas.text(0.99, y, text, color=color, size=size, va="top", **style)
        y -= 0.09


def _draw_groups(canvas: Canvas, groups: Groups) -> None:
    curves = []
    for name, rows in groups:
        ended = rows.loc[rows["ended"], "duration_seconds"].dropna()
        if not ended.empty:
            counts = ended.value_counts().sort_index()
            shares = counts.cumsum().to_numpy() / counts.sum()
            label = f"{name}\n{plural(len(ended))}"
            curves.append(Curve(label, counts.index.to_numpy(), shares, 0.0))
    longest = max(float(one.x[np.searchsorted(one.shares, _LONG_TAIL)]) for one in curves)
    duration_axis(canvas, longest=longest, label="Time from request to document")
    canvas.ax.set_ylim(0, 1.04)
    canvas.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:g}{NB}%"))
    canvas.grid("y")
    canvas.measure(f"Documents ready, share of each {groups.noun}")
    mark_yardstick(canvas)
    draw_curves(canvas, curves, title=groups.noun.capitalize())
