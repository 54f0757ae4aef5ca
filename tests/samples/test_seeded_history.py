"""Seeded history: the number of jobs, what is hidden in it, documents rendered on demand."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO

import docx
import pytest
from api import Api

from docgen_nb import samples
from docgen_nb.service import LocalDocGen, ManualClock
from docgen_nb.service.storage.job_ids import next_job_id

END = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled():
    with LocalDocGen(clock=ManualClock(END)) as local, local.session() as session:
        past = samples.history(local, jobs=20_000, days=30, seed=1)
        api = Api(session, "http://docgen.local")
        jobs, marker = [], "0"
        while marker:
            query = {"limit": 1000, "marker": marker}
            page = api("GET", "/2.0/docgen_jobs", params=query).json()
            jobs, marker = jobs + page["entries"], page["next_marker"]
        yield local, api, past, jobs


def test_the_history_has_the_given_number_of_jobs_in_the_given_time(filled):
    _, _, past, jobs = filled
    times = [datetime.fromisoformat(job["created_at"]) for job in jobs]
    assert len({job["id"] for job in jobs}) == len(jobs) == past.jobs == 20_000
    assert times == sorted(times)
    assert (past.since, past.until) == (END - timedelta(days=30), END)
    assert past.since <= times[0]
    assert times[-1] <= past.until
    office = sum(7 <= time.hour < 18 and time.weekday() < 5 for time in times)
    assert office > 0.75 * len(times)


def test_the_incident_the_bad_version_and_the_slow_template_show(filled):
    _, _, past, jobs = filled

    def share(chosen):
        counts = Counter(job["status"] for job in chosen)
        return counts["failed"] / counts.total()

    def when(job):
        return datetime.fromisoformat(job["created_at"])

    incident = [job for job in jobs if past.incident[0] <= when(job) < past.incident[1]]
    rest = [job for job in jobs if not past.incident[0] <= when(job) < past.incident[1]]
    bad = [j for j in rest if j["template_file_version"]["id"] == past.bad_version_id]
    good = [j for j in rest if j["template_file_version"]["id"] != past.bad_version_id]
    assert share(incident) > 0.15 > share(rest)
    assert share(bad) > 0.04 > 0.02 > share(good)
    assert all(when(job) >= past.bad_since for job in bad)
    assert any(job["template_file"]["id"] == past.slow_template_id for job in jobs)


@pytest.mark.parametrize("status", ["completed", "completed_with_error"])
def test_a_document_is_rendered_when_its_content_is_read(filled, status):
    local, api, _, jobs = filled
    job = next(j for j in reversed(jobs) if j["status"] == status and j["output_type"] == "docx")
    unmade = "SELECT count(*) AS n FROM versions WHERE sha256 = ''"
    before = local.store.first(unmade)["n"]
    first, second = (api.content(job["output_file"]["id"]) for _ in range(2))
    assert first == second
    assert local.store.first(unmade)["n"] == before - 1
    text = " ".join(p.text for p in docx.Document(BytesIO(first)).paragraphs)
    if status == "completed_with_error":
        assert "{{order.requester}}" in text
        assert len(job["failures"]["errors"]) == 2
    assert api("GET", f"/2.0/files/{job['output_file']['id']}").json()["size"] == len(first)


def test_the_same_seed_gives_the_same_history():
    def run(seed):
        with LocalDocGen(clock=ManualClock(END)) as local, local.session() as session:
            samples.history(local, jobs=300, days=5, seed=seed)
            jobs = Api(session, "http://docgen.local").entries("/2.0/docgen_jobs", limit=1000)
            return [(job["created_at"], job["status"], job["output_type"]) for job in jobs]

    assert run(1) == run(1) != run(2)


def test_new_jobs_follow_the_history(filled):
    local, api, _, jobs = filled
    template = api.template(samples.template("{{name}}"), name="new.docx")
    body = {
        "file": {"type": "file", "id": template},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "0"},
        "output_type": "docx",
        "document_generation_data": [{"generated_file_name": "a", "user_input": {"name": "b"}}],
    }
    api.batch(body)
    local.finish()
    newest = api.entries(f"/2.0/docgen_template_jobs/{template}")[0]
    assert int(newest["id"]) == next_job_id(int(jobs[-1]["id"]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"jobs": 0}, "jobs and days must be at least 1, not 0 and 30."),
        ({"days": 0}, "jobs and days must be at least 1, not 20000 and 0."),
        ({"until": datetime(2026, 4, 1)}, "until must have a time zone, such as datetime.UTC"),
    ],
)
def test_invalid_arguments_are_rejected(local, wrong, message):
    with pytest.raises(ValueError) as refused:
        samples.history(local, **wrong)
    assert str(refused.value) == message
