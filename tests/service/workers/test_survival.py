"""No job is lost: full disks, killed workers, several processes, executors of the caller."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import docx
import pytest
from api import Api, batch_body
from served import wait_until

from docgen_nb import samples
from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen
from docgen_nb.service.rendering import Outcome
from docgen_nb.service.storage.migrations import VERSION

GREETING = "Dear {{name}},"


def names(count):
    return [{"name": f"Person {number}"} for number in range(count)]


def test_processes_render_like_threads():
    with (
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool,
        LocalDocGen(workers=pool) as local,
        local.session() as session,
    ):
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        batch = api.batch(batch_body(template, api.folder("Out"), names(20)))
        local.finish()
        jobs = api.entries(f"/2.0/docgen_batch_jobs/{batch}")
        texts = [
            docx.Document(BytesIO(api.content(job["output_file"]["id"]))).paragraphs[0].text
            for job in jobs
        ]
    assert texts == [f"Dear Person {number}," for number in range(20)]


def test_an_executor_of_the_caller_keeps_running():
    with ThreadPoolExecutor(1) as pool:
        with LocalDocGen(workers=pool) as local, local.session() as session:
            api = Api(session, "http://docgen.local")
            template = api.template(samples.template(GREETING))
            api.batch(batch_body(template, "0", names(3)))
            local.finish()
        assert pool.submit(sum, [1, 2]).result() == 3


def test_jobs_of_a_killed_worker_process_fail_with_a_message():
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        LocalDocGen(workers=pool) as local,
        local.session() as session,
    ):
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)
        batch = api.batch(batch_body(template, "0", names(2)))
        local.finish()
        jobs = api.entries(f"/2.0/docgen_batch_jobs/{batch}")
        assert [job["status"] for job in jobs] == ["failed", "failed"]
        assert all("BrokenProcessPool" in job["failures"]["errors"][0] for job in jobs)
        assert api("GET", "/2.0/users/me").status_code == 200


CHILD = """
import random, resource, signal, sys
sys.path.insert(0, {tests!r})
from api import Api, batch_body
from docgen_nb import samples
from docgen_nb.service import LocalDocGen

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def statuses():
    for job in api.entries("/2.0/docgen_jobs"):
        print(job["status"], (job["failures"] or {{"errors": []}})["errors"])

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with LocalDocGen() as local, local.session() as session:
    api = Api(session, "http://docgen.local")
    noise = random.Random(1).randbytes(2_000_000).hex()
    large = api.template(samples.template(noise + "{{{{name}}}}"), name="large.docx")
    small = api.template(samples.template("{{{{name}}}}"), name="small.docx")
    {steps}
"""


def run_child(*steps):
    code = CHILD.format(tests=str(Path(__file__).parents[2]), steps="\n    ".join(steps))
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")
def test_a_full_disk_fails_the_job_and_not_the_service():
    lines = run_child(
        "limit(1_000_000)",
        "for template in (small, large, small):",
        "    api.batch(batch_body(template, '0', [{'name': 'a'}]))",
        "local.finish()",
        "statuses()",
    )
    assert [line.split()[0] for line in lines] == ["completed", "failed", "completed"]
    assert lines[1] == "failed ['Cannot write to the data folder: File too large.']"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")
def test_accepted_jobs_finish_once_the_disk_has_space():
    lines = run_child(
        "local.job_runner.concurrency = 0",  # no job is claimed yet
        "api.batch(batch_body(small, '0', [{'name': 'a'}]))",
        "limit(1000)",
        "local.job_runner.concurrency = 8",
        "refused = api('POST', '/2.0/folders', json={'name': 'A', 'parent': {'id': '0'}})",
        "print(refused.status_code, refused.json()['code'])",
        "statuses()",
        "limit(resource.RLIM_INFINITY)",
        "local.finish()",
        "statuses()",
    )
    assert lines == ["503 unavailable", "pending []", "completed []"]


def test_two_services_on_a_folder_run_each_job_once(tmp_path):
    with (
        LocalDocGen(tmp_path, workers=2) as one,
        LocalDocGen(tmp_path, workers=2) as two,
        one.session() as first,
        two.session() as second,
    ):
        a, b = Api(first, "http://docgen.local"), Api(second, "http://docgen.local")
        template = a.template(samples.template(GREETING))
        folder = b.folder("Out")
        threads = [
            threading.Thread(target=api.batch, args=(batch_body(template, folder, names(40)),))
            for api in (a, b, a, b)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one.finish()
        jobs = a.entries("/2.0/docgen_jobs", limit=1000)
        items = b.entries(f"/2.0/folders/{folder}/items", limit=1000)
    assert Counter(job["status"] for job in jobs) == {"completed": 160}
    assert len({job["output_file"]["id"] for job in jobs}) == len(items) == 160


def test_jobs_claimed_by_a_dead_process_are_run(tmp_path):
    with LocalDocGen(tmp_path, workers=0) as dead, dead.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", names(3)))
        claimed = dead.job_runner.queue.claim(2)
        with dead.store.write() as db:  # it was last seen long ago
            db.execute("UPDATE workers SET seen_at = 0")
        with LocalDocGen(tmp_path) as alive:
            alive.finish()
        jobs = api.entries("/2.0/docgen_jobs")
        assert [job["status"] for job in jobs] == ["completed"] * 3
        assert len(api.entries("/2.0/folders/0/items")) == 4
        for job in claimed:  # the process was only slow: its results come too late
            dead.job_runner.queue.finish(job, Outcome(b"late", errors=("Late.",)))
        assert api.entries("/2.0/docgen_jobs") == jobs
        assert len(api.entries("/2.0/folders/0/items")) == 4


def test_a_process_that_renders_for_long_is_still_heard_of(tmp_path):
    with LocalDocGen(tmp_path, latency=(3600, 3600)) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        api.batch(batch_body(api.template(samples.template(GREETING)), "0", names(1)))
        wait_until(lambda: api.entries("/2.0/docgen_jobs")[0]["status"] == "submitted")
        with local.store.write() as db:
            db.execute("UPDATE workers SET seen_at = 0")
        wait_until(lambda: local.store.one("SELECT max(seen_at) FROM workers")[0])


def test_stopping_releases_unfinished_jobs(tmp_path):
    with LocalDocGen(tmp_path, latency=(3600, 3600)) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", names(2)))
    with LocalDocGen(tmp_path) as again, again.session() as session:
        again.finish()
        api = Api(session, "http://docgen.local")
        assert [job["status"] for job in api.entries("/2.0/docgen_jobs")] == ["completed"] * 2


def test_data_of_a_newer_version_is_refused(tmp_path):
    LocalDocGen(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "docgen.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ServiceError) as refused:
        LocalDocGen(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path} was written by a newer docgen-nb (data version 99, this one reads {VERSION}). "
        "Upgrade docgen-nb, or choose another folder."
    )


class CountingExecutor(ThreadPoolExecutor):
    """One thread, and the number of calls submitted to it."""

    submitted = 0

    def submit(self, *call, **options):
        future = super().submit(*call, **options)
        self.submitted += 1
        return future


def test_jobs_cancelled_by_an_executor_fail():
    hold, pool = threading.Event(), CountingExecutor(1)
    with LocalDocGen(workers=pool) as local, local.session() as session:
        pool.submit(hold.wait)
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", names(2)))
        wait_until(lambda: pool.submitted == 3)
        pool.shutdown(wait=False, cancel_futures=True)
        hold.set()
        local.finish()
        jobs = api.entries("/2.0/docgen_jobs")
    assert [job["status"] for job in jobs] == ["failed", "failed"]
    assert all("CancelledError" in job["failures"]["errors"][0] for job in jobs)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")
def test_an_upload_to_a_full_disk_is_refused():
    lines = run_child(
        "limit(100_000)",
        'parts = {\'attributes\': (None, \'{"name": "a", "parent": {"id": "0"}}\'), '
        "'file': ('a', bytes(5_000_000))}",
        "reply = api('POST', '/2.0/files/content', files=parts)",
        "print(reply.status_code, reply.json()['code'])",
    )
    assert lines == ["503 unavailable"]
