"""Tests of sending a batch, waiting for it and downloading its documents."""

import threading

import pytest
from pandas.testing import assert_frame_equal
from standin import Answer, scripted

from docgen_nb import samples
from docgen_nb.connection import connect
from docgen_nb.errors import (
    ApiError,
    BadRequest,
    BoxUnavailable,
    NotFinished,
    NotReady,
    NotWritten,
    Unreachable,
    UnreadableReply,
)
from docgen_nb.frames import add_output_times, load_jobs
from docgen_nb.request import BatchRequest
from docgen_nb.service import Fault, FaultPlan, JobBehavior, LocalDocGen
from docgen_nb.submission import Batch, FailedRow, submit

ADA, NOBODY, BO = {"name": "Ada"}, {}, {"name": "Bo"}


@pytest.fixture
def local():
    with LocalDocGen(workers=0) as service:  # renders one job per call
        yield service


@pytest.fixture
def request_of(box):
    file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
    box.mark_template(file["id"])
    folder = box.create_folder("Letters")["id"]
    return BatchRequest(
        file["id"], folder_id=folder, file_name="Letter {name}", rows=[ADA, NOBODY, BO]
    )


def test_waiting_reports_each_step_of_a_batch(box, request_of):
    seen = []
    batch = submit(box, request_of)
    assert repr(batch) == f"<Batch {batch.id}: not read yet; call wait() or refresh()>"
    assert (batch.count, batch.is_finished) == (3, False)

    same = batch.wait(poll_seconds=0, progress=lambda one: seen.append(one.status))

    assert same is batch
    assert seen == [
        "0 of 3 documents finished: 2 pending, 1 submitted.",
        "1 of 3 documents finished: 1 pending, 1 submitted, 1 completed.",
        "2 of 3 documents finished: 1 submitted, 1 completed, 1 completed with errors.",
        "3 of 3 documents finished: 2 completed, 1 completed with errors.",
    ]
    assert batch.counts == {"completed": 2, "completed_with_error": 1}
    assert repr(batch) == f"<Batch {batch.id}: {seen[-1]}>"


class Reversed:
    """A client whose lists of a batch begin with the last job."""

    def __init__(self, box):
        self._box = box

    def __getattr__(self, name):
        return getattr(self._box, name)

    def list_batch_jobs(self, batch_id, *, limit):
        return list(self._box.list_batch_jobs(batch_id, limit=limit))[::-1]


def test_the_table_has_the_jobs_in_row_order_with_creation_times(box, request_of):
    request_of.rows = [NOBODY, ADA, BO]
    batch = submit(Reversed(box), request_of).wait(poll_seconds=0)
    table = batch.frame()
    assert table["row"].tolist() == [0, 1, 2]
    assert str(table["row"].dtype) == "int64"
    assert table["status"].tolist() == ["completed_with_error", "completed", "completed"]
    assert table["created_at"].notna().all()
    names = [box.get_file(id)["name"] for id in table["output_file_id"]]
    assert names == ["Letter {name}.docx", "Letter Ada.docx", "Letter Bo.docx"]


def test_failed_rows_have_their_data_and_messages(box, request_of):
    batch = submit(box, request_of).wait(poll_seconds=0)
    [failed_row] = batch.failed_rows()
    assert failed_row == FailedRow(
        row=1,
        job_id=batch.jobs[1]["id"],
        status="completed_with_error",
        user_input=NOBODY,
        errors=["The tag 'name' was not provided in the input data."],
        warnings=[],
    )
    failed_row.user_input["name"] = "Cleo"
    request_of.rows = [failed_row.user_input]
    again = submit(box, request_of).wait(poll_seconds=0)
    assert again.counts == {"completed": 1}


def test_a_batch_of_another_session_is_followed_by_its_id(box, request_of):
    sent = submit(box, request_of)
    reopened = Batch(box, sent.id).wait(poll_seconds=0)
    assert reopened.counts == {"completed": 2, "completed_with_error": 1}
    assert [one.user_input for one in reopened.failed_rows()] == [None]


def test_a_timeout_raises_an_error_that_says_how_to_continue(box, request_of):
    batch = submit(box, request_of)
    with pytest.raises(NotFinished) as raised:
        batch.wait(timeout=0, poll_seconds=1)
    assert str(raised.value) == (
        f"Batch {batch.id} did not finish within 0 s: 0 of 3 documents finished: 2 pending, "
        "1 submitted. It continues: call wait() again, or use Batch(box, batch_id) in another "
        "session."
    )
    assert (raised.value.batch_id, raised.value.status) == (batch.id, batch.status)
    assert batch.wait(poll_seconds=0).is_finished


def test_waiting_stops_when_the_event_is_set_and_can_continue(box, request_of):
    stop = threading.Event()
    batch = submit(box, request_of)

    batch.wait(poll_seconds=60, progress=lambda _: stop.set(), stop=stop)

    assert batch.is_finished is False
    assert batch.wait(poll_seconds=0).is_finished is True


def test_an_interrupted_wait_can_continue(box, request_of):
    def interrupt(_):
        raise KeyboardInterrupt

    batch = submit(box, request_of)
    with pytest.raises(KeyboardInterrupt):
        batch.wait(poll_seconds=0, progress=interrupt)
    assert len(batch.jobs) == 3
    assert batch.wait(poll_seconds=0).is_finished


def test_documents_are_saved_under_their_names_and_not_overwritten(box, request_of, tmp_path):
    request_of.rows = [ADA, BO]
    batch = submit(box, request_of).wait(poll_seconds=0)
    folder = tmp_path / "new" / "letters"

    paths = batch.download(folder)

    assert [path.name for path in paths] == ["Letter Ada.docx", "Letter Bo.docx"]
    saved = sorted(one.name for one in folder.iterdir())
    assert saved == [*(path.name for path in paths), "manifest.csv"]
    assert all(path.read_bytes().startswith(b"PK") for path in paths)
    assert batch.download(folder) == paths
    paths[0].write_bytes(b"mine")
    other = f"Letter Ada (job {batch.jobs[0]['id']}).docx"
    assert batch.download(folder) == [folder / other, paths[1]]
    assert paths[0].read_bytes() == b"mine"
    assert batch.download(folder, overwrite=True) == paths
    assert paths[0].read_bytes().startswith(b"PK")


@pytest.mark.parametrize("name", ["../../out.docx", "..\\out.docx", "C:\\x\\out.docx", "/out.docx"])
def test_a_document_is_never_saved_outside_the_folder(name, box, request_of, tmp_path):
    class Renaming:
        def __getattr__(self, attribute):
            return getattr(box, attribute)

        def get_file(self, file_id, *, fields):
            return {"name": name}

    request_of.rows = [ADA]
    batch = Batch(Renaming(), submit(box, request_of).id).wait(poll_seconds=0)
    assert batch.download(tmp_path) == [tmp_path / "out.docx"]


def test_a_folder_that_is_a_file_is_an_error(box, request_of, tmp_path):
    request_of.rows = [ADA]
    batch = submit(box, request_of).wait(poll_seconds=0)
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(NotWritten) as raised:
        batch.download(tmp_path / "taken")
    assert str(raised.value) == f"Cannot write to {tmp_path / 'taken'}: File exists."


def test_a_failed_job_has_a_message_and_no_document(box, local, request_of, tmp_path):
    local.set_faults(FaultPlan(jobs=[JobBehavior(failed=1.0, message="The disk is full.")]))
    batch = submit(box, request_of).wait(poll_seconds=0)
    assert batch.counts == {"failed": 3}
    assert batch.download(tmp_path) == []
    assert [one.errors for one in batch.failed_rows()] == [["The disk is full."]] * 3


def test_a_refused_request_creates_nothing(box, request_of):
    request_of.rows = []
    with pytest.raises(BadRequest):
        submit(box, request_of)
    assert list(box.list_jobs()) == []


def test_after_a_lost_reply_the_error_says_that_the_batch_may_exist(local, request_of):
    with local.listen() as url, connect(url) as box:
        local.set_faults([Fault("lost_reply", path="/2.0/docgen_batches", times=1)])
        with pytest.raises(Unreachable) as raised:
            submit(box, request_of)
        assert raised.value.__notes__ == [
            "The batch may exist: check the list of jobs before sending it again."
        ]
        assert len(list(box.list_jobs())) == 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(200, b"<html>proxy</html>"), UnreadableReply),
        (Answer(202, b""), NotReady),
        (Answer(202, {"type": "docgen_batch", "id": "7"}, missing=9), Unreachable),
        (Answer(503), BoxUnavailable),
        (Answer(silent=True), Unreachable),
    ],
    ids=["no JSON", "empty", "cut off", "503", "no reply"],
)
def test_after_an_unreadable_reply_the_error_says_that_the_batch_may_exist(answer, kind):
    with scripted(answer) as (url, received), connect(url) as box:
        with pytest.raises(kind) as raised:
            submit(box, BatchRequest("11", rows=[ADA]))
        assert [one.method for one in received] == ["POST"]
    assert raised.value.__notes__ == [
        "The batch may exist: check the list of jobs before sending it again."
    ]


class Lists:
    """A client whose lists of a batch come from a script; the last one stays."""

    url = "https://box.example"

    def __init__(self, *pages):
        self.pages = list(pages)

    def list_batch_jobs(self, batch_id, *, limit):
        statuses = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        return [{"id": id, "status": status} for id, status in statuses.items()]

    def create_batch(self, body):
        raise KeyboardInterrupt


def test_after_an_interrupted_request_the_error_says_that_the_batch_may_exist():
    with pytest.raises(KeyboardInterrupt) as raised:
        submit(Lists(), BatchRequest("11", rows=[ADA]))

    assert raised.value.__notes__ == [
        "The batch may exist: check the list of jobs before sending it again."
    ]


def test_jobs_are_in_the_order_of_their_ids_as_numbers():
    batch = Batch(Lists(dict.fromkeys(["10", "9", "100"], "completed")), "7").refresh()

    assert [job["id"] for job in batch.jobs] == ["9", "10", "100"]


def test_a_batch_is_not_finished_while_its_list_is_shorter_than_what_was_sent():
    done = dict.fromkeys(["1", "2"], "completed")
    request = BatchRequest("11", rows=[ADA, BO])

    batch = Batch(Lists({"1": "completed"}, done), "7", request=request).refresh()

    assert (batch.count, batch.is_finished) == (2, False)
    assert batch.refresh().is_finished is True


def test_waiting_gives_up_at_once_if_the_next_reading_would_come_too_late():
    stop = Pauses()

    with pytest.raises(NotFinished):
        Batch(Lists({"1": "pending"}), "7").wait(timeout=30, poll_seconds=60, stop=stop)

    assert stop.seconds == []


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (408, "The batch may exist: check the list of jobs before sending it again."),
        (413, "No batch was made. Send fewer documents at a time: submit_many does."),
    ],
)
def test_a_refusal_for_time_or_size_says_what_to_do(status, note):
    with (
        scripted(Answer(status, {"message": "No"})) as (url, _),
        connect(url) as box,
        pytest.raises(ApiError) as raised,
    ):
        submit(box, BatchRequest("11", rows=[ADA]))
    assert raised.value.__notes__ == [note]


class Pauses:
    """An event that is set at its fifth waiting; keeps how long it was waited for."""

    def __init__(self):
        self.seconds = []

    def wait(self, seconds):
        self.seconds.append(seconds)
        return len(self.seconds) == 5


def test_a_large_batch_is_read_with_at_most_about_60_calls_a_minute():
    class Box:
        def list_batch_jobs(self, batch_id, *, limit):
            return [{"id": str(number), "status": "pending"} for number in range(5000)]

    pauses = Pauses()
    Batch(Box(), "7").wait(poll_seconds=0.5, stop=pauses)
    assert pauses.seconds == [4.0] * 5


def test_the_html_of_a_batch_is_a_table(box, request_of):
    batch = submit(box, request_of).wait(poll_seconds=0)
    html = batch._repr_html_()
    assert html.startswith(f"<p>Batch {batch.id}: 3 of 3 documents finished")
    assert html.count("<tr>") == 4
    assert "The tag &#x27;name&#x27; was not provided in the input data." in html


def test_load_jobs_takes_a_batch_its_entry_or_its_id(box, request_of):
    batch = submit(box, request_of).wait(poll_seconds=0)

    by_id = load_jobs(box, batch=batch.id)

    assert by_id["status"].tolist() == ["completed", "completed_with_error", "completed"]
    for chosen in (batch, {"type": "docgen_batch", "id": batch.id}):
        jobs = load_jobs(box, batch=chosen)
        assert_frame_equal(jobs.drop(columns="read_at"), by_id.drop(columns="read_at"))


def test_load_jobs_adds_the_output_times_in_the_same_call(box, request_of):
    batch = submit(box, request_of).wait(poll_seconds=0)

    jobs = load_jobs(box, batch=batch, output_times=True)

    assert jobs["finished_source"].tolist() == ["output_file"] * 3
    expected = add_output_times(load_jobs(box, batch=batch), box)
    assert_frame_equal(jobs.drop(columns="read_at"), expected.drop(columns="read_at"))


def test_jobs_belong_to_the_rows_with_their_external_ids():
    rows = [{"id": "A-1"}, {"id": "A-2"}, {"id": "A-3"}]
    listed = [
        {"id": "7", "status": "failed", "external_id": "A-3"},
        {"id": "8", "status": "failed", "external_id": "A-1"},
    ]

    class Box:
        def list_batch_jobs(self, batch_id, *, limit):
            return listed

    request = BatchRequest("11", external_id="{id}", rows=rows)
    sent = [one["external_id"] for one in request.body()["document_generation_data"]]
    batch = Batch(Box(), "1", request=request).refresh()

    assert sent == ["A-1", "A-2", "A-3"]
    assert [job["id"] for job in batch.jobs] == ["8", "7"]
    assert [(one.row, one.user_input) for one in batch.failed_rows()] == [
        (0, rows[0]),
        (2, rows[2]),
    ]
