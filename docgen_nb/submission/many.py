"""Sending rows of any number: checked, paced, never twice, and resumed after a crash."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.errors import DocGenError
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.account import check_owner
from docgen_nb.ledger.submissions.record import SubmissionRecord, sent_before
from docgen_nb.ledger.submissions.sending_lock import sending_lock
from docgen_nb.request import BatchRequest
from docgen_nb.request.batch_request import check_rows
from docgen_nb.submission.checked_rows import CheckedRows
from docgen_nb.submission.pace import Pace
from docgen_nb.submission.sender import Sender
from docgen_nb.submission.submission import Submission

STOP, SKIP = "stop", "skip"


def submit_many(
    box: DocGenClient,
    request: BatchRequest,
    rows: Iterable[Mapping[str, Any]],
    *,
    ledger: Ledger,
    chunk: int = 50,
    documents_a_minute: float | None = 50.0,
    bad_rows: str = STOP,
    label: str = "",
    keep_data: bool = False,
    retry_of: Sequence[str] = (),
    settle_seconds: float = 60.0,
    patience_seconds: float = 600.0,
    progress: Callable[[Submission], object] | None = None,
    clock: Callable[[], float] = time.time,
    wait: Callable[[float], object] = time.sleep,
) -> Submission:
    """Send a document for each row, in batches, each row once whatever happens.

    What is sent is written to the ledger before it leaves. After a crash, a lost connection or
    Ctrl-C, call this again with the same arguments: it looks what became of the requests without
    an answer, and sends only the rows that surely were not sent. When all were, it sends nothing.

    Parameters
    ----------
    box : Client
        As from `connect`.
    request : BatchRequest
        Template, folder, output type, file name and common data. Its own rows must be empty. A path
        that only the file name uses is not sent with the data. Without tags, they are read.
    rows : iterable of mappings
        The data of each document, read once as a stream. All are checked before the first is sent.
    ledger : Ledger
        Where the submission is recorded.
    chunk : int
        Documents in a batch, at most; fewer if their data has more than 4 MB.
    documents_a_minute : float or None
        The pace, of all submissions in this ledger: 50 by default, which Box advises. Slower after
        a 429. None for as fast as the service takes them.
    bad_rows : str
        ``stop`` to send nothing if a row has an error, ``skip`` to send the others. A row that
        another submission in the ledger has sent is an error, too.
    label : str
        Sends the same rows again if it differs, such as ``"April"``.
    keep_data : bool
        Whether the ledger keeps the data of the rows, and not only a hash of each.
    retry_of : sequence of str
        The id of the job that each row replaces, from `Batch.retry`; kept in the ledger. Without a
        label, these rows are sent again although they were sent before.
    settle_seconds : float
        How long a request without an answer is looked for before it counts as not carried out.
    patience_seconds : float
        How long to go on trying while the service fails.
    progress : callable, optional
        Called with the `Submission` after each change, such as ``print``.
    clock, wait : callable
        Return seconds since 1970, and wait for seconds.

    Returns
    -------
    Submission
        All rows sent, unless some are held back: its `status` says so.

    Raises
    ------
    RowsRefused
        If rows have errors and `bad_rows` is ``stop``, or the request has; nothing was sent.
    LedgerError
        If another process is sending the same rows, or the ledger cannot be written to or holds
        the jobs of another account; nothing was sent.
    ApiError, Unreachable, UnreadableReply
        If the service refuses a request, or fails for longer than `patience_seconds`. A note says
        how far the submission is.
    ValueError
        If an argument is not as described.

    Notes
    -----
    Each document has an external id, which Box returns with its job. Where a service does not
    return it, a batch without an answer is found by the names of its documents, so give them
    distinct names. A batch that may be the right one and cannot be told apart from others is
    *held*: it is not sent again, and `Submission.settle` takes your decision.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from docgen_nb import connect, samples
    >>> with (
    ...     TemporaryDirectory() as folder,
    ...     Ledger(f"{folder}/history.sqlite") as ledger,
    ...     connect("local") as box,
    ... ):
    ...     file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
    ...     template = box.mark_template(file["id"])["file"]["id"]
    ...     request = BatchRequest(template, file_name="Letter {number}")
    ...     rows = [{"name": f"Reader {n}", "number": n} for n in range(120)]
    ...     submit_many(box, request, rows, ledger=ledger, documents_a_minute=None)
    <Submission 1: 120 of 120 documents sent in 3 batches.>
    """
    _check_arguments(request, rows, chunk=chunk, bad_rows=bad_rows)
    pace = Pace(documents_a_minute)
    check_owner(ledger.file, box)
    if request.tags is None:
        request = replace(request, tags=list(box.list_tags(request.template_id)))
    label = label or _label_of(retry_of)
    with closing(CheckedRows(request, label=label, retry_of=retry_of)) as checked:
        checked.add(rows)
        if retry_of and len(retry_of) != len(checked):
            raise ValueError(f"retry_of has {len(retry_of)} jobs for {len(checked)} rows.")
        record = _recorded(
            ledger, checked, bad_rows=bad_rows, chunk=chunk, keep_data=keep_data, now=clock()
        )
        submission = Submission(box, ledger, record.id)
        with sending_lock(ledger.file.path, record.id):
            sender = Sender(
                box,
                record,
                checked,
                pace=pace,
                settle_seconds=settle_seconds,
                patience_seconds=patience_seconds,
                clock=clock,
                wait=wait,
                progress=lambda: progress(submission) if progress else None,
            )
            _run(sender, submission)
    return submission


def _label_of(retry_of: Sequence[str]) -> str:
    """Return a label that the rows of a retry do not share with those that it replaces."""
    if not retry_of:
        return ""
    digest = hashlib.sha256("\n".join(retry_of).encode()).hexdigest()
    return f"retry of {len(retry_of)} from job {retry_of[0]} ({digest[:8]})"


def _check_arguments(request: BatchRequest, rows: Any, *, chunk: int, bad_rows: str) -> None:
    check_rows(rows)
    if request.rows:
        raise ValueError("The request has rows of its own. Pass all rows as the third argument.")
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1 document, not {chunk}.")
    if bad_rows not in (STOP, SKIP):
        raise ValueError(f"bad_rows must be 'stop' or 'skip', not {bad_rows!r}.")


def _recorded(
    ledger: Ledger, rows: CheckedRows, *, bad_rows: str, chunk: int, keep_data: bool, now: float
) -> SubmissionRecord:
    """Return the submission of these rows: the one that was begun earlier, or a new one."""
    if bad_rows == STOP:
        rows.refuse_bad()
    rows.refuse_if_none()
    digest = rows.digest()
    record = SubmissionRecord.find(ledger.file, digest)
    if record is not None:
        return record
    before = list(sent_before(ledger.file, rows.hashes()))
    if before and (record := SubmissionRecord.find(ledger.file, digest)) is not None:
        return record  # another process has just begun it: its lock decides
    for row, submission_id in before:
        message = f"This row is in submission {submission_id} of the ledger"
        rows.exclude(row, code="sent_before", message=message)
    if bad_rows == STOP:
        rows.refuse_bad()
    records = rows.records(chunk=chunk, keep_data=keep_data)
    return SubmissionRecord.create(ledger.file, rows.destination, records, digest=digest, now=now)


def _run(sender: Sender, submission: Submission) -> None:
    try:
        sender.run()
    except (DocGenError, KeyboardInterrupt) as error:
        error.add_note(f"{submission.status} To go on, start it again with the same rows.")
        raise
