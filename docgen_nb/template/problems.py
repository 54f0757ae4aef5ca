"""What can be wrong with a template or its data: one record per fault, and where it stands."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Place:
    """Where a tag stands: part, paragraph (counted from 1 in its part), and the table cell if any.

    >>> str(Place(part="document", paragraph=7, table=1, row=2, cell=3))
    'document, table 1, row 2, cell 3, paragraph 7'
    """

    part: str
    paragraph: int
    table: int | None = None
    row: int | None = None
    cell: int | None = None

    def __str__(self) -> str:
        words = [self.part]
        if self.table is not None:
            words += [f"table {self.table}", f"row {self.row}", f"cell {self.cell}"]
        return ", ".join([*words, f"paragraph {self.paragraph}"])


@dataclass(frozen=True)
class Problem:
    """One fault. ``str(problem)`` is the message as a job's ``failures`` carry it.

    An *error* means that the document lacks something that the template asks for; a *warning*
    means that nothing is lacking. ``path`` is the dotted JSON path, ``tag`` the tag as written,
    ``nearest`` the closest path that exists in the data (or template), if one is close.

    >>> print(missing("customer_name"))
    The tag 'customer_name' was not provided in the input data.
    """

    code: str
    message: str
    path: str = ""
    place: Place | None = None
    tag: str = ""
    severity: Severity = "error"
    nearest: str | None = None

    def __str__(self) -> str:
        return self.message


def missing(
    path: str, *, place: Place | None = None, tag: str = "", nearest: str | None = None
) -> Problem:
    """The data lacks a path that a tag needs (Box's own wording, from its OpenAPI examples)."""
    message = f"The tag '{path}' was not provided in the input data."
    return Problem("missing", message, path, place, tag, "error", nearest)


def unused(path: str, *, nearest: str | None = None) -> Problem:
    """The data holds a path that no tag uses (Box's own wording, from its OpenAPI examples)."""
    message = f"The tag '{path}' was provided but not used in the template."
    return Problem("unused", message, path, severity="warning", nearest=nearest)
