"""Conditions, loops and guards as functions that append to the output."""

from collections.abc import Sequence
from typing import Any

from docgen_nb.template.language.ast import If, Loop, Path, has_modifier
from docgen_nb.template.language.conditions import Test, condition
from docgen_nb.template.language.expressions import Absent, Frame, Unsuitable, getter
from docgen_nb.template.render.plain_values import joined_fields
from docgen_nb.template.render.state import Append, Operation, Run, Site

Item = str | Operation
Branch = tuple[If | None, Site, Operation]  # None is the condition of else
_TURNS_BETWEEN_LOOKS = 64


def sequence(items: Sequence[Item]) -> Operation:
    """All items one after another: text as it is, operations by calling them."""
    single, last = _pairs(items)
    pairs, last = joined_fields(single, last)
    if len(pairs) == 1 and pairs[0][0] == last == "":
        return pairs[0][1]

    def write(frame: Frame, append: Append, run: Run) -> None:
        for text, operation in pairs:
            append(text)
            operation(frame, append, run)
        append(last)

    return write


def _pairs(items: Sequence[Item]) -> tuple[list[tuple[str, Operation]], str]:
    """Each operation with the text before it, and the text behind the last one."""
    pairs: list[tuple[str, Operation]] = []
    text = ""
    for item in items:
        if isinstance(item, str):
            text += item
        else:
            pairs.append((text, item))
            text = ""
    return pairs, text


def choice(branches: Sequence[Branch]) -> Operation:
    """The first branch whose condition holds; a branch without one always does."""
    tests = [(_test(tag, site), body) for tag, site, body in branches]

    def write(frame: Frame, append: Append, run: Run) -> None:
        for test, body in tests:
            if test is None or test(frame, run):
                body(frame, append, run)
                return

    return write


def _test(tag: If | None, site: Site) -> Any:
    if tag is None:
        return None
    test: Test = condition(tag.condition, site.scope)

    def decide(frame: Frame, run: Run) -> bool:
        def complain(fault: Absent | Unsuitable | ArithmeticError) -> None:
            run.cannot_compute(fault, site=site)

        return test(frame, complain)

    return decide


def loop(tag: Loop, site: Site, body: Operation, *, slot: int) -> Operation:
    """The body once for each element of a list."""
    get = getter(tag.path, site.scope)
    optional = has_modifier(tag, "optional")

    def write(frame: Frame, append: Append, run: Run) -> None:
        values = get(frame)
        if values.__class__ is list:
            _repeat(values, body, frame, append, run, slot, tag.path, site)
        elif values is not None:
            run.unsuitable(tag.path, values, wanted="a list", site=site)
        elif not optional:
            run.missing(tag.path, site=site)

    return write


def _repeat(
    values: list[Any],
    body: Operation,
    frame: Frame,
    append: Append,
    run: Run,
    slot: int,
    path: Path,
    site: Site,
) -> None:
    turns = run.turns(values, path=path, site=site)
    frame[slot + 2] = len(turns)
    next_look = 0  # after one turn, two, four, and so on: a body may be large
    for index, value in enumerate(turns):
        frame[slot] = value
        frame[slot + 1] = index
        body(frame, append, run)
        if index == next_look:
            next_look += min(index + 1, _TURNS_BETWEEN_LOOKS)
            if run.too_long(path=path, site=site):
                return


def ends_with_paragraph(body: Operation) -> Operation:
    """The content of a cell (or header), with an empty paragraph if it would end without one."""

    def write(frame: Frame, append: Append, run: Run) -> None:
        start = len(run.out)
        body(frame, append, run)
        if not _is_paragraph_end("".join(run.out[start:])):
            append("<w:p/>")

    return write


def _is_paragraph_end(xml: str) -> bool:
    if xml.endswith("</w:p>"):
        return True
    last = xml[xml.rfind("<") :]
    return last.endswith("/>") and last.startswith(("<w:p/", "<w:p "))


def not_without_rows(body: Operation) -> Operation:
    """A table, or nothing where not one row is left: Word refuses a table without rows."""

    def write(frame: Frame, append: Append, run: Run) -> None:
        start = len(run.out)
        body(frame, append, run)
        if not any("<w:tr>" in piece or "<w:tr " in piece for piece in run.out[start:]):
            del run.out[start:]

    return write
