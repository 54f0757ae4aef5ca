"""Tags that print a value, as operations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docgen_nb.template.docx.escaping import escape_in_run, has_forbidden
from docgen_nb.template.language.ast import Call, Modifier, Path, Value, argument, fallback
from docgen_nb.template.language.expressions import (
    Frame,
    MissingValue,
    WrongType,
    compile_expression,
    compile_path,
)
from docgen_nb.template.language.formatting import (
    formatter,
    is_ambiguous_date,
    number_text,
    shortest,
    to_text,
)
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.image_data import MIN_CHARACTERS, looks_like_picture
from docgen_nb.template.render.images import picture_in_text, rich_text
from docgen_nb.template.render.rich_text import is_rich
from docgen_nb.template.render.state import Append, Operation, RenderState, TagContext

Finish = Callable[[Any, RenderState], str | None]


def print_value(tag: Value, context: TagContext) -> Operation:
    """Return an operation that prints the value of a tag, or the tag as written without one."""
    if isinstance(tag.expression, Path):
        if not tag.modifiers:
            return _unmodified(tag.expression, context)
        return _modified(tag, tag.expression, context)
    return _computed(tag, context)


def literal(context: TagContext) -> str:
    """Return a tag as written."""
    return escape_in_run(context.content)


def _unmodified(path: Path, context: TagContext) -> Operation:
    slot = context.scope.slots.get(path.names[0], 0)
    names = path.names[1:] if slot else path.names
    if names and len(path.names) == len(path.steps) and not names[0].startswith("$"):
        return PlainValue((slot, names[:-1]), names[-1], path, context)
    get = compile_path(path, context.scope)

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        append(_text(get(frame), path, context, state))

    return write


@dataclass(slots=True)
class PlainValue:
    """A tag that prints a member of an object as it is, as most tags do."""

    owner: tuple[int, tuple[str, ...]]  # the object: its slot in the frame, and names from there
    name: str
    path: Path
    context: TagContext

    def __call__(self, frame: Frame, append: Append, state: RenderState) -> None:
        """Print this value alone."""
        print_plain_values([("", self)])(frame, append, state)


def print_plain_values(values: list[tuple[str, PlainValue]]) -> Operation:
    """Return an operation that prints members of one object, each after a text.

    Rows of tables spend most of their time here: the object is looked up once, and short texts
    are tested as in `escaping.is_plain`, but without a call.
    """
    slot, names = values[0][1].owner
    members = [(text, value.name, value) for text, value in values]

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        owner = frame[slot]
        for name in names:
            owner = owner.get(name) if isinstance(owner, dict) else None
        get = owner.get if isinstance(owner, dict) else _EMPTY.get
        for text, name, plain in members:
            value = get(name)
            if (
                value.__class__ is str
                and len(value) <= MIN_CHARACTERS
                and value.isprintable()
                and "<" not in value
                and "&" not in value
                and ">" not in value
            ):
                append(text + value)
            elif value.__class__ is int and -_MAX_INT < value < _MAX_INT:
                append(f"{text}{value}")
            else:
                append(text + _text(value, plain.path, plain.context, state))

    return write


_EMPTY: dict[str, Any] = {}
_MAX_INT = 1 << 60  # Python refuses to print integers with very many digits


def _text(value: Any, path: Path, context: TagContext, state: RenderState) -> str:
    if value is None:
        state.missing(path, context=context)
        return literal(context)
    text = to_text(value)
    if text is None:
        state.wrong_type(path, value, needed="a text or number", context=context)
        return literal(context)
    return _printed(text, path, state, context)


def _printed(text: str, path: Path, state: RenderState, context: TagContext) -> str:
    """Return a text as XML: plain, rich, or a picture."""
    if has_forbidden(text):
        state.replaced_characters(context.scope.dotted(path), context=context)
    if len(text) > MIN_CHARACTERS and looks_like_picture(text):
        picture = picture_in_text(text, context.scope.dotted(path), state, context)
        return literal(context) if picture is None else picture
    if "<" in text and context.formatting is not None and is_rich(text):
        name = context.scope.dotted(path)
        runs = rich_text(text, name, context.formatting, state, context)
        return literal(context) if runs is None else runs
    return _plain(text, state, context)


def _plain(text: str, state: RenderState, context: TagContext) -> str:
    if len(text) <= MIN_CHARACTERS:
        return escape_in_run(text)
    if not state.can_print(len(text), context=context):
        return literal(context)
    escaped = escape_in_run(text)
    return (
        escaped if state.can_print(len(escaped) - len(text), context=context) else literal(context)
    )


def _modified(tag: Value, path: Path, context: TagContext) -> Operation:
    get = compile_path(path, context.scope)
    default = fallback(tag)
    finish = _finish(tag, path, context)

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        value = get(frame)
        if value is None:
            value = default
        if value is None:
            state.missing(path, context=context)
            append(literal(context))
            return
        text = finish(value, state)
        append(literal(context) if text is None else _printed(text, path, state, context))

    return _with_delimiters(tag, context, write)


def _computed(tag: Value, context: TagContext) -> Operation:
    compute = compile_expression(tag.expression, context.scope)
    finish = _finish(tag, None, context)
    default = fallback(tag)
    is_number = not tag.modifiers and not isinstance(tag.expression, Call)

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        try:
            value = compute(frame)
        except MissingValue as error:
            if default is None:
                state.cannot_compute(error, context=context)
            append(literal(context) if default is None else escape_in_run(default))
        except (WrongType, ArithmeticError) as error:
            state.cannot_compute(error, context=context)
            append(literal(context))
        else:
            text = number_text(value) if is_number else finish(_shortest(value), state) or ""
            append(_plain(text, state, context))

    return _with_delimiters(tag, context, write)


def _shortest(value: Any) -> Any:
    return value if isinstance(value, str | int) else shortest(value)


# Modifiers: first the format, then the case


def _finish(tag: Value, path: Path | None, context: TagContext) -> Finish:
    """Return a function that applies the modifiers to a value; it returns None without a text."""
    cases = [_CASES[one.name] for one in tag.modifiers if one.name in _CASES]
    formats = [_format(one, path, context) for one in tag.modifiers if one.name == "format"]
    delimiter = argument(tag, "delimiter")

    def finish(value: Any, state: RenderState) -> str | None:
        if value.__class__ is list and delimiter is not None:
            value = _joined(value, delimiter, argument(tag, "lastdelimiter"))
        for apply_format in formats:
            value = apply_format(value, state)
        text = to_text(value)
        if text is None:
            state.wrong_type(path, value, needed="a text or number", context=context)
            return None
        for change_case in cases:
            text = change_case(text)
        return text

    return finish


_CASES: dict[str, Callable[[str], str]] = {"uppercase": str.upper, "lowercase": str.lower}


def _format(
    modifier: Modifier, path: Path | None, context: TagContext
) -> Callable[[Any, RenderState], Any]:
    known = formatter(modifier.arguments[0])
    if known is None:
        return lambda value, state: value  # reported as a problem of the template
    needed, apply = known

    def formatted(value: Any, state: RenderState) -> Any:
        if value == "" and value.__class__ is str:
            return value
        text = apply(value)
        if text is None:
            _report_format(value, needed, path, state, context)
            return value
        if needed == "date" and is_ambiguous_date(value):
            name = context.content if path is None else context.scope.dotted(path)
            state.ambiguous_date(name, value, context=context)
        return text

    return formatted


def _report_format(
    value: Any, needed: str, path: Path | None, state: RenderState, context: TagContext
) -> None:
    text = to_text(value)
    if text is None:
        return  # reported as a wrong type
    name = "" if path is None else context.scope.dotted(path)
    message = (
        f"The tag '{name or context.content}' has the value '{text}', which is not a {needed}; "
        "it is printed unchanged."
    )
    state.report(Problem(f"not_a_{needed}", message, name, severity="warning"), context=context)


# Delimiters: between the elements of a loop, or of a list of plain values


def _joined(values: list[Any], delimiter: str, last: str | None) -> Any:
    """Return a list of plain values as one text; any other list stays a list."""
    texts = [text for text in map(to_text, values) if text is not None]
    if len(texts) < len(values):
        return values
    if last is None or len(texts) < 2:
        return delimiter.join(texts)
    return delimiter.join(texts[:-1]) + last + texts[-1]


def _with_delimiters(tag: Value, context: TagContext, write: Operation) -> Operation:
    delimiter, last = argument(tag, "delimiter"), argument(tag, "lastdelimiter")
    slot = _loop_slot(tag, context)
    if (delimiter is None and last is None) or slot is None:
        return write
    between = delimiter if delimiter is not None else last or ""
    before_last = last if last is not None else between

    def write_with_delimiter(frame: Frame, append: Append, state: RenderState) -> None:
        write(frame, append, state)
        left = frame[slot + 2] - frame[slot + 1] - 1
        if left:
            append(escape_in_run(before_last if left == 1 else between))

    return write_with_delimiter


def _loop_slot(tag: Value, context: TagContext) -> int | None:
    """Return the slot of the loop whose element a tag prints."""
    if not isinstance(tag.expression, Path):
        return max(context.scope.slots.values(), default=None)
    return context.scope.slots.get(str(tag.expression.steps[0]))
