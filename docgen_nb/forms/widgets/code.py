"""Code to read and copy."""

from pathlib import Path

import traitlets
from anywidget import AnyWidget


class Code(AnyWidget):
    """Code with a button that copies it."""

    _esm = Path(__file__).with_name("code.js")
    _css = Path(__file__).with_name("code.css")
    label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)
