"""Field: a value that a template needs, or a group of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

Tags = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Field:
    """A value that a template needs, or a group of them.

    Parameters
    ----------
    name : str
        Key in the data; "" for the element of a list of plain values.
    path : str
        Path as in ``json_paths``, without positions: ``order.products.name``.
    kind : str
        ``text``, ``number``, ``date``, ``boolean``, ``image``, ``list`` (of plain values),
        ``records`` (a list of objects) or ``object``.
    required : bool
        Whether the document is incomplete without it.
    format : str
        Format that the tag applies: pattern of a date, format of a number, mask of a text.
    default : str
        Text that the tag prints if the value is absent.
    fields : tuple of Field
        Members of an object or of each record. A list has one field without a name, its element.
    options : tuple of str
        Texts that conditions compare the value with.
    min_items : int
        Minimum number of elements of a list, because tags use one by its position.
    """

    name: str
    path: str
    kind: str
    required: bool
    format: str = ""
    default: str = ""
    fields: tuple["Field", ...] = ()
    options: tuple[str, ...] = ()
    min_items: int = 0

    def walk(self) -> Iterator["Field"]:
        """Yield this field and all fields within it, in reading order."""
        yield self
        for field in self.fields:
            yield from field.walk()


def outer_paths(path: str) -> list[str]:
    """Return the paths of the objects around a value, outermost first, and its own.

    >>> outer_paths("order.vendor.city")
    ['order', 'order.vendor', 'order.vendor.city']
    """
    return list(accumulate(path.split("."), "{}.{}".format))
