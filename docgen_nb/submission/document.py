"""One generated document: what Box lists about it, and its checked content."""

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import BinaryIO

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.errors import UnreadableReply

_sha1 = partial(hashlib.sha1, usedforsecurity=False)  # the checksum that Box lists


def sha1_of(path: Path) -> str:
    """Return the SHA-1 of a file. OSError for a link, and for one that cannot be read."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:
        return hashlib.file_digest(file, _sha1).hexdigest()


class Document:
    """A generated document in Box. Reading its name, size and SHA-1 takes one call.

    Parameters
    ----------
    box : Client
        As from `connect`.
    file_id : str
        The id of the output file of a job.

    Attributes
    ----------
    name : str
        As in Box. It may contain characters that no file system accepts.

    Examples
    --------
    >>> from docgen_nb.connection import connect
    >>> with connect("local") as box:
    ...     file = box.upload_file(b"Dear Ada", name="Letter.pdf")
    ...     document = Document(box, file["id"])
    ...     document.name, document.content
    ('Letter.pdf', b'Dear Ada')
    """

    def __init__(self, box: DocGenClient, file_id: str) -> None:
        file = box.get_file(file_id, fields=["name", "size", "sha1"])
        self._box, self._id = box, file_id
        size, sha1 = file.get("size"), file.get("sha1")
        self._size = size if isinstance(size, int) else None
        self._sha1 = sha1.lower() if isinstance(sha1, str) else None
        self._content: bytes | None = None
        self.name = str(file.get("name") or "")

    @property
    def content(self) -> bytes:
        """The content, fetched once and compared with the size and SHA-1 that Box lists.

        UnreadableReply if they differ, or if the document is empty.
        """
        if self._content is None:
            content = self._box.download_file(self._id)
            self._sha1 = self._checked(_sha1(content).hexdigest(), len(content))
            self._content = content
        return self._content

    def save_to(self, file: BinaryIO) -> None:
        """Write the content to an empty file as it arrives, and compare it as `content` is.

        OSError if the file cannot be written.
        """
        if self._content is None:
            self._sha1 = self._checked(self._box.download_to(self._id, file), file.tell())
        else:
            file.write(self._content)

    def _checked(self, sha1: str, size: int) -> str:
        """Return the SHA-1 of a content; UnreadableReply if it is not the one that Box lists."""
        problem = ""
        if not size:
            problem = "is empty. Generate the document again."
        elif self._size not in (None, size):
            problem = f"has {size:,} bytes; Box lists {self._size:,}. Download it again."
        elif self._sha1 not in (None, sha1):
            problem = f"does not have the SHA-1 that Box lists ({self._sha1}). Download it again."
        if problem:
            raise UnreadableReply(f"The content of {self.name!r} (file {self._id}) {problem}")
        return sha1

    def is_in(self, path: Path) -> bool:
        """Return whether a file has this content, which is fetched only if Box lists no SHA-1."""
        size = len(self.content) if self._size is None else self._size
        if path.stat().st_size != size:
            return False
        return sha1_of(path) == self.sha1

    @property
    def sha1(self) -> str:
        """The SHA-1 that Box lists, else that of the content."""
        if self._sha1 is None:
            self._sha1 = _sha1(self.content).hexdigest()
        return self._sha1
