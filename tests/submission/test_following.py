"""Tests of `as_completed`: each job once, as it finishes, with one call per reading."""

import pytest
from submission.letters import letters, rows_of

import docgen_nb as dg
from docgen_nb import wire
from docgen_nb.errors import NotFinished
from docgen_nb.service import FaultPlan, JobBehavior, LocalDocGen
from docgen_nb.submission import Batch, submit
from docgen_nb.submission.following import each_reading


@pytest.fixture
def local():
    """A service that runs one open job at each request."""
    with LocalDocGen(workers=0) as service:
        yield service


def request_of(box, count):
    request = letters(box)
    request.rows = rows_of(count)
    return request


def test_jobs_come_as_they_finish_with_one_call_each_time(local, box):
    batch = submit(box, request_of(box, 4))
    before, seen = len(local.log), []
    for job in dg.as_completed(batch, poll_seconds=0):
        seen.append((job["id"], job["status"], len(local.log) - before))
    ids = [job["id"] for job in batch.jobs]
    first = seen[0][2]  # the service runs a job at each call
    assert seen == [(id, "completed", calls) for calls, id in enumerate(ids, start=first)]
    assert len(local.log) - before == first + 3


def test_jobs_that_fail_come_too_and_another_kernel_follows_by_id(local, box):
    local.set_faults(FaultPlan(jobs=[JobBehavior(failed=0.5, seed=3)]))
    batch = submit(box, request_of(box, 6)).wait(poll_seconds=0)
    with local.session() as session, dg.connect(wire.LOCAL_URL, session=session) as other:
        jobs = list(dg.as_completed(Batch(other, batch.id), poll_seconds=60))
    assert jobs == batch.jobs
    assert {job["status"] for job in jobs} == {"completed", "failed"}


def test_following_gives_up_after_the_timeout_and_can_go_on(local, box):
    batch = submit(box, request_of(box, 3))
    with pytest.raises(NotFinished, match=f"Batch {batch.id} did not finish within 0 s"):
        list(dg.as_completed(batch, timeout=0, poll_seconds=1))
    assert len(list(dg.as_completed(batch, poll_seconds=0))) == 3


class Short:
    """A batch of two documents, of which the list has one for long, and at last both."""

    id, count, status = "7", 2, "1 of 2 documents"

    def __init__(self, *statuses):
        self._readings, self.jobs = iter(statuses), []

    def refresh(self):
        self.jobs = [{"status": status} for status in next(self._readings)]

    @property
    def is_finished(self):
        return len(self.jobs) == self.count


def test_a_list_that_is_too_short_is_followed_while_a_job_of_it_is_open():
    options = {"timeout": None, "poll_seconds": 0, "short_list_seconds": -1.0}
    done = ["completed"]

    assert len(list(each_reading(Short(["pending"], ["pending"], done * 2), **options))) == 3
    with pytest.raises(NotFinished, match="1 of its 2 jobs"):
        list(each_reading(Short(done, done, done * 2), **options))
