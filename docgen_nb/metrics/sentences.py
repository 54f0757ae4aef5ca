"""Numbers in plain words."""

from collections.abc import Callable
from math import isnan

Pair = tuple[float, float]
_SAID = {"failed": "failed", "completed_with_error": "completed with an error"}


def percent(share: float) -> str:
    """A share, such as ``12.3 %``.

    >>> percent(0.1234)
    '12.3 %'
    """
    return f"{share * 100:.1f} %"


def seconds(number: float) -> str:
    """A number of seconds, without a fraction that is zero.

    >>> seconds(4.0), seconds(4.25)
    ('4 s', '4.2 s')
    """
    return f"{number:.1f}".removesuffix(".0") + " s"


def of_shares(status: str, values: Pair, limits: Pair, jobs: tuple[int, int]) -> str:
    """What became of a share of jobs."""
    said, (before, after) = _SAID[status], jobs
    if not before or not after:
        when = "before" if not before else "after"
        return f"No job was finished {when}, so the shares that {said} cannot be compared."
    old, new = map(percent, values)
    return (
        f"Of the finished jobs {old} {said} before (of {before}) and {new} after (of {after}): "
        f"{_change(values, limits, ('more', 'fewer'), _points, ' percentage points')}."
    )


def of_durations(quantile: float, values: Pair, limits: Pair, jobs: tuple[int, int]) -> str:
    """What became of a quantile of durations."""
    share = "Half" if quantile == 0.5 else f"{quantile * 100:g} %"
    before, after = jobs
    if isnan(values[0]) or isnan(values[1]):
        when = "before" if isnan(values[0]) else "after"
        return (
            f"Too few jobs had ended {when} to tell within which time {share.lower()} of them do."
        )
    old, new = map(seconds, values)
    return (
        f"{share} of the jobs took up to {old} before (of {before}) and up to {new} after "
        f"(of {after}): {_change(values, limits, ('longer', 'shorter'), seconds, '')}."
    )


def _change(
    values: Pair, limits: Pair, words: tuple[str, str], short: Callable[[float], str], unit: str
) -> str:
    """The difference in words, with its limits, and whether it may be chance."""

    def signed(number: float, unit: str = "") -> str:
        word = f" {words[0] if number > 0 else words[1]}" if number else ""
        return f"{short(abs(number))}{unit}{word}"

    (old, new), (low, high) = values, limits
    change = signed(new - old, unit) if new != old else "no difference"
    if isnan(low) or isnan(high):
        return f"{change}; the jobs do not tell how sure that is"
    chance = ", which may be chance" if low <= 0 <= high and new != old else ""
    return f"{change}{chance} (95 % limits: {signed(low)} to {signed(high)})"


def _points(share: float) -> str:
    return f"{share * 100:.1f}"
