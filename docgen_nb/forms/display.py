"""Display of the forms in a notebook: by their widget, or as text where there are no widgets."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from docgen_nb.template import Problem


class Displayed:
    """A view that a notebook displays by its `widget`.

    Front ends without widgets show its repr, or its HTML if it has `_repr_html_`.
    """

    widget: Any

    def close(self) -> None:
        """Close the widgets of this view."""
        close_tree(self.widget)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        # ipywidgets returns a dict, anywidget a dict and its metadata.
        bundle = self.widget._repr_mimebundle_(**options)
        data, *metadata = bundle if isinstance(bundle, tuple) else (bundle,)
        data = {**data, "text/plain": repr(self)}
        if hasattr(self, "_repr_html_") and (html := self._repr_html_()):
            data["text/html"] = html
        return (data, *metadata) if metadata else data


def close_tree(*roots: Any) -> None:
    """Close widgets and everything in them; ipywidgets' `close_all` would close every widget."""
    for widget in roots:
        close_tree(*getattr(widget, "children", ()))
        widget.close()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def in_documents(indexes: Sequence[int], count: int) -> str:
    """Return which documents of so many are meant, as in a sentence.

    >>> in_documents((3, 5), 10), in_documents((0, 1), 2), in_documents((4,), 9)
    ('2 documents, first in document 4', 'all 2 documents', 'document 5')
    """
    if len(indexes) == 1:
        return f"document {indexes[0] + 1}"
    if len(indexes) == count:
        return f"all {count:,} documents"
    return f"{counted(len(indexes), 'document')}, first in document {indexes[0] + 1}"


def first_lines(lines: Sequence[str], most: int) -> list[str]:
    """Return the first lines, and one that counts the others if there are any.

    >>> first_lines(["a", "b", "c"], 1)
    ['a', 'and 2 more']
    """
    more = len(lines) - most
    return [*lines[:most], f"and {more} more"] if more > 0 else list(lines)


def list_html(texts: Iterable[str], *, most: int = 20) -> str:
    """Return an HTML list of the first texts, escaped; "" without texts."""
    items = "".join(f"<li>{escape(text)}</li>" for text in first_lines(list(texts), most))
    return f'<ul style="line-height: 1.5">{items}</ul>' if items else ""


def with_place(problem: Problem) -> str:
    """Return a problem of a template with its place, if that is known."""
    return f"{problem} ({problem.place})" if problem.place else str(problem)
