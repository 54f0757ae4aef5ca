"""A choice of one of a few options, all of them visible."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import traitlets

from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of


class _Segments(BrowserWidget):
    _esm = module_of("segments.js")
    description = traitlets.Unicode().tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)  # pairs of a text and a value
    value = traitlets.Unicode().tag(sync=True)


def segments(*, label: str, options: Mapping[str, str], plain: bool) -> Any:
    """Return a widget whose `value` is one of the values of `options`, at first the first one.

    The keys of `options` are shown. `plain` makes it ipywidgets' ToggleButtons, for pages that
    block JavaScript modules.
    """
    pairs = list(options.items())
    if plain:
        buttons = widgets.ToggleButtons(description=label, options=pairs)
        return buttons.add_class("widget-inline-hbox")
    return _Segments(description=label, options=[list(one) for one in pairs], value=pairs[0][1])
