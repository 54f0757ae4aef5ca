"""Differences between the data of two versions of a template."""

from dataclasses import dataclass

from docgen_nb.schema.field import Field, Tags
from docgen_nb.schema.field_tree import fields


@dataclass(frozen=True)
class Change:
    """A path that was added, removed or changed.

    ``kind`` is ``added``, ``removed`` or ``changed``. ``before`` and ``after`` are the fields of
    the path; None if the version has none. ``str(change)`` is a sentence.
    """

    path: str
    kind: str
    before: Field | None
    after: Field | None

    def __str__(self) -> str:
        if self.after is None:
            return f"{self.path!r} was removed."
        if self.before is None:
            return f"{self.path!r} was added: {_describe(self.after)}."
        before, after = _describe(self.before), _describe(self.after)
        return f"{self.path!r} changed from ({before}) to ({after})."


def _describe(field: Field) -> str:
    required = "required" if field.required else "optional"
    least = f"at least {field.min_items}" if field.min_items else ""
    element = field
    while element.kind == "list":  # what its elements are is part of its kind
        (element,) = element.fields
    parts = [_kind(field), required, least, element.format, element.default]
    return ", ".join(filter(None, parts))


def _kind(field: Field) -> str:
    if field.kind != "list":
        return field.kind
    return "list of " + _kind(field.fields[0]).replace("list", "lists", 1)


def difference(before: Tags, after: Tags) -> list[Change]:
    """Return how the data of a newer version of a template differs.

    Parameters
    ----------
    before, after : sequences of mappings
        The tags of both versions, as returned by `Client.list_tags` or `Template.tags`.

    Returns
    -------
    list of Change
        In the order of the older version, then the added paths. Data for the older version fits
        the newer one unless a required path was added or a kind changed.

    Examples
    --------
    >>> def tag(path):
    ...     return {"tag_content": "{{" + path + "}}", "tag_type": "text", "json_paths": [path]}
    >>> for change in difference([tag("name"), tag("city")], [tag("name"), tag("street")]):
    ...     print(change)
    'city' was removed.
    'street' was added: text, required.
    """
    old, new = _flat(before), _flat(after)
    changes = []
    for path in [*old, *(path for path in new if path not in old)]:
        first, second = old.get(path), new.get(path)
        if first is None or second is None:
            changes.append(Change(path, "added" if first is None else "removed", first, second))
        elif _describe(first) != _describe(second):
            changes.append(Change(path, "changed", first, second))
    return changes


def _flat(tags: Tags) -> dict[str, Field]:
    return {one.path: one for top in fields(tags) for one in top.walk() if one.name}
