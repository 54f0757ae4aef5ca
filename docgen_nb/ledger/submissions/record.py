"""The record of one submission: written before each request leaves and after its answer.

A submission is cut into chunks, one request each. A chunk is in one of these states::

    planned --> sending --> sent            Box named the batch
       ^           |------> refused         Box answered that it made no batch
       |           |------> unsure          no answer, or one that does not say
       |           |           |---> sent   the batch was found
       |-----------|-----------|            surely no batch: to be sent again
       |-----------|           |---> held   it cannot be told; a person decides: sent or planned

Invariant: a request for a chunk leaves only in the state ``sending``, which is written to disk
first and entered only from ``planned``, by the one sender that holds the lock of the submission.
So whoever reads the file knows, after a kill at any moment: of a chunk that is ``planned`` or
``refused`` Box has no batch, of one that is ``sent`` it has exactly the one that is named, and of
one that is ``sending``, ``unsure`` or ``held`` it has at most one. A row is in one chunk; hence no
row is ever in two batches.
"""

# ruff: noqa: S608  statements are put together from constants; values are bound
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Self

from docgen_nb.errors import LedgerError
from docgen_nb.ledger.connection import HistoryFile
from docgen_nb.ledger.job_tables import Database

PLANNED, SENDING, SENT, UNSURE = "planned", "sending", "sent", "unsure"
HELD, REFUSED = "held", "refused"
_ENTERED_FROM = {
    SENDING: (PLANNED,),
    SENT: (SENDING, UNSURE, HELD),
    REFUSED: (SENDING,),
    UNSURE: (SENDING, HELD),
    HELD: (UNSURE,),
    PLANNED: (SENDING, UNSURE, HELD, REFUSED),
}
_OF_DIGEST = "SELECT submission_id FROM submission_records WHERE digest = ?"
_CHUNK = "chunk_id, documents, state, batch_id, begun_at, ended_at, attempts, note"


class Destination(NamedTuple):
    """What all documents of a submission have in common."""

    template_id: str
    template_version_id: str | None
    folder_id: str
    output_type: str
    file_name: str
    label: str


class RowRecord(NamedTuple):
    """One row to be recorded: its position, hash, chunk (from 0), and data if it is kept.

    ``replaces`` is the id of the job of which it is a retry.
    """

    row: int
    hash: bytes
    chunk: int
    data: str | None = None
    replaces: str | None = None


class Chunk(NamedTuple):
    """One request of a submission. Times are seconds since 1970, None before the first sending."""

    id: int
    documents: int
    state: str
    batch_id: str | None
    begun_at: float | None
    ended_at: float | None
    attempts: int
    note: str


class SubmissionRecord:
    """The record of one submission in a history file."""

    def __init__(self, file: HistoryFile, submission_id: int) -> None:
        sql = "SELECT token, created_at FROM submission_records WHERE submission_id = ?"
        row = file.first(sql, (submission_id,))
        if row is None:
            raise LedgerError(f"{file.path} has no submission {submission_id}.")
        self.file, self.id = file, submission_id
        self.token: str = row[0]
        self.created_at: float = row[1]

    @classmethod
    def find(cls, file: HistoryFile, digest: str) -> Self | None:
        """Return the submission with a digest, or None."""
        row = file.first(_OF_DIGEST, (digest,))
        return None if row is None else cls(file, row[0])

    @classmethod
    def create(
        cls,
        file: HistoryFile,
        destination: Destination,
        rows: Iterable[RowRecord],
        *,
        digest: str,
        now: float,
    ) -> Self:
        """Record a submission and its rows, as a whole or not at all.

        Another process that is faster with the same digest wins, and its submission is returned.
        """
        with file.write() as db:
            (submission_id,) = db.execute(_OF_DIGEST, (digest,)).fetchone() or (None,)
            if submission_id is None:
                submission_id = _insert_submission(db, destination, digest=digest, now=now)
                _insert_rows(db, submission_id, rows)
        return cls(file, submission_id)

    def destination(self) -> Destination:
        """Return what all documents have in common."""
        sql = f"SELECT {', '.join(Destination._fields)} FROM submission_records"
        row = self.file.first(f"{sql} WHERE submission_id = ?", (self.id,))
        assert row is not None
        return Destination(*row)

    def chunks(self, *states: str) -> list[Chunk]:
        """Return the chunks in some states, or all, in the order of their rows."""
        where = f" AND state IN ({', '.join('?' * len(states))})" if states else ""
        sql = f"SELECT {_CHUNK} FROM submission_chunks WHERE submission_id = ?{where}"
        return [
            Chunk(*row) for row in self.file.all(f"{sql} ORDER BY chunk_id", (self.id, *states))
        ]

    def next_planned(self) -> Chunk | None:
        """Return the first chunk to be sent, or None."""
        sql = f"SELECT {_CHUNK} FROM submission_chunks WHERE submission_id = ? AND state = ?"
        row = self.file.first(f"{sql} ORDER BY chunk_id LIMIT 1", (self.id, PLANNED))
        return None if row is None else Chunk(*row)

    def counts(self) -> dict[str, int]:
        """Return the number of documents by state."""
        sql = "SELECT state, sum(documents) FROM submission_chunks WHERE submission_id = ?"
        return dict(self.file.all(f"{sql} GROUP BY state", (self.id,)))

    def rows_of(self, chunk: Chunk) -> list[int]:
        """Return the positions of the rows in a chunk, ascending."""
        sql = "SELECT row FROM submission_rows WHERE chunk_id = ? ORDER BY row"
        return [row for (row,) in self.file.all(sql, (chunk.id,))]

    def rows(self) -> list[tuple[Any, ...]]:
        """Return position, state, batch id and replaced job of every row, in order."""
        return self.file.all(
            "SELECT row, state, batch_id, replaces FROM submission_rows JOIN submission_chunks "
            "USING (chunk_id) WHERE submission_rows.submission_id = ? ORDER BY row",
            (self.id,),
        )

    def chunk_of(self, row: int) -> int | None:
        """Return the id of the chunk with a row, or None."""
        sql = "SELECT chunk_id FROM submission_rows WHERE submission_id = ? AND row = ?"
        chunk = self.file.first(sql, (self.id, row))
        return None if chunk is None else int(chunk[0])

    def paced_until(self, *, documents_a_minute: float) -> float:
        """Return the time from which the next documents may be sent, of this whole file."""
        sql = "SELECT max(begun_at + documents * 60 / ?) FROM submission_chunks"
        (until,) = self.file.first(sql, (documents_a_minute,)) or (None,)
        return until or 0.0

    def begin(self, chunk: Chunk, *, now: float) -> None:
        """Record that the request of a chunk is about to leave."""
        self.move([chunk], SENDING, now=now)

    def move(
        self, chunks: Sequence[Chunk], state: str, *, now: float, batch_id: str = "", note: str = ""
    ) -> None:
        """Record a new state of chunks, and why. LedgerError if another process has changed one."""
        with self.file.write() as db:
            for chunk in chunks:
                _move(db, chunk.id, state, now=now, batch_id=batch_id or None, note=note)

    def cut(self, chunk: Chunk, *, now: float, note: str) -> None:
        """Replace a chunk of which Box surely has no batch by two halves, both planned."""
        rows = self.rows_of(chunk)
        second = rows[len(rows) // 2 :]
        with self.file.write() as db:
            _move(db, chunk.id, PLANNED, now=now, batch_id=None, note=note)
            changed = (len(rows) - len(second), chunk.id)
            db.execute("UPDATE submission_chunks SET documents = ? WHERE chunk_id = ?", changed)
            half = _insert_chunk(db, self.id, len(second))
            db.executemany(
                "UPDATE submission_rows SET chunk_id = ? WHERE submission_id = ? AND row = ?",
                [(half, self.id, row) for row in second],
            )

    def events(self) -> list[tuple[Any, ...]]:
        """Return what happened to the chunks: chunk id, time, state, batch id, note."""
        return self.file.all(
            "SELECT chunk_id, at, submission_events.state, submission_events.batch_id, "
            "submission_events.note FROM submission_events JOIN submission_chunks USING (chunk_id) "
            "WHERE submission_id = ? ORDER BY event_id",
            (self.id,),
        )


def all_records(file: HistoryFile) -> list[SubmissionRecord]:
    """Return all submissions of a file, the first one first."""
    sql = "SELECT submission_id FROM submission_records ORDER BY submission_id"
    return [SubmissionRecord(file, number) for (number,) in file.all(sql)]


def sent_before(
    file: HistoryFile, hashes: Iterable[tuple[int, bytes]]
) -> Iterator[tuple[int, int]]:
    """Yield the position of each row that another submission has, and the id of that one."""
    sql = (
        "SELECT submission_id FROM submission_rows JOIN submission_chunks USING "
        "(submission_id, chunk_id) WHERE hash = ? AND state != 'refused' LIMIT 1"
    )
    with file.read() as db:
        for row, digest in hashes:
            other = db.execute(sql, (digest,)).fetchone()
            if other is not None:
                yield row, int(other[0])


def known_batches(file: HistoryFile) -> set[str]:
    """Return the ids of all batches that submissions of this file have."""
    sql = "SELECT batch_id FROM submission_chunks WHERE batch_id IS NOT NULL"
    return {batch_id for (batch_id,) in file.all(sql)}


def _insert_submission(db: Database, destination: Destination, *, digest: str, now: float) -> int:
    names = ("digest", "token", "created_at", *Destination._fields)
    values = (digest, secrets.token_hex(6), now, *destination)
    sql = f"INSERT INTO submission_records ({', '.join(names)}) VALUES"
    cursor = db.execute(f"{sql} ({', '.join('?' * len(names))})", values)
    return int(cursor.lastrowid or 0)


def _insert_rows(db: Database, submission_id: int, rows: Iterable[RowRecord]) -> None:
    sql = (
        "INSERT INTO submission_rows (submission_id, row, chunk_id, hash, data, replaces) "
        "VALUES (?, ?, ?, ?, ?, ?)"
    )
    number, chunk_id = -1, 0
    for row in rows:
        if row.chunk != number:
            number, chunk_id = row.chunk, _insert_chunk(db, submission_id, 0)
        db.execute(sql, (submission_id, row.row, chunk_id, row.hash, row.data, row.replaces))
    db.execute(
        "UPDATE submission_chunks SET documents = (SELECT count(*) FROM submission_rows "
        "WHERE submission_rows.chunk_id = submission_chunks.chunk_id) WHERE submission_id = ?",
        (submission_id,),
    )


def _insert_chunk(db: Database, submission_id: int, documents: int) -> int:
    sql = "INSERT INTO submission_chunks (submission_id, documents, state) VALUES (?, ?, ?)"
    return int(db.execute(sql, (submission_id, documents, PLANNED)).lastrowid or 0)


def _move(
    db: Database, chunk_id: int, state: str, *, now: float, batch_id: str | None, note: str
) -> None:
    allowed = _ENTERED_FROM[state]
    times = {
        SENDING: "begun_at = :now, ended_at = NULL, attempts = attempts + 1",
        PLANNED: "begun_at = NULL, ended_at = NULL",
    }.get(state, "ended_at = :now")
    changed = db.execute(
        f"UPDATE submission_chunks SET state = :state, batch_id = :batch_id, note = :note, {times} "
        f"WHERE chunk_id = :chunk_id AND state IN {tuple(allowed)!r}".replace(",)", ")"),
        {"state": state, "batch_id": batch_id, "note": note, "now": now, "chunk_id": chunk_id},
    )
    if changed.rowcount != 1:
        raise LedgerError(
            f"Chunk {chunk_id} is not {' or '.join(allowed)} any more, so it cannot become "
            f"{state}: another process has changed the file. Start again."
        )
    sql = (
        "INSERT INTO submission_events (chunk_id, at, state, batch_id, note) VALUES (?, ?, ?, ?, ?)"
    )
    db.execute(sql, (chunk_id, now, state, batch_id, note))
