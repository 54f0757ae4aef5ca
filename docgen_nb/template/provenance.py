"""The words of a document with what is from the data and what is missing told apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from docgen_nb.template.docx.escaping import in_run
from docgen_nb.template.docx.part import Found, Story
from docgen_nb.template.language.ast import Value
from docgen_nb.template.language.expressions import Frame, Scope
from docgen_nb.template.render.compiler import Compiler, Program
from docgen_nb.template.render.control_flow import Item
from docgen_nb.template.render.state import Append, Operation, Run
from docgen_nb.template.template import Template

# Letters for private use: allowed in XML, and in no text that people write.
_FILLED, _MISSING, _END = "\uf8e0", "\uf8e1", "\uf8e2"
_PIECE = re.compile(f"([{_FILLED}{_MISSING}])([^{_END}]*)(?:{_END}|$)")


@dataclass(frozen=True)
class Piece:
    """Some words of a document, and where they are from.

    ``template`` wrote them itself, they are ``filled`` in from the data, or a tag that was left
    as written because its data are ``missing``.
    """

    text: str
    origin: Literal["template", "filled", "missing"] = "template"


class Marking(Template):
    """A template that puts marks around what its tags print."""

    @staticmethod
    def compile(story: Story) -> Program:
        """Compile a part with marks around what its tags print."""
        return _MarkingCompiler(story).program()


class _MarkingCompiler(Compiler):
    def _item(self, found: Found, scope: Scope) -> Item:
        item = super()._item(found, scope)
        prints = isinstance(found.tag, Value) or found.block is None
        if isinstance(item, str) or found.guard or found.attribute or not prints:
            return item
        return _marked(item, literal=in_run(found.content))


def _marked(operation: Operation, *, literal: str) -> Operation:
    def write(frame: Frame, append: Append, run: Run) -> None:
        printed: list[str] = []
        operation(frame, printed.append, run)
        text = "".join(printed)
        if text:
            append(f"{_MISSING if text == literal else _FILLED}{text}{_END}")

    return write


def pieces(text: str) -> Iterator[Piece]:
    """Cut the text of a marked document at its marks."""
    position = 0
    for found in _PIECE.finditer(text):
        if found.start() > position:
            yield Piece(text[position : found.start()])
        origin: Literal["filled", "missing"] = "filled" if found[1] == _FILLED else "missing"
        yield Piece(found[2], origin)
        position = found.end()
    if position < len(text):
        yield Piece(text[position:])
