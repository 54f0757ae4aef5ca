"""The five numbers of a period, each with the one before and how sure the change is."""

from math import isnan
from typing import Any, NamedTuple

from docgen_nb.reports.facts import Facts
from docgen_nb.reports.sample import Change
from docgen_nb.wording import NB, points, seconds, share


class Bar(NamedTuple):
    """An interval on a small scale: its ends and its dot in percent of the width, its color."""

    left: float
    width: float
    dot: float
    color: str


class Tile(NamedTuple):
    """One of the five numbers: its name and value, the value before, the change and its range."""

    name: str
    value: str
    before: str
    bar: Bar | None
    color: str
    verdict: str
    small: str


def tiles(facts: Facts) -> list[Tile]:
    """Return the five numbers."""
    now, before = facts.now, facts.before
    late = facts.time
    return [
        _volume(facts),
        _share_tile(
            "Came out without errors", now.completed, before.completed, facts, facts.good, 1
        ),
        _share_tile("Failed: no document", now.failed, before.failed, facts, facts.failed, -1),
        _share_tile("Came out with errors", now.gaps, before.gaps, facts, facts.gaps, -1),
        Tile(
            f"95{NB}% ready within",
            seconds(late.after[0]),
            f"{facts.compare.name}: {seconds(late.before[0])}",
            _bar(late, -1),
            _color(late, -1),
            _verdict(late, ("Clearly slower", "Clearly faster"), before.timed, now.timed),
            _range(late, ("slower", "faster"), seconds),
        ),
    ]


def _volume(facts: Facts) -> Tile:
    now, before = facts.now.jobs, facts.before.jobs
    word = "more" if now > before else "fewer"
    verdict = (
        "As many"
        if now == before
        else f"{abs(now / before - 1) * 100:.0f}{NB}% {word}"
        if before
        else "Nothing to compare"
        if facts.is_before_history
        else "New"
    )
    if before and now != before and abs(now / before - 1) < 0.005:
        verdict = "About as many"
    small = f"{abs(now - before):,} {word}, counted" if now != before else "counted"
    text = f"{before:,} {facts.compare.name}"
    if facts.is_before_history:
        text, small = f"{facts.compare.name}: not known", ""
    return Tile("Documents requested", f"{now:,}", text, None, "", verdict, small)


def _share_tile(name: str, number: int, old: int, facts: Facts, change: Change, good: int) -> Tile:
    total, before = facts.now.finished, facts.before.finished
    text = f"{number:,} of {total:,}"
    text += f"; {share(old, before)} before" if before else "; before: not known"
    if not before and not facts.is_before_history:
        text = f"{number:,} of {total:,}; none before"
    verdict = _verdict(change, ("Clearly more", "Clearly fewer"), before, total)
    if change.sign:
        verdict = "Clearly better" if change.sign == good else "Clearly worse"
    return Tile(
        name,
        share(number, total),
        text,
        _bar(change, good),
        _color(change, good),
        verdict,
        _range(change, ("more", "fewer"), points),
    )


def _verdict(change: Change, words: tuple[str, str], before: int, now: int) -> str:
    if not before or not now:
        return "Nothing to compare"
    if change.few or isnan(change.low):
        return "Too few to say"
    if change.sign:
        return words[change.sign < 0]
    return "No change" if change.low == change.high == 0 else "No clear change"


def _range(change: Change, words: tuple[str, str], form: Any) -> str:
    """Return the range of the difference in words."""
    low, high = change.low, change.high
    if isnan(low) or isnan(high):
        return ""
    if low == high == 0:
        return "The same"

    def end(value: float) -> str:
        return f"{form(abs(value))} {words[value < 0]}" if value else "none"

    if low > 0 or high < 0:
        near, far = sorted((abs(low), abs(high)))
        return f"{form(near)} to {form(far)} {words[high < 0]}"
    return f"Between {end(low)} and {end(high)}"


def _color(change: Change, good: int) -> str:
    return "" if not change.sign else "good" if change.sign == good else "bad"


def _bar(change: Change, good: int) -> Bar | None:
    low, high = change.low, change.high
    if isnan(low) or isnan(high):
        return None
    reach = max(abs(low), abs(high)) * 1.15 or 1.0
    left, right, dot = (50 + 50 * value / reach for value in (low, high, change.difference))
    return Bar(left, right - left, dot, _color(change, good))
