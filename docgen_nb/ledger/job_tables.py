"""The tables of a history file."""

# ruff: noqa: S608  statements are put together from constants; values are bound
import sqlite3

from docgen_nb import wire

Database = sqlite3.Connection
APPLICATION = 0x44474E42  # "DGNB", which identifies a history file

FINISHED = "({})".format(", ".join(f"'{status}'" for status in wire.FINISHED))
_OPEN = "({})".format(", ".join(f"'{status}'" for status in wire.OPEN))
GONE = "gone"  # the status of a job that the service no longer has
SHOWN_STATUS = f"CASE WHEN gone THEN '{GONE}' ELSE status END"
IS_OPEN = f"coalesce(status, '') NOT IN {FINISHED} AND gone = 0"  # unknown statuses count as open
OUTPUT_UNREAD = (
    f"output_file_id IS NOT NULL AND output_read = 0 AND coalesce(status, '') NOT IN {_OPEN}"
)

# Ids that are decimal numbers are stored as integers, which halves the file; others as text. Times
# are seconds since 1970. `poll` is the reading that last confirmed a row.
_JOBS = f"""
CREATE TABLE settings (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE polls (
    poll INTEGER PRIMARY KEY, begun_at NOT NULL, complete INTEGER NOT NULL DEFAULT 0,
    written INTEGER NOT NULL DEFAULT 0);
CREATE TABLE jobs (
    job_id PRIMARY KEY, batch_id, template_id, template_version_id, status TEXT, output_type TEXT,
    output_file_id, output_file_version_id, created_at, created_by_id, enterprise_id, source TEXT,
    external_id TEXT, errors INTEGER NOT NULL, warnings INTEGER NOT NULL, read_at NOT NULL,
    poll INTEGER NOT NULL, finished_after, finished_before, output_at, webhook_at, folder_id,
    output_read INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0,
    finished_at GENERATED ALWAYS AS (coalesce(output_at, webhook_at, finished_before)) VIRTUAL,
    finished_source TEXT GENERATED ALWAYS AS (
        CASE WHEN output_at IS NOT NULL THEN 'output_file' WHEN webhook_at IS NOT NULL
        THEN 'webhook' WHEN finished_before IS NOT NULL THEN 'observed' END) VIRTUAL,
    duration_seconds GENERATED ALWAYS AS (
        CASE WHEN coalesce(output_at, webhook_at, finished_before) >= created_at
        THEN coalesce(output_at, webhook_at, finished_before) - created_at END) VIRTUAL
    ) WITHOUT ROWID;
CREATE INDEX jobs_created ON jobs (created_at);
CREATE INDEX jobs_batch ON jobs (batch_id);
CREATE INDEX jobs_open ON jobs (batch_id) WHERE {IS_OPEN};
CREATE INDEX jobs_output_unread ON jobs (batch_id) WHERE {OUTPUT_UNREAD};
CREATE TABLE changes (
    job_id NOT NULL, from_status TEXT, status TEXT, changed_after NOT NULL,
    changed_before NOT NULL);
CREATE INDEX changes_job ON changes (job_id);
CREATE TABLE messages (message_id INTEGER PRIMARY KEY, message TEXT NOT NULL UNIQUE);
CREATE TABLE failures (
    job_id, severity TEXT, position INTEGER, message_id INTEGER NOT NULL,
    PRIMARY KEY (job_id, severity, position)) WITHOUT ROWID;
CREATE TABLE months (month TEXT PRIMARY KEY, change INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO settings VALUES ('ledger', lower(hex(randomblob(16))))
"""

# The statements of version 1. Released versions are never edited.
TABLES = tuple(_JOBS.split(";"))

# Of version 4. `missing_at` is when the service first did not find a job, `asked_at` when it last
# did not; both are NULL once it is found again. Before version 4 a job was gone after one reply.
MISSING = (
    "ALTER TABLE jobs ADD COLUMN missing_at",
    "ALTER TABLE jobs ADD COLUMN asked_at",
    "UPDATE jobs SET missing_at = read_at, asked_at = read_at WHERE gone = 1",
    "CREATE INDEX jobs_missing ON jobs (gone, asked_at) WHERE missing_at IS NOT NULL",
)
