"""Open jobs in the store: claimed by one process at a time, ended once."""

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass

from docgen_nb.service.clock import Clock
from docgen_nb.service.rendering import Outcome
from docgen_nb.service.storage import items
from docgen_nb.service.storage.notifications import record, record_jobs
from docgen_nb.service.storage.store import Blob, Database, NoRoom, Store

LEASE_SECONDS = 5.0  # a process that was not seen for so long is taken for dead
OPEN = """SELECT count(*) AS n FROM jobs WHERE status IN ('pending', 'submitted')
    AND held = 0"""
CLAIM = """UPDATE jobs SET status = 'submitted', claim = ? WHERE id IN
    (SELECT id FROM jobs WHERE status = 'pending' AND held = 0 ORDER BY id LIMIT ?)
    RETURNING id"""
PENDING = "SELECT 1 FROM jobs WHERE status = 'pending' AND held = 0 LIMIT 1"
JOB = """SELECT jobs.id, jobs.user_id, jobs.template_id, jobs.name, output_type, folder_id,
    user_input, sha256
    FROM jobs JOIN batches ON batches.id = batch_id JOIN inputs ON inputs.job_id = jobs.id
    JOIN versions ON versions.id = template_version_id WHERE jobs.id = ?"""
LOST = """status = 'submitted' AND claim != ? AND claim NOT IN
    (SELECT claim FROM workers WHERE seen_at > ?)"""


@dataclass(frozen=True)
class Job:
    """A job that this process has claimed."""

    id: int
    user_id: int
    template_id: int
    name: str
    output_type: str
    folder_id: int
    path: str
    user_input: str
    started_at: float


class Queue:
    """The open jobs of a store, as one process sees them.

    A job ends in one transaction with its file, and only while this process holds the claim; so
    it ends once, whatever is killed and whoever is slow.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.name = uuid.uuid4().hex
        self._seen_at = 0.0

    def beat(self) -> None:
        """Say that this process lives."""
        now = time.time()
        if now - self._seen_at < LEASE_SECONDS / 5:
            return
        # Without room the claim may lapse; a job then ends later, never twice.
        with suppress(NoRoom), self.store.write() as db:
            db.execute("DELETE FROM workers WHERE seen_at <= ?", (now - LEASE_SECONDS,))
            db.execute("INSERT OR REPLACE INTO workers VALUES (?, ?)", (self.name, now))
        self._seen_at = now

    def reopen_lost(self) -> None:
        """Open again what a dead process had claimed."""
        values = (self.name, time.time() - LEASE_SECONDS)
        if self.store.first(f"SELECT 1 FROM jobs WHERE {LOST} LIMIT 1", values):
            with suppress(NoRoom), self.store.write() as db:
                db.execute(f"UPDATE jobs SET status = 'pending' WHERE {LOST}", values)

    def count_open(self) -> int:
        """Return how many jobs are not finished; those held back for good are left out."""
        row = self.store.first(OPEN)
        assert row is not None
        return int(row["n"])

    def claim(self, count: int) -> list[Job]:
        """Take up to so many pending jobs, oldest first; none while there is no room to say so."""
        if count < 1 or self.store.first(PENDING) is None:
            return []
        self.beat()
        try:
            with self.store.write() as db:
                ids = sorted(row["id"] for row in db.execute(CLAIM, (self.name, count)))
                record_jobs(db, "STARTED", job_ids=ids, now=self.clock.now())
        except NoRoom:
            return []
        return [self._job(id) for id in ids]

    def _job(self, id: int) -> Job:
        row = self.store.first(JOB, (id,))
        assert row is not None
        return Job(
            id=row["id"],
            user_id=row["user_id"],
            template_id=row["template_id"],
            name=row["name"],
            output_type=row["output_type"],
            folder_id=row["folder_id"],
            path=str(self.store.path(row["sha256"])),
            user_input=row["user_input"],
            started_at=self.clock.now(),
        )

    def end(self, job: Job, outcome: Outcome) -> None:
        """Write down how a job ended, with its file; nothing if the claim was lost meanwhile."""
        blob = None if outcome.content is None else self.store.keep_bytes(outcome.content)
        with self.store.write() as db:
            if blob is not None and not _is_there(db, job.folder_id):
                message = f"The destination folder {job.folder_id} was not found."
                outcome, blob = Outcome(None, errors=(message,)), None
            ended = db.execute(
                "UPDATE jobs SET status = ?, failures = ? "
                "WHERE id = ? AND status = 'submitted' AND claim = ?",
                (outcome.status, outcome.failures(), job.id, self.name),
            )
            if ended.rowcount == 1:
                self._add_output(db, job, blob)
                self._tell(db, job, outcome)

    def _add_output(self, db: Database, job: Job, blob: Blob | None) -> None:
        if blob is None:
            return
        now = self.clock.now()
        place = {"owner_id": job.user_id, "parent_id": job.folder_id}
        name = items.free_name(db, **place, name=job.name, suffix=f".{job.output_type}")
        file_id = items.add_item(db, kind="file", **place, name=name, now=now)
        version_id = items.add_version(db, file_id=file_id, name=name, blob=blob, now=now)
        db.execute(
            "UPDATE jobs SET output_file_id = ?, output_version_id = ? WHERE id = ?",
            (file_id, version_id, job.id),
        )
        record(db, "UPLOADED", item_id=file_id, now=now)

    def _tell(self, db: Database, job: Job, outcome: Outcome) -> None:
        what = "FAILED" if outcome.content is None else "SUCCEEDED"
        reason = "; ".join(outcome.errors)
        record_jobs(db, what, job_ids=[job.id], now=self.clock.now(), reason=reason)

    def release(self) -> None:
        """Give back what is claimed and not ended; without room the lease ends by itself."""
        with suppress(NoRoom), self.store.write() as db:
            db.execute(
                "UPDATE jobs SET status = 'pending' WHERE status = 'submitted' AND claim = ?",
                (self.name,),
            )
            db.execute("DELETE FROM workers WHERE claim = ?", (self.name,))


def _is_there(db: Database, folder_id: int) -> bool:
    sql = "SELECT 1 FROM items WHERE id = ? AND trashed_at IS NULL"
    return folder_id == 0 or db.execute(sql, (folder_id,)).fetchone() is not None
