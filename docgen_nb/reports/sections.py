"""The sections of a report below its first lines."""

from math import isnan
from typing import Any, NamedTuple

import pandas as pd

from docgen_nb.reports.attention import incidents_of, span_of, worst_hour, yardstick
from docgen_nb.reports.day_charts import Table
from docgen_nb.reports.facts import Facts, each, standardized
from docgen_nb.reports.headline import Part, bold
from docgen_nb.reports.sample import LATE, YARDSTICK, Sample
from docgen_nb.wording import (
    NB,
    WEEKDAYS,
    moment,
    percent,
    plural,
    seconds,
    share,
    upper,
    whole,
)

_MOST_BARS = 8
_PACE = (50, 80)  # documents a minute that Box names for an enterprise


def incident_lines(facts: Facts) -> list[list[Part]]:
    """Return the paragraphs about the incidents of the period, and of the one before."""
    here, past = incidents_of(facts), incidents_of(facts, past=True)
    lines = []
    if not here:
        hours = int((facts.hours["hour"] >= facts.period.start).sum())
        one = "The one hour" if hours == 1 else f"None of the {hours} hours"
        rest = f"{'no' if hours == 1 else 'clearly'} more failures or slow documents than usual."
        hour = worst_hour(facts)
        lines.append([bold("No incident."), Part(f" {one} with documents had {rest}")])
        lines += [hour] if hour else []
    lines += _spans(here, facts.zone)
    for parts in _spans(past, facts.zone):
        lines.append([Part(f"{upper(facts.period.before().name)}: "), *parts])
    return lines


def _spans(spans: list[Any], zone: str) -> list[list[Part]]:
    """Return a paragraph for each span, one for failures and slowness at the same time."""
    lines = []
    slow = {span.start: span for span in spans if span.kind == "waiting"}
    for span in spans:
        if span.kind == "failures":
            text = f"{span_of(span)} {zone}: {span.affected:,} of {span.jobs:,} documents failed"
            usual = percent(span.usual_share, of=1000)
            rest = f" ({share(span.affected, span.jobs)}; usually {usual})"
            if (other := slow.pop(span.start, None)) is not None:
                number = f"all {other.jobs:,}"
                if other.affected < other.jobs:
                    number = f"{other.affected:,} of the {other.jobs:,}"
                rest += f", and {number} that came out were slow for their template"
            lines.append([bold(text), Part(f"{rest}.")])
    for span in slow.values():
        text = f"{span_of(span)} {zone}: {span.affected:,} of {span.jobs:,} documents were slow"
        lines.append([bold(text), Part(" for their template.")])
    return lines


class Ready(NamedTuple):
    """A bar of the share of documents that were ready within 15 s."""

    name: str
    width: float
    is_met: bool
    share: str
    time: str


class Waiting(NamedTuple):
    """The section of waiting times."""

    lead: str
    bars: list[Ready]
    caption: str
    pace: str
    table: Table


def waiting(facts: Facts) -> Waiting:
    """Return how many documents were ready within 15 s, by template, and the pace."""
    pairs = [("All documents", facts.now)]
    templates = facts.templates
    if len(templates) > 1:
        named = [(facts.history.name(key), sample) for key, sample in templates[:_MOST_BARS]]
        pairs += sorted(named, key=lambda pair: pair[1].within()[0][0])
    bars = [_ready(name, sample) for name, sample in pairs if sample.timed]
    unknown = facts.now.failed - int(
        facts.now.counts.loc[
            (facts.now.counts["status"] == "failed") & (facts.now.counts["kind"] == 0), "jobs"
        ].sum()
    )
    rest = f"; {unknown:,} failed ones have none" if unknown else ""
    waiting = facts.now.within()[1].jobs - facts.now.timed
    rest = f", and {waiting:,} open ones that have waited longer{rest}" if waiting > 0 else rest
    caption = (
        f"Share ready within {YARDSTICK}{NB}s of the request; the tick is 95{NB}%. "
        f"{plural(facts.now.timed)} with a known end{rest}."
    )
    busy = facts.minutes.sort_values("created", ascending=False, kind="stable").head(10)
    rows = [
        [moment(row.step_start), f"{row.created:,}", f"{row.finished:,}", f"{row.open:,}"]
        for row in each(busy)
        if row.created
    ]
    heads = ["Minute", "Requested", "Finished in it", "Open at its end"]
    table = Table("the ten busiest minutes", heads, rows)
    return Waiting(yardstick(facts.now), bars, caption, _pace(facts), table)


def _ready(name: str, sample: Sample) -> Ready:
    value = sample.within()[0][0]
    text = percent(value, of=sample.timed)
    time = sample.time()[0][0]
    note = "too few have ended" if isnan(time) else f"95{NB}% within {seconds(time)}"
    return Ready(name, 100 * value, value >= LATE, text, note)


def _pace(facts: Facts) -> str:
    """Return the busiest minute, next to what Box names."""
    minutes = facts.minutes
    busiest = minutes.iloc[int(minutes["created"].to_numpy().argmax())]
    day = busiest["step_start"]
    low, high = (int((minutes["created"] > pace).sum()) for pace in _PACE)
    text = (
        f"Box names 50 to 80 documents a minute for an enterprise. The busiest minute had "
        f"{plural(int(busiest['created']))} ({WEEKDAYS[day.day_of_week]} {day:%H:%M}); "
    )
    more = f"{f'{low:,} minutes' if low else 'none'} had more than 50"
    more += f" and {f'{high:,}' if high else 'none'} more than 80" if low else ""
    more = "no other had more than 50" if low == 1 else more
    most = int(minutes["open"].max())
    were = "job was" if most == 1 else "jobs were"
    if not most:
        return f"{text}{more}. No job was open at the end of a minute."
    return f"{text}{more}. At most {most:,} {were} open at the end of a minute."


class Open(NamedTuple):
    """The section of open jobs."""

    lead: list[Part]
    table: Table | None


def open_jobs(facts: Facts) -> Open:
    """Return the open jobs, longest open first."""
    rows, stuck = facts.open_jobs, len(facts.stuck)
    if rows.empty:
        gone = f", or are gone ({facts.now.gone:,})" if facts.now.gone else ""
        text = f" All {plural(facts.now.jobs, 'job')} had ended{gone} when the history was read."
        return Open([bold("None."), Part(text)], None)
    are = "job is" if len(rows) == 1 else "jobs are"
    rest = f"; {stuck:,} for longer than 10{NB}min." if stuck else "; none for longer than 10 min."
    cells = [
        [
            str(row.job_id),
            facts.history.name(row.template_id),
            "no status" if pd.isna(row.status) else str(row.status),
            moment(row.created_at.tz_convert(facts.zone)),
            seconds(row.open_for.total_seconds()),
        ]
        for row in each(rows.head(20))
    ]
    heads = ["Job", "Template", "Status", "Requested", "Open for"]
    table = Table("the longest open jobs", heads, cells, texts=(0, 1, 2))
    return Open([bold(f"{len(rows):,} {are} open{rest}")], table)


def how_made(facts: Facts, *, has_messages: bool) -> tuple[list[str], list[str]]:
    """Return how the numbers were made, and what is not known."""
    history, read = facts.history, facts.history.read_at
    owner = f", {history.owner}" if history.owner else ""
    made = [
        f"Source: {history.file}{owner}, read {moment(read)} {facts.zone}. A document counts in "
        f"the {facts.period.unit} of its request.",
        "Failed: no document. With errors: a document with gaps. Shares are of finished jobs.",
        f"How sure: a change is clear if its 95{NB}% interval excludes no change. Intervals are "
        "Wilson's, widened because jobs of one batch fare alike; the interval of a change combines "
        "both periods' (MOVER).",
        "Times run from the request to the output file, to the second. Open jobs count with the "
        "time they have waited so far (Kaplan-Meier).",
        "Incidents are looked for hour by hour over the period and the one before it.",
    ]
    if "batch_id" not in facts.counts:
        made[2] = made[2].replace(
            "widened because jobs of one batch fare alike",
            "too narrow where jobs of one batch fare alike: the table has no batch_id",
        )
    unknown = [
        "When a failed job ended. Box does not say, so times leave out most failed jobs "
        + (f"({facts.now.failed:,} failed)." if facts.now.failed else "(none failed)."),
        *_mix(facts),
        "Whether a document reads well. Only its status and messages are known.",
        "What other accounts requested. This is one account.",
        "Whether one reason hides two. Faults that Box words alike count as one.",
    ]
    if not has_messages:
        unknown.insert(0, "Why documents failed: no table of messages was given (failures=).")
    return made, unknown


def _mix(facts: Facts) -> list[str]:
    """Return what the change of the mix of templates does to the failures."""
    templates = facts.templates
    if len(templates) < 2 or not facts.before.jobs or not facts.now.failed:
        return ["Why a number changed. A difference does not show its cause."]
    key, sample = templates[0]
    name = facts.history.name(key)
    old = facts.before.where(facts.before.counts["template_id"] == key).jobs
    expected = standardized(templates, facts.before)
    now = facts.now.failed / facts.now.finished
    if percent(expected, of=1000) == percent(now, of=1000):
        return ["Why a number changed. A difference does not show its cause."]
    return [
        f"Why a number changed. {name} made up {whole(sample.jobs, facts.now.jobs)} of the "
        f"documents, {whole(old, facts.before.jobs)} {facts.compare.name}; with that mix, "
        f"{percent(expected, of=1000)} would have failed instead of {percent(now, of=1000)}."
    ]


def failures_lead(facts: Facts) -> str:
    """Return whether one reason stands out among the failures."""
    failed = [reason for reason in facts.reasons if reason.failed]
    total = facts.now.failed
    if not facts.reasons:
        return "No document has a message: none failed and none has gaps."
    if not failed:
        return "No document failed; some have gaps."
    numbers = [f"{reason.jobs:,}" for reason in failed[:4]]
    unsaid = total - sum(reason.jobs for reason in failed)
    rest = f"; at least {unsaid:,} have no message" if unsaid > 0 else ""
    if len(failed) == 1 and failed[0].jobs == total > 1:
        return f"All {total:,} failures have the same reason."
    if len(failed) == 1:
        return f"{failed[0].jobs:,} of {total:,} failures have the same reason."
    first, second = failed[0].jobs, failed[1].jobs
    if first - second > 2 * (3 * (first + second)) ** 0.5:  # batches make numbers vary more
        return f"{first:,} of {total:,} failures have the same reason: {failed[0].text}"
    shown = f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    return f"No single reason stands out among the {total:,} failures: {shown}{rest}."


def where(facts: Facts, templates: "pd.Series[int]") -> str:
    """Return which template most jobs of a reason are of."""
    if templates.empty:
        return "template not known"
    top = facts.history.name(templates.index[0])
    return f"all in {top}" if len(templates) == 1 else f"{int(templates.iloc[0]):,} in {top}"
