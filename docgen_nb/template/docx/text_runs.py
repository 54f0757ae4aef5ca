"""Finds tags in a paragraph, over however many runs Word has split them, and cuts them out."""

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
    w,
)

MARK = "docgen"  # the target of the processing instructions that stand for tags
OPENING, CLOSING = "{{", "}}"
# What a run may hold beside text, and how it reads inside a tag.
_AS_TEXT = {TAB: "\t", BR: "\n", w("cr"): "\n", NO_BREAK_HYPHEN: "-", SOFT_HYPHEN: ""}
# What may stand around runs; not what a revision removed (del, moveFrom).
AROUND_RUNS = {
    w(name)
    for name in (
        *("hyperlink", "ins", "moveTo", "smartTag", "fldSimple", "sdt", "sdtContent"),
        *("customXml", "dir", "bdo"),
    )
}
_SPELLING = w("proofErr")


@dataclass(slots=True)
class Span:
    """A tag in the joined text of a paragraph."""

    start: int
    end: int
    content: str


_Marked = tuple[Span, Element | str]  # a tag, and the mark that takes its place


class _Piece(NamedTuple):
    """An element that carries text, and where that text stands in the paragraph's."""

    element: Element
    text: str
    start: int
    end: int


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
    return any("{" in (one.text or "") for one in paragraph.iter(T))


def cut_out_tags(paragraph: Element, *, mark_of: Callable[[Span], Element | str]) -> str | None:
    """Put a mark in the place of each tag, inside the first run that the tag touches.

    Gives the text behind a ``{{`` that no ``}}`` closes, or None.
    """
    pieces, doubtful = _read(paragraph)
    text = "".join([piece.text for piece in pieces])
    start = text.rfind(OPENING)
    rest = text[start:] if start >= 0 and text.find(CLOSING, start) < 0 else None
    found = [(span, mark_of(span)) for span in spans(text)]
    if not found:
        return rest
    for piece, touching in _touched(pieces, found):
        run = piece.element.getparent()
        if not _rewrite(piece, touching) and run is not None:
            doubtful[run] = None
    _drop_what_is_empty(paragraph, doubtful)
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


def _read(paragraph: Element) -> tuple[list[_Piece], dict[Element, None]]:
    """The pieces of a paragraph in order, and the runs that may show nothing."""
    pieces: list[_Piece] = []
    doubtful: dict[Element, None] = {}
    end = 0
    for run in _runs(paragraph):
        count, is_doubtful = len(pieces), False
        for element in run:
            tag = element.tag
            text = (element.text or "") if tag == T else _AS_TEXT.get(tag)
            if text is not None:
                start, end = end, end + len(text)
                pieces.append(_Piece(element, text, start, end))
                is_doubtful = is_doubtful or not text
        if is_doubtful or len(pieces) == count:
            doubtful[run] = None
    return pieces, doubtful


def _runs(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag == RUN:
            yield child
        elif child.tag in AROUND_RUNS:
            yield from _runs(child)


def _touched(pieces: list[_Piece], tags: list[_Marked]) -> Iterator[tuple[_Piece, list[_Marked]]]:
    """The pieces that hold some of a tag, each with these tags: both are in their order."""
    first, count = 0, len(tags)
    for piece in pieces:
        while first < count and tags[first][0].end <= piece.start:
            first += 1
        behind = first
        while behind < count and tags[behind][0].start < piece.end:
            behind += 1
        if behind > first:
            yield piece, tags[first:behind]


def _rewrite(piece: _Piece, touching: list[_Marked]) -> bool:
    """Put marks for tags in one piece; gives whether anything is left of it."""
    element, text, start, _ = piece
    if element.tag != T:
        remove(element)
        return False
    element.set(XML_SPACE, "preserve")
    position, last, written = start, None, ""
    for span, one in touching:
        written += text[position - start : max(span.start, position) - start]
        position = span.end
        if span.start < start:
            continue  # its mark stands in an earlier piece
        if isinstance(one, str):
            written += one
        else:
            _put(element, last, written)
            element.append(one)
            last, written = one, ""
    written += text[position - start :]
    _put(element, last, written)
    return bool(written) or last is not None


def _put(element: Element, last: Element | None, text: str) -> None:
    """Set the text behind the last mark, or at the beginning."""
    if last is None:
        element.text = text
    else:
        last.tail = text


def _drop_what_is_empty(paragraph: Element, doubtful: dict[Element, None]) -> None:
    for run in doubtful:
        is_bare = True
        for child in list(run):
            tag = child.tag
            if tag == T and not child.text and not len(child):
                run.remove(child)
            elif tag != RPR:
                is_bare = False
        if is_bare:
            remove(run)
    for spelling in list(paragraph.iter(_SPELLING)):
        remove(spelling)
