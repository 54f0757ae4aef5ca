"""The data of `serve --data DIR` survive a kill at any moment."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

import docx
from api import Api, batch_body
from served import judged_session, serving, wait_until

JOBS = 200
# A job takes a little longer than its rendering, so that there is time to kill the process.
SLOW = '{"jobs": [{"latency": [0.1, 0.2]}]}'
FINISHED = {"completed", "completed_with_error", "failed"}


def letter():
    document = docx.Document()
    document.add_paragraph("Dear {{name}},")
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def statuses(api, batch):
    entries = api.entries(f"/2.0/docgen_batch_jobs/{batch}", limit=1000)
    return [job["status"] for job in entries]


def count_finished(api, batch):
    return sum(status in FINISHED for status in statuses(api, batch))


def wait_for_all(api, batch):
    wait_until(lambda: count_finished(api, batch) == len(statuses(api, batch)))


def test_a_batch_survives_kills_and_each_job_finishes_once(tmp_path):
    data, slow = tmp_path / "data", tmp_path / "slow.json"
    slow.write_text(SLOW)
    with judged_session() as session:
        with serving("--data", data, "--faults", slow) as served:
            api = Api(session, served.url)
            template = api.template(letter())
            folder = api.folder("Letters")
            rows = [{"name": f"reader {number}"} for number in range(1, JOBS + 1)]
            batch = api.batch(batch_body(template, folder, rows))
            kill_when(served, api, batch, 1, data)
        for moment in (50, 120):
            with serving("--data", data, "--faults", slow) as served:
                kill_when(served, Api(session, served.url), batch, moment, data)

        with serving("--data", data) as served:
            api = Api(session, served.url)
            wait_for_all(api, batch)
            check(api, batch, folder)
            check_ids_are_new(api, batch, template, folder)


def kill_when(served, api, batch, moment, folder):
    """Kill the process once this many jobs are finished; not all of them may be."""
    wait_until(lambda: count_finished(api, batch) >= moment)
    served.kill()
    assert moment <= finished_on_disk(folder) < JOBS


def finished_on_disk(folder):
    """Count in a copy: opening the folder itself would clean up after the kill."""
    with tempfile.TemporaryDirectory() as copy:
        for path in folder.glob("docgen.sqlite*"):
            shutil.copy(path, copy)
        with closing(sqlite3.connect(Path(copy) / "docgen.sqlite")) as db:
            return sum(status in FINISHED for (status,) in db.execute("SELECT status FROM jobs"))


def check(api, batch, folder):
    jobs = api.entries(f"/2.0/docgen_batch_jobs/{batch}", limit=1000)
    assert len({job["id"] for job in jobs}) == len(jobs) == JOBS
    assert {job["status"] for job in jobs} == {"completed"}
    assert len(api.entries("/2.0/docgen_jobs", limit=1000)) == JOBS
    files = api.entries(f"/2.0/folders/{folder}/items", limit=1000)
    assert len(files) == JOBS
    outputs = [job["output_file"]["id"] for job in jobs]
    assert sorted(file["id"] for file in files) == sorted(outputs)
    texts = {file["name"]: text(api.content(file["id"])) for file in files}
    assert texts == {
        f"Document {number}.docx": f"Dear reader {number}," for number in range(1, JOBS + 1)
    }


def text(content):
    return "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(content)).paragraphs)


def check_ids_are_new(api, batch, template, folder):
    """Items created after a kill have new ids."""
    jobs = api.entries(f"/2.0/docgen_batch_jobs/{batch}", limit=1000)
    known = {job["id"] for job in jobs} | {job["output_file"]["id"] for job in jobs}
    known |= {job["output_file_version"]["id"] for job in jobs} | {batch, template, folder}
    later = api.batch(batch_body(template, folder, [{"name": "late"}]))
    wait_for_all(api, later)
    job = api.entries(f"/2.0/docgen_batch_jobs/{later}")[0]
    created = {later, job["id"], job["output_file"]["id"], job["output_file_version"]["id"]}
    assert len(created) == 4
    assert created & known == set()
    assert len(api.entries("/2.0/docgen_jobs", limit=1000)) == JOBS + 1


def everything(api, batch, template, folder):
    return {
        path: api("GET", path).json()
        for path in (
            "/2.0/users/me",
            "/2.0/folders/0/items",
            f"/2.0/folders/{folder}",
            f"/2.0/files/{template}",
            "/2.0/docgen_templates",
            f"/2.0/docgen_templates/{template}/tags",
            f"/2.0/docgen_template_jobs/{template}",
            f"/2.0/docgen_batch_jobs/{batch}",
            "/2.0/docgen_jobs",
        )
    }


def test_a_restart_keeps_files_templates_batches_and_jobs(tmp_path):
    with judged_session() as session:
        with serving("--data", tmp_path / "new" / "folder") as served:
            api = Api(session, served.url)
            content = letter()
            template = api.template(content)
            folder = api.folder("Letters")
            batch = api.batch(batch_body(template, folder, [{"name": "Ada"}, {}, {"a": 1}]))
            wait_for_all(api, batch)
            before = everything(api, batch, template, folder)

        with serving("--data", tmp_path / "new" / "folder") as served:
            api = Api(session, served.url)
            assert everything(api, batch, template, folder) == before
            assert api.content(template) == content
            ended = [job["status"] for job in before[f"/2.0/docgen_batch_jobs/{batch}"]["entries"]]
            assert ended == ["completed", "completed_with_error", "completed_with_error"]


KILLS = """
import itertools, os, sys
from pathlib import Path

sys.path.insert(0, {tests!r})
from api import Api, batch_body
from docgen_nb import samples
from docgen_nb.service import Clock, LocalDocGen
from docgen_nb.service.rendering import Outcome
from docgen_nb.service.storage.job_queue import JobQueue
from docgen_nb.service.storage.store import Store

folder = Path(sys.argv[1])
with LocalDocGen(folder, workers=0) as local, local.session() as session:
    api = Api(session, "http://docgen.local")
    api.batch(batch_body(api.template(samples.template("Dear Ada,")), "0", [{{}}]))

def end_job(moment):
    store = Store(folder)
    queue = JobQueue(store, clock=Clock())
    with store.write() as db:  # the killed process was heard of long ago
        db.execute("UPDATE workers SET seen_at = 0")
    queue.reopen_lost()
    (job,) = queue.claim(1)
    statements = itertools.count()
    with store.use() as db:
        db.set_trace_callback(lambda _: os._exit(9) if next(statements) == moment else None)
    queue.finish(job, Outcome(b"Dear Ada,"))

for moment in itertools.count():
    child = os.fork()
    if child == 0:
        end_job(moment)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    store = Store(folder)
    jobs = "SELECT count(*) FROM jobs WHERE status LIKE 'completed%'"
    files = "SELECT count(*) FROM items WHERE name LIKE 'Document%'"
    ended = store.one(jobs)[0]
    print(status, ended, store.one(files)[0])
    store.close()
    if ended:
        break
"""


def test_a_job_whose_process_is_killed_at_any_statement_of_its_end_has_one_document(tmp_path):
    code = KILLS.format(tests=str(Path(__file__).parents[1]))
    process = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=120
    )

    assert (process.returncode, process.stderr) == (0, "")
    *killed, last = process.stdout.splitlines()
    assert len(killed) >= 5
    assert set(killed) == {"9 0 0"}  # killed, the job open, no document
    assert last.split()[1:] == ["1", "1"]
