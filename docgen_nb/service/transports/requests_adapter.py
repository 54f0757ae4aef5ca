"""The requests adapter: a transport without a socket that calls the service in this process."""

import time
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from docgen_nb import wire
from docgen_nb.service.http.messages import Reply, Request


def open_session(handle: Callable[[Request], Reply]) -> requests.Session:
    """Return a session whose calls to http://docgen.local go to `handle`.

    It ignores proxies and .netrc, so that nothing replaces the token.
    """
    session = requests.Session()
    session.trust_env = False
    session.mount(wire.LOCAL_URL, ServiceAdapter(handle))
    return session


class ServiceAdapter(HTTPAdapter):
    """An adapter that answers the requests of a Session by calling a function."""

    def __init__(self, handle: Callable[[Request], Reply]) -> None:
        super().__init__()
        self.handle = handle

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Call the service; its exceptions are bugs and are not caught."""
        url = urlsplit(request.url or "")
        reply = self.handle(
            Request(
                method=request.method or "GET",
                path=unquote(url.path),
                query=parse_qsl(url.query, keep_blank_values=True),
                headers={_text(k).lower(): _text(v) for k, v in request.headers.items()},
                body=_file(request.body),
                origin=f"{url.scheme}://{url.netloc}",
            )
        )
        if reply.wait:
            time.sleep(reply.wait)
        if reply.flaw == "lost_reply":
            raise requests.ConnectionError("The connection was closed before the reply.")
        return self.build_response(request, _raw_response(reply))


def _text(part: str | bytes) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else part


def _file(body: Any) -> BinaryIO:
    if body is None:
        return BytesIO()
    if isinstance(body, str):
        return BytesIO(body.encode())
    if isinstance(body, bytes | bytearray):
        return BytesIO(body)
    if hasattr(body, "read"):
        return body  # type: ignore[no-any-return]
    return BytesIO(b"".join(body))


def _raw_response(reply: Reply) -> HTTPResponse:
    headers, body = dict(reply.headers), reply.body
    if reply.flaw == "truncated":
        content = reply.content()
        headers["content-length"] = str(len(content))
        body = content[: len(content) // 2]
    file = BytesIO(body) if isinstance(body, bytes) else body
    return HTTPResponse(file, headers=headers, status=reply.status, preload_content=False)
