"""Two sets of jobs side by side: before, after, and how sure the difference is."""

from math import isnan
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_bars
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import Groups, group_table
from docgen_nb.charts.canvas.seconds import NONE_ENDED
from docgen_nb.errors import MissingColumn
from docgen_nb.wording import NB, percent, plural, seconds

_COLUMNS = [
    *("measure", "before", "after", "difference", "difference_low", "difference_high"),
    *("before_jobs", "after_jobs", "sentence"),
]
_MOST_ROWS = 16
_NAMES = {
    "failed_share": ("Failed", "share of finished jobs"),
    "completed_with_error_share": ("With errors", "share of finished jobs"),
    "duration_median_seconds": ("Half ready within", "time from request"),
    "duration_p95_seconds": (f"95{NB}% ready within", "time from request"),
}
_FINDINGS = {
    "failed_share": "failed",
    "completed_with_error_share": "had errors",
    "duration_p95_seconds": f"95{NB}% within",
    "duration_median_seconds": "half within",
}
_RIGHT = 1.06  # where verdicts start, in widths of the scale


def draw_comparison(
    table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None
) -> Axes:
    """Draw each measure before and after, with the interval of the difference and a verdict.

    Measures have different units, so each row has its own scale, starting at zero on the left.
    The pale bar is the value before plus the 95% interval of the difference; if it reaches the
    value before, the difference may be chance and the verdict is "No clear change".

    Parameters
    ----------
    table : DataFrame
        As from `metrics.compare_jobs`.
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
    >>> from docgen_nb import compare_jobs
    >>> jobs = pd.DataFrame({
    ...     "job_id": ["1", "2"],
    ...     "status": ["completed", "failed"],
    ...     "created_at": pd.to_datetime(["2026-03-02T09:00Z"] * 2),
    ...     "finished_at": pd.to_datetime(["2026-03-02T09:00:04Z", None]),
    ...     "duration_seconds": [4.0, None],
    ...     "finished_source": ["output_file", None],
    ...     "read_at": pd.to_datetime(["2026-03-02T09:01Z"] * 2),
    ... })
    >>> ax = draw_comparison(compare_jobs(jobs, jobs))
    >>> ax.get_title(loc="left")
    'No clear change between before and after'
    """
    MissingColumn.check(table.columns, needed=_COLUMNS, function="draw_comparison")
    table = table[table["measure"] != "jobs"]  # which the caption gives
    groups = group_table(table, _COLUMNS, function="draw_comparison")
    rows = table.iloc[: frame.rows_that_fit(ax, _MOST_ROWS, inches=0.6)]
    notes = (
        [f"Shown: the first {len(rows)} of {len(table):,} rows"] if len(rows) < len(table) else []
    )
    nothing = table.empty or not table[["before_jobs", "after_jobs"]].to_numpy().any()
    has_values = bool(table[["before", "after"]].notna().any(axis=None))
    if rows["difference_low"].notna().any():
        note = frame.interval_note(table.attrs, "Pale bars")
        notes.append(note.replace("intervals", "intervals of the change"))
    notes += ["Each row has its own scale, from 0"] * has_values
    canvas = frame.start(
        ax,
        title="No jobs to compare" if nothing else _title(groups),
        attrs=table.attrs,
        style=style,
        jobs=_sizes(groups),
        notes=notes,
        height=1.3 + 0.68 * len(rows),
    )
    if nothing or not has_values:
        return canvas.empty("No jobs to compare." if nothing else NONE_ENDED)
    _draw(canvas, rows, groups)
    first: list[Any] = list(rows.head(5).itertuples())
    values = [
        f"{_FINDINGS[one.measure]}: {_text(one, one.before)} before, {_text(one, one.after)} after"
        for one in first
    ]
    return canvas.say(f"Dots: before and after{groups.by}", values)


def _sizes(groups: Groups) -> str:
    if groups.table.empty:
        return ""
    sizes = groups.table.groupby(groups.keys)[["before_jobs", "after_jobs"]].max().sum()
    return f"{jobs_text(int(sizes['before_jobs']))} before and {int(sizes['after_jobs']):,} after,"


def _verdict(row: Any) -> tuple[str, int]:
    """Return the verdict of a row, and whether it is worse (-1) or better (1)."""
    low, high = row.difference_low, row.difference_high
    if not row.before_jobs or not row.after_jobs:
        return "Nothing to compare", 0
    if isnan(low) or isnan(high):
        return "Too few to say", 0
    if low == high == 0:
        return "No change", 0
    if low <= 0 <= high:
        return "No clear change", 0
    words = ("slower", "faster") if row.measure.endswith("seconds") else ("worse", "better")
    return f"Clearly {words[high < 0]}", 1 if high < 0 else -1


def _title(groups: Groups) -> str:
    for name in ("before", "after"):
        if not groups.table[f"{name}_jobs"].any():
            return f"Nothing to compare: no jobs {name}"
    if groups.table[["before", "after"]].isna().all(axis=None):
        return "Nothing to compare: no job has ended"
    every: list[Any] = list(groups.table.itertuples())
    clear = [row for row in every if _verdict(row)[1]]
    if groups.columns:
        changed = {groups.labels[row.Index] for row in clear}
        if len(changed) == 1 and clear[0].measure in _FINDINGS:
            name = f"{groups.noun.capitalize()} {changed.pop()}"
            return f"{name}: {_finding(clear[0])}; no other changed clearly"
        word = plural(len(groups.names), groups.noun)
        return f"{len(changed) or 'None'} of {word} changed clearly"
    for measure in _FINDINGS:
        for row in clear:
            if row.measure == measure:
                text = _finding(row)
                return f"{text[:1].upper()}{text[1:]}"
    if all(
        _verdict(row)[0].startswith(("Too few", "Nothing")) for row in groups.table.itertuples()
    ):
        return "Too few jobs to say what changed"
    return "No clear change between before and after"


def _finding(row: Any) -> str:
    verb, before, after = _FINDINGS[row.measure], _text(row, row.before), _text(row, row.after)
    if verb.endswith("within"):
        return f"{verb} {after} after the change, {before} before"
    return f"{after} {verb} after the change, {before} before"


def _text(row: Any, value: float) -> str:
    if row.measure.endswith("seconds"):
        return seconds(value)
    return percent(value, of=int(min(row.before_jobs, row.after_jobs)) or 1)


def _change(row: Any) -> str:
    """Return the difference in words, with its range; nothing if its limits are unknown."""
    low, high, size = row.difference_low, row.difference_high, row.difference
    if isnan(low) or isnan(high) or low == high == 0:
        return ""
    if row.measure.endswith("seconds"):
        words, form = ("longer", "shorter"), seconds
    else:
        words, form = ("more", "less"), lambda value: f"{value * 100:.1f}"
    if low > 0 or high < 0:
        near, far = sorted((abs(low), abs(high)))
        unit = "" if row.measure.endswith("seconds") else " points"
        return f"{form(abs(size))}{unit} {words[size < 0]} ({form(near)} to {form(far)})"
    unit = "" if row.measure.endswith("seconds") else " points"
    return f"{form(abs(low))} {words[1]} to {form(abs(high))}{unit} {words[0]}"


def _draw(canvas: Canvas, rows: pd.DataFrame, groups: Groups) -> None:
    for place, row in enumerate(rows.itertuples()):
        _draw_row(canvas, place, row)
    labels = [_NAMES.get(measure, (measure, "")) for measure in rows["measure"]]
    names = [
        f"{group}: {name.lower() if name != name.upper() else name}" if group else name
        for (name, _), group in zip(labels, groups.labels[rows.index], strict=True)
    ]
    canvas.name_rows(names, [] if groups.columns else [second for _, second in labels])
    canvas.ax.set_ylim(len(rows) - 0.4, -0.6)
    canvas.ax.set_xlim(-0.03, _RIGHT)
    canvas.no_axes("bottom", "left")
    theme = canvas.theme
    mark: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 8}
    hollow: dict[str, Any] = {"markerfacecolor": theme.ground, "color": theme.before}
    handles = [
        Line2D([], [], label="before", **mark, **hollow),
        Line2D([], [], label="after", **mark, color=theme.second),
    ]
    canvas.legend(handles, loc="lower left", bbox_to_anchor=(0, 1.005), ncols=2)


def _draw_row(canvas: Canvas, place: int, row: Any) -> None:
    theme, (verdict, sign) = canvas.theme, _verdict(row)
    color = {-1: theme.failed, 1: theme.better}.get(sign, theme.second)
    words = {-1: theme.failed_text, 1: theme.better}.get(sign, theme.second)
    low, high = row.before + row.difference_low, row.before + row.difference_high
    top = max((value for value in (row.before, row.after, high) if value > 0), default=1.0)
    canvas.ax.plot([0, 1], [place, place], color=theme.grid, linewidth=0.8, zorder=1)
    if not isnan(low) and not isnan(high):
        ends = [max(0.0, value / top) for value in (low, high)]
        draw_bars(canvas.ax, [place], [ends[0]], [ends[1]], height=0.24, color=color, alpha=0.25)
    before, after = row.before / top, row.after / top
    canvas.ax.plot([before, after], [place, place], color=color, linewidth=2.0, zorder=2)
    hollow: dict[str, Any] = {"markerfacecolor": theme.ground, "color": theme.before, "zorder": 3}
    canvas.ax.plot(before, place, "o", markersize=8, **hollow)
    canvas.ax.plot(after, place, "o", markersize=8, color=color, zorder=4)
    _write_values(canvas, place, row, (before, after))
    change = _change(row)
    at = {"va": "bottom" if change else "center", "fontweight": "bold" if sign else "normal"}
    canvas.beside(place, verdict, color=words, size=10.5, **at)
    canvas.beside(place, change, color=theme.second, size=8.5, va="top")


def _write_values(canvas: Canvas, place: int, row: Any, at: tuple[float, float]) -> None:
    """Write both values above their dots, apart from each other."""
    before, after = at
    old, new = _text(row, row.before), _text(row, row.after)
    style: dict[str, Any] = {"va": "bottom", "size": 9.5}
    y, bold = place - 0.16, {"fontweight": "bold"}
    if isnan(before) or isnan(after):
        x = after if isnan(before) else before
        if not isnan(x):
            canvas.text(x, y, new if isnan(before) else old, ha="center", **style)
        return
    if old == new:
        middle = (before + after) / 2
        canvas.text(middle, y, f"{new} both", ha="left" if middle < 0.05 else "center", **style)
        return
    if abs(after - before) > 0.2:
        sides = tuple("left" if at < 0.05 else "center" for at in (before, after))
    else:
        sides = ("right", "left") if before < after else ("left", "right")
    canvas.text(before, y, f" {old} ", ha=sides[0], color=canvas.theme.second, **style)
    canvas.text(after, y, f" {new} ", ha=sides[1], **(style | bold))
