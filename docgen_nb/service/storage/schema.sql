CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, login TEXT NOT NULL,
    subject TEXT NOT NULL UNIQUE, enterprise_id TEXT NOT NULL, created_at REAL NOT NULL,
    deleted_at REAL);
CREATE TABLE tokens (
    digest TEXT PRIMARY KEY, kind TEXT NOT NULL, user_id INTEGER NOT NULL, scope TEXT NOT NULL,
    expires_at REAL NOT NULL, parent TEXT NOT NULL DEFAULT '');
CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, owner_id INTEGER NOT NULL,
    parent_id INTEGER NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '', etag INTEGER NOT NULL DEFAULT 0, version_id INTEGER,
    created_at REAL NOT NULL, modified_at REAL NOT NULL, trashed_at REAL, locked_at REAL,
    kept TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX item_names ON items (owner_id, parent_id, name_key) WHERE trashed_at IS NULL;
CREATE INDEX item_pages ON items (owner_id, parent_id, id) WHERE trashed_at IS NULL;
CREATE INDEX item_order ON items (owner_id, parent_id, kind DESC, name_key)
    WHERE trashed_at IS NULL;
CREATE TABLE name_counters (
    folder_id INTEGER, owner_id INTEGER, name_key TEXT, next INTEGER NOT NULL,
    PRIMARY KEY (folder_id, owner_id, name_key)) WITHOUT ROWID;
CREATE TABLE versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, file_id INTEGER NOT NULL, number INTEGER NOT NULL,
    name TEXT NOT NULL, sha1 TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    created_at REAL NOT NULL, job_id INTEGER);
CREATE INDEX file_versions ON versions (file_id, id);
CREATE TABLE templates (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,
    file_id INTEGER NOT NULL UNIQUE, marked_at REAL NOT NULL);
CREATE INDEX user_templates ON templates (user_id, id);
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, template_id INTEGER NOT NULL,
    template_version_id INTEGER NOT NULL, folder_id INTEGER NOT NULL, output_type TEXT NOT NULL,
    created_at REAL NOT NULL, uuid TEXT);
CREATE UNIQUE INDEX batch_uuids ON batches (uuid);
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, batch_id INTEGER NOT NULL, user_id INTEGER NOT NULL,
    template_id INTEGER NOT NULL, status TEXT NOT NULL DEFAULT 'pending', name TEXT NOT NULL,
    external_id TEXT, input_of INTEGER, claim TEXT, held INTEGER NOT NULL DEFAULT 0,
    output_file_id INTEGER, output_version_id INTEGER, failures TEXT);
CREATE INDEX user_jobs ON jobs (user_id, id);
CREATE INDEX batch_jobs ON jobs (batch_id, id);
CREATE INDEX template_jobs ON jobs (user_id, template_id, id);
CREATE INDEX open_jobs ON jobs (status, id) WHERE status IN ('pending', 'submitted');
CREATE TABLE workers (claim TEXT PRIMARY KEY, seen_at REAL NOT NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, user_id INTEGER NOT NULL,
    enterprise_id TEXT NOT NULL, type TEXT, admin_type TEXT, source TEXT NOT NULL,
    created_at REAL NOT NULL);
CREATE INDEX user_events ON events (user_id, id) WHERE type IS NOT NULL;
CREATE INDEX enterprise_events ON events (enterprise_id, id) WHERE admin_type IS NOT NULL;
CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, target_kind TEXT NOT NULL,
    target_id INTEGER NOT NULL, address TEXT NOT NULL, triggers TEXT NOT NULL,
    created_at REAL NOT NULL);
CREATE UNIQUE INDEX webhook_targets ON webhooks (target_id, user_id);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, webhook_id INTEGER NOT NULL, trigger TEXT NOT NULL,
    address TEXT NOT NULL, body TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL, leased_until REAL NOT NULL DEFAULT 0);
CREATE INDEX due_deliveries ON deliveries (due_at, id);
CREATE TABLE upload_sessions (
    id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, file_id INTEGER, parent_id INTEGER NOT NULL,
    name TEXT NOT NULL, size INTEGER NOT NULL, expires_at REAL NOT NULL,
    committed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE upload_parts (
    session TEXT NOT NULL, start INTEGER NOT NULL, part_id TEXT NOT NULL, size INTEGER NOT NULL,
    sha1 TEXT NOT NULL, PRIMARY KEY (session, start)) WITHOUT ROWID;
CREATE TABLE inputs (job_id INTEGER PRIMARY KEY, user_input TEXT NOT NULL);
-- Each kind of id starts in its own range, so that readers of a lesson can tell ids apart.
INSERT INTO sqlite_sequence (name, seq) VALUES ('items', 1000000), ('versions', 2000000),
    ('batches', 3000000), ('jobs', 4000000), ('users', 5000000),
    ('webhooks', 6000000);
