"""What a template asks for at one place, as far as a control for it needs to know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One value, list or object that a template asks for.

    ``kind`` is text, number, date, boolean, image, list (of plain values), records (a list of
    objects) or object; ``fields`` are the members of an object or of the records.
    """

    name: str
    path: str
    kind: str
    required: bool
    format: str = ""
    default: str = ""
    fields: tuple["Field", ...] = ()
