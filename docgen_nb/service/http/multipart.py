"""A multipart upload, read as it streams in: its attributes and the file behind them."""

import logging
from typing import IO, Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from docgen_nb import wire
from docgen_nb.service.http.json_body import parse_json
from docgen_nb.service.http.messages import Refused, Request, bad_request, missing
from docgen_nb.service.storage.store import CHUNK, Blob, Store, no_room_is_told

ATTRIBUTES_BYTES = 64 * 1024
_quiet = logging.getLogger(f"{__name__}.parser")
_quiet.disabled = True


def read_upload(request: Request, store: Store) -> tuple[dict[str, Any], Blob]:
    """Store the file of an upload and return its attributes and what was stored."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise bad_request(
            "An upload is multipart/form-data with the parts 'attributes' and 'file'."
        )
    with no_room_is_told(), store.incoming() as file:
        parts = _Parts(file)
        try:
            _feed(request, parts, boundary)
            attributes = parts.read_attributes()
            if not parts.file_seen:
                raise missing("file")
            blob = store.keep(file)
        except BaseException:
            store.discard(file)
            raise
    _check_digest(request, blob)
    return attributes, blob


def _feed(request: Request, parts: "_Parts", boundary: bytes) -> None:
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.logger = _quiet  # it would quote the body; the caller is told the same
        while chunk := request.body.read(CHUNK):
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise bad_request(f"The multipart body cannot be read: {error}") from error
    if not parts.ended:
        raise bad_request("The multipart body ends before its last boundary.")


def _check_digest(request: Request, blob: Blob) -> None:
    wanted = request.headers.get("content-md5")  # Box's name; the value is a SHA-1
    if wanted is not None and wanted.lower() != blob.sha1:
        raise Refused(400, "bad_digest", "The specified content-md5 did not match what we received")


class _Parts:
    """Takes the parser's callbacks.

    A part named file is the file, even with an empty file name; so is one of any other name that
    has a file name: Box takes it, and its older Node SDK calls it content.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.file_seen = False
        self.ended = False
        self._attributes: bytearray | None = None
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._part = b""
        self._size = 0

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._forget_part,
            "on_header_begin": self._begin_header,
            "on_header_field": lambda data, a, b: self._header_name.extend(data[a:b]),
            "on_header_value": lambda data, a, b: self._header_value.extend(data[a:b]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_part,
            "on_part_data": self._take,
            "on_end": self._end,
        }

    def read_attributes(self) -> dict[str, Any]:
        if self._attributes is None:
            raise missing("attributes")
        try:
            found = parse_json(bytes(self._attributes))
        except ValueError as error:
            raise bad_request("The part 'attributes' is not valid JSON.") from error
        if not isinstance(found, dict):
            raise bad_request("The part 'attributes' must be a JSON object.")
        return found

    def _forget_part(self) -> None:
        self._part = b""

    def _begin_header(self) -> None:
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
            if self.file_seen:
                message = "The part 'attributes' must come before the part 'file'."
                raise Refused(400, "metadata_after_file_contents", message)
            self._attributes = bytearray()
        if self._part == b"file":
            if self.file_seen:
                raise bad_request("An upload has one file.", name="file")
            self.file_seen = True

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._part == b"file":
            self._size += end - start
            if self._size > wire.MAX_DIRECT_UPLOAD_BYTES:
                raise _too_large()
            self.file.write(data[start:end])
        elif self._part == b"attributes" and self._attributes is not None:
            self._attributes.extend(data[start:end])
            if len(self._attributes) > ATTRIBUTES_BYTES:
                raise _too_large()

    def _end(self) -> None:
        self.ended = True


def _too_large() -> Refused:
    limit = wire.MAX_DIRECT_UPLOAD_BYTES // 1024**2
    message = f"A direct upload takes up to {limit} MB."
    return Refused(413, "request_entity_too_large", message)
