"""How charts and reports write numbers, times and lists."""

import re
from collections.abc import Sequence
from math import floor, isnan, log10

import pandas as pd

NB = "\u00a0"  # between a number and its unit
FEW = 200  # jobs, under which a share has no decimal
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def percent(share: float, *, of: int, decimals: int | None = None) -> str:
    """Return a share of a number of jobs; 0 % and 100 % only if exact.

    >>> percent(0.9247, of=6694), percent(0.98, of=50), percent(0.9999, of=20000)
    ('92.5\xa0%', '98\xa0%', 'over 99.9\xa0%')
    """
    if isnan(share):
        return "not known"
    if decimals is None:
        decimals = 0 if of < FEW else 1
    text = f"{share * 100:.{decimals}f}"
    step = 10.0**-decimals
    if 0 < share < 1 and float(text) in (0.0, 100.0):
        return f"under {step:g}{NB}%" if share < 0.5 else f"over {100 - step:g}{NB}%"
    return f"{'0' if share == 0 else '100' if share == 1 else text}{NB}%"


def share(number: int, of: int) -> str:
    """Return a number of jobs as a share."""
    return percent(number / of if of else float("nan"), of=of)


def all_or_none(number: int, of: int) -> str:
    """Return a number of jobs as a share that begins a sentence.

    >>> all_or_none(0, 5), all_or_none(5, 5), all_or_none(1, 4)
    ('None', 'All', '25\xa0%')
    """
    return {0: "None", of: "All"}.get(number, share(number, of))


def whole(number: int, of: int) -> str:
    """Return a number of jobs as a share without decimals."""
    return percent(number / of if of else float("nan"), of=of, decimals=0)


def seconds(value: float) -> str:
    """Return a time as a person would say it.

    >>> seconds(20), seconds(744), seconds(3 * 3600 + 60), seconds(0.4), seconds(1.25)
    ('20\xa0s', '12\xa0min', '3\xa0h', '0.4\xa0s', '1.2\xa0s')
    """
    if isnan(value):
        return "not known"
    if value < 10 and value != round(value):
        return f"{value:.1f}{NB}s"
    for length, unit in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if value >= 2 * length:
            return f"{value / length:,.0f}{NB}{unit}"
    return f"{value:.0f}{NB}s"


def points(difference: float) -> str:
    """Return a difference of shares, without its sign."""
    return f"{abs(difference) * 100:.1f} points"


def plural(number: int, noun: str = "document") -> str:
    """Return a number with its noun."""
    ending = "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{'' if number == 1 else ending}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list of a sentence.

    >>> listed(["Letter"]), listed(["Letter", "Order", "Statement"])
    ('Letter', 'Letter, Order and Statement')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def day(time: pd.Timestamp) -> str:
    """Return a day with its weekday, such as ``Friday 2025-10-24``."""
    return f"{WEEKDAYS[time.day_of_week]} {time:%Y-%m-%d}"


def moment(time: pd.Timestamp) -> str:
    """Return a time to the minute."""
    return f"{time:%Y-%m-%d %H:%M}"


def short_name(name: str) -> str:
    """Return the name of a template without the ending of its file."""
    return re.sub(r"\.docx$", "", name, flags=re.IGNORECASE)


def upper(text: str) -> str:
    """Return a sentence with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def ticks(top: float) -> list[float]:
    """Return two to four round values from 0.

    >>> ticks(2310), ticks(0.143)
    ([0.0, 1000.0, 2000.0], [0.0, 0.05, 0.1])
    """
    if not top > 0:
        return [0.0]
    power = 10.0 ** floor(log10(top / 2))
    step = max(one * power for one in (1, 2, 2.5, 5) if one * power <= top / 2)
    return [round(place * step, 10) for place in range(int(top / step + 1e-9) + 1)]
