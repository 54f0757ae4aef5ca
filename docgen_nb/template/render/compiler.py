"""Compiles a part once to constant text and holes; running it is all that a rendering does."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docgen_nb.template.docx.part import Found, Story
from docgen_nb.template.docx.text_runs import MARK
from docgen_nb.template.docx.xml import serialized_for_writing
from docgen_nb.template.language.ast import If, Loop, Value, is_branch, is_end
from docgen_nb.template.language.expressions import SLOTS_PER_LOOP, Scope
from docgen_nb.template.problems import Place, Problem
from docgen_nb.template.render.control_flow import (
    Branch,
    Item,
    choice,
    ends_with_paragraph,
    loop,
    not_without_rows,
    sequence,
)
from docgen_nb.template.render.images import (
    drawing_identifier,
    placeholder_relation,
    placeholder_text,
)
from docgen_nb.template.render.run_formatting import Spots
from docgen_nb.template.render.state import Operation, Site
from docgen_nb.template.render.tag_problems import faults
from docgen_nb.template.render.values import hole, literal_hole
from docgen_nb.template.tags import entry

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass
class Program:
    """A compiled part: what to run, its tags as Box lists them, and the faults it has."""

    start: str  # constant text before the first tag
    operation: Operation
    end: str  # and behind the last
    tags: list[dict[str, Any]]
    places: list[Place]  # of the tags, one by one
    problems: list[Problem]
    slots: int
    highest_identifier: int


def compile_story(story: Story) -> Program:
    """Turn a part whose tags are marks into a program."""
    return Compiler(story).program()


class Compiler:
    """Walks the serialized part from mark to mark."""

    def __init__(self, story: Story) -> None:
        xml = serialized_for_writing(story.root)
        self._spots = Spots(xml, sign=story.sign, part=story.name)
        self._tokens = _tokens(xml, story)
        self._tags: list[dict[str, Any]] = []
        self._places: list[Place] = []
        self._problems = list(story.problems)
        self._slots = 0
        self._highest_identifier = story.highest_identifier

    def program(self) -> Program:
        """Return the compiled part."""
        items, _ = self._items(Scope())
        start, middle, end = _parted([DECLARATION, *items])
        found = (self._tags, self._places, self._problems)
        return Program(start, sequence(middle), end, *found, self._slots, self._highest_identifier)

    def _body(self, scope: Scope) -> tuple[Operation, Found | None]:
        """Compile up to the mark that ends this body; gives that mark, or None at the end."""
        items, end = self._items(scope)
        return sequence(items), end

    def _items(self, scope: Scope) -> tuple[list[Item], Found | None]:
        items: list[Item] = []
        for text, found in self._tokens:
            items.append(text)
            if found is None or _ends_a_body(found):
                return items, found
            items.append(self._item(found, scope))
        raise AssertionError("the last token has no mark")

    def _item(self, found: Found, scope: Scope) -> Item:
        if found.guard:
            body, _ = self._body(scope)
            return ends_with_paragraph(body) if found.guard == "cell" else not_without_rows(body)
        if found.attribute == "identifier":
            return drawing_identifier
        site = self._site(found, scope)
        match found.tag:
            case Value() as tag if not found.attribute:
                self._problems += faults(tag, site)
                return hole(tag, site)
            case Value() as tag if found.attribute == "text":
                return placeholder_text(tag, site)
            case Value() as tag:
                return placeholder_relation(tag, site, original=found.original)
            case If() as tag if found.block is not None:
                return self._choice(tag, site)
            case Loop() as tag if found.block is not None:
                return self._loop(tag, site)
            case _:
                return literal_hole(site)

    def _choice(self, tag: If, site: Site) -> Operation:
        branches: list[Branch] = []
        condition: If | None = tag
        while True:
            body, end = self._body(site.scope)
            branches.append((condition, site, body))
            if end is None or is_end(end.tag):
                return choice(branches)
            site = self._site(end, site.scope)
            condition = end.tag if isinstance(end.tag, If) else None

    def _loop(self, tag: Loop, site: Site) -> Operation:
        inner = site.scope.inside(tag.alias, tag.path)
        self._slots = max(self._slots, inner.depth * SLOTS_PER_LOOP)
        body, _ = self._body(inner)
        return loop(tag, site, body, slot=inner.slots[tag.alias])

    def _site(self, found: Found, scope: Scope) -> Site:
        """Where a tag stands; its entry joins the list of tags on the way."""
        if found.tag is not None and found.is_listed:
            is_picture = bool(found.attribute)
            listed = entry(found.content, found.tag, aliases=scope.lists, image=is_picture)
            if listed:
                self._tags.append(listed)
                self._places.append(found.place)
        return Site(found.content, scope, found.place, self._spots, found.number)


def _parted(items: list[Item]) -> tuple[str, list[Item], str]:
    """The constant text at the beginning, what is between, and the constant text at the end."""
    start, end = [], []
    middle = deque(items)
    while middle and isinstance(middle[0], str):
        start.append(str(middle.popleft()))
    while middle and isinstance(middle[-1], str):
        end.append(str(middle.pop()))
    return "".join(start), list(middle), "".join(reversed(end))


def _tokens(xml: str, story: Story) -> Iterator[tuple[str, Found | None]]:
    """Constant text, and the mark behind it; None behind the last text."""
    first, *others = xml.split(f"<?{MARK} ")
    for piece in others:
        number, _, text = piece.partition("?>")
        yield from _in_text(first, story, story.found[int(number)])
        first = text
    yield from _in_text(first, story, None)


def _in_text(text: str, story: Story, behind: Found | None) -> Iterator[tuple[str, Found | None]]:
    """Constant text cut at the marks that stand in texts and attributes."""
    first, *others = text.split(story.sign)
    for piece in others:
        number, _, text = piece.partition(";")
        yield first, story.found[int(number)]
        first = text
    yield first, behind


def _ends_a_body(found: Found) -> bool:
    if found.guard or found.block is None:
        return found.guard == "end"
    return is_end(found.tag) or is_branch(found.tag)
