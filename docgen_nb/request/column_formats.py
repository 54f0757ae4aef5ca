"""How the dates or numbers of a column are written, decided from all its values."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docgen_nb.errors import UnreadableData
from docgen_nb.request.date_texts import ORDERS, in_words, readings
from docgen_nb.request.typed_values import value_of
from docgen_nb.schema import Field

DECIMALS = (".", ",")
NAMES = {
    "dmy": "day first",
    "mdy": "month first",
    "ymd": "year first",
    ".": "decimal point",
    ",": "decimal comma",
}
_CURRENCY = "$€£¥"
_SPACES = " \u00a0\u202f'\u2019"
_PLAIN = {one: re.compile(rf"-?\d+(?:[{one}]\d+)?") for one in DECIMALS}
_GROUPED = {
    ".": re.compile(rf"-?[1-9]\d{{0,2}}(?:[,{_SPACES}]\d{{3}})+(?:\.\d+)?"),
    ",": re.compile(rf"-?[1-9]\d{{0,2}}(?:[.{_SPACES}]\d{{3}})+(?:,\d+)?"),
}
_MOST_EXAMPLES = 3


@dataclass(frozen=True)
class ColumnFormat:
    """How the texts of a date or number column can be read.

    Attributes
    ----------
    chosen : str
        The one format that reads the column (``dmy``, ``mdy``, ``ymd``; ``.`` or ``,``). "" if the
        texts need none, as ISO dates and plain integers, or if they do not decide.
    choices : tuple of str
        The formats among which a person has to choose; empty if the texts decide.
    is_mixed : bool
        Whether no format reads all texts.
    examples : tuple of str
        Up to three texts that differ by the format.
    """

    chosen: str = ""
    choices: tuple[str, ...] = ()
    is_mixed: bool = False
    examples: tuple[str, ...] = ()


def format_of(field: Field | None, texts: Iterable[str]) -> ColumnFormat:
    """Return how the texts of a column can be read as values of a field.

    A date with a year of two digits always asks, because the century is an assumption. Texts that
    no format reads, such as ``n/a``, decide nothing.

    Examples
    --------
    >>> day = Field("day", "day", "date", True)
    >>> format_of(day, ["03/04/2026", "13/04/2026"]).chosen
    'dmy'
    >>> format_of(day, ["03/04/2026", "11/12/2026"]).choices
    ('dmy', 'mdy')
    >>> format_of(Field("price", "price", "number", True), ["12,50", "1.250"]).chosen
    ','
    """
    if field is None or field.kind not in ("date", "number"):
        return ColumnFormat()
    read: Callable[[str], Mapping[str, Any]] = readings if field.kind == "date" else numbers
    every = ORDERS if field.kind == "date" else DECIMALS
    by_text = {text: found for text in dict.fromkeys(texts) if (found := read(text))}
    by_text = {text: found for text, found in by_text.items() if "" not in found}
    fitting = tuple(one for one in every if all(one in found for found in by_text.values()))
    differing = [text for text, found in by_text.items() if _differs(found)]
    examples = tuple(differing[:_MOST_EXAMPLES])
    if not by_text:
        return ColumnFormat()
    if not fitting:
        return _mixed(by_text, every)
    asks = field.kind == "date" and any(len(_year(text)) == 2 for text in by_text)
    if asks or (len(fitting) > 1 and any(_differs(by_text[text], fitting) for text in differing)):
        return ColumnFormat(choices=fitting, examples=examples or tuple(by_text)[:_MOST_EXAMPLES])
    return ColumnFormat(chosen=fitting[0])


def _differs(found: Mapping[str, Any], among: Sequence[str] = ()) -> bool:
    return len({value for one, value in found.items() if not among or one in among}) > 1


def _year(text: str) -> str:
    return re.split(r"[-/.]", text.strip().partition(" ")[0])[-1]


def _mixed(by_text: Mapping[str, Mapping[str, Any]], every: Sequence[str]) -> ColumnFormat:
    """Return a format with a text that each choice alone reads."""
    used = tuple(one for one in every if any(one in found for found in by_text.values()))
    only = {one: next((t for t, f in by_text.items() if list(f) == [one]), "") for one in used}
    examples = tuple(text for text in only.values() if text)
    return ColumnFormat(choices=used, is_mixed=True, examples=examples[:_MOST_EXAMPLES])


def numbers(text: str) -> dict[str, str]:
    """Return the numbers that a text can be, as plain digits, by the decimal sign of each reading.

    Currency signs are dropped. A number without separators has one reading, under "".

    >>> numbers("1,250"), numbers("€ 1.250,50"), numbers("12"), numbers("n/a")
    ({'.': '1250', ',': '1.250'}, {',': '1250.50'}, {'': '12'}, {})
    """
    bare = text.strip().strip(_CURRENCY).strip()
    bare = bare.replace("\u2212", "-")
    if bare.lstrip("-").isdecimal():
        return {"": bare}
    found = {one: _digits(bare, one) for one in DECIMALS if _is_number(bare, one)}
    is_spaced = found and not set(".,") & set(bare)  # 1 250, which is the same in both
    return {"": found["."]} if is_spaced else found


def _is_number(text: str, decimal: str) -> bool:
    return any(form[decimal].fullmatch(text) for form in (_PLAIN, _GROUPED))


def _digits(text: str, decimal: str) -> str:
    whole, _, fraction = text.partition(decimal)
    digits = re.sub(r"[^\d-]", "", whole)
    return f"{digits}.{fraction}" if fraction else digits


def value_in(field: Field | None, text: str, chosen: str) -> tuple[Any, str]:
    """Return the value of a text in a format of its column, and "" or what to enter instead.

    A date becomes ISO. A text that the format does not read is returned unchanged.

    >>> value_in(Field("day", "day", "date", True), "4/13/2026", "mdy")
    ('2026-04-13', '')
    >>> value_in(Field("price", "price", "number", True), "n/a", ".")
    ('n/a', 'Enter a number such as 1234.5.')
    """
    if field is not None and field.kind == "date":
        date = _reading(readings(text), chosen)
        if date is None:
            return text, "Enter a date such as 2026-03-31."
        is_iso = text.startswith(date.isoformat())  # perhaps with a time, which is kept
        return text if is_iso else date.isoformat(), ""
    if field is not None and field.kind == "number":
        digits = _reading(numbers(text), chosen)
        value, message = value_of(field, text if digits is None else digits)
        return (text, message) if message else (value, "")
    return (text, "") if field is None else value_of(field, text)


def _reading(found: Mapping[str, Any], chosen: str) -> Any:
    return found.get("", found.get(chosen))


def is_in_another_format(field: Field | None, text: str, chosen: str) -> bool:
    """Return whether a text is a date or number, but not in the format of its column.

    >>> is_in_another_format(Field("day", "day", "date", True), "13/04/2026", "mdy")
    True
    """
    if field is None or field.kind not in ("date", "number"):
        return False
    found = readings(text) if field.kind == "date" else numbers(text)
    return bool(found) and _reading(found, chosen) is None


def ambiguity(name: str, column: ColumnFormat) -> UnreadableData:
    """Return the error for a column whose values do not decide how it is read.

    >>> print(ambiguity("Due", format_of(Field("d", "d", "date", True), ["03/04/2026"])))
    The column 'Due' can be read with the day first or with the month first: '03/04/2026' \
(Friday 3 April 2026 or Wednesday 4 March 2026). Pass dates="dmy" or dates="mdy".
    """
    if column.is_mixed:
        what = "orders of dates" if column.choices[0] in ORDERS else "decimal signs"
        shown = " and ".join(map(repr, column.examples))
        return UnreadableData(
            f"The column {name!r} has different {what}: {shown}. Correct the table, so that all "
            "values are written in one way."
        )
    ways = " or ".join(f"with the {NAMES[one]}" for one in column.choices)
    option = "dates" if column.choices[0] in ORDERS else "decimal"
    passing = " or ".join(f'{option}="{one}"' for one in column.choices)
    shown = ", ".join(f"{text!r} ({_both(text, column)})" for text in column.examples)
    return UnreadableData(f"The column {name!r} can be read {ways}: {shown}. Pass {passing}.")


def _both(text: str, column: ColumnFormat) -> str:
    return " or ".join(dict.fromkeys(shown_in(text, one) for one in column.choices))


def shown_in(text: str, chosen: str) -> str:
    """Return the reading of a text in a format: a date in words, or plain digits.

    >>> shown_in("03/04/2026", "mdy"), shown_in("1.250", ",")
    ('Wednesday 4 March 2026', '1250')
    """
    if chosen in ORDERS:
        date = _reading(readings(text), chosen)
        return in_words(date) if date else "not a date"
    return str(_reading(numbers(text), chosen) or "not a number")
