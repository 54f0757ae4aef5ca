"""The versions of the tables, and the statements that lead from one to the next."""

from sqlite3 import Connection

# Of each version, from the second on. Batches of the first keep the ids that clients have seen.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        "ALTER TABLE tokens ADD COLUMN parent TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE batches ADD COLUMN uuid TEXT",
        "UPDATE batches SET uuid = CAST(id AS TEXT)",
        "CREATE UNIQUE INDEX batch_uuids ON batches (uuid)",
    ),
    ("ALTER TABLE items ADD COLUMN kept TEXT NOT NULL DEFAULT ''",),
)
VERSION = 1 + len(STEPS)


def migrate(db: Connection) -> None:
    """Bring tables of an older version up to date, within the open transaction."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for statements in STEPS[version - 1 :]:
        for statement in statements:
            db.execute(statement)
    if version < VERSION:
        db.execute(f"PRAGMA user_version={VERSION}")
