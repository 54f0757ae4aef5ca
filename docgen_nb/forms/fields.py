"""From tags to the fields of a form, and from a field's text to the data: no widgets here."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from docgen_nb.template import check

Tag = Mapping[str, Any]

LOOPS = ("table-loop", "for-loop")
SCALARS = ("text", "conditional")


@dataclass(frozen=True)
class Field:
    """One value that a template asks for, and whether the document lacks something without it."""

    path: str
    needed: bool


def text_fields(tags: Iterable[Tag]) -> list[Field]:
    """Return a field for each path that text tags and conditions name, in reading order.

    Left out are lists and what is in their elements, objects, and elements named by a number.

    >>> tags = [
    ...     {"tag_content": "{{to.name}}", "tag_type": "text", "json_paths": ["to", "to.name"]},
    ...     {"tag_content": "{{ps :: optional}}", "tag_type": "text", "json_paths": ["ps"]},
    ... ]
    >>> text_fields(tags)
    [Field(path='to.name', needed=True), Field(path='ps', needed=False)]
    """
    known = list(tags)
    lists = {tag["json_paths"][-1] for tag in known if tag["tag_type"] in LOOPS}
    objects = {_parent(path) for tag in known for path in tag["json_paths"]}
    needed = {problem.path for problem in check(known, {}) if problem.severity == "error"}
    paths = dict.fromkeys(path for tag in known for path in _scalar_paths(tag))
    return [
        Field(path, path in needed)
        for path in paths
        if path not in objects and not _is_within(path, lists)
    ]


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _scalar_paths(tag: Tag) -> list[str]:
    if tag["tag_type"] not in SCALARS or "[" in tag["tag_content"]:
        return []
    return list(tag["json_paths"])


def _is_within(path: str, lists: set[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in lists)


def value_at(user_input: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or None where there is none."""
    found: Any = user_input
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def shown(value: Any) -> str:
    """Return a value as a field shows it: text as it is, the rest as JSON, nothing as ''."""
    if value is None:
        return ""
    if isinstance(value, str | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def with_text(user_input: Mapping[str, Any], path: str, text: str) -> dict[str, Any]:
    """Return new data with the text at a dotted path; an empty one removes the key.

    >>> with_text({"to": {"name": "Ada"}}, "to.city", "London")
    {'to': {'name': 'Ada', 'city': 'London'}}
    >>> with_text({"to": {"name": "Ada"}}, "to.name", "")
    {}
    """
    key, _, rest = path.partition(".")
    inner: Any = text
    if rest:
        found = user_input.get(key)
        inner = with_text(found if isinstance(found, Mapping) else {}, rest, text)
    result = {**user_input, key: inner}
    if not inner:
        del result[key]
    return result
