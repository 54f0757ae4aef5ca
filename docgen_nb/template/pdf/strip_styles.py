"""A document without the styles that nothing in it uses, for LibreOffice loads them all.

A file of Word's defines between 4 and 45 styles, one of python-docx 164, and LibreOffice 7.4
takes 0.2 ms for each, in each document. Whatever could show is kept, and in doubt all.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.package import Package, Writer
from docgen_nb.template.docx.xml import Element, parse

STYLES = "word/styles.xml"
_TYPES = "[Content_Types].xml"
# Parts that name styles but do not show: other copies of the definitions, and what is no text.
_ASIDE = ("word/stylesWithEffects.xml", "word/glossary/", "word/theme/", "docProps/", "customXml/")
# Styles that LibreOffice takes by itself, without being told to by the text.
_TAKEN = {
    *("normal", "default paragraph font", "normal table", "no list", "header", "footer"),
    *("footnote text", "footnote reference", "endnote text", "endnote reference"),
    *("hyperlink", "followedhyperlink", "line number", "page number"),
}
_NAMING_FIELDS = ("TOC", "STYLEREF")  # these know styles by name
_TRUE = ("1", "true", "on")
# A document of more takes LibreOffice seconds, and what unused styles cost is no matter.
_MOST_XML_BYTES = 4_000_000

_values: Any = etree.XPath("//@*[local-name() = 'val']", smart_strings=False)
_instructions: Any = etree.XPath(
    "//*[local-name() = 'instrText']/text() | //@*[local-name() = 'instr']", smart_strings=False
)
_definitions: Any = etree.XPath("/*/*[local-name() = 'style']")
_related: Any = etree.XPath(
    "*[local-name() = 'basedOn' or local-name() = 'next' or local-name() = 'link']"
    "/@*[local-name() = 'val']",
    smart_strings=False,
)
_name: Any = etree.XPath("string(*[local-name() = 'name']/@*[local-name() = 'val'])")


@dataclass(frozen=True)
class _Style:
    """What a definition says of itself and of others, in small letters."""

    names: frozenset[str]  # its id and its name
    related: tuple[str, ...]  # ids that it builds on
    is_default: bool


def lean(content: bytes) -> bytes:
    """Return the document without unused styles; the same bytes where it is not plain what is."""
    try:
        package = Package(content)
        said = _said(package) if {STYLES, _TYPES} <= package.parts.keys() else None
        if said is None:
            return content
        xml = package.read(STYLES)
        fewer = _with_only(xml, _shown(_styles(xml), said=said))
        if fewer is None:
            return content
        return Writer(package, changing={STYLES}).write({STYLES: fewer})
    except UnreadableTemplate:  # the converter may know better, or will say so itself
        return content


def _said(package: Package) -> set[str] | None:
    """Return all values in the parts that show, in small letters; None if they are not plain."""
    if not _is_text_in_xml(package):
        return None
    names = [
        name
        for name in package.parts
        if name.endswith(".xml") and name not in (STYLES, _TYPES) and not name.startswith(_ASIDE)
    ]
    if sum(package.parts[name].size for name in (*names, STYLES)) > _MOST_XML_BYTES:
        return None
    said: set[str] = set()
    for name in names:
        root = parse(package.read(name), name=name)
        field_codes = "".join(_instructions(root)).upper()
        if any(field in field_codes for field in _NAMING_FIELDS):
            return None
        said.update(_values(root))
    return {value.casefold() for value in said}


def _is_text_in_xml(package: Package) -> bool:
    """Whether all parts of Word's kinds have a name that ends in .xml, as Word writes them."""
    types = parse(package.read(_TYPES), name=_TYPES)
    return all(
        (item.get("PartName") or f".{item.get('Extension')}").endswith(".xml")
        for item in types
        if "wordprocessingml" in (item.get("ContentType") or "")
    )


@lru_cache(maxsize=8)
def _styles(xml: bytes) -> tuple[_Style, ...]:
    """Return the styles in their order. Documents of one template have the same part."""
    return tuple(
        _Style(
            names=frozenset((_id(one), str(_name(one)).casefold())),
            related=tuple(value.casefold() for value in _related(one)),
            is_default=_attribute(one, "default") in _TRUE,
        )
        for one in _definitions(parse(xml, name=STYLES))
    )


def _shown(styles: tuple[_Style, ...], *, said: set[str]) -> frozenset[int]:
    """Return the places of the styles that may show."""
    shown = said | _TAKEN
    return frozenset(
        place
        for place, one in enumerate(styles)
        if one.is_default or not one.names.isdisjoint(shown)
    )


@lru_cache(maxsize=8)
def _with_only(xml: bytes, shown: frozenset[int]) -> bytes | None:
    """Return the part with these styles and what they build on; None if that is all of it."""
    kept = _with_related(_styles(xml), shown)
    root = parse(xml, name=STYLES)
    unused = [one for place, one in enumerate(_definitions(root)) if place not in kept]
    for one in unused:
        root.remove(one)
    return etree.tostring(root, encoding="UTF-8", standalone=True) if unused else None


def _with_related(styles: tuple[_Style, ...], shown: frozenset[int]) -> set[int]:
    kept, wanted = set(shown), list(shown)
    while wanted:
        related = styles[wanted.pop()].related
        new = {n for n, one in enumerate(styles) if not one.names.isdisjoint(related)} - kept
        kept |= new
        wanted += new
    return kept


def _id(style: Element) -> str:
    return _attribute(style, "styleId").casefold()


def _attribute(style: Element, name: str) -> str:
    return str(style.get(f"{{{etree.QName(style).namespace}}}{name}", ""))
