"""Holds Python's collector of cycles back while much is made that stays.

A template of 60,000 tags becomes a million objects, and not one of them is garbage. The collector
looks through all of them again and again: that was a third of the time of opening such a file.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Holders:
    """How many are holding the collector back, and whether it was at work before the first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.was_at_work = False


_holders = _Holders()


@contextmanager
def held_back() -> Iterator[None]:
    """No collection until the last of those who ask for it at the same time has ended."""
    with _holders.lock:
        if not _holders.count:
            _holders.was_at_work = gc.isenabled()
            gc.disable()
        _holders.count += 1
    try:
        yield
    finally:
        with _holders.lock:
            _holders.count -= 1
            if not _holders.count and _holders.was_at_work:
                _settle()
                gc.enable()


def _settle() -> None:
    """Count all objects as old if very many are new, or the collector looks at each at once."""
    if gc.get_count()[0] > _VERY_MANY and not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()


_VERY_MANY = 100_000  # the objects of some 10,000 tags; what is less takes no time to look at
