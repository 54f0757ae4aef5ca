"""Node: the evidence for one path of the data, while the tree of fields is built."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from docgen_nb.schema.field import Field

# The uses of a value and the kind that follows from each, strongest first.
EVIDENCE = {
    "picture": "image",
    "checked": "boolean",
    "calculated": "number",
    "date format": "date",
    "number format": "number",
    "compared with a text": "text",
    "compared with a boolean": "boolean",
    "compared with a number": "number",
    "printed": "text",
    "tested": "boolean",
}


@dataclass
class Node:
    """A path of the data and everything below it."""

    members: dict[str, "Node"] = field(default_factory=dict)
    element: "Node | None" = None  # set for a list
    evidence: set[str] = field(default_factory=set)
    formats: dict[str, str] = field(default_factory=dict)  # by the kind that each implies
    default: str = ""
    options: dict[str, None] = field(default_factory=dict)
    min_items: int = 0
    is_needed: bool = False

    def member(self, name: str) -> "Node":
        """Return the node of a member; for a list, of a member of its elements."""
        node = self.innermost()
        return node.members.setdefault(name, Node())

    def elements(self) -> "Node":
        """Return the node of the elements; this makes the node a list."""
        if self.element is None:
            # Members recorded so far belong to the elements, as in `$sum(products.amount)`.
            self.element = Node(self.members)
            self.members = {}
        return self.element

    def innermost(self) -> "Node":
        """Return this node, or for a list that of its elements."""
        return self if self.element is None else self.element.innermost()

    def field(self, name: str, path: str, excused: Callable[[str], bool]) -> Field:
        """Return the field of this node."""
        kind = self.kind()
        inner = tuple(self._inner(path, excused))
        needed = self.is_needed
        if kind == "object" or self.min_items:  # a list used only by position
            needed |= any(one.required for one in inner)
        return Field(
            name,
            path,
            kind,
            required=needed and not excused(path),
            format=self.formats.get(kind, ""),
            default=self.default,
            fields=inner,
            options=tuple(self.options) if kind == "text" else (),
            min_items=self.min_items,
        )

    def kind(self) -> str:
        """Return the kind of the value."""
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
