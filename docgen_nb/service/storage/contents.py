"""The contents of files, named by their hash, in the data folder."""

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

from docgen_nb.service.http.messages import CHUNK_BYTES
from docgen_nb.service.storage.errors import StorageDamaged, raise_if_storage_full
from docgen_nb.service.storage.private_files import FOLDER_MODE

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# A folder of the user's own may have the same names: what is not named like this is left alone.
_INCOMING = re.compile(r"tmp[a-z0-9_]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Blob:
    """Stored content: its two hashes in lower-case hex and its size in bytes."""

    sha256: str
    sha1: str
    size: int


class Contents:
    """The folders of contents and of incoming files. Safe to use from several processes.

    Content that is kept belongs to nothing until a version names it. Until then its folder is
    locked (shared), so that `delete`, which locks the folder for itself, leaves it alone. Where
    files can't be locked, nothing is deleted.
    """

    def __init__(self, folder: Path) -> None:
        self._contents, self._incoming = folder / "contents", folder / "incoming"
        self._local = threading.local()

    def sweep(self) -> None:
        """Delete the incoming files of processes that were killed: their locks are gone."""
        for path in self._incoming.iterdir():
            if not _INCOMING.fullmatch(path.name):
                continue
            with suppress(FileNotFoundError), path.open("rb") as file:
                if _lock(file.fileno()):
                    path.unlink()

    @contextmanager
    def incoming(self) -> Iterator[IO[bytes]]:
        """Yield a temporary file in the data folder; it is deleted unless `keep` moves it."""
        with raise_if_storage_full():
            file = self._locked_file()
            try:
                yield file
            finally:
                with suppress(OSError):  # an incomplete file is deleted anyway
                    file.close()
                Path(file.name).unlink(missing_ok=True)

    def _locked_file(self) -> IO[bytes]:
        while True:
            file = NamedTemporaryFile(  # noqa: SIM115  `incoming` closes it
                dir=self._incoming, delete=False
            )
            _lock(file.fileno())
            if os.path.exists(file.name):
                return file
            file.close()  # another process swept it before it was locked

    def keep(self, file: IO[bytes]) -> Blob:
        """Move a file of `incoming` to its permanent place and return its hashes and size."""
        file.seek(0)
        sha256, sha1, size = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
        while chunk := file.read(CHUNK_BYTES):
            sha256.update(chunk)
            sha1.update(chunk)
            size += len(chunk)
        if fcntl is None:
            file.close()  # Windows moves no open file; elsewhere it stays locked until it is moved
        blob = Blob(sha256.hexdigest(), sha1.hexdigest(), size)
        target = self.path(blob.sha256)
        target.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        self._hold(blob.sha256)
        os.replace(file.name, target)
        return blob

    def _hold(self, sha256: str) -> None:
        if fcntl is None:
            return
        folder = os.open(self.path(sha256).parent, os.O_RDONLY)
        with suppress(OSError):  # no locks here: then nothing is deleted either
            fcntl.flock(folder, fcntl.LOCK_SH)
        self._held().append((sha256, folder))

    def _held(self) -> list[tuple[str, int]]:
        held: list[tuple[str, int]] = self._local.__dict__.setdefault("held", [])
        return held

    def release(self) -> list[str]:
        """Unlock what this thread has kept since the last call, and return its names."""
        held = getattr(self._local, "held", None)
        if not held:
            return []
        names = [sha256 for sha256, _ in held]
        while held:
            os.close(held.pop()[1])
        return names

    def keep_bytes(self, content: bytes) -> Blob:
        """Store bytes and return their hashes and size."""
        with self.incoming() as file:
            file.write(content)
            return self.keep(file)

    def path(self, sha256: str) -> Path:
        """Return the path of stored content."""
        return self._contents / sha256[:2] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """Open stored content for reading; StorageDamaged if it is missing."""
        return self.existing(sha256).open("rb")

    def existing(self, sha256: str) -> Path:
        """Return the path of stored content; StorageDamaged if it is missing."""
        path = self.path(sha256)
        if not path.exists():
            raise StorageDamaged(
                f"The content {sha256} is missing from the data folder. To list all that are, "
                "run: docgen-nb serve --data DIR --check"
            )
        return path

    def groups(self) -> Iterator[tuple[str, set[str]]]:
        """Yield the names of all contents, in groups that share their first two digits."""
        for folder in sorted(self._contents.iterdir()):
            if folder.is_dir():
                names = {path.name for path in folder.iterdir()}
                yield folder.name, set(filter(_SHA256.fullmatch, names))

    @contextmanager
    def locked(self, sha256: str) -> Iterator[bool]:
        """Lock the folder of a content, so that nobody keeps one there; False if others do."""
        try:
            folder = os.open(self.path(sha256).parent, os.O_RDONLY)
        except OSError:  # there is nothing, or Windows, where a folder can't be locked
            yield False
            return
        try:
            yield _lock(folder)
        finally:
            os.close(folder)

    def delete(self, sha256: str) -> None:
        """Delete a content; call it while its folder is `locked` and after a last look."""
        self.path(sha256).unlink(missing_ok=True)


def _lock(descriptor: int) -> bool:
    """Lock a file or folder while it is open; False if another process holds it or on Windows."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
