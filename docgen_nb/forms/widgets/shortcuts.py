"""The style of a form, and its protection from JupyterLab's single-key shortcuts."""

from typing import Any
from uuid import uuid4

import traitlets

from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of, style_of


class _Shortcuts(BrowserWidget):
    """An invisible widget that marks the controls of the box that contains it, and styles it."""

    _esm = module_of("shortcuts.js")
    _css = style_of("colors.css", "docgen.css")
    root_class = traitlets.Unicode().tag(sync=True)


def suppress_shortcuts(root_widget: Any) -> Any:
    """Suppress JupyterLab's single-key shortcuts while a control of a box has the focus.

    While a button or a list has the focus, ``x`` would cut the notebook cell and ``dd`` would
    delete it. The function adds one invisible widget to the box and returns it; the widget marks
    all controls in the box, including those added later, and brings `docgen.css`, whose rules
    apply to the box by its class ``docgen``. On pages that block JavaScript modules it has no
    effect. If you replace the children of the box, keep the widget among them.

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
    root_widget.add_class("docgen")
    root_widget.add_class(name)
    added = _Shortcuts(root_class=name, layout={"display": "none"})
    root_widget.children = (*root_widget.children, added)
    return added
