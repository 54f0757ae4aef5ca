"""The sentences in the tables of comparisons and incidents."""

from collections.abc import Callable
from math import isnan

import pandas as pd

from docgen_nb.metrics.clusters import Design
from docgen_nb.metrics.spans.affected_jobs import Measures

Pair = tuple[float, float]
Designs = tuple[Design, Design]
_VERBS = {"failed": "failed", "completed_with_error": "completed with an error"}
_MOST_DECIMALS = 4


def seconds(number: float, decimals: int = 1) -> str:
    """Return a number of seconds, without decimals that are zero.

    >>> seconds(4.0), seconds(4.25), seconds(1_234.5)
    ('4 s', '4.2 s', '1,234.5 s')
    """
    text = f"{number:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text) + " s"


def plural(number: int, noun: str) -> str:
    """Return the number with its noun.

    >>> plural(1, "batch"), plural(1200, "batch"), plural(2, "job")
    ('1 batch', '1,200 batches', '2 jobs')
    """
    ending = "" if number == 1 else "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{ending}"


def compare_shares(status: str, values: Pair, limits: Pair, designs: Designs) -> str:
    """Return a sentence about the change of the share of a status."""
    verb, (before, after) = _VERBS[status], designs
    if not before.jobs or not after.jobs:
        when = "before" if not before.jobs else "after"
        return f"Nothing to compare: no finished jobs {when}."
    old, new = (100 * value for value in values)
    low, high = (100 * limit for limit in limits)
    decimals = _decimals((old, new), (low, high))
    change = _change(
        (old, new), (low, high), ("more", "fewer"), _points, " percentage points", designs, decimals
    )
    return (
        f"{old:.{decimals}f}% of the finished jobs {verb} before ({_jobs(before)}) and "
        f"{new:.{decimals}f}% after ({_jobs(after)}): {change}."
    )


def compare_quantiles(quantile: float, values: Pair, limits: Pair, designs: Designs) -> str:
    """Return a sentence about the change of a quantile of durations."""
    share = "Half" if quantile == 0.5 else f"{quantile * 100:g}%"
    before, after = designs
    if isnan(values[0]) or isnan(values[1]):
        when = "before" if isnan(values[0]) else "after"
        return f"Too few jobs ended {when} to estimate the time within which {share.lower()} end."
    decimals = _decimals(values, limits)
    old, new = (seconds(value, decimals) for value in values)
    change = _change(values, limits, ("longer", "shorter"), seconds, "", designs, decimals)
    return (
        f"{share} of the jobs ended within {old} before ({_jobs(before)}) and within {new} after "
        f"({_jobs(after)}): {change}."
    )


def compare_volumes(before: int, after: int) -> str:
    """Return a sentence about how many jobs there were.

    >>> print(compare_volumes(200, 250))
    200 jobs before and 250 after: 50 more (25% more).
    """
    word = "more" if after > before else "fewer"
    change = "as many" if after == before else f"{abs(after - before):,} {word}"
    if before and after != before:
        change += f" ({abs(after / before - 1):.0%} {word})"
    return f"{plural(before, 'job')} before and {after:,} after: {change}."


def _jobs(design: Design) -> str:
    jobs = plural(design.jobs, "job")
    return jobs if design.batches is None else f"{jobs} in {plural(design.batches, 'batch')}"


def _decimals(values: Pair, limits: Pair) -> int:
    """Return how many decimals show that values and limits differ where they do.

    A difference that may be chance needs no more than one.
    """
    is_clear = limits[0] > 0 or limits[1] < 0
    for decimals in range(1, _MOST_DECIMALS):
        shown = [round(value, decimals) for value in (values[1] - values[0], *limits)]
        if not is_clear or (
            round(values[0], decimals) != round(values[1], decimals) and all(shown)
        ):
            return decimals
    return _MOST_DECIMALS


def _change(
    values: Pair,
    limits: Pair,
    words: tuple[str, str],
    short: Callable[[float, int], str],
    unit: str,
    designs: Designs,
    decimals: int,
) -> str:
    """Describe the difference of the rounded values, its interval, and whether it may be chance."""

    def signed(number: float, unit: str = "") -> str:
        number = round(number, decimals)
        word = f" {words[0] if number > 0 else words[1]}" if number else ""
        return f"{short(abs(number), decimals)}{unit}{word}"

    (old, new), (low, high) = values, limits
    difference = round(new, decimals) - round(old, decimals)
    change = signed(difference, unit) if round(difference, decimals) else "no difference"
    if isnan(low) or isnan(high):
        return f"{change}; {_why_none(designs)}"
    is_plain = all(design.batches is None for design in designs)
    interval = "95% interval for independent jobs" if is_plain else "95% interval"
    chance = ", which may be chance" if low <= 0 <= high and change != "no difference" else ""
    return f"{change}{chance} ({interval}: {signed(low)} to {signed(high)})"


def _why_none(designs: Designs) -> str:
    """Return why there is no interval."""
    pairs = zip(designs, ("before", "after"), strict=True)
    short = [(design, when) for design, when in pairs if not design.has_enough]
    if not short:
        return "no 95% interval can be estimated"
    design, when = min(short, key=lambda one: one[0].effective)
    return f"no 95% interval{design.lack(f' {when}')}"


def _points(points: float, decimals: int) -> str:
    return f"{points:.{decimals}f}"


def describe_incident(
    kind: str, edges: pd.DatetimeIndex, span: Measures, usual_share: float
) -> str:
    """Return a sentence about an incident, and about its batches if they are known."""
    start, end = edges
    when = f"created from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({start.tz})"
    jobs, what = (
        ("finished jobs", "failed")
        if kind == "failures"
        else ("jobs", "took longer than 95% of the jobs of their template")
    )
    usual = "usually none can be counted" if isnan(usual_share) else f"usually {usual_share:.1%}"
    batches = ""
    if span.batches == 1:
        batches = " All of them are in 1 batch."
    elif span.batches:
        batches = f" They are in {plural(span.batches, 'batch')}, "
        batches += f"{span.largest:.0%} of them in the largest."
    return (
        f"{span.affected:,} of the {span.jobs:,} {jobs} {when} {what}: {span.share:.1%}, "
        f"{usual}.{batches}"
    )
