"""The buttons that save the state of a form as a file and open it again."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import ipywidgets as widgets

from docgen_nb.errors import UnreadableData
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.results import saved_form
from docgen_nb.forms.widgets.file_button import file_button
from docgen_nb.forms.widgets.file_parts import Send, send_file
from docgen_nb.request import BatchRequest


class FormFile:
    """Opens a saved form, and lets the browser save one.

    Parameters
    ----------
    request : BatchRequest
        What is saved.
    send : callable or None
        Sends a file to the browser; without it the file is written to the folder of the notebook.
    on_open : callable
        Called with the request of a file, as a dict.
    show_status : callable
        Called with a sentence about what was done.
    """

    def __init__(
        self,
        request: BatchRequest,
        *,
        send: Send | None,
        on_open: Callable[[dict[str, Any]], object],
        show_status: Callable[[str], object],
        wrap: Wrap,
    ) -> None:
        self._request, self._send = request, send
        self._on_open, self._show_status = on_open, show_status
        open_button = file_button(
            "Open form…",
            accept=".json",
            max_bytes=saved_form.MAX_BYTES,
            on_file=wrap(self._open),
            plain=send is None,
        )
        self._save = widgets.Button(
            description="Save form…", tooltip="Save the request as a file, without a token"
        )
        self._save.add_class("docgen-quiet")
        self._save.layout.width = "auto"
        self._save.on_click(wrap(lambda _: self._on_save()))
        row = {"flex_flow": "row wrap", "align_items": "center"}
        self.widget = widgets.HBox([open_button, self._save], layout=row)

    def _open(self, name: str, content: bytes) -> None:
        self._on_open(saved_form.decode(content, name=name))
        self._show_status(f"Opened {name}.")

    def _on_save(self) -> None:
        stem = PurePath(self._request.file_name).name.replace("{", "").replace("}", "") or "form"
        name = f"{stem}.form.json"
        if self._send is None:
            saved_form.save(self._request, name)
            self._show_status(f"Saved the form as {name} in the folder of the notebook.")
            return
        try:
            content = saved_form.encode(self._request)
        except (TypeError, ValueError, RecursionError) as error:
            raise UnreadableData(f"The form can't be saved: {error}") from error
        send_file(self._send, name, content, to={})
        self._show_status(f"Saved the form as {name}.")
