"""Puts the marks of blocks between rows, paragraphs or runs, where a block can be repeated."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from docgen_nb.template.docx.text_runs import AROUND_RUNS
from docgen_nb.template.docx.xml import (
    BODY,
    BR,
    NEVER_EMPTY,
    PPR,
    RPR,
    RUN,
    SDT_CONTENT,
    SECT_PR,
    TAB,
    TBL,
    TR,
    Element,
    P,
    T,
    w,
)

KEPT_IN_A_COPY = {RPR, PPR, w("sdtPr")}
_WITHOUT_CONTENT = {
    *(RPR, PPR, TAB),
    *map(w, ("del", "moveFrom", "proofErr", "lastRenderedPageBreak", "commentReference")),
    *map(w, ("sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr")),
    *(w(f"{what}Start") for what in ("bookmark", "perm", "commentRange", "moveToRange")),
    *(w(f"{what}End") for what in ("bookmark", "perm", "commentRange", "moveToRange")),
}
_AROUND_CONTENT = AROUND_RUNS - {w("fldSimple")}  # which shows its result even if it is empty
_ROW_LEVEL = {TBL, TR}
_OF_PARAGRAPHS = {BODY, *NEVER_EMPTY}


@dataclass(frozen=True)
class Group:
    """The marks of one block, in order: ``if``, ``elseif``..., ``endif``, or a loop's two."""

    marks: tuple[Element, ...]
    is_row_loop: bool
    number: int  # of its first mark
    closed: Mapping[Element, int]  # rows of other blocks, and the numbers of their last marks


class Crossing(Exception):
    """Why a block cannot be one, such as an end in another cell than its beginning."""

    def __init__(
        self, why: str = "begins and ends in places that do not match, such as two cells"
    ) -> None:
        super().__init__(why)


def lift(group: Group) -> list[Element]:
    """Move the marks of a block up to where what is between them can stand alone.

    Gives the rows that the marks stood in, if the block is one of rows.
    """
    container = _common(group.marks)
    row_level = container.tag in _ROW_LEVEL
    if group.is_row_loop or row_level:
        return _lift_to_rows(group, _table_of(container))
    if _is_inline(container):
        _lift_to_runs(group.marks, _above_runs(container))
    else:
        _lift_to_blocks(group.marks, container)
    return []


def _common(marks: tuple[Element, ...]) -> Element:
    """The lowest element that holds all the marks."""
    first, *others = ([*reversed(list(one.iterancestors()))] for one in marks)
    depth = len(first)
    for line in others:
        same = (a is b for a, b in zip(first, line, strict=False))
        depth = min(depth, _leading(same))
    return first[depth - 1]


def _leading(flags: Iterator[bool]) -> int:
    count = 0
    for flag in flags:
        if not flag:
            break
        count += 1
    return count


def _is_inline(container: Element) -> bool:
    if container.tag in _OF_PARAGRAPHS:
        return False
    return container.tag in (T, RUN, P) or any(child.tag == RUN for child in container)


def _child_of(container: Element, element: Element) -> Element:
    """The child of a container through which an element hangs on it."""
    while (parent := element.getparent()) is not container:
        if parent is None:
            raise Crossing
        element = parent
    return element


# Rows


def _table_of(container: Element) -> Element:
    while container.tag != TBL:
        parent = container.getparent()
        if parent is None:
            raise Crossing("stands outside of a table")
        container = parent
    return container


def _lift_to_rows(group: Group, table: Element) -> list[Element]:
    rows = [_row_of(table, one) for one in group.marks]
    if any(row.tag != TR for row in rows):
        raise Crossing
    if any(group.closed.get(row, group.number) < group.number for row in rows):
        raise Crossing("stands in a row that belongs to the block before it")
    if len(group.marks) > 2 and len({id(row) for row in rows}) < len(rows):
        raise Crossing  # an else inside a row has no row of its own
    last = len(rows) - 1
    for position, (one, row) in enumerate(zip(group.marks, rows, strict=True)):
        _take_out(one)
        if position == last:
            row.addnext(one)
        else:
            row.addprevious(one)
    for row in rows:
        if row.getparent() is not None and _is_blank_row(row):
            _remove(row)
        elif row.getparent() is not None:
            _fill_cells(row)
    return rows


def _row_of(table: Element, one: Element) -> Element:
    """The row that a mark stands in; a content control around it goes."""
    while (child := _child_of(table, one)).tag == w("sdt"):
        for inner in child.findall(SDT_CONTENT):
            child.extend(inner)
            _remove(inner)
        for row in child.findall(TR):
            child.addprevious(row)
        _remove(child)
    return child


def _is_blank_row(row: Element) -> bool:
    return all(_is_blank(paragraph) for paragraph in row.iter(P))


def _fill_cells(row: Element) -> None:
    """Take out paragraphs that the marks have left empty, but for the one that a cell needs."""
    for paragraph in list(row.iter(P)):
        if paragraph.attrib.pop(_EMPTIED, "") and _can_go(paragraph):
            _remove(paragraph)


def _can_go(paragraph: Element) -> bool:
    before, container = paragraph.getprevious(), paragraph.getparent()
    assert container is not None
    needed = paragraph.getnext() is None and before is not None and before.tag == TBL
    return len(container.findall(P)) > 1 and not needed and _is_blank(paragraph)


_EMPTIED = "emptied"


def _take_out(one: Element) -> None:
    """Remove a mark from its run, and the run if nothing else is in it."""
    paragraph = next(one.iterancestors(P))
    _remove(one)
    for run in list(paragraph.iter(RUN)):
        if _is_empty(run):
            _remove(run)
    if _is_blank(paragraph):
        paragraph.set(_EMPTIED, "1")


def _remove(element: Element) -> None:
    """Remove an element and keep the text behind it."""
    parent, tail = element.getparent(), element.tail
    assert parent is not None
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        element.tail = None
    parent.remove(element)


# Paragraphs


def _lift_to_blocks(marks: tuple[Element, ...], container: Element) -> None:
    children = [_child_of(container, one) for one in marks]
    if any(child is not _paragraph_of(one) for child, one in zip(children, marks, strict=True)):
        raise Crossing
    for one in marks:
        paragraph = _child_of(container, one)
        if _stands_alone(one, paragraph):
            paragraph.addprevious(one)
            _remove(paragraph)
            continue
        split(one, container)
        for half in (one.getprevious(), one.getnext()):
            if half is not None and _is_half(half, paragraph):
                half.attrib.pop(_HALF, "")
                if _is_blank(half):
                    _drop_half(half, one, is_first=one is marks[0])


def _paragraph_of(one: Element) -> Element | None:
    return next(one.iterancestors(P), None)


def _stands_alone(one: Element, paragraph: Element) -> bool:
    """Whether a mark is all that a paragraph holds: then both halves would go, so none is made."""
    text = one.getparent()
    run = None if text is None else text.getparent()
    return (
        text is not None
        and run is not None
        and not (text.text or one.tail)
        and all(child is one for child in text)
        and all(child is text or child.tag == RPR for child in run)
        and all(child is run or child.tag == PPR for child in paragraph)
        and paragraph.find(f"{PPR}/{SECT_PR}") is None
    )


_HALF = "half"


def _is_half(element: Element, paragraph: Element) -> bool:
    return element.tag == P and (element is paragraph or element.get(_HALF) is not None)


def _drop_half(half: Element, one: Element, *, is_first: bool) -> None:
    """Remove an empty half; one that ends a section stays, outside of the block if it can."""
    if half.find(f"{PPR}/{SECT_PR}") is None:
        _remove(half)
    elif is_first:
        one.addprevious(half)


# Runs


def _above_runs(container: Element) -> Element:
    while container.tag in (T, RUN):
        parent = container.getparent()
        assert parent is not None
        container = parent
    return container


def _lift_to_runs(marks: tuple[Element, ...], container: Element) -> None:
    if len({_paragraph_of(one) for one in marks}) > 1:
        raise Crossing  # a text box inside of a paragraph
    for one in marks:
        split(one, container)
        for half in (one.getprevious(), one.getnext()):
            if half is not None and _is_empty(half):
                _remove(half)


# Splitting


def split(one: Element, container: Element) -> None:
    """Cut everything between a mark and a container in two, and put the mark between."""
    while (parent := one.getparent()) is not container:
        assert parent is not None
        _split_once(one, parent)


def _split_once(one: Element, parent: Element) -> None:
    """What stands before the mark moves to a copy of its parent, placed before it."""
    before = etree.Element(parent.tag, dict(parent.attrib))  # type: ignore[misc]
    before.text, parent.text = parent.text, None
    for child in list(one.itersiblings(preceding=True))[::-1]:
        if child.tag in KEPT_IN_A_COPY:
            before.append(_copy_of_properties(child))
        else:
            before.append(child)
    parent.text, one.tail = one.tail, None
    outer = parent.getparent()
    assert outer is not None
    if parent.tag == P:
        before.set(_HALF, "1")
        parent.set(_HALF, "1")
    parent.addprevious(before)
    before.tail = None
    parent.addprevious(one)


def _copy_of_properties(properties: Element) -> Element:
    copy = deepcopy(properties)
    for section in copy.findall(SECT_PR):
        copy.remove(section)
    return copy


# What counts as empty


def _is_blank(paragraph: Element) -> bool:
    """Whether a paragraph shows nothing: no text but blanks, no picture, field or mark."""
    if _text(paragraph).strip():
        return False
    return all(map(_shows_nothing, paragraph))


def _shows_nothing(element: Element) -> bool:
    if element.tag == RUN:
        return _is_blank_run(element)
    if element.tag in _AROUND_CONTENT:
        return all(map(_shows_nothing, element))
    return element.tag in _WITHOUT_CONTENT


def _is_blank_run(run: Element) -> bool:
    return all(
        _holds_no_mark(child)
        if child.tag == T
        else child.tag in _WITHOUT_CONTENT or _is_line_break(child)
        for child in run
    )


def _is_empty(element: Element) -> bool:
    """Whether nothing is left of a run, or of what stands around runs."""
    if element.tag == T:
        return not element.text and _holds_no_mark(element)
    if element.tag == RUN or element.tag in _AROUND_CONTENT:
        return all(map(_is_empty, element))
    return element.tag in KEPT_IN_A_COPY


def _holds_no_mark(text: Element) -> bool:
    return next(text.iterchildren(), None) is None  # len() would count them all


def _is_line_break(element: Element) -> bool:
    return element.tag == BR and not element.attrib


def _text(element: Element) -> str:
    return "".join(
        (one.text or "") + "".join(inner.tail or "" for inner in one) for one in element.iter(T)
    )
