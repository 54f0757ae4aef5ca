"""Request bodies: JSON, forms and file uploads."""

import io
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self
from urllib.parse import urlencode

from urllib3.filepost import encode_multipart_formdata

from docgen_nb import exact_json, wire
from docgen_nb.config import SecretBytes

Source = str | PathLike[str] | bytes | BinaryIO
_CHUNK = 1 << 20


class Body(NamedTuple):
    """The body of a request and its content type."""

    content_type: str
    content: bytes

    @classmethod
    def json(cls, value: Mapping[str, Any]) -> Self:
        """Return a JSON body; a Decimal keeps its digits.

        ValueError for a number that JSON cannot hold (NaN, infinity), TypeError for a value that
        is not JSON.
        """
        exact_json.check_numbers(value)
        return cls("application/json", exact_json.encode(value))

    @classmethod
    def form(cls, fields: Mapping[str, str]) -> Self:
        """Return a form, as the token endpoint expects; its repr hides the secret in it."""
        content = SecretBytes(urlencode(fields).encode())
        return cls("application/x-www-form-urlencoded", content)

    @classmethod
    def upload(cls, content: bytes, *, filename: str, attributes: Mapping[str, Any]) -> Self:
        """Return a multipart body: the attributes first, as Box requires, then the file."""
        body, content_type = encode_multipart_formdata(
            {
                "attributes": json.dumps(dict(attributes)),
                "file": (filename, content, "application/octet-stream"),
            }
        )
        return cls(content_type, body)


def read_source(source: Source) -> tuple[bytes, str]:
    """Return the content of a path, bytes or an open binary file, and its name ("" for none).

    An open file is read from its current position. ValueError for more than the 50 MB of a direct
    upload, of which no more is read; TypeError for a text file.
    """
    if isinstance(source, bytes):
        return _read(io.BytesIO(source)), ""
    if isinstance(source, str | PathLike):
        with Path(source).open("rb") as file:
            return _read(file), Path(source).name
    name = getattr(source, "name", "")  # a number for a file opened by its descriptor
    return _read(source), Path(name).name if isinstance(name, str) else ""


def _read(file: BinaryIO) -> bytes:
    if not isinstance(file.read(0), bytes):
        raise TypeError('Open the file in binary mode: open(path, "rb").')
    too_large = wire.MAX_DIRECT_UPLOAD_BYTES + 1
    content = bytearray()
    while chunk := file.read(min(_CHUNK, too_large - len(content))):
        content += chunk
    if len(content) == too_large:
        raise ValueError("The file is larger than 50 MB, the limit of a direct upload.")
    return bytes(content)
