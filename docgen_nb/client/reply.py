"""What a reply means: status, headers and body in, decoded JSON or an error out. Pure."""

import json
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from docgen_nb.errors import (
    ApiError,
    BadRequest,
    BoxUnavailable,
    Conflict,
    Forbidden,
    NotFound,
    NotReady,
    RateLimited,
    Unauthorized,
    UnreadableReply,
)

_CLASSES: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}
# A proxy on the way may send these with a page of its own; the status alone says enough.
_CLEAR_WITHOUT_JSON = (401, 413, 429)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_TOKEN_HINT = "A developer token lasts 60 minutes."  # noqa: S105  Box's guide to developer tokens


def read_reply(
    status: int, headers: Mapping[str, str], body: bytes, *, url: str = "The service"
) -> dict[str, Any] | None:
    """Return the JSON object of a reply, or None where there is none to expect (204).

    Parameters
    ----------
    status : int
    headers : mapping
        Names in any case.
    body : bytes
    url : str
        What was asked, for the messages.

    Raises
    ------
    ApiError
        By status: BadRequest, Unauthorized, Forbidden, NotFound, Conflict, RateLimited,
        BoxUnavailable (5xx), else ApiError itself. Box's ``code``, ``message``, ``request_id``
        and ``context_info`` are kept; OAuth's ``error`` is the code.
    NotReady
        If the status is 202 with nothing or only a message: Box has not finished yet.
    UnreadableReply
        If the reply is no JSON object, such as an HTML page, or redirects elsewhere.

    Examples
    --------
    >>> read_reply(200, {}, b'{"type": "user", "id": "7"}')
    {'type': 'user', 'id': '7'}
    """
    if status == HTTPStatus.NO_CONTENT:
        return None
    found = _json_object(body)
    names = {name.lower(): value for name, value in headers.items()}
    if status >= HTTPStatus.BAD_REQUEST:
        raise _error(status, names, body, found, url=url)
    if status == HTTPStatus.ACCEPTED and _says_to_wait(found, body):
        raise not_ready(found)
    if found is None or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise unreadable(status, names, url=url)
    return found


def _says_to_wait(found: Mapping[str, Any] | None, body: bytes) -> bool:
    """Whether a 202 carries nothing, or a message only; a batch that was accepted has a type."""
    return not body.strip() if found is None else "type" not in found


class _Page(msgspec.Struct):
    entries: msgspec.Raw  # not looked into: pages may be large
    next_marker: str | int | None = None


_decode_page = msgspec.json.Decoder(_Page).decode


def read_marker(status: int, headers: Mapping[str, str], body: bytes, *, url: str) -> str:
    """Return the marker of the page behind this one, "" if this is the last; else as `read_reply`.

    Null, "" and no marker at all mean the same: some of Box's lists end with one, some with
    another.
    """
    raise_for_reply(status, headers, body, url=url)
    try:
        page = _decode_page(body)
    except msgspec.DecodeError as error:
        raise unreadable(status, headers, url=url) from error
    if bytes(memoryview(page.entries)[:1]) != b"[":
        raise unreadable(status, headers, url=url)
    return "" if page.next_marker is None else str(page.next_marker)


def raise_for_reply(status: int, headers: Mapping[str, str], body: bytes, *, url: str) -> None:
    """Raise as `read_reply` does, unless the status is 200; the body is then not looked at."""
    if status != HTTPStatus.OK:
        read_reply(status, headers, body, url=url)
        raise unreadable(status, headers, url=url)


def not_ready(found: Mapping[str, Any] | None = None) -> NotReady:
    """202: ask again."""
    message = str((found or {}).get("message") or "Box has not finished yet.")
    return NotReady(f"{message} Ask again in a few seconds.")


def unreadable(status: int, headers: Mapping[str, str], *, url: str) -> UnreadableReply:
    """The reply is not the API's: name what came and what to check."""
    names = {name.lower(): value for name, value in headers.items()}
    kind = names.get("content-type", "").partition(";")[0].strip() or "no content type"
    return UnreadableReply(
        f"{url} answered {status} with {kind}, which is no reply of Box's API. Check that the "
        "URL given to connect() is that of a Doc Gen service, and that no proxy or login page "
        "answers in its place."
    )


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):  # the caller raises, with the status and the URL
        return None
    return found if isinstance(found, dict) else None


def _error(
    status: int, names: Mapping[str, str], body: bytes, found: dict[str, Any] | None, *, url: str
) -> ApiError | UnreadableReply:
    server_error = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    clear = server_error or status in _CLEAR_WITHOUT_JSON
    if found is None and body.strip() and not clear:
        return unreadable(status, names, url=url)
    kind = _CLASSES.get(status, BoxUnavailable if server_error else ApiError)
    code, message = _code_and_message(status, names, found or {}, url=url)
    return kind(
        status=status,
        code=code,
        message=message,
        request_id=str((found or {}).get("request_id") or names.get("box-request-id", "")),
        context_info=_context((found or {}).get("context_info")),
        retry_after=_seconds(names.get("retry-after", "")),
    )


def _code_and_message(
    status: int, names: Mapping[str, str], found: Mapping[str, Any], *, url: str
) -> tuple[str, str]:
    code = str(found.get("code") or found.get("error") or "")
    message = str(found.get("message") or found.get("error_description") or "")
    if status == HTTPStatus.UNAUTHORIZED and not message:
        # Box sends the 401 of a bad token without a body; the words are in this header.
        challenge = dict(_CHALLENGE.findall(names.get("www-authenticate", "")))
        message = challenge.get("error_description", "The token was not accepted.")
        return code or challenge.get("error", ""), f"{message} {_TOKEN_HINT}"
    return code, message or f"{_phrase(status)}, answered by {url} without a reason."


def _phrase(status: int) -> str:
    known = {member.value: member.phrase for member in HTTPStatus}
    return known.get(status, "An error")


def _context(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    return {"context_info": given} if given else {}


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:  # absent, or a date, which Box does not send
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
