"""Finds tags in a paragraph, over however many runs Word has split them, and cuts them out."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from docgen_nb.template.ooxml import (
    BR,
    NO_BREAK_HYPHEN,
    RPR,
    RUN,
    SOFT_HYPHEN,
    TAB,
    XML_SPACE,
    Element,
    T,
    w,
)

MARK = "docgen"  # the target of the processing instructions that stand for tags
OPENING, CLOSING = "{{", "}}"
# What a run may hold beside text, and how it reads inside a tag.
_AS_TEXT = {TAB: "\t", BR: "\n", w("cr"): "\n", NO_BREAK_HYPHEN: "-", SOFT_HYPHEN: ""}
# What may stand around runs; not what a revision removed (del, moveFrom).
_AROUND_RUNS = {
    w(name)
    for name in (
        *("hyperlink", "ins", "moveTo", "smartTag", "fldSimple", "sdt", "sdtContent"),
        *("customXml", "dir", "bdo"),
    )
}
_SPELLING = w("proofErr")


@dataclass(frozen=True)
class Span:
    """A tag in the joined text of a paragraph."""

    start: int
    end: int
    content: str


@dataclass(frozen=True)
class _Piece:
    """An element that carries text, and where that text starts in the paragraph's."""

    element: Element
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def spans(text: str) -> list[Span]:
    """All tags in a text: from the last ``{{`` before a ``}}`` to that ``}}``.

    >>> [span.content for span in spans("{{{a}} }} {{ {{b}}")]
    ['{{a}}', '{{b}}']
    """
    found, position = [], 0
    while (close := text.find(CLOSING, position)) >= 0:
        start = text.rfind(OPENING, position, close)
        end = close + len(CLOSING)
        if start >= 0:
            found.append(Span(start, end, text[start:end]))
        position = end
    return found


def may_hold_tags(paragraph: Element) -> bool:
    """Whether a paragraph has a brace at all: a quick look before a thorough one."""
    return "{" in etree.tostring(paragraph, encoding="unicode", method="text", with_tail=False)


def cut_out_tags(paragraph: Element, *, number_of: Callable[[Span], int]) -> str | None:
    """Put a numbered mark in the place of each tag, inside the first run that the tag touches.

    Gives the text behind a ``{{`` that no ``}}`` closes, or None.
    """
    pieces = list(_pieces(paragraph))
    text = "".join(piece.text for piece in pieces)
    start = text.rfind(OPENING)
    rest = text[start:] if start >= 0 and text.find(CLOSING, start) < 0 else None
    found = spans(text)
    if not found:
        return rest
    numbers = {span.start: number_of(span) for span in found}
    for piece in pieces:
        first = bisect_right(found, piece.start, key=lambda span: span.end)
        after = bisect_left(found, piece.end, key=lambda span: span.start)
        if touching := found[first:after]:
            _rewrite(piece, touching, numbers)
    _drop_what_is_empty(paragraph)
    return rest


def remove(element: Element) -> None:
    """Take an element out of its parent."""
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def mark(number: int) -> Element:
    """The element that stands for a tag (or for the edge of a block) in the tree."""
    return etree.ProcessingInstruction(MARK, str(number))


def marks_in(element: Element) -> Iterator[tuple[Element, int]]:
    """The marks inside an element, in order, each with its number."""
    for one in element.iter(etree.ProcessingInstruction):
        yield one, int(one.text or "")


def is_mark(element: Element) -> bool:
    """Whether an element of the tree is a mark."""
    return isinstance(element, etree._ProcessingInstruction)


def _pieces(paragraph: Element) -> Iterator[_Piece]:
    start = 0
    for run in _runs(paragraph):
        for element in run:
            text = (element.text or "") if element.tag == T else _AS_TEXT.get(element.tag)
            if text is not None:
                yield _Piece(element, text, start)
                start += len(text)


def _runs(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag == RUN:
            yield child
        elif child.tag in _AROUND_RUNS:
            yield from _runs(child)


def _rewrite(piece: _Piece, touching: list[Span], numbers: dict[int, int]) -> None:
    element = piece.element
    if element.tag != T:
        remove(element)
        return
    element.set(XML_SPACE, "preserve")
    position, last = piece.start, None
    element.text = ""
    for span in touching:
        before = max(span.start, position)
        _append(element, last, piece.text[position - piece.start : before - piece.start])
        if span.start >= piece.start:
            last = mark(numbers[span.start])
            element.append(last)
        position = span.end
    _append(element, last, piece.text[position - piece.start :])


def _append(element: Element, last: Element | None, text: str) -> None:
    if last is None:
        element.text = (element.text or "") + text
    else:
        last.tail = (last.tail or "") + text


def _drop_what_is_empty(paragraph: Element) -> None:
    for run in list(_runs(paragraph)):
        for text in run.findall(T):
            if not text.text and not len(text):
                run.remove(text)
        if all(child.tag == RPR for child in run):
            remove(run)
    for spelling in list(paragraph.iter(_SPELLING)):
        remove(spelling)
