"""One batch: sent, waited for, downloaded, and what failed in it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import (
    ApiError,
    BoxUnavailable,
    NotReady,
    Unreachable,
    UnreadableReply,
)
from docgen_nb.frames import load_jobs
from docgen_nb.request import BatchRequest
from docgen_nb.request.batch_request import merged
from docgen_nb.submission.download_folder import Output, save_documents
from docgen_nb.submission.following import each_reading
from docgen_nb.submission.job_entries import is_job, messages, row_html
from docgen_nb.submission.retry import Edit, Retry

Counts = Mapping[str, int]
MOST_SHOWN = 20
LOST = (BoxUnavailable, NotReady, Unreachable, UnreadableReply)  # after these the batch may exist
TIMED_OUT, TOO_LARGE = 408, 413  # statuses
CUT = "No batch was made. Send fewer documents at a time: submit_many does."
UNSURE = "The batch may exist: check the list of jobs before sending it again."


@dataclass(frozen=True)
class FailedRow:
    """One document of a batch that failed or is incomplete, with its data.

    ``row`` is its position in the rows of the request, ``user_input`` its data (None if this
    object did not send the batch), ``errors`` and ``warnings`` are the messages of its job.
    """

    row: int
    job_id: str
    status: str
    user_input: dict[str, Any] | None
    errors: list[str]
    warnings: list[str]


def submit(box: DocGenClient, request: BatchRequest) -> "Batch":
    """Send a request and return its batch.

    The request is sent exactly once. Call `BatchRequest.problems` first to see what Box would
    refuse or find missing.

    Parameters
    ----------
    box : Client
        As from `connect`.
    request : BatchRequest
        The request to send.

    Returns
    -------
    Batch
        Its jobs are not read yet; call `Batch.wait` or `Batch.refresh`.

    Raises
    ------
    BadRequest, NotFound, Unauthorized, Forbidden, RateLimited
        If Box refuses the request; no batch exists.
    Unreachable, BoxUnavailable, UnreadableReply, NotReady
        If there was no reply, or one that cannot be read. The batch may exist, and the error has
        a note that says so, also if sending was interrupted.
    ValueError
        For a number that JSON cannot hold.

    Examples
    --------
    >>> from docgen_nb import samples
    >>> from docgen_nb.connection import connect
    >>> with connect("local") as box:
    ...     file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
    ...     template = box.mark_template(file["id"])["file"]["id"]
    ...     request = BatchRequest(template, rows=[{"name": "Ada"}, {"name": "Bo"}])
    ...     batch = submit(box, request).wait(poll_seconds=0.05)
    ...     len(batch.jobs), batch.status
    (2, '2 of 2 documents finished: 2 completed.')
    """
    try:
        reply = box.create_batch(request.body())
        if not reply.get("id"):
            raise UnreadableReply(f"{box.url} accepted the batch without naming its id.")
    except (*LOST, KeyboardInterrupt) as error:
        if getattr(error, "may_have_arrived", True):
            error.add_note(UNSURE)
        raise
    except ApiError as error:
        if error.status in (TIMED_OUT, TOO_LARGE):
            error.add_note(UNSURE if error.status == TIMED_OUT else CUT)
        raise
    return Batch(box, str(reply["id"]), request=request)


class Batch:
    """One batch and its jobs as last read.

    Parameters
    ----------
    box : Client
        As from `connect`.
    batch_id : str
        The id of an existing batch.
    request : BatchRequest, optional
        The request that was sent, set by `submit`: for the number of jobs and the data of failed
        documents.

    Attributes
    ----------
    id : str
        The id of the batch in Box.
    jobs : list of dicts
        The jobs as last read, in the order of the rows; empty before the first reading.

    Notes
    -----
    A job belongs to the row with its external id, if the request has one for each row and the
    service shows them. Else the ids of the jobs are taken to be in the order of the rows, which was
    observed and is not documented.

    >>> from docgen_nb import connect
    >>> Batch(connect("local"), "7")
    <Batch 7: not read yet; call wait() or refresh()>
    """

    def __init__(
        self, box: DocGenClient, batch_id: str, *, request: BatchRequest | None = None
    ) -> None:
        self._box = box
        self._request = None if request is None else _copy_of(request)
        ids = [] if request is None else request.external_ids()
        self._places = {id: at for at, id in enumerate(ids)} if len(set(ids)) == len(ids) else {}
        self.id = batch_id
        self.jobs: list[Entry] = []

    @property
    def count(self) -> int:
        """The number of documents, as far as it is known."""
        return max(len(self._request.rows) if self._request else 0, len(self.jobs))

    @property
    def counts(self) -> dict[str, int]:
        """The number of jobs by status, in the order of `wire.STATUSES`."""
        counts = Counter(job["status"] for job in self.jobs)
        return {status: counts[status] for status in wire.ordered(counts)}

    @property
    def is_finished(self) -> bool:
        """Whether all jobs were finished when they were last read."""
        is_open = any(job["status"] in wire.OPEN for job in self.jobs)
        return bool(self.jobs) and not is_open and len(self.jobs) == self.count

    @property
    def status(self) -> str:
        """The progress as a sentence."""
        return wire.in_words(self.counts, count=self.count)

    def refresh(self) -> "Batch":
        """Read the jobs once, with one call per 1,000 jobs."""
        jobs = list(self._box.list_batch_jobs(self.id, limit=wire.MAX_LIMIT))
        for job in jobs:
            if not is_job(job):
                raise UnreadableReply(f"An entry of batch {self.id} is not a job: {str(job)[:80]}")
        self.jobs = sorted(jobs, key=lambda job: self._order(job["id"], job.get("external_id")))
        return self

    def _order(self, job_id: object, external_id: object) -> tuple[int, int, str]:
        """Return what sorts jobs in the order of their rows."""
        place = self._places.get(str(external_id), len(self._places))
        return place, len(str(job_id)), str(job_id)

    def wait(
        self,
        *,
        timeout: float | None = None,
        poll_seconds: float = 1.0,
        progress: Callable[["Batch"], object] | None = None,
        stop: threading.Event | None = None,
        short_list_seconds: float = 300.0,
    ) -> "Batch":
        """Read the jobs repeatedly until all are finished.

        Parameters
        ----------
        timeout : float, optional
            Seconds after which to give up; by default never.
        poll_seconds : float
            Pause between readings; longer for a batch of more than 1,000 documents, by a second
            for each call that a reading takes more.
        progress : callable, optional
            Called with the batch after each reading, for example ``print`` or a function that uses
            ``batch.status``, ``batch.counts`` or ``batch.jobs``.
        stop : threading.Event, optional
            Set it in another thread to stop waiting; the batch itself continues.
        short_list_seconds : float
            Seconds after which to give up if all jobs that Box lists are finished, but Box lists
            fewer than the request has rows.

        Raises
        ------
        NotFinished
            After `timeout` seconds. The batch continues; call `wait` again. Or if the list has
            stayed too short for `short_list_seconds`.
        KeyboardInterrupt
            If waiting is interrupted. The batch continues, and `jobs` are as last read.
        """
        readings = each_reading(
            self,
            timeout=timeout,
            poll_seconds=poll_seconds,
            stop=stop,
            short_list_seconds=short_list_seconds,
        )
        for _ in readings:
            if progress is not None:
                progress(self)
        return self

    def frame(self) -> pd.DataFrame:
        """Read the jobs and return them as a table.

        The columns of `load_jobs`, in the order of the rows, then ``row`` (int64), the position of
        the document in the request.
        """
        jobs = load_jobs(self._box, batch=self)
        keys = list(map(self._order, jobs["job_id"], jobs["external_id"]))
        order = sorted(range(len(jobs)), key=keys.__getitem__)
        table = jobs.iloc[order].reset_index(drop=True)
        rows = [self._places.get(str(id), at) for at, id in enumerate(table["external_id"])]
        return table.assign(row=pd.Series(rows, dtype="int64"))

    def download(
        self, folder: str | PathLike[str], *, overwrite: bool = False, parallel: int = 8
    ) -> list[Path]:
        """Save the documents under their own names, and return a path for each.

        This takes two calls per document. ``manifest.csv`` lists what was saved: ``row`` (from 0),
        ``job_id``, ``batch_id``, ``file`` and ``sha1``; a download that was interrupted continues
        with it, without a call for the documents that it lists. Several batches can share it.

        Each content is compared with the size and SHA-1 that Box lists before its file appears.
        Jobs without a document are skipped, also those that are still open: call `wait` first. See
        also `failed_rows`.

        Parameters
        ----------
        folder : str or path
            Created if it is absent.
        overwrite : bool
            Whether to replace existing files of these names. Links and folders are never replaced.
        parallel : int
            How many documents to fetch at a time.

        Returns
        -------
        list of paths
            In the order of the jobs. An existing file with the content of the document is
            kept, and takes one call. If another document of this batch or an existing file has the
            name, the job is added to it: ``Letter (job 7).docx``. Characters that some system does
            not accept are replaced by ``_``, and names longer than 255 bytes are shortened.

        Raises
        ------
        NotDownloaded
            If the content of a document is wrong, or the document was deleted; the other
            documents have been saved. It has their ``paths`` and the ``failures`` by job.
        NotWritten
            If the folder cannot be created or written to, the disk is full, or ``manifest.csv`` is
            something else.
        ApiError, Unreachable
            For errors that concern all documents. Call `download` again later: complete files are
            kept.
        """
        if not self.is_finished:
            self.refresh()
        outputs = [Output(row, job) for row, job in self._rows_and_jobs() if job.get("output_file")]
        return save_documents(
            self._box, outputs, Path(folder), overwrite=overwrite, parallel=parallel
        )

    def _rows_and_jobs(self) -> Iterator[tuple[int, Entry]]:
        for at, job in enumerate(self.jobs):
            yield self._places.get(str(job.get("external_id")), at), job

    def failed_rows(self) -> list[FailedRow]:
        """Return the documents that failed or are incomplete, with their data and messages.

        Correct the data and use them as the ``rows`` of a new request.
        """
        return [
            FailedRow(
                row=row,
                job_id=job["id"],
                status=job["status"],
                user_input=self._data_of(row),
                errors=messages(job, "errors"),
                warnings=messages(job, "warnings"),
            )
            for row, job in self._rows_and_jobs()
            if job["status"] in ("failed", "completed_with_error")
        ]

    def retry(
        self, edit: Edit | None = None, *, rows: Iterable[int] | None = None
    ) -> "Retry[Batch]":
        """Return what to send again, without sending it: show it, then call its `send`.

        The rest of the request is sent as before, except that a template without a version is used
        as it is by then.

        Parameters
        ----------
        edit : callable, optional
            Gets a copy of the data of each row, and returns the data to send, or changes the copy
            and returns None.
        rows : iterable of int, optional
            The positions of the rows to send. By default those whose jobs failed; documents that
            are incomplete exist, and sending them makes others.

        Returns
        -------
        Retry
            Its repr shows what will differ.

        Raises
        ------
        ValueError
            If there is no such row, no job failed, or this object has no data: the batch of another
            kernel needs ``Batch(box, batch_id, request=request)``.

        Examples
        --------
        >>> from docgen_nb import BatchRequest, connect, samples
        >>> with connect("local") as box:
        ...     file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
        ...     template = box.mark_template(file["id"])["file"]["id"]
        ...     batch = submit(box, BatchRequest(template, rows=[{"name": "Ad"}, {"name": "Bo"}]))
        ...     retry = batch.wait(poll_seconds=0.05).retry(lambda row: {"name": "Ada"}, rows=[0])
        ...     table, again = retry.differences(), retry.send()
        >>> table[["row", "path", "before", "after"]].values.tolist()
        [[0, 'name', "'Ad'", "'Ada'"]]
        """
        if self._request is None:
            raise ValueError("The data is not known: use Batch(box, batch_id, request=request).")
        if not self.is_finished:
            self.refresh()
        jobs = {row: job for row, job in self._rows_and_jobs() if row < len(self._request.rows)}
        if rows is None:
            rows = [row for row, job in jobs.items() if job["status"] == "failed"]
            if not rows:
                raise ValueError(f"No job of batch {self.id} failed: {self.status} Choose rows=.")
        chosen = {row: str(jobs[row]["id"]) for row in rows if row in jobs or self._no_row(row)}
        submit_again = partial(submit, self._box)
        return Retry(self._request, chosen, edit, batch_id=self.id, submit=submit_again)

    def _no_row(self, row: object) -> NoReturn:
        raise ValueError(f"Batch {self.id} has no job of a row {row!r}.")

    def _data_of(self, at: int) -> dict[str, Any] | None:
        if self._request is None or at >= len(self._request.rows):
            return None
        common, own = self._request.common, self._request.rows[at]
        return deepcopy(merged(common, own))

    def __repr__(self) -> str:
        if not self.jobs:
            return f"<Batch {self.id}: not read yet; call wait() or refresh()>"
        return f"<Batch {self.id}: {self.status}>"

    def _repr_html_(self) -> str:
        rows = [row_html(at, job) for at, job in enumerate(self.jobs[:MOST_SHOWN])]
        more = len(self.jobs) - MOST_SHOWN
        rest = f"<p>and {more} more</p>" if more > 0 else ""
        columns = ("row", "job", "status", "messages")
        head = "".join(f'<th scope="col">{column}</th>' for column in columns)
        table = f"<table><tr>{head}</tr>{''.join(rows)}</table>" if rows else ""
        return f"<p>{escape(repr(self)[1:-1])}</p>{table}{rest}"


def _copy_of(request: BatchRequest) -> BatchRequest:
    """Return a copy that later changes of the request do not reach."""
    return replace(request, rows=deepcopy(request.rows), common=deepcopy(request.common))
