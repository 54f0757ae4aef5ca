"""Outcomes: a bar per status, or for each group one bar of all its statuses."""

from math import isnan
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from docgen_nb import wire
from docgen_nb.charts import canvas
from docgen_nb.charts.bars import draw_bars
from docgen_nb.charts.groups import Groups, group_table
from docgen_nb.charts.styles import patch, status_style

_COLUMNS = ["status", "jobs", "share", "share_low", "share_high"]
_MOST_GROUPS = 24
_FAILED_FIRST = ("failed", "completed_with_error", "completed", "submitted", "pending")


def draw_outcomes(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each status as a bar with its interval.

    For a table made with ``by=``, each group is one bar. It starts with failed jobs, so that these
    line up; the thin line is the interval of the failed share. At most 24 groups are drawn, or as
    many as fit into `ax`: those with the most jobs, as the title says.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.outcomes`.
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

    Examples
    --------
    >>> from docgen_nb import outcomes
    >>> ax = draw_outcomes(outcomes(pd.DataFrame({"status": ["completed", "failed"]})))
    >>> ax.get_title(loc="left")
    'Outcomes of 2 jobs'
    """
    groups = group_table(table, _COLUMNS, function="draw_outcomes")
    total = int(table["jobs"].sum())
    if groups.columns:
        return _draw_groups(groups, total, ax)
    ax = canvas.start(ax, title=f"Outcomes of {canvas.plural(total)}", attrs=table.attrs)
    if total == 0:
        return canvas.annotate_empty(ax, "No jobs in this table.")
    statuses = table["status"].fillna("no status")
    for place, (status, row) in enumerate(zip(statuses, table.itertuples(), strict=True)):
        _draw_status(ax, place, status, row, total)
    canvas.name_rows(ax, list(statuses))
    interval = canvas.interval_name(table.attrs)
    ax.set_xlabel(f"Share of all jobs (bar), with its {interval} (line)")
    return _format_shares(ax)


def _draw_status(ax: Axes, place: int, status: str, row: Any, total: int) -> None:
    color, hatch = status_style(status)
    ax.barh(place, row.share, color=color, hatch=hatch, edgecolor="white", height=0.7)
    ax.barh(place, row.share, facecolor="none", edgecolor="black", linewidth=0.6, height=0.7)
    ax.plot([row.share_low, row.share_high], [place, place], color="black", linewidth=1.5)
    share, interval = _percents(row, total)
    text = f"{row.jobs:,} of {total:,}: {share}\n({interval})"
    canvas.write_beside(ax, place, text, va="center")


def _percents(row: Any, total: int) -> tuple[str, str]:
    """Return the share and its interval, or why there is none."""
    digits = 0 if total < 200 else 1
    share, low, high = (
        f"{value:.{digits}%}" for value in (row.share, row.share_low, row.share_high)
    )
    return share, "too few batches" if isnan(row.share_low) else f"{low} to {high}"


def _format_shares(ax: Axes) -> Axes:
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    return ax


def _draw_groups(all_groups: Groups, total: int, ax: Axes | None) -> Axes:
    most = canvas.rows_that_fit(ax, _MOST_GROUPS, inches=0.34)
    groups, notes = all_groups.largest(all_groups.totals(all_groups.table["jobs"]), most)
    count = len(groups.names)
    title, height = f"Outcomes of {canvas.plural(total)}{groups.by}", 2.2 + 0.36 * count
    ax = canvas.start(ax, title=title, attrs=all_groups.table.attrs, notes=notes, height=height)
    if total == 0:
        return canvas.annotate_empty(ax, "No jobs in this table.")
    shares = _shares(groups)
    ends = shares.cumsum(axis=1)
    for status in shares:
        color, hatch = status_style(str(status))
        span = (ends[status] - shares[status]).to_numpy(), ends[status].to_numpy()
        draw_bars(ax, range(count), *span, height=0.72, color=color, hatch=hatch)
    _draw_failed_shares(ax, groups)
    canvas.name_rows(ax, groups.names)
    handles = [patch(name, *status_style(name)) for name in map(str, shares)]
    canvas.legend_below(ax, handles, columns=5)
    ax.set_ylim(-0.6, count - 0.4)
    interval = canvas.interval_name(all_groups.table.attrs)
    ax.set_xlabel(f"Share of the jobs of each {groups.noun}; line: failed share, {interval}")
    return _format_shares(ax)


def _shares(groups: Groups) -> pd.DataFrame:
    """Return one row per group, with a column for each status that any job has."""
    statuses = groups.table["status"].fillna("no status")
    shares = groups.table.set_index([groups.keys, statuses])["share"]
    present = set(statuses[groups.table["jobs"] > 0])
    return shares.unstack().reindex(columns=_in_order(present)).fillna(0.0)


def _in_order(statuses: set[str]) -> list[str]:
    """Return failed statuses first, then unknown ones, open ones last."""
    first = [name for name in _FAILED_FIRST if name in statuses and name not in wire.OPEN]
    unknown = sorted(statuses - set(_FAILED_FIRST))
    return [*first, *unknown, *(name for name in wire.OPEN if name in statuses)]


def _draw_failed_shares(ax: Axes, groups: Groups) -> None:
    """Draw the interval of each group's failed share, and write its numbers beside it."""
    totals = groups.table.groupby(groups.keys)["jobs"].sum()
    failed = groups.table[groups.table["status"] == "failed"]
    failed = failed.set_index(groups.keys[failed.index]).reindex(totals.index)
    rows = zip(totals, failed["share"].notna(), failed.itertuples(), strict=True)
    for place, (total, is_known, row) in enumerate(rows):
        text = canvas.plural(int(total))
        if is_known:
            share, interval = _percents(row, total)
            text = f"failed {share} of {total:,}\n({interval})"
        canvas.write_beside(ax, place, text, va="center")
    ax.hlines(range(len(failed)), failed["share_low"], failed["share_high"], color="black")
