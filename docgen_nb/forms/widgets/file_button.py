"""A button that opens one file of the person."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of

OnFile = Callable[[str, bytes], object]  # called with the name and the content of a file


class _FileButton(BrowserWidget):
    _esm = module_of("elements.js", "file_button.js")
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    max_bytes = traitlets.Int().tag(sync=True)
    is_quiet = traitlets.Bool().tag(sync=True)


def file_button(
    label: str,
    *,
    accept: str,
    max_bytes: int,
    on_file: OnFile,
    plain: bool,
    is_quiet: bool = True,
) -> Any:
    """Return a button that reads a file; `plain` makes it one of ipywidgets' own.

    A quiet button has no ground until it is pointed at.
    """
    if plain:
        return _plain_button(label, accept=accept, on_file=on_file)
    widget = _FileButton(label=label, accept=accept, max_bytes=max_bytes, is_quiet=is_quiet)

    def receive(_: Any, content: Any, buffers: Any) -> None:
        match content:
            case {"name": str(name)} if len(buffers) == 1:
                on_file(name, bytes(buffers[0]))

    widget.on_msg(receive)
    return widget


def _plain_button(label: str, *, accept: str, on_file: OnFile) -> Any:
    upload = widgets.FileUpload(description=label, accept=accept, layout={"width": "auto"})

    def receive(_: Any) -> None:
        if not upload.value:
            return
        [file] = upload.value
        upload.value = ()
        on_file(str(file["name"]), bytes(file["content"]))

    upload.observe(receive, "value")
    return upload
