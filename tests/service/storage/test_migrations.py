"""Data of an older version: it is brought up to date when the service starts."""

import sqlite3
from contextlib import closing

from api import Api, batch_body

from docgen_nb import samples
from docgen_nb.service import LocalDocGen
from docgen_nb.service.storage.migrations import VERSION


def test_batches_of_the_first_version_keep_their_ids(tmp_path):
    with LocalDocGen(tmp_path) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template("Dear {{name}}"))
        api.batch(batch_body(template, "0", [{"name": "Ada"}]))
        local.finish()
    with closing(sqlite3.connect(tmp_path / "docgen.sqlite")) as db:
        (id,) = db.execute("SELECT id FROM batches").fetchone()
        db.executescript(
            "DROP INDEX batch_uuids; ALTER TABLE batches DROP COLUMN uuid; "
            "ALTER TABLE tokens DROP COLUMN parent; ALTER TABLE items DROP COLUMN kept; "
            "PRAGMA user_version = 1"
        )
    with LocalDocGen(tmp_path) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        (job,) = api.entries(f"/2.0/docgen_batch_jobs/{id}")
        assert job["status"] == "completed"
    with closing(sqlite3.connect(tmp_path / "docgen.sqlite")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
