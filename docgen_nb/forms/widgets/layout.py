"""Arrangements of widgets that many views have."""

from html import escape
from typing import Any

import ipywidgets as widgets

LABEL_WIDTH = "132px"
BESIDE_LABEL = f"0 0 0 calc({LABEL_WIDTH} + 10px)"  # ipywidgets puts 10 pixels after a label


def wrapping_row(*children: Any) -> Any:
    """Return widgets side by side, in several lines where there is too little room for one."""
    return widgets.HBox(children, layout={"flex_flow": "row wrap"})


def text_area(*, label: str, rows: int = 16, **options: Any) -> Any:
    """Return a text area as wide as its box, with its whole label."""
    style, layout = {"description_width": "initial"}, {"width": "auto"}
    return widgets.Textarea(description=label, rows=rows, style=style, layout=layout, **options)


def show_error(line: Any, message: str) -> None:
    """Show an error in an HTML widget, in JupyterLab's color for errors if there is one."""
    style = "color: var(--jp-error-color0, inherit)"
    line.value = f'<span style="{style}">{escape(message)}</span>' if message else ""


def toggle_buttons(**options: Any) -> Any:
    """Return ipywidgets' ToggleButtons with the label to the left, as other inputs have it."""
    buttons = widgets.ToggleButtons(**options)
    buttons.add_class("widget-inline-hbox")
    return buttons
