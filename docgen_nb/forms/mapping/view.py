"""The mapping of a table in the browser: one component for its columns, one for its documents."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import traitlets

from docgen_nb.forms.mapping.table_source import MAX_MEGABYTES
from docgen_nb.forms.widgets.browser_widget import BrowserWidget, module_of, style_of
from docgen_nb.request.table_files import KINDS

# Called with what a person did, and the bytes that came with it.
OnMessage = Callable[[Mapping[str, Any], bytes], None]


class MappingView(BrowserWidget):
    """One part of the mapping: ``columns`` or ``documents``."""

    _esm = module_of(Path(__file__).with_name("mapping.js"))
    _css = style_of(Path(__file__).with_name("mapping.css"))
    part = traitlets.Unicode().tag(sync=True)
    state: Any = traitlets.Dict().tag(sync=True)
    fields: Any = traitlets.List().tag(sync=True)  # path and label of each
    accept = traitlets.Unicode(",".join(KINDS)).tag(sync=True)
    max_bytes = traitlets.Int(MAX_MEGABYTES * 1_000_000).tag(sync=True)

    def __init__(self, part: str, *, on_message: OnMessage) -> None:
        super().__init__(part=part)
        self._on_message = on_message
        self.on_msg(self._receive)

    def show(self, state: Mapping[str, Any]) -> None:
        """Show a state, as from `mapping_state`."""
        self.state = dict(state)

    def leave(self) -> None:
        """Scroll to the top of the form, where it says what replaced its data."""
        self.send({"action": "used"})

    def _receive(self, _widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, Mapping):
            self._on_message(content, bytes(buffers[0]) if buffers else b"")
