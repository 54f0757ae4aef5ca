"""Tests that nothing is sent when the ledger cannot record it."""

import sqlite3
from contextlib import closing

import pytest
from submission.letters import expected, letters, rows_of, texts

from docgen_nb import wire
from docgen_nb.connection import connect
from docgen_nb.errors import LedgerError, OtherAccount
from docgen_nb.submission import submit_many


def full(ledger):
    with ledger.file.use() as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")


def read_only(ledger):
    with ledger.file.use() as db:
        db.execute("PRAGMA query_only = ON")


def locked(ledger):
    with ledger.file.use() as db:
        db.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(ledger.file.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return closing(other)


STATES = {"full": full, "read-only": read_only, "locked": locked}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("full", "cannot grow"),
        ("read-only", "is read-only for you"),
        ("locked", "has been locked by another process"),
    ],
)
def test_a_ledger_that_cannot_be_written_to_is_refused_before_anything_is_sent(
    local, box, ledger, state, message
):
    request, rows = letters(box), rows_of(2000)
    held = STATES[state](ledger)
    with pytest.raises(LedgerError, match=message):
        submit_many(box, request, rows, ledger=ledger, documents_a_minute=None)
    if held is not None:
        held.__exit__(None, None, None)
    assert not any(entry.path == wire.BATCHES for entry in local.log)


def test_a_ledger_of_another_account_is_refused_before_anything_is_sent(local, box, ledger):
    request = letters(box)
    user = {
        "BOX_CLIENT_ID": "a",
        "BOX_CLIENT_SECRET": "s",
        "BOX_SUBJECT_TYPE": "user",
        "BOX_SUBJECT_ID": "8",
    }
    with local.listen() as url, connect(url) as own, connect(url, environment=user) as other:
        ledger.sync(own)
        with pytest.raises(OtherAccount):
            submit_many(other, request, rows_of(2), ledger=ledger)
    assert not any(entry.path == wire.BATCHES for entry in local.log)


def test_a_ledger_that_fills_up_in_the_middle_loses_nothing(local, box, ledger):
    request, rows = letters(box), rows_of(40)

    def fill(submission):
        if submission.counts.get("sent") == 20:
            read_only(ledger)

    options = {"ledger": ledger, "chunk": 10, "documents_a_minute": None, "settle_seconds": 0}
    with pytest.raises(LedgerError):
        submit_many(box, request, rows, progress=fill, **options)
    with ledger.file.use() as db:
        db.execute("PRAGMA query_only = OFF")
    assert submit_many(box, request, rows, **options).is_complete
    local.finish()
    assert texts(box) == expected(rows)
