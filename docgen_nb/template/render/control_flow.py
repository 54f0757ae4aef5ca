"""Conditions, loops and guards as operations."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from docgen_nb.template.language.ast import If, Loop, has_modifier
from docgen_nb.template.language.conditions import compile_condition
from docgen_nb.template.language.expressions import (
    Frame,
    MissingValue,
    WrongType,
    compile_path,
)
from docgen_nb.template.render.state import Append, Operation, RenderState, TagContext
from docgen_nb.template.render.values import PlainValue, print_plain_values

Item = str | Operation
Branch = tuple[If | None, TagContext, Operation]  # an else has no condition
_MAX_ITERATIONS_BETWEEN_CHECKS = 64


def sequence(items: Sequence[Item]) -> Operation:
    """Return an operation that prints texts and runs operations in order."""
    single, last = _pairs(items)
    pairs = list(_grouped(single))
    if len(pairs) == 1 and pairs[0][0] == last == "":
        return pairs[0][1]

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        for text, operation in pairs:
            append(text)
            operation(frame, append, state)
        append(last)

    return write


def _pairs(items: Sequence[Item]) -> tuple[list[tuple[str, Operation]], str]:
    """Return each operation with the text before it, and the text after the last one."""
    pairs: list[tuple[str, Operation]] = []
    text = ""
    for item in items:
        if isinstance(item, str):
            text += item
        else:
            pairs.append((text, item))
            text = ""
    return pairs, text


def _grouped(pairs: list[tuple[str, Operation]]) -> Iterator[tuple[str, Operation]]:
    """Combine neighboring plain values of one object."""
    for owner, group in groupby(
        pairs, lambda pair: pair[1].owner if isinstance(pair[1], PlainValue) else None
    ):
        if owner is None:
            yield from group
        else:
            values = [(text, value) for text, value in group if isinstance(value, PlainValue)]
            yield "", print_plain_values(values)


def choice(branches: Sequence[Branch]) -> Operation:
    """Return an operation that runs the first branch whose condition is true."""
    tests = [
        (compile_condition(tag.condition, context.scope) if tag else None, context, body)
        for tag, context, body in branches
    ]

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        for test, context, body in tests:

            def report(
                error: MissingValue | WrongType | ArithmeticError, context: TagContext = context
            ) -> None:
                state.cannot_compute(error, context=context)

            if test is None or test(frame, report):
                body(frame, append, state)
                return

    return write


def loop(tag: Loop, context: TagContext, body: Operation, *, slot: int) -> Operation:
    """Return an operation that runs a body for each element of a list."""
    get = compile_path(tag.path, context.scope)
    is_optional = has_modifier(tag, "optional")

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        values = get(frame)
        if values.__class__ is list:
            repeat(values, frame, append, state)
        elif values is not None:
            state.wrong_type(tag.path, values, needed="a list", context=context)
        elif not is_optional:
            state.missing(tag.path, context=context)

    def repeat(values: list[object], frame: Frame, append: Append, state: RenderState) -> None:
        elements = state.iterate(values, path=tag.path, context=context)
        frame[slot + 2] = len(elements)
        next_check = 0  # after one iteration, two, four and so on, as a body may be large
        for index, value in enumerate(elements):
            frame[slot] = value
            frame[slot + 1] = index
            body(frame, append, state)
            if index == next_check:
                next_check += min(index + 1, _MAX_ITERATIONS_BETWEEN_CHECKS)
                if state.is_too_long(path=tag.path, context=context):
                    return

    return write


def with_final_paragraph(body: Operation) -> Operation:
    """Return an operation that ends the content of a cell or header with a paragraph."""

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        start = len(state.out)
        body(frame, append, state)
        if not _ends_with_paragraph("".join(state.out[start:])):
            append("<w:p/>")

    return write


def _ends_with_paragraph(xml: str) -> bool:
    if xml.endswith("</w:p>"):
        return True
    last = xml[xml.rfind("<") :]
    return last.endswith("/>") and last.startswith(("<w:p/", "<w:p "))


def without_empty_table(body: Operation) -> Operation:
    """Return an operation that drops a table without rows, which Word refuses."""

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        start = len(state.out)
        body(frame, append, state)
        if not any("<w:tr>" in piece or "<w:tr " in piece for piece in state.out[start:]):
            del state.out[start:]

    return write


def new_identifier(key: str) -> Operation:
    """Return an operation that prints a new identifier, in each turn of a loop."""

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        append(str(state.next_identifier(key)))

    return write


def same_identifier(key: str) -> Operation:
    """Return an operation that prints the identifier that was printed last for this key."""

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        append(str(state.identifiers.get(key) or state.next_identifier(key)))

    return write
