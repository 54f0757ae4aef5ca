"""Confidence intervals of shares and differences, and the tail of the binomial distribution."""

import math

import numpy as np
import numpy.typing as npt

NORMAL_975 = 1.959963984540054  # the 97.5% quantile of the standard normal distribution

Floats = npt.NDArray[np.float64]
Estimate = tuple[float, float, float]  # a value, its lower limit and its upper limit


def wilson(
    numbers: npt.ArrayLike, totals: npt.ArrayLike, normal: npt.ArrayLike = NORMAL_975
) -> tuple[Floats, Floats]:
    """Return the 95% score intervals of shares (Wilson 1927), NaN where the total is 0.

    For clustered jobs, the numbers are effective ones and `normal` a quantile of Student's t.

    >>> wilson([1, 0], [4, 0])[0].round(2).tolist()
    [0.05, nan]
    """
    numbers, totals = np.asarray(numbers), np.asarray(totals)
    total = np.where(totals == 0, np.nan, totals)
    share, square = numbers / total, np.asarray(normal) ** 2 / total
    middle = (share + square / 2) / (1 + square)
    half = np.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    is_known = (totals > 0) & ~np.isnan(middle)
    low = np.where((numbers == 0) & is_known, 0.0, middle - half)
    high = np.where((numbers == totals) & is_known, 1.0, middle + half)
    return low, high


def share_estimate(number: int, total: int) -> Estimate:
    """Return a share with its Wilson interval; NaN if the total is 0."""
    low, high = (float(limit) for limit in wilson(number, total))
    return number / total if total else math.nan, low, high


def mover(before: Estimate, after: Estimate) -> tuple[float, float]:
    """Return the interval of the difference of two independent estimates, from their intervals.

    MOVER, the method of variance estimates recovery (Zou and Donner 2008): the distance from each
    estimate to its own limit takes the place of the standard error on that side. For two shares
    with Wilson intervals, this is Newcombe's hybrid score interval (1998, method 10).
    """
    (old, old_low, old_high), (new, new_low, new_high) = before, after
    difference = new - old
    return (
        difference - math.hypot(new - new_low, old_high - old),
        difference + math.hypot(new_high - new, old - old_low),
    )


def binomial_tail(number: int, total: int, share: float) -> float:
    """Return the probability of `number` or more events in `total` trials, each of `share`.

    >>> round(binomial_tail(2, 3, 0.5), 3)
    0.5
    """
    if number <= 0:
        return 1.0
    if share <= 0 or number > total:
        return 0.0
    if share >= 1:
        return 1.0
    if number < total * share:  # the complement has fewer terms to sum
        return 1 - binomial_tail(total - number + 1, total, 1 - share)
    log_ways = math.lgamma(total + 1) - math.lgamma(number + 1) - math.lgamma(total - number + 1)
    term = math.exp(log_ways + number * math.log(share) + (total - number) * math.log1p(-share))
    odds, tail = share / (1 - share), 0.0
    for events in range(number, total + 1):
        tail += term
        term *= (total - events) / (events + 1) * odds
        if events > total * share and term < tail * 1e-16:
            break
    return min(tail, 1.0)
