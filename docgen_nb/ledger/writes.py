"""Writing to a history: jobs, their changes, messages, ends and months."""

# ruff: noqa: S608  statements are put together from constants; values are bound
from collections.abc import Iterable
from typing import Any, NamedTuple

from docgen_nb.ledger import rollups
from docgen_nb.ledger.job_rows import COLUMNS, Key, Reading
from docgen_nb.ledger.job_tables import FINISHED, GONE, Database


class Poll(NamedTuple):
    """One reading of the service: its number and when it began.

    ``previous`` is when the last complete reading before it began, if there was one and not later
    than this one, and ``first`` when the very first reading began.
    """

    poll: int
    begun_at: float
    previous: float | None
    first: float


class Counts(NamedTuple):
    """The number of new and of changed jobs."""

    new: int
    changed: int


LAST_COMPLETE = "SELECT begun_at FROM polls WHERE complete ORDER BY poll DESC LIMIT 1"

_TEMPORARY = (
    f"CREATE TEMP TABLE IF NOT EXISTS incoming ({', '.join(COLUMNS)})",
    "CREATE TEMP TABLE IF NOT EXISTS known "
    "(place, job_id, status, read_at, messages, month, stale)",
    "DELETE FROM incoming",
    "DELETE FROM known",
)
_INCOMING = f"INSERT INTO incoming VALUES ({', '.join('?' * len(COLUMNS))})"
_MONTH = "coalesce(strftime('%Y-%m', j.created_at, 'unixepoch'), '')"
_J_FINISHED = f"coalesce(j.status, '') IN {FINISHED}"

# A reading that began before another one was written may be older, so it does not reopen
# finished jobs.
_KNOWN = f"""
INSERT INTO known
SELECT i.rowid, j.job_id, CASE WHEN j.gone THEN '{GONE}' ELSE j.status END,
    CASE WHEN j.gone THEN j.asked_at ELSE j.read_at END, j.errors + j.warnings, {_MONTH},
    :begun_at < j.read_at OR (
        {_J_FINISHED} AND coalesce(i.status, '') NOT IN {FINISHED}
        AND :begun_at <= coalesce(j.finished_before, j.read_at))
FROM incoming AS i CROSS JOIN job_records AS j USING (job_id)
"""
_DROP_STALE = (
    "DELETE FROM incoming WHERE rowid IN (SELECT place FROM known WHERE stale)",
    "DELETE FROM known WHERE stale",
)
_CHANGES = """
INSERT INTO change_records
SELECT k.job_id, k.status, i.status, k.read_at, :ended_at
FROM known AS k JOIN incoming AS i ON i.rowid = k.place
WHERE i.status IS NOT k.status AND i.status IS NOT NULL
"""

# batch_id and created_at do not change, and setting them would rewrite their indexes.
_SET = ", ".join(
    f"{name} = excluded.{name}"
    if name in ("errors", "warnings")
    else f"{name} = coalesce(excluded.{name}, {name})"
    for name in COLUMNS
    if name not in ("job_id", "batch_id", "created_at")
)
_ENDS = f"coalesce(excluded.status, job_records.status, '') IN {FINISHED}"
_ENDED = f"coalesce(job_records.status, '') IN {FINISHED}"
_CREATED_SINCE = f"status IN {FINISHED} AND created_at > :previous"
# The time of a webhook message can be later than the reading, so only a job that is opened again
# loses it.
# Of the jobs created before the first reading, only those that took long were still open then.
# Their ends would make jobs seem slow, so they have none.
_OBSERVED = "job_records.created_at >= :first"
_UPSERT = f"""
INSERT INTO job_records ({", ".join(COLUMNS)}, read_at, poll, finished_after, finished_before)
SELECT {", ".join(COLUMNS)}, :begun_at, :poll,
    CASE WHEN {_CREATED_SINCE} THEN :previous END, CASE WHEN {_CREATED_SINCE} THEN :ended_at END
FROM incoming WHERE true
ON CONFLICT (job_id) DO UPDATE SET {_SET},
    read_at = excluded.read_at, poll = excluded.poll,
    finished_after = CASE WHEN {_ENDS} THEN
        CASE WHEN {_ENDED} THEN finished_after WHEN {_OBSERVED} THEN job_records.read_at END END,
    finished_before = CASE WHEN {_ENDS} THEN
        CASE WHEN {_ENDED} THEN finished_before WHEN {_OBSERVED} THEN :ended_at END END,
    output_at = CASE WHEN {_ENDS} THEN output_at END,
    webhook_at = CASE WHEN {_ENDS} OR NOT {_ENDED} OR webhook_at >= :begun_at THEN webhook_at END,
    output_read = CASE WHEN {_ENDS} THEN output_read ELSE 0 END
"""
# By the small index of missing jobs: setting these columns above would look into it for each row.
_FOUND = """
UPDATE job_records INDEXED BY jobs_missing SET gone = 0, missing_at = NULL, asked_at = NULL
WHERE missing_at IS NOT NULL AND job_id IN (SELECT job_id FROM known)
"""
# Rarely, a later entry has what an entry of the standard form lacked.
_LATE = """
UPDATE job_records SET created_at = coalesce(job_records.created_at, i.created_at),
    batch_id = coalesce(job_records.batch_id, i.batch_id)
FROM incoming AS i WHERE job_records.job_id = i.job_id
    AND (job_records.created_at IS NULL AND i.created_at IS NOT NULL
        OR job_records.batch_id IS NULL AND i.batch_id IS NOT NULL)
"""
_MONTHS = f"""
INSERT INTO months
SELECT month, 1 FROM known
UNION SELECT {_MONTH}, 1 FROM incoming CROSS JOIN job_records AS j USING (job_id)
ON CONFLICT (month) DO UPDATE SET change = change + 1
"""


def begin_poll(db: Database, *, begun_at: float) -> Poll:
    """Record the beginning of a reading."""
    (previous,) = db.execute(LAST_COMPLETE).fetchone() or (None,)
    poll = db.execute("INSERT INTO polls (begun_at) VALUES (?)", (begun_at,)).lastrowid
    (first,) = db.execute("SELECT min(begun_at) FROM polls").fetchone()
    if previous is not None:
        previous = min(previous, begun_at)  # the clock may have been set back
    return Poll(int(poll or 0), begun_at, previous, first)


def complete_poll(db: Database, poll: Poll) -> None:
    """Record that a reading is complete, so that a later one may stop at its jobs."""
    db.execute("UPDATE polls SET complete = 1 WHERE poll = ?", (poll.poll,))


def record(db: Database, reading: Reading, *, poll: Poll, ended_at: float) -> Counts:
    """Write what was read by `ended_at`, within the open transaction."""
    values = {**poll._asdict(), "ended_at": ended_at}
    _write_incoming({row[0]: row for row in reading.rows}.values(), db)
    db.execute(_KNOWN, values)
    stale = _drop_stale(db)
    changed = db.execute(_CHANGES, values).rowcount
    moves = rollups.take_out(db)
    db.execute(_FOUND)
    written = db.execute(_UPSERT, values).rowcount
    db.execute(_LATE)
    rollups.put_in(db, moves)
    _record_messages(db, [row for row in reading.messages if row[0] not in stale])
    db.execute(_MONTHS)
    db.execute("UPDATE polls SET written = written + ? WHERE poll = ?", (written, poll.poll))
    known = db.execute("SELECT count(*) FROM known").fetchone()[0]
    return Counts(new=written - known, changed=changed)


def _write_incoming(rows: Iterable[tuple[Any, ...]], db: Database) -> None:
    for statement in _TEMPORARY:
        db.execute(statement)
    db.executemany(_INCOMING, rows)


def _drop_stale(db: Database) -> set[Key]:
    stale = {row[0] for row in db.execute("SELECT job_id FROM known WHERE stale")}
    for statement in _DROP_STALE if stale else ():
        db.execute(statement)
    return stale


def _record_messages(db: Database, messages: list[tuple[Key, str, int, str]]) -> None:
    db.execute("DELETE FROM failures WHERE job_id IN (SELECT job_id FROM known WHERE messages > 0)")
    texts = {text for *_, text in messages}
    db.executemany(
        "INSERT OR IGNORE INTO message_texts (message) VALUES (?)", [(t,) for t in texts]
    )
    db.executemany(
        "INSERT OR REPLACE INTO failures SELECT ?, ?, ?, message_id FROM message_texts "
        "WHERE message = ?",
        messages,
    )


def record_ends(db: Database, ends: Iterable[tuple[Key, float | None, Key]]) -> int:
    """Write the job, time and folder of output files; return the number of jobs.

    The time of a file that is older than its job is not an end: the job added a version.
    """
    return _change_jobs(
        db,
        """UPDATE job_records SET output_read = 1, folder_id = coalesce(?3, folder_id),
            output_at = CASE WHEN ?2 < created_at THEN NULL ELSE ?2 END WHERE job_id = ?1""",
        ends,
    )


def record_webhooks(db: Database, times: Iterable[tuple[Key, float]]) -> int:
    """Write the ends that webhook messages reported; return the number of known jobs."""
    return _change_jobs(db, "UPDATE job_records SET webhook_at = ?2 WHERE job_id = ?1", times)


def is_known(db: Database, job_id: Key) -> bool:
    """Whether a job is in the history."""
    return (
        db.execute("SELECT 1 FROM job_records WHERE job_id = ?", (job_id,)).fetchone() is not None
    )


def record_gone(db: Database, job_ids: Iterable[Key], *, ended_at: float) -> int:
    """Mark jobs that no longer exist in the service; they are kept as last read."""
    rows = [(job_id, ended_at) for job_id in job_ids]
    db.executemany(
        f"INSERT INTO change_records SELECT job_id, status, '{GONE}', read_at, ?2 FROM job_records "
        "WHERE job_id = ?1",
        rows,
    )
    return _change_jobs(
        db, "UPDATE job_records SET gone = 1 WHERE job_id = ?1", [row[:1] for row in rows]
    )


def _change_jobs(db: Database, sql: str, rows: Iterable[tuple[Any, ...]]) -> int:
    changes = list(rows)
    empty = (None,) * (len(COLUMNS) - 1)
    _write_incoming([(row[0], *empty) for row in changes], db)
    moves = rollups.take_out(db)
    changed = db.executemany(sql, changes).rowcount
    rollups.put_in(db, moves)
    db.execute(_MONTHS)
    return changed
