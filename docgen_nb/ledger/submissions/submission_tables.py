"""The tables of submissions in a history file, and the view of them for other programs."""

_TABLES = """
CREATE TABLE IF NOT EXISTS submission_records (
    submission_id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL, template_id TEXT NOT NULL, template_version_id TEXT,
    folder_id TEXT NOT NULL, output_type TEXT NOT NULL, file_name TEXT NOT NULL,
    created_at NOT NULL);
CREATE TABLE IF NOT EXISTS submission_chunks (
    chunk_id INTEGER PRIMARY KEY, submission_id INTEGER NOT NULL, documents INTEGER NOT NULL,
    state TEXT NOT NULL, batch_id TEXT, begun_at, ended_at, attempts INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS submission_chunks_state ON submission_chunks (submission_id, state);
CREATE INDEX IF NOT EXISTS submission_chunks_batch ON submission_chunks (batch_id);
CREATE INDEX IF NOT EXISTS submission_chunks_begun ON submission_chunks (begun_at);
CREATE TABLE IF NOT EXISTS submission_events (
    event_id INTEGER PRIMARY KEY, chunk_id INTEGER NOT NULL, at NOT NULL, state TEXT NOT NULL,
    batch_id TEXT, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS submission_rows (
    submission_id INTEGER NOT NULL, row INTEGER NOT NULL, chunk_id INTEGER NOT NULL,
    hash BLOB NOT NULL, data TEXT, replaces TEXT,
    PRIMARY KEY (submission_id, row)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS submission_rows_chunk ON submission_rows (chunk_id);
CREATE INDEX IF NOT EXISTS submission_rows_hash ON submission_rows (hash)
"""
_COUNTS = ", ".join(
    f"coalesce(sum(CASE WHEN state = '{state}' THEN documents END), 0) AS {state}"
    for state in ("planned", "sending", "sent", "unsure", "held", "refused")
)
_VIEW = f"""
CREATE VIEW IF NOT EXISTS submissions AS
SELECT submission_id, strftime('%Y-%m-%d %H:%M:%S', created_at, 'unixepoch') AS created_at, label,
    template_id, template_version_id, folder_id, output_type, file_name,
    sum(documents) AS documents, count(batch_id) AS batches, {_COUNTS}
FROM submission_records JOIN submission_chunks USING (submission_id) GROUP BY submission_id
"""  # noqa: S608  from constants

# Of version 8. Released versions are never edited.
STATEMENTS = (*_TABLES.split(";"), _VIEW)
