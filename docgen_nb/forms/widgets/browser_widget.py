"""BrowserWidget: a widget with a JavaScript module of its own, which may start late.

A module and a style sheet are files put one after the other, without a build step.
"""

from pathlib import Path
from typing import Any

import traitlets
from anywidget import AnyWidget

FOLDER = Path(__file__).parent


def module_of(*files: str | Path) -> str:
    """Return files as one module after `start.js`; a name without a folder is of this folder."""
    return _joined("start.js", *files)


def style_of(*files: str | Path) -> str:
    """Return files as one style sheet after `start.css`."""
    return _joined("start.css", *files)


def _joined(*files: str | Path) -> str:
    return "\n".join((FOLDER / file).read_text("utf-8") for file in files)


class BrowserWidget(AnyWidget):
    """The base of all widgets with a module: says so in its place where the module does not start.

    anywidget gives a module two seconds to start. One that takes longer, as on a busy machine, is
    shown, but no later message of Python reaches it. `start.js` mends that in the page, and sets
    `is_late` to get what the page has missed. Content must therefore be in traits; a custom message
    may be lost where the page has not asked for it.
    """

    _css = style_of()
    is_late = traitlets.Bool().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(_dom_classes=("docgen-part",), **state)

    @traitlets.observe("is_late")
    def _send_all(self, change: Any) -> None:
        if change["new"]:
            self.is_late = False
            self.send_state()
