"""What a document may contain only once: identifiers, and notes and comments, inside a loop."""

from collections.abc import Iterator

from docgen_nb.template.docx.part import NOWHERE, Part, Placeholder
from docgen_nb.template.docx.xml import DOC_PR, PARA_ID, TEXT_ID, Element, P, w

_BOOKMARKS = (w("bookmarkStart"), w("bookmarkEnd"))
_ID = w("id")
_REFERENCES = {
    w("footnoteReference"): "footnote",
    w("endnoteReference"): "endnote",
    w("commentReference"): "comment",
}


def highest_identifier(root: Element) -> int:
    """Return the highest identifier of a drawing or bookmark of a part."""
    written = [element.get("id") or "" for element in root.iter(DOC_PR)]
    written += [element.get(_ID) or "" for element in root.iter(*_BOOKMARKS)]
    return max((int(text) for text in written if text.isdecimal() and len(text) < 10), default=0)


def make_repeatable(part: Part, elements: list[Element], loop: Placeholder) -> None:
    """Renumber or remove the identifiers inside a loop, and report what it cannot repeat."""
    inside = list(_between(elements[0], elements[-1]))
    for element in inside:
        for paragraph in element.iter(P):
            paragraph.attrib.pop(PARA_ID, "")
            paragraph.attrib.pop(TEXT_ID, "")
        for properties in element.iter(DOC_PR):
            if part.prefix not in (properties.get("id") or ""):  # it has one in an inner loop
                properties.set("id", _identifier(part, "identifier"))
        for control in element.iter(w("sdtPr")):
            for identifier in control.findall(_ID):
                control.remove(identifier)  # Word gives one to each control that has none
    _renumber_bookmarks(part, inside)
    _report_references(part, inside, loop)


def _between(first: Element, last: Element) -> Iterator[Element]:
    for element in first.itersiblings():
        if element is last:
            return
        yield element


def _identifier(part: Part, attribute: str, key: str = "") -> str:
    return part.add_as_text(Placeholder("", NOWHERE, attribute=attribute, original=key))


def _renumber_bookmarks(part: Part, inside: list[Element]) -> None:
    """Give each bookmark that begins and ends inside the loop a new identifier in each turn."""
    starts, ends = (
        {bound.get(_ID) or "": bound for element in inside for bound in element.iter(tag)}
        for tag in _BOOKMARKS
    )
    for key in starts:
        if key in ends and part.prefix not in key:  # it has one if it is in an inner loop
            starts[key].set(_ID, _identifier(part, "identifier", key))
            ends[key].set(_ID, _identifier(part, "end identifier", key))


def _report_references(part: Part, inside: list[Element], loop: Placeholder) -> None:
    kinds = [
        _REFERENCES[reference.tag] for element in inside for reference in element.iter(*_REFERENCES)
    ]
    for kind in dict.fromkeys(kinds):
        part.report(
            "not_repeated",
            f"The {kind} in the loop '{loop.content}' is in the document once, and its tags are"
            " not filled from the loop. Move it out of the loop.",
            loop,
            severity="warning",
        )
