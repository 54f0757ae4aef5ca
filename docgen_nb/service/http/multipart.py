"""Multipart uploads, read as they stream in: the attributes, then the file."""

import logging
from typing import IO, Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header

from docgen_nb import wire
from docgen_nb.service.http.json_body import parse_json
from docgen_nb.service.http.messages import (
    CHUNK_BYTES,
    ApiFailure,
    Request,
    bad_request,
    missing,
    too_large,
)

ATTRIBUTES_BYTES = 64 * 1024
MOST_PARTS = 100  # two are needed; reading many small ones takes long
_silent = logging.getLogger(f"{__name__}.parser")
_silent.disabled = True


def read_upload(request: Request, file: IO[bytes]) -> dict[str, Any]:
    """Write the file of an upload to `file` and return the attributes."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise bad_request(
            "An upload must be multipart/form-data with the parts 'attributes' and 'file'."
        )
    parts = _Parts(file)
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.logger = _silent  # it would log parts of the body; the caller gets the same message
        while chunk := request.body.read(CHUNK_BYTES):
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise bad_request(f"The multipart body cannot be read: {error}") from error
    if parser.state != MultipartState.END:
        raise bad_request("The multipart body ends before its last boundary.")
    attributes = parts.read_attributes()
    if not parts.has_file:
        raise missing("file")
    return attributes


class _Parts:
    """Receiver of the parser's callbacks.

    FormParser would suffice for small forms, but it buffers a file of its own and reads fields of
    any size into memory. The part named file is the file, even with an empty file name. So is a
    part of any other name that has a file name: Box accepts it, and its older Node SDK calls it
    content.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.has_file = False
        self._attributes: bytearray | None = None
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._part = b""
        self._size = self._parts = 0

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._reset_part,
            "on_header_begin": self._reset_header,
            "on_header_field": lambda data, a, b: self._header_name.extend(data[a:b]),
            "on_header_value": lambda data, a, b: self._header_value.extend(data[a:b]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_part,
            "on_part_data": self._write,
        }

    def read_attributes(self) -> dict[str, Any]:
        if self._attributes is None:
            raise missing("attributes")
        try:
            attributes = parse_json(bytes(self._attributes))
        except ValueError as error:
            raise bad_request("The part 'attributes' is not valid JSON.") from error
        if not isinstance(attributes, dict):
            raise bad_request("The part 'attributes' must be a JSON object.")
        return attributes

    def _reset_part(self) -> None:
        self._part = b""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise bad_request(f"An upload can have at most {MOST_PARTS} parts.")

    def _reset_header(self) -> None:
        self._header_name.clear()
        self._header_value.clear()

    def _end_header(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self._part = options.get(b"name", b"")
            if b"filename" in options and self._part != b"attributes":
                self._part = b"file"

    def _begin_part(self) -> None:
        if self._part == b"attributes":
            if self.has_file:
                message = "The part 'attributes' must come before the part 'file'."
                raise ApiFailure(400, "metadata_after_file_contents", message)
            self._attributes = bytearray()
        if self._part == b"file":
            if self.has_file:
                raise bad_request("An upload can contain only one file.", name="file")
            self.has_file = True

    def _write(self, data: bytes, start: int, end: int) -> None:
        if self._part == b"file":
            self._size += end - start
            if self._size > wire.MAX_DIRECT_UPLOAD_BYTES:
                raise _upload_too_large()
            self.file.write(data[start:end])
        elif self._part == b"attributes" and self._attributes is not None:
            self._attributes.extend(data[start:end])
            if len(self._attributes) > ATTRIBUTES_BYTES:
                raise _upload_too_large()


def _upload_too_large() -> ApiFailure:
    limit = wire.MAX_DIRECT_UPLOAD_BYTES // 1024**2
    return too_large(f"The file is over the limit of {limit} MB for a direct upload.")
