"""The messages of jobs as a table with fixed columns."""

from collections.abc import Generator, Iterable
from contextlib import closing
from datetime import datetime

import pandas as pd

from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.frames.columns import (
    TextColumns,
    constant_column,
    now,
    parse_times,
    reading_time,
    with_attrs,
)
from docgen_nb.frames.job_lists import Chosen, selected_pages
from docgen_nb.frames.pages import PageColumns, Texts, read_pages, refuse_reply

_OF_JOB = (
    *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
    *("created_by_id", "source", "created_at"),
)
FAILURE_COLUMNS = [*_OF_JOB, "severity", "message", "read_at"]


def load_failures(
    box: DocGenClient,
    *,
    batch: Chosen | None = None,
    template: Chosen | None = None,
) -> pd.DataFrame:
    """Return the messages of all jobs, or of one batch or one template, as a table.

    One row per message, in the order in which the service lists the jobs.

    Parameters
    ----------
    box : Client
        As from `connect`, or any object that `load_jobs` takes.
    batch : str, mapping or Batch, optional
        Only the jobs of this batch: its id, its entry as the client returns it, or a `Batch`.
    template : str or mapping, optional
        Only the jobs of this template: its file id, or its entry.

    Returns
    -------
    DataFrame
        As from `failures_frame`. ``read_at`` is the time just before the first page was read.

    Raises
    ------
    ValueError
        If both a batch and a template are given.

    Notes
    -----
    Times and users are looked up as in `load_jobs`.

    Examples
    --------
    >>> class Box:
    ...     def list_jobs(self, *, limit):
    ...         return [{"id": "8", "status": "failed", "failures": {"errors": ["Too large."]}}]
    >>> load_failures(Box())[["job_id", "status", "severity", "message"]]
      job_id  status severity     message
    0      8  failed    error  Too large.
    """
    read_at = now()
    pages = selected_pages(box, batch=batch, template=template, function="load_failures")
    return with_attrs(_table(pages, read_at), source=getattr(box, "url", None), read_at=read_at)


def failures_frame(entries: Iterable[Entry], *, read_at: datetime | None = None) -> pd.DataFrame:
    """Return the messages of job entries as a table.

    One row per message, in the order of `entries`, the errors of a job before its warnings.

    Parameters
    ----------
    entries : iterable of mappings
        Jobs, as for `jobs_frame`.
    read_at : datetime, optional
        When the entries were read, with a time zone; by default now.

    Returns
    -------
    DataFrame
        These columns in this order, even if there are no messages:

        - ``job_id, batch_id, template_id, template_version_id, status, output_type,
          created_by_id, source`` : str, of the job
        - ``created_at`` : datetime64[us, UTC], when the job was created
        - ``severity`` : str, ``error`` or ``warning``
        - ``message`` : str, as sent by Box
        - ``read_at`` : datetime64[us, UTC]

        Its ``attrs`` are those of `jobs_frame`.

    Raises
    ------
    TypeError
        If a whole reply is given instead of its entries.
    ValueError
        If `read_at` has no time zone.
    UnreadableReply
        As from `jobs_frame`.

    Notes
    -----
    A job without messages has no row, so shares of jobs cannot be computed from this table alone.
    A job can fail without a message.

    Examples
    --------
    >>> entries = [
    ...     {"id": "7", "status": "completed", "failures": None},
    ...     {"id": "8", "status": "completed_with_error",
    ...      "failures": {"errors": ["No name."], "warnings": ["No use for 'nmae'."]}},
    ... ]
    >>> failures_frame(entries)[["job_id", "severity", "message"]]
      job_id severity             message
    0      8    error            No name.
    1      8  warning  No use for 'nmae'.
    """
    refuse_reply(entries, function="failures_frame")
    moment = reading_time(read_at)
    frame = _table(read_pages(entries), moment)
    return with_attrs(frame, source=getattr(entries, "source", None), read_at=moment)


def _table(pages: Generator[PageColumns, None, None], read_at: pd.Timestamp) -> pd.DataFrame:
    texts = TextColumns((*_OF_JOB, "severity", "message"))
    with closing(pages):
        for page in pages:
            texts.add(_messages(page))
    created_at = parse_times(texts.take("created_at"))
    columns = {name: texts.take(name) for name in FAILURE_COLUMNS if not name.endswith("_at")}
    columns |= {"created_at": created_at, "read_at": constant_column(read_at, rows=len(created_at))}
    return pd.DataFrame({name: columns[name] for name in FAILURE_COLUMNS})


def _messages(page: PageColumns) -> dict[str, Texts]:
    rows = [row for row, _, _ in page.messages]
    texts = {name: [page.texts[name][row] for row in rows] for name in _OF_JOB}
    texts["severity"] = [severity for _, severity, _ in page.messages]
    texts["message"] = [message for _, _, message in page.messages]
    return texts
