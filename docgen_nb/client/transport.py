"""Sending one request with a token, retrying where that is safe, and reading the reply."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple, TypedDict, Unpack

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from docgen_nb import config, wire
from docgen_nb.auth import TokenSource
from docgen_nb.client.reply import Page, raise_for_reply, read_page, read_reply, unreadable
from docgen_nb.client.request_body import Body
from docgen_nb.client.retries import BoundedRetry, unreachable

TIMEOUTS = (10.0, 60.0)  # seconds to connect, and to wait for data, as in Box's own SDKs
_CHUNK = 1 << 20  # the 10 kB of requests would double the time of a large page
_DOC_GEN = "/2.0/docgen_"  # only requests to these paths carry the header box-version


class Reply(NamedTuple):
    """A reply, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Parts(TypedDict, total=False):
    """The optional parts of a request."""

    query: Mapping[str, str] | None
    body: Body | None


class Transport:
    """Sends the requests of a `Client`. Safe to use from several threads."""

    def __init__(
        self,
        url: str,
        *,
        token_source: TokenSource,
        session: requests.Session | None,
        upload_url: str | None,
    ) -> None:
        self.url = config.check_url(url)
        self.upload_url = (upload_url or config.upload_url(self.url)).removesuffix("/")
        self._source = token_source
        self._owns_session = session is None
        self.session = session or _open_session(self.url)
        self.closed = False

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

    def content(self, path: str, query: Mapping[str, str]) -> bytes:
        """Fetch the content of a file, following redirects.

        The token is not sent to another host.
        """
        url = self.url + path
        reply = self._send("GET", url, query=query, follow=True)
        raise_for_reply(*reply, url=url)
        return reply.body

    def close(self) -> None:
        """Close the session unless the caller gave it. Nothing can be sent after this."""
        self.closed = True
        if self._owns_session:
            self.session.close()

    def _send(
        self, method: str, url: str, *, follow: bool = False, **parts: Unpack[Parts]
    ) -> Reply:
        """Send a request, and after a 401 once more if there is another token."""
        send = partial(self._send_once, method, url, follow=follow, **parts)
        token = self._source.token(self._fetch_token)
        reply = send(token=token)
        if reply.status != HTTPStatus.UNAUTHORIZED:
            return reply
        other = self._source.replace(token, self._fetch_token)
        return reply if other is None else send(token=other)

    def _fetch_token(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        url = self.url + wire.TOKEN
        reply = self._send_once("POST", url, body=Body.form(form))
        return read_reply(*reply, url=url) or {}

    def _send_once(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        follow: bool = False,
        token: str | None = None,
    ) -> Reply:
        if self.closed:
            raise ValueError("This client is closed. Call connect() for a new one.")
        headers = {"box-version": wire.BOX_VERSION} if _DOC_GEN in url else {}
        if body is not None:
            headers["content-type"] = body.content_type
        try:
            reply = self.session.request(
                method,
                url,
                params=query,
                data=body and body.content,
                headers=headers,
                # Set for each request, so that a .netrc file cannot replace it.
                auth=_Bearer(token),
                timeout=TIMEOUTS,
                # A redirected POST would become a GET.
                allow_redirects=follow,
                stream=True,
            )
            content = b"".join(reply.iter_content(_CHUNK))
        except requests.RequestException as error:
            raise unreachable(method, url, error, timeouts=TIMEOUTS) from error
        return Reply(reply.status_code, reply.headers, content)


def _open_session(url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = not config.is_loopback(url)  # no proxy for this machine
    adapter = HTTPAdapter(max_retries=BoundedRetry.of_safe_methods())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Bearer(AuthBase):
    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request
