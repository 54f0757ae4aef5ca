"""Outcomes: one bar of all jobs with its small parts enlarged, or a bar for each group."""

from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from docgen_nb import wire
from docgen_nb.charts.canvas import frame
from docgen_nb.charts.canvas.bars import draw_bars
from docgen_nb.charts.canvas.frame import Canvas, jobs_text
from docgen_nb.charts.canvas.groups import Groups, group_table
from docgen_nb.charts.canvas.intervals import stands_out
from docgen_nb.charts.canvas.theme import Theme
from docgen_nb.wording import NB, percent, ticks

_COLUMNS = ["status", "jobs", "share", "share_low", "share_high"]
_MOST_GROUPS = 24
_FAILED_FIRST = ("failed", "completed_with_error", "completed", "submitted", "pending")
_NAMES = {
    "failed": ("Failed", "no document"),
    "completed_with_error": ("Completed with errors", "the document has gaps"),
    "completed": ("Completed", ""),
    "submitted": ("Submitted", "still open"),
    "pending": ("Pending", "still open"),
}
_SHORT = {"completed_with_error": "with errors"}
_OPEN = "open"  # pending and submitted, which a group shows as one
_START, _WIDTH, _WIDE = 0.31, 0.42, 0.35  # of the plot: where enlarged bars are
_EMPTY = "No jobs in this table."


def draw_outcomes(table: pd.DataFrame, *, ax: Axes | None = None, style: str | None = None) -> Axes:
    """Draw all jobs as one bar of their statuses, and enlarge those that did not complete.

    The line on an enlarged bar is the interval of its share. For a table made with ``by=``, each
    group is a bar of its failed jobs, those with errors and open ones; what is missing to 100%
    completed. Groups are sorted by the lower limit of their failed share, so that a few bad jobs
    of a small group don't come first. At most 24 groups are drawn, or as many as fit into `ax`:
    those with the most jobs, as the caption says. A status without jobs is in the caption.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.outcomes`.
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
    >>> from docgen_nb import outcomes
    >>> ax = draw_outcomes(outcomes(pd.DataFrame({"status": ["completed"] * 3 + ["failed"]})))
    >>> ax.get_title(loc="left")
    '75\xa0% of 4 jobs completed without errors'
    """
    groups = group_table(table, _COLUMNS, function="draw_outcomes")
    if groups.columns:
        return _draw_groups(groups, ax, style)
    rows = table.assign(status=table["status"].fillna("no status"))
    rows = rows[rows["jobs"] > 0].set_index("status")
    rows = rows.loc[_in_order(set(rows.index))]
    total = int(rows["jobs"].sum())
    has_lines = rows["share_low"].notna() & ~rows.index.isin([*_hidden(rows), *wire.OPEN])
    notes = [*_absent(table), *[frame.interval_note(table.attrs)] * bool(has_lines.any())]
    canvas = frame.start(
        ax,
        title=_title(rows["jobs"], total),
        attrs=table.attrs,
        style=style,
        jobs=jobs_text(total),
        notes=notes if total else [],
        height=3.2 + 0.5 * len(rows),
        lines_above=0,
    )
    kind = f"Bars: outcomes of {jobs_text(total)}"
    if not total:
        return canvas.empty(_EMPTY)
    _draw_bar(canvas, rows, total)
    return canvas.say(kind, [f"{status} {jobs:,}" for status, jobs in rows["jobs"].items()])


def _hidden(rows: pd.DataFrame) -> list[str]:
    """Return which status is not drawn enlarged: completed, if it has room in the bar of all."""
    return ["completed"] if float(rows["share"].get("completed", 0.0)) > _WIDE else []


def _title(jobs: "pd.Series[int]", total: int) -> str:
    completed = int(jobs.get("completed", 0))
    if not total:
        return "No jobs"
    still_open = int(jobs.reindex(wire.OPEN).sum())
    if still_open == total:
        return f"None of the {total:,} jobs has ended"
    more = f"; {still_open:,} still open" if still_open else ""
    if completed == total:
        return f"{'All ' if total > 1 else ''}{jobs_text(total)} completed without errors"
    share = percent(completed / total, of=total)
    return f"{share} of {jobs_text(total)} completed without errors{more}"


def _absent(table: pd.DataFrame) -> list[str]:
    """Return which statuses no job has."""
    present = set(table.loc[table["jobs"] > 0, "status"].dropna())
    words = [name.replace("_", " ") for name in wire.STATUSES if name not in present]
    return (
        [f"No job is {' or '.join([', '.join(words[:-1]), words[-1]] if words[1:] else words)}"]
        if words and present
        else []
    )


def _in_order(statuses: set[str]) -> list[str]:
    """Return failed statuses first, then unknown ones, open ones last."""
    first = [name for name in _FAILED_FIRST if name in statuses and name not in wire.OPEN]
    unknown = sorted(statuses - {*_FAILED_FIRST, _OPEN})
    return [*first, *unknown, *(name for name in (*wire.OPEN, _OPEN) if name in statuses)]


def _look(theme: Theme, status: str) -> dict[str, Any]:
    """Return the color of a status, and the dashed edge of an open one."""
    if status not in (*wire.OPEN, _OPEN):
        return {"color": theme.status(status)}
    edge = {"edgecolors": theme.open, "linewidths": 1.0, "linestyles": (0, (3, 2))}
    return {"color": theme.ground, "clip_on": False} | edge


def _draw_bar(canvas: Canvas, rows: pd.DataFrame, total: int) -> None:
    """Draw the bar of all jobs, and the parts that are small or not completed, enlarged."""
    ends = rows["share"].cumsum()
    for status, end, share in zip(rows.index, ends, rows["share"], strict=True):
        start = end - share
        draw_bars(canvas.ax, [0], [start], [end], height=0.7, **_look(canvas.theme, str(status)))
    hidden = _hidden(rows)
    if hidden:
        place = ends["completed"] - rows["share"]["completed"] + 0.012
        jobs = int(rows["jobs"]["completed"])
        text = f"Completed: {jobs_text(jobs)}, {percent(jobs / total, of=total)}"
        canvas.text(place, 0, text, va="center", size=10.5)
    small = rows.drop(index=hidden)
    if not small.empty:
        _draw_parts(canvas, small, total, is_wide=bool(hidden))
    canvas.no_axes("bottom", "left")
    canvas.ax.set_yticks([])
    canvas.ax.set_xlim(0, 1)
    canvas.ax.set_ylim(len(small) + 1.15 if len(small) else 1.0, -0.5)


def _draw_parts(canvas: Canvas, rows: pd.DataFrame, total: int, *, is_wide: bool) -> None:
    top = float(rows[["share", "share_high"]].max().max())
    scale = _WIDTH / top
    if is_wide:
        part = percent(1 - (total - rows["jobs"].sum()) / total, of=total)
        note = f"The {part} that did not{', enlarged' if scale > 1 else ''}"
        canvas.text(_START, 0.72, note, size=9, color=canvas.theme.caption, va="center")
    for value in ticks(top):
        x = _START + value * scale
        canvas.ax.plot(
            *([x, x], [0.95, len(rows) + 0.75]), color=canvas.theme.grid, linewidth=0.8, zorder=0
        )
        label = f"{value * 100:g}{NB}%"
        canvas.text(
            x, len(rows) + 0.8, label, size=9, color=canvas.theme.second, ha="center", va="top"
        )
    for place, (status, row) in enumerate(rows.iterrows(), start=1):
        _draw_part(canvas, place + 0.3, str(status), row, total, scale)


def _draw_part(
    canvas: Canvas, place: float, status: str, row: Any, total: int, scale: float
) -> None:
    end = _START + row["share"] * scale
    draw_bars(canvas.ax, [place], [_START], [end], height=0.56, **_look(canvas.theme, status))
    name, second = _NAMES.get(status, (status, "a status that this version does not know"))
    side: dict[str, Any] = {"ha": "right"}
    canvas.text(_START - 0.015, place, name, va="bottom" if second else "center", size=10.5, **side)
    canvas.text(
        _START - 0.015, place, second, va="top", size=8.5, color=canvas.theme.caption, **side
    )
    share, low, high = (percent(row[name], of=total) for name in _COLUMNS[2:])
    limits = f"{low.removesuffix(f'{NB}%')} to {high}"
    right = end
    if status in wire.OPEN:
        limits = ""
    elif isnan(row["share_low"]):
        limits = "too few batches for limits"
    else:
        ends = [_START + row[name] * scale for name in ("share_low", "share_high")]
        canvas.ax.plot(ends, [place, place], color=canvas.theme.ink, linewidth=1.6)
        right = max(right, ends[1])
    value = f"{int(row['jobs']):,} · {share}"
    at = "bottom" if limits else "center"
    canvas.text(right + 0.015, place, value, va=at, size=10.5, fontweight="bold")
    canvas.text(right + 0.015, place, limits, va="top", size=8.5, color=canvas.theme.second)


def _draw_groups(all_groups: Groups, ax: Axes | None, style: str | None) -> Axes:
    most = frame.rows_that_fit(ax, _MOST_GROUPS, inches=0.4)
    groups, notes = all_groups.largest(all_groups.totals(all_groups.table["jobs"]), most)
    total, rows = int(all_groups.table["jobs"].sum()), _one_row_each(groups)
    has_lines = bool(rows["share_low"].notna().any())
    canvas = frame.start(
        ax,
        title=_title_of_groups(_one_row_each(all_groups), groups.noun) if total else "No jobs",
        attrs=all_groups.table.attrs,
        style=style,
        jobs=jobs_text(total),
        notes=[*notes, *[frame.interval_note(all_groups.table.attrs)] * has_lines],
        height=1.7 + 0.4 * len(rows),
    )
    if not total:
        return canvas.empty(_EMPTY)
    order = rows["share_low"].fillna(-1) + rows["failed"] / 1e6 / rows["jobs"]
    rows = rows.loc[order.sort_values(ascending=False, kind="stable").index]
    _draw_stacks(canvas, rows, [name for name in map(str, rows) if name.startswith("share:")])
    canvas.measure(f"Jobs of each {groups.noun} that did not complete, share")
    values = [f"{row.name_} {row.failed:,} of {row.jobs:,}" for row in rows.head(7).itertuples()]
    return canvas.say(f"Bars: failed jobs by {groups.noun}", values)


def _one_row_each(groups: Groups) -> pd.DataFrame:
    """Return a row per group: jobs, failed jobs with limits, and the share of each status."""
    statuses = groups.table["status"].fillna("no status")
    statuses = statuses.where(~statuses.isin(wire.OPEN), _OPEN)
    counts = groups.table.assign(status_=statuses, key_=groups.keys)
    wide = counts.pivot_table(
        index="key_", columns="status_", values="jobs", aggfunc="sum", fill_value=0
    )
    totals = wide.sum(axis=1)
    rows = pd.DataFrame({"jobs": totals.astype("int64"), "name_": groups.names}, index=wide.index)
    rows["failed"] = wide.get("failed", 0)
    rows["finished"] = totals - wide.get(_OPEN, 0)
    failed = counts[statuses == "failed"].set_index("key_")
    for name in ("share", "share_low", "share_high"):
        rows[name] = failed[name].reindex(rows.index).where(rows["finished"] > 0)
    present = [name for name in map(str, wide) if wide[name].any() and name != "completed"]
    for name in _in_order(set(present)):
        rows[f"share:{name}"] = wide[name] / totals.where(totals > 0)
    return rows


def _title_of_groups(rows: pd.DataFrame, noun: str) -> str:
    worst = stands_out(rows, count="failed", total="jobs")
    nouns = noun.replace(" and ", " or ")
    if worst is not None:
        row = rows.loc[worst]
        name = f"{noun} {row['name_']}" if row["name_"].isdecimal() else row["name_"]
        share = percent(row["share"], of=row["jobs"])
        return f"{name[:1].upper()}{name[1:]} fails most: {share} of its {row['jobs']:,} jobs"
    failed, total = int(rows["failed"].sum()), int(rows["jobs"].sum())
    if not rows["finished"].any():
        return f"None of {jobs_text(total)} has ended"
    if not failed:
        return f"None of {jobs_text(total)} failed"
    return (
        f"{percent(failed / total, of=total)} failed; no {nouns} fails clearly more than the others"
    )


def _draw_stacks(canvas: Canvas, rows: pd.DataFrame, columns: list[str]) -> None:
    ends = rows[columns].fillna(0.0).cumsum(axis=1)
    names = [column.removeprefix("share:") for column in columns]
    for column, name in zip(columns, names, strict=True):
        look = _look(canvas.theme, name)
        starts = (ends[column] - rows[column].fillna(0.0)).to_numpy()
        draw_bars(canvas.ax, range(len(rows)), starts, ends[column].to_numpy(), height=0.62, **look)
    places = np.arange(len(rows))
    canvas.ax.hlines(
        places, rows["share_low"], rows["share_high"], color=canvas.theme.ink, linewidth=1.6
    )
    every: list[Any] = list(rows.itertuples())
    for place, row in enumerate(every):
        none = "none failed" if row.finished else "none ended"
        share = f"{percent(row.share, of=row.jobs)} failed" if row.failed else none
        bold = {"fontweight": "bold"} if row.failed else {"color": canvas.theme.second}
        canvas.beside(place, f"{share} of {row.jobs:,}", size=9.5, **bold)
    canvas.name_rows(list(rows["name_"]))
    top = max(
        float(ends.max().max()) if columns else 0.0, float(rows["share_high"].max() or 0), 0.01
    )
    canvas.ax.set_xlim(0, min(top * 1.05, 1.0))
    canvas.ax.set_ylim(len(rows) - 0.4, -0.6)
    canvas.ax.xaxis.set_major_formatter(lambda share, _: f"{share * 100:g}{NB}%")
    if columns or rows["share_high"].notna().any():
        canvas.grid("x")
    else:
        canvas.no_axes("bottom")
    if len(names) > 1:
        colors = {name: canvas.theme.status(name) for name in names} | {_OPEN: canvas.theme.open}
        canvas.key({_SHORT.get(name, name): colors[name] for name in names})
