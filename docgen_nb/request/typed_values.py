"""Conversion of the text typed for a field to a value."""

import re
from decimal import Decimal
from typing import Any

from docgen_nb.schema import Field
from docgen_nb.template.language.formatting import read_date

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")
_YES, _NO = ("true", "yes"), ("false", "no")


def value_of(field: Field, text: str) -> tuple[Any, str]:
    """Return the value of a text, and "" or a message that says what to enter instead.

    A text that does not fit the field's kind is returned unchanged. A number keeps its digits: it
    is a Decimal where a float would lose some. A date remains text, as Doc Gen expects.

    Examples
    --------
    >>> price = Field("price", "item.price", "number", True)
    >>> value_of(price, "12.50")
    (Decimal('12.50'), '')
    >>> value_of(price, "12,5")
    ('12,5', 'Enter a number such as 1234.5.')
    >>> value_of(Field("paid", "paid", "boolean", True), "yes")
    (True, '')
    >>> value_of(Field("day", "day", "date", True), "31-02-2026")[1]
    'Enter a date such as 2026-03-31.'
    """
    if field.kind == "number":
        return _number(text)
    if field.kind == "boolean":
        return _boolean(text)
    if field.kind == "date" and read_date(text) is None:
        return text, "Enter a date such as 2026-03-31."
    return text, ""


def _number(text: str) -> tuple[Any, str]:
    digits = text.strip()
    if not _NUMBER.fullmatch(digits):
        return text, "Enter a number such as 1234.5."
    if "." not in digits:
        return int(digits), ""
    return (float(digits) if repr(float(digits)) == digits else Decimal(digits)), ""


def _boolean(text: str) -> tuple[Any, str]:
    word = text.strip().casefold()
    if word in _YES + _NO:
        return word in _YES, ""
    return text, "Enter yes or no."
