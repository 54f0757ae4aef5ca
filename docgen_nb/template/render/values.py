"""Tags that print, as functions that append to the output."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docgen_nb.template.docx.escaping import in_run
from docgen_nb.template.language.ast import Call, Modifier, Path, Value, instead
from docgen_nb.template.language.expressions import (
    Absent,
    Frame,
    Unsuitable,
    expression,
    getter,
    place_of,
)
from docgen_nb.template.language.formatting import formatter, number_text, shortest, show
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.image_data import looks_like_picture
from docgen_nb.template.render.images import picture_in_text, rich
from docgen_nb.template.render.plain_values import SHORT, Field
from docgen_nb.template.render.rich_text import looks_rich
from docgen_nb.template.render.state import Append, Operation, Run, Site

Finish = Callable[[Any, Run], str | None]


def hole(tag: Value, site: Site) -> Operation:
    """Append the value of a tag, or the tag as written where there is none."""
    if isinstance(tag.expression, Path):
        if not tag.modifiers:
            return _plain(tag.expression, site)
        return _modified(tag, tag.expression, site, in_run(site.content))
    return _computed(tag, site, in_run(site.content))


@dataclass(slots=True)
class _Odd:
    """Gives what to write for a value that is no short plain text.

    An object and no function: a template may have very many, and a function with what it holds
    is five objects.
    """

    path: Path
    site: Site

    def __call__(self, value: Any, run: Run) -> str:
        if value.__class__ is str and len(value) <= SHORT and "<" not in value:
            return in_run(value)
        if value.__class__ is float and (number := show(value)) is not None:
            return number
        return _text(value, self.path, run, self.site)


def _plain(path: Path, site: Site) -> Operation:
    slot, names = place_of(path, site.scope)
    odd = _Odd(path, site)
    if names:
        return Field((slot, names[:-1]), names[-1], odd)
    get = getter(path, site.scope)

    def write(frame: Frame, append: Append, run: Run) -> None:
        append(odd(get(frame), run))

    return write


def _text(value: Any, path: Path, run: Run, site: Site) -> str:
    """Any value for the document, or the tag as written where it has no text."""
    if value is None:
        run.missing(path, site=site)
        return literal_hole(site)
    text = show(value)
    if text is None:
        run.unsuitable(path, value, wanted="a text or number", site=site)
        return literal_hole(site)
    return _shown(text, path, run, site, literal_hole(site))


def _shown(text: str, path: Path, run: Run, site: Site, literal: str) -> str:
    """A text for the document: plain, rich, or a picture."""
    if len(text) > SHORT and looks_like_picture(text):
        found = picture_in_text(text, site.scope.dotted(path), run, site)
        return literal if found is None else found
    if "<" in text and site.spots is not None and looks_rich(text):
        written = rich(text, site.scope.dotted(path), site.spots, run, site)
        return literal if written is None else written
    return _plain_text(text, run, site, literal)


def _plain_text(text: str, run: Run, site: Site, literal: str) -> str:
    if len(text) <= SHORT:
        return in_run(text)
    if not run.admits(len(text), site=site):
        return literal
    written = in_run(text)
    return written if run.admits(len(written) - len(text), site=site) else literal


def _modified(tag: Value, path: Path, site: Site, literal: str) -> Operation:
    get = getter(path, site.scope)
    absent = instead(tag)
    finish = _finish(tag, path, site)

    def write(frame: Frame, append: Append, run: Run) -> None:
        value = get(frame)
        if value is None:
            value = absent
        if value is None:
            run.missing(path, site=site)
            append(literal)
            return
        text = finish(value, run)
        append(literal if text is None else _shown(text, path, run, site, literal))

    return _with_delimiters(tag, site, write)


def _computed(tag: Value, site: Site, literal: str) -> Operation:
    compute = expression(tag.expression, site.scope)
    finish = _finish(tag, None, site)
    absent = instead(tag)
    is_bare = not tag.modifiers and not isinstance(tag.expression, Call)

    def write(frame: Frame, append: Append, run: Run) -> None:
        try:
            value = compute(frame)
        except Absent as fault:
            if absent is None:
                run.cannot_compute(fault, site=site)
            append(literal if absent is None else in_run(absent))
        except (Unsuitable, ArithmeticError) as fault:
            run.cannot_compute(fault, site=site)
            append(literal)
        else:
            text = number_text(value) if is_bare else finish(_settled(value), run) or ""
            append(_plain_text(text, run, site, literal))

    return _with_delimiters(tag, site, write)


def _settled(value: Any) -> Any:
    return value if isinstance(value, str | int) else shortest(value)


# Modifiers: first the format, then the case


def _finish(tag: Value, path: Path | None, site: Site) -> Finish:
    """What the modifiers make of a value that is there; None where it has no text."""
    steps = [step for step in (_FORMS.get(one.name) for one in tag.modifiers) if step]
    forms = [_form(one, path, site) for one in tag.modifiers if one.name == "format"]
    joiner = next((one.arguments[0] for one in tag.modifiers if one.name == "delimiter"), None)

    def finish(value: Any, run: Run) -> str | None:
        if value.__class__ is list and joiner is not None:
            value = _joined(value, tag, joiner)
        for form in forms:
            value = form(value, run)
        text = show(value)
        if text is None:
            run.unsuitable(path, value, wanted="a text or number", site=site)
            return None
        for step in steps:
            text = step(text)
        return text

    return finish


_FORMS: dict[str, Callable[[str], str]] = {"uppercase": str.upper, "lowercase": str.lower}


def _form(modifier: Modifier, path: Path | None, site: Site) -> Callable[[Any, Run], Any]:
    found = formatter(modifier.arguments[0])
    if found is None:
        return lambda value, run: value  # a fault of the template, told by its problems
    needs, form = found

    def apply(value: Any, run: Run) -> Any:
        if value == "" and value.__class__ is str:
            return value
        text = form(value)
        if text is None:
            _report_format(value, needs, path, run, site)
            return value
        return text

    return apply


def _report_format(value: Any, needs: str, path: Path | None, run: Run, site: Site) -> None:
    shown = show(value)
    if shown is None:
        return  # no text at all: told as a wrong type
    name = "" if path is None else site.scope.dotted(path)
    message = (
        f"The tag '{name or site.content}' has the value '{shown}', which is no {needs}; "
        "it stays as it is."
    )
    run.report(Problem(f"not_a_{needs}", message, name, severity="warning"), site=site)


# Delimiters: between the elements of a loop, or of a list of plain values


def _joined(values: list[Any], tag: Value, delimiter: str) -> Any:
    """A list of plain values as one text; a list that holds anything else stays a list."""
    texts = [show(value) for value in values]
    if any(text is None for text in texts):
        return values
    last = next((one.arguments[0] for one in tag.modifiers if one.name == "lastdelimiter"), None)
    plain = [text for text in texts if text is not None]
    if last is None or len(plain) < 2:
        return delimiter.join(plain)
    return delimiter.join(plain[:-1]) + last + plain[-1]


def _with_delimiters(tag: Value, site: Site, write: Operation) -> Operation:
    words = {one.name: one.arguments[0] for one in tag.modifiers if one.name in _DELIMITERS}
    slot = _loop_of(tag, site)
    if not words or slot is None:
        return write
    between = words.get("delimiter", words.get("lastdelimiter", ""))
    last = words.get("lastdelimiter", between)

    def write_with(frame: Frame, append: Append, run: Run) -> None:
        write(frame, append, run)
        left = frame[slot + 2] - frame[slot + 1] - 1
        if left:
            append(in_run(last if left == 1 else between))

    return write_with


_DELIMITERS = ("delimiter", "lastdelimiter")


def _loop_of(tag: Value, site: Site) -> int | None:
    """The slot of the loop whose element a tag prints."""
    if not isinstance(tag.expression, Path):
        return max(site.scope.slots.values(), default=None)
    return site.scope.slots.get(str(tag.expression.steps[0]))


def literal_hole(site: Site) -> str:
    """A tag that stays as written."""
    return in_run(site.content)
