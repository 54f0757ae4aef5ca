"""Following a batch: its jobs are read again and again until all are finished."""

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Protocol

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.errors import NotFinished

_SECONDS_A_PAGE = 1.0  # between two readings: Box allows 1,000 calls a minute in all


class Followed(Protocol):
    """What following needs of a `Batch`."""

    id: str
    jobs: list[Entry]

    @property
    def count(self) -> int:
        """The number of documents."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether all jobs were finished when they were last read."""
        ...

    @property
    def status(self) -> str:
        """The progress as a sentence."""
        ...

    def refresh(self) -> object:
        """Read the jobs once."""
        ...


def as_completed(
    batch: Followed, *, timeout: float | None = None, poll_seconds: float = 1.0
) -> Iterator[Mapping[str, object]]:
    """Yield the jobs of a batch as they finish, each once, in whatever way they end.

    The jobs are read with one call per 1,000 of them and `poll_seconds`, however many finish; those
    of a reading come in the order of the rows. ``Batch(box, batch_id)`` follows a batch that
    another kernel has sent: the jobs that are finished already come first.

    Parameters
    ----------
    batch : Batch
        As from `submit`.
    timeout : float, optional
        Seconds after which to give up; by default never.
    poll_seconds : float
        As for `Batch.wait`.

    Yields
    ------
    dict
        A job as Box sends it: its ``status`` is ``completed``, ``completed_with_error`` or
        ``failed``.

    Raises
    ------
    NotFinished
        As `Batch.wait` does. The batch continues.

    Examples
    --------
    >>> from docgen_nb import BatchRequest, connect, samples, submit
    >>> with connect("local") as box:
    ...     file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
    ...     template = box.mark_template(file["id"])["file"]["id"]
    ...     batch = submit(box, BatchRequest(template, rows=[{"name": "Ada"}, {"name": "Bo"}]))
    ...     for job in as_completed(batch, poll_seconds=0.05):
    ...         print(job["status"])
    completed
    completed
    """
    known: set[object] = set()
    for _ in each_reading(batch, timeout=timeout, poll_seconds=poll_seconds):
        for job in batch.jobs:
            if job["status"] not in wire.OPEN and job["id"] not in known:
                known.add(job["id"])
                yield job


def each_reading(
    batch: Followed,
    *,
    timeout: float | None,
    poll_seconds: float,
    stop: threading.Event | None = None,
    short_list_seconds: float = 300.0,
) -> Iterator[None]:
    """Read the jobs of a batch, yield, and pause, until all are finished; as `Batch.wait` says."""
    deadline = None if timeout is None else time.monotonic() + timeout
    stop, short_list = stop or threading.Event(), _ShortList(short_list_seconds)
    while True:
        batch.refresh()
        yield
        if batch.is_finished:
            return
        short_list.check(batch)
        pause = max(poll_seconds, (batch.count - 1) // wire.MAX_LIMIT * _SECONDS_A_PAGE)
        if deadline is not None and time.monotonic() + pause > deadline:
            raise NotFinished(batch.id, status=batch.status, seconds=timeout or 0.0)
        if stop.wait(pause):
            return


class _ShortList:
    """Notes since when the list of a batch has been too short, with no open job in it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._length, self._since = -1, 0.0

    def check(self, batch: Followed) -> None:
        """Raise NotFinished if the list has stayed too short; it is read again after any change."""
        length = len(batch.jobs)
        if any(job["status"] in wire.OPEN for job in batch.jobs):
            length = -1
        if length < 0 or length != self._length:
            self._length, self._since = length, time.monotonic()
        elif time.monotonic() - self._since > self._seconds:
            raise NotFinished(
                batch.id,
                status=batch.status,
                seconds=self._seconds,
                listed=f"{length} of its {batch.count} jobs",
            )
