"""Text of a document with the origin of each span: the template, the data, or missing data."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from docgen_nb.template.compiled_template import CompiledTemplate
from docgen_nb.template.docx.escaping import escape_in_run
from docgen_nb.template.docx.part import Placeholder
from docgen_nb.template.docx.plain_text import read_text
from docgen_nb.template.language.ast import Value
from docgen_nb.template.language.expressions import Frame, Scope
from docgen_nb.template.render.compiler import PartCompiler
from docgen_nb.template.render.control_flow import Item
from docgen_nb.template.render.state import Append, Operation, RenderState

# Private use characters: allowed in XML, and not used in text.
_FILLED, _MISSING, _END = "\uf8e0", "\uf8e1", "\uf8e2"
_MARKED = re.compile(f"([{_FILLED}{_MISSING}])([^{_END}]*)(?:{_END}|$)")


@dataclass(frozen=True)
class TextSpan:
    """Some text of a document, and its origin.

    ``template`` is text of the template itself, ``filled`` comes from the data, and ``missing`` is
    a tag left as written because its data is missing.
    """

    text: str
    origin: Literal["template", "filled", "missing"] = "template"


def text_spans(compiled: CompiledTemplate, user_input: Mapping[str, Any]) -> list[TextSpan]:
    """Return the text of a document in spans, from a template compiled by `MarkingCompiler`."""
    text = read_text(compiled.write(compiled.run(user_input)))
    return list(_spans(text))


class MarkingCompiler(PartCompiler):
    """Compiles a part so that it marks the beginning and the end of what its tags print."""

    def item(self, placeholder: Placeholder, scope: Scope) -> Item:
        """Compile one placeholder; what it prints is between two characters."""
        item = super().item(placeholder, scope)
        prints = isinstance(placeholder.tag, Value) or placeholder.block is None
        if isinstance(item, str) or placeholder.guard or placeholder.attribute or not prints:
            return item
        return _marked(item, literal=escape_in_run(placeholder.content))


def _marked(operation: Operation, *, literal: str) -> Operation:
    def write(frame: Frame, append: Append, state: RenderState) -> None:
        printed: list[str] = []
        operation(frame, printed.append, state)
        text = "".join(printed)
        if text:
            append(f"{_MISSING if text == literal else _FILLED}{text}{_END}")

    return write


def _spans(text: str) -> Iterator[TextSpan]:
    position = 0
    for match in _MARKED.finditer(text):
        if match.start() > position:
            yield TextSpan(text[position : match.start()])
        yield TextSpan(match[2], "filled" if match[1] == _FILLED else "missing")
        position = match.end()
    if position < len(text):
        yield TextSpan(text[position:])
