"""The request as it would be sent: JSON, curl, Python; made only for the tab that is seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget

from docgen_nb.request import BatchRequest

# A way of writing a request. `url` is that of the service, None for Box.
Write = Callable[[BatchRequest, str | None], str]

WAYS: dict[str, Write] = {  # by names that have room on a tab
    "JSON": lambda request, url: request.as_json(),
    "curl": lambda request, url: request.as_curl(**({} if url is None else {"url": url})),
    "docgen_nb": lambda request, url: request.as_python(url=url),
    "Box's SDK": lambda request, url: request.as_sdk_python(url=url),
}
NO_TOKEN = "No token is in it: the call reads it from the variable BOX_DEVELOPER_TOKEN."  # noqa: S105


class Code(AnyWidget):
    """A text to be read and copied, with a button that copies it."""

    _esm = Path(__file__).parent.parent / "widgets" / "code.js"
    _css = Path(__file__).parent.parent / "widgets" / "code.css"
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)


class RequestView:
    """Tabs with the request; `update` redraws the one that is seen.

    With `plain` each is an input to copy from, for where JavaScript modules are blocked.
    """

    def __init__(
        self, request: Callable[[], BatchRequest], *, url: str | None, plain: bool = False
    ) -> None:
        self._request, self._url, self._plain = request, url, plain
        make = _plain_code if plain else Code
        self.codes: dict[str, Any] = {name: make(label=f"Request as {name}") for name in WAYS}
        self.tabs = widgets.Tab(list(self.codes.values()), titles=tuple(WAYS), selected_index=0)
        self.tabs.observe(lambda _: self.update(), "selected_index")
        self.widget = widgets.VBox([self.tabs, widgets.HTML(f"<small>{NO_TOKEN}</small>")])
        self.update()

    def update(self) -> None:
        """Show the request as it is now."""
        name = list(WAYS)[self.tabs.selected_index or 0]
        try:
            text = WAYS[name](self._request(), self._url)
        except (TypeError, ValueError, RecursionError) as error:
            text = f"The data cannot be written as JSON: {error}"
        setattr(self.codes[name], "value" if self._plain else "text", text)


def _plain_code(*, label: str) -> Any:
    code = widgets.Textarea(description=label, rows=16, layout={"width": "auto"})
    code.style.description_width = "initial"
    return code
