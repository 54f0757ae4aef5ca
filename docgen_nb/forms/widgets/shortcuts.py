"""Keeps JupyterLab's one-letter commands away from a form whose button or list has the focus."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import traitlets
from anywidget import AnyWidget


class _Shortcuts(AnyWidget):
    """Marks each control of the box that it is in; it shows nothing."""

    _esm = Path(__file__).with_name("shortcuts.js")
    root_class = traitlets.Unicode().tag(sync=True)


def suppress_shortcuts(root_widget: Any) -> Any:
    """Keep JupyterLab's commands for single keys from acting while a control of a box has focus.

    With a button or a list focused, ``x`` would cut the cell and ``dd`` delete it. One invisible
    widget, which is added to the box and returned, marks every control in it, those added later
    too. Where JavaScript modules are blocked nothing changes. If the children of the box are
    replaced, put the widget among the new ones.

    Parameters
    ----------
    root_widget : Box
        An ipywidgets box.

    Examples
    --------
    >>> import ipywidgets
    >>> box = ipywidgets.VBox([ipywidgets.Button(description="Generate")])
    >>> suppress_shortcuts(box) is box.children[-1]
    True
    """
    name = f"docgen-keys-{uuid4().hex}"
    root_widget.add_class(name)
    added = _Shortcuts(root_class=name, layout={"display": "none"})
    root_widget.children = (*root_widget.children, added)
    return added
