"""Reading of a template's tags, with waiting while Box is still processing the template."""

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from docgen_nb.client_protocol import Entry
from docgen_nb.errors import NotFound, NotReady
from docgen_nb.forms.background import run_in_background
from docgen_nb.forms.error_display import Wrap, explaining

NOT_READY = "Box is still processing the template. Its tags appear when it has finished."

GONE = "This template was deleted, or this account may not see it. Choose another one."
LIMIT_SECONDS = 600.0  # in which Box is expected to have read a template

Version = tuple[str, str | None]  # ids of a template and of a version, None for the current one


class TagReader:
    """Reads the tags of the template that was chosen last.

    Parameters
    ----------
    list_tags : callable
        Called with a template id and a version id or None; raises NotReady while there are none.
    on_tags : callable
        Called with the tags, unless another template was chosen in the meantime.
    show_status : callable
        Called with a sentence while the tags are not ready.
    wrap : callable
        Shows the errors of work in the background.
    limit_seconds : float
        Seconds after which waiting for the tags ends with NotReady.

    Attributes
    ----------
    done : threading.Event
        Set while no tags are being read.
    closed : threading.Event
        Set it to stop waiting.
    """

    def __init__(
        self,
        list_tags: Callable[[str, str | None], Iterable[Entry]],
        *,
        on_tags: Callable[[list[Entry]], object],
        show_status: Callable[[str], object],
        wrap: Wrap,
        blocking: bool,
        poll_seconds: float,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self._list_tags, self._on_tags = list_tags, on_tags
        self._show_status, self._wrap = show_status, wrap
        self._blocking = blocking
        self._poll_seconds, self._limit_seconds = poll_seconds, limit_seconds
        self._chosen: Version | None = None
        self.done, self.closed = threading.Event(), threading.Event()
        self.done.set()

    def start(self, template_id: str, version_id: str | None = None) -> None:
        """Read tags in the background, as soon as Box has them."""
        chosen = self._choose(template_id, version_id)
        self.done.clear()
        work = partial(self._read_in_background, chosen)
        run_in_background(work, name="tags", blocking=self._blocking)

    def read(self, template_id: str, version_id: str | None = None) -> bool:
        """Read tags in this call; return False if Box does not have them yet."""
        return self._read_once(self._choose(template_id, version_id))

    def cancel(self) -> None:
        """Ignore the tags that are being read."""
        self._chosen = None
        self.done.set()

    def _choose(self, template_id: str, version_id: str | None) -> Version:
        self._chosen = template_id, version_id
        return self._chosen

    def _read_in_background(self, chosen: Version) -> None:
        try:
            self._wrap(explaining(NotFound, GONE)(self._wait))(chosen)
        finally:
            if chosen is self._chosen:
                self.done.set()

    def _wait(self, chosen: Version) -> None:
        end = time.monotonic() + self._limit_seconds
        while not self._read_once(chosen) and chosen is self._chosen:
            if time.monotonic() > end:
                raise NotReady(
                    f"Box has not read the tags of template {chosen[0]} within "
                    f"{self._limit_seconds:g} s. Choose the template again later."
                )
            if self.closed.wait(self._poll_seconds):
                return

    def _read_once(self, chosen: Version) -> bool:
        try:
            tags = list(self._list_tags(*chosen))
        except NotReady:
            if chosen is self._chosen:
                self._show_status(NOT_READY)
            return False
        if chosen is self._chosen and not self.closed.is_set():
            self._on_tags(tags)
        return True
