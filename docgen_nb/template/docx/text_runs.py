"""Tags in a paragraph, matched across the runs that Word splits them into, and replaced."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from docgen_nb.template.docx.xml import (
    BR,
    NO_BREAK_HYPHEN,
    RPR,
    RUN,
    SOFT_HYPHEN,
    TAB,
    XML_SPACE,
    Element,
    T,
    parent_of,
    w,
)

TARGET = "docgen"  # of the processing instructions that stand for tags
OPENING, CLOSING = "{{", "}}"
# Elements in a run other than text, and how they read inside a tag.
_AS_TEXT = {TAB: "\t", BR: "\n", w("cr"): "\n", NO_BREAK_HYPHEN: "-", SOFT_HYPHEN: ""}
# Elements that can contain runs; not those of removed revisions (del, moveFrom).
AROUND_RUNS = {
    w(name)
    for name in (
        *("hyperlink", "ins", "moveTo", "smartTag", "fldSimple", "sdt", "sdtContent"),
        *("customXml", "dir", "bdo"),
    )
}
_SPELLING_ERROR = w("proofErr")


@dataclass(slots=True)
class TagMatch:
    """A tag in the text of a paragraph."""

    start: int
    end: int
    content: str


_Replacement = tuple[TagMatch, Element | str]  # a tag, and the placeholder that replaces it


class _TextElement(NamedTuple):
    """An element with text, and the position of that text in the paragraph."""

    element: Element
    text: str
    start: int
    end: int


def find_tags(text: str) -> list[TagMatch]:
    """Return all tags in a text: from the last ``{{`` before a ``}}`` to that ``}}``.

    >>> [match.content for match in find_tags("{{{a}} }} {{ {{b}}")]
    ['{{a}}', '{{b}}']
    """
    matches, position = [], 0
    while (close := text.find(CLOSING, position)) >= 0:
        start = text.rfind(OPENING, position, close)
        end = close + len(CLOSING)
        if start >= 0:
            matches.append(TagMatch(start, end, text[start:end]))
        position = end
    return matches


def may_hold_tags(paragraph: Element) -> bool:
    """Return whether a paragraph contains a brace at all, which is quick to find out."""
    return any("{" in (text.text or "") for text in paragraph.iter(T))


def replace_tags(
    paragraph: Element, *, replacement: Callable[[TagMatch], Element | str]
) -> str | None:
    """Replace each tag by a placeholder in the first of its runs.

    Returns the text after a ``{{`` without a ``}}``, or None.
    """
    elements, maybe_empty = _text_elements(paragraph)
    text = "".join([element.text for element in elements])
    start = text.rfind(OPENING)
    unclosed = text[start:] if start >= 0 and text.find(CLOSING, start) < 0 else None
    replacements = [(match, replacement(match)) for match in find_tags(text)]
    if not replacements:
        return unclosed
    for element, overlapping in _overlaps(elements, replacements):
        run = parent_of(element.element)
        if not _rewrite(element, overlapping):
            maybe_empty[run] = None
    _remove_empty_runs(paragraph, maybe_empty)
    return unclosed


def remove(element: Element) -> None:
    """Remove an element from its parent."""
    parent_of(element).remove(element)


def placeholder_element(number: int) -> Element:
    """Return a new element that stands for a tag in the tree."""
    return etree.ProcessingInstruction(TARGET, str(number))


def placeholder_elements(element: Element) -> Iterator[tuple[Element, int]]:
    """Return the placeholders inside an element in order, each with its number."""
    for instruction in element.iter(etree.ProcessingInstruction):
        yield instruction, int(instruction.text or "")


def is_placeholder(element: Element) -> bool:
    """Return whether an element is a placeholder."""
    return isinstance(element, etree._ProcessingInstruction)


def _text_elements(paragraph: Element) -> tuple[list[_TextElement], dict[Element, None]]:
    """Return the elements with text in order, and the runs that may be empty."""
    elements: list[_TextElement] = []
    maybe_empty: dict[Element, None] = {}
    end = 0
    for run in _runs(paragraph):
        count, has_empty_text = len(elements), False
        for element in run:
            tag = element.tag
            text = (element.text or "") if tag == T else _AS_TEXT.get(tag)
            if text is not None:
                start, end = end, end + len(text)
                elements.append(_TextElement(element, text, start, end))
                has_empty_text = has_empty_text or not text
        if has_empty_text or len(elements) == count:
            maybe_empty[run] = None
    return elements, maybe_empty


def _runs(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag == RUN:
            yield child
        elif child.tag in AROUND_RUNS:
            yield from _runs(child)


def _overlaps(
    elements: list[_TextElement], replacements: list[_Replacement]
) -> Iterator[tuple[_TextElement, list[_Replacement]]]:
    """Return the elements that contain a part of a tag, each with the tags; all are in order."""
    first, count = 0, len(replacements)
    for element in elements:
        while first < count and replacements[first][0].end <= element.start:
            first += 1
        end = first
        while end < count and replacements[end][0].start < element.end:
            end += 1
        if end > first:
            yield element, replacements[first:end]


def _rewrite(text_element: _TextElement, replacements: list[_Replacement]) -> bool:
    """Put the placeholders into one element; return whether anything is left of it."""
    element, text, start, _ = text_element
    if element.tag != T:
        remove(element)
        return False
    element.set(XML_SPACE, "preserve")
    position, last, written = start, None, ""
    for match, placeholder in replacements:
        written += text[position - start : max(match.start, position) - start]
        position = match.end
        if match.start < start:
            continue  # its placeholder is in an earlier element
        if isinstance(placeholder, str):
            written += placeholder
        else:
            _set_text(element, last, written)
            element.append(placeholder)
            last, written = placeholder, ""
    written += text[position - start :]
    _set_text(element, last, written)
    return bool(written) or last is not None


def _set_text(element: Element, last: Element | None, text: str) -> None:
    """Set the text after the last placeholder, or at the beginning."""
    if last is None:
        element.text = text
    else:
        last.tail = text


def _remove_empty_runs(paragraph: Element, maybe_empty: dict[Element, None]) -> None:
    for run in maybe_empty:
        is_empty = True
        for child in list(run):
            tag = child.tag
            if tag == T and not child.text and not len(child):
                run.remove(child)
            elif tag != RPR:
                is_empty = False
        if is_empty:
            remove(run)
    for error in list(paragraph.iter(_SPELLING_ERROR)):
        remove(error)
