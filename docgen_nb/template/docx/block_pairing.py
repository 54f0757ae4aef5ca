"""Pairs the tags that begin, divide and end the blocks of one part."""

from collections import Counter

from docgen_nb.template.docx.part import Story
from docgen_nb.template.language.ast import If, Loop, Mark, is_branch, is_start

MAX_DEPTH = 50  # blocks inside of blocks
MAX_LEVELS, MAX_CHARACTERS = 100, 1000  # of the loops around a block: paths grow with each
ENDS = {"if": "endif", "elseif": "endif", "for": "endfor", "tablerow": "endtablerow"}


def groups(story: Story, numbers: list[int]) -> list[tuple[int, list[int]]]:
    """The blocks, outer ones first: each the numbers of its marks in order."""
    blocks: list[tuple[int, list[int]]] = []
    opened: list[list[int]] = []
    waiting: Counter[str] = Counter()  # the ends that the opened blocks need
    for number in numbers:
        tag = story.found[number].tag
        if is_start(tag):
            opened.append([number])
            waiting[_end_of(story, [number])] += 1
        elif is_branch(tag):
            _branch(story, opened, number)
        elif isinstance(tag, Mark):
            ended = _end(story, opened, number, tag.keyword, waiting)
            if ended and (why := _too_deep(story, opened)):
                leave(story, ended, why)
            elif ended:
                blocks.append((ended[0], ended))
    for left in opened:
        leave(story, left, f"has no '{{{{{_end_of(story, left)}}}}}'")
    return sorted(blocks)


def _too_deep(story: Story, opened: list[list[int]]) -> str:
    """Why no block may stand inside of these, or nothing: paths grow with every loop."""
    if len(opened) >= MAX_DEPTH:
        return f"stands inside of {MAX_DEPTH} others"
    around = [story.found[members[0]] for members in opened]
    loops = [(one.content, one.tag) for one in around if isinstance(one.tag, Loop)]
    levels = sum(len(tag.path.steps) for _, tag in loops)
    characters = sum(len(content) for content, _ in loops)
    if levels > MAX_LEVELS or characters > MAX_CHARACTERS:
        return (
            f"stands inside of loops that have more than {MAX_LEVELS} levels or "
            f"{MAX_CHARACTERS} characters together"
        )
    return ""


def _end_of(story: Story, members: list[int]) -> str:
    tag = story.found[members[0]].tag
    assert isinstance(tag, If | Loop)
    return ENDS[tag.keyword]


def _branch(story: Story, opened: list[list[int]], number: int) -> None:
    is_inside = bool(opened) and _end_of(story, opened[-1]) == "endif"
    if not is_inside:
        leave(story, [number], "stands outside of an 'if'")
    elif isinstance(story.found[opened[-1][-1]].tag, Mark):
        leave(story, [number], "comes after the 'else' of its 'if'")
    else:
        opened[-1].append(number)


def _end(
    story: Story, opened: list[list[int]], number: int, keyword: str, waiting: Counter[str]
) -> list[int] | None:
    """The members of the block that a tag ends; blocks opened inside and not ended are left."""
    if not waiting[keyword]:
        leave(story, [number], "has no beginning")
        return None
    while True:
        members = opened.pop()
        end = _end_of(story, members)
        waiting[end] -= 1
        if end == keyword:
            return [*members, number]
        leave(story, members, f"has no '{{{{{end}}}}}'")


def leave(story: Story, members: list[int], why: str) -> None:
    """These tags stay as written; the first carries the message."""
    first = story.found[members[0]]
    story.report("unmatched_tag", f"The tag '{first.content}' {why}.", first)
    for number in members:
        story.found[number].block = None
