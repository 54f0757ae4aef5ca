"""The steps of a form, each with one line of state."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import ipywidgets as widgets
import traitlets

from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of


class Step(NamedTuple):
    """A step: its name, its state in words, and its sign.

    The sign is ``ok``, ``warn``, ``error``, ``ask``, ``run``, ``wait`` or ``none``, as in
    `docgen.css`.
    """

    name: str
    state: str
    sign: str


class _StepsWidget(BrowserWidget):
    _esm = module_of("steps.js")
    steps: Any = traitlets.List().tag(sync=True)
    current = traitlets.Int().tag(sync=True)


class Steps:
    """A row of links to the steps of a form.

    Parameters
    ----------
    on_go : callable
        Called with the number of the step that a person clicked, from 0.
    on_shown : callable
        Called without arguments each time that a page shows the steps.
    plain : bool
        Show text without links, for pages that block JavaScript modules.
    """

    def __init__(
        self, *, on_go: Callable[[int], object], on_shown: Callable[[], object], plain: bool
    ) -> None:
        self._on_go, self._on_shown, self._plain = on_go, on_shown, plain
        self.items: list[Step] = []
        self.current = 0
        self.widget = widgets.HTML() if plain else _StepsWidget()
        if not plain:
            self.widget.on_msg(self._on_message)

    def show(self, items: Sequence[Step], current: int) -> None:
        """Show the states of the steps, and which one is the current."""
        if (list(items), current) == (self.items, self.current):
            return
        self.items, self.current = list(items), current
        if self._plain:
            self.widget.value = _as_html(items, current)
            return
        with self.widget.hold_sync():
            self.widget.current = current
            self.widget.steps = [list(one) for one in items]

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        match content:
            case {"action": "go", "step": int(number)} if 0 <= number < len(self.items):
                self._on_go(number)
            case {"action": "shown"}:
                self._on_shown()


def _as_html(items: Sequence[Step], current: int) -> str:
    """Return the steps as an HTML list in one line."""
    texts = [
        f"{number + 1} {escape(one.name)}: {escape(one.state)}" for number, one in enumerate(items)
    ]
    texts[current] = f"<strong>{texts[current]}</strong>"
    return f"<p>{' &nbsp; '.join(texts)}</p>"
