"""What the panels have in common: a status line, which also shows errors."""

from collections.abc import Callable

import ipywidgets as widgets

from docgen_nb.forms.display import Displayed
from docgen_nb.forms.error_display import Callback, wrap_callback
from docgen_nb.forms.widgets.status_line import StatusLine


class Panel(Displayed):
    """A view with a status line."""

    def __init__(self) -> None:
        self._status_line = StatusLine()

    @property
    def status(self) -> str:
        """The text of the status line."""
        return self._status_line.text

    def _repr_html_(self) -> str | None:
        """Return the texts of the panel, for front ends without widgets; None without any."""
        texts = [one.value for one in self.widget.children if isinstance(one, widgets.HTML)]
        return f"<div>{''.join(texts)}</div>" if texts else None

    def _show_status(self, text: str) -> None:
        self._status_line.show(text)

    def _wrap(self, callback: Callback) -> Callable[..., None]:
        return wrap_callback(callback, show=lambda text, _trace: self._show_status(text))
