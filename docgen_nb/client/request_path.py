"""Paths and queries of requests, with ids and names of fields inserted."""

import re
from collections.abc import Iterable
from urllib.parse import quote

Fields = Iterable[str] | None
_NOT_IN_IDS = re.compile(r"[/\\\x00-\x1f\ud800-\udfff]")


def path_of(template: str, **ids: str) -> str:
    """Insert ids into a path. ValueError for an id that would give another path.

    Many servers decode a path before they split it, so quoting a slash is not enough.
    """
    for name, value in ids.items():
        if not str(value):
            raise ValueError(f"{name} must not be empty.")
        if str(value) in (".", "..") or _NOT_IN_IDS.search(str(value)):
            raise ValueError(f"{name} must be an id as Box sends it, not {str(value)[:80]!r}.")
    return template.format(**{name: quote(str(value), safe="") for name, value in ids.items()})


def query_of(*, fields: Fields = None, **values: str | None) -> dict[str, str]:
    """Return the parameters that have a value."""
    query = {name: value for name, value in values.items() if value is not None}
    if fields is None:
        return query
    return query | {"fields": fields if isinstance(fields, str) else ",".join(fields)}
