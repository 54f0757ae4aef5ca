"""Removal of unused styles from a document, because LibreOffice loads them all.

Word's files define between 4 and 45 styles, python-docx's 164, and LibreOffice 7.4 takes 0.2 ms
for each, in each document. Every style that might be used is kept; in case of doubt, all are.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.package import Package, PackageWriter
from docgen_nb.template.docx.xml import TYPES, Element, parse

STYLES = "word/styles.xml"
# Parts without visible text: other copies of the definitions, and metadata.
_IGNORED = (
    "word/stylesWithEffects.xml",
    "word/glossary/",
    "word/theme/",
    "docProps/",
    "customXml/",
)
# Styles that LibreOffice uses by itself, without a reference in the text.
_ALWAYS_USED = {
    *("normal", "default paragraph font", "normal table", "no list", "header", "footer"),
    *("footnote text", "footnote reference", "endnote text", "endnote reference"),
    *("hyperlink", "followedhyperlink", "line number", "page number"),
}
_NAMING_FIELDS = ("TOC", "STYLEREF")  # these refer to styles by name
_TRUE = ("1", "true", "on")
# Larger documents take LibreOffice seconds, so that unused styles do not matter.
_MAX_XML_BYTES = 4_000_000

_values: Any = etree.XPath("//@*[local-name() = 'val']", smart_strings=False)
_instructions: Any = etree.XPath(
    "//*[local-name() = 'instrText']/text() | //@*[local-name() = 'instr']", smart_strings=False
)


@dataclass(frozen=True)
class _Style:
    """A style and its references to others, in lower case."""

    names: frozenset[str]  # its id and its name
    related: tuple[str, ...]  # ids of the styles that it references
    is_default: bool


def strip_styles(content: bytes) -> bytes:
    """Return the document without unused styles, or unchanged if it is unclear which they are."""
    try:
        package = Package(content)
        values = _values_in_text(package) if {STYLES, TYPES} <= package.parts.keys() else None
        if values is None:
            return content
        xml = package.read(STYLES)
        stripped = _with_only(xml, _used(_styles(xml), values=values))
        if stripped is None:
            return content
        return PackageWriter(package, changing={STYLES}).write({STYLES: stripped})
    except UnreadableTemplate:  # the converter may be able to read it, or will report it
        return content


def _values_in_text(package: Package) -> set[str] | None:
    """Return all attribute values in parts with text, in lower case; None in case of doubt."""
    if not _all_text_is_xml(package):
        return None
    names = [
        name
        for name in package.parts
        if name.endswith(".xml") and name not in (STYLES, TYPES) and not name.startswith(_IGNORED)
    ]
    if sum(package.parts[name].size for name in (*names, STYLES)) > _MAX_XML_BYTES:
        return None
    values: set[str] = set()
    for name in names:
        root = parse(package.read(name), name=name)
        field_codes = "".join(_instructions(root)).upper()
        if any(field in field_codes for field in _NAMING_FIELDS):
            return None
        values.update(_values(root))
    return {value.casefold() for value in values}


def _all_text_is_xml(package: Package) -> bool:
    """Return whether all WordprocessingML parts have names that end in .xml, as in Word's files."""
    types = parse(package.read(TYPES), name=TYPES)
    return all(
        (item.get("PartName") or f".{item.get('Extension')}").endswith(".xml")
        for item in types
        if "wordprocessingml" in (item.get("ContentType") or "")
    )


@lru_cache(maxsize=8)
def _styles(xml: bytes) -> tuple[_Style, ...]:
    """Return the styles in order; cached, as documents of one template have the same styles."""
    return tuple(
        _Style(
            names=frozenset((_attribute(style, "styleId"), *_values_of(style, "name"))),
            related=_values_of(style, "basedOn", "next", "link"),
            is_default=_attribute(style, "default") in _TRUE,
        )
        for style in parse(xml, name=STYLES).iterchildren("{*}style")
    )


def _values_of(style: Element, *names: str) -> tuple[str, ...]:
    return tuple(
        _attribute(one, "val") for one in style.iterchildren(*(f"{{*}}{n}" for n in names))
    )


def _used(styles: tuple[_Style, ...], *, values: set[str]) -> frozenset[int]:
    """Return the positions of the styles that may be used."""
    used = values | _ALWAYS_USED
    return frozenset(
        position
        for position, style in enumerate(styles)
        if style.is_default or not style.names.isdisjoint(used)
    )


@lru_cache(maxsize=8)
def _with_only(xml: bytes, used: frozenset[int]) -> bytes | None:
    """Return the part with these styles and those they reference; None if these are all."""
    kept = _with_related(_styles(xml), used)
    root = parse(xml, name=STYLES)
    styles = enumerate(root.iterchildren("{*}style"))
    unused = [style for number, style in styles if number not in kept]
    for style in unused:
        root.remove(style)
    return etree.tostring(root, encoding="UTF-8", standalone=True) if unused else None


def _with_related(styles: tuple[_Style, ...], used: frozenset[int]) -> set[int]:
    kept, queue = set(used), list(used)
    while queue:
        related = styles[queue.pop()].related
        new = {n for n, style in enumerate(styles) if not style.names.isdisjoint(related)} - kept
        kept |= new
        queue += new
    return kept


def _attribute(element: Element, name: str) -> str:
    return element.get(f"{{{etree.QName(element).namespace}}}{name}", "").casefold()
