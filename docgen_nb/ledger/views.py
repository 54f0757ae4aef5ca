"""Views of a history file for other programs: readable times and statuses, ids as text.

`docgen-nb sync --help` documents them.
"""

from docgen_nb.ledger.job_tables import SHOWN_STATUS

_IDS = (
    *("job_id", "batch_id", "template_id", "template_version_id", "output_file_id", "folder_id"),
    *("created_by_id", "enterprise_id"),
)


def _text(name: str) -> str:
    return f"CAST(jobs.{name} AS TEXT) AS {name}"


def _time(name: str, table: str = "jobs") -> str:
    return f"strftime('%Y-%m-%d %H:%M:%S', {table}.{name}, 'unixepoch') AS {name}"


_NAME = "(SELECT name FROM templates WHERE templates.template_id = jobs.template_id)"
_JOBS = ", ".join(
    [
        *map(_text, _IDS),
        f"{_NAME} AS template_name",
        f"{SHOWN_STATUS} AS status",
        *("jobs.output_type AS output_type", "jobs.source AS source"),
        *map(_time, ("created_at", "finished_at", "read_at")),
        "jobs.finished_source AS finished_source",
        "CAST(jobs.duration_seconds AS REAL) AS duration_seconds",
        *("jobs.errors AS errors", "jobs.warnings AS warnings"),
    ]
)
_MESSAGES = ", ".join(
    [
        *map(_text, ("job_id", "batch_id", "template_id", "template_version_id")),
        f"{_NAME} AS template_name",
        f"{SHOWN_STATUS} AS status",
        _time("created_at"),
        *("failures.severity AS severity", "failures.position AS position"),
        "messages.message AS message",
    ]
)
_CHANGES = ", ".join(
    [
        "CAST(changes.job_id AS TEXT) AS job_id",
        "changes.from_status AS from_status",
        "changes.status AS status",
        *(_time(name, "changes") for name in ("changed_after", "changed_before")),
    ]
)
# A template whose name the service does not list has NULL. `alerts` are the rules that are broken
# now, of which somebody was notified.
STATEMENTS = (
    "CREATE TABLE IF NOT EXISTS templates (template_id PRIMARY KEY, name TEXT) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS alerts (rule TEXT PRIMARY KEY, since NOT NULL) WITHOUT ROWID",
    f"CREATE VIEW IF NOT EXISTS readable_jobs AS SELECT {_JOBS} FROM jobs",  # noqa: S608
    f"CREATE VIEW IF NOT EXISTS readable_messages AS SELECT {_MESSAGES} FROM jobs "  # noqa: S608
    "JOIN failures USING (job_id) JOIN messages USING (message_id)",
    f"CREATE VIEW IF NOT EXISTS readable_changes AS SELECT {_CHANGES} FROM changes",  # noqa: S608
)
