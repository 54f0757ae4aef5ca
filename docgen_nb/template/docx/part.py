"""One part of a document, with a placeholder for each tag."""

from dataclasses import dataclass, field
from secrets import token_hex

from docgen_nb.template.docx.xml import Element
from docgen_nb.template.language.ast import Tag
from docgen_nb.template.portability import Use
from docgen_nb.template.problems import Place, Problem, Severity

NOWHERE = Place("", 0)


def _new_prefix() -> str:
    """Return a random word that no template can contain on purpose."""
    return f"docgen{token_hex(8)}:"


@dataclass(slots=True)
class Placeholder:
    """The stand-in of one tag in a part, or of an edge of content that must not become empty."""

    content: str  # the tag as written
    place: Place
    tag: Tag | None = None
    block: int | None = None  # the same for all tags of a block
    is_listed: bool = True
    guard: str = ""  # an edge, not a tag: "cell", "table" or "end"
    number: int = -1
    # In an attribute: "text", "relation" (of a drawing), "identifier" or "end identifier".
    attribute: str = ""
    original: str = ""  # the attribute's value in the template
    syntax_error: str = ""


@dataclass
class Part:
    """A part of a document with a placeholder for each tag.

    The placeholder of a block's tag is an XML element, as it may have to move. That of a tag that
    prints is a prefix and a number in the surrounding text: elements for all of them would take
    longer than everything else that reading a template does.
    """

    root: Element
    title: str
    name: str = ""
    prefix: str = field(default_factory=_new_prefix)  # before a placeholder's number in a text
    highest_identifier: int = 0
    copied_characters: int = 0  # of formatting, copied at the edges of blocks
    placeholders: list[Placeholder] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)  # of constructs that depend on the place

    def note(self, construct: str, placeholder: Placeholder) -> None:
        """Record the use of a construct, except in a fallback copy, where it is known already."""
        if placeholder.is_listed:
            self.uses.append(Use(construct, placeholder.content, placeholder.place))

    def report(
        self, code: str, message: str, placeholder: Placeholder, severity: Severity = "error"
    ) -> None:
        """Add a problem of the template, except in a fallback copy, where it is known already."""
        if placeholder.is_listed:
            place, tag = placeholder.place, placeholder.content
            self.problems.append(Problem(code, message, "", place, tag, severity))

    def add(self, placeholder: Placeholder) -> int:
        """Add a placeholder and return its number."""
        placeholder.number = len(self.placeholders)
        self.placeholders.append(placeholder)
        return placeholder.number

    def add_as_text(self, placeholder: Placeholder) -> str:
        """Add a placeholder and return the text that stands for it."""
        return f"{self.prefix}{self.add(placeholder)};"
