"""Views of a history file, read by sqlite3's shell; names of templates."""

import shutil
import subprocess
from contextlib import closing

import pytest
from month import NOW, month_ledger

from docgen_nb import samples
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.template_names import read_template_names, template_names
from docgen_nb.service import LocalDocGen


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("views") / "history.sqlite"
    month_ledger(path, jobs=400)
    return path


def test_other_programs_read_the_views(path):
    if (shell := shutil.which("sqlite3")) is None:
        pytest.skip("sqlite3 is not installed. To install it, run: apt-get install sqlite3")

    def rows(sql):
        command = [shell, "-readonly", "-csv", str(path), sql]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.split()

    with Ledger(path) as ledger:
        jobs, failures = ledger.jobs(), ledger.failures()
    newest = jobs.iloc[0]
    assert rows("SELECT count(*), sum(errors) FROM readable_jobs") == [
        f"400,{jobs['errors'].sum()}"
    ]
    assert rows("SELECT status, count(*) FROM readable_jobs GROUP BY 1") == [
        f"{status},{number}" for status, number in sorted(jobs["status"].value_counts().items())
    ]
    sql = "SELECT job_id, date(created_at), typeof(job_id), duration_seconds FROM readable_jobs "
    assert rows(f"{sql} WHERE job_id = '{newest['job_id']}'") == [
        f"{newest['job_id']},{newest['created_at']:%Y-%m-%d},text,{newest['duration_seconds']}"
    ]
    assert rows("SELECT count(*) FROM readable_messages WHERE severity = 'error'") == [
        str((failures["severity"] == "error").sum())
    ]
    assert rows("SELECT count(*) FROM readable_changes") == ["0"]


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
