"""Pairing of the tags that begin, divide and end the blocks of a part."""

from collections import Counter

from docgen_nb.template.docx.part import Part
from docgen_nb.template.language.ast import BareKeyword, If, Loop, is_branch, is_start

MAX_DEPTH = 50  # nested blocks
MAX_LEVELS, MAX_CHARACTERS = 100, 1000  # of the loops around a block: paths grow with each
ENDS = {"if": "endif", "elseif": "endif", "for": "endfor", "tablerow": "endtablerow"}


def pair_blocks(part: Part, numbers: list[int]) -> list[list[int]]:
    """Return the blocks, outer ones first, each as the numbers of its placeholders in order."""
    blocks: list[list[int]] = []
    opened: list[list[int]] = []
    waiting: Counter[str] = Counter()  # the end tags that the opened blocks need
    for number in numbers:
        tag = part.placeholders[number].tag
        if is_start(tag):
            opened.append([number])
            waiting[_end_tag(part, [number])] += 1
        elif is_branch(tag):
            _add_branch(part, opened, number)
        elif isinstance(tag, BareKeyword):
            block = _close(part, opened, number, tag.keyword, waiting)
            if block and (reason := _too_deep(part, opened)):
                leave_as_written(part, block, reason)
            elif block:
                blocks.append(block)
    for members in opened:
        leave_as_written(part, members, f"has no '{{{{{_end_tag(part, members)}}}}}'")
    return sorted(blocks)


def _too_deep(part: Part, opened: list[list[int]]) -> str:
    """Return why no further block is allowed inside the opened ones, or ""."""
    if len(opened) >= MAX_DEPTH:
        return f"is nested more than {MAX_DEPTH} levels deep"
    around = [part.placeholders[members[0]] for members in opened]
    loops = [(one.content, one.tag) for one in around if isinstance(one.tag, Loop)]
    levels = sum(len(tag.path.steps) for _, tag in loops)
    characters = sum(len(content) for content, _ in loops)
    if levels > MAX_LEVELS or characters > MAX_CHARACTERS:
        return (
            f"is inside loops whose paths have more than {MAX_LEVELS} levels or "
            f"{MAX_CHARACTERS} characters in total"
        )
    return ""


def _end_tag(part: Part, members: list[int]) -> str:
    tag = part.placeholders[members[0]].tag
    assert isinstance(tag, If | Loop)
    return ENDS[tag.keyword]


def _add_branch(part: Part, opened: list[list[int]], number: int) -> None:
    if not opened or _end_tag(part, opened[-1]) != "endif":
        leave_as_written(part, [number], "is not inside an 'if'")
    elif isinstance(part.placeholders[opened[-1][-1]].tag, BareKeyword):
        leave_as_written(part, [number], "comes after the 'else' of its 'if'")
    else:
        opened[-1].append(number)


def _close(
    part: Part, opened: list[list[int]], number: int, keyword: str, waiting: Counter[str]
) -> list[int] | None:
    """Return the block that a tag ends; blocks opened inside it without an end are left."""
    if not waiting[keyword]:
        leave_as_written(part, [number], "ends a block that was never started")
        return None
    while True:
        members = opened.pop()
        end_tag = _end_tag(part, members)
        waiting[end_tag] -= 1
        if end_tag == keyword:
            return [*members, number]
        leave_as_written(part, members, f"has no '{{{{{end_tag}}}}}'")


def leave_as_written(part: Part, members: list[int], reason: str) -> None:
    """Leave the tags of a block as written and report the problem at the first one."""
    first = part.placeholders[members[0]]
    part.report("unmatched_tag", f"The tag '{first.content}' {reason}.", first)
    for number in members:
        part.placeholders[number].block = None
