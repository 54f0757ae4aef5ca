"""The words of WordprocessingML that the renderer needs, and the reading of XML under limits."""

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
WRITTEN = {"w": W, "r": R, "wp": WP}  # prefixes in what rendering adds
STRICT = "http://purl.oclc.org/ooxml/"
DOCUMENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

MAX_MARKS = 2_000_000  # tags of XML in one part, as each takes far more memory than its bytes
MAX_STORY_BYTES = 32 * 1024 * 1024  # of all parts with text together
_MAIN = f"{R}/officeDocument"
_TEXT_PARTS = ("header", "footer", "footnotes", "endnotes")


def w(name: str) -> str:
    """The full name of an element or attribute of WordprocessingML."""
    return f"{{{W}}}{name}"


P, RUN, T, TBL, TR, TC = w("p"), w("r"), w("t"), w("tbl"), w("tr"), w("tc")
RPR, PPR, SECT_PR = w("rPr"), w("pPr"), w("sectPr")
TAB, BR, NO_BREAK_HYPHEN, SOFT_HYPHEN = w("tab"), w("br"), w("noBreakHyphen"), w("softHyphen")
SDT_CONTENT, TXBX, BODY = w("sdtContent"), w("txbxContent"), w("body")
INLINE, ANCHOR, DOC_PR = f"{{{WP}}}inline", f"{{{WP}}}anchor", f"{{{WP}}}docPr"
BLIP, C_NV_PR, EMBED = f"{{{DRAWING}}}blip", f"{{{PICTURE}}}cNvPr", f"{{{R}}}embed"
WORD_2010 = "http://schemas.microsoft.com/office/word/2010/wordml"
PARA_ID, TEXT_ID = f"{{{WORD_2010}}}paraId", f"{{{WORD_2010}}}textId"
# Parts of a document that must not be left without a paragraph at their end.
NEVER_EMPTY = (TC, w("hdr"), w("ftr"), TXBX, w("footnote"), w("endnote"))


@dataclass(frozen=True)
class Story:
    """A part that holds text: its name in the zip, and the word people use for it."""

    name: str
    title: str


def parse(content: bytes, *, name: str) -> Element:
    """Read XML that may come from anyone: no entities, no DTD, no network, bounded depth."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    if content.count(b"<") > MAX_MARKS:
        raise UnreadableTemplate("too_large", f"The part {name!r} has more than {MAX_MARKS} marks.")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _has_dtd(name)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise UnreadableTemplate("damaged", f"The part {name!r} is no sound XML.") from fault
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding that hid it above
        raise _has_dtd(name)
    return root


def with_prefixes(root: Element, *, content: bytes) -> Element:
    """The same part, with the prefix that rendering writes for WordprocessingML."""
    for prefix, namespace in WRITTEN.items():
        if root.nsmap.get(prefix, namespace) != namespace:
            raise UnreadableTemplate("damaged", f"The prefix {prefix!r} has a foreign meaning.")
    is_simple = root.prefix == "w" and content.count(W.encode()) == 1
    if not is_simple and any(element.prefix != "w" for element in root.iter(f"{{{W}}}*")):
        return _rebuilt(root, None)
    return root


def _rebuilt(old: Element, parent: Element | None) -> Element:
    """A copy in which WordprocessingML has the prefix that rendering writes."""
    others = {prefix: name for prefix, name in old.nsmap.items() if name != W}
    if parent is None:
        new = etree.Element(old.tag, dict(old.attrib), {**others, **WRITTEN})  # type: ignore[dict-item, misc]
    else:
        new = etree.SubElement(parent, old.tag, dict(old.attrib), others)  # type: ignore[arg-type, misc]
    new.text, new.tail = old.text, old.tail
    for child in old:
        _rebuilt(child, new)
    return new


def _has_dtd(name: str) -> UnreadableTemplate:
    return UnreadableTemplate(
        "xml_entities", f"The part {name!r} has a DTD or entities, which are refused."
    )


def serialized(root: Element) -> str:
    """The XML of a part as text, without its declaration."""
    return etree.tostring(root, encoding="unicode")


def require_body(root: Element, *, name: str) -> None:
    """Refuse a main part that is something else."""
    if root.tag != w("document") or root.find(BODY) is None:
        raise UnreadableTemplate("damaged", f"The part {name!r} is no Word document.")


def serialized_for_writing(root: Element) -> str:
    """The same, with all prefixes that rendering writes declared in its first tag."""
    xml = serialized(root)
    end_of_name = len(f"<{root.prefix}:{etree.QName(root).localname}")
    lacking = (item for item in WRITTEN.items() if item[0] not in root.nsmap)
    added = "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in lacking)
    return f"{xml[:end_of_name]}{added}{xml[end_of_name:]}"


def stories(package: Package) -> list[Story]:
    """The main document, then headers, footers and notes, as the main part names them."""
    main = _main_part(package)
    found = [Story(main, "document")]
    related = targets(package, main)
    for kind in _TEXT_PARTS:
        names = sorted({name for name, its in related if its == f"{R}/{kind}" and name in package})
        for number, name in enumerate(names, 1):
            title = kind if len(names) == 1 else f"{kind} {number}"
            found.append(Story(name, title))
    if sum(package.parts[story.name].size for story in found) > MAX_STORY_BYTES:
        raise UnreadableTemplate("too_large", "The parts with text have more than 32 MB together.")
    return found


def _main_part(package: Package) -> str:
    for name in ("[Content_Types].xml", "_rels/.rels"):
        if name not in package:
            raise UnreadableTemplate("not_docx", f"The zip has no {name!r}, so it is no .docx.")
    related = targets(package, "")
    if any(kind.startswith(STRICT) for _, kind in related):
        message = "The file is a Strict Open XML document; save it as Word Document (.docx)."
        raise UnreadableTemplate("strict", message)
    main = next((name for name, kind in related if kind == _MAIN and name in package), None)
    if main is None:
        raise UnreadableTemplate("not_docx", "The zip names no main document, so it is no .docx.")
    _require_document(package, main)
    return main


def targets(package: Package, source: str) -> list[tuple[str, str]]:
    """The parts that a part points to inside the package, each with the kind of the relation."""
    folder = source.rpartition("/")[0]
    name = rels_name(source)
    if name not in package:
        return []
    root = parse(package.read(name), name=name)
    return [
        (_joined(folder, relation.get("Target", "")), relation.get("Type", ""))
        for relation in root.iter(f"{{{RELATIONSHIPS}}}Relationship")
        if relation.get("TargetMode") != "External"
    ]


def rels_name(source: str) -> str:
    """The part that holds the relations of another part (or of the package)."""
    folder, _, file = source.rpartition("/")
    return f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"


def _joined(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    steps = folder.split("/") if folder else []
    for step in target.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def _require_document(package: Package, main: str) -> None:
    found = content_type(
        parse(package.read("[Content_Types].xml"), name="[Content_Types].xml"), main
    )
    if found != DOCUMENT_TYPE:
        raise UnreadableTemplate(
            "not_docx", f"The main part is of the type {found!r}, so the file is no .docx."
        )


def content_type(types: Element, name: str) -> str:
    """The content type of a part, by its own name or by its ending."""
    for override in types.iter(f"{{{CONTENT_TYPES}}}Override"):
        if override.get("PartName", "").lower() == f"/{name}".lower():
            return override.get("ContentType", "")
    ending = name.rpartition(".")[2].lower()
    for default in types.iter(f"{{{CONTENT_TYPES}}}Default"):
        if default.get("Extension", "").lower() == ending:
            return default.get("ContentType", "")
    return ""
