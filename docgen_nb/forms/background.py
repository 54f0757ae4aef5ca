"""Background work: one piece at a time, in a thread where threads exist."""

import sys
import threading
from collections.abc import Callable
from functools import partial

Work = Callable[[], object]


def run_in_background(work: Work, *, name: str, blocking: bool) -> None:
    """Run `work` in a daemon thread; in this call if `blocking` or where threads do not exist.

    Code that runs in the background sets widget traits and does nothing else to the page: output
    that a thread prints appears below no cell.
    """
    if blocking or sys.platform == "emscripten":
        work()
    else:
        threading.Thread(target=work, name=f"docgen-nb {name}", daemon=True).start()


class Worker:
    """Runs one piece of work at a time in the background.

    Parameters
    ----------
    name : str
        What the work is, for the name of its thread.
    blocking : bool
        Run the work in the call.
    show_busy : callable, optional
        Called with True before work starts, in the same call, and with False after it has ended.

    Attributes
    ----------
    done : threading.Event
        Set while no work is running.
    """

    def __init__(
        self, name: str, *, blocking: bool, show_busy: Callable[[bool], object] | None = None
    ) -> None:
        self._start = partial(run_in_background, name=name, blocking=blocking)
        self._show_busy = show_busy
        self._lock = threading.RLock()
        self._waiting: Work | None = None
        self.is_busy = False
        self.done = threading.Event()
        self.done.set()

    def run(self, work: Work) -> bool:
        """Run `work` unless other work is running; return whether it was started."""
        with self._lock:
            if self.is_busy:
                return False
            self._set_busy(True)
        self._start(partial(self._run, work))
        return True

    def run_next(self, work: Work) -> None:
        """Run `work` now or after the current work; of the work that waits, keep the latest."""
        with self._lock:
            if self.is_busy:
                self._waiting = work
                return
        self.run(work)

    def _run(self, work: Work) -> None:
        try:
            work()
        finally:
            with self._lock:
                following, self._waiting = self._waiting, None
                if following is None:
                    self._set_busy(False)
            if following is not None:
                self._start(partial(self._run, following))

    def _set_busy(self, is_busy: bool) -> None:
        self.is_busy = is_busy
        if is_busy:
            self.done.clear()
        if self._show_busy is not None:
            self._show_busy(is_busy)
        if not is_busy:
            self.done.set()
