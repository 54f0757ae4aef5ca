"""Tests of `Batch.retry`: what will differ is shown first, and only what failed is sent again."""

import pytest
from submission.letters import letters, rows_of

from docgen_nb.errors import Unauthorized
from docgen_nb.ledger import Ledger
from docgen_nb.request import BatchRequest
from docgen_nb.service import Fault, FaultPlan, JobBehavior, LocalDocGen
from docgen_nb.submission import Batch, submit, submit_many
from docgen_nb.submission.retry import Retry

SOME_FAIL = FaultPlan(jobs=[JobBehavior(failed=0.5, message="Broken.", seed=3)])


@pytest.fixture
def local():
    with LocalDocGen(workers=0) as service:
        yield service


@pytest.fixture
def request_(box):
    request = letters(box)
    request.common, request.rows = {"order": {"terms": "30 days"}}, rows_of(4)
    return request


@pytest.fixture
def failed(local, box, request_):
    """A batch of four of which some have failed."""
    local.set_faults(SOME_FAIL)
    batch = submit(box, request_).wait(poll_seconds=0)
    local.set_faults(FaultPlan())
    assert 0 < batch.counts["failed"] < 4
    return batch


def failed_places(batch):
    return [row for row, job in enumerate(batch.jobs) if job["status"] == "failed"]


def rename(row):
    row["name"] = row["name"].upper()


def test_what_will_differ_is_shown_before_anything_is_sent(local, failed):
    calls, places = len(local.log), failed_places(failed)
    retry = failed.retry(rename)
    assert len(local.log) == calls
    count = len(places)
    noun = "row" if count == 1 else "rows"
    lines = [f"  row {at}, name: 'Reader {at}' -> 'READER {at}'" for at in places]
    assert repr(retry).splitlines() == [
        f"<Retry: {count} {noun} of batch {failed.id} to send again: {count} edited>",
        *lines,
    ]
    assert retry.differences().to_dict("list") == {
        "row": places,
        "job_id": [failed.jobs[at]["id"] for at in places],
        "path": ["name"] * count,
        "before": [f"'Reader {at}'" for at in places],
        "after": [f"'READER {at}'" for at in places],
    }
    assert "<td>&#x27;READER " in retry._repr_html_()


def test_only_failed_rows_are_sent_again_and_once(box, failed):
    retry = failed.retry(rename)
    again = retry.send().wait(poll_seconds=0)
    assert again.counts == {"completed": len(failed_places(failed))}
    outputs = [box.get_file(job["output_file"]["id"])["name"] for job in again.jobs]
    assert outputs == [f"Letter {at}.docx" for at in failed_places(failed)]
    with pytest.raises(ValueError, match="These rows were sent again already, in <Batch"):
        retry.send()


def test_rows_can_be_chosen_and_the_first_request_stays_as_it_is(failed, request_):
    before = request_.as_dict()
    retry = failed.retry(lambda row: {"name": "Ada", "list": [{"a": 1}], "number": 7}, rows=[2])
    assert retry.differences()[["row", "path", "before", "after"]].values.tolist() == [
        [2, "name", "'Reader 2'", "'Ada'"],
        [2, "number", "2", "7"],
        [2, "file name", "'Letter 2'", "'Letter 7'"],
        [2, "list[0].a", "(absent)", "1"],
    ]
    assert request_.as_dict() == before
    unedited = failed.retry(rows=[0, 1])
    assert repr(unedited) == (
        f"<Retry: 2 rows of batch {failed.id} to send again: 0 edited, 2 as before>"
    )
    assert unedited.differences().empty


def test_a_retry_that_was_refused_can_be_sent(local, failed):
    retry = failed.retry()
    local.set_faults([Fault("expired_token", method="POST", times=1)])
    with pytest.raises(Unauthorized):
        retry.send()
    assert len(retry.send().wait(poll_seconds=0).jobs) == len(failed_places(failed))


def test_what_cannot_be_sent_again_is_an_error(box, failed, request_):
    with pytest.raises(ValueError, match="The data is not known: use Batch"):
        Batch(box, failed.id).retry()
    assert Batch(box, failed.id, request=request_).retry().places == failed_places(failed)
    with pytest.raises(ValueError, match=f"Batch {failed.id} has no job of a row 9"):
        failed.retry(rows=[9])
    with pytest.raises(ValueError, match="edit must return a dict or None, not str"):
        failed.retry(lambda row: "row")
    good = failed.retry().send().wait(poll_seconds=0)
    with pytest.raises(ValueError, match=f"No job of batch {good.id} failed"):
        good.retry()


def test_a_ledger_links_each_row_to_the_job_that_it_replaces(local, box, tmp_path):
    request, rows = letters(box), rows_of(4)
    request.rows = rows
    local.set_faults(SOME_FAIL)
    first = submit(box, request).wait(poll_seconds=0)
    local.set_faults(FaultPlan())
    retry = first.retry()
    with Ledger(tmp_path / "history.sqlite") as ledger:
        options = {"ledger": ledger, "documents_a_minute": None, "retry_of": retry.jobs}
        again = submit_many(box, retry.request, retry.rows, **options)
        again.batches[0].wait(poll_seconds=0)
        table = again.frame()
        assert table["retry_of"].tolist() == retry.jobs
        assert submit_many(box, retry.request, retry.rows, **options).id == again.id
        with pytest.raises(ValueError, match="retry_of has 1 jobs for"):
            submit_many(box, retry.request, rows, ledger=ledger, retry_of=["1"])


def test_an_edit_within_an_object_leaves_the_request_as_it_was_sent():
    request = BatchRequest("11", file_name="Letter", rows=[{"to": {"name": "Ada"}}])

    def rename_inner(row):
        row["to"]["name"] = "Bo"

    retry = Retry(request, {0: "7"}, rename_inner, batch_id="3", submit=lambda request: request)

    assert request.rows == [{"to": {"name": "Ada"}}]
    assert [tuple(one) for one in retry.differences()[["path", "before", "after"]].to_numpy()] == [
        ("to.name", "'Ada'", "'Bo'")
    ]
