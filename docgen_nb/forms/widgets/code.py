"""Code to read and copy."""

import traitlets

from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of, style_of


class Code(BrowserWidget):
    """Code with a button that copies it."""

    _esm = module_of("code.js")
    _css = style_of("code.css")
    label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)
