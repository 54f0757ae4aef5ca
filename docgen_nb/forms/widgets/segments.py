"""A choice of one of a few options, all of them visible."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget


class _Segments(AnyWidget):
    _esm = Path(__file__).with_name("segments.js")
    description = traitlets.Unicode().tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)


def segments(*, label: str, options: Sequence[str], plain: bool) -> Any:
    """Return a widget whose `value` is one of the options, at first the first one.

    `plain` makes it ipywidgets' ToggleButtons, for pages that block JavaScript modules.
    """
    if plain:
        buttons = widgets.ToggleButtons(description=label, options=options)
        return buttons.add_class("widget-inline-hbox")
    return _Segments(description=label, options=list(options), value=options[0])
