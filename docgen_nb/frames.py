"""Entries of the API become tables with fixed columns."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

import pandas as pd

from docgen_nb import wire
from docgen_nb.errors import MissingColumn, NotFound, UnreadableReply

Entry = Mapping[str, Any]

_TIME = pd.DatetimeTZDtype("us", "UTC")
_LATEST = 253_402_300_799  # the last second of year 9999; more than that is no epoch in seconds

# A column of text, and where an entry has it.
_TEXTS = {
    "job_id": ("id",),
    "batch_id": ("batch", "id"),
    "template_id": ("template_file", "id"),
    "template_version_id": ("template_file_version", "id"),
    "status": ("status",),
    "output_type": ("output_type",),
    "output_file_id": ("output_file", "id"),
    "output_file_version_id": ("output_file_version", "id"),
    "created_by_id": ("created_by", "id"),
    "enterprise_id": ("enterprise", "id"),
    "source": ("source",),
    "external_id": ("external_id",),
}
_JOB_COLUMNS = [
    *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
    *("output_file_id", "output_file_version_id", "created_at", "created_by_id"),
    *("enterprise_id", "source", "external_id", "errors", "warnings", "read_at"),
]


class JobLists(Protocol):
    """What `load_jobs` asks of a client: three listings of job entries."""

    def list_jobs(self, *, limit: int | None = None) -> Iterable[Entry]:
        """All jobs, newest first, with their times."""
        ...

    def list_batch_jobs(self, batch_id: str, /, *, limit: int | None = None) -> Iterable[Entry]:
        """The jobs of one batch, without times."""
        ...

    def list_template_jobs(
        self, template_id: str, /, *, limit: int | None = None
    ) -> Iterable[Entry]:
        """The jobs of one template, without times."""
        ...


class Files(Protocol):
    """What `add_output_times` asks of a client: one file, and the items of one folder."""

    def get_file(self, file_id: str, /, *, fields: Iterable[str] | None = None) -> Entry:
        """One file."""
        ...

    def list_folder_items(
        self, folder_id: str, /, *, fields: Iterable[str] | None = None, limit: int | None = None
    ) -> Iterable[Entry]:
        """The files and folders in one folder."""
        ...


def load_jobs(
    box: JobLists,
    *,
    batch: str | Entry | None = None,
    template: str | Entry | None = None,
) -> pd.DataFrame:
    """Return all jobs, or those of one batch or one template, as a table.

    One row per job, in the order in which the service lists them.

    Parameters
    ----------
    box : Client
        As from `connect`, or any object with ``list_jobs``, ``list_batch_jobs`` and
        ``list_template_jobs``.
    batch : str or mapping, optional
        Only the jobs of this batch: its id, or the reply that gave it.
    template : str or mapping, optional
        Only the jobs of this template: its file id, or the reply that gave it.

    Returns
    -------
    DataFrame
        As from `jobs_frame`. ``read_at`` is the time just before the reading began.

    Raises
    ------
    ValueError
        If both a batch and a template are given.

    Notes
    -----
    Box tells the time, the user, the enterprise and the source of a job only in the list of all
    jobs. For one batch or one template they are looked up there, page by page from the newest
    job, until all are found; a job that is not in that list keeps them missing.

    Examples
    --------
    >>> class Box:
    ...     def list_batch_jobs(self, batch_id, *, limit):
    ...         return [{"id": "8", "status": "completed"}]
    ...     def list_jobs(self, *, limit):
    ...         yield {"id": "9", "created_at": "2026-03-02T09:01:00Z"}
    ...         yield {"id": "8", "created_at": "2026-03-02T09:00:00Z"}
    ...         raise RuntimeError("not reached: all jobs of the batch are found")
    >>> load_jobs(Box(), batch="3")[["job_id", "status", "created_at"]]
      job_id     status                created_at
    0      8  completed 2026-03-02 09:00:00+00:00
    """
    if batch is not None and template is not None:
        raise ValueError("load_jobs takes a batch or a template, not both.")
    read_at = _now()
    entries: Iterable[Entry]
    if batch is not None:
        entries = _with_times(box.list_batch_jobs(_id(batch), limit=wire.MAX_LIMIT), box)
    elif template is not None:
        entries = _with_times(box.list_template_jobs(_id(template), limit=wire.MAX_LIMIT), box)
    else:
        entries = box.list_jobs(limit=wire.MAX_LIMIT)
    return jobs_frame(entries, read_at=read_at)


def _id(given: str | Entry) -> str:
    if isinstance(given, Mapping):
        return str(given.get("file", given)["id"])
    return str(given)


def _with_times(entries: Iterable[Entry], box: JobLists) -> list[Entry]:
    """Join to each entry what only the list of all jobs tells about it."""
    found = list(entries)
    wanted = {entry["id"] for entry in found}
    full: dict[str, Entry] = {}
    for entry in box.list_jobs(limit=wire.MAX_LIMIT) if wanted else ():
        if entry["id"] in wanted:
            full[entry["id"]] = entry
            if len(full) == len(wanted):
                break
    return [{**full.get(entry["id"], {}), **entry} for entry in found]


def _now() -> pd.Timestamp:
    return pd.Timestamp.now("UTC").floor("s")


def jobs_frame(entries: Iterable[Entry], *, read_at: datetime | None = None) -> pd.DataFrame:
    """Return job entries as a table.

    One row per entry, in the order of `entries`.

    Parameters
    ----------
    entries : iterable of mappings
        Jobs as the API gives them, of the full or of the standard form, such as a listing of
        the client. What a form lacks is missing in the table.
    read_at : datetime, optional
        When the entries were read, with a time zone; now, if not given. Give it when the entries
        were read earlier: a job that is open is known to have been open then, not later.

    Returns
    -------
    DataFrame
        These columns in this order, also when there are no entries:

        - ``job_id, batch_id, template_id, template_version_id, status, output_type,
          output_file_id, output_file_version_id`` : str
        - ``created_at`` : datetime64[us, UTC]
        - ``created_by_id, enterprise_id, source, external_id`` : str
        - ``errors, warnings`` : int64, how many messages ``failures`` holds
        - ``read_at`` : datetime64[us, UTC], whole seconds if not given

    Raises
    ------
    TypeError
        If a whole reply is given instead of its entries.
    ValueError
        If `read_at` has no time zone.
    UnreadableReply
        If a ``created_at`` is neither RFC 3339 with an offset nor seconds since 1970.

    Notes
    -----
    A status that is not in `wire.STATUSES` is kept as it is. ``read_at`` is of this computer's
    clock, ``created_at`` of the service's.

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
    if isinstance(entries, Mapping):
        raise TypeError("jobs_frame takes the entries of a reply, not the reply: reply['entries'].")
    moment = _aware(read_at) if read_at is not None else _now()
    rows = list(entries)
    columns = {name: _texts(rows, path) for name, path in _TEXTS.items()}
    columns["created_at"] = _times([row.get("created_at") for row in rows])
    columns["errors"] = _message_counts(rows, "errors")
    columns["warnings"] = _message_counts(rows, "warnings")
    columns["read_at"] = pd.Series(moment, index=range(len(rows)), dtype=_TIME)
    return pd.DataFrame(columns, columns=_JOB_COLUMNS)


def _aware(moment: datetime) -> pd.Timestamp:
    if moment.tzinfo is None:
        raise ValueError(f"read_at={moment.isoformat()} has no time zone; add one, such as UTC.")
    return pd.Timestamp(moment)


def _texts(rows: list[Entry], path: tuple[str, ...]) -> "pd.Series[Any]":
    values: list[Any] = [row.get(path[0]) for row in rows]
    for key in path[1:]:
        values = [(value or {}).get(key) for value in values]
    return pd.Series(values, dtype="str")


def _message_counts(rows: list[Entry], kind: str) -> "pd.Series[Any]":
    counts = [len((row.get("failures") or {}).get(kind) or ()) for row in rows]
    return pd.Series(counts, dtype="int64")


def _times(values: list[Any]) -> "pd.Series[Any]":
    """RFC 3339 with any offset, or seconds since 1970 as recorded from Box; missing is NaT."""
    texts = pd.Series(values, dtype="str")
    is_epoch = texts.str.fullmatch(r"\d+(\.\d+)?", na=False)
    is_dated = texts.str.fullmatch(r"\d{4}-\d\d-\d\d[Tt ].+([Zz]|[+-]\d\d:?\d\d)", na=False)
    seconds = pd.to_numeric(texts.where(is_epoch)).astype("float64")
    parsed = pd.to_datetime(
        texts.where(is_dated).str.upper(), format="ISO8601", utc=True, errors="coerce"
    ).astype(_TIME)
    epochs = pd.to_datetime(seconds.where(seconds <= _LATEST), unit="s", utc=True).astype(_TIME)
    times = parsed.fillna(epochs)
    unread = texts[times.isna() & texts.notna()]
    if len(unread):
        raise UnreadableReply(
            f"created_at is {unread.iloc[0]!r}, which is neither RFC 3339 with an offset "
            "nor seconds since 1970."
        )
    return times


def add_output_times(
    jobs: pd.DataFrame, box: Files, *, folder_id: str | None = None
) -> pd.DataFrame:
    """Return the jobs with the end of each, read from its output file.

    One row per job, in the order of `jobs`, which is left as it is.

    Parameters
    ----------
    jobs : DataFrame
        As from `load_jobs`. Uses ``output_file_id`` (str) and ``created_at`` (UTC).
    box : Client
        As from `connect`, or any object with ``get_file`` and ``list_folder_items``.
    folder_id : str, optional
        The destination folder, where it is known; saves one call.

    Returns
    -------
    DataFrame
        The columns of `jobs`, then:

        - ``finished_at`` : datetime64[us, UTC], when the output file was created
        - ``finished_after, finished_before`` : datetime64[us, UTC], the bounds of an end that
          was observed between two readings; always missing here
        - ``finished_source`` : str, ``output_file``, or missing where the end is not known
        - ``duration_seconds`` : float64, from creation to end; NaN where either is not known
        - ``folder_id`` : str, where the output file is

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    NotFound
        If the folder given does not exist.

    Notes
    -----
    Box does not tell when a job ended. The end used here is the time at which its output file
    was created, in whole seconds by Box's clock. A job without an output file (open, or failed)
    has none, nor has one whose file is gone for good. A file older than its job, because it
    got a new version, does not tell the end of that job.

    The calls: one listing per destination folder, one look-up to find each folder, and one for
    each output file that is gone.

    Examples
    --------
    >>> class Box:
    ...     def get_file(self, file_id, *, fields):
    ...         return {"created_at": "2026-03-02T09:00:04Z", "parent": {"id": "5"}}
    ...     def list_folder_items(self, folder_id, *, fields, limit):
    ...         return [{"type": "file", "id": "70", "created_at": "2026-03-02T09:00:04Z"}]
    >>> jobs = jobs_frame([
    ...     {"id": "7", "output_file": {"id": "70"}, "created_at": "2026-03-02T09:00:00Z"},
    ...     {"id": "8", "output_file": None, "created_at": "2026-03-02T09:00:00Z"},
    ... ])
    >>> add_output_times(jobs, Box())[["job_id", "duration_seconds", "finished_source"]]
      job_id  duration_seconds finished_source
    0      7               4.0     output_file
    1      8               NaN             NaN
    """
    MissingColumn.check(
        jobs.columns, needed=("output_file_id", "created_at"), function="add_output_times"
    )
    known = _output_files(list(jobs["output_file_id"].dropna().unique()), box, folder_id)
    files = [known.get(file_id) for file_id in jobs["output_file_id"]]
    finished = _times([file and file[0] for file in files]).set_axis(jobs.index)
    finished = finished.where(~(finished < jobs["created_at"]))
    seconds = (finished - jobs["created_at"]).dt.total_seconds()
    source = pd.Series("output_file", index=jobs.index, dtype="str")
    return jobs.assign(
        finished_at=finished,
        finished_after=pd.Series(pd.NaT, index=jobs.index, dtype=_TIME),
        finished_before=pd.Series(pd.NaT, index=jobs.index, dtype=_TIME),
        finished_source=source.where(finished.notna()),
        duration_seconds=seconds.astype("float64"),
        folder_id=pd.Series([file and file[1] for file in files], index=jobs.index, dtype="str"),
    )


def _output_files(
    wanted: list[str], box: Files, folder_id: str | None
) -> dict[str, tuple[str | None, str | None]]:
    """When and where each output file was created; a file that is gone is left out."""
    known: dict[str, tuple[str | None, str | None]] = {}
    listed = {folder_id}
    if folder_id is not None and wanted:
        known.update(_files_in(folder_id, box))
    for file_id in wanted:
        if file_id in known:
            continue
        try:
            file = box.get_file(file_id, fields=["created_at", "parent"])
        except NotFound:
            continue
        home = (file.get("parent") or {}).get("id")
        if home is not None and home not in listed:
            known.update(_files_in(home, box))
            listed.add(home)
        known.setdefault(file_id, (file.get("created_at"), home))
    return known


def _files_in(folder_id: str, box: Files) -> dict[str, tuple[str | None, str | None]]:
    items = box.list_folder_items(folder_id, fields=["created_at"], limit=wire.MAX_LIMIT)
    return {
        item["id"]: (item.get("created_at"), folder_id) for item in items if item["type"] == "file"
    }
