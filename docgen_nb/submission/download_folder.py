"""Saving the documents of a batch in a folder, without replacing anything by accident."""

import errno
import os
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

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
from docgen_nb.request import same_name
from docgen_nb.submission.document import Document
from docgen_nb.submission.file_names import names_for, safe_name
from docgen_nb.submission.manifest import Manifest, line_of

Result = TypeVar("Result")

# These concern one document; after any other error the next one would fail as well.
_OF_ONE_DOCUMENT = (BadRequest, Forbidden, NotFound, NotReady, UnreadableReply)
_PARTIAL, _LEFTOVER_SECONDS = ".docgen-nb-", 24 * 3600.0
_GROUP = 4  # documents for each thread before the next ones are named
_OF_ONE_NAME = (errno.EILSEQ, errno.EINVAL, errno.ENAMETOOLONG)


class Output(NamedTuple):
    """A job with a document, and the row of its data."""

    row: int
    job: Entry


Saved = tuple[Path, str]  # where a document is, and its SHA-1


def save_documents(
    box: DocGenClient, outputs: Iterable[Output], folder: Path, *, overwrite: bool, parallel: int
) -> list[Path]:
    """Save the documents of jobs, as `Batch.download` describes."""
    if parallel < 1:
        raise ValueError(f"parallel must be at least 1, not {parallel}.")
    parallel = 1 if sys.platform == "emscripten" else parallel  # no threads there
    paths: list[Path] = []
    failures: dict[str, DocGenError] = {}
    try:
        target, manifest = DownloadFolder(folder, overwrite=overwrite), Manifest(folder)
        with ThreadPoolExecutor(parallel) as threads:
            saver = _Saver(box, target, manifest, each=map if parallel == 1 else threads.map)
            for group in _groups(outputs, 1 if parallel == 1 else _GROUP * parallel):
                for output, result in saver.save(group):
                    if isinstance(result, DocGenError):
                        failures[output.job["id"]] = result
                    else:
                        paths.append(result[0])
        manifest.tidy()
    except OSError as error:
        raise _not_written(folder, error) from error
    if failures:
        raise NotDownloaded(paths=paths, failures=failures)
    return paths


def _groups(outputs: Iterable[Output], size: int) -> Iterator[list[Output]]:
    rest = iter(outputs)
    while group := list(islice(rest, size)):
        yield group


class _Saver:
    """Saves groups of documents. `each` maps a function over them, perhaps in threads.

    Names are given in the order of the jobs, so that each download gives the same ones.
    """

    def __init__(
        self,
        box: DocGenClient,
        target: "DownloadFolder",
        manifest: Manifest,
        *,
        each: Callable[..., Iterable[Any]],
    ) -> None:
        self._box, self._target, self._manifest, self._each = box, target, manifest, each

    def save(self, group: list[Output]) -> list[tuple[Output, Saved | DocGenError]]:
        """Save the documents of a group and add them to the manifest; return what came of each."""
        described = list(self._each(self._describe, group))
        names = [self._names(*pair) for pair in zip(group, described, strict=True)]
        results = list(self._each(self._write, described, names))
        self._manifest.add(
            line_of(output.row, output.job, result[0].name, result[1])
            for output, result in zip(group, results, strict=True)
            if not isinstance(result, DocGenError)
        )
        return list(zip(group, results, strict=True))

    def _describe(self, output: Output) -> Document | Saved | DocGenError:
        saved = None if self._target.overwrite else self._manifest.saved(output.job)
        if saved is not None:
            return saved
        return self._attempt(lambda: Document(self._box, _output_id(output.job)))

    def _names(self, output: Output, document: Document | Saved | DocGenError) -> Iterator[str]:
        if not isinstance(document, Document):
            return iter(())
        name = safe_name(document.name, otherwise=f"file {_output_id(output.job)}")
        return self._target.names(name, job_id=str(output.job["id"]))

    def _write(
        self, document: Document | Saved | DocGenError, names: Iterator[str]
    ) -> Saved | DocGenError:
        if not isinstance(document, Document):
            return document
        return self._attempt(lambda: (self._target.save(document, names), document.sha1))

    def _attempt(self, work: Callable[[], Result]) -> Result | DocGenError:
        """Return what some work returns, or an error that concerns one document alone."""
        try:
            return work()
        except _OF_ONE_DOCUMENT as error:
            return error
        except OSError as error:
            if error.errno not in _OF_ONE_NAME:
                raise
            return _not_written(self._target.path, error)


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
        self.path, self.overwrite = path, overwrite
        self._used: set[str] = set()
        self._lock = threading.Lock()
        self._mode = _usual_mode(path)
        _delete_leftovers(path)

    def names(self, name: str, *, job_id: str) -> Iterator[str]:
        """Return the names that a document may have, the first free one of which is its own now."""
        candidates = filter(self._take, names_for(name, job_id=job_id))
        return chain([next(candidates)], candidates)

    def _take(self, name: str) -> bool:
        with self._lock:
            key = same_name(name)
            is_free = key not in self._used
            self._used.add(key)
            return is_free

    def save(self, document: Document, names: Iterator[str]) -> Path:
        """Save a document under the first of its names that nothing else has, and return the path.

        Safe to call from several threads.
        """
        with ExitStack() as stack:
            fetched = cache(lambda: stack.enter_context(self._fetched(document)))
            paths = (self.path / name for name in names)
            return next(path for path in paths if self._put(document, path, fetched))

    def _put(self, document: Document, path: Path, fetched: Callable[[], Path]) -> bool:
        """Return whether the document is at the path now; False if something else is there."""
        existing = _mode_of(path)
        if existing is not None:
            if not stat.S_ISREG(existing):  # a link would lead elsewhere, a pipe never end
                return False
            # One that cannot be read, or is deleted just now, is another one.
            with suppress(PermissionError, FileNotFoundError):
                if document.is_in(path):
                    return True
            if not self.overwrite:
                return False
        return self._publish(fetched(), path)

    @contextmanager
    def _fetched(self, document: Document) -> Iterator[Path]:
        """Write a document to a hidden file as it arrives, and delete that in the end."""
        # A new file with a random name and mode 0600, so that nothing at its place is followed.
        handle, name = tempfile.mkstemp(prefix=_PARTIAL, suffix=".part", dir=self.path)
        partial = Path(name)
        try:
            with open(handle, "wb") as file:
                document.save_to(file)
            partial.chmod(self._mode)
            yield partial
        finally:
            partial.unlink(missing_ok=True)

    def _publish(self, partial: Path, path: Path) -> bool:
        """Move a complete file to its place; False if another process was faster."""
        if not self.overwrite:
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
