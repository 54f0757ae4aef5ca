"""A fake client for histories: a test changes its jobs, which are listed page by page."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from docgen_nb.client.reply import read_page
from docgen_nb.errors import BadRequest, NotFound

Entry = dict[str, Any]


class Clock:
    """A clock that changes only when set."""

    def __init__(self, time: str) -> None:
        self.now = pd.Timestamp(time, tz="UTC").timestamp()

    def __call__(self) -> float:
        return self.now

    def to(self, time: str) -> None:
        """Set this time of the same day, such as 12:01 or 12:00:50.5."""
        day = f"{pd.Timestamp(self.now, unit='s'):%Y-%m-%d}"
        self.now = pd.Timestamp(f"{day}T{time}", tz="UTC").timestamp()


class Box:
    """Holds entries, the newest first, and the files of folders; logs every call.

    With ``oldest_first`` it lists them the other way round.
    """

    url = "https://box.example"

    def __init__(self, *, page_size: int = 1000) -> None:
        self.jobs: list[Entry] = []
        self.folders: dict[str, dict[str, str]] = {}
        self.log: list[str] = []
        self.page_size, self.oldest_first = page_size, False
        self.markers_refused = False
        self.starts: list[int] = []  # of the pages of jobs that were read
        self.user, self.enterprise = "8", "9"

    def add(self, id: str, status: str, created_at: str | None, **more: Any) -> Entry:
        """Add a job at the top of the list."""
        entry = job(id, status, created_at, **more)
        self.jobs.insert(0, entry)
        return entry

    def end(self, id: str, status: str, *, file: str | None = None, at: str | None = None) -> None:
        """Finish a job, with an output file in folder 5 if one is named."""
        entry = self.job(id)
        entry["status"] = status
        if file is not None and at is not None:
            entry["output_file"] = {"type": "file", "id": file}
            entry["output_file_version"] = {"type": "file_version", "id": file + "0"}
            self.folders.setdefault("5", {})[file] = at

    def job(self, id: str) -> Entry:
        for entry in list(self.jobs):
            if entry["id"] == id:
                return entry
        raise NotFound(status=404, code="not_found", message="Not Found")

    def get_me(self, *, fields: Iterable[str]) -> Entry:
        self.log.append("me")
        assert set(fields) == {"enterprise"}
        enterprise = {"type": "enterprise", "id": self.enterprise} if self.enterprise else None
        return {"type": "user", "id": self.user, "enterprise": enterprise}

    def list_jobs(self, *, limit: int, marker: str | None = None) -> "Pages":
        assert limit == 1000
        jobs = self.jobs[::-1] if self.oldest_first else self.jobs
        return Pages(self, "jobs", jobs, start=int(marker or 0))

    def list_batch_jobs(self, batch_id: str, *, limit: int) -> "Pages":
        assert limit == 1000
        jobs = [short(entry) for entry in list(self.jobs) if entry["batch"]["id"] == batch_id]
        return Pages(self, f"batch {batch_id}", jobs)

    def get_job(self, job_id: str) -> Entry:
        self.log.append(f"job {job_id}")
        return short(self.job(job_id))

    def get_file(self, file_id: str, *, fields: Iterable[str]) -> Mapping[str, Any]:
        self.log.append(f"file {file_id}")
        assert set(fields) == {"created_at", "parent"}
        for folder_id, files in self.folders.items():
            if file_id in files:
                return {"created_at": files[file_id], "parent": {"id": folder_id}}
        raise NotFound(status=404, code="not_found", message="Not Found")

    def list_folder_items(
        self, folder_id: str, *, fields: Iterable[str], limit: int
    ) -> Iterator[Mapping[str, Any]]:
        self.log.append(f"folder {folder_id}")
        assert (set(fields), limit) == ({"created_at"}, 1000)
        for file_id, created_at in self.folders[folder_id].items():
            yield {"type": "file", "id": file_id, "created_at": created_at}

    def calls(self) -> list[str]:
        """Return the calls since the last time this was called."""
        calls, self.log = self.log, []
        return calls


class Pages:
    """A listing whose pages are logged when they are fetched."""

    def __init__(self, box: Box, name: str, entries: list[Entry], *, start: int = 0) -> None:
        self.box, self.name, self.entries, self.start = box, name, list(entries), start
        self.last_marker = ""

    def pages(self, kind: type) -> Iterator[list[Any]]:
        size = self.box.page_size
        for start in range(self.start, max(self.start + 1, len(self.entries)), size):
            self.box.log.append(self.name)
            self.box.starts += [start] * (self.name == "jobs")
            if self.start and self.box.markers_refused:
                raise BadRequest(status=400, code="bad_request", message="No such marker")
            self.last_marker = str(start) if start else ""
            content = json.dumps({"entries": self.entries[start : start + size]}).encode()
            yield read_page(200, {}, content, kind=kind, url=self.box.url).entries


def job(
    id: str,
    status: str,
    created_at: str | None,
    *,
    batch: str = "1",
    template: str = "41",
    output_type: str = "docx",
    errors: Iterable[str] = (),
    warnings: Iterable[str] = (),
) -> Entry:
    entry: Entry = {
        "id": id,
        "type": "docgen_job",
        "batch": {"type": "docgen_batch", "id": batch},
        "template_file": {"type": "file", "id": template},
        "template_file_version": {"type": "file_version", "id": f"{template}0"},
        "status": status,
        "output_type": output_type,
        "output_file": None,
        "output_file_version": None,
        "failures": None,
        "created_by": {"type": "user", "id": "8"},
        "enterprise": {"type": "enterprise", "id": "9"},
        "source": "api",
    }
    if errors or warnings:
        entry["failures"] = {"errors": list(errors), "warnings": list(warnings)}
    if created_at is not None:
        entry["created_at"] = created_at
    return entry


def short(entry: Entry) -> Entry:
    """Return an entry as sent for one job and in the list of a batch."""
    left_out = ("created_by", "enterprise", "source", "created_at")
    return {name: value for name, value in entry.items() if name not in left_out}
