"""Saving the documents of a batch in a folder, without replacing anything by accident."""

import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import (
    BadRequest,
    DocGenError,
    Forbidden,
    NotDownloaded,
    NotFound,
    NotReady,
    NotWritten,
    UnreadableReply,
)
from docgen_nb.submission.document import Document
from docgen_nb.submission.file_names import names_for, safe_name, same_name

# These concern one document; after any other error the next one would fail as well.
_OF_ONE_DOCUMENT = (BadRequest, Forbidden, NotFound, NotReady, UnreadableReply)
_PARTIAL, _LEFTOVER_SECONDS = ".docgen-nb-", 24 * 3600.0
_OF_ONE_NAME = (errno.EILSEQ, errno.EINVAL, errno.ENAMETOOLONG)


def save_documents(
    box: DocGenClient, jobs: Iterable[Entry], folder: Path, *, overwrite: bool
) -> list[Path]:
    """Save the documents of jobs, as `Batch.download` describes."""
    paths: list[Path] = []
    failures: dict[str, DocGenError] = {}
    try:
        target = DownloadFolder(folder, overwrite=overwrite)
        for job in jobs:
            try:
                paths.append(target.save(Document(box, _output_id(job)), job))
            except _OF_ONE_DOCUMENT as error:
                failures[job["id"]] = error
            except OSError as error:
                if error.errno not in _OF_ONE_NAME:
                    raise
                failures[job["id"]] = _not_written(folder, error)
    except OSError as error:
        raise _not_written(folder, error) from error
    if failures:
        raise NotDownloaded(paths=paths, failures=failures)
    return paths


def _output_id(job: Entry) -> str:
    output = job["output_file"]
    if not isinstance(output, dict) or not output.get("id"):
        raise UnreadableReply(f"The output file of job {job['id']} has no id: {str(output)[:80]}")
    return str(output["id"])


def _not_written(folder: Path, error: OSError) -> NotWritten:
    return NotWritten(f"Cannot write to {folder}: {error.strerror}.")


class DownloadFolder:
    """A folder, created if it is absent, and the names that this download has used in it.

    OSError if it cannot be created or written to.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path, self._overwrite = path, overwrite
        self._used: set[str] = set()
        self._mode = _usual_mode(path)
        _delete_leftovers(path)

    def save(self, document: Document, job: Entry) -> Path:
        """Save a document under a name of its own, and return the path."""
        name = safe_name(document.name, otherwise=f"file {_output_id(job)}")
        for candidate in names_for(name, job_id=str(job["id"])):
            key, path = same_name(candidate), self._path / candidate
            if key not in self._used and self._put(document, path):
                self._used.add(key)
                return path
            if candidate == name:
                self._used.add(key)  # by this job, even if its content turns out to be wrong
        raise AssertionError("names_for ends")

    def _put(self, document: Document, path: Path) -> bool:
        """Return whether the document is at the path now; False if something else is there."""
        existing = _mode_of(path)
        if existing is not None:
            if not stat.S_ISREG(existing):  # a link would lead elsewhere, a pipe never end
                return False
            # One that cannot be read, or is deleted just now, is another one.
            with suppress(PermissionError, FileNotFoundError):
                if document.is_in(path):
                    return True
            if not self._overwrite:
                return False
        return self._write(document.content, path)

    def _write(self, content: bytes, path: Path) -> bool:
        # A new file with a random name and mode 0600, so that nothing at its place is followed.
        handle, name = tempfile.mkstemp(prefix=_PARTIAL, suffix=".part", dir=self._path)
        partial = Path(name)
        try:
            with open(handle, "wb") as file:
                file.write(content)
            partial.chmod(self._mode)
            return self._publish(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def _publish(self, partial: Path, path: Path) -> bool:
        """Move a complete file to its place; False if another process was faster."""
        if not self._overwrite:
            try:
                os.link(partial, path)  # unlike a move, this never replaces
            except FileExistsError:
                return False
            except OSError:  # no hard links on this file system
                return self._reserve(path) and self._move(partial, path)
            return True
        return self._move(partial, path)

    def _reserve(self, path: Path) -> bool:
        """Create an empty file for a move to replace; False if another process was faster."""
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, self._mode))
        except FileExistsError:
            return False
        return True

    def _move(self, partial: Path, path: Path) -> bool:
        partial.replace(path)  # so that no reader sees an incomplete document
        return True


def _delete_leftovers(folder: Path) -> None:
    """Delete the partial files of downloads that were killed more than a day ago."""
    for path in folder.glob(f"{_PARTIAL}*.part"):
        with suppress(OSError):  # of another user, or deleted just now
            if time.time() - path.lstat().st_mtime > _LEFTOVER_SECONDS:
                path.unlink()


def _mode_of(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _usual_mode(folder: Path) -> int:
    """Return the permissions of a new file. Python cannot read the umask without setting it."""
    probe = folder / f"{_PARTIAL}{os.getpid()}-{os.urandom(8).hex()}.part"
    handle = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        return stat.S_IMODE(os.fstat(handle).st_mode)
    finally:
        os.close(handle)
        probe.unlink()
