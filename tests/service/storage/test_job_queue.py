"""A claim on a job lasts while its process is heard of, and only its holder ends the job."""

import time

import pytest
from api import Api, batch_body

from docgen_nb import samples
from docgen_nb.service import LocalDocGen
from docgen_nb.service.rendering import Outcome
from docgen_nb.service.storage.job_queue import JobQueue


@pytest.fixture
def service():
    """A service with an open job, which nobody runs."""
    with LocalDocGen(workers=0) as service, service.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template("Dear {{name}},"))
        api.batch(batch_body(template, "0", [{"name": "Ada"}]))
        yield service


@pytest.fixture
def queues(service):
    """The queue as two processes see it."""
    return [JobQueue(service.store, clock=service.clock) for _ in range(2)]


def job_of(service):
    return tuple(service.store.one("SELECT status, output_file_id FROM jobs"))


def test_a_process_that_has_lost_its_claim_does_not_end_the_job(service, queues):
    slow, other = queues
    (late,) = slow.claim(1)
    with service.store.write() as db:  # it was heard of long ago
        db.execute("UPDATE workers SET seen_at = 0")
    other.reopen_lost()
    (job,) = other.claim(1)

    slow.finish(late, Outcome(b"too late"))
    assert job_of(service) == ("submitted", None)
    other.finish(job, Outcome(b"in time"))
    slow.finish(late, Outcome(None, errors=("Too late.",)))

    status, file_id = job_of(service)
    sha256 = service.store.one("SELECT sha256 FROM versions WHERE file_id = ?", (file_id,))[0]
    assert status == "completed"
    assert service.store.contents.path(sha256).read_bytes() == b"in time"


def test_a_process_that_is_heard_of_again_and_again_keeps_its_claim(queues, monkeypatch):
    slow, other = queues
    slow.claim(1)
    start, monotonic = time.time(), time.monotonic()

    for seconds in range(30):
        monkeypatch.setattr(time, "time", lambda at=start + seconds: at)
        monkeypatch.setattr(time, "monotonic", lambda at=monotonic + seconds: at)
        slow.send_heartbeat()
        other.reopen_lost()
        assert other.claim(1) == []


def add_jobs(service, count):
    with service.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template("Dear {{name}},"), name="Next.docx")
        api.batch(batch_body(template, "0", [{"name": "Bo"}] * count))


def test_the_oldest_jobs_are_claimed_first(service, queues):
    add_jobs(service, 2)
    pending = service.store.all("SELECT id FROM jobs WHERE status = 'pending' ORDER BY id")

    assert [job.id for job in queues[0].claim(1)] == [pending[0]["id"]]
    assert len(pending) > 1


def test_jobs_that_their_process_no_longer_knows_are_open_again(service, queues):
    add_jobs(service, 2)
    kept, *lost = queues[0].claim(3)

    queues[0].reopen_except([kept.id])

    assert [job.id for job in queues[0].claim(3)] == [job.id for job in lost]


def test_a_heartbeat_of_the_future_keeps_no_claim(service, queues):
    slow, other = queues
    slow.claim(1)
    with service.store.write() as db:  # before the clock was set back
        db.execute("UPDATE workers SET seen_at = seen_at + 3600")

    other.reopen_lost()

    assert len(other.claim(1)) == 1
