"""A document that reaches for nothing outside itself.

No setting keeps LibreOffice 7.4 from showing a picture file of this machine that the filling of a
shape links to, or that an SVG drawing inside the document names. So the copy that it is given has
no such links. What is left is a place to click on and leads to the web, which its settings close.
"""

import zlib
from urllib.parse import urlsplit

from lxml import etree

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.package import MAX_PART_BYTES, Package, Part, Writer
from docgen_nb.template.docx.xml import Element, parse

NOWHERE = "about:blank"
_CLICKED = ("http", "https", "mailto", "tel", "ftp")
_EMPTY_DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
# How PNG, JPEG and GIF begin in base64: the kind that a data URI claims says nothing.
_PICTURES_INSIDE = ("iVBORw0KGgo", "/9j/", "R0lGOD")
_GZIP, _ZIP = b"\x1f\x8b\x08", b"PK\x03\x04"
_MOST_NESTED = 3  # documents in documents
_BEFORE_XML = b"\xef\xbb\xbf\xfe\xff \t\r\n"  # byte order marks and blanks
# LibreOffice takes for a drawing what speaks of SVG in its first 2048 bytes, of whatever name.
_LOOKED_AT = 4096
_SVG = (b"<svg", b":svg", b"/svg", b"DOCTYPE")


def sealed(content: bytes) -> bytes:
    """Return the document, laid out anew, without links to files.

    Anew, so that LibreOffice finds the parts that were looked at and no others.

    Raises
    ------
    UnreadableTemplate
        If it cannot be looked through: no sound zip, or one of unsafe names or sizes.
    """
    return _sealed(content, depth=0)


def _sealed(content: bytes, *, depth: int) -> bytes:
    if depth > _MOST_NESTED:
        raise UnreadableTemplate("damaged", "The file holds documents inside of documents.")
    package = Package(content)
    changed: dict[str, bytes] = {}
    for name in package.parts:
        new = _changed(package, name, depth=depth)
        if new is not None:
            changed[name] = new
    return Writer(package, changing=set(changed)).write(changed)


def _changed(package: Package, name: str, *, depth: int) -> bytes | None:
    """Return what stands for a part, or None where the part itself does."""
    if name.lower().endswith(".rels"):
        return _without_targets(package, name)
    start = _unpacked(package.parts[name], most=_LOOKED_AT)
    if start.startswith(_ZIP):  # a document in the document: it is printed too
        return _sealed(package.read(name), depth=depth + 1)
    return _drawing(package.parts[name]) if _may_be_drawing(start) else None


def _without_targets(package: Package, name: str) -> bytes | None:
    """Return relationships of which none leads to a file, or None if all are such."""
    root = parse(package.read(name), name=name)
    bad = [one for one in root if _leads_out(one)]
    for one in bad:
        one.set("Target", NOWHERE)
    return etree.tostring(root, encoding="UTF-8", standalone=True) if bad else None


def _leads_out(one: Element) -> bool:
    """Whether a relationship leads to what LibreOffice might open; any name may stand for a use."""
    target = one.get("Target", "").strip()
    scheme = _scheme(target)
    if not scheme and one.get("TargetMode", "").strip().lower() != "external":
        return False
    is_clicked = target.startswith("#") or scheme in _CLICKED
    return not (is_clicked and one.get("Type", "").endswith("/hyperlink"))


def _scheme(target: str) -> str:
    try:
        return urlsplit(target).scheme.lower()
    except ValueError:
        return "unknown"


def _drawing(part: Part) -> bytes | None:
    """Return an SVG drawing without the files that it names; None if it names none."""
    try:
        root = parse(_unpacked(part, most=MAX_PART_BYTES), name=part.name)
    except UnreadableTemplate:  # entities could hide a name, and a long one is no harm to leave out
        return _EMPTY_DRAWING
    if next(root.iter("{*}svg"), None) is None:
        return None
    named = [
        (element, key)
        for element in root.iter(etree.Element)
        for key, value in element.attrib.items()
        if etree.QName(key).localname == "href" and not _is_inside(str(value))
    ]
    for element, key in named:
        del element.attrib[key]
    return etree.tostring(root, encoding="UTF-8") if named else None


def _is_inside(target: str) -> bool:
    head, _, data = target.partition(";base64,")
    is_picture = head.startswith("data:image/") and data.startswith(_PICTURES_INSIDE)
    return target.startswith("#") or is_picture


def _may_be_drawing(start: bytes) -> bool:
    """Whether a part of this beginning is XML, in any width of letters, that speaks of SVG."""
    start = start.replace(b"\0", b"")
    is_markup = start.lstrip(_BEFORE_XML).startswith(b"<")
    return is_markup and any(mark in start for mark in _SVG)


def _unpacked(part: Part, *, most: int) -> bytes:
    """Return the beginning of a part, unpacked twice where it is packed twice."""
    try:
        content = _inflated(part.data, bits=-15, most=most) if part.method else part.data[:most]
        return _inflated(content, bits=31, most=most) if content.startswith(_GZIP) else content
    except zlib.error as fault:
        raise UnreadableTemplate(
            "damaged", f"The file is damaged: the part {part.name!r} cannot be unpacked."
        ) from fault


def _inflated(data: bytes, *, bits: int, most: int) -> bytes:
    return zlib.decompressobj(bits).decompress(data, most)
