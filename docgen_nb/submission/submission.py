"""What became of the rows of a submission, read from the ledger."""

from typing import Any

import pandas as pd

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.submissions.record import (
    HELD,
    PLANNED,
    SENT,
    Chunk,
    SubmissionRecord,
)
from docgen_nb.ledger.submissions.sending_lock import sending_lock
from docgen_nb.submission.batch import Batch
from docgen_nb.submission.sender import in_words


class Submission:
    """Rows that were sent, or are to be sent, in one or more batches.

    Parameters
    ----------
    box : Client
        As from `connect`.
    ledger : Ledger
        The ledger that `submit_many` wrote to.
    submission_id : int
        Its number there, from 1.

    Raises
    ------
    LedgerError
        If the ledger has no such submission.
    """

    def __init__(self, box: DocGenClient, ledger: Ledger, submission_id: int) -> None:
        self._box, self._ledger = box, ledger
        self._record = SubmissionRecord(ledger.file, submission_id)
        self.id = submission_id

    @property
    def counts(self) -> dict[str, int]:
        """The number of documents by state: planned, sending, sent, unsure, held or refused."""
        return self._record.counts()

    @property
    def is_complete(self) -> bool:
        """Whether all documents were sent."""
        return set(self.counts) <= {SENT}

    @property
    def status(self) -> str:
        """How far it is, as a sentence."""
        return in_words(self.counts, batches=len(self._record.chunks(SENT)))

    @property
    def batches(self) -> list[Batch]:
        """The batches that exist, in the order of their rows, to wait for and to download."""
        chunks = self._record.chunks(SENT)
        return [Batch(self._box, chunk.batch_id) for chunk in chunks if chunk.batch_id]

    def chunks(self) -> pd.DataFrame:
        """Return the requests of the submission as a table.

        One row per request, in the order of the rows: ``chunk`` (int64), ``first_row`` and
        ``documents`` (int64), ``state``, ``batch_id`` and ``note`` (str: why it is in this state),
        ``begun_at`` and ``ended_at`` (datetime64[us, UTC]), ``attempts`` (int64).
        """
        chunks = self._record.chunks()
        starts = {chunk.id: rows[0] for chunk in chunks if (rows := self._record.rows_of(chunk))}
        table = pd.DataFrame(
            {
                "chunk": pd.Series([chunk.id for chunk in chunks], dtype="int64"),
                "first_row": pd.Series([starts[chunk.id] for chunk in chunks], dtype="int64"),
                "documents": pd.Series([chunk.documents for chunk in chunks], dtype="int64"),
                "state": pd.Series([chunk.state for chunk in chunks], dtype="str"),
                "batch_id": pd.Series([chunk.batch_id for chunk in chunks], dtype="str"),
                "note": pd.Series([chunk.note for chunk in chunks], dtype="str"),
                "begun_at": _times([chunk.begun_at for chunk in chunks]),
                "ended_at": _times([chunk.ended_at for chunk in chunks]),
                "attempts": pd.Series([chunk.attempts for chunk in chunks], dtype="int64"),
            }
        )
        return table.sort_values("first_row", ignore_index=True)

    def frame(self) -> pd.DataFrame:
        """Return the rows with their jobs as a table, after a sync of the ledger.

        One row per row that was not skipped, in order: ``row`` (int64, its position), ``state``
        (str, of its request), ``messages`` (str: what Box says is wrong, "" for nothing),
        ``retry_of`` (str, the job that it replaces, missing for none), then the columns of
        `Ledger.jobs`, missing where there is no job. Without external ids, jobs are
        assumed to be in the order of the rows, as in `Batch`.

        Raises
        ------
        ApiError, Unreachable, LedgerError
            As `Ledger.sync` does.
        """
        self._ledger.sync(self._box)
        texts_of_rows = ["state", "batch_id", "retry_of"]
        rows = pd.DataFrame(self._record.rows(), columns=["row", *texts_of_rows])
        rows = rows.astype({"row": "int64"} | dict.fromkeys(texts_of_rows, "str"))
        rows["place"] = rows.groupby("batch_id").cumcount()
        ids = list(rows["batch_id"].dropna().unique())
        jobs = self._ledger.jobs(batch=ids)
        length = jobs["job_id"].str.len()
        jobs = jobs.assign(length=length).sort_values(["batch_id", "length", "job_id"])
        jobs = jobs.assign(row=self._rows_of(jobs, rows)).drop(columns=["length", "batch_id"])
        failures = self._ledger.failures(batch=ids)
        texts = dict(failures.groupby("job_id")["message"].agg(" ".join))
        jobs["messages"] = pd.Series(
            [texts.get(id, "") for id in jobs["job_id"]], index=jobs.index, dtype="str"
        )
        table = rows.drop(columns="place").merge(jobs, on="row", how="left")
        first = ["row", "state", "messages", "retry_of"]
        return table[[*first, *(name for name in table.columns if name not in first)]]

    def _rows_of(self, jobs: pd.DataFrame, rows: pd.DataFrame) -> "pd.Series[int]":
        """Return the row of each job: of its external id, else of its place in its batch."""
        prefix = f"{self._record.token}-"
        external = jobs["external_id"].where(jobs["external_id"].str.startswith(prefix, na=False))
        of_ids = pd.to_numeric(external.str.removeprefix(prefix))
        places = jobs[["batch_id"]].assign(place=jobs.groupby("batch_id").cumcount())
        of_places = places.merge(rows, on=["batch_id", "place"], how="left")["row"]
        of_places.index = jobs.index
        return of_ids.fillna(of_places).astype("int64")

    def settle(self, chunk: int, *, batch_id: str | None, now: float) -> None:
        """Say what became of a chunk that is held back, after looking in Box.

        Parameters
        ----------
        chunk : int
            Its number, from `chunks`.
        batch_id : str or None
            The batch that has its documents; None if there is none, so that it is sent again.
        now : float
            Seconds since 1970.

        Raises
        ------
        ValueError
            If no chunk of that number is held back.
        LedgerError
            If another process is sending the submission.
        """
        with sending_lock(self._ledger.file.path, self.id):
            held = self._held(chunk)
            state, note = (SENT, "settled by hand") if batch_id else (PLANNED, "not there, by hand")
            self._record.move([held], state, now=now, batch_id=batch_id or "", note=note)

    def _held(self, number: int) -> Chunk:
        for chunk in self._record.chunks(HELD):
            if chunk.id == number:
                return chunk
        raise ValueError(f"No chunk {number} of submission {self.id} is held back.")

    def __repr__(self) -> str:
        return f"<Submission {self.id}: {self.status}>"


def _times(seconds: list[float | None]) -> Any:
    return pd.to_datetime(pd.Series(seconds, dtype="float64"), unit="s", utc=True).dt.as_unit("us")
