"""One part of a document with a mark in the place of each tag."""

from dataclasses import dataclass, field
from secrets import token_hex

from docgen_nb.template.docx.xml import Element
from docgen_nb.template.language.ast import Tag
from docgen_nb.template.problems import Place, Problem

NOWHERE = Place("", 0)


def _new_sign() -> str:
    """A word that no template can hold, since nobody can know it before."""
    return f"docgen{token_hex(8)}:"


@dataclass(slots=True)
class Found:
    """One mark: the tag as written and read, where it stands, and the block that it belongs to."""

    content: str
    place: Place
    tag: Tag | None = None
    block: int | None = None  # the same for all tags of one block
    is_listed: bool = True
    guard: str = ""  # no tag, but an edge of what must not be left empty: cell, table, or end
    number: int = -1
    attribute: str = ""  # a tag in an attribute: "text" or "relation" of a picture, or "identifier"
    original: str = ""  # what the attribute held
    fault: str = ""  # why it cannot be read


@dataclass
class Story:
    """A part with a mark in the place of each tag.

    A tag of a block is an element of its own, since it may have to move. A tag that prints is a
    sign and a number in the text around it: an element for each would cost more than all else
    that reading one takes.
    """

    root: Element
    title: str
    name: str = ""
    sign: str = field(default_factory=_new_sign)  # before the number of a mark in a text
    highest_identifier: int = 0
    copied: int = 0  # characters of formatting that the edges of blocks copy
    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str, one: Found) -> None:
        """Keep a fault of the template; that of a fallback copy is known already."""
        if one.is_listed:
            self.problems.append(Problem(code, message, "", one.place, one.content))

    def keep(self, one: Found) -> int:
        """Give a mark its number."""
        one.number = len(self.found)
        self.found.append(one)
        return one.number

    def kept_as_text(self, one: Found) -> str:
        """What stands for a mark in a text or an attribute."""
        return f"{self.sign}{self.keep(one)};"
