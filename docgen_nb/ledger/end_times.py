"""Finding when the output files of finished jobs were created, with few calls."""

# ruff: noqa: S608  statements are put together from constants; values are bound
import math
from collections.abc import Iterator
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import NotFound
from docgen_nb.ledger.connection import HistoryFile
from docgen_nb.ledger.job_rows import Key, key, seconds
from docgen_nb.ledger.job_tables import OUTPUT_UNREAD
from docgen_nb.ledger.rollups import count_in_folder
from docgen_nb.ledger.writes import record_ends

End = tuple[Key, float | None, Key]  # job, time, folder
_UNREAD = f"SELECT output_file_id, job_id FROM job_records WHERE {OUTPUT_UNREAD}"
_NEW_SECONDS = 3600.0
_AT_ONCE = 20_000  # ends in one transaction


def read_end_times(box: DocGenClient, file: HistoryFile, *, now: float) -> tuple[int, int]:
    """Look up each new output file; return the number of ends and of calls.

    A file that is not found is looked up again while its job is new: it may not be listed yet.
    """
    is_new = f"{_UNREAD} AND created_at > ?"
    new = {job_id for _, job_id in file.all(is_new, (now - _NEW_SECONDS,))}
    search = _Search(box, dict(file.all(_UNREAD)), file, new=new)
    ends, pending = 0, []
    for end in search:
        pending.append(end)
        if len(pending) >= _AT_ONCE:
            ends += _write(file, pending)
            pending = []
    return ends + _write(file, pending), search.calls


def _write(file: HistoryFile, ends: list[End]) -> int:
    if ends:
        with file.write() as db:
            record_ends(db, ends)
    return sum(end[1] is not None for end in ends)


class _Search:
    """Looks up one file, then the others that may be in the same folder."""

    def __init__(
        self, box: DocGenClient, wanted: dict[Key, Key], file: HistoryFile, *, new: set[Key]
    ) -> None:
        self.box, self.wanted, self.file, self.new = box, wanted, file, new
        self.listed: set[str] = set()
        self.calls = 0

    def __iter__(self) -> Iterator[End]:
        while self.wanted:
            file_id, job_id = self.wanted.popitem()
            try:
                self.calls += 1
                output = self.box.get_file(str(file_id), fields=["created_at", "parent"])
            except NotFound:
                if job_id not in self.new:
                    yield job_id, None, None
                continue
            parent = output.get("parent")
            folder = parent.get("id") if isinstance(parent, dict) else None
            yield job_id, _created(output), key(folder)
            if folder is not None and self._is_worth_listing(folder):
                yield from self._in_folder(folder)

    def _is_worth_listing(self, folder: str) -> bool:
        """Whether a listing takes fewer calls than a lookup of each file."""
        if folder in self.listed:
            return False
        with self.file.use() as db:
            size = count_in_folder(db, key(folder))
        return math.ceil(size / wire.MAX_LIMIT) < len(self.wanted)

    def _in_folder(self, folder: str) -> Iterator[End]:
        self.listed.add(folder)
        self.calls += 1
        items = self.box.list_folder_items(folder, fields=["created_at"], limit=wire.MAX_LIMIT)
        for position, item in enumerate(items):
            self.calls += position > 0 and position % wire.MAX_LIMIT == 0
            job_id = self.wanted.pop(key(item["id"]), None) if item["type"] == "file" else None
            if job_id is not None:
                yield job_id, _created(item), key(folder)
            if not self.wanted:
                return


def _created(item: Entry) -> Any:
    return seconds(item.get("created_at"), of="created_at")
