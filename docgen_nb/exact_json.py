"""JSON in which decimal numbers keep their digits."""

import json
import math
import numbers
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

_LONG_INTEGER = 4000  # digits; Python refuses to read an int of more than 4300


def to_python(value: Any) -> Any:
    """Convert a number of another library, such as NumPy, to Python's."""
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON: {value!r}")


def to_builtins(value: Any) -> Any:
    """Return a value as JSON reads it: dicts, lists, texts and Python's numbers, also Decimal."""
    return msgspec.to_builtins(value, builtin_types=(Decimal,), enc_hook=to_python)


_ENCODER = msgspec.json.Encoder(decimal_format="number", enc_hook=to_python)


def encode(value: Any, *, path: str = "body") -> bytes:
    """Return JSON as bytes; a Decimal is written as a number with all its digits.

    NaN and the infinities become null, so that they are not refused while somebody types; see
    `check_numbers`. For a Decimal, raise a ValueError that names the path; older msgspec writes it
    unchanged.
    """
    try:
        return _ENCODER.encode(value)
    except ValueError:
        check_numbers(value, path=path)
        raise


def encode_indented(value: Any) -> str:
    """Return JSON for people, indented by two spaces.

    >>> print(encode_indented({"total": Decimal("12.50")}))
    {
      "total": 12.50
    }
    """
    return msgspec.json.format(encode(value), indent=2).decode()


def check_numbers(value: Any, *, path: str = "body") -> None:
    """Raise ValueError, naming the path, for a number that JSON does not have.

    >>> check_numbers({"rows": [{"total": float("nan")}]})
    Traceback (most recent call last):
    ...
    ValueError: body.rows[0].total is nan, which JSON cannot hold.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            check_numbers(inner, path=f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for position, inner in enumerate(value):
            check_numbers(inner, path=f"{path}[{position}]")
    elif isinstance(value, numbers.Real | Decimal) and not math.isfinite(value):
        raise ValueError(f"{path} is {value}, which JSON cannot hold.")


def decode(content: str | bytes, *, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return the value of a JSON text; numbers with a decimal point are Decimal.

    So are integers too long for Python to read. ValueError for an exponent that no Decimal has.
    `parse_constant` is called with ``NaN``,
    ``Infinity`` or ``-Infinity`` where the text has one, as in `json.loads`.

    >>> decode('{"total": 12.50, "count": 3}')
    {'total': Decimal('12.50'), 'count': 3}
    """
    return json.loads(
        content, parse_float=read_decimal, parse_int=_integer, parse_constant=parse_constant
    )


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _LONG_INTEGER else Decimal(digits)


def read_decimal(text: str) -> Decimal:
    """Return a number of JSON with all its digits; ValueError if its exponent is too large."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"the exponent of the number {text[:40]} is too large") from error
