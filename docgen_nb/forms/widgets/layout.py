"""Arrangements of widgets that many views have."""

from typing import Any

import ipywidgets as widgets


def wrapping_row(*children: Any) -> Any:
    """Return widgets side by side, in several lines where there is too little room for one."""
    return widgets.HBox(children, layout={"flex_flow": "row wrap"})


def text_area(*, label: str, rows: int = 16, **options: Any) -> Any:
    """Return a text area as wide as its box, with its whole label."""
    style, layout = {"description_width": "initial"}, {"width": "auto"}
    return widgets.Textarea(description=label, rows=rows, style=style, layout=layout, **options)
