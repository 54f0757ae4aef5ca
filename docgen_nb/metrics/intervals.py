"""How sure a share, a difference of shares or a number of failures is."""

import math

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
