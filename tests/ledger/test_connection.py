"""Tests of history files: opening them, errors, threads and processes."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest
from ledger.fake_client import Box, Clock

from docgen_nb.errors import LedgerError
from docgen_nb.ledger import Ledger, migrations

DAY = "2026-03-02T"


def filled(path, *, jobs=3):
    box = Box()
    for number in range(jobs):
        box.add(str(number), "completed", DAY + f"11:00:{number:02}Z")
    with Ledger(path) as ledger:
        ledger.sync(box, clock=Clock("2026-03-02T12:00"))
    return path


def test_the_repr_of_a_ledger_counts_its_jobs(tmp_path):
    path = filled(tmp_path / "history.sqlite")

    with Ledger(path) as ledger:
        assert repr(ledger) == (
            "<Ledger history.sqlite: 3 jobs, 0 open; read 2026-03-02T12:00:00+00:00>"
        )
    assert repr(ledger) == "<Ledger history.sqlite, closed>"


def test_a_closed_ledger_raises(tmp_path):
    with Ledger(tmp_path / "history.sqlite") as ledger:
        pass
    ledger.close()

    with pytest.raises(ValueError) as caught:
        ledger.jobs()

    assert str(caught.value) == "This ledger is closed. Open it again with Ledger(path)."


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_a_ledger_is_a_file(path):
    with pytest.raises(ValueError) as caught:
        Ledger(path)

    assert str(caught.value) == f"A ledger needs the path of a file, not {path!r}."


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = filled(tmp_path / "history.sqlite")
    newer = migrations.VERSION + 1
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={newer}")

    with pytest.raises(LedgerError) as caught:
        Ledger(path)

    assert str(caught.value) == (
        f"{path} was written by a newer docgen-nb (history version {newer}; this one reads "
        f"up to {migrations.VERSION}). Run: pip install --upgrade docgen-nb"
    )


def test_a_file_that_is_not_a_history_is_refused_and_left_unchanged(tmp_path):
    other, text = tmp_path / "other.sqlite", tmp_path / "notes.txt"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE jobs (id)")
    text.write_text("Not a database, but long enough to be read." * 30)
    before = other.read_bytes(), text.read_bytes()

    for path in (other, text):
        with pytest.raises(LedgerError) as caught:
            Ledger(path)
        assert str(caught.value) == f"{path} is not a history of docgen-nb. Choose another file."

    assert (other.read_bytes(), text.read_bytes()) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt", "other.sqlite"]


def test_a_path_that_cannot_be_opened_is_named(tmp_path):
    path = tmp_path / "missing" / "history.sqlite"

    with pytest.raises(LedgerError) as caught:
        Ledger(path)

    assert str(caught.value) == (
        f"{path} cannot be opened (unable to open database file). Choose a file in an existing "
        "folder that you may write to."
    )


def test_a_damaged_file_is_named_with_the_command_that_recovers_it(tmp_path):
    path = filled(tmp_path / "history.sqlite", jobs=60)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    with pytest.raises(LedgerError) as caught, Ledger(path) as ledger:
        ledger.jobs()

    assert str(caught.value) == (
        f"{path} is damaged (database disk image is malformed). Recover what is readable with: "
        "sqlite3 history.sqlite .recover | sqlite3 saved.sqlite"
    )


def test_a_ledger_is_used_from_several_threads(tmp_path):
    lengths = []
    with Ledger(filled(tmp_path / "history.sqlite")) as ledger:
        threads = [
            threading.Thread(target=lambda: lengths.append(len(ledger.jobs()))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lengths.append(len(ledger.jobs()))

    assert lengths == [3] * 5


def test_a_forked_process_opens_its_own_connection(tmp_path):
    path = filled(tmp_path / "history.sqlite")

    output = python(
        """
        with Ledger(path) as ledger:
            with ledger.file.write() as db:
                db.execute("DELETE FROM job_records")
                child = os.fork()
                if child == 0:
                    seen = len(ledger.jobs())  # what the parent has not committed is not seen
                    db.execute("SELECT 1")  # nor is its connection closed
                    os._exit(seen)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            print(code, len(ledger.jobs()))
        """,
        path,
    )

    assert output == "3 0\n"


def test_a_reader_does_not_wait_for_a_writer(tmp_path):
    path = filled(tmp_path / "history.sqlite")

    with Ledger(path) as ledger, ledger.file.write() as db:
        db.execute("DELETE FROM job_records")
        output = python("with Ledger(path) as ledger: print(len(ledger.jobs()))", path)

    assert output == "3\n"


def test_a_writer_waits_for_another_one(tmp_path):
    path = filled(tmp_path / "history.sqlite")

    with Ledger(path) as ledger, Ledger(path) as other:

        def write():
            with other.file.write() as db:
                db.execute("DELETE FROM job_records")

        thread = threading.Thread(target=write)
        with ledger.file.write():
            thread.start()
            thread.join(timeout=0.2)
            assert thread.is_alive()
        thread.join()

        assert len(ledger.jobs()) == 0


def test_ctrl_c_inside_a_write_leaves_the_file_as_it_was(tmp_path):
    def interrupted(db):
        db.execute("DELETE FROM job_records")
        raise KeyboardInterrupt

    with Ledger(filled(tmp_path / "history.sqlite")) as ledger:
        with pytest.raises(KeyboardInterrupt), ledger.file.write() as db:
            interrupted(db)

        assert len(ledger.jobs()) == 3
        with ledger.file.write() as db:
            db.execute("DELETE FROM job_records WHERE job_id = 1")
        assert len(ledger.jobs()) == 2


def python(code, path):
    """Run code in another process, with `path`; return what it prints."""
    begin = "import os, sys\nfrom docgen_nb.ledger import Ledger\npath = sys.argv[1]\n"
    process = subprocess.run(
        [sys.executable, "-c", begin + dedent(code), str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return process.stdout
