"""Work that is done again and again, at fixed times, until the command is ended."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from docgen_nb.cli.printable import one_line
from docgen_nb.errors import BoxUnavailable, RateLimited, Unreachable

_PASSING = (BoxUnavailable, RateLimited, Unreachable)


def repeat(work: Callable[[], None], *, every: timedelta, name: str) -> None:
    """Do some work until SIGTERM; a passing error is printed, and the work tried again."""
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        due = time.monotonic()
        while not stop.is_set():
            try:
                work()
            except _PASSING as error:
                message = f"docgen-nb {name}: {one_line(str(error))}; trying again"
                print(message, file=sys.stderr, flush=True)
            due = max(due + every.total_seconds(), time.monotonic())
            stop.wait(due - time.monotonic())
    finally:
        signal.signal(signal.SIGTERM, before)
