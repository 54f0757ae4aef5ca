"""Reads one part: cuts its tags out, pairs the blocks, and puts their marks in place."""

from collections.abc import Iterator
from dataclasses import replace

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.block_layout import KEPT_IN_A_COPY, Crossing, Group, lift
from docgen_nb.template.docx.block_pairing import groups, leave
from docgen_nb.template.docx.part import NOWHERE, Found, Story
from docgen_nb.template.docx.text_runs import (
    Span,
    cut_out_tags,
    is_mark,
    mark,
    marks_in,
    may_hold_tags,
    remove,
    spans,
)
from docgen_nb.template.docx.xml import (
    ANCHOR,
    BLIP,
    C_NV_PR,
    DOC_PR,
    EMBED,
    INLINE,
    NEVER_EMPTY,
    PARA_ID,
    SDT_CONTENT,
    TBL,
    TC,
    TEXT_ID,
    TR,
    Element,
    P,
    serialized,
    w,
)
from docgen_nb.template.language.ast import Loop, Path, Value, is_end, is_start
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse
from docgen_nb.template.problems import Place

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
MAX_TAGS = 60_000  # of one part: some 2 s to open; Box names no limit
MAX_COPIED = 64 * 1024 * 1024  # of formatting, where blocks cut runs and paragraphs


def read(root: Element, *, title: str, name: str) -> Story:
    """The part with every tag found, read, paired and put in place."""
    story = Story(root, title, name)
    places = dict(_paragraphs(root, title))
    for paragraph, place in places.items():
        _cut(story, paragraph, place)
    has_marks = not all(isinstance(one.tag, Value) for one in story.found)
    marks = {number: one for one, number in marks_in(root)} if has_marks else {}
    for number in marks:
        _tell_fault(story, story.found[number])
    story.highest_identifier = _highest_identifier(root)
    _read_placeholders(story, places)
    closed: dict[Element, int] = {}
    for group, members in groups(story, list(marks)):
        _lift(story, group, [marks[number] for number in members], members, closed)
    _guard(story)
    return story


def _paragraphs(root: Element, title: str) -> Iterator[tuple[Element, Place]]:
    found = [
        (paragraph, number, next(paragraph.iterancestors(TC), None))
        for number, paragraph in enumerate(root.iter(P), 1)
        if may_hold_tags(paragraph) or next(paragraph.iter(INLINE, ANCHOR), None) is not None
    ]
    cells = _numbered(root, {cell for _, _, cell in found})
    for paragraph, number, cell in found:
        yield paragraph, Place(title, number, *cells.get(cell, _NO_CELL))


_NO_CELL = (None, None, None)


def _numbered(
    root: Element, cells: set[Element | None]
) -> dict[Element | None, tuple[int, int, int]]:
    """The numbers of table, row and cell of these cells."""
    return {
        cell: (table_number, row_number, cell_number)
        for table_number, table in enumerate(root.iter(TBL), 1)
        for row_number, row in enumerate(_inside(table, TR), 1)
        for cell_number, cell in enumerate(_inside(row, TC), 1)
        if cell in cells
    }


def _inside(parent: Element, tag: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row, also those in a content control."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in (w("sdt"), SDT_CONTENT, w("customXml")):
            yield from _inside(child, tag)


def _cut(story: Story, paragraph: Element, place: Place) -> None:
    is_listed = next(paragraph.iterancestors(_FALLBACK), None) is None

    def mark_of(span: Span) -> Element | str:
        if len(story.found) >= MAX_TAGS:
            message = f"The part {story.name!r} has more than {MAX_TAGS} tags."
            raise UnreadableTemplate("too_large", message)
        one = Found(span.content, place, is_listed=is_listed)
        _read_tag(one)
        return story.kept_as_text(one) if isinstance(one.tag, Value) else mark(story.keep(one))

    before = len(story.found)
    rest = cut_out_tags(paragraph, mark_of=mark_of)
    edges = sum(not isinstance(one.tag, Value) for one in story.found[before:])
    if edges:
        _require_little_around(story, paragraph, edges)
    if rest is not None:
        one = Found(rest[:80], place, is_listed=is_listed)
        story.report("unclosed_tag", f"The text '{rest[:80]}' opens a tag that has no '}}}}'.", one)


def _require_little_around(story: Story, paragraph: Element, edges: int) -> None:
    """Refuse a few bytes that would become many: each edge of a block copies what is around it."""
    story.copied += edges * max(map(_copied, paragraph.iter("*")))
    if story.copied > MAX_COPIED:
        message = f"The blocks in the part {story.name!r} have too much formatting around them."
        raise UnreadableTemplate("too_large", message)


def _copied(element: Element) -> int:
    if element.tag in KEPT_IN_A_COPY:
        return len(serialized(element))
    return sum(map(len, element.attrib.values()))


def _read_tag(one: Found) -> None:
    try:
        one.tag = parse(one.content[2:-2])
    except TagSyntaxError as fault:
        one.fault = str(fault)


def _tell_fault(story: Story, one: Found) -> None:
    """Report a tag that cannot be read: when all are found, in the order of the document."""
    if one.fault:
        message = f"The tag '{one.content}' cannot be read: {one.fault}."
        story.report("unreadable_tag", message, one)


def _lift(
    story: Story,
    block: int,
    marks: list[Element],
    members: list[int],
    closed: dict[Element, int],
) -> None:
    """Put the marks of a block in place, and note for its rows where the block ends."""
    first = story.found[members[0]]
    is_row_loop = isinstance(first.tag, Loop) and first.tag.keyword == "tablerow"
    try:
        rows = lift(Group(tuple(marks), is_row_loop, members[0], closed))
    except Crossing as fault:
        leave(story, members, str(fault))
    else:
        closed.update((row, members[-1]) for row in rows)
        for number in members:
            story.found[number].block = block
        if isinstance(first.tag, Loop):
            _make_repeatable(story, marks)


def _make_repeatable(story: Story, marks: list[Element]) -> None:
    """Inside a loop, what must be unique in a document gets a fresh number or goes."""
    for element in marks[0].itersiblings():
        if element is marks[-1]:
            return
        for paragraph in element.iter(P):
            paragraph.attrib.pop(PARA_ID, "")
            paragraph.attrib.pop(TEXT_ID, "")
        for properties in element.iter(DOC_PR):
            if story.sign not in (properties.get("id") or ""):
                set_mark(story, properties, "id", Found("", NOWHERE, attribute="identifier"))


# Placeholder pictures: the tag is their alternative text


def _read_placeholders(story: Story, places: dict[Element, Place]) -> None:
    for holder in list(story.root.iter(INLINE, ANCHOR)):
        texts = list(_alternative_texts(holder))
        blips = list(holder.iter(BLIP))
        paragraph = next(holder.iterancestors(P), None)
        if not texts or not blips or paragraph is None:
            continue
        content = texts[0][2]
        one = Found(content, places[paragraph], attribute="text")
        _read_tag(one)
        _tell_fault(story, one)
        if isinstance(one.tag, Value) and isinstance(one.tag.expression, Path):
            for number, (element, name, text) in enumerate(texts):
                if text == content:  # Word writes it twice
                    set_mark(story, element, name, replace(one, is_listed=number == 0))
            again = replace(one, is_listed=False, attribute="relation")
            again.original = blips[0].get(EMBED) or ""
            set_mark(story, blips[0], EMBED, again)
            _drop_vectors(blips[0])


def _alternative_texts(holder: Element) -> Iterator[tuple[Element, str, str]]:
    """The elements and attributes of a drawing that hold a tag and nothing else."""
    for element in holder.iter(DOC_PR, C_NV_PR):
        for name in ("descr", "title"):
            content = (element.get(name) or "").strip()
            if len(spans(content)) == 1 and content.startswith("{{") and content.endswith("}}"):
                yield element, name, content


def _drop_vectors(blip: Element) -> None:
    """Of an icon Word would go on to show the SVG, whatever picture stands beside it."""
    for vectors in list(blip.iter("{*}svgBlip")):
        remove(vectors)


def set_mark(story: Story, element: Element, name: str, one: Found) -> None:
    """Put a mark in an attribute."""
    element.set(name, story.kept_as_text(one))


def _highest_identifier(root: Element) -> int:
    numbers = (element.get("id") or "" for element in root.iter(DOC_PR))
    return max((int(one) for one in numbers if one.isdecimal() and len(one) < 10), default=0)


# Guards: what must not be left empty


def _guard(story: Story) -> None:
    for table in list(story.root.iter(TBL)):
        if _has_marks(table) and not _always_has_row(story, table):
            table.addprevious(_guard_mark(story, "table"))
            table.addnext(_guard_mark(story, "end"))
    for container in list(story.root.iter(*NEVER_EMPTY, SDT_CONTENT)):
        if container.tag == SDT_CONTENT and not _fills_a_cell(container):
            continue
        if _has_marks(container) and not _always_ends_with_paragraph(container):
            properties = sum(1 for child in container if child.tag == w("tcPr"))
            container.insert(properties, _guard_mark(story, "cell"))
            container.append(_guard_mark(story, "end"))


def _fills_a_cell(content: Element) -> bool:
    """Whether a content control holds paragraphs of what must not be left empty."""
    outer = next(content.iterancestors(*NEVER_EMPTY, P, SDT_CONTENT), None)
    return outer is not None and outer.tag in NEVER_EMPTY


def _guard_mark(story: Story, guard: str) -> Element:
    return mark(story.keep(Found("", NOWHERE, guard=guard, is_listed=False)))


def _has_marks(container: Element) -> bool:
    return any(is_mark(child) for child in container)


def _always_has_row(story: Story, table: Element) -> bool:
    """Whether a row stands outside all blocks."""
    depth = 0
    for child in table:
        if is_mark(child):
            tag = story.found[int(child.text or "")].tag
            depth += is_start(tag) - is_end(tag)
        elif child.tag == TR and not depth:
            return True
    return False


def _always_ends_with_paragraph(container: Element) -> bool:
    last = container[-1]
    return not is_mark(last) and last.tag == P
