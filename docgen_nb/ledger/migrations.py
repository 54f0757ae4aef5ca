"""The versions of a history file, and the steps that lead from each to the next."""

from collections.abc import Callable

from docgen_nb.ledger import rollups
from docgen_nb.ledger.job_tables import TABLES, Database


def _make_tables(db: Database) -> None:
    for statement in TABLES:
        db.execute(statement)


def _add_former_rollups(_db: Database) -> None:
    """Version 2 had rollups of another form: those of version 3 take their place."""


def _pack_rollups(db: Database) -> None:
    for name in rollups.FORMER:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in rollups.TABLES:
        db.execute(statement)
    rollups.rebuild(db)


STEPS: tuple[Callable[[Database], None], ...] = (
    _make_tables,
    _add_former_rollups,
    _pack_rollups,
)
VERSION = len(STEPS)


def migrate(db: Database) -> int:
    """Bring the tables to this version, in the transaction that is open; return which they had."""
    before = int(db.execute("PRAGMA user_version").fetchone()[0])
    for step in STEPS[before:]:
        step(db)
    db.execute(f"PRAGMA user_version={VERSION}")
    return before
