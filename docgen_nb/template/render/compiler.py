"""Compilation of a part to one operation, which is all that a rendering runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docgen_nb.template.docx.part import Part, Placeholder
from docgen_nb.template.docx.text_runs import TARGET
from docgen_nb.template.docx.xml import DECLARATION, serialize_with_prefixes
from docgen_nb.template.language.ast import If, Loop, Tag, Value, is_branch, is_end, is_start
from docgen_nb.template.language.constructs import constructs
from docgen_nb.template.language.expressions import SLOTS_PER_LOOP, Scope
from docgen_nb.template.portability import Use
from docgen_nb.template.problems import Place, Problem
from docgen_nb.template.render.control_flow import (
    Branch,
    Item,
    choice,
    loop,
    new_identifier,
    same_identifier,
    sequence,
    with_final_paragraph,
    without_empty_table,
)
from docgen_nb.template.render.images import alternative_text, picture_relation
from docgen_nb.template.render.run_formatting import PartFormatting
from docgen_nb.template.render.state import Operation, TagContext
from docgen_nb.template.render.tag_problems import tag_problems
from docgen_nb.template.render.values import literal, print_value
from docgen_nb.template.tags import tag_entry


@dataclass
class CompiledPart:
    """A compiled part: its operation, its tags as Box lists them, and its problems."""

    operation: Operation
    tags: list[dict[str, Any]]
    places: list[Place]  # one for each tag
    problems: list[Problem]
    uses: list[Use]
    slots: int
    highest_identifier: int


class PartCompiler:
    """Goes through the XML of a part whose tags are placeholders, from one to the next."""

    def __init__(self, part: Part) -> None:
        xml = serialize_with_prefixes(part.root)
        self._formatting = PartFormatting(xml, prefix=part.prefix, part=part.name)
        self._tokens = _tokens(xml, part)
        self._tags: list[dict[str, Any]] = []
        self._places: list[Place] = []
        self._problems = list(part.problems)
        self._uses = list(part.uses)
        self._around: list[str] = []  # the blocks around the next tag: "loop" or "condition"
        self._slots = 0
        self._highest_identifier = part.highest_identifier

    def compile(self) -> CompiledPart:
        """Return the compiled part."""
        items, _ = self._items(Scope())
        return CompiledPart(
            sequence([DECLARATION, *items]),
            self._tags,
            self._places,
            self._problems,
            self._uses,
            self._slots,
            self._highest_identifier,
        )

    def _body(self, scope: Scope) -> tuple[Operation, Placeholder | None]:
        """Compile up to the placeholder that ends this body; return both."""
        items, end = self._items(scope)
        return sequence(items), end

    def _items(self, scope: Scope) -> tuple[list[Item], Placeholder | None]:
        items: list[Item] = []
        for text, placeholder in self._tokens:
            items.append(text)
            if placeholder is None or _ends_body(placeholder):
                return items, placeholder
            items.append(self.item(placeholder, scope))
        raise AssertionError("the last token has no placeholder")

    def item(self, placeholder: Placeholder, scope: Scope) -> Item:
        """Compile one placeholder, with its body if it begins a block."""
        if placeholder.guard:
            body, _ = self._body(scope)
            is_cell = placeholder.guard == "cell"
            return with_final_paragraph(body) if is_cell else without_empty_table(body)
        if placeholder.attribute == "identifier":
            return new_identifier(placeholder.original)
        if placeholder.attribute == "end identifier":
            return same_identifier(placeholder.original)
        context = self._context(placeholder, scope)
        match placeholder.tag:
            case Value() as tag if not placeholder.attribute:
                self._problems += tag_problems(tag, context)
                return print_value(tag, context)
            case Value() as tag if placeholder.attribute == "text":
                return alternative_text(tag, context)
            case Value() as tag:
                return picture_relation(tag, context, original=placeholder.original)
            case If() as tag if placeholder.block is not None:
                return self._choice(tag, context)
            case Loop() as tag if placeholder.block is not None:
                return self._loop(tag, context)
            case _:
                return literal(context)

    def _choice(self, tag: If, context: TagContext) -> Operation:
        branches: list[Branch] = []
        condition: If | None = tag
        while True:
            self._around.append("condition")
            body, end = self._body(context.scope)
            self._around.pop()
            branches.append((condition, context, body))
            if end is None or is_end(end.tag):
                return choice(branches)
            context = self._context(end, context.scope)
            condition = end.tag if isinstance(end.tag, If) else None

    def _loop(self, tag: Loop, context: TagContext) -> Operation:
        inner = context.scope.inside(tag.alias, tag.path)
        self._slots = max(self._slots, inner.depth * SLOTS_PER_LOOP)
        self._around.append("loop")
        body, _ = self._body(inner)
        self._around.pop()
        return loop(tag, context, body, slot=inner.slots[tag.alias])

    def _context(self, placeholder: Placeholder, scope: Scope) -> TagContext:
        """Return the context of a tag, and add the tag to the list."""
        if placeholder.tag is not None and placeholder.is_listed:
            is_picture = bool(placeholder.attribute)
            entry = tag_entry(
                placeholder.content, placeholder.tag, lists=scope.lists, is_picture=is_picture
            )
            if entry:
                self._tags.append(entry)
                self._places.append(placeholder.place)
                self._note_constructs(placeholder, placeholder.tag, scope)
        return TagContext(
            placeholder.content, scope, placeholder.place, self._formatting, placeholder.number
        )

    def _note_constructs(self, placeholder: Placeholder, tag: Tag, scope: Scope) -> None:
        if placeholder.block is None and not isinstance(tag, Value):
            return  # reported as an error
        content = placeholder.content
        names = sorted(constructs(tag, content, elements=scope.slots))
        if self._around and is_start(tag):
            names.append(
                _NESTED[self._around[-1], "loop" if isinstance(tag, Loop) else "condition"]
            )
        self._uses += [Use(name, content, placeholder.place) for name in names]


_NESTED = {  # the inner one of two blocks
    ("loop", "loop"): "nested_loops",
    ("loop", "condition"): "condition_in_loop",
    ("condition", "loop"): "loop_in_condition",
    ("condition", "condition"): "nested_conditions",
}


def _tokens(xml: str, part: Part) -> Iterator[tuple[str, Placeholder | None]]:
    """Return constant text and the placeholder after it; None after the last text."""
    first, *others = xml.split(f"<?{TARGET} ")
    for piece in others:
        number, _, text = piece.partition("?>")
        yield from _text_tokens(first, part, part.placeholders[int(number)])
        first = text
    yield from _text_tokens(first, part, None)


def _text_tokens(
    text: str, part: Part, next_placeholder: Placeholder | None
) -> Iterator[tuple[str, Placeholder | None]]:
    """Split constant text at the placeholders in texts and attributes."""
    first, *others = text.split(part.prefix)
    for piece in others:
        number, _, text = piece.partition(";")
        yield first, part.placeholders[int(number)]
        first = text
    yield first, next_placeholder


def _ends_body(placeholder: Placeholder) -> bool:
    if placeholder.guard or placeholder.block is None:
        return placeholder.guard == "end"
    return is_end(placeholder.tag) or is_branch(placeholder.tag)
