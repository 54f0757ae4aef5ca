"""Field: one value that a template asks for, or a group of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Tags = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Field:
    """One value that a template asks for, or a group of them.

    Parameters
    ----------
    name : str
        The key in the data; "" for the element of a list of plain values.
    path : str
        As ``json_paths`` write it, without positions: ``order.products.name``.
    kind : str
        ``text``, ``number``, ``date``, ``boolean``, ``image``, ``list`` (of plain values),
        ``records`` (a list of objects) or ``object``.
    required : bool
        Whether the document lacks something without it.
    format : str
        How the tag wants it written: pattern of a date, format of a number, mask of a text.
    default : str
        What the tag prints where there is none.
    fields : tuple of Field
        Members of an object or of each record. A list has one, without a name: its element.
    options : tuple of str
        Texts that conditions compare it with.
    least : int
        How many elements a list must have, because a tag names one by its position.
    """

    name: str
    path: str
    kind: str
    required: bool
    format: str = ""
    default: str = ""
    fields: tuple["Field", ...] = ()
    options: tuple[str, ...] = ()
    least: int = 0

    def walk(self) -> Iterator["Field"]:
        """Give this field and all within it, in reading order."""
        yield self
        for field in self.fields:
            yield from field.walk()
