"""The first lines of a report: headline, what is wrong with the history, what needs attention."""

from math import isnan
from typing import NamedTuple

import pandas as pd

from docgen_nb.reports.facts import Facts
from docgen_nb.reports.history import unknown_statuses
from docgen_nb.reports.periods import period_with
from docgen_nb.wording import (
    NB,
    WEEKDAYS,
    all_or_none,
    day,
    plural,
    seconds,
    share,
    upper,
)

_TWICE, _SAME = 2.0, 0.005
_MUCH_LATER = 19  # times as many jobs after the period as in it: it has under 5% of both
_STALE = pd.Timedelta(days=1)  # since the last sync, within a period that is not over


class Part(NamedTuple):
    """A part of a sentence: plain, or in bold ("b"), or as code ("code")."""

    text: str
    kind: str = ""


class Item(NamedTuple):
    """A line with a color of its own: "bad", "warn", "good" or "", a word for it, and its text."""

    color: str
    word: str
    parts: list[Part]


def bold(text: str) -> Part:
    """Return a part in bold."""
    return Part(text, "b")


def headline(facts: Facts) -> str:
    """Return the two sentences that say how the period went."""
    return f"{_volume(facts)} {_quality(facts)}".strip()


def _volume(facts: Facts) -> str:
    now, before = facts.now.jobs, facts.before.jobs
    then = facts.compare.name
    if facts.is_unread and not now:
        ends = f"{day(facts.end)} at {facts.end:%H:%M} {facts.zone}"
        return f"The history has nothing for {facts.period.dates}: it ends on {ends}."
    if not now:
        rest = "had none either" if not before else f"had {before:,}"
        return f"No documents were requested {_when(facts)}; {then} {rest}."
    start = f"{plural(now)} {'was' if now == 1 else 'were'} requested {_when(facts)}"
    part = f"in the same part of {then}" if facts.is_cut else then
    if facts.is_before_history and facts.history.first is not None:
        begins = f"the history begins on {day(facts.history.first)}"
        return f"{start}; {part.removeprefix('in ')} is not known: {begins}."
    if not before:
        return f"{start}; {part.removeprefix('in ')} had none."
    ratio = now / before
    if ratio >= _TWICE:
        return f"{start}, {ratio:.1f} times as many as {part}."
    if abs(ratio - 1) < _SAME:
        return f"{start}, about as many as {part}."
    word = "more" if ratio > 1 else "fewer"
    return f"{start}, {abs(ratio - 1) * 100:.0f}{NB}% {word} than {part}."


def _when(facts: Facts) -> str:
    if not facts.is_cut:
        return facts.period.name
    end = facts.end
    return f"until {end:%H:%M} on {WEEKDAYS[end.day_of_week]}"


def _quality(facts: Facts) -> str:
    now, change, then = facts.now, facts.good, facts.compare.name
    if not now.jobs:
        return ""
    if not now.finished:
        none = "It has not" if now.jobs == 1 else f"None of the {now.jobs:,} jobs has"
        return f"{none} ended; there is nothing to count yet."
    if change.few:
        of = f"the {now.finished:,} that have ended" if now.still_open else "them"
        return (
            f"{now.completed:,} of {of} came out without errors; that is too few to compare with "
            f"{then}."
        )
    ended = f" of the {now.finished:,} that have ended" if now.still_open else ""
    start = f"{all_or_none(now.completed, now.finished)}{ended} came out without errors"
    rest = f"; {now.still_open:,} are still open." if now.still_open else "."
    if isnan(change.before[0]):
        return f"{start}{rest}"
    old = share(facts.before.completed, facts.before.finished)
    if change.before[0] == change.after[0] and change.before[0] in (0.0, 1.0):
        return f"{start}, just as {then}{rest}"
    if not change.sign:
        return f"{start}: no clear change from {old}{rest}"
    word = "more" if change.sign > 0 else "fewer"
    return f"{start}, clearly {word} than {then} ({old}){rest}"


def notices(facts: Facts, *, now: pd.Timestamp) -> list[Item]:
    """Return what a reader must know about the history before the numbers."""
    items = [*_about_end(facts, now), *_about_jobs(facts)]
    if facts.history.others:
        items.append(
            Item(
                "",
                "",
                [
                    Part(
                        f"This history holds {facts.history.others + 1} accounts; this report is "
                        f"of {facts.history.owner}. Choose with account=."
                    )
                ],
            )
        )
    return items


def _about_end(facts: Facts, now: pd.Timestamp) -> list[Item]:
    history, then = facts.history, facts.compare.name
    if history.last is None:
        return [Item("bad", "", [bold("The history has no jobs."), *_check_sync(facts)])]
    if facts.is_unread and facts.period.start > now:
        return []
    if facts.is_cut and (facts.period.end <= now or now - facts.end > _STALE):
        text = f"The history ends on {day(facts.end)} at {facts.end:%H:%M} {facts.zone}."
        rest = (
            f" Nothing later is in this report. All comparisons are with the same part of {then}."
        )
        return [Item("bad", "", [bold(text), Part(rest), *_read_again(facts)])]
    if newer := about_newer(facts, now):
        return newer
    if not facts.now.jobs:
        last = history.last
        text = f"The last request in the history is of {day(last)} at {last:%H:%M} {facts.zone}."
        return [Item("bad", "", [bold(text), *_check_sync(facts)])]
    return []


def about_newer(facts: Facts, now: pd.Timestamp) -> list[Item]:
    """Return that the history goes on after a nearly empty period, and how to ask for that."""
    if facts.history.later <= _MUCH_LATER * facts.now.jobs:
        return []
    last = facts.history.last or facts.end
    text = f"The history has {plural(facts.history.later, 'newer document')}, until {day(last)} at "
    text += f"{last:%H:%M} {facts.zone}."
    period = period_with(last, now=now, zone=facts.zone)
    parts = [bold(text), Part(" For those, use "), Part(f'--period "{period}"', "code")]
    return [Item("", "", [*parts, Part(".")])]


def _read_again(facts: Facts) -> list[Part]:
    if not facts.history.is_ledger:
        return [Part(" Read the jobs again for a newer report.")]
    return [Part(" Run "), Part("docgen-nb sync", "code"), Part(" and make the report again.")]


def _check_sync(facts: Facts) -> list[Part]:
    if not facts.history.is_ledger:
        return [Part(" If that surprises you, check that these are all jobs of the right account.")]
    return [
        Part(" If that surprises you, check that "),
        Part("docgen-nb sync", "code"),
        Part(" still runs and reads the right account."),
    ]


def _about_jobs(facts: Facts) -> list[Item]:
    now, texts = facts.now, []
    if now.still_open and now.finished:
        are = "is" if now.still_open == 1 else "are"
        texts.append(
            f"{plural(now.still_open, 'job')} of {now.jobs:,} {are} still open; shares are of the "
            f"{now.finished:,} that have ended."
        )
    if now.gone:
        texts.append(f"{plural(now.gone, 'job')} of {now.jobs:,}: the service has them no longer.")
    for status, number in unknown_statuses(facts.jobs).items():
        have = "has" if number == 1 else "have"
        texts.append(
            f"{plural(int(number), 'job')} {have} a status that this version does not know "
            f"({status}); they are counted as open."
        )
    if now.backwards:
        by = seconds(_earliest(facts))
        end = "ends before it begins" if now.backwards == 1 else "end before they begin"
        texts.append(f"{plural(now.backwards, 'job')} {end}, by up to {by}; they are in no time.")
    if facts.history.undated:
        texts.append(
            f"{plural(facts.history.undated, 'job')} of the history have no time of creation and "
            "are in no report."
        )
    return [Item("", "", [Part(text)]) for text in texts]


def _earliest(facts: Facts) -> float:
    jobs = facts.jobs
    early = -jobs["duration_seconds"].min() if len(jobs) else 0.0
    if "finished_at" in jobs:
        spans = (jobs["created_at"] - jobs["finished_at"]).dt.total_seconds()
        early = max(early, spans.max()) if not isnan(early) else spans.max()
    return float(early)


def eyebrow(facts: Facts) -> tuple[str, str]:
    """Return what kind of report this is, and its period in words."""
    period = facts.period
    kind = {"day": "daily ", "week": "weekly ", "month": "monthly "}.get(period.unit, "")
    last = f"{day(facts.end)} {facts.end:%H:%M}" if facts.is_cut else day(period.last)
    span = day(period.start) if period.days == 1 else f"{day(period.start)} to {last}"
    return f"Document generation, {kind}report", f"{span}, {facts.zone}"


def meta(facts: Facts) -> str:
    """Return what the report is compared with, and what it was made from."""
    read, history = facts.history.read_at, facts.history
    owner = f", {history.owner}" if history.owner else ""
    text = (
        f"Compared with {facts.compare.dates}. Read on {read:%Y-%m-%d} at {read:%H:%M} "
        f"{facts.zone} from {history.file}{owner}."
    )
    if facts.now.jobs and not facts.now.still_open and not facts.now.gone:
        text += f" All {plural(facts.now.jobs, 'job')} have ended."
    return upper(text)
