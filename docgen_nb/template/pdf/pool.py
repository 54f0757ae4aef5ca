"""A queue of conversions, and the few converters that work through it."""

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
STOPPING = "PDFs can no longer be made because the program is ending."
IDLE_SECONDS = 60.0  # after this, a converter without work is closed


class Converter(Protocol):
    """A converter; one thread runs and closes it, and any thread may stop it."""

    def run(self, contents: list[bytes], *, timeout: float) -> list[Result]:
        """Convert all; return as many results, in order."""

    def stop(self) -> None:
        """Make a run end immediately; the documents not yet converted fail."""

    def close(self) -> None:
        """End its process and remove its files."""


@dataclass(frozen=True)
class BatchSize:
    """How many documents a converter takes at once, and how long it waits for more."""

    minimum: int = 1
    maximum: int = 1
    gather_seconds: float = 0.0

    def of(self, waiting: int, *, free: int) -> int:
        """Return how many of the waiting documents one of the free converters takes.

        >>> size = BatchSize(minimum=4, maximum=50)
        >>> size.of(100, free=2), size.of(5, free=2)
        (50, 4)
        """
        return min(self.maximum, max(self.minimum, ceil(waiting / free)))


@dataclass(frozen=True, eq=False)
class _Job:
    content: bytes
    timeout: float
    done: Future[Result] = field(default_factory=Future)


class Pool:
    """A queue of documents for at most `size` converters, each opened when it is first needed."""

    def __init__(
        self, open_converter: Callable[[], Converter], *, size: int, batch_size: BatchSize
    ) -> None:
        self._open_converter = open_converter
        self._size = size
        self._batch_size = batch_size
        self._changed = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._converters: dict[threading.Thread, Converter] = {}
        self._busy = 0
        self._closed = False

    def submit(self, content: bytes, *, timeout: float) -> Future[Result]:
        """Queue a document; the result is its PDF, or the reason why there is none."""
        job = _Job(content, timeout)
        with self._changed:
            if self._closed:
                raise ConversionFailed(STOPPING)
            idle = len(self._converters) - self._busy
            if len(self._converters) < self._size and len(self._queue) >= idle:
                self._start()
            self._queue.append(job)
            self._changed.notify_all()
        return job.done

    def close(self) -> None:
        """Close all converters; documents still in the queue fail."""
        with self._changed:
            self._closed = True
            converters = dict(self._converters)
            self._changed.notify_all()
        for converter in converters.values():
            converter.stop()
        for thread in converters:
            thread.join(timeout=5)
        _fail(self._queue)

    def _start(self) -> None:
        converter = self._open_converter()
        thread = threading.Thread(
            target=self._work, args=(converter,), name="docgen-pdf", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # no more threads, or a Python that has none
            raise ConversionFailed(f"PDFs cannot be made here: {error}.") from error
        self._converters[thread] = converter

    def _work(self, converter: Converter) -> None:
        try:
            while jobs := self._take():
                self._convert(jobs, converter=converter)
        finally:
            converter.close()
            with self._changed:
                self._converters.pop(threading.current_thread(), None)

    def _take(self) -> list[_Job]:
        """Wait for documents; an empty list means that this converter is closed."""
        with self._changed:
            while not self._closed:
                if not self._changed.wait_for(self._has_work, timeout=IDLE_SECONDS):
                    break
                self._gather()
                if self._queue and not self._closed:
                    self._busy += 1
                    return self._next_batch()
            self._converters.pop(threading.current_thread(), None)
            return []

    def _has_work(self) -> bool:
        return bool(self._queue) or self._closed

    def _gather(self) -> None:
        """Wait for documents that other threads submit at the same time."""
        if self._batch_size.gather_seconds:
            self._changed.wait_for(
                lambda: len(self._queue) >= self._batch_size.maximum * self._size or self._closed,
                timeout=self._batch_size.gather_seconds,
            )

    def _next_batch(self) -> list[_Job]:
        free = self._size - self._busy + 1
        count = self._batch_size.of(len(self._queue), free=free)
        timeout = self._queue[0].timeout
        jobs: list[_Job] = []
        while self._queue and len(jobs) < count and self._queue[0].timeout == timeout:
            jobs.append(self._queue.popleft())
        return jobs

    def _convert(self, jobs: list[_Job], *, converter: Converter) -> None:
        active = [job for job in jobs if job.done.set_running_or_notify_cancel()]
        try:
            results = converter.run([job.content for job in active], timeout=jobs[0].timeout)
            for job, result in zip(active, results, strict=True):
                job.done.set_result(result)
        finally:
            _fail(deque(active))
            with self._changed:
                self._busy -= 1


def _fail(jobs: deque[_Job]) -> None:
    while jobs:
        done = jobs.popleft().done
        if not done.done():
            message = "The converter stopped before it reached this document."
            done.set_result(ConversionFailed(message))


_pools: dict[tuple[str, ...], Pool] = {}
_lock = threading.Lock()
_parent_pools: list[Pool] = []


def shared_pool(key: tuple[str, ...], make: Callable[[], Pool]) -> Pool:
    """Return the pool of this process for a key, made when it is first needed."""
    with _lock:
        if key not in _pools:
            _pools[key] = make()
            # Not atexit: processes started by multiprocessing end without it.
            Finalize(None, _pools[key].close, exitpriority=10)
        return _pools[key]


def _reset_after_fork() -> None:
    """Start without pools in a forked process, which has no threads and must not share pipes."""
    global _lock
    _lock = threading.Lock()
    _parent_pools.extend(_pools.values())  # kept, as only the parent may end their processes
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
