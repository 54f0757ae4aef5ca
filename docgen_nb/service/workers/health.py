"""How the work in the background is doing: its last error, and how long it waits after one."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from docgen_nb.service.storage.errors import StorageError

log = logging.getLogger(__name__)

LOG_SECONDS = 60.0  # the same error is logged once in this time
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 4.0  # seconds; each is twice the one before


class Health:
    """The health of one kind of work, which goes on after every error.

    Parameters
    ----------
    work : str
        What it does, as the log names it.
    monotonic : callable
        Returns seconds that never go back.

    Examples
    --------
    >>> health = Health("Running jobs")
    >>> pauses = [health.record_error(OSError("disk")) for _ in range(7)]
    >>> [round(pause, 1) for pause in pauses]
    [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 4.0]
    >>> health.report()["state"], health.report()["last_error"]
    ('waiting', 'OSError: disk')
    >>> health.record_success()
    >>> health.report()["state"]
    'running'
    """

    def __init__(self, work: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.work = work
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0  # since the last success
        self._error: str | None = None
        self._since = self._latest = ""
        self._logged: dict[str, float] = {}
        self._told = False  # whether this series of errors is in the log

    def record_error(self, error: Exception) -> float:
        """Record an error, log it unless it was logged a moment ago, and return how long to wait.

        An error that is not one of the data folder is logged with its traceback.
        """
        text = _text(error)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._lock:
            if not self._failures or self._error != text:
                self._since = now
            self._error, self._latest = text, now
            self._failures += 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10))
            is_new = self._is_new(text)
            self._told |= is_new
        if is_new:
            trace = None if isinstance(error, StorageError) else error
            log.error("%s: %s It is tried again.", self.work, text, exc_info=trace)
        return pause

    def _is_new(self, text: str) -> bool:
        now = self._monotonic()
        recent = {t: at for t, at in self._logged.items() if at > now - LOG_SECONDS}
        self._logged = {text: now} | recent
        return text not in recent

    def record_success(self) -> None:
        """Record that the work went well."""
        if not self._failures:
            return
        with self._lock:
            failures, told, self._failures, self._told = self._failures, self._told, 0, False
        if failures and told:
            log.warning("%s goes on, after %d errors.", self.work, failures)

    def report(self) -> dict[str, Any]:
        """Return the state, and the last error with its times in UTC, for people to read.

        ``state`` is ``running``, or ``waiting`` before it tries again after an error. ``since``
        is when the last error first came up without a success in between, ``latest`` when it was
        last seen, and ``errors`` how many there were since the last success.
        """
        with self._lock:
            return {
                "state": "waiting" if self._failures else "running",
                "last_error": self._error,
                "since": self._since or None,
                "latest": self._latest or None,
                "errors": self._failures,
            }


def _text(error: Exception) -> str:
    return str(error) if isinstance(error, StorageError) else f"{type(error).__name__}: {error}"
