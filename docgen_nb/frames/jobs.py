"""Lists of jobs as a table with fixed columns."""

import json
from collections.abc import Generator, Iterable
from contextlib import closing
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.frames.columns import (
    STR,
    TextColumns,
    constant_column,
    now,
    parse_times,
    reading_time,
    with_attrs,
)
from docgen_nb.frames.job_lists import Chosen, selected_pages
from docgen_nb.frames.output_times import add_output_times
from docgen_nb.frames.pages import TEXTS, PageColumns, read_entries, read_pages, refuse_reply

JOB_COLUMNS = [
    *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
    *("output_file_id", "output_file_version_id", "created_at", "created_by_id"),
    *("enterprise_id", "source", "external_id", "errors", "warnings", "read_at"),
]
_NONE = np.array([], dtype="int64")


def load_jobs(
    box: DocGenClient,
    *,
    batch: Chosen | None = None,
    template: Chosen | None = None,
    output_times: bool = False,
) -> pd.DataFrame:
    """Return all jobs, or those of one batch or one template, as a table.

    One row per job, in the order in which the service lists them.

    Parameters
    ----------
    box : Client
        As from `connect`, or any object with ``list_jobs``, ``list_batch_jobs`` and
        ``list_template_jobs``.
    batch : str, mapping or Batch, optional
        Only the jobs of this batch: its id, its entry as the client returns it, or a `Batch`.
    template : str or mapping, optional
        Only the jobs of this template: its file id, or its entry.
    output_times : bool
        Whether to add the end of each job, as `add_output_times` does.

    Returns
    -------
    DataFrame
        As from `jobs_frame`; with `output_times`, as from `add_output_times`. ``read_at`` is the
        time just before the first page was read.

    Raises
    ------
    ValueError
        If both a batch and a template are given.
    TypeError
        If `batch` or `template` is neither an id nor has one, or `box` lists no jobs.

    Notes
    -----
    Box documents the creation time, user, enterprise and source of a job only in the list of all
    jobs, and was recorded to send the creation time in the lists of a batch or a template, too. If
    it does not, they are looked up in the list of all jobs until all are read, in at most ten calls
    in all; after these they are missing, with a warning.

    A job may be listed twice if jobs are added during the reading. It is one row, as last read
    and in its last position.

    Examples
    --------
    >>> class Box:
    ...     def list_batch_jobs(self, batch_id, *, limit):
    ...         return [{"id": "8", "status": "completed"}]
    ...     def list_jobs(self, *, limit):
    ...         yield {"id": "9", "created_at": "2026-03-02T09:01:00Z"}
    ...         yield {"id": "8", "created_at": "2026-03-02T09:00:00Z"}
    ...         raise RuntimeError("not reached: all jobs of the batch were read")
    >>> load_jobs(Box(), batch="3")[["job_id", "status", "created_at"]]
      job_id     status                created_at
    0      8  completed 2026-03-02 09:00:00+00:00
    """
    read_at = now()
    pages = selected_pages(box, batch=batch, template=template, function="load_jobs")
    table = _once_each(_table(pages, read_at))
    jobs = with_attrs(table, source=getattr(box, "url", None), read_at=read_at)
    return add_output_times(jobs, box) if output_times else jobs


def jobs_frame(
    entries: Iterable[Entry], *, read_at: datetime | None = None, raw: str | None = None
) -> pd.DataFrame:
    """Return job entries as a table.

    One row per entry, in the order of `entries`.

    Parameters
    ----------
    entries : iterable of mappings
        Jobs as the API returns them, in full or standard form. Fields that are not sent are
        missing in the table. A listing of the client is read page by page, as in `read_pages`.
    read_at : datetime, optional
        When the entries were read, with a time zone; by default now. Set it for entries that were
        read earlier: an open job is known to have been open then, not later.
    raw : str, optional
        The name of an additional last column with each entry as sent: JSON in a str.

    Returns
    -------
    DataFrame
        These columns in this order, even if there are no entries:

        - ``job_id, batch_id, template_id, template_version_id, status, output_type,
          output_file_id, output_file_version_id`` : str
        - ``created_at`` : datetime64[us, UTC]
        - ``created_by_id, enterprise_id, source, external_id`` : str
        - ``errors, warnings`` : int64, the number of messages in ``failures``
        - ``read_at`` : datetime64[us, UTC], by default in whole seconds

        Its ``attrs`` hold ``source`` (the address of the service; None if it is not
        known), ``read_at`` (ISO 8601), ``docgen_nb_version`` and ``box_version``. Parquet
        files keep them and the dtypes; ``to_parquet`` and ``pandas.read_parquet`` need pyarrow,
        which ``docgen-nb[scale]`` includes.

    Raises
    ------
    TypeError
        If a whole reply is given instead of its entries.
    ValueError
        If `read_at` has no time zone, or `raw` names an existing column.
    UnreadableReply
        If an entry is not an object, or a ``created_at`` is neither RFC 3339 with an offset nor
        seconds since 1970.

    Notes
    -----
    A status that is not in `wire.STATUSES` is kept unchanged. ``read_at`` is by this computer's
    clock, ``created_at`` by the clock of the service.

    Examples
    --------
    >>> entries = [
    ...     {"id": "7", "status": "completed", "created_at": "2026-03-02T01:00:00-08:00"},
    ...     {"id": "8", "status": "failed", "failures": {"errors": ["Too large."], "warnings": []}},
    ... ]
    >>> jobs_frame(entries)[["job_id", "status", "created_at", "errors"]]
      job_id     status                created_at  errors
    0      7  completed 2026-03-02 09:00:00+00:00       0
    1      8     failed                       NaT       1
    """
    refuse_reply(entries, function="jobs_frame")
    moment = reading_time(read_at)
    if raw is None:
        frame = _table(read_pages(entries), moment)
    else:
        frame = _table_with_entries(entries, moment, raw=raw)
    return with_attrs(frame, source=getattr(entries, "source", None), read_at=moment)


def _table(pages: Generator[PageColumns, None, None], read_at: pd.Timestamp) -> pd.DataFrame:
    texts = TextColumns(TEXTS)
    counts: dict[str, list[Any]] = {"errors": [_NONE], "warnings": [_NONE]}
    with closing(pages):
        for page in pages:
            texts.add(page.texts)
            counts["errors"].append(np.array(page.errors, dtype="int64"))
            counts["warnings"].append(np.array(page.warnings, dtype="int64"))
    columns: dict[str, Any] = {name: np.concatenate(parts) for name, parts in counts.items()}
    columns["created_at"] = parse_times(texts.take("created_at"))
    columns["read_at"] = constant_column(read_at, rows=len(columns["errors"]))
    columns |= {name: texts.take(name) for name in TEXTS if name != "created_at"}
    return pd.DataFrame({name: columns[name] for name in JOB_COLUMNS}, copy=False)


def _once_each(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with each job once, as last read."""
    ids = table["job_id"]
    is_repeated = ids.duplicated(keep="last") & ids.notna()
    return table[~is_repeated].reset_index(drop=True) if is_repeated.any() else table


def _table_with_entries(
    entries: Iterable[Entry], read_at: pd.Timestamp, *, raw: str
) -> pd.DataFrame:
    if raw in JOB_COLUMNS:
        raise ValueError(f"raw={raw!r} is already a column of the table; choose another name.")
    rows = [entry for page in read_entries(entries) for entry in page]
    texts = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in rows]
    return _table(read_pages(rows), read_at).assign(**{raw: pd.Series(texts, dtype=STR)})
