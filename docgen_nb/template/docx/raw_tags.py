"""Tags that are written where none is filled: in the addresses of links and the codes of fields."""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from docgen_nb.template.docx.package import Package
from docgen_nb.template.docx.part import NOWHERE, Part, Placeholder
from docgen_nb.template.docx.places import paragraph_places
from docgen_nb.template.docx.text_runs import find_tags
from docgen_nb.template.docx.xml import Element, P, R, parse, rels_name, w

_RELATION = f"{{{R}}}id"
_MOST = 200  # characters of an address or code that a message shows


def link_addresses(package: Package, part_name: str) -> dict[str, str]:
    """Return the addresses that contain a tag, by their relationship in a part."""
    name = rels_name(part_name)
    content = package.read(name) if name in package else b""
    if b"{{" not in content and b"%7b%7b" not in content.lower():
        return {}
    addresses = {
        relation.get("Id", ""): unquote(relation.get("Target", ""))
        for relation in parse(content, name=name)
    }
    return {key: address for key, address in addresses.items() if find_tags(address)}


def report_raw_tags(part: Part, addresses: Mapping[str, str]) -> None:
    """Add a warning for each link and field of a part that contains a tag."""
    written = [*_links(part.root, addresses), *_fields(part.root)]
    if not written:
        return
    paragraphs = [next(element.iterancestors(P), element) for element, _, _ in written]
    places = paragraph_places(part.root, part.title, wanted=set(paragraphs).__contains__)
    for paragraph, (_, what, text) in zip(paragraphs, written, strict=True):
        part.report(
            "raw_tag",
            f"{what}, '{text[:_MOST]}', has a tag, which stays as written: tags are filled in"
            " texts and pictures only.",
            Placeholder(find_tags(text)[0].content, places.get(paragraph, NOWHERE)),
            severity="warning",
        )


def _links(root: Element, addresses: Mapping[str, str]) -> Iterator[tuple[Element, str, str]]:
    for link in root.iter(w("hyperlink")) if addresses else ():
        address = addresses.get(link.get(_RELATION) or "")
        if address:
            yield link, "The address of a link", address


def _fields(root: Element) -> Iterator[tuple[Element, str, str]]:
    """Return the fields with a tag; Word may split a code over several runs of a paragraph."""
    codes: dict[Element, str] = {}
    for element in root.iter(w("instrText")):
        paragraph = next(element.iterancestors(P), element)
        codes[paragraph] = codes.get(paragraph, "") + (element.text or "")
    codes |= {field: field.get(w("instr")) or "" for field in root.iter(w("fldSimple"))}
    for element, code in codes.items():
        if find_tags(code):
            yield element, "The code of a field", code.strip()
