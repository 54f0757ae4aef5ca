"""The request of the form as JSON, curl and Python."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.widgets.code import Code
from docgen_nb.forms.widgets.layout import text_area
from docgen_nb.request import BatchRequest

# Formats a request for the service at a URL, None for Box.
Format = Callable[[BatchRequest, str | None], str]

FORMATS: dict[str, Format] = {  # by names short enough for a tab
    "JSON": lambda request, url: request.as_json(),
    "curl": lambda request, url: request.as_curl(**({} if url is None else {"url": url})),
    "docgen_nb": lambda request, url: request.as_python(url=url),
    "Box's SDK": lambda request, url: request.as_sdk_python(url=url),
}
NO_TOKEN = "The code contains no token. It reads the token from BOX_DEVELOPER_TOKEN."  # noqa: S105


class RequestView:
    """Tabs with the request in each format; only the open tab is updated.

    `plain` makes each a text area, for pages that block JavaScript modules.
    """

    def __init__(self, request: BatchRequest, *, url: str | None, plain: bool) -> None:
        self._request, self._url = request, url
        make = text_area if plain else Code
        self._codes: list[Any] = [make(label=f"Request as {name}") for name in FORMATS]
        self._tabs = widgets.Tab(self._codes, titles=tuple(FORMATS), selected_index=0)
        self._tabs.observe(lambda _: self.update(), "selected_index")
        self.widget = widgets.VBox([self._tabs, widgets.HTML(f"<small>{NO_TOKEN}</small>")])
        self.update()

    def update(self) -> None:
        """Show the current request."""
        number = self._tabs.selected_index or 0
        try:
            text = list(FORMATS.values())[number](self._request, self._url)
        except (TypeError, ValueError, RecursionError) as error:
            text = f"The data can't be written as JSON: {error}"
        self._codes[number].value = text
