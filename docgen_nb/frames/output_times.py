"""The ends of jobs, from their output files."""

from contextlib import closing

import msgspec
import pandas as pd

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import MissingColumn, NotFound
from docgen_nb.frames.columns import STR, parse_times
from docgen_nb.frames.end_sources import with_ends
from docgen_nb.frames.pages import read_entries

File = tuple[str | None, str | None]  # when it was created, and its folder
_UNKNOWN: File = (None, None)


def add_output_times(
    jobs: pd.DataFrame, box: DocGenClient, *, folder_id: str | None = None
) -> pd.DataFrame:
    """Return the jobs with the end of each, read from its output file.

    One row per job, in the order of `jobs`, which is not changed.

    Parameters
    ----------
    jobs : DataFrame
        As from `load_jobs`. Uses ``output_file_id`` (str) and ``created_at`` (UTC).
    box : Client
        As from `connect`, or any object with ``get_file`` and ``list_folder_items``.
    folder_id : str, optional
        The destination folder, if known; saves one call.

    Returns
    -------
    DataFrame
        The columns of `jobs`, then:

        - ``finished_at`` : datetime64[us, UTC], when the output file was created
        - ``finished_after, finished_before`` : datetime64[us, UTC], the bounds of an end that
          was observed between two readings; missing unless `jobs` has them
        - ``finished_source`` : str, ``output_file``, or missing if the end is not known
        - ``duration_seconds`` : float64, from creation to end; NaN if either is not known
        - ``folder_id`` : str, the folder of the output file

    Raises
    ------
    MissingColumn
        If `jobs` lacks a column named above.
    NotFound
        If `folder_id` does not exist.

    Notes
    -----
    Box does not report when a job ended. This function uses the time at which the output file was
    created, in whole seconds by Box's clock. A job has no end if it has no output file (open or
    failed), if the file was permanently deleted, or if the file is older than the job, because the
    job added a version to it.

    If `jobs` already has ends, from a ledger or from `add_webhook_times`, output files take
    precedence. Other ends are kept, with their source.

    Calls: one listing per destination folder, one lookup to find each folder, and one lookup per
    output file that is not in its folder.

    Examples
    --------
    >>> from docgen_nb.frames import jobs_frame
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
    file_ids = jobs["output_file_id"].to_numpy(dtype="object")
    known = _output_files(
        [one for one in dict.fromkeys(file_ids) if isinstance(one, str)], box, folder_id
    )
    files = [known.get(file_id, _UNKNOWN) for file_id in file_ids]
    created = parse_times(pd.Series([file[0] for file in files], index=jobs.index, dtype=STR))
    folders = pd.Series([file[1] for file in files], index=jobs.index, dtype=STR)
    result = with_ends(jobs, created, source="output_file")
    return result.assign(folder_id=folders.fillna(result["folder_id"]))


def _output_files(wanted: list[str], box: DocGenClient, folder_id: str | None) -> dict[str, File]:
    """Return when and where each output file was created; deleted files are left out."""
    known: dict[str, File] = {}
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


def _files_in(folder_id: str, box: DocGenClient) -> dict[str, File]:
    items = box.list_folder_items(folder_id, fields=["created_at"], limit=wire.MAX_LIMIT)
    with closing(read_entries(items, kind=_Item)) as pages:
        return {
            item.id: (item.created_at, folder_id)
            for page in pages
            for item in map(_item, page)
            if item.type == "file"
        }


class _Item(msgspec.Struct, gc=False):
    id: str
    type: str
    created_at: str | None = None


def _item(entry: _Item | Entry) -> _Item:
    if isinstance(entry, _Item):
        return entry
    return _Item(str(entry["id"]), entry["type"], entry.get("created_at"))
