"""Problems of a template or its data, and where they are."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Place:
    """The position of a tag: part, paragraph, and table cell, if any; all counted from 1.

    Paragraphs are counted in their cell, or among those of the part that are in no table.

    >>> str(Place(part="document", paragraph=1, table=1, row=2, cell=3))
    'document, table 1, row 2, cell 3, paragraph 1'
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
    """A problem of a template or its data; ``str(problem)`` is the message in a job's ``failures``.

    An *error* means that the document lacks something that the template needs, a *warning* that
    it is complete. A *note* means that nothing is wrong here, but that Box may do otherwise; its
    ``construct`` is the name in the table of evidence. ``path`` is the dotted JSON path, ``tag``
    the tag as written, ``nearest`` the most similar path in the data (or in the template), or None.

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
    construct: str = ""

    def __str__(self) -> str:
        return self.message


def missing(path: str) -> Problem:
    """Return the error for a path that the data lacks, in the words of Box's OpenAPI examples."""
    return Problem("missing", f"The tag '{path}' was not provided in the input data.", path)


def unused(path: str) -> Problem:
    """Return the warning for a path that no tag uses, in the words of Box's OpenAPI examples."""
    message = f"The tag '{path}' was provided but not used in the template."
    return Problem("unused", message, path, severity="warning")
