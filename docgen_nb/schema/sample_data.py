"""Data that a template has nothing to complain about: to try it with, and to begin from."""

import datetime
import random
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import count
from struct import pack
from typing import Any
from zlib import compress, crc32

from docgen_nb.schema.field import Field, Tags
from docgen_nb.schema.field_tree import fields

FIRST_DAY = datetime.date(2026, 3, 2)


def sample(tags: Tags, *, rows: int = 3, seed: int = 0) -> dict[str, Any]:
    """Return made-up data for a template, with a value for all that it asks for.

    Parameters
    ----------
    tags : sequence of mappings
        Entries as from `Client.list_tags` or `Template.tags`.
    rows : int
        How many elements each list has; more where a tag names one by its position.
    seed : int
        What numbers and dates are drawn from.

    Returns
    -------
    dict
        A ``user_input``: texts that name their place, whole numbers from 1 to 999, dates of 2026
        in ISO form, true, and a picture of one grey pixel.

    Notes
    -----
    `template.check` finds nothing wrong with it, but for calculations that happen to have no
    result, such as a division by a difference that is zero.

    Examples
    --------
    >>> tags = [{"tag_content": "{{to.name}}", "tag_type": "text", "json_paths": ["to", "to.name"]}]
    >>> sample(tags)
    {'to': {'name': 'Name 1'}}
    """
    if rows < 0:
        raise ValueError(f"rows is how many elements a list has, at least 0, not {rows}.")
    return _Maker(rows, random.Random(seed)).members(fields(tags))  # noqa: S311  no secret


class _Maker:
    def __init__(self, rows: int, chance: random.Random) -> None:
        self._rows, self._chance = rows, chance
        self._numbers: dict[str, Iterator[int]] = {}

    def members(self, wanted: Iterable[Field]) -> dict[str, Any]:
        return {one.name: self.value(one) for one in wanted}

    def value(self, field: Field) -> Any:
        match field.kind:
            case "object":
                return self.members(field.fields)
            case "records":
                return [self.members(field.fields) for _ in range(max(self._rows, field.least))]
            case "list":
                [element] = field.fields
                return [self.value(element) for _ in range(max(self._rows, field.least))]
            case "number":
                return self._chance.randint(1, 999)
            case "date":
                return str(FIRST_DAY + datetime.timedelta(days=self._chance.randrange(300)))
            case "boolean":
                return True
            case "image":
                return _grey_pixel()
        return self._text(field)

    def _text(self, field: Field) -> str:
        if field.options:
            return field.options[0]
        if "x" in field.format:  # a mask
            return "ABCDEFGHIJ"[: field.format.count("x")]
        number = next(self._numbers.setdefault(field.path, count(1)))
        name = field.name or field.path.rpartition(".")[2]
        return f"{name[:1].upper()}{name[1:]} {number}"


def _grey_pixel() -> str:
    """The smallest PNG that there is, as base64."""
    parts = (
        (b"IHDR", pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", compress(b"\0\x80")),
        (b"IEND", b""),
    )
    chunks = [
        pack(">I", len(data)) + name + data + pack(">I", crc32(name + data)) for name, data in parts
    ]
    return b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
