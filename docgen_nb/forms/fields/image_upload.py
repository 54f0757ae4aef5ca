"""A button that uploads a picture from the browser, unless the picture is too large."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import traitlets

from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of, style_of

ACCEPTED = ".png,.jpg,.jpeg,.gif,.bmp"
# Called with the name of a file, its size, and its content, None if it is too large.
OnFile = Callable[[str, int, bytes | None], None]
CANNOT_FIT = -1  # passed as the size of a file that the browser could not reduce


class Upload(BrowserWidget):
    """A button to choose a picture, and one to reduce a picture that is too large."""

    _esm = module_of(Path(__file__).with_name("image_upload.js"))
    _css = style_of() + (
        ".docgen-upload { display: flex; gap: 4px } .docgen-upload-button { margin: 2px } "
        ".docgen-upload-button[hidden] { display: none }"  # ipywidgets' buttons show in spite of it
    )
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode(ACCEPTED).tag(sync=True)
    room = traitlets.Int().tag(sync=True)  # bytes of a file, before base64

    def __init__(self, *, label: str, on_file: OnFile) -> None:
        self._on_file = on_file
        super().__init__(label=label)
        self.on_msg(self._on_message)

    def _on_message(self, _widget: Any, content: Any, buffers: Any) -> None:
        match content:
            case {"action": "upload", "name": str(name)} if buffers and len(buffers) == 1:
                data = bytes(buffers[0])
                self._on_file(name, len(data), data)
            case {"action": "reject", "name": str(name), "size": int(size)}:
                self._on_file(name, size, None)
            case {"action": "cannot fit", "name": str(name)}:
                self._on_file(name, CANNOT_FIT, None)


def plain_upload(*, label: str, on_file: OnFile) -> widgets.FileUpload:
    """Return ipywidgets' own upload button, for pages that block JavaScript modules.

    Jupyter drops files of 10 MB or more that are uploaded with it, without a message.
    """
    button = widgets.FileUpload(
        accept=ACCEPTED, description=f"Upload {label}", layout={"width": "auto"}
    )

    def on_value(change: Any) -> None:
        if change["new"]:
            [file] = change["new"]
            content = bytes(file["content"])
            button.value = ()  # so that the same file can be chosen again
            on_file(str(file["name"]), len(content), content)

    button.observe(on_value, "value")
    return button
