"""Outcomes: a bar for each status, or for each group of jobs one bar of all its statuses."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from docgen_nb import wire
from docgen_nb.charts.bars import bars
from docgen_nb.charts.canvas import (
    beside,
    counted,
    key_below,
    name_rows,
    prepared,
    rows_that_fit,
    say,
)
from docgen_nb.charts.groups import Groups, grouped
from docgen_nb.charts.styles import STATUSES, UNKNOWN_STATUS, patch
from docgen_nb.errors import MissingColumn

COLUMNS = ["status", "jobs", "share", "share_low", "share_high"]
_MOST_GROUPS = 24
_FAILED_FIRST = ("failed", "completed_with_error", "completed", "submitted", "pending")


def draw_outcomes(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each status as a bar with its interval.

    Of a table made with ``by=`` each group is one bar, failed jobs first, so that they all begin
    at the same line; the thin line is the interval of the failed share. At most 24 groups are
    drawn, or as many as `ax` has room for: those with most jobs, and the title says so.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.outcomes`.
    ax : Axes, optional
        Where to draw; a figure of its own if not given.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    MissingColumn
        If `table` is not of that form.

    Examples
    --------
    >>> from docgen_nb import outcomes
    >>> ax = draw_outcomes(outcomes(pd.DataFrame({"status": ["completed", "failed"]})))
    >>> ax.get_title(loc="left")
    'Outcomes of 2 jobs'
    """
    MissingColumn.check(table.columns, needed=COLUMNS, function="draw_outcomes")
    total = int(table["jobs"].sum())
    groups = grouped(table, before="status")
    if groups.columns:
        return _draw_groups(groups, total, ax)
    ax = prepared(ax, title=f"Outcomes of {counted(total)}", attrs=table.attrs)
    if total == 0:
        return say(ax, "No jobs in this table.")
    statuses = table["status"].fillna("no status")
    for place, (status, row) in enumerate(zip(statuses, table.itertuples(), strict=True)):
        _status_bar(ax, place, status, row, total)
    name_rows(ax, list(statuses))
    ax.set_xlabel("Share of all jobs (bar), with its 95% Wilson interval (line)")
    return _share_axis(ax)


def _status_bar(ax: Axes, place: int, status: str, row: Any, total: int) -> None:
    colour, hatch = STATUSES.get(status, UNKNOWN_STATUS)
    ax.barh(place, row.share, color=colour, hatch=hatch, edgecolor="white", height=0.7)
    ax.barh(place, row.share, facecolor="none", edgecolor="black", linewidth=0.6, height=0.7)
    ax.plot([row.share_low, row.share_high], [place, place], color="black", linewidth=1.5)
    share, low, high = _percents(row, total)
    beside(ax, place, f"{row.jobs:,} of {total:,}: {share}\n({low} to {high})", va="center")


def _percents(row: Any, total: int) -> list[str]:
    digits = 0 if total < 200 else 1
    return [f"{value:.{digits}%}" for value in (row.share, row.share_low, row.share_high)]


def _share_axis(ax: Axes) -> Axes:
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    return ax


def _draw_groups(every: Groups, total: int, ax: Axes | None) -> Axes:
    most = rows_that_fit(ax, _MOST_GROUPS, inches=0.34)
    groups, notes = every.largest(every.totals(every.table["jobs"]), most)
    count = len(groups.names)
    title = f"Outcomes of {counted(total)} by {groups.noun}"
    ax = prepared(ax, title=title, attrs=every.table.attrs, notes=notes, height=2.2 + 0.36 * count)
    if total == 0:
        return say(ax, "No jobs in this table.")
    shares = _shares(groups)
    _stack(ax, shares)
    _failed_shares(ax, groups)
    keys = [patch(name, *STATUSES.get(name, UNKNOWN_STATUS)) for name in map(str, shares)]
    name_rows(ax, groups.names)
    key_below(ax, keys, columns=5)
    ax.set_ylim(-0.6, count - 0.4)
    ax.set_xlabel(
        f"Share of the jobs of each {groups.noun}; line: 95% interval of the failed share"
    )
    return _share_axis(ax)


def _shares(groups: Groups) -> pd.DataFrame:
    """One row per group, in their order, and a column for each status that occurs in any."""
    statuses = groups.table["status"].fillna("no status")
    table = groups.table.set_index([groups.keys, statuses])["share"]
    found = set(statuses[groups.table["jobs"] > 0])
    return table.unstack().reindex(columns=_in_order(found)).fillna(0.0)


def _stack(ax: Axes, shares: pd.DataFrame) -> None:
    ends = shares.cumsum(axis=1)
    for status in shares:
        colour, hatch = STATUSES.get(str(status), UNKNOWN_STATUS)
        span = (ends[status] - shares[status]).to_numpy(), ends[status].to_numpy()
        bars(ax, range(len(shares)), *span, height=0.72, colour=colour, hatch=hatch)


def _failed_shares(ax: Axes, groups: Groups) -> None:
    """The interval of each group's failed share, and its numbers beside it."""
    totals = groups.table.groupby(groups.keys)["jobs"].sum()
    failed = groups.table[groups.table["status"] == "failed"]
    failed = failed.set_index(groups.keys[failed.index])
    keys = totals.index.to_numpy()
    for place, total in enumerate(totals):
        if keys[place] in failed.index and total:
            share, low, high = _percents(failed.loc[keys[place]], total)
            words = f"failed {share} of {total:,}\n({low} to {high})"
        else:
            words = counted(int(total))
        beside(ax, place, words, va="center")
    failed = failed.reindex(keys)
    ax.hlines(range(len(failed)), failed["share_low"], failed["share_high"], color="black")


def _in_order(statuses: set[str]) -> list[str]:
    """Failed ones first, then what Box's API does not know, open ones last."""
    first = [name for name in _FAILED_FIRST if name in statuses and name not in wire.OPEN]
    strange = sorted(statuses - set(_FAILED_FIRST))
    return [*first, *strange, *(name for name in wire.OPEN if name in statuses)]
