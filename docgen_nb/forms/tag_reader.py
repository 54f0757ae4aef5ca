"""Reads the tags of the template that is chosen, and waits while Box is still reading it."""

import threading
from collections.abc import Callable

from docgen_nb.errors import NotReady
from docgen_nb.forms.client_protocol import Box
from docgen_nb.request import BatchRequest

NOT_READY = "Box is still reading the template; its fields come when it is done."


class TagReader:
    """Puts tags into a request; `got` hears when they are there, `say` when they are not yet."""

    def __init__(
        self,
        box: Box,
        request: BatchRequest,
        *,
        got: Callable[[], None],
        say: Callable[[str], None],
        closed: threading.Event,
        poll_seconds: float,
    ) -> None:
        self._box, self._request = box, request
        self._got, self._say = got, say
        self._closed, self._poll_seconds = closed, poll_seconds

    def read(self) -> bool:
        """Read the tags; False if Box does not have them yet."""
        wanted = self._wanted()
        try:
            tags = list(self._box.list_tags(wanted[0], version_id=wanted[1]))
        except NotReady:
            self._say(NOT_READY)
            return False
        if wanted == self._wanted() and not self._closed.is_set():  # no other was chosen meanwhile
            self._request.tags = tags
            self._got()
        return True

    def wait(self) -> None:
        """Read the tags, however long Box takes, until the form is closed."""
        while not self.read():
            if self._closed.wait(self._poll_seconds):
                return

    def _wanted(self) -> tuple[str, str | None]:
        return self._request.template_id, self._request.template_version_id
