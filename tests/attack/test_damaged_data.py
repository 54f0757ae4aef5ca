"""A data folder with a missing, empty or damaged database, and contents that nothing names."""

import os
import sqlite3
import subprocess
import threading
from contextlib import closing
from shlex import quote

import pytest
from api import Api, batch_body, error
from served import SECONDS, command

from docgen_nb import samples
from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen

GREETING = "Dear {{name}},"


def fill(folder, *, documents=30):
    """Leave a template and a few documents in a data folder."""
    with LocalDocGen(folder) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        rows = [{"name": f"Person {number}"} for number in range(documents)]
        api.batch(batch_body(template, api.folder("Out"), rows))
        local.finish()


def snapshot(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def contents(folder):
    return [path.name for path in folder.glob("contents/*/*")]


def run_check(folder):
    process = subprocess.run(
        command("--data", folder, "--check"), capture_output=True, text=True, timeout=SECONDS
    )
    assert process.stderr == ""
    return process.returncode, process.stdout


def remove(path):
    path.unlink()


def empty(path):
    path.write_bytes(b"")


def drop_tables(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=WAL")


def replace_by_another(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes (text)")
        db.execute("PRAGMA user_version = 1")


def write_noise(path):
    path.write_bytes(b"not SQLite at all" * 1000)


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def overwrite_a_page(path):
    """Damage a page of a table; the first page and the list of tables stay."""
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'jobs'"
        (page,) = db.execute(sql).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def replace_by_a_folder(path):
    path.unlink()
    (path / "inner").mkdir(parents=True)
    (path / "inner" / "file").write_bytes(b"a")


def forget_the_secret(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DELETE FROM settings")


DAMAGES = {
    remove: "is missing, but there are contents beside it.",
    empty: "is empty, but there are contents beside it.",
    drop_tables: "has no tables, but there are contents beside it.",
    replace_by_another: "is not a database of this service: it lacks the table batches.",
    write_noise: "is damaged (file is not a database).",
    cut: "is damaged (database disk image is malformed).",
    overwrite_a_page: "is damaged (",
    replace_by_a_folder: "cannot be read (disk I/O error).",
    forget_the_secret: "is damaged (its secret is missing).",
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_database_is_refused_and_left_alone(tmp_path, damage):
    fill(tmp_path)
    database = tmp_path / "docgen.sqlite"
    damage(database)
    before = snapshot(tmp_path)
    with pytest.raises(ServiceError) as refused:
        LocalDocGen(tmp_path)
    message = str(refused.value)
    assert message.startswith(f"{database} {DAMAGES[damage]}")
    assert message.endswith(
        f" Nothing was written. For help, run: docgen-nb serve --data {quote(str(tmp_path))} "
        "--check"
    )
    status, report = run_check(tmp_path)
    assert (status, snapshot(tmp_path)) == (1, before)
    problem, remedy = report.splitlines()
    assert problem.startswith(f"{database} {DAMAGES[damage]}")
    assert remedy.startswith("  ")
    if damage in (remove, empty, drop_tables):
        assert remedy.startswith("  Restore docgen.sqlite from a backup: only it knows the names")


def test_a_database_with_a_log_of_a_killed_process_is_read_with_it(tmp_path):
    fill(tmp_path)
    database = tmp_path / "docgen.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("DELETE FROM settings")
        log = (tmp_path / "docgen.sqlite-wal").read_bytes()  # not yet in the database
        whole = database.read_bytes()
    database.write_bytes(whole)
    (tmp_path / "docgen.sqlite-wal").write_bytes(log)
    with pytest.raises(ServiceError, match="its secret is missing"):
        LocalDocGen(tmp_path)
    assert (tmp_path / "docgen.sqlite-wal").read_bytes() == log
    assert database.read_bytes() == whole


def test_an_empty_folder_and_sound_data_are_accepted(tmp_path):
    LocalDocGen(tmp_path).close()
    fill(tmp_path)
    assert run_check(tmp_path) == (0, f"The data in {tmp_path} can be used.\n")


def test_a_database_that_is_damaged_meanwhile_is_not_written_to(tmp_path):
    fill(tmp_path)
    with LocalDocGen(tmp_path, workers=0) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        overwrite_a_page(tmp_path / "docgen.sqlite")
        before = (tmp_path / "docgen.sqlite").read_bytes()
        status, code, message = error(api("GET", "/2.0/docgen_jobs"))
        assert (status, code) == (503, "unavailable")
        assert message.startswith("The database in the data folder is damaged (")
        assert message.endswith("Stop the service and run: docgen-nb serve --data DIR --check")
        body = {"name": "A", "parent": {"id": "0"}}
        assert error(api("POST", "/2.0/folders", json=body))[0] == 503
        assert (tmp_path / "docgen.sqlite").read_bytes() == before


def test_the_check_names_missing_changed_and_unnamed_contents(tmp_path):
    fill(tmp_path, documents=4)
    first, second, third = sorted(contents(tmp_path))[:3]
    (tmp_path / "contents" / first[:2] / first).unlink()
    (tmp_path / "contents" / second[:2] / second).write_bytes(b"cut")
    (tmp_path / "contents" / third[:2] / (third[:2] + "0" * 62)).write_bytes(b"stray")
    before = snapshot(tmp_path)
    status, report = run_check(tmp_path)
    assert (status, snapshot(tmp_path)) == (1, before)
    remedy = (
        "  Restore them from a backup of the folder contents. Until then, downloads of these "
        "versions fail, and so do jobs if it is a template."
    )
    assert report.splitlines() == [
        f"Missing contents: 1 ({first}).",
        remedy,
        f"Changed or cut contents: 1 ({second}).",
        remedy,
        "Contents that no version names: 1, 5 bytes.",
        "  Nothing to do: the next start deletes them.",
    ]


def test_a_check_without_data_says_so(tmp_path):
    for arguments, status, message in (
        (("--check",), 2, "docgen-nb serve: error: --check needs --data DIR"),
        (
            ("--check", "--data", tmp_path / "none"),
            1,
            f"docgen-nb serve: There is no data of a service in {tmp_path / 'none'}. "
            "Check the path.",
        ),
    ):
        process = subprocess.run(
            command(*arguments), capture_output=True, text=True, timeout=SECONDS
        )
        assert (process.returncode, process.stderr.splitlines()[-1]) == (status, message)
    assert list(tmp_path.iterdir()) == []


# Contents


def purge(api, file):
    assert api("DELETE", f"/2.0/files/{file}").status_code == 204
    assert api("DELETE", f"/2.0/files/{file}/trash").status_code == 204


def test_purged_contents_leave_the_disk(tmp_path):
    with LocalDocGen(tmp_path) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        file = api.upload(b"first", name="a.txt")["id"]
        path = f"/2.0/files/{file}/content"
        parts = {"attributes": (None, '{"name": "a.txt"}'), "file": ("a.txt", b"second")}
        assert api("POST", path, files=parts).status_code == 200
        copy = api("POST", f"/2.0/files/{file}/copy", json={"name": "b", "parent": {"id": "0"}})
        ticket = api("GET", path).headers["Location"]
        assert len(contents(tmp_path)) == 2
        purge(api, file)
        assert len(contents(tmp_path)) == 1  # of the copy
        assert api.content(copy.json()["id"]) == b"second"
        assert api("GET", ticket).status_code == 404
        purge(api, copy.json()["id"])
        assert contents(tmp_path) == []
    assert run_check(tmp_path)[0] == 0


def test_a_purged_template_stays_until_its_last_job_has_ended(tmp_path):
    with (
        LocalDocGen(tmp_path, latency=(3600, 3600)) as local,
        local.session() as session,
    ):
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", [{"name": "Ada"}]))
        purge(api, template)
        assert len(contents(tmp_path)) >= 1
    with LocalDocGen(tmp_path) as local, local.session() as session:
        local.finish()
        api = Api(session, "http://docgen.local")
        (job,) = api.entries("/2.0/docgen_jobs")
        assert job["status"] == "completed"
        assert len(contents(tmp_path)) == 2
    LocalDocGen(tmp_path).close()
    assert len(contents(tmp_path)) == 1  # of the document


def test_contents_that_no_version_names_are_deleted_at_the_start(tmp_path):
    fill(tmp_path, documents=3)
    named = set(contents(tmp_path))
    folder = tmp_path / "contents" / "ab"
    folder.mkdir(exist_ok=True)
    (folder / ("ab" * 32)).write_bytes(b"of a killed process")
    (tmp_path / "sessions" / "0123456789ABCDEF0123456789ABCDEF").mkdir(parents=True)
    (tmp_path / "sessions" / "0123456789ABCDEF0123456789ABCDEF" / "PART").write_bytes(b"part")
    LocalDocGen(tmp_path).close()
    assert set(contents(tmp_path)) == named
    assert list((tmp_path / "sessions").iterdir()) == []


def test_refused_uploads_leave_nothing(tmp_path):
    with LocalDocGen(tmp_path) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        api.upload(b"first", name="a.txt")
        attributes = (None, '{"name": "a.txt", "parent": {"id": "0"}}')
        for content, headers in ((b"second", {}), (b"third", {"content-md5": "0" * 40})):
            parts = {"attributes": attributes, "file": ("a.txt", content)}
            reply = api("POST", "/2.0/files/content", files=parts, headers=headers)
            assert reply.status_code in (400, 409)
        assert len(contents(tmp_path)) == 1


def test_a_missing_content_is_an_error_that_says_so(tmp_path):
    with LocalDocGen(tmp_path) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        file = api.upload(b"first", name="a.txt")["id"]
        template = api.template(samples.template(GREETING))
        for name in contents(tmp_path):
            (tmp_path / "contents" / name[:2] / name).unlink()
        reply = api("GET", api("GET", f"/2.0/files/{file}/content").headers["Location"])
        status, code, message = error(reply)
        assert (status, code) == (503, "unavailable")
        assert "is missing from the data folder" in message
        assert error(api("GET", f"/2.0/docgen_templates/{template}/tags"))[0] == 503
        api.batch(batch_body(template, "0", [{"name": "Ada"}]))
        local.finish()
        (job,) = api.entries("/2.0/docgen_jobs")
        message = "The template is missing from the data folder."
        assert (job["status"], job["failures"]["errors"]) == ("failed", [message])


def test_equal_contents_that_come_and_go_at_the_same_time_are_never_lost(tmp_path):
    lost = []

    def come_and_go(api, name):
        for number in range(25):
            file = api.upload(b"equal", name=f"{name}{number}.txt")["id"]
            if api.content(file) != b"equal":
                lost.append(f"{name}{number}")
            purge(api, file)

    with (
        LocalDocGen(tmp_path) as one,
        LocalDocGen(tmp_path) as two,
        one.session() as first,
        two.session() as second,
    ):
        apis = [Api(session, "http://docgen.local") for session in (first, second) * 2]
        threads = [
            threading.Thread(target=come_and_go, args=(api, name))
            for api, name in zip(apis, "abcd", strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    LocalDocGen(tmp_path).close()
    assert (lost, contents(tmp_path)) == ([], [])
