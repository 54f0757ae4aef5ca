"""Sends a batch and follows it, in the background or in the call; a worker only sets traits."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from docgen_nb.errors import BoxUnavailable, DocGenError, Unreachable
from docgen_nb.forms.batch_form.progress import in_words, is_finished, pace

Job = Mapping[str, Any]
Guard = Callable[[Callable[..., object]], Callable[..., None]]


class Batches(Protocol):
    """What sending asks of a client."""

    def create_batch(self, body: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Send a batch."""
        ...

    def list_batch_jobs(self, batch_id: str, /) -> Iterable[Mapping[str, Any]]:
        """The jobs of a batch."""
        ...


@dataclass(frozen=True)
class Hooks:
    """What hears of the work: words for a person, the jobs and how many there will be, the end."""

    guard: Guard
    say: Callable[[str], None]
    show: Callable[[list[dict[str, Any]], int], None]
    begin: Callable[[], None]
    end: Callable[[], None]


class Sending:
    """One piece of work at a time: sending a batch, following one."""

    def __init__(self, box: Batches, hooks: Hooks, *, blocking: bool, poll_seconds: float) -> None:
        self._box, self._hooks = box, hooks
        self._blocking = blocking or sys.platform == "emscripten"  # no threads there
        self.poll_seconds = poll_seconds
        self.batch_id: str | None = None
        self.jobs: list[dict[str, Any]] = []
        self.done = threading.Event()
        self.closed = threading.Event()
        self._working = threading.Lock()

    @property
    def is_working(self) -> bool:
        """Whether something is being sent or followed."""
        return self._working.locked()

    def send(self, body: Mapping[str, Any]) -> None:
        """Send a batch and follow it, unless another is being sent or followed."""
        self._run(partial(self._send, body))

    def follow(self, batch_id: str) -> None:
        """Follow a batch, unless another is being sent or followed."""
        self._run(partial(self._follow, batch_id, count=0))

    def start(self, act: Callable[[], None]) -> None:
        """Do something in the background, or at once where that is asked for."""
        if self._blocking:
            act()
        else:
            threading.Thread(target=act, name="docgen-nb form", daemon=True).start()

    def _run(self, act: Callable[[], None]) -> None:
        if not self._working.acquire(blocking=False):
            return
        self.done.clear()
        self.batch_id, self.jobs = None, []
        self._hooks.begin()
        self.start(partial(self._work, act))

    def _work(self, act: Callable[[], None]) -> None:
        try:
            self._hooks.guard(act)()
        finally:
            self._working.release()
            self._hooks.end()
            self.done.set()

    def _send(self, body: Mapping[str, Any]) -> None:
        self._hooks.say("Sending.")
        try:
            batch = self._box.create_batch(body)
        except (BoxUnavailable, Unreachable) as error:
            error.add_note("The batch may exist all the same: look at the list of jobs.")
            raise
        try:
            self._follow(str(batch["id"]), count=len(body["document_generation_data"]))
        except DocGenError as error:
            error.add_note(f"Batch {batch['id']} was sent; follow() goes on with it.")
            raise

    def _follow(self, batch_id: str, *, count: int) -> None:
        self.batch_id, begun = batch_id, time.monotonic()
        while True:
            jobs = [dict(job) for job in self._box.list_batch_jobs(batch_id)]
            # The order of the ids is that of the documents in the batch: seen, not documented.
            self.jobs = sorted(jobs, key=lambda job: (len(job["id"]), job["id"]))
            count = max(count, len(jobs))
            finished = sum(map(is_finished, jobs))
            self._hooks.show(self.jobs, count)
            words = [in_words(self.jobs, count=count)]
            words.append(pace(finished, count=count, seconds=time.monotonic() - begun))
            self._hooks.say(" ".join(filter(None, words)))
            if len(jobs) == count and finished == count:
                return
            if self.closed.wait(self.poll_seconds):
                return
