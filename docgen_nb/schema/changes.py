"""What differs between two versions of a template, as far as its data are concerned."""

from dataclasses import dataclass

from docgen_nb.schema.field import Field, Tags
from docgen_nb.schema.field_tree import fields


@dataclass(frozen=True)
class Change:
    """One path that came, went, or is used in another way.

    ``kind`` is ``added``, ``removed`` or ``changed``; ``before`` and ``after`` are its fields,
    None where there is none. ``str(change)`` is a sentence.
    """

    path: str
    kind: str
    before: Field | None
    after: Field | None

    def __str__(self) -> str:
        if self.after is None:
            return f"{self.path!r} is not asked for any more."
        if self.before is None:
            needed = "needed" if self.after.required else "optional"
            return f"{self.path!r} is new: {self.after.kind}, {needed}."
        return f"{self.path!r} changed: {_told(self.before)} before, {_told(self.after)} now."


def _told(field: Field) -> str:
    words = [field.kind, "needed" if field.required else "optional"]
    return ", ".join([*words, *filter(None, [field.format, field.default])])


def difference(before: Tags, after: Tags) -> list[Change]:
    """Return what data a newer version of a template asks for in another way.

    Parameters
    ----------
    before, after : sequences of mappings
        The tags of both versions, as from `Client.list_tags` or `Template.tags`.

    Returns
    -------
    list of Change
        In the order of the older version, then what is new. Data that fit the older version fit
        the newer one unless something needed was added, or a kind has changed.

    Examples
    --------
    >>> def tag(path):
    ...     return {"tag_content": "{{" + path + "}}", "tag_type": "text", "json_paths": [path]}
    >>> for change in difference([tag("name"), tag("city")], [tag("name"), tag("street")]):
    ...     print(change)
    'city' is not asked for any more.
    'street' is new: text, needed.
    """
    old, new = _flat(before), _flat(after)
    found = []
    for path in [*old, *(path for path in new if path not in old)]:
        one, other = old.get(path), new.get(path)
        if one is None or other is None:
            found.append(Change(path, "added" if one is None else "removed", one, other))
        elif _told(one) != _told(other):
            found.append(Change(path, "changed", one, other))
    return found


def _flat(tags: Tags) -> dict[str, Field]:
    return {one.path: one for top in fields(tags) for one in top.walk() if one.name}
