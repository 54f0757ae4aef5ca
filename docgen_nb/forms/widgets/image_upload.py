"""A button that sends a chosen file from the browser, unless it has no room."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets
from anywidget import AnyWidget

ACCEPTED = ".png,.jpg,.jpeg,.gif,.bmp"
# Hears of a file: its name, its size, and its content unless it had no room.
Hear = Callable[[str, int, bytes | None], None]
NO_FIT = -1  # instead of the size of a file that could not be made to fit


class Upload(AnyWidget):
    """A button to choose a picture; one that has no room is made smaller, if a person wants it."""

    _esm = Path(__file__).with_name("image_upload.js")
    _css = ".docgen-upload { display: flex; gap: 4px } .docgen-upload-button { margin: 2px }"
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode(ACCEPTED).tag(sync=True)
    room = traitlets.Int().tag(sync=True)  # bytes of a file, before it is base64

    def __init__(self, *, label: str, hear: Hear) -> None:
        self._hear = hear
        super().__init__(label=label)
        self.on_msg(self._on_message)

    def _on_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        match content:
            case {"do": "take", "name": str(name)} if buffers and len(buffers) == 1:
                data = bytes(buffers[0])
                self._hear(name, len(data), data)
            case {"do": "refuse", "name": str(name), "size": int(size)}:
                self._hear(name, size, None)
            case {"do": "no fit", "name": str(name)}:
                self._hear(name, NO_FIT, None)


def plain_upload(*, label: str, hear: Hear) -> Any:
    """Return ipywidgets' own button, for where JavaScript modules are blocked.

    A file of 10 MB or more never arrives through it, without a word.
    """
    button = widgets.FileUpload(
        accept=ACCEPTED, description=f"Upload {label}", layout={"width": "auto"}
    )

    def take(change: Any) -> None:
        if change["new"]:
            [file] = change["new"]
            content = bytes(file["content"])
            button.value = ()  # so that the same file can be chosen once more
            hear(str(file["name"]), len(content), content)

    button.observe(take, "value")
    return button
