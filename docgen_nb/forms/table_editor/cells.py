"""From a value to what a cell shows, and from what was typed to a value."""

from collections.abc import Callable, Mapping
from typing import Any

from docgen_nb.forms.data_paths import shown
from docgen_nb.schema import Field
from docgen_nb.template.render.image_data import NoPicture, read_picture

# Makes a value of what was typed for a field: the value, and "" or what is wrong with it.
Read = Callable[[Field, str], tuple[Any, str]]

TYPED = ("text", "number", "date", "boolean")  # kinds that a line of text can stand for
ABSENT = object()  # a row lacks the key


def is_editable(field: Field, value: Any) -> bool:
    """Whether a cell can be typed into: nested data and pictures are only summed up."""
    return field.kind in TYPED and not isinstance(value, Mapping | list | tuple)


def text_of(value: Any) -> str:
    """Return the text of a cell that can be typed into.

    >>> text_of(5.5), text_of(None), text_of(True)
    ('5.5', '', 'true')
    """
    return "" if value is ABSENT else shown(value)


def summary_of(value: Any) -> str:
    """Return what a cell says that cannot be typed into.

    >>> summary_of([{"a": 1}, {"a": 2}]), summary_of({"a": 1}), summary_of(ABSENT)
    ('2 entries', '1 field', 'nothing')
    """
    if value is ABSENT or value is None or value == "":
        return "nothing"
    if isinstance(value, Mapping):
        return _count(len(value), "field", "fields")
    if isinstance(value, list | tuple):
        return _count(len(value), "entry", "entries")
    return _of_picture(value) if isinstance(value, str) else shown(value)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _of_picture(text: str) -> str:
    try:
        picture = read_picture(text)
    except NoPicture:
        return text if len(text) <= 40 else f"{text[:40]}…"
    size = f"{picture.width} x {picture.height}"
    return f"picture, {size}, {len(text) / 1024:.1f} KB"


def wire_cell(field: Field, value: Any) -> str | dict[str, str]:
    """Return a cell for the browser: a text to type in, or a summary."""
    if is_editable(field, value):
        return text_of(value)
    return {"summary": summary_of(value)}


def hint(field: Field) -> str:
    """Return what stands below a column's name.

    >>> hint(Field("price", "order.items.price", "number", False, "0.00"))
    'number, 0.00, optional'
    """
    kind = "" if field.kind == "text" else field.kind
    return ", ".join(filter(None, [kind, field.format, "" if field.required else "optional"]))


def copied(value: Any) -> Any:
    """Return the same JSON value in containers of its own."""
    if isinstance(value, Mapping):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [copied(inner) for inner in value]
    return value


def is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same, types included: 1 is neither 1.0 nor True."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        same_keys = list(one) == list(other)
        return same_keys and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)
