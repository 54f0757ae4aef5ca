"""Placement of blocks between rows, paragraphs or runs, where they can be repeated."""

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
    parent_of,
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
_AROUND_CONTENT = AROUND_RUNS - {w("fldSimple")}  # a field shows its result even if it is empty
_ROW_LEVEL = {TBL, TR}
_OF_PARAGRAPHS = {BODY, *NEVER_EMPTY}


@dataclass(frozen=True)
class Block:
    """The placeholders of one block in order: ``if``, ``elseif``..., ``endif``, or a loop's two."""

    placeholders: tuple[Element, ...]
    is_row_loop: bool
    number: int  # of its first placeholder
    # Rows of other blocks, and the numbers of those blocks' last placeholders.
    closed: Mapping[Element, int]


class BlockMismatch(Exception):
    """A block can't be placed, for example because it ends in another cell than it begins."""

    def __init__(
        self, reason: str = "begins and ends in places that do not match, such as two cells"
    ) -> None:
        super().__init__(reason)


def place_block(block: Block) -> list[Element]:
    """Move the placeholders of a block up to where the content between them is complete.

    Returns the rows that the placeholders were in, if the block consists of rows.
    """
    container = _common_ancestor(block.placeholders)
    row_level = container.tag in _ROW_LEVEL
    if block.is_row_loop or row_level:
        return _move_to_rows(block, _table_of(container))
    if _is_inline(container):
        above_runs = next(one for one in _with_ancestors(container) if one.tag not in (T, RUN))
        _move_between_runs(block.placeholders, above_runs)
    else:
        _move_between_paragraphs(block.placeholders, container)
    return []


def _common_ancestor(elements: tuple[Element, ...]) -> Element:
    first, *others = elements
    ancestors = [set(element.iterancestors()) for element in others]
    return next(one for one in first.iterancestors() if all(one in some for some in ancestors))


def _is_inline(container: Element) -> bool:
    if container.tag in _OF_PARAGRAPHS:
        return False
    return container.tag in (T, RUN, P) or any(child.tag == RUN for child in container)


def _child_of(container: Element, element: Element) -> Element:
    """Return the child of a container that is, or contains, an element."""
    while (parent := element.getparent()) is not container:
        if parent is None:
            raise BlockMismatch
        element = parent
    return element


# Rows


def _table_of(container: Element) -> Element:
    table = next((one for one in _with_ancestors(container) if one.tag == TBL), None)
    if table is None:
        raise BlockMismatch("is not inside a table")
    return table


def _with_ancestors(element: Element) -> Iterator[Element]:
    yield element
    yield from element.iterancestors()


def _move_to_rows(block: Block, table: Element) -> list[Element]:
    rows = [_row_of(table, placeholder) for placeholder in block.placeholders]
    if any(row.tag != TR for row in rows):
        raise BlockMismatch
    if any(block.closed.get(row, block.number) < block.number for row in rows):
        raise BlockMismatch("is in a row that belongs to the block before it")
    if len(rows) > 2 and len(set(rows)) < len(rows):
        raise BlockMismatch  # an else needs a row of its own
    last = len(rows) - 1
    for position, (placeholder, row) in enumerate(zip(block.placeholders, rows, strict=True)):
        _take_out(placeholder)
        if position == last:
            row.addnext(placeholder)
        else:
            row.addprevious(placeholder)
    for row in rows:
        if row.getparent() is None:
            continue  # removed already
        if all(map(_is_blank, row.iter(P))):
            _remove(row)
        else:
            _remove_emptied_paragraphs(row)
    return rows


def _row_of(table: Element, placeholder: Element) -> Element:
    """Return the row of a placeholder; a content control around the row is removed."""
    while (child := _child_of(table, placeholder)).tag == w("sdt"):
        for inner in child.findall(SDT_CONTENT):
            child.extend(inner)
            _remove(inner)
        for row in child.findall(TR):
            child.addprevious(row)
        _remove(child)
    return child


def _remove_emptied_paragraphs(row: Element) -> None:
    """Remove the paragraphs that placeholders have left empty, except the last one of a cell."""
    for paragraph in list(row.iter(P)):
        if paragraph.attrib.pop(_EMPTIED, "") and _is_removable(paragraph):
            _remove(paragraph)


def _is_removable(paragraph: Element) -> bool:
    before = paragraph.getprevious()
    needed = paragraph.getnext() is None and before is not None and before.tag == TBL
    return len(parent_of(paragraph).findall(P)) > 1 and not needed and _is_blank(paragraph)


_EMPTIED = "emptied"


def _take_out(placeholder: Element) -> None:
    """Remove a placeholder from its run, and the run if it is then empty."""
    paragraph = next(placeholder.iterancestors(P))
    _remove(placeholder)
    for run in list(paragraph.iter(RUN)):
        if _is_empty(run):
            _remove(run)
    if _is_blank(paragraph):
        paragraph.set(_EMPTIED, "1")


def _remove(element: Element) -> None:
    """Remove an element and keep the text after it."""
    parent, tail = parent_of(element), element.tail
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        element.tail = None
    parent.remove(element)


# Paragraphs


def _move_between_paragraphs(placeholders: tuple[Element, ...], container: Element) -> None:
    if any(_child_of(container, one) is not _paragraph_of(one) for one in placeholders):
        raise BlockMismatch
    for placeholder in placeholders:
        paragraph = _child_of(container, placeholder)
        if _is_alone(placeholder, paragraph):
            paragraph.addprevious(placeholder)
            _remove(paragraph)
            continue
        split(placeholder, container)
        for half in (placeholder.getprevious(), placeholder.getnext()):
            if half is not None and _is_half(half, paragraph):
                half.attrib.pop(_HALF, "")
                if _is_blank(half):
                    _remove_half(half, placeholder, is_first=placeholder is placeholders[0])


def _paragraph_of(element: Element) -> Element | None:
    return next(element.iterancestors(P), None)


def _is_alone(placeholder: Element, paragraph: Element) -> bool:
    """Return whether a paragraph contains nothing else: then it need not be split."""
    text = parent_of(placeholder)
    run = parent_of(text)
    return (
        not (text.text or placeholder.tail)
        and all(child is placeholder for child in text)
        and all(child is text or child.tag == RPR for child in run)
        and all(child is run or child.tag == PPR for child in paragraph)
        and paragraph.find(f"{PPR}/{SECT_PR}") is None
    )


_HALF = "half"


def _is_half(element: Element, paragraph: Element) -> bool:
    return element.tag == P and (element is paragraph or element.get(_HALF) is not None)


def _remove_half(half: Element, placeholder: Element, *, is_first: bool) -> None:
    """Remove an empty half; one that ends a section stays, outside the block if possible."""
    if half.find(f"{PPR}/{SECT_PR}") is None:
        _remove(half)
    elif is_first:
        placeholder.addprevious(half)


# Runs


def _move_between_runs(placeholders: tuple[Element, ...], container: Element) -> None:
    if len({_paragraph_of(placeholder) for placeholder in placeholders}) > 1:
        raise BlockMismatch  # a text box inside a paragraph
    for placeholder in placeholders:
        split(placeholder, container)
        for half in (placeholder.getprevious(), placeholder.getnext()):
            if half is not None and _is_empty(half):
                _remove(half)


# Splitting


def split(placeholder: Element, container: Element) -> None:
    """Split the elements between a placeholder and a container, with the placeholder between."""
    while (parent := parent_of(placeholder)) is not container:
        _split_once(placeholder, parent)


def _split_once(placeholder: Element, parent: Element) -> None:
    """Move the content before a placeholder to a copy of its parent, which precedes it."""
    before = etree.Element(parent.tag, dict(parent.attrib))  # type: ignore[misc]
    before.text, parent.text = parent.text, None
    for child in list(placeholder.itersiblings(preceding=True))[::-1]:
        if child.tag in KEPT_IN_A_COPY:
            before.append(_copy_of_properties(child))
        else:
            before.append(child)
    parent.text, placeholder.tail = placeholder.tail, None
    if parent.tag == P:
        before.set(_HALF, "1")
        parent.set(_HALF, "1")
    parent.addprevious(before)
    before.tail = None
    parent.addprevious(placeholder)


def _copy_of_properties(properties: Element) -> Element:
    copy = deepcopy(properties)
    for section in copy.findall(SECT_PR):
        copy.remove(section)
    return copy


# Empty elements


def _is_blank(paragraph: Element) -> bool:
    """Return whether a paragraph shows nothing: only spaces, no picture, field or placeholder."""
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
        _has_no_placeholder(child)
        if child.tag == T
        else child.tag in _WITHOUT_CONTENT or (child.tag == BR and not child.attrib)  # a line break
        for child in run
    )


def _is_empty(element: Element) -> bool:
    """Return whether nothing is left of a run, or of an element that contains runs."""
    if element.tag == T:
        return not element.text and _has_no_placeholder(element)
    if element.tag == RUN or element.tag in _AROUND_CONTENT:
        return all(map(_is_empty, element))
    return element.tag in KEPT_IN_A_COPY


def _has_no_placeholder(text: Element) -> bool:
    return next(text.iterchildren(), None) is None  # len() would count them all


def _text(element: Element) -> str:
    return "".join(
        (text.text or "") + "".join(inner.tail or "" for inner in text) for text in element.iter(T)
    )
