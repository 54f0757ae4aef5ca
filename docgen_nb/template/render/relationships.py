"""What one rendering adds to the package beside text: pictures and links."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from lxml import etree

from docgen_nb.template.docx.escaping import escaped
from docgen_nb.template.docx.package import Package
from docgen_nb.template.docx.xml import (
    CONTENT_TYPES,
    RELATIONSHIPS,
    R,
    parse,
    rels_name,
    serialized,
)
from docgen_nb.template.render.image_data import Picture

TYPES = "[Content_Types].xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ENDINGS = ("png", "jpeg", "gif", "bmp")


@dataclass(frozen=True)
class Relation:
    """A line of a part's relations."""

    identifier: str
    kind: str
    target: str
    is_external: bool

    def __str__(self) -> str:
        mode = ' TargetMode="External"' if self.is_external else ""
        return (
            f'<Relationship Id="{self.identifier}" Type="{R}/{self.kind}" '
            f'Target="{escaped(self.target)}"{mode}/>'
        )


class Attachments:
    """Pictures and links of one rendering, each with its relation to the part that uses it."""

    def __init__(self, *, generation: int = 1) -> None:
        self._generation = generation  # unlike that of any earlier rendering of the same file
        self.relations: dict[str, dict[tuple[str, str], Relation]] = {}
        self.media: dict[str, bytes] = {}
        self._names: dict[int, list[str]] = {}  # by size: to hash a picture takes longer

    def add_picture(self, picture: Picture, *, part: str) -> str:
        """The identifier under which a part shows a picture; the same picture is stored once."""
        of_its_size = self._names.setdefault(len(picture.content), [])
        name = next((one for one in of_its_size if self.media[one] == picture.content), None)
        if name is None:
            name = f"docgen-media{self._generation}/picture{len(self.media) + 1}.{picture.ending}"
            of_its_size.append(name)
            self.media[name] = picture.content
        return self._relate("image", f"/{name}", part=part, is_external=False)

    def add_link(self, address: str, *, part: str) -> str:
        """The identifier under which a part links to an address."""
        return self._relate("hyperlink", address, part=part, is_external=True)

    def _relate(self, kind: str, target: str, *, part: str, is_external: bool) -> str:
        lines = self.relations.setdefault(part, {})
        if (kind, target) not in lines:
            name = f"rIdDocGen{self._generation}x{len(lines) + 1}"
            lines[kind, target] = Relation(name, kind, target, is_external)
        return lines[kind, target].identifier


def free_generation(package: Package, *, parts: Iterable[str]) -> int:
    """A number that no picture, link or relation of the file has from an earlier rendering."""
    rels = [package.read(name) for name in map(rels_name, parts) if name in package]
    for number in count(1):
        folder, prefix = f"docgen-media{number}/", f"rIdDocGen{number}x".encode()
        is_free = not any(name.startswith(folder) for name in package.parts)
        if is_free and not any(prefix in content for content in rels):
            return number
    raise AssertionError("numbers do not end")


class Frames:
    """The parts of a template that attachments add lines to, cut where the lines go."""

    def __init__(self, package: Package, *, parts: Mapping[str, object]) -> None:
        names = [rels_name(part) for part in parts]
        self.names = set(names)
        self._rels = {name: _cut(package, name) for name in names}
        types = _cut(package, TYPES, _missing_types(package))
        self.constant = {TYPES: "".join(types).encode()}  # the same, whatever is added

    def contents(self, attachments: Attachments) -> dict[str, bytes]:
        """The parts with their new lines, and the new parts."""
        found: dict[str, bytes] = {}
        for name, (start, end) in self._rels.items():
            lines = attachments.relations.get(_source_of(name), {})
            if lines or start != _EMPTY_RELS:
                found[name] = f"{start}{''.join(map(str, lines.values()))}{end}".encode()
        return found | attachments.media


_EMPTY_RELS = f'{_HEAD}<Relationships xmlns="{RELATIONSHIPS}">'


def _cut(package: Package, name: str, added: str = "") -> tuple[str, str]:
    """A part in two halves, at its end, with lines added to the first."""
    if name not in package:
        return _EMPTY_RELS, "</Relationships>"
    root = parse(package.read(name), name=name)
    root.append(etree.ProcessingInstruction("docgen", "0"))
    start, _, end = serialized(root).partition("<?docgen 0?>")
    return f"{_HEAD}{start}{added}", end


def _missing_types(package: Package) -> str:
    types = parse(package.read(TYPES), name=TYPES)
    known = {one.get("Extension", "").lower() for one in types.iter(f"{{{CONTENT_TYPES}}}Default")}
    prefix = f"{types.prefix}:" if types.prefix else ""
    return "".join(
        f'<{prefix}Default Extension="{ending}" ContentType="image/{ending}"/>'
        for ending in _ENDINGS
        if ending not in known
    )


def _source_of(rels: str) -> str:
    folder, _, file = rels.rpartition("/")
    outer = folder.removesuffix("_rels").rstrip("/")
    source = file.removesuffix(".rels")
    return f"{outer}/{source}" if outer else source
