"""Values at dotted paths of the data, and their text in an input; no widgets."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[^\W\d_A-Z]+|[A-Z][^\W\d_A-Z]*|\d+")
_ACRONYMS = ("id", "url", "vat", "zip")
ABSENT: Any = object()  # the value of a key that is not there


def value_at(user_input: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or ABSENT if there is none.

    >>> value_at({"to": {"name": "Ada"}}, "to.name")
    'Ada'
    >>> value_at({"to": "Ada"}, "to.name") is ABSENT
    True
    """
    value: Any = user_input
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return ABSENT
        value = value[key]
    return value


def text_of(value: Any) -> str:
    """Return the text of a value: text unchanged, nothing as '', anything else as JSON.

    >>> text_of(5.5), text_of(None), text_of(True)
    ('5.5', '', 'true')
    """
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, str | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def with_value(user_input: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return new data with a value at a dotted path; ABSENT removes the key.

    Objects that become empty are removed as well.

    >>> with_value({"to": {"name": "Ada"}}, "to.city", "London")
    {'to': {'name': 'Ada', 'city': 'London'}}
    >>> with_value({"to": {"name": "Ada"}}, "to.name", ABSENT)
    {}
    """
    key, _, rest = path.partition(".")
    inner = value
    if rest:
        former = user_input.get(key)
        inner = with_value(former if isinstance(former, Mapping) else {}, rest, value) or ABSENT
    if inner is ABSENT:
        return {name: other for name, other in user_input.items() if name != key}
    return {**user_input, key: inner}


def label_of(path: str) -> str:
    """Return the last name of a path in words.

    >>> label_of("customer.lastName"), label_of("order.vendor_id"), label_of("homeURL")
    ('Last name', 'Vendor ID', 'Home URL')
    """
    words = _WORD.findall(path.rpartition(".")[2])
    shown = [word.upper() if word.lower() in _ACRONYMS else word.lower() for word in words]
    text = " ".join(shown) or path
    return text[:1].upper() + text[1:]
