"""Conversions that wait in line, and the few desks that work through them."""

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import ceil
from multiprocessing.util import Finalize
from typing import Protocol

from docgen_nb.errors import ConversionFailed

Result = bytes | ConversionFailed
IDLE_SECONDS = 60.0  # a desk without work gives its process and memory back after this


class Desk(Protocol):
    """One converter at work; one thread runs and closes it, and any thread may stop it."""

    def run(self, contents: list[bytes], *, timeout: float) -> list[Result]:
        """Convert all; as many results, in order."""

    def stop(self) -> None:
        """Make a run end at once; what it did not come to fails."""

    def close(self) -> None:
        """End the process behind it and remove its files."""


@dataclass(frozen=True)
class Share:
    """How many documents a desk takes at once, and how long it waits for more to arrive."""

    least: int = 1
    most: int = 1
    gather_seconds: float = 0.0

    def of(self, waiting: int, *, free: int) -> int:
        """Return how many of those waiting one of the free desks takes.

        >>> Share(least=4, most=50).of(100, free=2), Share(least=4, most=50).of(5, free=2)
        (50, 4)
        """
        return min(self.most, max(self.least, ceil(waiting / free)))


@dataclass(frozen=True, eq=False)
class _Job:
    content: bytes
    timeout: float
    done: Future[Result] = field(default_factory=Future)


class Pool:
    """A line of documents before at most `size` desks, each opened when it is first needed."""

    def __init__(self, open_desk: Callable[[], Desk], *, size: int, share: Share) -> None:
        self._open_desk = open_desk
        self._size = size
        self._share = share
        self._changed = threading.Condition()
        self._line: deque[_Job] = deque()
        self._desks: dict[threading.Thread, Desk] = {}
        self._busy = 0
        self._closed = False

    def submit(self, content: bytes, *, timeout: float) -> Future[Result]:
        """Put a document in line; the result is its PDF or why there is none."""
        job = _Job(content, timeout)
        with self._changed:
            if self._closed:
                raise ConversionFailed("No PDF is made any more: the program is ending.")
            idle = len(self._desks) - self._busy
            if len(self._desks) < self._size and len(self._line) >= idle:
                self._start()
            self._line.append(job)
            self._changed.notify_all()
        return job.done

    def close(self) -> None:
        """End all desks; what is still in line fails."""
        with self._changed:
            self._closed = True
            desks = dict(self._desks)
            self._changed.notify_all()
        for desk in desks.values():
            desk.stop()
        for thread in desks:
            thread.join(timeout=5)
        _fail(self._line)

    def _start(self) -> None:
        desk = self._open_desk()
        thread = threading.Thread(target=self._work, args=(desk,), name="docgen-pdf", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads, or a Python that has none
            raise ConversionFailed(f"No PDF can be made here: {error}.") from error
        self._desks[thread] = desk

    def _work(self, desk: Desk) -> None:
        try:
            while jobs := self._take():
                self._convert(jobs, desk=desk)
        finally:
            desk.close()
            with self._changed:
                self._desks.pop(threading.current_thread(), None)

    def _take(self) -> list[_Job]:
        """Wait for documents; an empty list means that this desk is closed."""
        with self._changed:
            while not self._closed:
                if not self._changed.wait_for(self._something_to_do, timeout=IDLE_SECONDS):
                    break
                self._gather()
                if self._line and not self._closed:
                    self._busy += 1
                    return self._first_of_the_line()
            self._desks.pop(threading.current_thread(), None)
            return []

    def _something_to_do(self) -> bool:
        return bool(self._line) or self._closed

    def _gather(self) -> None:
        """Let those arrive that come at the same time, from other threads."""
        if self._share.gather_seconds:
            self._changed.wait_for(
                lambda: len(self._line) >= self._share.most * self._size or self._closed,
                timeout=self._share.gather_seconds,
            )

    def _first_of_the_line(self) -> list[_Job]:
        free = self._size - self._busy + 1
        count = self._share.of(len(self._line), free=free)
        timeout = self._line[0].timeout
        jobs: list[_Job] = []
        while self._line and len(jobs) < count and self._line[0].timeout == timeout:
            jobs.append(self._line.popleft())
        return jobs

    def _convert(self, jobs: list[_Job], *, desk: Desk) -> None:
        wanted = [job for job in jobs if job.done.set_running_or_notify_cancel()]
        try:
            results = desk.run([job.content for job in wanted], timeout=jobs[0].timeout)
            for job, result in zip(wanted, results, strict=True):
                job.done.set_result(result)
        finally:
            _fail(deque(wanted))
            with self._changed:
                self._busy -= 1


def _fail(line: deque[_Job]) -> None:
    while line:
        done = line.popleft().done
        if not done.done():
            done.set_result(
                ConversionFailed("The converter stopped before it came to this document.")
            )


_pools: dict[tuple[str, ...], Pool] = {}
_lock = threading.Lock()
_of_the_parent: list[Pool] = []


def shared(key: tuple[str, ...], make: Callable[[], Pool]) -> Pool:
    """Return this process's one pool of that key, made when first asked for."""
    with _lock:
        if key not in _pools:
            _pools[key] = make()
            # Not atexit: a process that multiprocessing started ends without it.
            Finalize(None, _pools[key].close, exitpriority=10)
        return _pools[key]


def _forget_the_parent() -> None:
    """Start anew in a forked process: threads are not forked, and pipes cannot be shared."""
    global _lock
    _lock = threading.Lock()
    _of_the_parent.extend(_pools.values())  # kept: these processes are the parent's to end
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_the_parent)
