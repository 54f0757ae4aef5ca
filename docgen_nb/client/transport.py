"""Sending one request with a token, retrying where that is safe, and reading the reply."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple, TypedDict, Unpack

import requests
from requests.auth import AuthBase
from urllib3.exceptions import DecodeError, ProtocolError

from docgen_nb import config, wire
from docgen_nb.auth import TokenSource
from docgen_nb.client.clock_offset import ClockOffset
from docgen_nb.client.download import Download
from docgen_nb.client.given_session import prepare, refuse_cookies
from docgen_nb.client.network import Network
from docgen_nb.client.reply import Page, raise_for_reply, read_page, read_reply, unreadable
from docgen_nb.client.request_body import Body
from docgen_nb.client.retries import (
    NO_REPLY,
    BoundedRetry,
    forget_frames,
    unreachable,
    wait_for_another_try,
)
from docgen_nb.client.time_limit import TimedAdapter, seconds_left, time_limit
from docgen_nb.errors import Unreachable, UnreadableReply

TIME_LIMIT = 600.0  # seconds for a request, its reply and its retries
_CHUNK = 1 << 20  # the 10 kB of requests would double the time of a large page
_MOST_JSON = 100_000_000  # bytes; a page of 1,000 jobs has about 600,000
_END_OF_BODY = 64  # bytes in which the end of an object is looked for
_BRACKETS = {b"{": b"}", b"[": b"]"}
_DOC_GEN = "/2.0/docgen_"  # only requests to these paths carry the header box-version


class Reply(NamedTuple):
    """A reply, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange(NamedTuple):
    """One request and what came back, for observers of a `Transport`.

    ``request`` is None if it could not even be prepared. ``body`` is empty, and ``error`` says
    why, if there was no reply or if it broke in its body. A download has the number of its bytes
    in ``downloaded`` instead of a body.
    """

    request: requests.PreparedRequest | None
    response: requests.Response | None
    body: bytes
    error: Exception | None
    downloaded: int = 0


class Parts(TypedDict, total=False):
    """The optional parts of a request."""

    query: Mapping[str, str] | None
    body: Body | None
    download: Download | None


class Transport:
    """Sends the requests of a `Client`. Safe to use from several threads."""

    def __init__(
        self,
        url: str,
        *,
        token_source: TokenSource,
        session: requests.Session | None,
        upload_url: str | None,
        network: Network,
        seconds: float,
    ) -> None:
        if not seconds > 0:
            raise ValueError(f"time_limit must be more than 0 seconds, not {seconds}.")
        self.url = config.check_url(url)
        self.upload_url = (upload_url or config.upload_url(self.url)).removesuffix("/")
        self.seconds = seconds  # for one request, its reply and its retries
        self.source = token_source
        self.network = network
        self._options = network.options()
        self._owns_session = session is None
        self.session = session or _open_session(self.url)
        self.closed = False
        self.clock_offset = ClockOffset()
        self.observers: list[Callable[[Exchange], None]] = []  # an equal one is called once

    def call(self, method: str, path: str, **parts: Unpack[Parts]) -> dict[str, Any] | None:
        """Send a request and return the JSON object of the reply, None for a 204."""
        url = self.url + path
        reply = self._send(method, url, **parts)
        return read_reply(*reply, url=url)

    def call_for_object(self, method: str, path: str, **parts: Unpack[Parts]) -> dict[str, Any]:
        """Send a request and return the JSON object of the reply, which must have one."""
        content = self.call(method, path, **parts)
        if content is None:
            raise unreadable(HTTPStatus.NO_CONTENT, {}, url=self.url + path)
        return content

    def upload(self, path: str, body: Body) -> dict[str, Any]:
        """Send a file to the upload host and return the one entry of the reply's list."""
        url = self.upload_url + path
        reply = self._send("POST", url, body=body)
        match read_reply(*reply, url=url):
            case {"entries": [dict(entry)]}:
                return entry
        raise unreadable(reply.status, reply.headers, url=url)

    def page(self, path: str, query: Mapping[str, str], kind: type) -> Page[Any]:
        """Fetch one page of a list, its entries decoded as `kind`."""
        url = self.url + path
        return read_page(*self._send("GET", url, query=query), kind=kind, url=url)

    def download(self, path: str, query: Mapping[str, str], download: Download) -> None:
        """Fetch the content of a file as it arrives, following redirects.

        The token is not sent to another host.
        """
        url = self.url + path
        reply = self._send("GET", url, query=query, download=download)
        raise_for_reply(*reply, url=url)

    def close(self) -> None:
        """Close the session unless the caller gave it. Nothing can be sent after this."""
        self.closed = True
        if self._owns_session:
            self.session.close()

    def _send(self, method: str, url: str, **parts: Unpack[Parts]) -> Reply:
        """Send a request, and after a 401 once more if there is another token."""
        send = partial(self._send_once, method, url, **parts)
        token = self.source.token(self.fetch_token)
        reply = send(token=token)
        if reply.status != HTTPStatus.UNAUTHORIZED:
            return reply
        other = self.source.replace(token, self.fetch_token)
        return reply if other is None else send(token=other)

    def fetch_token(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Send a form to the token endpoint and return its reply, with hidden texts."""
        url = self.url + wire.TOKEN
        reply = self._send_once("POST", url, body=Body.form(form))
        content = read_reply(*reply, url=url) or {}
        return {name: config.hide(value) for name, value in content.items()}

    def _send_once(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        download: Download | None = None,
        token: str | None = None,
    ) -> Reply:
        if self.closed:
            raise ValueError("This client is closed. Call connect() for a new one.")
        headers = {"box-version": wire.BOX_VERSION} if _DOC_GEN in url else {}
        if body is not None:
            headers["content-type"] = body.content_type
        bearer = _Bearer(token)
        request = partial(
            self.session.request,
            method,
            url,
            params=query,
            data=body and body.content,
            headers=headers,
            # Set for each request, so that a .netrc file cannot replace it.
            auth=bearer,
            # A redirected POST would become a GET.
            allow_redirects=download is not None,
            stream=True,
            **self._options,
        )
        if not self._owns_session:
            prepare(self.session)
        with time_limit(self.seconds):
            return self._complete_reply(method, url, request, bearer, download)

    def _complete_reply(
        self,
        method: str,
        url: str,
        request: Callable[[], requests.Response],
        bearer: "_Bearer",
        download: Download | None,
    ) -> Reply:
        """Send a request, and a GET again if its reply breaks in the body.

        The session has sent it again if there was no reply at all.
        """
        policy = self._policy(url)
        while True:
            response, body, broken = self._attempt(method, url, request, bearer, download)
            size = download.size if download else 0
            self._notify(Exchange(bearer.request, response, body, broken, size))
            if broken is None and download is None and method == "GET" and _is_cut(response, body):
                broken = requests.exceptions.ChunkedEncodingError("The JSON has no end.")
            if broken is None:
                return Reply(response.status_code, response.headers, body)
            another_try = wait_for_another_try(policy, method, url)
            if another_try is None:
                raise self._unreachable(method, url, broken) from broken
            policy = another_try

    def _attempt(
        self,
        method: str,
        url: str,
        request: Callable[[], requests.Response],
        bearer: "_Bearer",
        download: Download | None,
    ) -> tuple[requests.Response, bytes, Exception | None]:
        """Send a request; return the reply, its body, and what broke while the body was read."""
        if download is not None:
            download.restart()
        sent = time.time()
        try:
            response = request()
        except NO_REPLY as error:
            self._notify(Exchange(bearer.request, None, b"", error))
            raise self._unreachable(method, url, error) from error
        except KeyboardInterrupt as error:
            raise forget_frames(error) from None
        if not response.history:  # another host may have answered a redirected request
            date = response.headers.get("date")
            self.clock_offset.add(date, sent=sent, received=time.time())
        try:
            if download is None or response.status_code != HTTPStatus.OK:
                return response, _body(response, url=url), None
            for piece in _pieces(response):
                download.write(piece)
            return response, b"", None
        except NO_REPLY as error:
            return response, b"", error

    def _notify(self, exchange: Exchange) -> None:
        for observe in set(self.observers):
            observe(exchange)

    def _unreachable(self, method: str, url: str, error: Exception) -> Unreachable:
        failure = unreachable(method, url, error, timeouts=(*self.network.timeouts, self.seconds))
        forget_frames(error)
        return failure

    def _policy(self, url: str) -> BoundedRetry:
        """Return the policy of the session where it is one of ours, else the default."""
        policy = getattr(self.session.get_adapter(url), "max_retries", None)
        return policy if isinstance(policy, BoundedRetry) else BoundedRetry.of_safe_methods()


def _body(response: requests.Response, *, url: str) -> bytes:
    parts, size = [], 0
    for part in _pieces(response):
        parts.append(part)
        size += len(part)
        if size > _MOST_JSON:
            response.close()
            raise UnreadableReply(
                f"{url} sent more than {_MOST_JSON // 1_000_000} MB, which no reply of Box's API "
                "has."
            )
    return b"".join(parts)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives, until the time of the call is over."""
    for piece in _arriving(response):
        if not seconds_left():
            response.close()
            raise requests.ReadTimeout("The time of the call is over.")
        yield piece


def _arriving(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives: a whole chunk may take longer than the call may."""
    read = getattr(response.raw, "read1", None)
    if read is None:  # of an adapter without urllib3
        yield from response.iter_content(_CHUNK)
        return
    try:
        while piece := read(_CHUNK, decode_content=True):
            yield piece
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error


def _is_cut(response: requests.Response, body: bytes) -> bool:
    """Whether a JSON object or list lacks its end: without a length, nothing else shows it."""
    is_json = "json" in response.headers.get("content-type", "")
    if not is_json or response.status_code != HTTPStatus.OK:
        return False
    begin, end = body[:_END_OF_BODY].lstrip()[:1], body[-_END_OF_BODY:].rstrip()[-1:]
    return not begin or (begin in _BRACKETS and end != _BRACKETS[begin])


def _open_session(url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = not config.is_loopback(url)  # no proxy for this machine
    adapter = TimedAdapter(max_retries=BoundedRetry.of_safe_methods())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    refuse_cookies(session)
    return session


class _Bearer(AuthBase):
    def __init__(self, token: str | None) -> None:
        self._token = token
        self.request: requests.PreparedRequest | None = None  # as it is sent

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self.request = request
        if self._token is not None:
            request.headers["Authorization"] = config.Secret(f"Bearer {self._token}")
        return request
