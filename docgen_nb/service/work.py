"""Runs the jobs: takes open ones from the store, renders them elsewhere, writes down the end."""

import logging
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from docgen_nb.service import items
from docgen_nb.service.clock import Clock
from docgen_nb.service.rendering import Outcome, render_document
from docgen_nb.service.store import Database, Store

log = logging.getLogger(__name__)

OPEN = "SELECT count(*) AS n FROM jobs WHERE status IN ('pending', 'submitted')"
CLAIM = """UPDATE jobs SET status = 'submitted', claim = ? WHERE id IN
    (SELECT id FROM jobs WHERE status = 'pending' ORDER BY id LIMIT ?) RETURNING id"""
JOB = """SELECT jobs.id, jobs.user_id, jobs.name, output_type, folder_id, user_input, sha256
    FROM jobs JOIN batches ON batches.id = batch_id JOIN inputs ON inputs.job_id = jobs.id
    JOIN versions ON versions.id = template_version_id WHERE jobs.id = ?"""


@dataclass(frozen=True)
class Job:
    """A job that this worker has claimed."""

    id: int
    user_id: int
    name: str
    output_type: str
    folder_id: int
    path: str
    user_input: str
    due: float


class Work:
    """One dispatcher that claims, hands out and finishes; an executor that renders.

    Only the dispatcher writes. A job ends in one transaction with its file, and only while its
    claim stands, so it ends once whatever is killed.
    """

    def __init__(
        self, store: Store, *, clock: Clock, latency: Callable[[int], float], workers: int
    ) -> None:
        self.store, self.clock, self.latency = store, clock, latency
        self.claim = uuid.uuid4().hex
        self.alone = workers < 1 or sys.platform == "emscripten"
        self.workers = max(workers, 1)
        self._running: dict[Future[Outcome], Job] = {}
        self._waiting: list[tuple[Job, Outcome]] = []
        self._signal = threading.Event()
        self._changed = threading.Condition()
        self._stopping = False
        self._executor: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take up what an earlier process left open, and begin."""
        with self.store.write() as db:
            db.execute("UPDATE jobs SET status = 'pending' WHERE status = 'submitted'")
        if not self.alone:
            self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="docgen-render")
            self._thread = threading.Thread(target=self._run, name="docgen-jobs", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._signal.set()

    def do_one_if_nobody_else_does(self) -> None:
        """Without workers: end one job that is due, then render one more."""
        if self.alone:
            self._end_due(at_most=1)
            for job in self._claim_jobs(1 if len(self._waiting) < self.workers else 0):
                outcome = render_document(job.path, job.user_input, job.output_type)
                self._waiting.append((job, outcome))

    def finish(self, *, timeout: float) -> None:
        """Wait until no job is open; TimeoutError if that takes longer than `timeout` seconds."""
        limit = time.monotonic() + timeout
        while self._count_open():
            left = limit - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self._count_open()} jobs are still open after {timeout} s")
            if self.alone:
                self.do_one_if_nobody_else_does()
            else:
                with self._changed:
                    self._changed.wait(min(left, 0.5))

    def stop(self) -> None:
        """Stop after what is being rendered; the rest stays open for the next process."""
        self._stopping = True
        self._signal.set()
        if self._thread is not None:
            self._thread.join()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _count_open(self) -> int:
        row = self.store.first(OPEN)
        assert row is not None
        return int(row["n"])

    def _run(self) -> None:
        while not self._stopping:
            self._signal.clear()
            self._collect()
            self._end_due()
            self._hand_out()
            self._signal.wait(self._seconds_to_next_end())

    def _collect(self) -> None:
        for future in [f for f in self._running if f.done()]:
            job = self._running.pop(future)
            self._waiting.append((job, _outcome(future, job)))

    def _end_due(self, at_most: int | None = None) -> None:
        now = self.clock.now()
        due = [pair for pair in self._waiting if pair[0].due <= now][:at_most]
        for job, outcome in due:
            self._end(job, outcome)
            self._waiting.remove((job, outcome))
        if due:
            with self._changed:
                self._changed.notify_all()

    def _end(self, job: Job, outcome: Outcome) -> None:
        blob = None if outcome.content is None else self.store.keep_bytes(outcome.content)
        with self.store.write() as db:
            if blob is not None and not _is_there(db, job.folder_id):
                message = f"The destination folder {job.folder_id} was not found."
                outcome, blob = Outcome(None, errors=(message,)), None
            ended = db.execute(
                "UPDATE jobs SET status = ?, failures = ? "
                "WHERE id = ? AND status = 'submitted' AND claim = ?",
                (outcome.status, outcome.failures(), job.id, self.claim),
            )
            if ended.rowcount == 1 and blob is not None:
                now = self.clock.now()
                place = {"owner_id": job.user_id, "parent_id": job.folder_id}
                name = items.free_name(db, **place, name=job.name, suffix=f".{job.output_type}")
                file_id = items.add_item(db, kind="file", **place, name=name, now=now)
                version_id = items.add_version(db, file_id=file_id, name=name, blob=blob, now=now)
                db.execute(
                    "UPDATE jobs SET output_file_id = ?, output_version_id = ? WHERE id = ?",
                    (file_id, version_id, job.id),
                )

    def _hand_out(self) -> None:
        assert self._executor is not None
        free = self.workers - len(self._running) - len(self._waiting)
        for job in self._claim_jobs(free):
            future = self._executor.submit(
                render_document, job.path, job.user_input, job.output_type
            )
            self._running[future] = job
            future.add_done_callback(lambda _: self._signal.set())

    def _claim_jobs(self, count: int) -> list[Job]:
        if count < 1 or self.store.first("SELECT 1 FROM jobs WHERE status = 'pending'") is None:
            return []
        with self.store.write() as db:
            ids = sorted(row["id"] for row in db.execute(CLAIM, (self.claim, count)))
        return [self._job(id) for id in ids]

    def _job(self, id: int) -> Job:
        row = self.store.first(JOB, (id,))
        assert row is not None
        return Job(
            id=row["id"],
            user_id=row["user_id"],
            name=row["name"],
            output_type=row["output_type"],
            folder_id=row["folder_id"],
            path=str(self.store.path(row["sha256"])),
            user_input=row["user_input"],
            due=self.clock.now() + self.latency(row["id"]),
        )

    def _seconds_to_next_end(self) -> float | None:
        if not self._waiting:
            return None
        return max(0.0, min(job.due for job, _ in self._waiting) - self.clock.now())


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    log.error("Job %s broke the renderer", job.id, exc_info=error)
    return Outcome(None, errors=(f"The renderer broke: {type(error).__name__}: {error}",))


def _is_there(db: Database, folder_id: int) -> bool:
    sql = "SELECT 1 FROM items WHERE id = ? AND trashed_at IS NULL"
    return folder_id == 0 or db.execute(sql, (folder_id,)).fetchone() is not None
