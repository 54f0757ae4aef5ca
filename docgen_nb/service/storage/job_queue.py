"""Open jobs in the store: each is claimed by one process at a time and ends once."""

import math
import time
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from docgen_nb.service.clock import Clock
from docgen_nb.service.rendering import Outcome
from docgen_nb.service.storage import items
from docgen_nb.service.storage.notifications import record, record_jobs
from docgen_nb.service.storage.store import Blob, Database, Row, StorageError, Store

LEASE_SECONDS = 5.0  # a process without a heartbeat for so long counts as dead
OPEN = """SELECT count(*) AS n FROM jobs WHERE status IN ('pending', 'submitted')
    AND held = 0"""
CLAIM = """UPDATE jobs SET status = 'submitted', claim = ? WHERE id IN
    (SELECT id FROM jobs WHERE status = 'pending' AND held = 0 ORDER BY id LIMIT ?)
    RETURNING id"""
PENDING = "SELECT 1 FROM jobs WHERE status = 'pending' AND held = 0 LIMIT 1"
JOB = """SELECT jobs.id, jobs.user_id, jobs.template_id, jobs.name, output_type, folder_id,
    user_input, sha256
    FROM jobs JOIN batches ON batches.id = batch_id JOIN inputs ON inputs.job_id = jobs.id
    LEFT JOIN versions ON versions.id = template_version_id WHERE jobs.id = ?"""
# Whether a file was made by a job, and is not a template since.
DOCUMENT = """SELECT 1 FROM jobs WHERE output_file_id = :file
    AND NOT EXISTS (SELECT 1 FROM templates WHERE file_id = :file)"""
# A time in the future is from before the clock was set back, and proves nothing.
LOST = """status = 'submitted' AND claim != ? AND claim NOT IN
    (SELECT claim FROM workers WHERE seen_at > ? AND seen_at <= ?)"""
DEAD = "DELETE FROM workers WHERE seen_at <= ? OR seen_at > ?"


@dataclass(frozen=True)
class Job:
    """A job that this process has claimed; without a path its template was purged.

    ``started_at`` is a time of `Clock.steady`.
    """

    id: int
    user_id: int
    template_id: int
    name: str
    output_type: str
    folder_id: int
    path: str
    user_input: str
    started_at: float


class JobQueue:
    """The open jobs of a store, as one process sees them.

    A job ends in one transaction with its file, and only while this process holds the claim; so
    it ends once, even if a process is killed or slow. `answers` are those of evidence about the
    names of documents, where they differ from this service's own.
    """

    def __init__(
        self, store: Store, *, clock: Clock, answers: Mapping[str, str] | None = None
    ) -> None:
        self.store, self.clock = store, clock
        self.answers = answers or {}
        self.name = uuid.uuid4().hex
        self._seen_at = -math.inf

    def send_heartbeat(self) -> None:
        """Record that this process is alive."""
        now = time.monotonic()
        if now - self._seen_at < LEASE_SECONDS / 5:
            return
        # While this fails the claim may lapse; a job then ends later, never twice.
        with self.store.write() as db:
            db.execute(DEAD, _alive())
            db.execute("INSERT OR REPLACE INTO workers VALUES (?, ?)", (self.name, time.time()))
        self._seen_at = now

    def reopen_lost(self) -> None:
        """Make the jobs that a dead process had claimed pending again."""
        if self.store.first(f"SELECT 1 FROM jobs WHERE {LOST} LIMIT 1", (self.name, *_alive())):
            with self.store.write() as db:
                sql = f"UPDATE jobs SET status = 'pending' WHERE {LOST}"
                db.execute(sql, (self.name, *_alive()))

    def reopen_except(self, known: Collection[int]) -> None:
        """Make the jobs claimed by this process pending again, except those that it knows."""
        sql = "UPDATE jobs SET status = 'pending' WHERE status = 'submitted' AND claim = ?"
        placeholders = ", ".join("?" * len(known))
        with self.store.write() as db:
            db.execute(f"{sql} AND id NOT IN ({placeholders})", (self.name, *known))

    def count_open(self) -> int:
        """Return how many jobs are not finished, without those that stay pending for good."""
        return int(self.store.one(OPEN)["n"])

    def claim(self, count: int) -> list[Job]:
        """Claim up to `count` pending jobs, oldest first."""
        if count < 1 or self.store.first(PENDING) is None:
            return []
        self.send_heartbeat()
        with self.store.write() as db:
            ids = sorted(row["id"] for row in db.execute(CLAIM, (self.name, count)))
            record_jobs(db, "STARTED", job_ids=ids, now=self.clock.now())
        return [self._job(id) for id in ids]

    def _job(self, id: int) -> Job:
        values = dict(self.store.one(JOB, (id,)))
        sha256 = values.pop("sha256")
        path = "" if sha256 is None else str(self.store.contents.path(sha256))
        return Job(**values, path=path, started_at=self.clock.steady())

    def finish(self, job: Job, outcome: Outcome) -> None:
        """Write the result of a job and its file; do nothing if the claim was lost meanwhile."""
        blob = content = (
            None if outcome.content is None else self.store.contents.keep_bytes(outcome.content)
        )
        with self.store.write() as db:
            if blob is not None and not _folder_exists(db, job.folder_id):
                message = f"The destination folder {job.folder_id} was not found."
                outcome, blob = Outcome(None, errors=(message,)), None
            elif blob is not None and self._clash(db, job, "failed"):
                message = "Item with the same name already exists"
                outcome, blob = Outcome(None, errors=(message,)), None
            ended = db.execute(
                "UPDATE jobs SET status = ?, failures = ? "
                "WHERE id = ? AND status = 'submitted' AND claim = ?",
                (outcome.status, outcome.failures(), job.id, self.name),
            )
            if ended.rowcount == 1:
                if blob is not None:
                    self._add_output(db, job, blob)
                event = "FAILED" if blob is None else "SUCCEEDED"
                reason = "; ".join(outcome.errors)
                record_jobs(db, event, job_ids=[job.id], now=self.clock.now(), reason=reason)
        if content is not None and (blob is None or ended.rowcount != 1):
            self.store.delete_unnamed([content.sha256])

    def _add_output(self, db: Database, job: Job, blob: Blob) -> None:
        now = self.clock.now()
        other = self._clash(db, job, "a new version")
        if other is not None and db.execute(DOCUMENT, {"file": other["id"]}).fetchone():
            items.replace_content(db, items.Item.of(other), name=other["name"], blob=blob, now=now)
            file_id = int(other["id"])
        else:
            place, stem, suffix = _place(job), *self._stem_and_suffix(job)
            name = items.available_name(db, **place, stem=stem, suffix=suffix)
            file_id = items.add_file(db, **place, name=name, blob=blob, now=now)
        db.execute(
            "UPDATE jobs SET output_file_id = ?, output_version_id = "
            "(SELECT version_id FROM items WHERE items.id = ?) WHERE id = ?",
            (file_id, file_id, job.id),
        )
        record(db, "UPLOADED", item_id=file_id, now=now)

    def _clash(self, db: Database, job: Job, answer: str) -> Row | None:
        """Return the item with the name of a document, if clashes are answered like this."""
        if self.answers.get("name_clash") != answer:
            return None
        return items.find_by_name(db, **_place(job), name="".join(self._stem_and_suffix(job)))

    def _stem_and_suffix(self, job: Job) -> tuple[str, str]:
        suffix = f".{job.output_type}"
        if job.name.lower().endswith(suffix):
            is_doubled = self.answers.get("own_extension") == "doubled"
            return job.name if is_doubled else job.name[: -len(suffix)], suffix
        return job.name, "" if self.answers.get("extension") == "not added" else suffix

    def release(self) -> None:
        """Release all claimed jobs; if that is impossible now, the lease expires by itself."""
        with suppress(StorageError), self.store.write() as db:
            db.execute(
                "UPDATE jobs SET status = 'pending' WHERE status = 'submitted' AND claim = ?",
                (self.name,),
            )
            db.execute("DELETE FROM workers WHERE claim = ?", (self.name,))


def _place(job: Job) -> dict[str, Any]:
    return {"owner_id": job.user_id, "parent_id": job.folder_id}


def _alive() -> tuple[float, float]:
    """Return the bounds of the last heartbeat of a process that is alive.

    Call it inside the transaction: a heartbeat that came while it waited is not of the future.
    """
    now = time.time()
    return now - LEASE_SECONDS, now + LEASE_SECONDS


def _folder_exists(db: Database, folder_id: int) -> bool:
    sql = "SELECT 1 FROM items WHERE id = ? AND trashed_at IS NULL"
    return folder_id == 0 or db.execute(sql, (folder_id,)).fetchone() is not None
