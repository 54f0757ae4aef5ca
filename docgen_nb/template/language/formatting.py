"""Conversion of values to text: numbers, dates and masks."""

import datetime
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DATE_LETTERS = {"d", "m", "y"}
_TOKENS: dict[str, Callable[[datetime.date], str]] = {
    "d": lambda date: str(date.day),
    "dd": lambda date: f"{date.day:02}",
    "m": lambda date: str(date.month),
    "mm": lambda date: f"{date.month:02}",
    "mmm": lambda date: MONTHS[date.month - 1][:3],
    "mmmm": lambda date: MONTHS[date.month - 1],
    "yy": lambda date: f"{date.year % 100:02}",
    "yyyy": lambda date: f"{date.year:04}",
}
_MOST_DIGITS = 400  # longer numbers are written with an exponent

Formatter = Callable[[Any], str | None]


def to_text(value: Any) -> str | None:
    """Return a JSON value as text, or None for objects, lists, NaN and infinity.

    >>> to_text(Decimal("5060.50")), to_text(5060.5), to_text(29.0), to_text(True)
    ('5060.50', '5060.5', '29', 'true')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() < 1000:
        return str(value)
    if isinstance(value, float) and "e" not in (text := float.__repr__(value)):
        return None if "n" in text else text.removesuffix(".0")
    number = to_number(value)
    if number is None:
        return None
    return number_text(number) if isinstance(value, float) else _plain(number)


def number_text(number: Decimal) -> str:
    """Return a number in its shortest form, without trailing zeros; zero has no sign.

    >>> number_text(Decimal("5.00")), number_text(Decimal("2E+3")), number_text(Decimal("-0.0"))
    ('5', '2000', '0')
    """
    text = _plain(number) if number else "0"
    if "." in text and "E" not in text:
        return text.rstrip("0").rstrip(".")
    return text


def to_number(value: Any) -> Decimal | None:
    """Return a JSON number as an exact decimal, or None for anything else, NaN and infinity."""
    if isinstance(value, float):
        number = Decimal(float.__repr__(value))  # NumPy's repr includes the type
    elif isinstance(value, (int, Decimal)) and value is not True and value is not False:
        number = Decimal(value)
    else:
        return None
    return number if number.is_finite() else None


def read_number(text: str) -> Decimal | None:
    """Return the number that a text spells, such as ``"300000"`` or ``"-2.50"``, or None."""
    stripped = text.strip()
    if not stripped or set(stripped) - set("0123456789.-"):
        return None
    try:
        return Decimal(stripped)
    except InvalidOperation:
        return None


def shortest(number: Decimal) -> Decimal:
    """Return the same number without trailing zeros."""
    return Decimal(number_text(number)) if number.is_finite() else number


def formatter(pattern: str) -> tuple[str, Formatter] | None:
    """Return the kind of value that a pattern needs and its formatter, or None if it is unknown.

    The formatter returns None for a value of another kind.

    >>> kind, format_date = formatter("dd-mmm-yy")
    >>> kind, format_date("13-03-2023"), format_date("soon")
    ('date', '13-Mar-23', None)
    """
    if pattern in ("US-Number", "EU-Number"):
        separators = (",", ".") if pattern == "US-Number" else (".", ",")
        return "number", lambda value: _grouped(value, *separators)
    tokens = date_tokens(pattern)
    if tokens is not None:
        return "date", lambda value: _dated(value, tokens)
    if "x" in pattern:
        return "text", lambda value: _masked(value, pattern)
    return None


def read_date(value: Any) -> datetime.date | None:
    """Return a date written as ISO, ``dd-mm-yyyy``, ``dd/mm/yyyy`` or ``mm-dd-yyyy``, or None."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if len(text) >= 10 and text[4] == text[7] == "-" and (len(text) == 10 or text[10] in "T "):
        return _date(text[0:4], text[5:7], text[8:10])
    parts = text.replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or len(parts[2]) != 4:
        return None
    first, second, year = parts
    return _date(year, second, first) or _date(year, first, second)


def is_ambiguous_date(value: Any) -> bool:
    """Return whether a date with slashes can be read with the day or with the month first.

    >>> [is_ambiguous_date(text) for text in ("03/04/2026", "13/04/2026", "03-04-2026")]
    [True, False, False]
    """
    day, month, *_ = [*str(value).strip().split("/"), "", ""]
    numbers = [int(one) for one in (day, month) if one.isascii() and one.isdecimal()]
    return len(numbers) == 2 and numbers[0] != numbers[1] and max(numbers) <= 12


def _date(year: str, month: str, day: str) -> datetime.date | None:
    parts = (year, month, day)
    if not all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


def date_tokens(pattern: str) -> list[str] | None:
    """Split a date pattern where its letters change; None if it is not a date pattern."""
    letters = {character for character in pattern if character.isalnum()}
    if not letters or letters - _DATE_LETTERS:
        return None
    tokens: list[str] = []
    for character in pattern:
        if tokens and tokens[-1][0] == character:
            tokens[-1] += character
        else:
            tokens.append(character)
    is_date = all(token in _TOKENS or token[0] not in _DATE_LETTERS for token in tokens)
    return tokens if is_date else None


def _dated(value: Any, tokens: list[str]) -> str | None:
    date = read_date(value)
    if date is None:
        return None
    return "".join(_TOKENS[token](date) if token in _TOKENS else token for token in tokens)


def _masked(value: Any, pattern: str) -> str | None:
    """Replace each x by the next character; characters left over follow the mask."""
    text = to_text(value)
    if text is None:
        return None
    pieces, position = [], 0
    for character in pattern:
        if position == len(text):
            break
        pieces.append(text[position] if character == "x" else character)
        position += character == "x"
    return "".join(pieces) + text[position:]


def _grouped(value: Any, thousands: str, decimal: str) -> str | None:
    number = read_number(value) if isinstance(value, str) else to_number(value)
    if number is None or abs(number.adjusted()) > _MOST_DIGITS:
        return None
    text = f"{number:,f}" if not isinstance(value, float) else f"{shortest(number):,f}"
    if decimal == ".":
        return text
    return text.replace(",", " ").replace(".", decimal).replace(" ", thousands)


def _plain(number: Decimal) -> str:
    """Return digits without an exponent, unless there are too many of them."""
    if -_MOST_DIGITS < number.adjusted() < _MOST_DIGITS:
        return f"{number:f}"
    return str(number)
