"""Sample data for a template."""

import datetime
import random
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from docgen_nb.schema.field import Field, Tags
from docgen_nb.schema.field_tree import fields

FIRST_DAY = datetime.date(2026, 3, 2)
GRAY_PIXEL = (  # a PNG of one pixel, as base64
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def sample(tags: Tags, *, rows: int = 3, seed: int = 0) -> dict[str, Any]:
    """Return made-up data for a template, with a value for every field.

    Parameters
    ----------
    tags : sequence of mappings
        Entries as returned by `Client.list_tags` or `Template.tags`.
    rows : int
        Number of elements of each list; more if tags use one by its position.
    seed : int
        Seed of the random numbers and dates.

    Returns
    -------
    dict
        A ``user_input``: texts with the name of their field, integers from 1 to 999, dates of 2026
        in ISO form, true, and a picture of one gray pixel.

    Notes
    -----
    `template.check` reports no problems with it, except for a calculation that happens to have no
    result, such as a division by a difference that is zero.

    Examples
    --------
    >>> tags = [{"tag_content": "{{to.name}}", "tag_type": "text", "json_paths": ["to", "to.name"]}]
    >>> sample(tags)
    {'to': {'name': 'Name 1'}}
    """
    if rows < 0:
        raise ValueError(f"rows must be at least 0, not {rows}.")
    return _Generator(rows, random.Random(seed)).members(fields(tags))  # noqa: S311  no secret


class _Generator:
    def __init__(self, rows: int, chance: random.Random) -> None:
        self._rows, self._chance = rows, chance
        self._numbers: dict[str, Iterator[int]] = {}

    def members(self, fields: Iterable[Field]) -> dict[str, Any]:
        return {one.name: self.value(one) for one in fields}

    def value(self, field: Field) -> Any:
        match field.kind:
            case "object":
                return self.members(field.fields)
            case "records":
                return [self.members(field.fields) for _ in range(max(self._rows, field.min_items))]
            case "list":
                [element] = field.fields
                return [self.value(element) for _ in range(max(self._rows, field.min_items))]
            case "number":
                return self._chance.randint(1, 999)
            case "date":
                return str(FIRST_DAY + datetime.timedelta(days=self._chance.randrange(300)))
            case "boolean":
                return True
            case "image":
                return GRAY_PIXEL
        return self._text(field)

    def _text(self, field: Field) -> str:
        if field.options:
            return field.options[0]
        if "x" in field.format:  # a mask
            return "ABCDEFGHIJ"[: field.format.count("x")]
        number = next(self._numbers.setdefault(field.path, count(1)))
        name = field.name or field.path.rpartition(".")[2]
        return f"{name[:1].upper()}{name[1:]} {number}"
