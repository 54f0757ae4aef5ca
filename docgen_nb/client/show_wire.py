"""show_wire: print the requests and replies of the lines in a `with` block."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import zip_longest
from typing import Any, TextIO

import requests

from docgen_nb import exact_json
from docgen_nb.client import masking
from docgen_nb.client.endpoints import Client
from docgen_nb.client.transport import Exchange

# The others (connection, encoding, dates) are the same in every request or reply.
_REQUEST_HEADERS = ("authorization", "box-version", "content-type", "as-user", "range", "if-match")
_REPLY_HEADERS = (
    *("content-type", "location", "retry-after", "www-authenticate", "box-version"),
    *("box-request-id", "deprecation", "box-api-deprecated-reason"),
)
_LONGEST_TEXT = 200  # characters of a text in JSON, which may be a picture in base64
_ONE_AT_A_TIME = threading.Lock()
_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_PART_NAME = re.compile(rb'name="([^"]*)"')


@contextmanager
def show_wire(box: Client, *, file: TextIO | None = None, lines: int = 60) -> Iterator[None]:
    """Print every request of a client, and its reply, within a ``with`` block.

    A request starts with ``>``, its reply with ``<``. Each is followed by the headers that matter
    and by the body: JSON indented, an upload or a download as its size. A request that is
    redirected is printed once for each address. One that is sent again is printed once, followed by
    a line for each reply after which it was sent again, and its ``retry-after`` if it had one.
    Secrets are replaced by ``***``: tokens, client secrets, passwords, and the tickets of download
    addresses.

    Requests of other threads are printed too, each with its reply below it.

    Parameters
    ----------
    box : Client
        From `connect`, of any service.
    file : text file, optional
        Where to print; by default `sys.stdout`.
    lines : int
        How many lines of a body to print at most; with 0, no bodies.

    Raises
    ------
    TypeError
        If `box` is not a client.
    ValueError
        If `lines` is negative.

    Examples
    --------
    >>> from docgen_nb import connect
    >>> with connect("local") as box:
    ...     with show_wire(box, lines=9):
    ...         folder = box.create_folder("Letters")
    > POST http://docgen.local/2.0/folders
    > authorization: Bearer ***
    > content-type: application/json
    {
      "name": "Letters",
      "parent": {
        "id": "0"
      }
    }
    < 201 Created
    < content-type: application/json
    {
      "type": "folder",
      "id": "...",
      ...
    ... (... more lines)
    <BLANKLINE>
    """
    if not isinstance(box, Client):
        raise TypeError(
            f"show_wire needs a client, such as connect('local'), not {type(box).__name__}."
        )
    if lines < 0:
        raise ValueError(f"lines must be at least 0, not {lines}.")
    printer = _Printer(file, lines)
    observers = box._transport.observers
    observers.append(printer)
    try:
        yield
    finally:
        observers.remove(printer)


@dataclass(frozen=True)
class _Printer:
    """An observer; a nested one that prints the same to the same file is equal to it."""

    file: TextIO | None
    lines: int
    _secrets: set[str] = field(default_factory=set, compare=False, repr=False)  # seen so far

    def __call__(self, exchange: Exchange) -> None:
        text = "\n".join([*_lines_of(exchange, self.lines), ""])
        self._secrets.update(_secrets(exchange))
        text = masking.hide_all(text, self._secrets)
        with _ONE_AT_A_TIME:
            print(text, file=self.file, flush=True)


def _lines_of(exchange: Exchange, lines: int) -> Iterator[str]:
    """Yield the lines for a request with its redirects and retries."""
    response, error = exchange.response, exchange.error
    for hop in [] if response is None else response.history:
        yield from _request(hop.request, lines)
        yield from _reply(hop, b"", lines)
    yield from _request(exchange.request if response is None else response.request, lines)
    yield from _earlier_tries(response)
    if response is not None:
        yield from _reply(response, exchange.body, lines)
    if exchange.downloaded:
        yield f"({exchange.downloaded:,} bytes)"
    if error is not None:
        missing = "no reply" if response is None else "the reply broke off"
        yield f"< {missing}: {masking.mask_text(str(error))[:_LONGEST_TEXT]}"


def _earlier_tries(response: requests.Response | None) -> Iterator[str]:
    """Yield the status and Retry-After of each reply after which urllib3 sent the request again."""
    retries = getattr(getattr(response, "raw", None), "retries", None)
    headers = getattr(retries, "retry_afters", ())  # only of the client's own session
    for one, header in zip_longest(getattr(retries, "history", ()), headers):
        yield f"< {_status(one.status) if one.status else 'no reply'}, sent again"
        if header is not None:
            yield f"< retry-after: {masking.mask_text(header)}"


def _request(request: requests.PreparedRequest | None, lines: int) -> Iterator[str]:
    if request is None:
        return
    yield f"> {request.method} {masking.mask_url(request.url or '')}"
    yield from _headers(">", request.headers, _REQUEST_HEADERS)
    content_type = str(request.headers.get("content-type", ""))
    yield from _body(_bytes(request.body), content_type, lines)


def _reply(response: requests.Response, body: bytes, lines: int) -> Iterator[str]:
    yield f"< {_status(response.status_code)}"
    yield from _headers("<", response.headers, _REPLY_HEADERS)
    yield from _body(body, response.headers.get("content-type", ""), lines)


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:  # a status without a name
        return str(status)


def _headers(sign: str, headers: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Yield the headers of these names, in this order and in lower case, as HTTP/2 sends them."""
    for name in names:
        value = headers.get(name)
        if value is None:
            continue
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if name == "authorization":
            kind, space, _ = text.rpartition(" ")
            yield f"{sign} {name}: {kind}{space}{masking.HIDDEN}"
        else:
            yield f"{sign} {name}: {masking.mask_text(text).partition('boundary=')[0].rstrip('; ')}"


def _body(body: bytes, content_type: str, lines: int) -> Iterator[str]:
    if not body:
        return
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        yield from _parts(body, content_type, lines)
    elif kind == "application/x-www-form-urlencoded":
        yield masking.mask_form(body.decode("utf-8", "replace"))
    elif (value := _json(body, kind)) is not None:
        yield from _indented(value, lines)
    else:
        yield f"({len(body):,} bytes)"


def _parts(body: bytes, content_type: str, lines: int) -> Iterator[str]:
    """Yield the JSON of an upload, and the sizes of its other parts."""
    boundary = _BOUNDARY.search(content_type)
    pieces = body.split(b"--" + boundary[1].encode("latin-1")) if boundary else []
    for piece in pieces:
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = _PART_NAME.search(head)
        if not blank or name is None:
            continue
        content = content.removesuffix(b"\r\n")
        value = _json(content, "json") if name[1] == b"attributes" else None
        yield f"part {name[1].decode('utf-8', 'replace')} ({len(content):,} bytes)"
        yield from [] if value is None else _indented(value, lines)


def _json(body: bytes, kind: str) -> Any:
    """Return the value of a JSON body, None for anything else."""
    if not kind.endswith("json"):
        return None
    try:
        return exact_json.decode(body)
    except (ValueError, RecursionError):
        return None


def _indented(value: Any, lines: int) -> list[str]:
    shown = exact_json.encode_indented(_short(masking.mask_value(value))).splitlines()
    if len(shown) <= lines:
        return shown
    return [*shown[:lines], f"... ({len(shown) - lines:,} more lines)"] if lines else []


def _short(value: Any) -> Any:
    """Return a JSON value with its long texts cut."""
    if isinstance(value, dict):
        return {name: _short(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"{value[:60]}... ({len(value):,} characters)"
    return value


def _secrets(exchange: Exchange) -> set[str]:
    """Return the secrets of a request and its reply, to be hidden wherever they are repeated."""
    request, secrets = exchange.request, set(_secrets_of_body(exchange.body, "json"))
    if request is not None:
        content_type = str(request.headers.get("content-type", ""))
        secrets |= set(_secrets_of_body(_bytes(request.body), content_type))
        secrets.add(str(request.headers.get("authorization", "")).rpartition(" ")[2])
    return secrets


def _secrets_of_body(body: bytes, content_type: str) -> Iterator[str]:
    if "x-www-form-urlencoded" in content_type:
        yield from masking.secrets_of_form(body.decode("utf-8", "replace"))
    else:
        yield from masking.secrets_of(_json(body, content_type.partition(";")[0]))


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""
