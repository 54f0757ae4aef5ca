"""Views of a history file, as any client of SQLite reads them; names of templates."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from ledger.former_version import to_version_8
from month import NOW, month_ledger
from pandas.testing import assert_frame_equal

from docgen_nb import samples
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.template_names import read_template_names, template_names
from docgen_nb.service import LocalDocGen
from docgen_nb.watching import watch


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("views") / "history.sqlite"
    month_ledger(path, jobs=400)
    return path


def test_any_client_of_sqlite_reads_the_views(path):
    with (
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db,
        Ledger(path) as ledger,
    ):
        jobs, failures = ledger.jobs(), ledger.failures()

        def rows(sql):
            return db.execute(sql).fetchall()

        newest = jobs.iloc[0]
        assert rows("SELECT count(*), sum(errors) FROM jobs") == [(400, jobs["errors"].sum())]
        statuses = jobs["status"].value_counts().to_dict()
        assert dict(rows("SELECT status, count(*) FROM jobs GROUP BY 1")) == statuses
        columns = "job_id, date(created_at), typeof(created_at), duration_seconds"
        assert rows(f"SELECT {columns} FROM jobs WHERE job_id = '{newest['job_id']}'") == [
            (
                newest["job_id"],
                f"{newest['created_at']:%Y-%m-%d}",
                "text",
                newest["duration_seconds"],
            )
        ]
        seconds, last = rows("SELECT avg(duration_seconds), max(created_at) FROM jobs")[0]
        assert seconds == pytest.approx(jobs["duration_seconds"].mean())
        assert pd.Timestamp(last, tz="UTC") == jobs["created_at"].max()
        assert rows("SELECT severity, count(*) FROM messages GROUP BY 1 ORDER BY 1") == sorted(
            failures["severity"].value_counts().items()
        )
        for view in ("changes", "submissions"):
            assert rows(f"SELECT count(*) FROM {view}") == [(0,)]


def test_an_older_file_gets_the_views_and_keeps_its_rows_alerts_and_own_views(tmp_path):
    path = tmp_path / "history.sqlite"
    month_ledger(path, jobs=60)
    with Ledger(path) as ledger:
        jobs, failures, counts = ledger.jobs(), ledger.failures(), ledger.rollup(["status"])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        to_version_8(db)
        db.execute("INSERT INTO alerts VALUES ('jobs < 1 over 30d', 0)")
        db.execute("CREATE VIEW own AS SELECT count(*) AS jobs FROM jobs")

    with pytest.warns(UserWarning, match="was migrated from history version 8 to 9"):
        ledger = Ledger(path)

    with ledger:
        assert_frame_equal(ledger.jobs(), jobs)
        assert_frame_equal(ledger.failures(), failures)
        assert_frame_equal(ledger.rollup(["status"]), counts)
        assert ledger.file.all("SELECT jobs FROM own") == [(60,)]
        (sentence,) = watch(ledger, "jobs < 1 over 30d", notify=str)
        assert sentence.startswith("Over (jobs < 1 over 30d, since 1970-01-01 00:00 UTC): ")
        assert (
            ledger.file.first("SELECT name FROM sqlite_schema WHERE name LIKE 'readable%'") is None
        )
        assert ledger.file.first("PRAGMA integrity_check") == ("ok",)


def test_names_of_templates_are_read_once(tmp_path):
    with (
        LocalDocGen() as local,
        closing(local.session()) as session,
        Client("http://docgen.local", token_source=GivenToken("any"), session=session) as box,
        Ledger(tmp_path / "history.sqlite") as ledger,
    ):
        samples.history(local, jobs=30, days=2, until=NOW)
        assert read_template_names(ledger.file, box) == 0  # no job yet
        ledger.sync(box)
        calls = [read_template_names(ledger.file, box) for _ in range(2)]
        assert (calls, read_template_names(ledger.file, box, again=True)) == ([1, 0], 1)
        names = template_names(ledger.file)
        assert set(names.values()) <= {"Purchase order.docx", "Letter.docx", "Statement.docx"}
        assert set(names) == set(ledger.jobs()["template_id"])
