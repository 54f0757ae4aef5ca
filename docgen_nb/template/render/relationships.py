"""Pictures and links that one rendering adds to the package, and their relationships."""

from collections.abc import Iterable
from itertools import count

from lxml import etree

from docgen_nb.template.docx.escaping import escape
from docgen_nb.template.docx.package import Package
from docgen_nb.template.docx.xml import (
    CONTENT_TYPES,
    DECLARATION,
    RELATIONSHIPS,
    TYPES,
    R,
    as_part,
    parse,
    rels_name,
    serialize,
)
from docgen_nb.template.render.image_data import Picture

_EXTENSIONS = ("png", "jpeg", "gif", "bmp")


class NewRelationships:
    """Pictures and links of one rendering, each with its relationship to the part that uses it."""

    def __init__(self, *, generation: int = 1) -> None:
        self._generation = generation  # differs from any earlier rendering of the same file
        self._by_part: dict[str, dict[tuple[str, str], str]] = {}  # kind and target to identifier
        self._names: dict[bytes, str] = {}

    def add_picture(self, picture: Picture, *, part: str) -> str:
        """Return the identifier of a picture in a part; the same picture is stored once."""
        number = len(self._names) + 1
        new_name = f"docgen-media{self._generation}/picture{number}.{picture.extension}"
        name = self._names.setdefault(picture.content, new_name)
        return self._add("image", f"/{name}", part=part)

    def add_link(self, address: str, *, part: str) -> str:
        """Return the identifier of a link in a part."""
        return self._add("hyperlink", address, part=part)

    def _add(self, kind: str, target: str, *, part: str) -> str:
        added = self._by_part.setdefault(part, {})
        return added.setdefault((kind, target), f"rIdDocGen{self._generation}x{len(added) + 1}")

    def media(self) -> dict[str, bytes]:
        """Return the pictures by their names."""
        return {name: content for content, name in self._names.items()}

    def xml(self, part: str) -> str:
        """Return the relationships of a part as XML."""
        return "".join(
            _relationship(identifier, kind, target)
            for (kind, target), identifier in self._by_part.get(part, {}).items()
        )


def _relationship(identifier: str, kind: str, target: str) -> str:
    mode = ' TargetMode="External"' if kind == "hyperlink" else ""
    return f'<Relationship Id="{identifier}" Type="{R}/{kind}" Target="{escape(target)}"{mode}/>'


def free_generation(package: Package, *, parts: Iterable[str]) -> int:
    """Return a number that no earlier rendering has used in its names."""
    rels = [package.read(name) for name in map(rels_name, parts) if name in package]
    for number in count(1):
        folder, prefix = f"docgen-media{number}/", f"rIdDocGen{number}x".encode()
        is_used = any(name.startswith(folder) for name in package.parts)
        if not is_used and not any(prefix in content for content in rels):
            return number
    raise AssertionError("unreachable")


class RelationshipParts:
    """The relationships of a template's parts, to which a rendering adds its own."""

    def __init__(self, package: Package, *, parts: Iterable[str]) -> None:
        self._halves = {part: _halves(package, rels_name(part)) for part in parts}
        self.names = {rels_name(part) for part in self._halves}

    def contents(self, new: NewRelationships) -> dict[str, bytes]:
        """Return the relationship parts and the new pictures of a rendering."""
        contents: dict[str, bytes] = {}
        for part, (start, end) in self._halves.items():
            added = new.xml(part)
            if added or start != _NO_RELATIONSHIPS:
                contents[rels_name(part)] = f"{start}{added}{end}".encode()
        return contents | new.media()


_NO_RELATIONSHIPS = f'{DECLARATION}<Relationships xmlns="{RELATIONSHIPS}">'


def _halves(package: Package, name: str) -> tuple[str, str]:
    """Return a relationship part in two halves, between which relationships are added."""
    if name not in package:
        return _NO_RELATIONSHIPS, "</Relationships>"
    root = parse(package.read(name), name=name)
    root.append(etree.ProcessingInstruction("docgen", "0"))
    start, _, end = serialize(root).partition("<?docgen 0?>")
    return f"{DECLARATION}{start}", end


def add_picture_types(package: Package) -> None:
    """Declare the content types of pictures in a package."""
    root = parse(package.read(TYPES), name=TYPES)
    default = f"{{{CONTENT_TYPES}}}Default"
    known = {element.get("Extension", "").lower() for element in root.iter(default)}
    for extension in _EXTENSIONS:
        if extension not in known:
            attributes = {"Extension": extension, "ContentType": f"image/{extension}"}
            root.append(etree.Element(default, attributes))
    package.replace(TYPES, as_part(root))
