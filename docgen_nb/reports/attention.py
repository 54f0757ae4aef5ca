"""What needs attention in a period, worst first."""

from math import isnan
from typing import Any

import pandas as pd

from docgen_nb.metrics.clusters import clustered_share, like
from docgen_nb.reports.facts import STUCK, Facts, Version, busy_hours, each
from docgen_nb.reports.headline import Item, Part, bold
from docgen_nb.reports.sample import LATE, YARDSTICK, Measured, Sample
from docgen_nb.reports.versions import most_failing, version_name, worst_version
from docgen_nb.wording import (
    NB,
    day,
    listed,
    moment,
    percent,
    plural,
    seconds,
    share,
)

MOST = 5  # items
_LEAST_FAILED = 3  # documents of an hour, for the hour to be named
_HIGH_SHARE = 0.25  # of an hour's documents that fail, for the hour to need attention


def attention(facts: Facts) -> list[Item]:
    """Return what needs attention, worst first; one calm line if nothing does."""
    worst = worst_version(facts)
    found = [
        *([_of_version(facts, worst)] if worst else _of_all(facts)),
        *_of_incidents(facts),
        *_of_open_jobs(facts),
        *_of_gaps(facts),
        *_of_slow(facts),
        *_of_past(facts),
    ]
    if not found and not facts.now.share("failed")[1].has_enough:
        return [_few(facts)]
    found += _observed(facts, slow_is_named=any(item.word == "Watch" for item in found))
    order = {"bad": 0, "warn": 1, "good": 2}
    return sorted(found, key=lambda item: order[item.color])[:MOST] or [_calm(facts)]


def _observed(facts: Facts, *, slow_is_named: bool) -> list[Item]:
    """Return what was counted, without the claim that it is more than chance."""
    version, hour = most_failing(facts), worst_hour(facts, least_share=_HIGH_SHARE)
    items = [Item("warn", "Watch", parts) for parts in (version, hour) if parts]
    within, _ = facts.now.within()
    if within[0] < LATE and not slow_is_named:
        share_, _, rest = yardstick(facts.now).partition("; ")
        items.append(Item("warn", "Watch", [bold(share_), Part(f"; {rest}")]))
    return items


def worst_hour(facts: Facts, *, least_share: float = 0.0) -> list[Part]:
    """Return the hour of the period with the highest share of failures, if no incident is named."""
    hours = busy_hours(facts.hours[facts.hours["hour"] >= facts.period.start])
    hours = hours[(hours["failed"] >= _LEAST_FAILED) & (hours["share"] >= least_share)]
    if hours.empty or incidents_of(facts) or facts.now.failed == facts.now.finished:
        return []
    worst = max(each(hours), key=lambda row: row.share)
    start, end = worst.hour, worst.hour + pd.Timedelta(hours=1)
    text = f"{day(start)}, {start:%H:%M} to {end:%H:%M}: {worst.failed:,} of "
    text += f"{worst.finished:,} documents failed"
    rest = f" ({share(worst.failed, worst.finished)}), the highest share of an hour."
    if "batch_id" in facts.jobs:
        created = facts.jobs["created_at"]
        rows = facts.jobs[(created >= start) & (created < end)]
        batches = rows.loc[rows["status"] == "failed", "batch_id"].nunique()
        rest += f" It is not called an incident: {plural(batches, 'batch')} can fail by chance."
    return [bold(text), Part(rest)]


def yardstick(sample: Sample) -> str:
    """Return how many documents were ready within 15 s, and whether that is as Box wants it."""
    (value, low, high), _ = sample.within()
    if isnan(value):
        return "No document of this period has a known end; there is no waiting time."
    many = {0.0: "None", 1.0: "All"}.get(value, percent(value, of=sample.timed))
    start = f"{many} were ready within {YARDSTICK}{NB}s"
    if high < LATE:
        return f"{start}; Box's yardstick of 95{NB}% is missed."
    if low >= LATE:
        return f"{start}; Box's yardstick of 95{NB}% is met."
    limits = "" if isnan(low) else f" ({low * 100:.1f} to {high * 100:.1f}{NB}%)"
    return f"{start}; whether that meets Box's yardstick of 95{NB}% is not sure{limits}."


def _of_version(facts: Facts, worst: Version) -> Item:
    others, now, former = facts.rest, worst.now, facts.former(worst)
    parts = [
        bold(
            f"{version_name(facts, worst)}, fails for {share(now.failed, now.finished)} of its "
            "documents"
        ),
        Part(
            f": {now.failed:,} of the {facts.period.unit}'s {facts.now.failed:,} failures. All "
            f"others together: {share(others.failed, others.finished)}."
        ),
    ]
    if former and former.ever.finished:
        parts.append(
            Part(
                f" Version {former.version_id}, used until {former.last_day}, failed for "
                f"{share(former.ever.failed, former.ever.finished)} of {former.ever.finished:,} "
                f"since {facts.columns[0].start:%Y-%m-%d}."
            )
        )
    return Item("bad", "Fix", parts)


def _of_all(facts: Facts) -> list[Item]:
    number = facts.now.finished
    if number and facts.now.failed == number:
        all_of_them = f"All {number:,} documents" if number > 1 else "The only document"
        return [Item("bad", "Fix", [bold(f"{all_of_them} failed.")])]
    if facts.failed.sign <= 0:
        return []
    old = share(facts.before.failed, facts.before.finished)
    text = f"{share(facts.now.failed, facts.now.finished)} of the documents failed"
    rest = f", clearly more than {facts.compare.name} ({old}). No single version is behind it."
    return [Item("bad", "Look into", [bold(text), Part(rest)])]


def incidents_of(facts: Facts, *, past: bool = False) -> list[Any]:
    """Return the incidents of the period, or of the one just before; failures before waiting."""
    spans = facts.incidents
    inside = (spans["start"] >= facts.period.start) != past
    rows = each(spans[inside])
    return sorted(rows, key=lambda span: (span.kind != "failures", span.start))


def span_of(incident: Any) -> str:
    """Return the day and the hours of an incident."""
    until = f"{incident.end:%H:%M}"
    if incident.end - incident.start > pd.Timedelta(days=1):
        until = f"{day(incident.end)} {until}"
    return f"{day(incident.start)}, {incident.start:%H:%M} to {until}"


def _of_incidents(facts: Facts) -> list[Item]:
    items, seen = [], set()
    for span in incidents_of(facts):
        if span.kind == "failures":
            seen.add(span.start)
            text = f"{span_of(span)}: {span.affected:,} of {span.jobs:,} documents failed"
            usual = percent(span.usual_share, of=1000)
            rest = f" ({share(span.affected, span.jobs)}; usually {usual})."
            items.append(Item("bad", "Look into", [bold(text), Part(rest)]))
        elif span.start not in seen:
            text = f"{span_of(span)}: {span.affected:,} of {span.jobs:,} documents were slow"
            items.append(Item("warn", "Look into", [bold(text), Part(" for their template.")]))
    return items[:2]


def _of_open_jobs(facts: Facts) -> list[Item]:
    stuck = facts.stuck
    if stuck.empty:
        return []
    have = "has" if len(stuck) == 1 else "have"
    text = f"{plural(len(stuck), 'job')} {have} been open for longer than {_minutes()}"
    oldest = stuck["created_at"].iloc[0].tz_convert(facts.zone)
    return [Item("bad", "Look into", [bold(text), Part(f", the oldest since {moment(oldest)}.")])]


def _minutes() -> str:
    return f"{STUCK.total_seconds() / 60:.0f}{NB}min"


def _of_gaps(facts: Facts) -> list[Item]:
    items = []
    for reason in facts.reasons:
        if reason.failed or not reason.tag:
            continue
        come = "document came" if reason.jobs == 1 else "documents came"
        start = f"{reason.jobs:,} {come} out with gaps because "
        start += "its data lacks " if reason.jobs == 1 else "their data lacks "
        top = facts.history.name(reason.templates.index[0])
        where = f"{reason.templates.iloc[0]:,} are from {top}"
        if len(reason.templates) == 1:
            where = f"All are from {top}" if reason.jobs > 1 else f"It is from {top}"
        parts = [bold(start), Part(reason.tag, "code"), bold("."), Part(f" {where}.")]
        items.append(Item("warn", "Fix", parts))
    return items[:1]


def _of_slow(facts: Facts) -> list[Item]:
    slow, quick = [], []
    for template, sample in facts.templates:
        (_, low, high), design = _within(facts, sample)
        if design.has_enough and high < LATE:
            slow.append((template, sample))
        elif design.has_enough and low >= LATE:
            quick.append(facts.history.name(template))
    if not slow:
        return []
    template, sample = max(slow, key=lambda pair: _not_nan(pair[1].time()[0][0]))
    name, time = facts.history.name(template), seconds(sample.time()[0][0])
    rest = f": 95{NB}% are ready within {time}; Box's yardstick is {YARDSTICK}{NB}s."
    if len(slow) == 1 and quick:
        rest += f" {listed(quick[:3])} meet{'s' if len(quick) == 1 else ''} it."
    elif len(slow) > 1:
        rest += f" {plural(len(slow) - 1, 'other template')} miss it, too."
    return [Item("warn", "Watch", [bold(f"{name} is slow"), Part(rest)])]


def _within(facts: Facts, sample: Sample) -> Measured:
    """Return the share of jobs within 15 s; if it is all or none, as alike as in all jobs."""
    estimate, design = sample.within()
    if estimate[0] not in (0.0, 1.0):
        return estimate, design
    design = like(design, facts.now.within()[1])
    return clustered_share(round(estimate[0] * design.jobs), design), design


def _of_past(facts: Facts) -> list[Item]:
    past = [one for one in incidents_of(facts, past=True) if one.kind == "failures"]
    if incidents_of(facts) or not past:
        return []
    start = bold(f"No incident {facts.period.name}.")
    then, failed = facts.period.before(), facts.column_samples[-2].failed
    if len(past) > 1:
        return [Item("good", "Over", [start, Part(f" There were {len(past)} {then.name}.")])]
    rest = f" The one of {day(past[0].start)} accounted for {past[0].affected:,} of the {failed:,} "
    return [Item("good", "Over", [start, Part(f"{rest}failures {then.name}.")])]


def _calm(facts: Facts) -> Item:
    still_open = "no job is open" if not facts.now.still_open else "no job has been open for long"
    text = (
        f" No template fails clearly more than the others, no hour stood out, {still_open}, and "
        f"95{NB}% were ready within {seconds(facts.now.time()[0][0])}."
    )
    return Item("calm", "", [bold("Nothing."), Part(text)])


def _few(facts: Facts) -> Item:
    """Return the bare counts of too few documents, which nothing can be concluded from."""
    now = facts.now
    batches = f" in {plural(now.batches, 'batch')}" if now.batches else ""
    start = f"{plural(now.jobs)}{batches} {'is' if now.jobs == 1 else 'are'}"
    late = now.timed - round(now.within()[0][0] * now.timed) if now.timed else 0
    counts = [
        f"{number or 'none'} {verb}"
        for number, verb in ((now.failed, "failed"), (now.gaps, "came out with gaps"))
    ]
    counts += [f"{late or 'none'} took longer than {YARDSTICK}{NB}s"] if now.timed else []
    text = f" Of the {now.finished:,} that have ended, {listed(counts)}."
    few = bold(f"{start} too few to tell a problem from chance.")
    version = most_failing(facts)
    return Item("few", "", [few, Part(text), *([Part(" "), *version] if version else [])])


def _not_nan(value: float) -> float:
    return float("inf") if isnan(value) else value
