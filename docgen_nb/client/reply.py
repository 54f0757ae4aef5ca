"""Reading a reply: status, headers and body in, decoded JSON or an error out."""

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Generic, TypeVar

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

_ERROR_CLASSES: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}
Item = TypeVar("Item")

# A proxy may send these with a page of its own; the status alone is enough.
_CLEAR_WITHOUT_JSON = (401, 413, 429)
_LONGEST_TEXT = 2000  # characters of a message of Box
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which no URL can hold
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_DOC_GEN_STATUSES = (403, 404)
_DOC_GEN_NOTE = (
    'Box answers calls of Doc Gen like this, too, if the application lacks the scope "Manage Doc '
    'Gen", if Doc Gen is switched off for the enterprise, or if the user has no access.'
)
_HINT = (  # 60 minutes: Box's guide to developer tokens
    "Check the token that connect(token=...), BOX_DEVELOPER_TOKEN or docgen-nb login gives. "
    "A developer token of Box lasts 60 minutes."
)


def read_reply(
    status: int, headers: Mapping[str, str], body: bytes, *, url: str = "The service"
) -> dict[str, Any] | None:
    """Return the JSON object of a reply, or None for a reply without content (204).

    Parameters
    ----------
    status : int
    headers : mapping
        Names in any case.
    body : bytes
    url : str
        The URL of the request, for the messages.

    Raises
    ------
    ApiError
        By status: BadRequest, Unauthorized, Forbidden, NotFound, Conflict, RateLimited,
        BoxUnavailable (5xx), else ApiError itself. It keeps Box's ``code``, ``message``,
        ``request_id`` and ``context_info``; OAuth's ``error`` is the code.
    NotReady
        If the status is 202 and the body is empty or only a message: Box has not finished yet.
    UnreadableReply
        If the reply is not a JSON object, for example an HTML page or a redirect.

    Examples
    --------
    >>> read_reply(200, {}, b'{"type": "user", "id": "7"}')
    {'type': 'user', 'id': '7'}
    """
    if status == HTTPStatus.NO_CONTENT:
        return None
    content = _json_object(body)
    names = {name.lower(): value for name, value in headers.items()}
    if status >= HTTPStatus.BAD_REQUEST:
        raise _error(status, names, body, content, url=url)
    if status == HTTPStatus.ACCEPTED and _is_not_ready(content, body):
        message = (content or {}).get("message") or "Box has not finished yet."
        raise NotReady(f"{message} Try again in a few seconds.")
    if content is None or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise unreadable(status, names, url=url)
    return content


def _is_not_ready(content: Mapping[str, Any] | None, body: bytes) -> bool:
    """Whether a 202 has no body or only a message; an accepted batch has a type."""
    return not body.strip() if content is None else "type" not in content


class Page(msgspec.Struct, Generic[Item]):
    """One page of a list."""

    entries: list[Item]
    next_marker: str | int | None = None

    @property
    def marker(self) -> str:
        """The marker of the next page, "" for the last page.

        Null, "" and no marker mean the same: Box's lists differ in how they end.
        """
        return "" if self.next_marker is None else str(self.next_marker)


@cache
def _decoder(kind: type) -> msgspec.json.Decoder[Page[Any]]:
    return msgspec.json.Decoder(Page[kind])  # type: ignore[valid-type]


def read_page(
    status: int, headers: Mapping[str, str], body: bytes, *, kind: type, url: str
) -> Page[Any]:
    """Return a page of a list, its entries decoded as `kind`; raise as `read_reply` does.

    If an entry does not fit, all entries are what `json.loads` makes of them.
    """
    raise_for_reply(status, headers, body, url=url)
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = _json_object(body) or {}
    entries, marker = content.get("entries"), content.get("next_marker")
    is_marker = isinstance(marker, str | int | None) and not _SURROGATE.search(str(marker))
    if not isinstance(entries, list) or not is_marker:
        raise unreadable(status, headers, url=url)
    return Page(entries, marker)


def raise_for_reply(status: int, headers: Mapping[str, str], body: bytes, *, url: str) -> None:
    """Raise as `read_reply` does unless the status is 200; the body is not read then."""
    if status != HTTPStatus.OK:
        read_reply(status, headers, body, url=url)
        raise unreadable(status, headers, url=url)


def unreadable(status: int, headers: Mapping[str, str], *, url: str) -> UnreadableReply:
    """Return the error for a reply that does not come from Box's API."""
    names = {name.lower(): value for name, value in headers.items()}
    kind = names.get("content-type", "").partition(";")[0].strip() or "no content type"
    return UnreadableReply(
        f"{url} answered {status} with {kind}, which is not a reply of Box's API. Check that the "
        "URL given to connect() is that of a Doc Gen service, and that no proxy or login page "
        "answers instead."
    )


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):  # the caller raises, with the status and the URL
        return None
    return content if isinstance(content, dict) else None


def _error(
    status: int, names: Mapping[str, str], body: bytes, content: dict[str, Any] | None, *, url: str
) -> ApiError | UnreadableReply:
    is_server_error = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    is_clear = is_server_error or status in _CLEAR_WITHOUT_JSON
    if content is None and body.strip() and not is_clear:
        return unreadable(status, names, url=url)
    content = content or {}
    kind = _ERROR_CLASSES.get(status, BoxUnavailable if is_server_error else ApiError)
    code, message = _code_and_message(status, names, content, url=url)
    context = content.get("context_info") or {}
    error = kind(
        status=status,
        code=code,
        message=message,
        request_id=_text(content.get("request_id") or names.get("box-request-id")),
        context_info=context if isinstance(context, Mapping) else {"context_info": context},
        retry_after=_seconds(names.get("retry-after", "")),
    )
    if status in _DOC_GEN_STATUSES and "/2.0/docgen_" in url:
        error.add_note(_DOC_GEN_NOTE)
    return error


def _code_and_message(
    status: int, names: Mapping[str, str], content: Mapping[str, Any], *, url: str
) -> tuple[str, str]:
    code = _text(content.get("code") or content.get("error"))
    message = _text(content.get("message") or content.get("error_description"))
    if status == HTTPStatus.UNAUTHORIZED and not message:
        # Box sends the 401 for a bad token without a body; the reason is in this header.
        challenge = dict(_CHALLENGE.findall(names.get("www-authenticate", "")))
        message = challenge.get("error_description", "The token was not accepted.")
        return code or challenge.get("error", ""), f"{message} {_HINT}"
    return code, message or f"{_phrase(status)} ({url} gave no reason)."


def _text(value: object) -> str:
    """Return a text of an error, "" for a value that is none, such as an object."""
    return str(value)[:_LONGEST_TEXT] if isinstance(value, str | int) else ""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # a status without a name
        return "An error"


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:  # absent, or a date, which Box does not send
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
