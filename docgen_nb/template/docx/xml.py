"""Names of WordprocessingML, and XML parsing under limits."""

import posixpath
from dataclasses import dataclass

from lxml import etree

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.package import Package

Element = etree._Element

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
PREFIXES = {"w": W, "r": R, "wp": WP}  # used in the XML that rendering adds
STRICT = "http://purl.oclc.org/ooxml/"
DOCUMENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = "[Content_Types].xml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

MAX_TAGS = 2_000_000  # XML tags in one part: each takes far more memory than its bytes
MAX_TEXT_BYTES = 32 * 1024 * 1024  # of all parts with text
_MAIN = f"{R}/officeDocument"
_TEXT_PARTS = ("header", "footer", "footnotes", "endnotes")


def w(name: str) -> str:
    """Return the qualified name of an element or attribute of WordprocessingML."""
    return f"{{{W}}}{name}"


P, RUN, T, TBL, TR, TC = w("p"), w("r"), w("t"), w("tbl"), w("tr"), w("tc")
RPR, PPR, SECT_PR = w("rPr"), w("pPr"), w("sectPr")
TAB, BR, NO_BREAK_HYPHEN, SOFT_HYPHEN = w("tab"), w("br"), w("noBreakHyphen"), w("softHyphen")
SDT_CONTENT, TXBX, BODY = w("sdtContent"), w("txbxContent"), w("body")
INLINE, ANCHOR, DOC_PR = f"{{{WP}}}inline", f"{{{WP}}}anchor", f"{{{WP}}}docPr"
BLIP, C_NV_PR, EMBED = f"{{{DRAWING}}}blip", f"{{{PICTURE}}}cNvPr", f"{{{R}}}embed"
WORD_2010 = "http://schemas.microsoft.com/office/word/2010/wordml"
PARA_ID, TEXT_ID = f"{{{WORD_2010}}}paraId", f"{{{WORD_2010}}}textId"
# Elements that must end with a paragraph.
NEVER_EMPTY = (TC, w("hdr"), w("ftr"), TXBX, w("footnote"), w("endnote"))


@dataclass(frozen=True)
class TextPart:
    """A part with text: its name in the zip, and its title in messages."""

    name: str
    title: str


def parse(content: bytes, *, name: str) -> Element:
    """Parse untrusted XML: no entities, no DTD, no network access, limited depth."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    if content.count(b"<") > MAX_TAGS:
        message = f"The part {name!r} has more than {MAX_TAGS:,} XML tags."
        raise UnreadableTemplate("too_large", message)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _has_dtd(name)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableTemplate("damaged", f"The part {name!r} is not well-formed XML.") from error
    if root.getroottree().docinfo.internalDTD is not None:  # in another encoding
        raise _has_dtd(name)
    return root


def with_prefixes(root: Element, *, content: bytes) -> Element:
    """Return the root with the prefix for WordprocessingML that rendering uses."""
    for prefix, namespace in PREFIXES.items():
        if root.nsmap.get(prefix, namespace) != namespace:
            raise UnreadableTemplate(
                "damaged", f"The prefix {prefix!r} is bound to an unexpected namespace."
            )
    is_simple = root.prefix == "w" and content.count(W.encode()) == 1
    if not is_simple and any(element.prefix != "w" for element in root.iter(f"{{{W}}}*")):
        return _rebuilt(root, None)
    return root


def _rebuilt(old: Element, parent: Element | None) -> Element:
    """Return a copy in which WordprocessingML has the prefix that rendering uses."""
    others = {prefix: name for prefix, name in old.nsmap.items() if name != W}
    if parent is None:
        new = etree.Element(old.tag, dict(old.attrib), {**others, **PREFIXES})  # type: ignore[dict-item, misc]
    else:
        new = etree.SubElement(parent, old.tag, dict(old.attrib), others)  # type: ignore[arg-type, misc]
    new.text, new.tail = old.text, old.tail
    for child in old:
        _rebuilt(child, new)
    return new


def _has_dtd(name: str) -> UnreadableTemplate:
    return UnreadableTemplate(
        "xml_entities", f"The part {name!r} contains a DTD or entities, which are not allowed."
    )


def serialize(root: Element) -> str:
    """Return the XML of a part as text, without the XML declaration."""
    return etree.tostring(root, encoding="unicode")


def as_part(root: Element) -> bytes:
    """Return the XML of a part with its declaration, as it is in the package."""
    return f"{DECLARATION}{serialize(root)}".encode()


def parent_of(element: Element) -> Element:
    """Return the parent of an element that has one."""
    parent = element.getparent()
    assert parent is not None
    return parent


def require_body(root: Element, *, name: str) -> None:
    """Raise UnreadableTemplate if a main part is not a Word document."""
    if root.tag != w("document") or root.find(BODY) is None:
        raise UnreadableTemplate("damaged", f"The part {name!r} is not a Word document.")


def serialize_with_prefixes(root: Element) -> str:
    """Return the XML of a part with all prefixes that rendering uses declared in its root."""
    xml = serialize(root)
    end_of_name = len(f"<{root.prefix}:{etree.QName(root).localname}")
    undeclared = (item for item in PREFIXES.items() if item[0] not in root.nsmap)
    added = "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in undeclared)
    return f"{xml[:end_of_name]}{added}{xml[end_of_name:]}"


def text_parts(package: Package) -> list[TextPart]:
    """Return the main document, then the headers, footers and notes that it references."""
    main = _main_part(package)
    parts = [TextPart(main, "document")]
    related = targets(package, main)
    for kind in _TEXT_PARTS:
        of_kind = {name for name, its_kind in related if its_kind == f"{R}/{kind}"}
        names = sorted(name for name in of_kind if name in package)
        for number, name in enumerate(names, 1):
            title = kind if len(names) == 1 else f"{kind} {number}"
            parts.append(TextPart(name, title))
    if sum(package.parts[part.name].size for part in parts) > MAX_TEXT_BYTES:
        raise UnreadableTemplate("too_large", "The parts with text have more than 32 MB in total.")
    return parts


def _main_part(package: Package) -> str:
    for name in (TYPES, "_rels/.rels"):
        if name not in package:
            raise UnreadableTemplate(
                "not_docx", f"The file is not a .docx: the zip has no {name!r}."
            )
    related = targets(package, "")
    if any(kind.startswith(STRICT) for _, kind in related):
        message = "The file is a Strict Open XML document. Save it as Word Document (.docx)."
        raise UnreadableTemplate("strict", message)
    main = next((name for name, kind in related if kind == _MAIN and name in package), None)
    if main is None:
        raise UnreadableTemplate("not_docx", "The file is not a .docx: it has no main document.")
    main_type = _content_type(parse(package.read(TYPES), name=TYPES), main)
    if main_type != DOCUMENT_TYPE:
        message = f"The file is not a .docx: its main part has the type {main_type!r}."
        raise UnreadableTemplate("not_docx", message)
    return main


def targets(package: Package, source: str) -> list[tuple[str, str]]:
    """Return the parts that a part references, each with the type of the relationship."""
    folder = source.rpartition("/")[0]
    name = rels_name(source)
    if name not in package:
        return []
    root = parse(package.read(name), name=name)
    return [
        (
            posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/"),
            one.get("Type", ""),
        )
        for one in root.iter(f"{{{RELATIONSHIPS}}}Relationship")
        if one.get("TargetMode") != "External"
    ]


def rels_name(source: str) -> str:
    """Return the name of the part with the relationships of another part (or of the package)."""
    folder, _, file = source.rpartition("/")
    return f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"


def _content_type(types: Element, name: str) -> str:
    """Return the content type of a part, by its name or by its file extension."""
    for override in types.iter(f"{{{CONTENT_TYPES}}}Override"):
        if override.get("PartName", "").lower() == f"/{name}".lower():
            return override.get("ContentType", "")
    extension = name.rpartition(".")[2].lower()
    for default in types.iter(f"{{{CONTENT_TYPES}}}Default"):
        if default.get("Extension", "").lower() == extension:
            return default.get("ContentType", "")
    return ""
