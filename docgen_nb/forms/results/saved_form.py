"""The state of a form as a file: the request, and no token."""

import os
from os import PathLike
from pathlib import Path
from typing import Any

from docgen_nb import exact_json
from docgen_nb.errors import NotWritten, UnreadableData
from docgen_nb.request import BatchRequest

KIND = "docgen_nb form"
MAX_BYTES = 200 * 1024 * 1024


def encode(request: BatchRequest) -> bytes:
    """Return a request as the content of a file. ValueError for data that JSON cannot hold."""
    return exact_json.encode({"kind": KIND, "version": 1, "request": request.as_dict()})


def decode(content: bytes, *, name: str) -> dict[str, Any]:
    """Return the request of a file as `BatchRequest.as_dict` does.

    UnreadableData if the file is not a saved form.

    >>> request = BatchRequest("11", rows=[{"name": "Ada"}])
    >>> decode(encode(request), name="order.json") == request.as_dict()
    True
    """
    try:
        saved = exact_json.decode(content.decode("utf-8-sig"))
        if saved["kind"] != KIND:
            raise KeyError(saved["kind"])
        request = BatchRequest(**saved["request"])
        if not all(isinstance(row, dict) for row in request.rows):
            raise TypeError("rows")
        return request.as_dict()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableData(
            f"{name} is not a saved form. Choose a file that Save form wrote."
        ) from error


def save(request: BatchRequest, path: str | PathLike[str]) -> None:
    """Write a request to a file, which is replaced as a whole."""
    target = Path(path).expanduser()
    content = encode(request)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        raise NotWritten(f"Cannot write {target}: {error.strerror}.") from error


def read(path: str | PathLike[str]) -> dict[str, Any]:
    """Return the request of a file as `BatchRequest.as_dict` does."""
    source = Path(path).expanduser()
    try:
        if source.stat().st_size > MAX_BYTES:
            raise UnreadableData(f"{source} is too large for a saved form.")
        return decode(source.read_bytes(), name=source.name)
    except OSError as error:
        raise UnreadableData(f"Cannot read {source}: {error.strerror}.") from error
