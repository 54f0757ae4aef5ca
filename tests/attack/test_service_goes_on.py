"""Locked databases, full disks and errors of any kind: the work goes on afterwards."""

import logging
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from api import Api, batch_body, error
from receiver import Receiver
from served import wait_until
from tools import require

from docgen_nb import samples
from docgen_nb.service import Clock, LocalDocGen
from docgen_nb.service.storage.errors import StorageFull
from docgen_nb.service.workers.health import LOG_SECONDS, Health

GREETING = "Dear {{name}},"
HISTORY = {"jobs": 10_000, "days": 60, "seed": 1}
LOCKED = "The database in the data folder has been locked for more than 0.05 s. Try again later."


@pytest.fixture(autouse=True)
def quiet(caplog):
    """Keep the log of the attacks for the tests that read it."""
    caplog.set_level(logging.WARNING, logger="docgen_nb")


@contextmanager
def locked(folder):
    """Lock the database as another process would."""
    with closing(sqlite3.connect(folder / "docgen.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def names(count):
    return [{"name": f"Person {number}"} for number in range(count)]


def statuses(api):
    return [job["status"] for job in api.entries("/2.0/docgen_jobs", limit=1000)]


@pytest.fixture
def receiver():
    with Receiver().listening() as receiver:
        yield receiver


def add_webhook(api, folder, address):
    body = {
        "target": {"id": folder, "type": "folder"},
        "address": address,
        "triggers": ["FILE.UPLOADED"],
    }
    assert api("POST", "/2.0/webhooks", json=body).status_code == 201


# A locked database


def test_work_goes_on_after_a_lock_that_outlasts_the_timeout(tmp_path, caplog, receiver):
    options = {"lock_timeout": 0.05, "latency": (0.2, 0.4), "control_token": "key"}
    with LocalDocGen(tmp_path, **options) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        control = Api(session, "http://docgen.local", token="key")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        template = api.template(samples.template(GREETING))
        api.upload(b"first", name="a.txt", parent=folder)
        wait_until(lambda: len(receiver.got) == 1)  # so that the threads of deliveries run
        api.batch(batch_body(template, folder, names(20)))
        with locked(tmp_path):
            wait_until(lambda: local.health()["jobs"]["errors"] > 3)
            reply = api("POST", "/2.0/folders", json={"name": "B", "parent": {"id": "0"}})
            assert error(reply) == (503, "unavailable", LOCKED)
            assert api("GET", "/2.0/docgen_jobs").status_code == 200
            report = control("GET", "/_service/health").json()
        assert report["jobs"]["state"] == "waiting"
        assert report["jobs"]["last_error"] == LOCKED
        assert report["jobs"]["since"] <= report["jobs"]["latest"]
        local.finish()
        wait_until(lambda: len(receiver.got) == 21)
        assert statuses(api) == ["completed"] * 20
        assert len(api.entries(f"/2.0/folders/{folder}/items", limit=1000)) == 21
        wait_until(lambda: control("GET", "/_service/health").json()["jobs"]["state"] == "running")
        assert control("GET", "/_service/health").json()["jobs"]["last_error"] == LOCKED
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count(f"Running jobs: {LOCKED} It is tried again.") == 1


def test_a_delivery_is_sent_once_though_its_result_cannot_be_stored(tmp_path, receiver):
    receiver.hold = threading.Event()
    with LocalDocGen(tmp_path, lock_timeout=0.05) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        api.upload(b"first", name="a.txt", parent=folder)
        assert receiver.arrived.wait(20)
        with locked(tmp_path):
            receiver.hold.set()
            wait_until(lambda: local.health()["deliveries"]["errors"] > 2)
        wait_until(lambda: local.health()["deliveries"]["state"] == "running")
        local.webhook_sender.finish()
    assert len(receiver.got) == 1


def test_a_service_starts_and_works_inline_beside_a_lock(tmp_path):
    LocalDocGen(tmp_path).close()
    with locked(tmp_path):
        local = LocalDocGen(tmp_path, workers=0, lock_timeout=0.05)
    with local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", names(3)))
        with locked(tmp_path):
            assert api("GET", "/2.0/docgen_jobs").status_code == 200
            assert local.health()["jobs"]["last_error"] == LOCKED
        local.finish()
        assert statuses(api) == ["completed"] * 3


def test_others_write_while_a_long_history_is_written(tmp_path):
    with LocalDocGen(tmp_path) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        writer = threading.Thread(target=samples.history, args=(local,), kwargs=HISTORY)
        writer.start()
        folders = []
        while writer.is_alive():
            folders.append(int(api.folder(f"Folder {len(folders)}")))
        writer.join()
        api.batch(batch_body(template, "0", names(1)))
        local.finish()
        assert local.health()["jobs"]["last_error"] is None
        ids = "SELECT min(id) AS first, max(id) AS last FROM items WHERE name LIKE 'Document _% %'"
        first, last = local.store.one(ids)
        assert sum(first < folder < last for folder in folders) > 1
        count = local.store.one("SELECT count(*) AS n, count(DISTINCT id) AS ids FROM jobs")
        assert tuple(count) == (HISTORY["jobs"] + 1,) * 2


# Errors of any kind


class BreakingClock(Clock):
    """A clock that fails in the threads of the service, for as long as it is told to."""

    broken = False

    def _check(self):
        own = threading.current_thread().name.startswith(("docgen-jobs", "docgen-webhooks"))
        if self.broken and own:
            raise RuntimeError("no time")

    def now(self):
        self._check()
        return super().now()

    def steady(self):
        self._check()
        return super().steady()


def test_threads_survive_an_error_of_any_kind(receiver, caplog):
    clock = BreakingClock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        template = api.template(samples.template(GREETING))
        api.upload(b"first", name="a.txt", parent=folder)
        local.webhook_sender.finish()
        clock.broken = True
        api.batch(batch_body(template, folder, names(5)))
        api.upload(b"second", name="b.txt", parent=folder)
        for work in ("jobs", "deliveries"):
            wait_until(lambda work=work: local.health()[work]["errors"] > 2)
            assert local.health()[work]["last_error"] == "RuntimeError: no time"
        clock.broken = False
        local.finish()
        assert statuses(api) == ["completed"] * 5
        wait_until(lambda: len(receiver.got) == 7)
    # A bug shows its place in the code; each kind of work logs it once.
    logged = [r for r in caplog.records if "RuntimeError: no time" in r.getMessage()]
    assert [record.exc_info[1].args for record in logged] == [("no time",)] * 2


def test_an_address_that_no_name_server_accepts_is_a_failed_attempt():
    with (
        LocalDocGen(webhooks_beyond_loopback=True) as local,
        local.session() as session,
    ):
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, f"http://{'a' * 70}.example/")
        api.upload(b"first", name="a.txt", parent=folder)
        wait_until(lambda: local.deliveries)
        assert local.deliveries[0].error.startswith("UnicodeError: ")
        assert local.health()["deliveries"]["last_error"] is None


def test_the_same_error_is_logged_once_a_minute(caplog):
    moment = 0.0
    health = Health("Running jobs", monotonic=lambda: moment)
    for moment in range(0, 10 * int(LOG_SECONDS), 3):  # noqa: B007  read by the clock
        health.record_error(StorageFull("The disk is full."))
        health.record_error(StorageFull("Another."))
    lines = [record.getMessage() for record in caplog.records]
    assert (
        lines
        == [
            "Running jobs: The disk is full. It is tried again.",
            "Running jobs: Another. It is tried again.",
        ]
        * 10
    )
    health.record_success()
    assert caplog.messages[-1] == "Running jobs goes on, after 400 errors."
    assert health.report()["state"] == "running"


def test_the_health_needs_the_control_token():
    with LocalDocGen(control_token="key") as local, local.session() as session:
        assert Api(session, "http://docgen.local")("GET", "/_service/health").status_code == 401
        report = Api(session, "http://docgen.local", token="key")("GET", "/_service/health").json()
    running = {"state": "running", "last_error": None, "since": None, "latest": None, "errors": 0}
    assert report == {"jobs": running, "deliveries": running}


FILES_CHILD = """
import os, resource, sys
sys.path.insert(0, {tests!r})
from api import Api, batch_body
from served import wait_until
from docgen_nb import samples
from docgen_nb.service import LocalDocGen

with LocalDocGen(workers=1) as local, local.session() as session:
    api = Api(session, "http://docgen.local")
    template = api.template(samples.template("Dear {{{{name}}}},"))
    api.batch(batch_body(template, "0", [{{"name": "Ada"}}]))  # the template is open now
    local.finish()
    local.job_runner.concurrency = 0
    api.batch(batch_body(template, "0", [{{"name": "Ada"}}] * 3))
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    local.job_runner.concurrency = 1
    wait_until(lambda: local.health()["jobs"]["errors"] > 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    local.finish()
    print(local.health()["jobs"]["last_error"])
    print([job["status"] for job in api.entries("/2.0/docgen_jobs")])
"""


def test_jobs_wait_while_the_process_has_too_many_open_files():
    code = FILES_CHILD.format(tests=str(Path(__file__).parents[1]))
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.splitlines() == [
        "Cannot use the data folder: Too many open files.",
        "['completed', 'completed', 'completed', 'completed']",
    ]


# A full disk

CHILD = """
import shutil, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from api import Api, batch_body
from docgen_nb import samples
from docgen_nb.service import LocalDocGen

folder = Path({folder!r})
with LocalDocGen(folder) as local, local.session() as session:
    api = Api(session, "http://docgen.local")
    files = [api.upload(bytes([n]) * 400_000, name=f"{{n}}.bin")["id"] for n in range(5)]
    template = api.template(samples.template("Dear {{{{name}}}},"))
    try:
        with open(folder / "other", "wb", buffering=0) as file:  # somebody else fills the disk
            while file.write(bytes(4096)):
                pass
    except OSError:
        pass
    codes = set()
    for number in range(40):
        body = {{"name": f"Folder {{number}}" * 20, "parent": {{"id": "0"}}}}
        codes.add(api("POST", "/2.0/folders", json=body).status_code)
    print("full", 503 in codes, shutil.disk_usage(folder).free < 100_000)
    for file in files:
        print(api("DELETE", f"/2.0/files/{{file}}").status_code,
              api("DELETE", f"/2.0/files/{{file}}/trash").status_code)
    print("free", shutil.disk_usage(folder).free > 300_000)
    api.batch(batch_body(template, "0", [{{"name": "Ada"}}] * 3))
    local.finish()
    print(sorted(job["status"] for job in api.entries("/2.0/docgen_jobs")))
"""


def test_files_can_be_deleted_on_a_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    code = CHILD.format(tests=str(Path(__file__).parents[1]), folder=str(disk))
    # A small file system of its own, which only this process and its children see.
    mount = f'mount -t tmpfs -o size=6m tmpfs {disk} && exec {sys.executable} -c "$1"'
    command = [require("unshare"), "--map-root-user", "--mount", "sh", "-c", mount, "sh", code]
    child = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    assert child.stdout.splitlines() == [
        "full True True",
        *["204 204"] * 5,
        "free True",
        "['completed', 'completed', 'completed']",
    ]
