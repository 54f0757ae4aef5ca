"""Values at dotted paths of the data, and how a field shows them: no widgets here."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

ABSENT: Any = object()  # there is no such key


def value_at(user_input: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or ABSENT where there is none.

    >>> value_at({"to": {"name": "Ada"}}, "to.name")
    'Ada'
    >>> value_at({"to": "Ada"}, "to.name") is ABSENT
    True
    """
    found: Any = user_input
    for key in path.split("."):
        if not isinstance(found, Mapping) or key not in found:
            return ABSENT
        found = found[key]
    return found


def shown(value: Any) -> str:
    """Return a value as a field shows it: text as it is, the rest as JSON, nothing as ''."""
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, str | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def with_value(user_input: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return new data with a value at a dotted path; ABSENT removes the key.

    An object that has no key left goes too.

    >>> with_value({"to": {"name": "Ada"}}, "to.city", "London")
    {'to': {'name': 'Ada', 'city': 'London'}}
    >>> with_value({"to": {"name": "Ada"}}, "to.name", ABSENT)
    {}
    """
    key, _, rest = path.partition(".")
    inner = value
    if rest:
        found = user_input.get(key)
        inner = with_value(found if isinstance(found, Mapping) else {}, rest, value)
        inner = inner or ABSENT
    if inner is ABSENT:
        return {name: other for name, other in user_input.items() if name != key}
    return {**user_input, key: inner}
