"""Tests of sending many rows: each once, whatever the service answers."""

import pytest
from submission.letters import expected, letters, rows_of, texts

from docgen_nb import wire
from docgen_nb.connection import connect
from docgen_nb.errors import (
    ApiError,
    BadRequest,
    BoxUnavailable,
    LedgerError,
    RowsRefused,
    Unauthorized,
)
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.submissions.sending_lock import sending_lock
from docgen_nb.service import Fault, FaultPlan, JobBehavior, LocalDocGen
from docgen_nb.service.clock import Clock
from docgen_nb.submission import Submission, submit_many

BATCHES = {"method": "POST", "path": wire.BATCHES}


class Time:
    """A clock that moves when somebody waits."""

    def __init__(self):
        self.now, self.waited = 1_772_452_800.0, []

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.waited.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def send(box, ledger, time):
    def call(request, rows, **options):
        options = {
            "documents_a_minute": None,
            "chunk": 10,
            "clock": time,
            "wait": time.wait,
            **options,
        }
        return submit_many(box, request, rows, ledger=ledger, **options)

    return call


def sent_batches(local):
    return [entry for entry in local.log if (entry.method, entry.path) == ("POST", wire.BATCHES)]


def test_each_row_is_sent_once_and_again_only_under_another_label(local, box, send):
    request, rows = letters(box), rows_of(25)

    submission = send(request, iter(rows))

    assert repr(submission) == "<Submission 1: 25 of 25 documents sent in 3 batches.>"
    assert submission.is_complete
    local.finish()
    assert texts(box) == expected(rows)
    assert repr(send(request, rows)) == repr(submission)
    assert len(sent_batches(local)) == 3
    assert send(request, rows, label="April").id == 2
    assert len(sent_batches(local)) == 6


@pytest.mark.parametrize(
    "kind", ["lost_reply", "error_reply", "unavailable", "server_error", "truncated"]
)
def test_a_batch_without_an_answer_is_looked_for_and_sent_only_if_it_is_not_there(
    local, box, send, time, kind
):
    request, rows = letters(box), rows_of(40)
    local.set_faults([Fault(kind, every=2, times=2, **BATCHES)])

    submission = send(request, rows)

    assert submission.status == "40 of 40 documents sent in 4 batches."
    local.finish()
    assert texts(box) == expected(rows)
    was_done = kind in ("lost_reply", "error_reply", "truncated")
    assert len(sent_batches(local)) == (4 if was_done else 6)
    assert (sum(time.waited) >= 60) is not was_done  # looked for until it surely was not there


def test_rate_limits_slow_the_sender_down_and_lose_nothing(local, box, send, time):
    request, rows = letters(box), rows_of(30)
    local.set_faults([Fault("rate_limited", every=2, times=2, seconds=7, **BATCHES)])

    submission = send(request, rows)

    assert submission.is_complete
    assert time.waited == [7.0, 7.0]
    assert list(submission.chunks()["attempts"]) == [1, 2, 2]
    local.finish()
    assert texts(box) == expected(rows)


def test_the_pace_is_kept_also_by_a_second_submission(box, send, time):
    request = letters(box)
    send(request, rows_of(30), documents_a_minute=20)
    assert time.waited == [30.0, 30.0]
    send(request, rows_of(10, start=30), documents_a_minute=20)
    assert time.waited == [30.0, 30.0, 30.0]


def test_nothing_is_advised_about_other_rows_if_there_are_none(local, box, send):
    with pytest.raises(RowsRefused, match=r"^1 of 1 rows have errors.*input data\.$"):
        send(letters(box), [{}])


def test_bad_rows_are_listed_before_anything_is_sent_or_skipped(local, box, send):
    request, rows = letters(box), rows_of(5)
    del rows[1]["name"]
    rows[3]["name"] = float("nan")
    rows.append("Reader")

    with pytest.raises(RowsRefused) as raised:
        send(request, rows)

    assert str(raised.value) == (
        "3 of 6 rows have errors; nothing was sent. Row 1, name: The tag 'name' was not provided "
        "in the input data. Row 3: The data cannot be sent: data.name is nan, which JSON cannot "
        "hold. Row 3, name: The tag 'name' needs a text or number, but its value is not a finite "
        "number. And 1 more. To send the other 3, pass bad_rows='skip'."
    )
    assert raised.value.problems[-1] == {
        "row": 5,
        "severity": "error",
        "path": "",
        "code": "not_object",
        "message": "A row is a dict with the data of one document, not str.",
    }
    assert sent_batches(local) == []

    submission = send(request, rows, bad_rows="skip")

    assert submission.status == "3 of 3 documents sent in 1 batch."
    local.finish()
    assert texts(box) == expected([rows[0], rows[2], rows[4]])


def test_rows_of_another_submission_are_not_sent_again(local, box, send):
    request, rows = letters(box), rows_of(20)
    send(request, rows[:15])

    with pytest.raises(RowsRefused, match="Row 0: This row is in submission 1 of the ledger"):
        send(request, rows)
    submission = send(request, rows, bad_rows="skip")
    again = send(request, rows, bad_rows="skip")

    assert (submission.id, again.id) == (2, 2)
    assert submission.status == "5 of 5 documents sent in 1 batch."
    local.finish()
    assert texts(box) == expected(rows)


def test_a_refused_request_stops_with_the_way_to_go_on(local, box, send):
    request, rows = letters(box), rows_of(20)
    box.unmark_template(request.template_id)
    request.tags = []

    with pytest.raises(BadRequest) as raised:
        send(request, rows)

    assert raised.value.__notes__ == [
        "0 of 20 documents sent in 0 batches, 10 planned, 10 refused. To go on, start it again "
        "with the same rows."
    ]
    box.mark_template(request.template_id)
    assert send(request, rows).is_complete


AFTER_TEN = [
    "10 of 30 documents sent in 1 batch, 20 planned. To go on, start it again with the same rows."
]


def test_a_token_that_ends_in_the_middle_loses_nothing(local, box, send):
    request, rows = letters(box), rows_of(30)
    local.set_faults([Fault("expired_token", every=2, times=1, **BATCHES)])

    with pytest.raises(Unauthorized) as raised:
        send(request, rows)

    assert raised.value.__notes__ == AFTER_TEN
    assert send(request, rows).is_complete
    local.finish()
    assert texts(box) == expected(rows)


def test_ctrl_c_is_a_pause(local, box, send, time):
    request, rows = letters(box), rows_of(30)

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as raised:
        send(request, rows, documents_a_minute=20, wait=interrupt)

    assert raised.value.__notes__ == AFTER_TEN
    assert send(request, rows).is_complete
    local.finish()
    assert texts(box) == expected(rows)


def test_a_service_that_fails_for_long_is_left_alone(local, box, send, time):
    request, rows = letters(box), rows_of(30)
    local.set_faults([Fault("unavailable", **BATCHES)])

    with pytest.raises(BoxUnavailable):
        send(request, rows, patience_seconds=100)
    local.set_faults([])

    assert len(sent_batches(local)) < 9  # with ever longer pauses
    assert send(request, rows).is_complete
    local.finish()
    assert texts(box) == expected(rows)


def test_a_sender_that_begins_in_the_same_moment_joins_the_submission(local, box, ledger, send):
    """The other one begins after this one has found no submission of these rows."""
    request, rows, others = letters(box), rows_of(25), []

    def begin(statement):
        if "submission_rows" in statement and not others:
            others.append(None)
            with Ledger(ledger.file.path) as other:
                others[0] = submit_many(box, request, rows, ledger=other, documents_a_minute=None)

    with ledger.file.use() as db:
        db.set_trace_callback(begin)
    assert send(request, rows).id == others[0].id
    local.finish()
    assert texts(box) == expected(rows)


def test_a_second_sender_of_the_same_rows_is_refused(box, ledger, send):
    request, rows = letters(box), rows_of(30)
    send(request, rows)
    with sending_lock(ledger.file.path, 1), pytest.raises(LedgerError, match="by another process"):
        send(request, rows)


class WithoutExternalIds:
    """The client of a service that does not return external ids."""

    def __init__(self, box):
        self._box = box

    def __getattr__(self, name):
        return getattr(self._box, name)

    def list_jobs(self, *, limit=None):
        return [{**job, "external_id": None} for job in self._box.list_jobs(limit=limit)]


@pytest.mark.parametrize("kind", ["lost_reply", "unavailable"])
def test_without_external_ids_a_batch_is_found_by_the_names_of_its_documents(
    local, box, ledger, time, kind
):
    request, rows = letters(box), rows_of(40)
    local.set_faults([Fault(kind, every=2, times=2, **BATCHES)])

    submission = submit_many(
        WithoutExternalIds(box),
        request,
        rows,
        ledger=ledger,
        chunk=10,
        documents_a_minute=None,
        clock=time,
        wait=lambda seconds: (time.wait(seconds), local.finish()),
    )

    assert submission.status == "40 of 40 documents sent in 4 batches."
    local.finish()
    assert texts(box) == expected(rows)
    notes = set(submission.chunks()["note"])
    assert notes == ({"", "found by the names of its documents"} if kind == "lost_reply" else {""})


class Late(Clock):
    """A clock that is two hours behind."""

    def now(self):
        return super().now() - 7200


def test_a_batch_is_found_although_the_clocks_differ(ledger):
    rows, time = rows_of(20), Time()
    time.now = Clock().now()
    with LocalDocGen(clock=Late()) as local, local.session() as session:
        box = WithoutExternalIds(connect(wire.LOCAL_URL, session=session))
        request = letters(box)
        local.set_faults([Fault("lost_reply", times=1, **BATCHES)])
        submission = submit_many(
            box,
            request,
            rows,
            ledger=ledger,
            chunk=10,
            documents_a_minute=None,
            clock=time,
            wait=lambda seconds: (time.wait(seconds), local.finish()),
        )
        assert submission.is_complete
        local.finish()
        assert texts(box) == expected(rows)


def test_what_cannot_be_told_apart_is_held_back_until_a_person_decides(local, box, ledger, time):
    request, rows = letters(box, file_name="Letter"), rows_of(20)
    local.set_faults([Fault("lost_reply", times=1, **BATCHES)])

    def send():
        return submit_many(
            WithoutExternalIds(box),
            request,
            rows,
            ledger=ledger,
            chunk=10,
            documents_a_minute=None,
            clock=time,
            wait=lambda seconds: (time.wait(seconds), local.finish()),
        )

    submission = send()

    assert submission.status == "10 of 20 documents sent in 1 batch, 10 held back."
    held = submission.chunks().query("state == 'held'").iloc[0]
    [batch] = {job["batch"]["id"] for job in box.list_jobs()} - {b.id for b in submission.batches}
    assert held["note"] == f"batch {batch} has the same template and as many documents"
    assert send().counts == {"held": 10, "sent": 10}
    with pytest.raises(ValueError, match="No chunk 99 of submission 1 is held back"):
        submission.settle(99, batch_id=None, now=time.now)
    submission.settle(int(held["chunk"]), batch_id=batch, now=time.now)
    assert send().is_complete
    assert texts(box) == expected(rows)


def test_a_request_that_is_too_large_is_cut(box, ledger, time):
    request, rows = letters(box), rows_of(20)

    class Small(WithoutExternalIds):
        def create_batch(self, body):
            if len(body["document_generation_data"]) > 6:
                raise ApiError(status=413, message="Too large")
            return self._box.create_batch(body)

    submission = submit_many(
        Small(box),
        request,
        rows,
        ledger=ledger,
        documents_a_minute=None,
        clock=time,
        wait=time.wait,
    )

    assert submission.is_complete
    assert list(submission.chunks()["first_row"]) == [0, 5, 10, 15]


class Altered(WithoutExternalIds):
    """The client of a service whose first answer to a batch is not as documented."""

    def __init__(self, box, alter):
        super().__init__(box)
        self._alter = alter
        self.list_jobs = box.list_jobs

    def create_batch(self, body):
        reply, alter = self._box.create_batch(body), self._alter
        self._alter = lambda unchanged: unchanged
        return alter(reply)


def timed_out(_):
    raise ApiError(status=408, message="Request Timeout")


@pytest.mark.parametrize(
    "alter",
    [lambda reply: {"type": reply["type"]}, lambda reply: reply | {"id": None}, timed_out],
    ids=["no id", "null", "408"],
)
def test_an_answer_that_names_no_batch_is_looked_into(local, box, ledger, time, alter):
    request, rows = letters(box), rows_of(20)
    submission = submit_many(
        Altered(box, alter),
        request,
        rows,
        ledger=ledger,
        chunk=10,
        documents_a_minute=None,
        clock=time,
        wait=time.wait,
    )
    assert submission.is_complete
    assert list(submission.chunks()["note"]) == ["found by its external ids", ""]
    local.finish()
    assert texts(box) == expected(rows)


def test_large_data_makes_small_requests(box, ledger, send):
    request = letters(box)
    rows = [{"name": f"{number} " + "x" * 90_000, "number": number} for number in range(60)]
    submission = send(request, rows, chunk=1000)
    assert list(submission.chunks()["documents"]) == [44, 16]


@pytest.mark.parametrize("client", [lambda box: box, WithoutExternalIds])
def test_rows_and_their_jobs_are_one_table(local, box, ledger, time, client):
    request, rows = letters(box), rows_of(12)
    local.set_faults(FaultPlan(jobs=[JobBehavior(failed=0.3, message="Broken.", seed=3)]))
    options = {"documents_a_minute": None, "clock": time, "wait": time.wait, "chunk": 5}
    submission = submit_many(client(box), request, rows, ledger=ledger, **options)
    local.finish()

    table = submission.frame()

    assert table["row"].tolist() == list(range(12))
    assert table["state"].tolist() == ["sent"] * 12
    failed = table["status"] == "failed"
    assert 0 < failed.sum() < 12
    assert table["messages"].tolist() == ["Broken." if one else "" for one in failed]
    for _, line in table[~failed].iterrows():
        name = box.get_file(line["output_file_id"])["name"]
        assert name == f"Letter {line['row']}.docx"
    assert table["batch_id"].tolist() == [b.id for b in submission.batches for _ in range(5)][:12]


def test_rows_whose_jobs_have_no_messages_are_one_table(local, box, ledger, send):
    submission = send(letters(box), rows_of(2))
    local.finish()
    assert submission.frame()["messages"].tolist() == ["", ""]


def test_rows_without_a_batch_have_no_job(local, box, ledger, send):
    request = letters(box)
    local.set_faults([Fault("expired_token", times=1, **BATCHES)])
    with pytest.raises(Unauthorized):
        send(request, rows_of(3))
    table = Submission(box, ledger, 1).frame()
    assert table["state"].tolist() == ["planned"] * 3
    assert table["job_id"].isna().all()


def test_a_submission_is_opened_again_by_its_number(box, ledger, send):
    send(letters(box), rows_of(3))
    assert Submission(box, ledger, 1).is_complete
    with pytest.raises(LedgerError, match="has no submission 2"):
        Submission(box, ledger, 2)
