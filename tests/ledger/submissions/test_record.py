"""Tests of the record of a submission: its states, its tables, and the lock of its sender."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from docgen_nb.errors import LedgerError
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.submissions.record import (
    HELD,
    PLANNED,
    REFUSED,
    SENDING,
    SENT,
    UNSURE,
    Destination,
    RowRecord,
    SubmissionRecord,
    known_batches,
    sent_before,
)
from docgen_nb.ledger.submissions.sending_lock import sending_lock

LETTERS = Destination("11", None, "0", "docx", "Letter {name}", "")


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "history.sqlite") as opened:
        yield opened


def recorded(ledger, *, digest="d", rows=5, per_chunk=2):
    content = [RowRecord(row, bytes([row]), row // per_chunk) for row in range(rows)]
    return SubmissionRecord.create(ledger.file, LETTERS, content, digest=digest, now=100.0)


def test_a_submission_is_recorded_with_its_rows_in_chunks(ledger):
    record = recorded(ledger)

    assert [(chunk.documents, chunk.state) for chunk in record.chunks()] == [
        (2, PLANNED),
        (2, PLANNED),
        (1, PLANNED),
    ]
    assert [record.rows_of(chunk) for chunk in record.chunks()] == [[0, 1], [2, 3], [4]]
    assert record.destination() == LETTERS
    assert SubmissionRecord.find(ledger.file, "d").id == record.id
    assert SubmissionRecord.find(ledger.file, "other") is None


def test_the_same_submission_is_recorded_once(ledger):
    assert recorded(ledger).id == recorded(ledger).id
    assert ledger.file.all("SELECT count(*), sum(documents) FROM submissions") == [(1, 5)]


def test_the_states_of_a_chunk_are_kept_with_their_times_and_reasons(ledger):
    record = recorded(ledger)
    first = record.next_planned()
    record.begin(first, now=200.0)
    record.move([first], UNSURE, now=201.0, note="no reply")
    record.move([first], SENT, now=230.0, batch_id="b-1", note="found by its external ids")

    assert record.counts() == {PLANNED: 3, SENT: 2}
    [sent] = record.chunks(SENT)
    assert (sent.batch_id, sent.begun_at, sent.ended_at, sent.attempts) == ("b-1", 200.0, 230.0, 1)
    assert record.events() == [
        (first.id, 200.0, SENDING, None, ""),
        (first.id, 201.0, UNSURE, None, "no reply"),
        (first.id, 230.0, SENT, "b-1", "found by its external ids"),
    ]
    assert known_batches(ledger.file) == {"b-1"}
    assert record.next_planned().id == first.id + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], SENT),
        ([], UNSURE),
        ([SENDING], SENDING),
        ([SENDING], HELD),
        ([SENDING, SENT], PLANNED),
        ([SENDING, SENT], SENDING),
        ([SENDING, UNSURE], SENDING),
        ([SENDING, UNSURE, HELD], SENDING),
        ([SENDING, REFUSED], SENT),
    ],
)
def test_no_state_leads_to_a_second_request_but_planned(ledger, before, after):
    record = recorded(ledger)
    chunk = record.next_planned()
    for state in before:
        record.move([chunk], state, now=1.0)

    with pytest.raises(LedgerError, match=f"so it cannot become {after}: another process"):
        record.move([chunk], after, now=2.0)

    assert len(record.events()) == len(before)


def test_a_chunk_is_cut_in_two_halves_without_losing_a_row(ledger):
    record = recorded(ledger, rows=5, per_chunk=5)
    chunk = record.next_planned()
    record.begin(chunk, now=1.0)
    record.cut(chunk, now=2.0, note="413")

    halves = record.chunks(PLANNED)
    assert [record.rows_of(half) for half in halves] == [[0, 1], [2, 3, 4]]
    assert [half.documents for half in halves] == [2, 3]


def test_rows_that_another_submission_has_are_named(ledger):
    record = recorded(ledger, rows=3)
    hashes = [(7, bytes([2])), (8, bytes([9]))]
    assert list(sent_before(ledger.file, hashes)) == [(7, record.id)]


def test_the_pace_holds_for_all_submissions_of_a_ledger(ledger):
    one, two = recorded(ledger), recorded(ledger, digest="e")
    assert one.paced_until(documents_a_minute=60) == 0.0
    one.begin(one.next_planned(), now=1000.0)
    assert two.paced_until(documents_a_minute=60) == 1002.0


def test_other_programs_read_a_view(ledger):
    record = recorded(ledger)
    record.begin(record.next_planned(), now=200.0)
    [row] = ledger.file.all("SELECT created_at, documents, planned, sending FROM submissions")
    assert row == ("1970-01-01 00:01:40", 5, 3, 2)


def test_a_submission_that_is_being_sent_is_refused_in_another_thread(ledger):
    refused = []

    def take():
        try:
            with sending_lock(ledger.file.path, 1):
                pass
        except LedgerError as error:
            refused.append(str(error))

    with sending_lock(ledger.file.path, 1), sending_lock(ledger.file.path, 2):
        other = threading.Thread(target=take)
        other.start()
        other.join()
    take()

    assert refused == [
        f"Submission 1 of {ledger.file.path} is being sent by another process. Wait until it "
        "ends, or end it; then start again."
    ]


HOLDER = """
import sys, time
from pathlib import Path
from docgen_nb.ledger.submissions.sending_lock import sending_lock
with sending_lock(Path(sys.argv[1]), 1):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_holds_no_lock_and_a_suspended_one_does(ledger):
    path = ledger.file.path
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "held\n"
        os.kill(process.pid, signal.SIGSTOP)
        with (
            pytest.raises(LedgerError, match="is being sent by another process"),
            sending_lock(path, 1),
        ):
            pass
        process.kill()
        process.wait()
        with sending_lock(path, 1):
            pass
