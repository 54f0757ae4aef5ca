"""The ends of jobs, from webhook messages."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.errors import MissingColumn, UnreadableReply
from docgen_nb.frames.columns import STR, TIME, parse_times
from docgen_nb.frames.end_sources import with_ends

_, *ENDS = wire.DOCGEN_TRIGGERS


def add_webhook_times(
    jobs: pd.DataFrame,
    messages: Iterable[Entry],
    *,
    job_field: str = "additional_info.job_id",
    file_field: str = "additional_info.output_file_id",
) -> pd.DataFrame:
    """Return the jobs with the ends that webhook messages report.

    One row per job, in the order of `jobs`, which is not changed.

    Parameters
    ----------
    jobs : DataFrame
        As from `load_jobs`, with or without ends. Uses ``job_id, output_file_id`` (str) and
        ``created_at`` (UTC).
    messages : iterable of mappings
        The bodies sent to a webhook, as decoded JSON, in any order. Messages with a trigger other
        than ``DOCGEN_DOCUMENT_GENERATION.SUCCEEDED`` or ``.FAILED`` are ignored, and so are those
        of jobs that are not in the table. The earliest message of a job counts, because a message
        may be delivered twice.
    job_field, file_field : str
        The dotted paths of the job id and the output file id in a message. A message is matched by
        job id, or by output file id if it has no job id.

    Returns
    -------
    DataFrame
        The columns of `jobs`, and those of `add_output_times` that are missing. If a message
        reports an end and no output file does, ``finished_at`` is the ``created_at`` of the
        message, and ``finished_source`` is ``webhook``.

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    UnreadableReply
        If such a message has neither the job id nor the output file id, or no readable
        ``created_at``.

    Notes
    -----
    If several sources report the end of a job, ``finished_at`` comes from the first of these, and
    ``finished_source`` names it: ``output_file`` (when the file was created, by Box's clock),
    ``webhook`` (the time of the message, by Box's clock), ``observed`` (between two readings, by
    this computer's clock). The order in which they are added does not matter. Only a message
    reports the end of a failed job by Box's clock.

    Box describes the content of a message about a document but not the names of its fields; the
    defaults are those of the embedded service. Check the signature of a message before you use it:
    `dg.service.check_signature` shows a receiver.

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
    ends = [message for message in messages if message.get("trigger") in ENDS]
    keys = [_keys(message, job_field, file_field) for message in ends]
    moments = parse_times(pd.Series([_text(message, "created_at") for message in ends], dtype=STR))
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
            "give the path of either, as job_field= or file_field=."
        )
    return job, file


def _text(message: Entry, path: str) -> str | None:
    value: Any = message
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if value is None else str(value)


def _first(
    moments: "pd.Series[Any]", keys: list[str | None], *, wanted: "pd.Series[Any]"
) -> "pd.Series[Any]":
    """Return the earliest time of each wanted key; missing if there is none."""
    first = moments.groupby(pd.Series(keys, index=moments.index, dtype=STR)).min()
    return first.reindex(wanted).set_axis(wanted.index).astype(TIME)
