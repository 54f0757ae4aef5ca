"""Removal of references from a document to anything outside it.

No setting keeps LibreOffice 7.4 from showing a picture file of this machine that the fill of a
shape or an SVG drawing in the document references. So it converts a copy without such references.
Only hyperlinks to the web are left, which the settings of LibreOffice disable.
"""

import zlib
from urllib.parse import urlsplit

from lxml import etree

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.package import MAX_PART_BYTES, CompressedPart, Package, PackageWriter
from docgen_nb.template.docx.xml import Element, parse

NOWHERE = "about:blank"
_HYPERLINK_SCHEMES = ("http", "https", "mailto", "tel", "ftp")
_EMPTY_DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
# How PNG, JPEG and GIF begin in base64: the media type of a data URI proves nothing.
_PICTURE_PREFIXES = ("iVBORw0KGgo", "/9j/", "R0lGOD")
_GZIP, _ZIP = b"\x1f\x8b\x08", b"PK\x03\x04"
_MAX_NESTED = 3  # documents in documents
_BEFORE_XML = b"\xef\xbb\xbf\xfe\xff \t\r\n"  # byte order marks and spaces
# LibreOffice treats any file that mentions SVG in its first 2048 bytes as a drawing.
_INSPECTED_BYTES = 4096
_SVG = (b"<svg", b":svg", b"/svg", b"DOCTYPE")


def sanitize(content: bytes) -> bytes:
    """Return the document without references to files.

    The zip is written anew, so that LibreOffice reads the inspected parts and no others.

    Raises
    ------
    UnreadableTemplate
        If it cannot be inspected: a damaged zip, or one with unsafe names or sizes.
    """
    return _sanitized(content, depth=0)


def _sanitized(content: bytes, *, depth: int) -> bytes:
    if depth > _MAX_NESTED:
        raise UnreadableTemplate("damaged", "The file contains documents nested too deeply.")
    package = Package(content)
    changed: dict[str, bytes] = {}
    for name in package.parts:
        new = _changed(package, name, depth=depth)
        if new is not None:
            changed[name] = new
    return PackageWriter(package, changing=set(changed)).write(changed)


def _changed(package: Package, name: str, *, depth: int) -> bytes | None:
    """Return the new content of a part, or None if it stays as it is."""
    if name.lower().endswith(".rels"):
        return _relationships(package, name)
    start = _unpacked(package.parts[name], limit=_INSPECTED_BYTES)
    if start.startswith(_ZIP):  # a document in the document, which is printed too
        return _sanitized(package.read(name), depth=depth + 1)
    return _drawing(package.parts[name]) if _may_be_drawing(start) else None


def _relationships(package: Package, name: str) -> bytes | None:
    """Return relationships without targets outside the document, or None if there are none."""
    root = parse(package.read(name), name=name)
    external = [relationship for relationship in root if _is_external(relationship)]
    for relationship in external:
        relationship.set("Target", NOWHERE)
    return etree.tostring(root, encoding="UTF-8", standalone=True) if external else None


def _is_external(relationship: Element) -> bool:
    """Return whether LibreOffice might open the target of a relationship, of whatever type."""
    target = relationship.get("Target", "").strip()
    scheme = _scheme(target)
    if not scheme and relationship.get("TargetMode", "").strip().lower() != "external":
        return False
    is_link = target.startswith("#") or scheme in _HYPERLINK_SCHEMES
    return not (is_link and relationship.get("Type", "").endswith("/hyperlink"))


def _scheme(target: str) -> str:
    try:
        return urlsplit(target).scheme.lower()
    except ValueError:
        return "unknown"


def _drawing(part: CompressedPart) -> bytes | None:
    """Return an SVG drawing without references to files; None if it has none."""
    try:
        root = parse(_unpacked(part, limit=MAX_PART_BYTES), name=part.name)
    except UnreadableTemplate:  # entities could hide a reference; a huge drawing can be left out
        return _EMPTY_DRAWING
    if next(root.iter("{*}svg"), None) is None:
        return None
    references = [
        (element, key)
        for element in root.iter(etree.Element)
        for key, value in element.attrib.items()
        if etree.QName(key).localname == "href" and not _is_embedded(str(value))
    ]
    for element, key in references:
        del element.attrib[key]
    return etree.tostring(root, encoding="UTF-8") if references else None


def _is_embedded(target: str) -> bool:
    head, _, data = target.partition(";base64,")
    is_picture = head.startswith("data:image/") and data.startswith(_PICTURE_PREFIXES)
    return target.startswith("#") or is_picture


def _may_be_drawing(start: bytes) -> bool:
    """Return whether a part with this beginning may be SVG, in any encoding."""
    start = start.replace(b"\0", b"")
    is_markup = start.lstrip(_BEFORE_XML).startswith(b"<")
    return is_markup and any(name in start for name in _SVG)


def _unpacked(part: CompressedPart, *, limit: int) -> bytes:
    """Return the beginning of a part, also unpacked from gzip."""
    try:
        is_stored = not part.method
        content = part.data[:limit] if is_stored else _inflated(part.data, bits=-15, limit=limit)
        is_gzip = content.startswith(_GZIP)
        return _inflated(content, bits=31, limit=limit) if is_gzip else content
    except zlib.error as error:
        raise UnreadableTemplate(
            "damaged", f"The file is damaged: the part {part.name!r} cannot be unpacked."
        ) from error


def _inflated(data: bytes, *, bits: int, limit: int) -> bytes:
    return zlib.decompressobj(bits).decompress(data, limit)
