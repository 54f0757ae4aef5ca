"""A seeded history: finished jobs, written in pieces; documents are rendered on demand."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docgen_nb.service.rendering import render_document
from docgen_nb.service.storage.job_ids import batch_uuid, next_job_id
from docgen_nb.service.storage.store import Blob, Row, Store

NOT_RENDERED = ""  # the hash of a document that is not rendered yet
GUESSED_BYTES = 9000  # its size until then
PIECE = 2000  # jobs in a transaction, which takes about 0.1 s
PAUSE_SECONDS = 0.02  # besides the time that the next piece takes to plan

INPUTS = "INSERT INTO inputs VALUES (?, ?)"
JOBS = """INSERT INTO jobs (id, batch_id, user_id, template_id, status, name, input_of,
    output_file_id, output_version_id, failures) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
BATCHES = """INSERT INTO batches (id, uuid, user_id, template_id, template_version_id, folder_id,
    output_type, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
ITEMS = """INSERT INTO items (id, kind, owner_id, parent_id, name, name_key, version_id,
    created_at, modified_at) VALUES (?, 'file', ?, ?, ?, ?, ?, ?, ?)"""
VERSIONS = """INSERT INTO versions (id, file_id, number, name, sha1, sha256, size, created_at,
    job_id) VALUES (?, ?, 1, ?, ?, '', ?, ?, ?)"""
OF_VERSION = """SELECT output_type, user_input, sha256, jobs.name FROM jobs
    JOIN batches ON batches.id = batch_id
    JOIN inputs ON inputs.job_id = coalesce(jobs.input_of, jobs.id)
    JOIN versions ON versions.id = template_version_id WHERE jobs.id = ?"""


@dataclass(frozen=True)
class SeededJob:
    """One finished job: the number of its input, its status, and its duration in seconds."""

    name: str
    input: int
    status: str
    failures: str | None
    seconds: float


@dataclass(frozen=True)
class SeededBatch:
    """One batch: its template version, when it was created, and its jobs."""

    template_id: int
    version_id: int
    folder_id: int
    output_type: str
    created_at: float
    jobs: Sequence[SeededJob]


def write_history(
    store: Store, batches: Iterable[SeededBatch], *, user_id: int, inputs: Sequence[str]
) -> int:
    """Write finished jobs of a user, in the order of the batches; return how many jobs.

    `inputs` are the user inputs as JSON. Each is stored once, even if many jobs share it.

    Several thousand jobs are written in one transaction, and between two of them others have time
    to write. If the process is killed, the pieces written so far stay.
    """
    count = 0
    input_jobs: dict[int, int] = {}
    for piece in _pieces(batches):
        if count:
            time.sleep(PAUSE_SECONDS)
        count += _write_piece(store, piece, input_jobs, user_id=user_id, inputs=inputs)
    return count


def _pieces(batches: Iterable[SeededBatch]) -> Iterator[list[SeededBatch]]:
    piece: list[SeededBatch] = []
    size = 0
    for batch in batches:
        piece.append(batch)
        size += len(batch.jobs)
        if size >= PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _write_piece(
    store: Store,
    batches: list[SeededBatch],
    input_jobs: dict[int, int],
    *,
    user_id: int,
    inputs: Sequence[str],
) -> int:
    """Write some batches; `input_jobs` are the jobs that hold the inputs written so far."""
    with store.write() as db:
        last_ids = dict(db.execute("SELECT name, seq FROM sqlite_sequence"))
        written = set(input_jobs)
        rows = _Rows(user_id, last_ids, input_jobs)
        for batch in batches:
            rows.add(batch)
        stored = [(input_jobs[number], inputs[number]) for number in input_jobs.keys() - written]
        for sql, values in (
            (BATCHES, rows.batches),
            (JOBS, rows.jobs),
            (ITEMS, rows.items),
            (VERSIONS, rows.versions),
            (INPUTS, stored),
        ):
            db.executemany(sql, values)
    return len(rows.jobs)


class _Rows:
    """The rows of a history, with ids after the last one of each table."""

    def __init__(self, user_id: int, last_ids: dict[str, int], input_jobs: dict[int, int]) -> None:
        self.user_id, self.last_ids, self.input_jobs = user_id, last_ids, input_jobs
        self.batches: list[tuple[object, ...]] = []
        self.jobs: list[tuple[object, ...]] = []
        self.items: list[tuple[object, ...]] = []
        self.versions: list[tuple[object, ...]] = []

    def add(self, batch: SeededBatch) -> None:
        id, template_id = self._next("batches"), batch.template_id
        values = (batch.version_id, batch.folder_id, batch.output_type, batch.created_at)
        self.batches.append((id, batch_uuid(id), self.user_id, template_id, *values))
        for job in batch.jobs:
            job_id = self.last_ids["jobs"] = next_job_id(self.last_ids["jobs"])
            output: tuple[int | None, int | None] = (None, None)
            if job.status != "failed":
                output = self._add_output(job_id, batch, job)
            input_of = self.input_jobs.setdefault(job.input, job_id)
            about = (job_id, id, self.user_id, template_id, job.status, job.name, input_of)
            self.jobs.append((*about, *output, job.failures))

    def _next(self, table: str) -> int:
        self.last_ids[table] += 1
        return self.last_ids[table]

    def _add_output(self, job_id: int, batch: SeededBatch, job: SeededJob) -> tuple[int, int]:
        file_id, version_id = self._next("items"), self._next("versions")
        name = f"{job.name} {job_id}.{batch.output_type}"
        ended = batch.created_at + job.seconds
        place = (file_id, self.user_id, batch.folder_id, name, name.casefold(), version_id)
        self.items.append((*place, ended, ended))
        placeholder = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
        self.versions.append((version_id, file_id, name, placeholder, GUESSED_BYTES, ended, job_id))
        return file_id, version_id


def ensure_rendered(store: Store, version: Row) -> Blob:
    """Return the content of a version; a document of a seeded history is rendered first."""
    if version["sha256"] != NOT_RENDERED:
        return Blob(version["sha256"], version["sha1"], version["size"])
    job = store.one(OF_VERSION, (version["job_id"],))
    path = str(store.contents.path(job["sha256"]))
    document = (path, job["user_input"], job["output_type"])
    outcome = render_document(*document, name=job["name"])
    # A document that can't be rendered now (no PDF converter) is an empty file.
    blob = store.contents.keep_bytes(outcome.content or b"")
    with store.write() as db:
        db.execute(
            "UPDATE versions SET sha256 = ?, sha1 = ?, size = ? WHERE id = ?",
            (blob.sha256, blob.sha1, blob.size, version["id"]),
        )
    return blob
