"""Reads one part: cuts its tags out, pairs the blocks, and puts their marks in place."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from secrets import token_hex

from docgen_nb.template.grammar import parse
from docgen_nb.template.layout import Crossing, Group, lift
from docgen_nb.template.ooxml import (
    ANCHOR,
    BLIP,
    C_NV_PR,
    DOC_PR,
    EMBED,
    INLINE,
    NEVER_EMPTY,
    PARA_ID,
    TBL,
    TC,
    TEXT_ID,
    TR,
    Element,
    P,
    w,
)
from docgen_nb.template.problems import Place, Problem
from docgen_nb.template.runs import (
    Span,
    cut_out_tags,
    is_mark,
    mark,
    marks_in,
    may_hold_tags,
    spans,
)
from docgen_nb.template.syntax import (
    If,
    Loop,
    Mark,
    Path,
    Tag,
    Value,
    is_branch,
    is_end,
    is_start,
)
from docgen_nb.template.tokens import TagSyntaxError

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
MAX_DEPTH = 50  # blocks inside of blocks
NOWHERE = Place("", 0)
ENDS = {"if": "endif", "elseif": "endif", "for": "endfor", "tablerow": "endtablerow"}


def _new_sign() -> str:
    """A word that no template can hold, since nobody can know it before."""
    return f"docgen{token_hex(8)}:"


@dataclass(slots=True)
class Found:
    """One mark: the tag as written and read, where it stands, and the block that it belongs to."""

    content: str
    place: Place
    tag: Tag | None = None
    block: int | None = None  # the same for all tags of one block
    is_listed: bool = True
    guard: str = ""  # no tag, but an edge of what must not be left empty: cell, table, or end
    number: int = -1
    attribute: str = ""  # a tag in an attribute: "text" or "relation" of a picture, or "identifier"
    original: str = ""  # what the attribute held


@dataclass
class Story:
    """A part with a mark in the place of each tag.

    A tag of a block is an element of its own, since it may have to move. A tag that prints is a
    sign and a number in the text around it: an element for each would cost more than all else
    that reading one takes.
    """

    root: Element
    title: str
    name: str = ""
    sign: str = field(default_factory=_new_sign)  # before the number of a mark in a text
    highest_identifier: int = 0
    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str, one: Found) -> None:
        """Keep a fault of the template."""
        self.problems.append(Problem(code, message, "", one.place, one.content))

    def keep(self, one: Found) -> int:
        """Give a mark its number."""
        one.number = len(self.found)
        self.found.append(one)
        return one.number

    def kept_as_text(self, one: Found) -> str:
        """What stands for a mark in a text or an attribute."""
        return f"{self.sign}{self.keep(one)};"


def read(root: Element, *, title: str, name: str) -> Story:
    """The part with every tag found, read, paired and put in place."""
    story = Story(root, title, name)
    places = dict(_paragraphs(root, title))
    for paragraph, place in places.items():
        _cut(story, paragraph, place)
    marks = {number: one for one, number in marks_in(root)}
    for number in marks:
        if story.found[number].tag is None:
            _read_tag(story, story.found[number])  # again, for the fault
    story.highest_identifier = _highest_identifier(root)
    _read_placeholders(story, places)
    for group, members in _groups(story, list(marks)):
        _lift(story, group, [marks[number] for number in members], members)
    _guard(story)
    return story


def _paragraphs(root: Element, title: str) -> Iterator[tuple[Element, Place]]:
    cells = _cells(root)
    for number, paragraph in enumerate(list(root.iter(P)), 1):
        if may_hold_tags(paragraph) or next(paragraph.iter(INLINE, ANCHOR), None) is not None:
            cell = next(paragraph.iterancestors(TC), None)
            table, row, column = _NO_CELL if cell is None else cells.get(cell, _NO_CELL)
            yield paragraph, Place(title, number, table, row, column)


_NO_CELL = (None, None, None)


def _cells(root: Element) -> dict[Element, tuple[int, int, int]]:
    """The numbers of table, row and cell of every cell."""
    return {
        cell: (table_number, row_number, cell_number)
        for table_number, table in enumerate(root.iter(TBL), 1)
        for row_number, row in enumerate(table.findall(TR), 1)
        for cell_number, cell in enumerate(row.findall(TC), 1)
    }


def _cut(story: Story, paragraph: Element, place: Place) -> None:
    is_listed = next(paragraph.iterancestors(_FALLBACK), None) is None

    def mark_of(span: Span) -> Element | str:
        one = Found(span.content, place, _tag(span.content), None, is_listed)
        return story.kept_as_text(one) if isinstance(one.tag, Value) else mark(story.keep(one))

    rest = cut_out_tags(paragraph, mark_of=mark_of)
    if rest is not None:
        one = Found(rest[:80], place)
        story.report("unclosed_tag", f"The text '{rest[:80]}' opens a tag that has no '}}}}'.", one)


def _tag(content: str) -> Tag | None:
    try:
        return parse(content[2:-2])
    except TagSyntaxError:
        return None  # told when all are found, in the order of the document


def _read_tag(story: Story, one: Found) -> None:
    try:
        one.tag = parse(one.content[2:-2])
    except TagSyntaxError as fault:
        message = f"The tag '{one.content}' cannot be read: {fault}."
        story.report("unreadable_tag", message, one)


# Pairing


def _groups(story: Story, numbers: list[int]) -> list[tuple[int, list[int]]]:
    """The blocks, outer ones first: each the numbers of its marks in order."""
    blocks: list[tuple[int, list[int]]] = []
    opened: list[list[int]] = []
    for number in numbers:
        tag = story.found[number].tag
        if is_start(tag):
            opened.append([number])
        elif is_branch(tag):
            _branch(story, opened, number)
        elif isinstance(tag, Mark):
            ended = _end(story, opened, number, tag.keyword)
            if ended and len(opened) >= MAX_DEPTH:
                _leave(story, ended, f"stands inside of {MAX_DEPTH} others")
            elif ended:
                blocks.append((ended[0], ended))
    for left in opened:
        _leave(story, left, f"has no '{{{{{_end_of(story, left)}}}}}'")
    return sorted(blocks)


def _end_of(story: Story, members: list[int]) -> str:
    tag = story.found[members[0]].tag
    assert isinstance(tag, If | Loop)
    return ENDS[tag.keyword]


def _branch(story: Story, opened: list[list[int]], number: int) -> None:
    is_inside = bool(opened) and _end_of(story, opened[-1]) == "endif"
    if not is_inside:
        _leave(story, [number], "stands outside of an 'if'")
    elif isinstance(story.found[opened[-1][-1]].tag, Mark):
        _leave(story, [number], "comes after the 'else' of its 'if'")
    else:
        opened[-1].append(number)


def _end(story: Story, opened: list[list[int]], number: int, keyword: str) -> list[int] | None:
    """The members of the block that a tag ends; blocks opened inside and not ended are left."""
    matching = [members for members in opened if _end_of(story, members) == keyword]
    if not matching:
        _leave(story, [number], "has no beginning")
        return None
    while (members := opened.pop()) is not matching[-1]:
        _leave(story, members, f"has no '{{{{{_end_of(story, members)}}}}}'")
    return [*members, number]


def _leave(story: Story, members: list[int], why: str) -> None:
    """These tags stay as written; the first carries the message."""
    first = story.found[members[0]]
    story.report("unmatched_tag", f"The tag '{first.content}' {why}.", first)
    for number in members:
        story.found[number].block = None


def _lift(story: Story, block: int, marks: list[Element], members: list[int]) -> None:
    first = story.found[members[0]]
    is_row_loop = isinstance(first.tag, Loop) and first.tag.keyword == "tablerow"
    try:
        lift(Group(tuple(marks), is_row_loop))
    except Crossing:
        why = "begins and ends in places that do not match, such as two cells"
        if is_row_loop and next(marks[0].iterancestors(TBL), None) is None:
            why = "stands outside of a table"
        _leave(story, members, why)
    else:
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
        found = _alternative_text(holder)
        blips = list(holder.iter(BLIP))
        paragraph = next(holder.iterancestors(P), None)
        if found is None or not blips or paragraph is None:
            continue
        element, name, content = found
        one = Found(content, places[paragraph], attribute="text")
        _read_tag(story, one)
        if isinstance(one.tag, Value) and isinstance(one.tag.expression, Path):
            set_mark(story, element, name, one)
            again = replace(one, is_listed=False, attribute="relation")
            again.original = blips[0].get(EMBED) or ""
            set_mark(story, blips[0], EMBED, again)


def _alternative_text(holder: Element) -> tuple[Element, str, str] | None:
    """The element and attribute of a drawing that hold a tag and nothing else."""
    for element in holder.iter(DOC_PR, C_NV_PR):
        for name in ("descr", "title"):
            content = (element.get(name) or "").strip()
            if len(spans(content)) == 1 and content.startswith("{{") and content.endswith("}}"):
                return element, name, content
    return None


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
    for container in list(story.root.iter(*NEVER_EMPTY)):
        if _has_marks(container) and not _always_ends_with_paragraph(container):
            properties = sum(1 for child in container if child.tag == w("tcPr"))
            container.insert(properties, _guard_mark(story, "cell"))
            container.append(_guard_mark(story, "end"))


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
