"""The versions of a history file and the migrations between them."""

from collections.abc import Callable

from docgen_nb.ledger import rollups, views
from docgen_nb.ledger.job_rows import EARLIEST, LATEST
from docgen_nb.ledger.job_tables import MISSING, TABLES, Database
from docgen_nb.ledger.submissions import submission_tables


def _create_tables(db: Database) -> None:
    for statement in TABLES:
        db.execute(statement)


def _add_former_rollups(_db: Database) -> None:
    """Version 2 had rollups of another form, which version 3 replaces."""


def _pack_rollups(db: Database) -> None:
    for name in rollups.FORMER:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in rollups.TABLES:
        db.execute(statement)
    rollups.rebuild(db)


def _add_missing_jobs(db: Database) -> None:
    for statement in MISSING:
        db.execute(statement)
    if db.execute("SELECT 1 FROM jobs WHERE missing_at IS NOT NULL").fetchone():
        rollups.rebuild(db)  # jobs that are gone were counted by their last status


def _drop_first_ends(db: Database) -> None:
    """Drop the ends of jobs that were open when the first reading began; count widths."""
    db.execute(
        "UPDATE jobs SET finished_after = NULL, finished_before = NULL "
        "WHERE created_at < (SELECT min(begun_at) FROM polls)"
    )
    db.execute("UPDATE months SET change = change + 1")
    rollups.rebuild(db)


def _forget_impossible_times(db: Database) -> None:
    """Drop the times out of the years of a calendar that were once read from the service."""
    changed = 0
    for name in ("created_at", "output_at", "webhook_at"):
        sql = f"UPDATE jobs SET {name} = NULL WHERE {name} NOT BETWEEN ? AND ?"  # noqa: S608
        changed += db.execute(sql, (EARLIEST, LATEST)).rowcount
    if changed:
        db.execute("INSERT OR IGNORE INTO months VALUES ('', 0)")
        db.execute("UPDATE months SET change = change + 1")
        rollups.rebuild(db)


def _add_views(db: Database) -> None:
    for statement in views.STATEMENTS:
        db.execute(statement)


def _add_submissions(db: Database) -> None:
    for statement in submission_tables.STATEMENTS:
        db.execute(statement)


STEPS: tuple[Callable[[Database], None], ...] = (
    _create_tables,
    _add_former_rollups,
    _pack_rollups,
    _add_missing_jobs,
    _drop_first_ends,
    _forget_impossible_times,
    _add_views,
    _add_submissions,
)
VERSION = len(STEPS)


def migrate(db: Database) -> int:
    """Migrate the tables within the open transaction; return the version they had."""
    before = int(db.execute("PRAGMA user_version").fetchone()[0])
    for step in STEPS[before:]:
        step(db)
    if before < VERSION:  # a newer version may have migrated it just now
        db.execute(f"PRAGMA user_version={VERSION}")
    return before
