"""How sure a share, a difference of shares or a number of failures is."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

NORMAL_975 = 1.959963984540054  # the 97.5 % point of the normal distribution


def wilson(number: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    if total == 0:
        return math.nan, math.nan
    share, square = number / total, NORMAL_975**2 / total
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    low = middle - half if number > 0 else 0.0
    high = middle + half if number < total else 1.0
    return low, high


def wilson_limits(
    numbers: npt.NDArray[Any], totals: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The same of many shares at once.

    >>> wilson_limits(np.array([1, 0]), np.array([4, 0]))[0].round(2).tolist()
    [0.05, nan]
    """
    of = np.where(totals == 0, np.nan, totals)
    share, square = numbers / of, NORMAL_975**2 / of
    middle = (share + square / 2) / (1 + square)
    half = np.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    low = np.where((numbers == 0) & (totals > 0), 0.0, middle - half)
    high = np.where((numbers == totals) & (totals > 0), 1.0, middle + half)
    return low, high


def newcombe(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float]:
    """The 95 % limits of a difference of two shares, each as number and total.

    Newcombe's hybrid score interval (1998, method 10), made of the two intervals of Wilson.
    """
    shares = [number / total if total else math.nan for number, total in (before, after)]
    (low_0, high_0), (low_1, high_1) = wilson(*before), wilson(*after)
    return mover((shares[0], low_0, high_0), (shares[1], low_1, high_1))


Estimate = tuple[float, float, float]  # a value with its lower and its upper limit


def mover(before: Estimate, after: Estimate) -> tuple[float, float]:
    """The limits of the difference of two independent estimates, from the limits of each.

    The method of variance estimates recovery (Zou and Donner 2008): each limit of the difference
    takes from both estimates the distance to the limit on its side.
    """
    (value_0, low_0, high_0), (value_1, low_1, high_1) = before, after
    difference = value_1 - value_0
    return (
        difference - math.hypot(value_1 - low_1, high_0 - value_0),
        difference + math.hypot(high_1 - value_1, value_0 - low_0),
    )


def binomial_tail(number: int, total: int, share: float) -> float:
    """The chance of `number` or more out of `total` where each happens with the chance `share`.

    >>> round(binomial_tail(2, 3, 0.5), 3)
    0.5
    """
    if number <= 0:
        return 1.0
    if share <= 0 or number > total:
        return 0.0
    if share >= 1:
        return 1.0
    if number < total * share:  # the greater part: one less the other, which is quicker summed up
        return 1 - binomial_tail(total - number + 1, total, 1 - share)
    log_ways = math.lgamma(total + 1) - math.lgamma(number + 1) - math.lgamma(total - number + 1)
    term = math.exp(log_ways + number * math.log(share) + (total - number) * math.log1p(-share))
    odds, found = share / (1 - share), 0.0
    for happened in range(number, total + 1):
        found += term
        term *= (total - happened) / (happened + 1) * odds
        if happened > total * share and term < found * 1e-16:
            break
    return min(found, 1.0)
