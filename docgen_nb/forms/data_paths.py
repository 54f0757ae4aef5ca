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
    return _sentence(path.rpartition(".")[2]) or path


def title_of(path: str) -> str:
    """Return the title of a group of fields, or of a table, in words.

    The outermost name is left out where another follows.

    >>> title_of("order"), title_of("order.vendor"), title_of("order.vendor.address")
    ('Order', 'Vendor', 'Vendor address')
    """
    return _sentence(path.partition(".")[2] or path) or path


def full_label_of(path: str) -> str:
    """Return the label of a field with the title of its group, for places outside the group.

    >>> full_label_of("date"), full_label_of("order.id"), full_label_of("order.vendor.city")
    ('Date', 'Order ID', 'Vendor city')
    >>> full_label_of("order.vendor.address.street")
    'Vendor address, street'
    """
    group, _, name = path.rpartition(".")
    if not group:
        return label_of(path)
    label, title = label_of(name), title_of(group)
    is_acronym = label.partition(" ")[0].lower() in _ACRONYMS
    inner = label if is_acronym else label[:1].lower() + label[1:]
    return f"{title}{', ' if ' ' in title else ' '}{inner}"


def _sentence(names: str) -> str:
    words = _WORD.findall(names)
    shown = [word.upper() if word.lower() in _ACRONYMS else word.lower() for word in words]
    text = " ".join(shown)
    return text[:1].upper() + text[1:]
