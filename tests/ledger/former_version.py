"""Files of former versions, made from a new one."""

import sqlite3


def to_version_8(db: sqlite3.Connection) -> None:
    """Give the tables of a history their names of version 8, whose views had longer ones."""
    for name in ("jobs", "messages", "changes"):
        db.execute(f"DROP VIEW {name}")
    db.execute("ALTER TABLE job_records RENAME TO jobs")
    db.execute("ALTER TABLE message_texts RENAME TO messages")
    db.execute("ALTER TABLE change_records RENAME TO changes")
    db.execute("CREATE VIEW readable_jobs AS SELECT job_id, created_at FROM jobs")
    db.execute("CREATE VIEW readable_changes AS SELECT job_id, status FROM changes")
    db.execute("PRAGMA user_version=8")
