"""HTTP messages of the service: requests, replies and Box's error bodies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from secrets import token_hex
from typing import Any, BinaryIO

from docgen_nb import exact_json, wire

HELP_URL = "http://developers.box.com/docs/#errors"
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Request:
    """One call, from any transport.

    ``headers`` has lower-case names, ``query`` keeps the order of its pairs, ``body`` is a binary
    file that is read once, and ``origin`` is the scheme, host and port that the caller used.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: BinaryIO = field(default_factory=BytesIO)
    origin: str = wire.LOCAL_URL

    def one(self, name: str) -> str | None:
        """Return the last value of a query parameter, or None."""
        return next((value for key, value in reversed(self.query) if key == name), None)


@dataclass(frozen=True)
class Reply:
    """A status, headers and a body: bytes, or a binary file that the transport closes.

    ``wait`` (seconds) and ``flaw`` (``lost_reply`` or ``truncated``) are faults that only a
    transport can carry out.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | BinaryIO = b""
    wait: float = 0.0
    flaw: str = ""

    def content(self) -> bytes:
        """Return the whole body, closing the file if it is one."""
        if isinstance(self.body, bytes):
            return self.body
        with self.body as file:
            return file.read()


class ApiFailure(Exception):
    """An error reply. Raise it anywhere below `LocalDocGen.handle`, which sends it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        context: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        help_url: str = HELP_URL,
    ) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message
        self.context, self.headers, self.help_url = context, headers or {}, help_url

    def reply(self) -> Reply:
        """Return Box's error body; a 401 has none (recorded on the real service)."""
        if self.status == HTTPStatus.UNAUTHORIZED:
            return Reply(self.status, self.headers)
        body: dict[str, Any] = {"type": "error", "status": self.status, "code": self.code}
        if self.context is not None:
            body["context_info"] = self.context
        request_id = token_hex(8)
        body |= {"help_url": self.help_url, "message": self.message, "request_id": request_id}
        headers = {"BOX-REQUEST-ID": request_id, **self.headers}
        return json_reply(body, status=self.status, headers=headers)


def json_reply(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply with a JSON body; a Decimal keeps its digits."""
    headers = {"content-type": "application/json", **(headers or {})}
    return Reply(status, headers, exact_json.encode(value))


def bad_request(message: str, *, name: str = "", reason: str = "invalid_parameter") -> ApiFailure:
    """Return a 400 with the parameter and the reason in ``context_info``, as Box sends it."""
    context = None
    if name:
        context = {"errors": [{"reason": reason, "name": name, "message": message}]}
    return ApiFailure(400, "bad_request", message, context=context)


def missing(name: str) -> ApiFailure:
    """Return a 400 for a required parameter that is absent."""
    return bad_request(f"'{name}' is required", name=name, reason="missing_parameter")


def forbidden(message: str) -> ApiFailure:
    """Return a 403 for a call that this user may not make."""
    return ApiFailure(403, "access_denied_insufficient_permissions", message)


def not_found(what: str = "") -> ApiFailure:
    """Return a 404 for an item that does not exist or that this user may not see."""
    return ApiFailure(404, "not_found", f"Not Found: {what}" if what else "Not Found")


def too_large(message: str = "Request entity too large") -> ApiFailure:
    """Return a 413 for a body or file over its limit."""
    return ApiFailure(413, "request_entity_too_large", message)


def unauthorized() -> ApiFailure:
    """Return a 401 with the header that Box sends and no body."""
    challenge = (
        'Bearer realm="Service", error="invalid_token", '
        'error_description="The access token provided is invalid."'
    )
    return ApiFailure(401, "unauthorized", "", headers={"WWW-Authenticate": challenge})


def is_id(text: str) -> bool:
    """Return whether a text can be an id: decimal digits, few enough for 64 bits."""
    return text.isascii() and text.isdigit() and len(text) <= 18
