"""A past that did not happen: jobs written at once, their documents made when asked for."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen_nb.service.rendering import Outcome, render_document
from docgen_nb.service.storage.store import Blob, Database, Row, Store

if TYPE_CHECKING:
    from docgen_nb.service.local import LocalDocGen

NOT_MADE = ""  # the hash of a content that is not made yet
GUESSED_BYTES = 9000  # its size until then

JOBS = """INSERT INTO jobs (id, batch_id, user_id, template_id, status, name, input_of,
    output_file_id, output_version_id, failures) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
BATCHES = """INSERT INTO batches (id, user_id, template_id, template_version_id, folder_id,
    output_type, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)"""
ITEMS = """INSERT INTO items (id, kind, owner_id, parent_id, name, name_key, version_id,
    created_at, modified_at) VALUES (?, 'file', ?, ?, ?, ?, ?, ?, ?)"""
VERSIONS = """INSERT INTO versions (id, file_id, number, name, sha1, sha256, size, created_at,
    job_id) VALUES (?, ?, 1, ?, ?, '', ?, ?, ?)"""
OF_VERSION = """SELECT jobs.user_id, output_type, user_input, sha256 FROM jobs
    JOIN batches ON batches.id = batch_id
    JOIN inputs ON inputs.job_id = coalesce(jobs.input_of, jobs.id)
    JOIN versions ON versions.id = template_version_id WHERE jobs.id = ?"""


@dataclass(frozen=True)
class PastJob:
    """How one job went: which of the given inputs it had, its end, and its time in seconds."""

    name: str
    input: int
    status: str
    failures: str | None
    seconds: float


@dataclass(frozen=True)
class PastBatch:
    """When a batch was sent, for which template version, and its jobs."""

    template_id: int
    version_id: int
    folder_id: int
    output_type: str
    created_at: float
    jobs: Sequence[PastJob]


def write_past(
    service: "LocalDocGen", batches: Iterable[PastBatch], *, inputs: Sequence[str]
) -> int:
    """Write finished jobs into a service, batches in the order given; return how many jobs.

    `inputs` are the data as JSON. They are stored once each, however many jobs have them.
    """
    rows = _Rows(service.default_user_id)
    with service.store.write() as db:
        for table in ("items", "versions", "batches", "jobs"):
            rows.last[table] = _last_id(db, table)
        for batch in batches:
            rows.add(batch)
        own = [(job_id, inputs[number]) for number, job_id in rows.input_jobs.items()]
        for sql, values in (
            (BATCHES, rows.batches),
            (JOBS, rows.jobs),
            (ITEMS, rows.items),
            (VERSIONS, rows.versions),
            ("INSERT INTO inputs VALUES (?, ?)", own),
        ):
            db.executemany(sql, values)
    return len(rows.jobs)


def _last_id(db: Database, table: str) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(row["seq"])


class _Rows:
    """Collects the rows of a past; ids go on from those that were given."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        self.last: dict[str, int] = {}
        self.input_jobs: dict[int, int] = {}
        self.batches: list[tuple[object, ...]] = []
        self.jobs: list[tuple[object, ...]] = []
        self.items: list[tuple[object, ...]] = []
        self.versions: list[tuple[object, ...]] = []

    def add(self, batch: PastBatch) -> None:
        batch_id = self._next("batches")
        self.batches.append(
            (
                batch_id,
                self.user_id,
                batch.template_id,
                batch.version_id,
                batch.folder_id,
                batch.output_type,
                batch.created_at,
            )
        )
        for job in batch.jobs:
            self._add_job(batch_id, batch, job)

    def _next(self, table: str) -> int:
        self.last[table] += 1
        return self.last[table]

    def _add_job(self, batch_id: int, batch: PastBatch, job: PastJob) -> None:
        job_id = self._next("jobs")
        file_id = version_id = None
        if job.status != "failed":
            file_id, version_id = self._add_output(job_id, batch, job)
        self.jobs.append(
            (
                job_id,
                batch_id,
                self.user_id,
                batch.template_id,
                job.status,
                job.name,
                self.input_jobs.setdefault(job.input, job_id),
                file_id,
                version_id,
                job.failures,
            )
        )

    def _add_output(self, job_id: int, batch: PastBatch, job: PastJob) -> tuple[int, int]:
        file_id, version_id = self._next("items"), self._next("versions")
        name = f"{job.name} {job_id}.{batch.output_type}"
        ended = batch.created_at + job.seconds
        place = (file_id, self.user_id, batch.folder_id, name, name.casefold(), version_id)
        self.items.append((*place, ended, ended))
        stand_in = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
        self.versions.append((version_id, file_id, name, stand_in, GUESSED_BYTES, ended, job_id))
        return file_id, version_id


def made(store: Store, version: Row) -> Blob:
    """Return the content of a version; a document of the past is rendered now, once."""
    if version["sha256"] != NOT_MADE:
        return Blob(version["sha256"], version["sha1"], version["size"])
    blob = store.keep_bytes(_render(store, version["job_id"]))
    with store.write() as db:
        db.execute(
            "UPDATE versions SET sha256 = ?, sha1 = ?, size = ? WHERE id = ?",
            (blob.sha256, blob.sha1, blob.size, version["id"]),
        )
    return blob


def _render(store: Store, job_id: int) -> bytes:
    row = store.first(OF_VERSION, (job_id,))
    assert row is not None
    path = str(store.path(row["sha256"]))
    outcome: Outcome = render_document(path, row["user_input"], row["output_type"])
    # A document that cannot be made now (no PDF converter) is an empty file rather than a fault.
    return outcome.content or b""
