"""Jobs that the service did not find: asked for again, then gone, then back if they return."""

# ruff: noqa: S608  statements are put together from constants; values are bound
from collections.abc import Iterable

from docgen_nb.ledger.connection import HistoryFile
from docgen_nb.ledger.job_rows import Key
from docgen_nb.ledger.job_tables import IS_OPEN, Database
from docgen_nb.ledger.writes import Poll, record_gone

PAUSE = 60.0  # seconds after which a missing job is asked for again

_MISSING = "FROM job_records INDEXED BY jobs_missing WHERE missing_at IS NOT NULL"
# A job that stays missing is asked for less and less often: after as long again as it was missing.
_IS_DUE = (
    "(:now < asked_at OR "  # the clock was set back
    ":now >= asked_at + max(:pause, asked_at - missing_at))"
)
_NOTED = """
UPDATE job_records SET missing_at = min(coalesce(missing_at, :now), :now), asked_at = :now
WHERE job_id = :job_id AND read_at <= :now
"""
_BELIEVED = (
    f"SELECT job_id {_MISSING} AND gone = 0 AND asked_at = :now "
    "AND missing_at < :now AND missing_at + :pause <= :now"
)


def jobs_to_read(file: HistoryFile, *, poll: Poll, pause: float) -> list[tuple[Key, Key]]:
    """Return the job and batch ids of the jobs to read again.

    These are the open jobs, except those that are missing and whose pause has not passed, and the
    jobs that are gone and may be back.
    """
    values = {"now": poll.begun_at, "pause": pause}
    with file.read() as db:
        open_jobs = db.execute(
            f"SELECT job_id, batch_id FROM job_records WHERE {IS_OPEN}"
        ).fetchall()
        waiting = f"SELECT job_id {_MISSING} AND gone = 0 AND NOT {_IS_DUE}"
        not_yet = {row[0] for row in db.execute(waiting, values)}
        gone = f"SELECT job_id, batch_id {_MISSING} AND gone = 1 AND {_IS_DUE}"
        due = [row for row in open_jobs if row[0] not in not_yet]
        return due + db.execute(gone, values).fetchall()


def record_missing(
    db: Database, job_ids: Iterable[Key], *, poll: Poll, pause: float, ended_at: float
) -> int:
    """Record jobs that the service did not find; return how many of them are gone from now on.

    A job is gone if it was missing before, `pause` seconds ago or earlier. A job that another
    process has read since this reading began is left as it is.
    """
    values = {"now": poll.begun_at, "pause": pause}
    db.executemany(_NOTED, [{**values, "job_id": job_id} for job_id in job_ids])
    believed = [row[0] for row in db.execute(_BELIEVED, values)]
    return record_gone(db, believed, ended_at=ended_at) if believed else 0


def count_missing(db: Database, *, gone: bool) -> int:
    """Return the number of jobs that are gone, or of open jobs that were missing once."""
    (jobs,) = db.execute(f"SELECT count(*) {_MISSING} AND gone = ?", (gone,)).fetchone()
    return int(jobs)
