"""The sentences in the tables of comparisons and incidents."""

from collections.abc import Callable
from math import isnan

Pair = tuple[float, float]
_VERBS = {"failed": "failed", "completed_with_error": "completed with an error"}


def seconds(number: float) -> str:
    """Return a number of seconds, without a decimal that is zero.

    >>> seconds(4.0), seconds(4.25)
    ('4 s', '4.2 s')
    """
    return f"{number:.1f}".removesuffix(".0") + " s"


def compare_shares(status: str, values: Pair, limits: Pair, jobs: tuple[int, int]) -> str:
    """Return a sentence about the change of the share of a status."""
    verb, (before, after) = _VERBS[status], jobs
    if not before or not after:
        when = "before" if not before else "after"
        return f"Nothing to compare: no finished jobs {when}."
    old, new = values
    return (
        f"{old:.1%} of the finished jobs {verb} before ({before} jobs) and {new:.1%} after "
        f"({after} jobs): "
        f"{_change(values, limits, ('more', 'fewer'), _points, ' percentage points')}."
    )


def compare_quantiles(quantile: float, values: Pair, limits: Pair, jobs: tuple[int, int]) -> str:
    """Return a sentence about the change of a quantile of durations."""
    share = "Half" if quantile == 0.5 else f"{quantile * 100:g}%"
    before, after = jobs
    if isnan(values[0]) or isnan(values[1]):
        when = "before" if isnan(values[0]) else "after"
        return f"Too few jobs ended {when} to estimate the time within which {share.lower()} end."
    old, new = map(seconds, values)
    return (
        f"{share} of the jobs ended within {old} before ({before} jobs) and within {new} after "
        f"({after} jobs): {_change(values, limits, ('longer', 'shorter'), seconds, '')}."
    )


def _change(
    values: Pair, limits: Pair, words: tuple[str, str], short: Callable[[float], str], unit: str
) -> str:
    """Describe the difference, its interval, and whether it may be chance."""

    def signed(number: float, unit: str = "") -> str:
        word = f" {words[0] if number > 0 else words[1]}" if number else ""
        return f"{short(abs(number))}{unit}{word}"

    (old, new), (low, high) = values, limits
    change = signed(new - old, unit) if new != old else "no difference"
    if isnan(low) or isnan(high):
        return f"{change}; no 95% interval can be estimated"
    chance = ", which may be chance" if low <= 0 <= high and new != old else ""
    return f"{change}{chance} (95% interval: {signed(low)} to {signed(high)})"


def _points(share: float) -> str:
    return f"{share * 100:.1f}"
