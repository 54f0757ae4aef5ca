"""Reading of one part: replaces its tags by placeholders, pairs the blocks and places them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.docx.block_layout import (
    KEPT_IN_A_COPY,
    Block,
    BlockMismatch,
    place_block,
)
from docgen_nb.template.docx.block_pairing import leave_as_written, pair_blocks
from docgen_nb.template.docx.once_only import highest_identifier, make_repeatable
from docgen_nb.template.docx.part import NOWHERE, Part, Placeholder
from docgen_nb.template.docx.places import paragraph_places
from docgen_nb.template.docx.positions import note_around, note_layout, tags_alone
from docgen_nb.template.docx.raw_tags import report_raw_tags
from docgen_nb.template.docx.text_runs import (
    TagMatch,
    find_tags,
    is_placeholder,
    may_hold_tags,
    placeholder_element,
    placeholder_elements,
    remove,
    replace_tags,
)
from docgen_nb.template.docx.xml import (
    ANCHOR,
    BLIP,
    C_NV_PR,
    DOC_PR,
    EMBED,
    INLINE,
    NEVER_EMPTY,
    SDT_CONTENT,
    TBL,
    TR,
    Element,
    P,
    serialize,
    w,
)
from docgen_nb.template.language.ast import Loop, Path, Value, is_end, is_start
from docgen_nb.template.language.lexer import TagSyntaxError
from docgen_nb.template.language.parser import parse
from docgen_nb.template.problems import Place

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SDT = w("sdt")
MAX_TAGS = 60_000  # in one part: about 2 s to open; Box documents no limit
MAX_COPIED_CHARACTERS = 64 * 1024 * 1024  # of formatting, where blocks split runs and paragraphs


def read_part(
    root: Element, *, title: str, name: str, addresses: Mapping[str, str] = MappingProxyType({})
) -> Part:
    """Return a part with a placeholder for each tag and with its blocks in place.

    `addresses` are those of its links that contain a tag, by their relationship.
    """
    part = Part(root, title, name)
    report_raw_tags(part, addresses)
    places = paragraph_places(root, title, wanted=_may_hold_tags)
    for paragraph, place in places.items():
        _replace_tags(part, paragraph, place)
    has_elements = not all(isinstance(one.tag, Value) for one in part.placeholders)
    elements = {number: one for one, number in placeholder_elements(root)} if has_elements else {}
    for number in elements:
        _report_syntax_error(part, part.placeholders[number])
    alone = tags_alone(root) if has_elements else set()
    part.highest_identifier = highest_identifier(root)
    _read_tagged_pictures(part, places)
    closed: dict[Element, int] = {}
    for members in pair_blocks(part, list(elements)):
        note_layout(part, [elements[number] for number in members], members, alone)
        _place(part, [elements[number] for number in members], members, closed)
    _guard(part)
    return part


def _may_hold_tags(paragraph: Element) -> bool:
    return may_hold_tags(paragraph) or next(paragraph.iter(INLINE, ANCHOR), None) is not None


def _replace_tags(part: Part, paragraph: Element, place: Place) -> None:
    is_listed = next(paragraph.iterancestors(_FALLBACK), None) is None

    def replacement(match: TagMatch) -> Element | str:
        if len(part.placeholders) >= MAX_TAGS:
            message = f"The part {part.name!r} has more than {MAX_TAGS:,} tags."
            raise UnreadableTemplate("too_large", message)
        placeholder = Placeholder(match.content, place, is_listed=is_listed)
        _parse_tag(placeholder)
        if isinstance(placeholder.tag, Value):
            return part.add_as_text(placeholder)
        return placeholder_element(part.add(placeholder))

    before = len(part.placeholders)
    unclosed = replace_tags(paragraph, replacement=replacement)
    if len(part.placeholders) > before:
        _drop_bindings(part, paragraph)
        note_around(part, paragraph, part.placeholders[before])
    edges = sum(not isinstance(one.tag, Value) for one in part.placeholders[before:])
    if edges:
        _limit_copied_formatting(part, paragraph, edges)
    if unclosed is not None:
        content = unclosed[:80]
        message = f"The text '{content}' starts a tag but has no '}}}}'."
        part.report("unclosed_tag", message, Placeholder(content, place, is_listed=is_listed))


def _drop_bindings(part: Part, paragraph: Element) -> None:
    """Unbind content controls with a tag: Word shows what they are bound to, not their text."""
    inside = [control for control in paragraph.iter(_SDT) if _has_tag(part, control)]
    for control in (*paragraph.iterancestors(_SDT), *inside):
        for binding in control.findall(f"{w('sdtPr')}/{{*}}dataBinding"):
            remove(binding)


def _has_tag(part: Part, element: Element) -> bool:
    return any(part.prefix in text for text in element.itertext()) or any(
        placeholder_elements(element)
    )


def _limit_copied_formatting(part: Part, paragraph: Element, edges: int) -> None:
    """Refuse small files that would become huge: each edge of a block copies its formatting."""
    part.copied_characters += edges * max(map(_copied_characters, paragraph.iter("*")))
    if part.copied_characters > MAX_COPIED_CHARACTERS:
        message = f"The blocks in the part {part.name!r} have too much formatting around them."
        raise UnreadableTemplate("too_large", message)


def _copied_characters(element: Element) -> int:
    if element.tag in KEPT_IN_A_COPY:
        return len(serialize(element))
    return sum(map(len, element.attrib.values()))


def _parse_tag(placeholder: Placeholder) -> None:
    try:
        placeholder.tag = parse(placeholder.content[2:-2])
    except TagSyntaxError as error:
        placeholder.syntax_error = str(error)


def _report_syntax_error(part: Part, placeholder: Placeholder) -> None:
    if placeholder.syntax_error:
        message = f"The tag '{placeholder.content}' cannot be read: {placeholder.syntax_error}."
        part.report("unreadable_tag", message, placeholder)


def _place(
    part: Part, elements: list[Element], members: list[int], closed: dict[Element, int]
) -> None:
    """Place a block, and record for its rows where the block ends."""
    first = part.placeholders[members[0]]
    is_row_loop = isinstance(first.tag, Loop) and first.tag.keyword == "tablerow"
    try:
        rows = place_block(Block(tuple(elements), is_row_loop, members[0], closed))
    except BlockMismatch as error:
        leave_as_written(part, members, str(error))
    else:
        closed.update((row, members[-1]) for row in rows)
        for number in members:
            part.placeholders[number].block = members[0]
        if isinstance(first.tag, Loop):
            make_repeatable(part, elements, first)


# Tagged pictures: their alternative text is a tag


def _read_tagged_pictures(part: Part, places: dict[Element, Place]) -> None:
    for drawing in list(part.root.iter(INLINE, ANCHOR)):
        texts = list(_alternative_texts(drawing))
        blips = list(drawing.iter(BLIP))
        paragraph = next(drawing.iterancestors(P), None)
        if not texts or not blips or paragraph is None:
            continue
        content = texts[0][2]
        placeholder = Placeholder(content, places[paragraph], attribute="text")
        _parse_tag(placeholder)
        _report_syntax_error(part, placeholder)
        tag = placeholder.tag
        if isinstance(tag, Value) and isinstance(tag.expression, Path):
            part.note("picture_tag", placeholder)
            for number, (element, name, text) in enumerate(texts):
                if text == content:  # Word writes it twice
                    copy = replace(placeholder, is_listed=number == 0)
                    element.set(name, part.add_as_text(copy))
            relation = replace(placeholder, is_listed=False, attribute="relation")
            relation.original = blips[0].get(EMBED) or ""
            blips[0].set(EMBED, part.add_as_text(relation))
            _remove_vector_pictures(blips[0])


def _alternative_texts(drawing: Element) -> Iterator[tuple[Element, str, str]]:
    """Return the elements and attributes of a drawing that contain one tag and nothing else."""
    for element in drawing.iter(DOC_PR, C_NV_PR):
        for name in ("descr", "title"):
            content = (element.get(name) or "").strip()
            if len(find_tags(content)) == 1 and content.startswith("{{") and content.endswith("}}"):
                yield element, name, content


def _remove_vector_pictures(blip: Element) -> None:
    """Remove the SVG of an icon, which Word would show instead of the new picture."""
    for vector_picture in list(blip.iter("{*}svgBlip")):
        remove(vector_picture)


# Guards: around content that must not become empty


def _guard(part: Part) -> None:
    for table in list(part.root.iter(TBL)):
        if _has_placeholders(table) and not _always_has_row(part, table):
            table.addprevious(_guard_element(part, "table"))
            table.addnext(_guard_element(part, "end"))
    for container in list(part.root.iter(*NEVER_EMPTY, SDT_CONTENT)):
        if container.tag == SDT_CONTENT and not _needs_paragraph(container):
            continue
        if _has_placeholders(container) and not _always_ends_with_paragraph(container):
            properties = sum(1 for child in container if child.tag == w("tcPr"))
            container.insert(properties, _guard_element(part, "cell"))
            container.append(_guard_element(part, "end"))


def _needs_paragraph(content: Element) -> bool:
    """Return whether a content control is directly inside an element that must not be empty."""
    outer = next(content.iterancestors(*NEVER_EMPTY, P, SDT_CONTENT), None)
    return outer is not None and outer.tag in NEVER_EMPTY


def _guard_element(part: Part, guard: str) -> Element:
    return placeholder_element(part.add(Placeholder("", NOWHERE, guard=guard, is_listed=False)))


def _has_placeholders(container: Element) -> bool:
    return any(is_placeholder(child) for child in container)


def _always_has_row(part: Part, table: Element) -> bool:
    """Return whether a row is outside all blocks."""
    depth = 0
    for child in table:
        if is_placeholder(child):
            tag = part.placeholders[int(child.text or "")].tag
            depth += is_start(tag) - is_end(tag)
        elif child.tag == TR and not depth:
            return True
    return False


def _always_ends_with_paragraph(container: Element) -> bool:
    last = container[-1]
    return not is_placeholder(last) and last.tag == P
