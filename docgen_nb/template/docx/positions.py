"""Positions of tags that Box may not support: in text boxes, links, notes, or within paragraphs."""

from collections.abc import Iterator, Sequence

from docgen_nb.template.docx.part import Part, Placeholder
from docgen_nb.template.docx.text_runs import is_placeholder, placeholder_elements
from docgen_nb.template.docx.xml import TR, TXBX, Element, P, T, parent_of, w
from docgen_nb.template.language.ast import If, Loop

_AROUND = {TXBX: "text_box", w("sdt"): "content_control", w("hyperlink"): "link_text"}
_INSIDE = {
    w("sdt"): "content_control",
    w("hyperlink"): "link_text",
    w("commentRangeStart"): "commented_tag",
    w("commentReference"): "commented_tag",
    w("bookmarkStart"): "bookmark",
}
_NAME = w("name")
_OF_TITLES = {"footnotes": "note", "endnotes": "note", "header": "header", "footer": "header"}


def note_around(part: Part, paragraph: Element, placeholder: Placeholder) -> None:
    """Record what surrounds the tags of a paragraph, the first of which has this placeholder."""
    kind, _, number = part.title.partition(" ")
    names = [] if kind not in _OF_TITLES else [_OF_TITLES[kind]]
    if number and names == ["header"]:
        names = ["different_headers"]
    names += [_AROUND[one.tag] for one in paragraph.iterancestors(*_AROUND)]
    names += [_INSIDE[one.tag] for one in paragraph.iter(*_INSIDE) if _counts(part, one)]
    for name in dict.fromkeys(names):
        part.note(name, placeholder)


def _counts(part: Part, element: Element) -> bool:
    """Return whether an element in a paragraph is around a tag, as far as one can say."""
    if element.tag == w("bookmarkStart"):
        return not (element.get(_NAME) or "").startswith("_")  # Word's own, such as _GoBack
    if element.tag in (w("sdt"), w("hyperlink")):
        has_text = any(part.prefix in text for text in element.itertext())
        return has_text or any(placeholder_elements(element))
    return True


def tags_alone(root: Element) -> set[Element]:
    """Return the placeholders of tags that are alone in their paragraphs."""
    by_paragraph: dict[Element, list[Element]] = {}
    for element, _ in placeholder_elements(root):
        by_paragraph.setdefault(next(element.iterancestors(P)), []).append(element)
    return {
        elements[0]
        for paragraph, elements in by_paragraph.items()
        if len(elements) == 1 and not any(map(str.strip, _texts(paragraph)))
    }


def _texts(paragraph: Element) -> Iterator[str]:
    for text in paragraph.iter(T):
        yield text.text or ""
        yield from (inner.tail or "" for inner in text)


def note_layout(
    part: Part, elements: Sequence[Element], members: Sequence[int], alone: set[Element]
) -> None:
    """Record how the tags of a block lie in paragraphs and rows, before they are moved."""
    placeholder = part.placeholders[members[0]]
    tag = placeholder.tag
    is_row_loop = isinstance(tag, Loop) and tag.keyword == "tablerow"
    rows = [next(element.iterancestors(TR), None) for element in (elements[0], elements[-1])]
    if rows[0] is not rows[1]:
        part.note("tablerow_apart" if is_row_loop else "block_of_rows", placeholder)
    elif is_row_loop and _is_glued(part, elements[0]):
        part.note("tablerow_glued", placeholder)
    elif not is_row_loop and not all(element in alone for element in elements):
        if isinstance(tag, If):
            part.note("inline_condition", placeholder)
        elif len({next(element.iterancestors(P)) for element in elements}) > 1:
            part.note("split_block", placeholder)


def _is_glued(part: Part, element: Element) -> bool:
    if element.tail:
        return element.tail.startswith(part.prefix)
    following = element.getnext()
    if following is None:
        run = parent_of(parent_of(element)).getnext()
        text = None if run is None else next(run.iter(T), None)
        if text is None:
            return False
        return (text.text or "").startswith(part.prefix) or (
            not text.text and len(text) > 0 and is_placeholder(text[0])
        )
    return is_placeholder(following)
