"""The text typed for a field, what it is understood as, and what to ask about it."""

import re
from dataclasses import dataclass
from typing import Any

from docgen_nb.forms.data_paths import ABSENT, text_of
from docgen_nb.request import value_of
from docgen_nb.request.column_formats import format_of, numbers, shown_in, value_in
from docgen_nb.request.date_texts import ORDERS, in_words, readings
from docgen_nb.schema import Field

_SIGNS = {"dd": "d", "d": "d", "mm": "m", "m": "m", "yyyy": "y"}


@dataclass(frozen=True)
class Understood:
    """What a text is understood as.

    Attributes
    ----------
    value : object
        The value for the data: a date as ISO, a number; the text itself if it is not understood.
    words : str
        A date in words, or a number that was written in another way; else "".
    message : str
        What to enter instead, or a question; "" if the text is understood.
    choices : tuple of (str, str)
        The answers to a question: what each reads, in words, and the text that says so.
    """

    value: Any
    words: str = ""
    message: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def understand(field: Field, text: str) -> Understood:
    """Return what a text typed for a field is understood as; nothing is guessed.

    A date is ISO, has its month in words, or is written as the template prints it. Any other date
    and any number that can be read in two ways is asked for.

    Examples
    --------
    >>> day = Field("due", "due", "date", True, format="dd-mm-yyyy")
    >>> understand(day, "2027-03-04").words, understand(day, "04-03-2027").value
    ('Thursday 4 March 2027', '2027-03-04')
    >>> understand(day, "03/04/2027").message
    'Is the day or the month first in 03/04/2027?'
    >>> understand(day, "03/04/2027").choices[0]
    ('Saturday 3 April 2027', '2027-04-03')
    >>> price = Field("price", "price", "number", True)
    >>> understand(price, "39,90").words, understand(price, "1,250").choices
    ('Read as 39.90', (('Thousands: 1250', '1250'), ('Decimal: 1.250', '1.250')))
    """
    if field.kind == "date":
        return _date(field, text)
    if field.kind == "number":
        return _number(field, text)
    value, message = value_of(field, text)
    return Understood(value, message=message)


def _date(field: Field, text: str) -> Understood:
    column = format_of(field, [text])
    order = column.chosen or _order_of(field.format, text)
    if column.choices and not order:
        return Understood(text, "", _question(text, column.choices), _choices(text, column.choices))
    value, message = value_in(field, text, order)
    if message:
        return Understood(value, message=_no_such_day(text) or message)
    date = readings(str(value)).get("")
    return Understood(value, in_words(date) if date else "")


def _order_of(pattern: str, text: str) -> str:
    """Return the order of a numeric pattern if the text is written in it, else ""."""
    tokens = re.findall(r"[a-zA-Z]+|[^a-zA-Z]", pattern)
    order = "".join(_SIGNS.get(token.lower(), "") for token in tokens)
    if order not in ORDERS or len(order) != sum(token.isalpha() for token in tokens):
        return ""
    form = "".join(
        r"\d{4}" if token.lower() == "yyyy" else r"\d{1,2}" if token.isalpha() else re.escape(token)
        for token in tokens
    )
    return order if re.fullmatch(form, text.strip()) else ""


def _question(text: str, orders: tuple[str, ...]) -> str:
    if len(orders) == 1:
        return f"Is {text} {shown_in(text, orders[0])}?"
    return f"Is the day or the month first in {text}?"


def _choices(text: str, orders: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = {readings(text)[order]: order for order in reversed(orders)}
    return tuple((in_words(date), date.isoformat()) for date in reversed(found))


def _no_such_day(text: str) -> str:
    """Return how many days a month has if a text names a later one, else ""."""
    parts = re.split(r"[-/.]", text.strip())
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return ""
    is_iso = len(parts[0]) == 4
    day, month, year = (parts[2], parts[1], parts[0]) if is_iso else parts
    first = readings(f"{year}-{month}-1").get("")
    if first is None or len(year) != 4 or not 28 < int(day) <= 31:
        return ""
    last = next(n for n in range(31, 27, -1) if readings(f"{year}-{month}-{n}"))
    return f"{first:%B %Y} has {last} days."


def _number(field: Field, text: str) -> Understood:
    column = format_of(field, [text])
    if column.choices:
        found, sign = numbers(text), "comma" if "," in text else "point"
        decimal = "," if "," in text else "."
        choices = tuple(
            (f"{'Decimal' if one == decimal else 'Thousands'}: {found[one]}", found[one])
            for one in column.choices
        )
        return Understood(text, "", f"Is the {sign} in {text} the decimal sign?", choices)
    value, message = value_in(field, text, column.chosen)
    digits = next(iter(numbers(text).values()), text) if not message else text
    return Understood(value, "" if digits == text.strip() else f"Read as {digits}", message)


class TypedText:
    """The text in the input of a field, and its value.

    The text that the input showed first stands for the exact value that it was made from.
    """

    def __init__(self, field: Field, value: Any) -> None:
        self.field = field
        self.text = text_of(value)
        self._first = (self.text, value)
        self.is_locked = isinstance(value, dict | list)  # text cannot represent these
        is_text = isinstance(value, str)
        self.understood = self._given(value) if is_text else Understood(value)

    def _given(self, text: str) -> Understood:
        """Return what a text in the data is understood as; it is not changed without asking."""
        understood = self._understand()
        digits = text_of(understood.value)
        if self.field.kind != "number" or digits == text or understood.message:
            return understood
        choices = ((f"Change to {digits}", digits),)
        return Understood(text, "", f"The data has the text “{text}” instead of a number.", choices)

    def begin(self, value: Any) -> None:
        """Show another value."""
        self.text = text_of(value)
        self._first = (self.text, value)
        self.understood = Understood(value)

    def type(self, text: str) -> Any:
        """Take a text as typed, and return its value; ABSENT for no text."""
        self.text = text
        if self.field.kind == "number" and text in [one for _, one in self.understood.choices]:
            self.understood = Understood(value_of(self.field, text)[0])  # the answer to a question
        elif text == self._first[0] and not isinstance(self._first[1], str):
            self.understood = Understood(self._first[1])
        else:
            self.understood = self._understand()
        if text == self._first[0]:
            return self._first[1]
        return self.understood.value if text else ABSENT

    def _understand(self) -> Understood:
        if self.is_locked or not self.text:
            return Understood(None)
        return understand(self.field, self.text)
