"""How a piece of a form shows itself in a notebook: its widget, and its text where none is."""

from typing import Any


def shown_as(piece: Any, **options: Any) -> Any:
    """Return the bundle of a piece: that of its widget, with the piece's own words beside it.

    ipywidgets gives a dict, anywidget a dict and its metadata.
    """
    found = piece.widget._repr_mimebundle_(**options)
    data, *rest = found if isinstance(found, tuple) else (found,)
    bundle = {**data, "text/plain": repr(piece)}
    if hasattr(piece, "_repr_html_"):
        bundle["text/html"] = piece._repr_html_()
    return (bundle, *rest) if rest else bundle
