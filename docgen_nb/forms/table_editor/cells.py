"""The content of cells: the text or the summary of a value."""

from collections.abc import Mapping
from typing import Any

from docgen_nb.forms.data_paths import ABSENT, text_of
from docgen_nb.forms.display import counted
from docgen_nb.request.column_formats import numbers
from docgen_nb.schema import Field
from docgen_nb.template.render.image_data import InvalidPicture, read_picture

TYPED = ("text", "number", "date", "boolean")  # kinds that a person can type
MAX_TEXT = 40


def is_editable(field: Field, value: Any) -> bool:
    """Return whether a cell can be typed into; nested data and pictures are only summarized."""
    return field.kind in TYPED and not isinstance(value, Mapping | list | tuple)


def summary_of(value: Any) -> str:
    """Return the text of a cell that cannot be typed into.

    >>> summary_of([{"a": 1}, {"a": 2}]), summary_of({"a": 1}), summary_of(ABSENT)
    ('2 items', '1 field', 'empty')
    """
    if value is ABSENT or value is None or value == "":
        return "empty"
    if isinstance(value, Mapping):
        return counted(len(value), "field")
    if isinstance(value, list | tuple):
        return counted(len(value), "item")
    return _picture_summary(value) if isinstance(value, str) else text_of(value)


def _picture_summary(text: str) -> str:
    try:
        picture = read_picture(text)
    except InvalidPicture:
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
    return f"picture, {picture.width} x {picture.height}, {len(text) / 1024:.1f} KB"


def cell_for_browser(field: Field, value: Any) -> str | dict[str, str]:
    """Return a cell as the browser gets it: text to edit, or a summary."""
    return text_of(value) if is_editable(field, value) else {"summary": summary_of(value)}


def hint(field: Field) -> str:
    """Return the text below the name of a column.

    >>> hint(Field("price", "order.items.price", "number", False, "0.00"))
    'number, 0.00, optional'
    """
    kind = "" if field.kind == "text" else field.kind
    return ", ".join(filter(None, [kind, field.format, "" if field.required else "optional"]))


def numbers_meant(field: Field, value: Any) -> list[str]:
    """Return the numbers that a text in a column of numbers may mean, as Doc Gen expects them.

    >>> price = Field("price", "order.items.price", "number", True)
    >>> numbers_meant(price, "39,90"), numbers_meant(price, "1,250"), numbers_meant(price, "n/a")
    (['39.90'], ['1250', '1.250'], [])
    """
    is_text = field.kind == "number" and isinstance(value, str)
    return list(dict.fromkeys(numbers(value).values())) if is_text else []


def copied(value: Any) -> Any:
    """Return a deep copy of a JSON value, with plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [copied(inner) for inner in value]
    return value


def is_same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same; 1, 1.0 and True are three values."""
    return repr(one) == repr(other)
