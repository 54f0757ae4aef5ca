"""The versions of a history file and the migrations between them.

Each step returns whether the jobs must be counted again, which is done once, after the last step.
Steps up to version 8 find the tables by their former names.
"""

from collections.abc import Callable

from docgen_nb.ledger import rollups, views
from docgen_nb.ledger.job_rows import EARLIEST, LATEST
from docgen_nb.ledger.job_tables import MISSING, TABLES, Database
from docgen_nb.ledger.submissions import submission_tables


def _create_tables(db: Database) -> bool:
    for statement in TABLES:
        db.execute(statement)
    return False


def _add_former_rollups(_db: Database) -> bool:
    """Version 2 had rollups of another form, which version 3 replaces."""
    return False


def _pack_rollups(db: Database) -> bool:
    for name in rollups.FORMER:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in rollups.TABLES:
        db.execute(statement)
    return True


def _add_missing_jobs(db: Database) -> bool:
    for statement in MISSING:
        db.execute(statement)
    # jobs that are gone were counted by their last status
    return db.execute("SELECT 1 FROM jobs WHERE missing_at IS NOT NULL").fetchone() is not None


def _drop_first_ends(db: Database) -> bool:
    """Drop the ends of jobs that were open when the first reading began; count widths."""
    db.execute(
        "UPDATE jobs SET finished_after = NULL, finished_before = NULL "
        "WHERE created_at < (SELECT min(begun_at) FROM polls)"
    )
    db.execute("UPDATE months SET change = change + 1")
    return True


def _forget_impossible_times(db: Database) -> bool:
    """Drop the times out of the years of a calendar that were once read from the service."""
    changed = 0
    for name in ("created_at", "output_at", "webhook_at"):
        sql = f"UPDATE jobs SET {name} = NULL WHERE {name} NOT BETWEEN ? AND ?"  # noqa: S608
        changed += db.execute(sql, (EARLIEST, LATEST)).rowcount
    if changed:
        db.execute("INSERT OR IGNORE INTO months VALUES ('', 0)")
        db.execute("UPDATE months SET change = change + 1")
    return changed > 0


def _add_names_and_alerts(db: Database) -> bool:
    for statement in views.TABLES:
        db.execute(statement)
    return False


def _add_submissions(db: Database) -> bool:
    for statement in submission_tables.STATEMENTS:
        db.execute(statement)
    return False


def _add_views(db: Database) -> bool:
    """Rename tables, so that the views for other programs have the plain names."""
    for statement in views.VIEWS:
        db.execute(statement)
    return False


STEPS: tuple[Callable[[Database], bool], ...] = (
    _create_tables,
    _add_former_rollups,
    _pack_rollups,
    _add_missing_jobs,
    _drop_first_ends,
    _forget_impossible_times,
    _add_names_and_alerts,
    _add_submissions,
    _add_views,
)
VERSION = len(STEPS)


def migrate(db: Database) -> int:
    """Migrate the tables within the open transaction; return the version they had."""
    before = int(db.execute("PRAGMA user_version").fetchone()[0])
    is_changed = [step(db) for step in STEPS[before:]]
    if any(is_changed):
        rollups.rebuild(db)
    if before < VERSION:  # a newer version may have migrated it just now
        db.execute(f"PRAGMA user_version={VERSION}")
    return before
