"""The templates and versions of a period, worst first."""

from math import isnan
from typing import NamedTuple

import pandas as pd

from docgen_nb.reports.day_charts import Table
from docgen_nb.reports.facts import Facts, Version, day_number
from docgen_nb.reports.headline import Part, bold
from docgen_nb.reports.sample import YARDSTICK, stands_clear
from docgen_nb.reports.tiles import Bar
from docgen_nb.wording import NB, percent, plural, seconds, share, whole

_LEAST_SHARE = 0.01  # of a version's documents that fail, to be named
_LEAST_FAILED = 5  # documents of a version, to be named without a claim
_TIMES = 2  # as high a share as of all others together, to be named without a claim
_MOST_ROWS = 12
_MOST_DAYS = 7
_DAYS = tuple(range(2, 2 + _MOST_DAYS))  # columns of "3 of 120", which are no numbers


class Row(NamedTuple):
    """A version in the table of templates."""

    name: str
    version: str
    documents: str
    documents_width: float
    failed: str
    failed_of: str
    failed_bar: Bar | None
    gaps: str
    gaps_of: str
    time: str
    time_width: float
    is_late: bool
    changes: list[str]


class Versions(NamedTuple):
    """The section of templates: its lead, its rows, the scales of their bars, and the table."""

    lead: list[Part]
    rows: list[Row]
    top_share: str
    yardstick: float
    left_out: int
    table: Table
    days: Table | None


def worst_version(facts: Facts) -> Version | None:
    """Return the version that fails clearly more than all others together, or None."""
    if len(facts.versions) < 2:
        return None
    worst = facts.versions[0]
    estimate, design = worst.now.share("failed")
    others, _ = facts.rest.share("failed")
    is_clear = design.has_enough and stands_clear(estimate, others)
    return worst if is_clear and estimate[0] >= _LEAST_SHARE else None


def version_name(facts: Facts, version: Version) -> str:
    """Return a version with the name of its template."""
    name = facts.history.name(version.template_id)
    if pd.isna(version.version_id):
        return name
    since = _since(facts, version)
    return f"{name}, version {version.version_id}{f' ({since})' if since else ''}"


def _since(facts: Facts, version: Version) -> str:
    """Return since when a version was used, if the history has documents of its template before."""
    return f"since {version.first_day}" if facts.former(version) else ""


def most_failing(facts: Facts) -> list[Part]:
    """Return the counts of the version with most failures, and why they are no claim.

    Nothing if a version fails clearly more than the others, or if none fails far more.
    """
    worst = max(facts.versions, key=lambda one: one.now.failed, default=None)
    if worst is None or worst_version(facts) or worst.now.failed < _LEAST_FAILED:
        return []
    now, others = worst.now, facts.now.finished - worst.now.finished
    failed = facts.now.failed - now.failed
    least = max(_LEAST_SHARE, _TIMES * failed / others) if others else 1.0
    if now.failed / now.finished < least:
        return []
    start = f"Most failures: {version_name(facts, worst)}, {now.failed:,} of {now.finished:,}"
    return [
        bold(f"{start} documents; all others together, {failed:,} of {others:,}."),
        Part(f" That can be chance: {_doubt(facts, worst)}."),
    ]


def _doubt(facts: Facts, worst: Version) -> str:
    """Return why a version is not said to fail more than the others."""
    (_, low, high), design = worst.now.share("failed")
    if design.has_enough and not isnan(low):
        limits = f"{low * 100:.1f} to {high * 100:.1f}{NB}%"
        _, others, most = facts.rest_of(worst).share("failed")[0]
        rest = "" if isnan(others) else f" ({others * 100:.1f} to {most * 100:.1f}{NB}%)"
        return f"its 95{NB}% interval, {limits}, does not lie clear of that of the others{rest}"
    batches = f" of {plural(worst.now.batches, 'batch')}" if worst.now.batches else ""
    return f"its documents are{batches}, too few to tell a bad version from bad batches"


def versions(facts: Facts) -> Versions:
    """Return the versions of templates, worst first."""
    shown = facts.versions[:_MOST_ROWS]
    worst = worst_version(facts)
    if worst:
        lead = [
            bold(f"Worst: {version_name(facts, worst)}."),
            Part(
                f" It has {whole(worst.now.jobs, facts.now.jobs)} of the documents and "
                f"{whole(worst.now.failed, facts.now.failed)} of the failures."
            ),
        ]
    elif len(facts.versions) > 1:
        lead = [bold("No version fails clearly more than the others.")]
        observed = most_failing(facts)
        lead += [Part(" "), *observed] if observed else []
    else:
        lead = [bold("All documents are of one version.")]
    highs = [one.now.share("failed")[0][2] for one in shown]
    known = [high for high in highs if not isnan(high)]
    top = min(1.0, max([*known, 0.01]))
    most = max([one.now.jobs for one in shown], default=1)
    times = [one.now.time()[0][0] for one in shown]
    longest = max([time for time in times if not isnan(time)] + [YARDSTICK * 2]) * 1.03
    rows = [_row(facts, one, top, most, longest) for one in shown]
    return Versions(
        lead,
        rows,
        percent(top, of=0),
        100 * YARDSTICK / longest,
        len(facts.versions) - len(shown),
        _versions_table(facts),
        _days_table(facts, shown),
    )


def _row(facts: Facts, one: Version, top: float, most: int, longest: float) -> Row:
    now, (value, low, high) = one.now, one.now.share("failed")[0]
    time = now.time()[0][0]
    bar = None
    if not isnan(value):
        left = 0.0 if isnan(low) else 100 * low / top
        right = left if isnan(high) else 100 * min(high, top) / top
        bar = Bar(left, right - left, min(100 * value / top, 100), "")
    return Row(
        name=facts.history.name(one.template_id),
        version=", ".join(filter(None, [f"version {one.version_id}", _since(facts, one)]))
        if pd.notna(one.version_id)
        else "",
        documents=f"{now.jobs:,}",
        documents_width=100 * now.jobs / most,
        failed=share(now.failed, now.finished) if now.failed else "none",
        failed_of=f"{now.failed:,} of {now.finished:,}" if now.failed else "",
        failed_bar=bar if now.failed else None,
        gaps=share(now.gaps, now.finished) if now.gaps else "none",
        gaps_of=f"{now.gaps:,} of {now.finished:,}" if now.gaps else "",
        time=seconds(time),
        time_width=0.0 if isnan(time) else 100 * time / longest,
        is_late=time > YARDSTICK,
        changes=_changes(one, is_before_history=facts.is_before_history),
    )


def _changes(one: Version, *, is_before_history: bool) -> list[str]:
    if not one.before.jobs and is_before_history:
        return ["Not known"]
    if not one.before.jobs:
        return [f"New: first used {one.first_day}" if one.ever.jobs == one.now.jobs else "Not used"]
    lines = []
    old = share(one.before.failed, one.before.finished)
    for name, change, before, words in (
        ("Failed", one.failed, old, ("more", "fewer")),
        ("Time", one.time, seconds(one.before.time()[0][0]), ("slower", "faster")),
    ):
        if change.few or isnan(change.low):
            lines.append(f"{name}: too few to say")
        elif change.sign:
            lines.append(f"{name}: clearly {words[change.sign < 0]} than {before}")
        else:
            lines.append(f"{name}: no clear change from {before}")
    return lines


def _versions_table(facts: Facts) -> Table:
    heads = ["Template", "Version", "Documents", "Failed", "Share", f"95{NB}% interval"]
    heads += ["With errors", "Half within", f"95{NB}% within"]
    heads += ["Before: documents", "Before: failed", f"Before: 95{NB}% within"]
    rows = []
    for one in facts.versions:
        _, low, high = one.now.share("failed")[0]
        interval = "too few" if isnan(low) else f"{low * 100:.1f} to {high * 100:.1f}{NB}%"
        rows.append(
            [
                facts.history.name(one.template_id),
                "none" if pd.isna(one.version_id) else str(one.version_id),
                f"{one.now.jobs:,}",
                f"{one.now.failed:,}",
                share(one.now.failed, one.now.finished),
                interval,
                f"{one.now.gaps:,}",
                seconds(one.now.time(0.5)[0][0]),
                seconds(one.now.time()[0][0]),
                f"{one.before.jobs:,}",
                share(one.before.failed, one.before.finished),
                seconds(one.before.time()[0][0]),
            ]
        )
    return Table("templates and versions", heads, rows, texts=(0, 1))


def _days_table(facts: Facts, shown: list[Version]) -> Table | None:
    """Return how many documents of each version failed on each day, of a week or less."""
    if not 1 < facts.period.days <= _MOST_DAYS:
        return None
    dates = pd.date_range(facts.period.start, facts.period.last, freq="D")
    rows = []
    for one in shown:
        by_day = [one.now.where(one.now.counts["day"] == day_number(date)) for date in dates]
        version = "none" if pd.isna(one.version_id) else str(one.version_id)
        cells = [f"{day.failed:,} of {day.finished:,}" if day.finished else "-" for day in by_day]
        rows.append([facts.history.name(one.template_id), version, *cells])
    heads = ["Template", "Version", *(f"{date:%a %-d %b}" for date in dates)]
    return Table("failed documents by version and day", heads, rows, texts=(0, 1, *_DAYS))
