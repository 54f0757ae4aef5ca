"""Confidence intervals of shares and differences, and the tail of the binomial distribution."""

import math

import numpy as np
import numpy.typing as npt

_MOST_TERMS = 20_000  # of a continued fraction; a million jobs take about a thousand
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
    return 0.0 if number > total else beta_tail(share, number, total - number + 1)


def beta_tail(value: float, alpha: float, beta: float) -> float:
    """Return the probability that a beta distribution gives at most `value`.

    By the continued fraction of the incomplete beta function (DLMF 8.17.22).

    >>> round(beta_tail(0.5, 2, 2), 6), round(beta_tail(0.05, 1, 72), 4)
    (0.5, 0.9751)
    """
    if not 0 < value < 1:
        return float(value >= 1)
    if value > (alpha + 1) / (alpha + beta + 2):  # the complement converges sooner
        return 1 - beta_tail(1 - value, beta, alpha)
    log_front = alpha * math.log(value) + beta * math.log1p(-value) - math.log(alpha)
    log_front += math.lgamma(alpha + beta) - math.lgamma(alpha) - math.lgamma(beta)
    return math.exp(log_front) * _fraction(value, alpha, beta)


def _fraction(value: float, alpha: float, beta: float) -> float:
    """Return the continued fraction, by Lentz's method as Thompson and Barnett (1986) gave it."""
    c, d, result = 1.0, 0.0, 1.0
    for step in range(_MOST_TERMS):
        half = step // 2
        if step == 0:
            term = 1.0
        elif step % 2:
            term = -(alpha + half) * (alpha + beta + half)
            term *= value / ((alpha + 2 * half) * (alpha + 2 * half + 1))
        else:
            term = half * (beta - half) * value / ((alpha + 2 * half - 1) * (alpha + 2 * half))
        d = 1 / (1 + term * d or 1e-300)
        c = 1 + term / c or 1e-300
        result *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return result - 1
