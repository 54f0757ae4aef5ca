"""When jobs ended, as webhook messages tell it."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from docgen_nb.client_protocol import Entry
from docgen_nb.errors import MissingColumn, UnreadableReply
from docgen_nb.frames.columns import STR, TIME, times
from docgen_nb.frames.end_sources import with_ends

ENDS = ("DOCGEN_DOCUMENT_GENERATION.SUCCEEDED", "DOCGEN_DOCUMENT_GENERATION.FAILED")


def add_webhook_times(
    jobs: pd.DataFrame,
    messages: Iterable[Entry],
    *,
    job_field: str = "additional_info.job_id",
    file_field: str = "additional_info.output_file_id",
) -> pd.DataFrame:
    """Return the jobs with the end of each that a webhook message tells.

    One row per job, in the order of `jobs`, which is left as it is.

    Parameters
    ----------
    jobs : DataFrame
        As from `load_jobs`, with or without ends. Uses ``job_id, output_file_id`` (str) and
        ``created_at`` (UTC).
    messages : iterable of mappings
        The bodies that a webhook was sent, as decoded JSON, in any order. Those with another
        trigger than ``DOCGEN_DOCUMENT_GENERATION.SUCCEEDED`` or ``.FAILED`` are passed over, and
        so are those of jobs that are not in the table. Of several for one job the first in time
        counts: a message may be delivered twice.
    job_field, file_field : str
        Where a message names the job, and the output file; with dots between the names. A job is
        found by the first, where a message has it, else by the second.

    Returns
    -------
    DataFrame
        The columns of `jobs`, and those of `add_output_times` that are not there yet. Where a
        message tells an end and no output file does, ``finished_at`` is the message's
        ``created_at``, and ``finished_source`` is ``webhook``.

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    UnreadableReply
        If a message of the end of a job names neither the job nor an output file, or has no
        readable ``created_at``.

    Notes
    -----
    Where several sources tell the end of a job, ``finished_source`` names the one in
    ``finished_at``, the first of: ``output_file`` (the time at which the file was created, by
    Box's clock), ``webhook`` (the time of the message, by Box's clock), ``observed`` (between two
    readings, by this computer's clock). This order holds whichever was added last. A message is
    the only one of them that tells the end of a failed job by Box's clock.

    Box tells what a message about a document says, and not how its fields are called; the names
    given here are those of the embedded service. Check the signature of a message before it is
    believed.

    Examples
    --------
    >>> from docgen_nb.frames import jobs_frame
    >>> jobs = jobs_frame([{"id": "7", "status": "failed", "created_at": "2026-03-02T09:00:00Z"}])
    >>> message = {
    ...     "trigger": "DOCGEN_DOCUMENT_GENERATION.FAILED",
    ...     "created_at": "2026-03-02T09:00:03Z",
    ...     "additional_info": {"job_id": "7"},
    ... }
    >>> add_webhook_times(jobs, [message])[["job_id", "duration_seconds", "finished_source"]]
      job_id  duration_seconds finished_source
    0      7               3.0         webhook
    """
    MissingColumn.check(
        jobs.columns,
        needed=("job_id", "output_file_id", "created_at"),
        function="add_webhook_times",
    )
    told = [message for message in messages if message.get("trigger") in ENDS]
    keys = [_keys(message, job_field, file_field) for message in told]
    moments = times(pd.Series([_text(message, "created_at") for message in told], dtype=STR))
    if moments.isna().any():
        raise UnreadableReply("A webhook message has no created_at.")
    by_job = _first(moments, [job for job, _ in keys], wanted=jobs["job_id"])
    of_files = [file if job is None else None for job, file in keys]
    by_file = _first(moments, of_files, wanted=jobs["output_file_id"])
    return with_ends(jobs, by_job.fillna(by_file), source="webhook")


def _keys(message: Entry, job_field: str, file_field: str) -> tuple[str | None, str | None]:
    job, file = _text(message, job_field), _text(message, file_field)
    if job is None and file is None:
        raise UnreadableReply(
            f"A webhook message ({message['trigger']}) has neither {job_field} nor {file_field}; "
            "name the fields that tell the job or the output file."
        )
    return job, file


def _text(message: Entry, path: str) -> str | None:
    found: Any = message
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return None if found is None else str(found)


def _first(
    moments: "pd.Series[Any]", keys: list[str | None], *, wanted: "pd.Series[Any]"
) -> "pd.Series[Any]":
    """The first of the moments with each key that is wanted; missing where there is none."""
    first = moments.groupby(pd.Series(keys, index=moments.index, dtype=STR)).min()
    return first.reindex(wanted).set_axis(wanted.index).astype(TIME)
