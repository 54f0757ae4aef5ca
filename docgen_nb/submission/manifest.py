"""The list of the documents in a folder: of which row and job each is, and its SHA-1."""

import csv
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from docgen_nb.client_protocol import Entry
from docgen_nb.errors import NotWritten
from docgen_nb.submission.document import sha1_of
from docgen_nb.submission.file_names import safe_name

NAME = "manifest.csv"


class Line(NamedTuple):
    """One document; ``row`` is the position of its data in the request, from 0."""

    row: str
    job_id: str
    batch_id: str
    file: str
    sha1: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells documents of several batches apart."""
        return self.batch_id, self.job_id


def line_of(row: int, job: Entry, file: str, sha1: str) -> Line:
    """Return the line of a saved document, with ids that no spreadsheet takes for a formula."""
    batch_id = str((job.get("batch") or {}).get("id", ""))
    job_id, batch_id = (safe_name(text, otherwise="") for text in (str(job["id"]), batch_id))
    return Line(str(row), job_id, batch_id, file, sha1)


class Manifest:
    """The manifest of a folder, which may not exist. Saved documents are added as they come.

    NotWritten if there is a file of its name that is something else.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lines = {line.key: line for line in _read(self._path)}
        self._is_tidy = False  # whether the file has the lines, each once

    def saved(self, job: Entry) -> tuple[Path, str] | None:
        """Return file and SHA-1 of a job that an earlier download has saved, if both still fit."""
        line = self._lines.get(line_of(0, job, "", "").key)
        if line is None or safe_name(line.file, otherwise="none") != line.file:
            return None
        path = self._path.with_name(line.file)
        with suppress(OSError):  # gone, a link, or unreadable
            if stat.S_ISREG(path.lstat().st_mode) and sha1_of(path) == line.sha1:
                return path, line.sha1
        return None

    def add(self, lines: Iterable[Line]) -> None:
        """Append lines, so that a download that is killed can continue."""
        lines = list(lines)
        self._lines |= {line.key: line for line in lines}
        if not self._is_tidy:
            self.tidy()
            return
        with open(self._path, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)

    def tidy(self) -> None:
        """Write the file anew, with one line for each document."""
        if not self._lines:
            return
        partial = self._path.with_name(f".docgen-nb-{os.urandom(8).hex()}.part")
        try:
            with open(partial, "x", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(Line._fields)
                writer.writerows(self._lines.values())
            partial.replace(self._path)
        finally:
            partial.unlink(missing_ok=True)
        self._is_tidy = True


def _read(path: Path) -> list[Line]:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _not_ours(path)
        with open(path, encoding="utf-8", newline="") as file:
            header, *rows = [*csv.reader(file)] or [[]]
    except FileNotFoundError:
        return []
    except (UnicodeDecodeError, csv.Error) as error:
        raise _not_ours(path) from error
    if header != list(Line._fields):
        raise _not_ours(path)
    return [Line(*row) for row in rows if len(row) == len(header)]  # the last may be cut


def _not_ours(path: Path) -> NotWritten:
    return NotWritten(f"{path} is not a manifest of downloads. Move it, or choose another folder.")
