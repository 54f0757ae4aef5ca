"""The names that a template asks for, as a tree, from its tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from docgen_nb.forms.field_shape import Field

LOOPS = ("table-loop", "for-loop")


def outline(tags: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Return the names as fields, in reading order; the kinds are those that tags tell.

    >>> tags = [{"tag_content": "{{to.name}}", "tag_type": "text", "json_paths": ["to", "to.name"]}]
    >>> [(one.name, one.kind, [inner.name for inner in one.fields]) for one in outline(tags)]
    [('to', 'object', ['name'])]
    """
    paths = dict.fromkeys(path for tag in tags for path in tag["json_paths"])
    loops = {tag["json_paths"][-1] for tag in tags if tag["tag_type"] in LOOPS}
    images = {tag["json_paths"][-1] for tag in tags if tag["tag_type"] == "image"}
    below: dict[str, list[str]] = {}
    for path in paths:
        below.setdefault(path.rpartition(".")[0], []).append(path)

    def field(path: str) -> Field:
        members = tuple(map(field, below.get(path, ())))
        kind = "image" if path in images else "object" if members else "text"
        if path in loops:
            kind = "records" if members else "list"
        return Field(path.rpartition(".")[2], path, kind, True, fields=members)

    return tuple(map(field, below.get("", ())))
