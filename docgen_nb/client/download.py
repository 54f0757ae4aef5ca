"""Downloads to a file, and checking that a content is not the page of a proxy."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from docgen_nb.errors import UnreadableReply

Target = str | PathLike[str] | BinaryIO
_HTML = (b"<!doctype html", b"<html")
_BEGINNING = 64  # bytes


class Download:
    """Writes a content to an open file, from its position; another try begins there again.

    The file must be able to seek. Memory holds only the beginning of the content.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._start = file, file.tell()
        self.restart()

    def restart(self) -> None:
        """Discard what was written."""
        self._file.seek(self._start)
        self._file.truncate()
        self.size, self._beginning = 0, b""
        self._sha1 = hashlib.sha1(usedforsecurity=False)

    def write(self, piece: bytes) -> None:
        """Write the next bytes."""
        self._file.write(piece)
        self._sha1.update(piece)
        self.size += len(piece)
        if len(self._beginning) < _BEGINNING:
            self._beginning = (self._beginning + piece).lstrip()[:_BEGINNING]

    @property
    def sha1(self) -> str:
        """The SHA-1 of what was written."""
        return self._sha1.hexdigest()

    @property
    def is_suspicious(self) -> bool:
        """Whether the content may come from a proxy or login page."""
        return is_suspicious(self._beginning)

    def check(self, versions: Iterable[Mapping[str, Any]], *, url: str) -> None:
        """Raise UnreadableReply if the content is none of these versions, by their SHA-1."""
        if not any(version.get("sha1") == self.sha1 for version in versions):
            page = f"an HTML page of {self.size:,} bytes" if self._beginning else "an empty body"
            raise UnreadableReply(
                f"{url} answered with {page} instead of the content of the file. Check that no "
                "proxy or login page answers."
            )


def is_suspicious(content: bytes) -> bool:
    """Return whether a content may come from a proxy or login page: it is empty, or HTML.

    >>> is_suspicious(b"<!DOCTYPE html><title>Log in</title>"), is_suspicious(b"%PDF-1.7")
    (True, False)
    """
    return not content.strip() or content.lstrip()[:15].lower().startswith(_HTML)


@contextmanager
def opened(target: Target) -> Iterator[BinaryIO]:
    """Open a path for a download, or pass on an open file.

    A path gets its content when the block ends without an error: until then it is in a hidden
    file beside it.
    """
    if not isinstance(target, str | PathLike):
        yield target
        return
    path = Path(target)
    partial = path.with_name(f".docgen-nb-{os.urandom(8).hex()}.part")
    try:
        with open(partial, "xb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
