"""Request bodies that can be sent twice, and uploads that are streamed."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import urlencode

from urllib3.fields import RequestField
from urllib3.filepost import choose_boundary

from docgen_nb import exact_json, wire

Source = str | PathLike[str] | bytes | BinaryIO


@dataclass(frozen=True)
class Body:
    """What a request carries. `open` gives it from its start, however often it is called."""

    content_type: str
    open: Callable[[], AbstractContextManager[Any]]

    @classmethod
    def json(cls, value: Mapping[str, Any]) -> Self:
        """Return a JSON body; a Decimal keeps its digits.

        ValueError for a number that JSON has not (nan, infinity), TypeError for what is no JSON.
        """
        exact_json.check_numbers(value)
        content = exact_json.encode(value)
        return cls("application/json", lambda: nullcontext(content))

    @classmethod
    def form(cls, fields: Mapping[str, str]) -> Self:
        """Return a form, as the token endpoint wants it."""
        content = urlencode(fields).encode()
        return cls("application/x-www-form-urlencoded", lambda: nullcontext(content))

    @classmethod
    def upload(cls, source: "Upload", *, attributes: Mapping[str, Any]) -> Self:
        """Return a multipart body: the attributes first, as Box demands, then the file."""
        boundary = choose_boundary()
        head = _part_head("attributes", boundary=boundary) + json.dumps(dict(attributes)).encode()
        head += b"\r\n" + _part_head("file", boundary=boundary, filename=source.name or "file")
        tail = f"\r\n--{boundary}--\r\n".encode()

        @contextmanager
        def chain() -> Iterator[_Chain]:
            with source.open() as file:
                yield _Chain(head, file, tail, size=len(head) + source.size + len(tail))

        return cls(f"multipart/form-data; boundary={boundary}", chain)


class Upload:
    """A file to upload: a path, bytes, or an open binary file, read from where it stands.

    ValueError if there is no name to be had from it where one is needed, or if it is larger than
    a direct upload may be; TypeError for a text file.
    """

    def __init__(self, source: Source, *, name: str | None = None) -> None:
        self._source = source
        self._start = 0
        if isinstance(source, bytes):
            self.name, self.size = name, len(source)
        elif isinstance(source, str | PathLike):
            self.name, self.size = name or Path(source).name, Path(source).stat().st_size
        else:
            self._take_file(source)
            self.name = name or _name_of(source)
        if self.size > wire.MAX_DIRECT_UPLOAD_BYTES:
            raise ValueError(
                f"The file has {self.size} bytes; a direct upload takes at most "
                f"{wire.MAX_DIRECT_UPLOAD_BYTES} (50 MB)."
            )

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Give the content as a binary file, from its start."""
        if isinstance(self._source, bytes):
            yield io.BytesIO(self._source)
        elif isinstance(self._source, str | PathLike):
            with Path(self._source).open("rb") as file:
                yield file
        else:
            self._source.seek(self._start)
            yield self._source

    def _take_file(self, file: BinaryIO) -> None:
        if not file.seekable():  # its size is not known, nor could it be sent twice
            file = self._source = io.BytesIO(file.read())
        self._start = file.tell()
        self.size = file.seek(0, io.SEEK_END) - self._start
        file.seek(self._start)
        if not isinstance(file.read(0), bytes):
            raise TypeError('The file must be open in binary mode: open(path, "rb").')


def _name_of(file: BinaryIO) -> str | None:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else None


class _Chain:
    """A head, a file and a tail, read as one; its length is known before."""

    def __init__(self, head: bytes, file: BinaryIO, tail: bytes, *, size: int) -> None:
        self._parts = [io.BytesIO(head), file, io.BytesIO(tail)]
        self._size = size

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(part.read() for part in self._parts)
        while self._parts:
            if chunk := self._parts[0].read(size):
                return chunk
            self._parts.pop(0)
        return b""


def _part_head(name: str, *, boundary: str, filename: str | None = None) -> bytes:
    field = RequestField(name, b"", filename=filename)
    field.make_multipart(content_type="application/octet-stream" if filename else None)
    return f"--{boundary}\r\n{field.render_headers()}".encode()
