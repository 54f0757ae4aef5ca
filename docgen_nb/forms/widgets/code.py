"""Code to read and copy."""

from pathlib import Path

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget


class Code(AnyWidget):
    """Code with a button that copies it."""

    _esm = Path(__file__).with_name("code.js")
    _css = Path(__file__).with_name("code.css")
    label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)


def plain_code(*, label: str) -> widgets.Textarea:
    """Return a text area to copy from, for pages that block JavaScript modules."""
    area = widgets.Textarea(description=label, rows=16, layout={"width": "auto"})
    area.style.description_width = "initial"
    return area
