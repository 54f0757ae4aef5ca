"""What a person typed for a field becomes a value, and what is wrong with it a message."""

import re
from decimal import Decimal
from typing import Any

from docgen_nb.schema import Field
from docgen_nb.template.language.formatting import read_date

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")
_YES, _NO = ("true", "yes"), ("false", "no")


def value_of(field: Field, text: str) -> tuple[Any, str]:
    """Return the value that a text stands for, and "" or what is wrong with the text.

    A text that is not of the field's kind is kept as it is: nothing typed is lost. Numbers keep
    their digits, as a Decimal where a float would not give them back. A date stays the text that
    it is, which is how Doc Gen takes dates.

    Examples
    --------
    >>> price = Field("price", "item.price", "number", True)
    >>> value_of(price, "12.50")
    (Decimal('12.50'), '')
    >>> value_of(price, "12,5")
    ('12,5', "'12,5' is no number: write it like 1234.5, without other signs.")
    >>> value_of(Field("paid", "paid", "boolean", True), "yes")
    (True, '')
    >>> value_of(Field("day", "day", "date", True), "31-02-2026")[1]
    "'31-02-2026' is no date: write it like 2026-03-31, or 31-03-2026."
    """
    if field.kind == "number":
        return _number(text)
    if field.kind == "boolean":
        return _boolean(text)
    if field.kind == "date" and read_date(text) is None:
        return text, f"{text[:40]!r} is no date: write it like 2026-03-31, or 31-03-2026."
    return text, ""


def _number(text: str) -> tuple[Any, str]:
    written = text.strip()
    if not _NUMBER.fullmatch(written):
        return text, f"{text[:40]!r} is no number: write it like 1234.5, without other signs."
    if "." not in written:
        return int(written), ""
    return (float(written) if repr(float(written)) == written else Decimal(written)), ""


def _boolean(text: str) -> tuple[Any, str]:
    word = text.strip().casefold()
    if word in _YES + _NO:
        return word in _YES, ""
    return text, f"{text[:40]!r} is neither yes nor no."
