"""One request with a token on it: sent, repeated where that is safe, and read."""

from collections.abc import Mapping
from contextlib import nullcontext
from http import HTTPStatus
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from docgen_nb import config, wire
from docgen_nb.auth import TokenSource
from docgen_nb.client.reply import raise_for_reply, read_marker, read_reply, unreadable
from docgen_nb.client.request_body import Body
from docgen_nb.client.retries import BoundedRetry, unreachable

TIMEOUTS = (10.0, 60.0)  # seconds to connect, and to wait for data, as in Box's own SDKs
_CHUNK = 1 << 20  # requests reads pieces of 10 kB, which costs half of a large page's time
_DOC_GEN = "/2.0/docgen_"  # these paths, and no others, have the header box-version


class Reply(NamedTuple):
    """What came, read to its end."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


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
        self._own_session = session is None
        self.session = session or _open_session(self.url)
        self.closed = False

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> dict[str, Any] | None:
        """Send a request and return the JSON object that came, None for a 204."""
        url = self.url + path
        reply = self._send(method, url, query=query, body=body)
        return read_reply(reply.status_code, reply.headers, reply.content, url=url)

    def answer(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> dict[str, Any]:
        """As `call`, where a JSON object must come."""
        found = self.call(method, path, query=query, body=body)
        if found is None:
            raise unreadable(HTTPStatus.NO_CONTENT, {}, url=self.url + path)
        return found

    def upload(self, path: str, body: Body) -> dict[str, Any]:
        """Send a file to the upload host and return the one entry of the list that comes back."""
        url = self.upload_url + path
        reply = self._send("POST", url, body=body)
        found = read_reply(reply.status_code, reply.headers, reply.content, url=url) or {}
        entries = found.get("entries")
        if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
            raise unreadable(reply.status_code, reply.headers, url=url)
        return entries[0]

    def page(self, path: str, query: Mapping[str, str]) -> tuple[bytes, str]:
        """Fetch one page of a list: what came, and the marker of the next page or ""."""
        url = self.url + path
        reply = self._send("GET", url, query=query)
        marker = read_marker(reply.status_code, reply.headers, reply.content, url=url)
        return reply.content, marker

    def content(self, path: str, query: Mapping[str, str]) -> bytes:
        """Fetch what is no JSON, wherever the service says that it lies.

        The token does not go along to another host.
        """
        url = self.url + path
        reply = self._send("GET", url, query=query, follow=True)
        raise_for_reply(reply.status_code, reply.headers, reply.content, url=url)
        return reply.content

    def close(self) -> None:
        """Close the session, unless it was handed in. Nothing can be sent after this."""
        self.closed = True
        if self._own_session:
            self.session.close()

    def _send(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        follow: bool = False,
    ) -> Reply:
        """Send a request; once more with another token if there is one after a 401."""
        token = self._source.token(self._fetch_token)
        reply = self._once(method, url, query=query, body=body, follow=follow, token=token)
        if reply.status_code != HTTPStatus.UNAUTHORIZED:
            return reply
        other = self._source.replace(token, self._fetch_token)
        if other is None:
            return reply
        return self._once(method, url, query=query, body=body, follow=follow, token=other)

    def _fetch_token(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        url = self.url + wire.TOKEN
        reply = self._once("POST", url, body=Body.form(form))
        return read_reply(reply.status_code, reply.headers, reply.content, url=url) or {}

    def _once(
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
            raise ValueError("This client is closed; connect() gives a new one.")
        headers = {"box-version": wire.BOX_VERSION} if _DOC_GEN in url else {}
        if body is not None:
            headers["content-type"] = body.content_type
        with body.open() if body is not None else nullcontext() as data:
            try:
                reply = self.session.request(
                    method,
                    url,
                    params=query,
                    data=data,
                    headers=headers,
                    # Given for each request, so that no .netrc takes its place.
                    auth=_Bearer(token),
                    timeout=TIMEOUTS,
                    # A POST that is redirected would become a GET.
                    allow_redirects=follow,
                    stream=True,
                )
                content = b"".join(reply.iter_content(_CHUNK))
                return Reply(reply.status_code, reply.headers, content)
            except requests.RequestException as error:
                raise unreachable(method, url, error, timeouts=TIMEOUTS) from error


def _open_session(url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = not config.is_loopback(url)  # no proxy stands before one's own machine
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
