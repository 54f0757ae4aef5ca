"""Views of a history file for other programs: readable times and statuses, ids as text.

They have the plain names `jobs`, `messages` and `changes`; the tables behind them have longer ones.
`docgen-nb sync --help` documents them.
"""

from docgen_nb.ledger.job_tables import SHOWN_STATUS

_IDS = (
    *("job_id", "batch_id", "template_id", "template_version_id", "output_file_id", "folder_id"),
    *("created_by_id", "enterprise_id"),
)


def _text(name: str) -> str:
    return f"CAST(job_records.{name} AS TEXT) AS {name}"


def _time(name: str, table: str = "job_records") -> str:
    return f"strftime('%Y-%m-%d %H:%M:%S', {table}.{name}, 'unixepoch') AS {name}"


_NAME = "(SELECT name FROM templates WHERE templates.template_id = job_records.template_id)"
_JOBS = ", ".join(
    [
        *map(_text, _IDS),
        f"{_NAME} AS template_name",
        f"{SHOWN_STATUS} AS status",
        *("output_type", "source", "external_id"),
        *map(_time, ("created_at", "finished_at", "read_at")),
        "finished_source",
        "CAST(duration_seconds AS REAL) AS duration_seconds",
        *("errors", "warnings"),
    ]
)
_MESSAGES = ", ".join(
    [
        *map(_text, ("job_id", "batch_id", "template_id", "template_version_id")),
        f"{_NAME} AS template_name",
        f"{SHOWN_STATUS} AS status",
        _time("created_at"),
        *("severity", "position", "message"),
    ]
)
_CHANGES = ", ".join(
    [
        "CAST(job_id AS TEXT) AS job_id",
        *("from_status", "status"),
        *(_time(name, "change_records") for name in ("changed_after", "changed_before")),
    ]
)
# Of version 7. A template whose name the service does not list has NULL. `alerts` are the rules
# that are broken now, of which somebody was notified.
TABLES = (
    "CREATE TABLE IF NOT EXISTS templates (template_id PRIMARY KEY, name TEXT) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS alerts (rule TEXT PRIMARY KEY, since NOT NULL) WITHOUT ROWID",
)
# Of version 9. Until then, the tables had the names that the views have now.
RENAMED = {"jobs": "job_records", "messages": "message_texts", "changes": "change_records"}
VIEWS = (
    *(f"DROP VIEW IF EXISTS readable_{name}" for name in RENAMED),
    *(f"ALTER TABLE {former} RENAME TO {name}" for former, name in RENAMED.items()),
    f"CREATE VIEW jobs AS SELECT {_JOBS} FROM job_records",  # noqa: S608
    f"CREATE VIEW messages AS SELECT {_MESSAGES} FROM job_records "  # noqa: S608
    "JOIN failures USING (job_id) JOIN message_texts USING (message_id)",
    f"CREATE VIEW changes AS SELECT {_CHANGES} FROM change_records",  # noqa: S608
)
