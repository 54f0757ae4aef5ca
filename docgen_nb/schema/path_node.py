"""What the tags tell of one place in the data, while it is gathered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from docgen_nb.schema.field import Field

# What a use tells of a value, the strongest first, and the kind that follows from it.
EVIDENCE = {
    "picture": "image",
    "calculated": "number",
    "date format": "date",
    "number format": "number",
    "beside a text": "text",
    "beside true": "boolean",
    "beside a number": "number",
    "printed": "text",
    "asked": "boolean",
}
_FORMATS = {"date": "date", "number": "number", "text": "text"}  # kind, and what its format needs


@dataclass
class Node:
    """One place: a value, or what is within it."""

    members: dict[str, "Node"] = field(default_factory=dict)
    element: "Node | None" = None  # a list has one
    evidence: set[str] = field(default_factory=set)
    formats: dict[str, str] = field(default_factory=dict)  # by what they need
    default: str = ""
    options: dict[str, None] = field(default_factory=dict)
    least: int = 0
    is_needed: bool = False

    def member(self, name: str) -> "Node":
        """The place below a name; of a list, below that name in its elements."""
        place = self.innermost()
        return place.members.setdefault(name, Node())

    def elements(self) -> "Node":
        """The place of its elements: from now on it is a list."""
        if self.element is None:
            # What was told before was told of the elements, as in `$sum(products.amount)`.
            self.element = Node(self.members)
            self.members = {}
        return self.element

    def innermost(self) -> "Node":
        """This place, or where it is a list, that of its elements."""
        return self if self.element is None else self.element.innermost()

    def field(self, name: str, path: str, excused: Callable[[str], bool]) -> Field:
        """What is known of it in the end."""
        kind = self.kind()
        inner = tuple(self._inner(path, excused))
        needed = self.is_needed and kind != "object"
        if kind == "object" or self.least:  # a position in a tag asks for the list, as no loop did
            needed |= any(one.required for one in inner)
        return Field(
            name,
            path,
            kind,
            required=needed and not excused(path),
            format=self.formats.get(_FORMATS.get(kind, ""), ""),
            default=self.default,
            fields=inner,
            options=tuple(self.options) if kind == "text" else (),
            least=self.least,
        )

    def kind(self) -> str:
        """The kind of its value."""
        if self.element is not None:
            return "records" if self.element.kind() == "object" else "list"
        if self.members:
            return "object"
        return next((EVIDENCE[one] for one in EVIDENCE if one in self.evidence), "text")

    def _inner(self, path: str, excused: Callable[[str], bool]) -> Iterator[Field]:
        if self.element is not None and self.element.kind() != "object":
            yield self.element.field("", path, excused)
        members = self.members if self.element is None else self.element.members
        for name, node in members.items():
            yield node.field(name, f"{path}.{name}" if path else name, excused)
