"""Labels of fields outside of their group: "Vendor address, street"."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from docgen_nb.forms.data_paths import full_label_of, title_of
from docgen_nb.schema import Field

_KEY_NAMES = ("id", "no", "number", "code", "key")
_IN_NAMES = ("text", "number", "date")  # kinds


def leaves_of(fields: Iterable[Field]) -> list[Field]:
    """Return the fields that a cell can fill, each path once."""
    every = [inner for field in fields for inner in field.walk()]
    return list({f.path: f for f in every if f.kind not in ("object", "records")}.values())


def labels_of(fields: Iterable[Field]) -> dict[str, str]:
    """Return the label of each field that a cell can fill, by path.

    The name of an outermost object is left out where others stand between.

    >>> city = Field("city", "order.vendor.city", "text", True)
    >>> lines = Field("lines", "order.lines", "records", True, fields=(
    ...     Field("qty", "order.lines.qty", "number", True),))
    >>> list(labels_of([city, lines]).values())
    ['Vendor city', 'Lines, qty']
    """
    tops = list(fields)
    lists = {one.path for top in tops for one in top.walk() if one.kind in ("records", "list")}
    labels = {leaf.path: _label(leaf.path, lists) for leaf in leaves_of(tops)}
    counts = Counter(labels.values())
    return {path: one if counts[one] == 1 else path for path, one in labels.items()}


def names_of(fields: Sequence[Field]) -> dict[str, str]:
    """Return the labels of the fields that can stand in the name of a document, by path.

    >>> names_of([Field("logo", "logo", "image", True), Field("id", "order.id", "text", True)])
    {'order.id': 'Order ID'}
    """
    labels = labels_of(fields)
    plain = [one.path for one in leaves_outside_lists(fields) if one.kind in _IN_NAMES]
    return {path: labels[path] for path in plain}


def is_key(path: str) -> bool:
    """Return whether the last name of a path is one of a key: ``order.id``.

    >>> is_key("order.id"), is_key("order.identity")
    (True, False)
    """
    return path.rpartition(".")[2].casefold() in _KEY_NAMES


def leaves_outside_lists(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield the fields with one value in each document."""
    for field in fields:
        if field.kind == "object":
            yield from leaves_outside_lists(field.fields)
        elif field.kind not in ("records", "list"):
            yield field


def _label(path: str, lists: set[str]) -> str:
    outer = path.rpartition(".")[0]
    full = full_label_of(path)
    if outer not in lists:
        return full
    title = title_of(outer)
    return f"{title}, {full.removeprefix(title).lstrip(', ')}"
