"""The HTTP server: an ASGI app on uvicorn that passes each request to the service."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import h11
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as WebRequest
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from docgen_nb import wire
from docgen_nb.errors import ServiceError
from docgen_nb.service.http.messages import CHUNK_BYTES, ApiFailure, Reply, Request, too_large
from docgen_nb.service.transports.tls import read_certificate

SPOOL_BYTES = 1 << 20  # larger bodies go to disk
# For any route; the routes themselves accept less.
BODY_BYTES = wire.MAX_TEMPLATE_BYTES + 10 * (1 << 20)
LINGER_SECONDS = 2.0  # for a client that is still sending a refused request


@contextmanager
def listening(
    handle: Callable[[Request], Reply],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: str | Path | None = None,
    key: str | Path | None = None,
    is_quick: Callable[[Request], bool] = lambda request: False,
) -> Iterator[str]:
    """Serve in a thread; on leaving, raise the first exception of the service.

    Quick requests are answered at once, the others in a pool of threads.
    """
    exceptions: list[Exception] = []
    tls = read_certificate(certificate, key)
    with open_socket(host, port) as listener:
        config = uvicorn.Config(
            asgi(handle, exceptions, is_quick),
            log_config=None,
            lifespan="off",
            http=Protocol,
            ws="none",
            access_log=False,  # it would reveal the query; the service has its own log
            ssl_certfile=tls and tls.certificate,
            ssl_keyfile=tls and tls.key,
        )
        server = Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="docgen-http")
        thread.start()
        try:
            server.ready.wait()
            yield address(listener, scheme="https" if tls else "http")
        finally:
            server.should_exit = True
            thread.join()
    if exceptions:
        raise exceptions[0]


class Protocol(H11Protocol):
    """Uvicorn's HTTP protocol, with Box's error body for a request that is not valid HTTP."""

    def send_400_response(self, msg: str) -> None:
        """Answer, then keep reading: closing at once could discard the answer."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        reply = ApiFailure(400, "bad_request", "The request is not valid HTTP.").reply()
        content = reply.content()
        headers = [*reply.headers.items(), ("content-length", str(len(content)))]
        headers.append(("connection", "close"))
        start = h11.Response(status_code=400, headers=headers, reason="Bad Request")
        for event in (start, h11.Data(data=content), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        if self.transport.can_write_eof():  # not under TLS
            self.transport.write_eof()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.refused = True
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    refused = False

    def data_received(self, data: bytes) -> None:
        """Read, unless an earlier request was refused."""
        if not self.refused:
            super().data_received(data)


class Server(uvicorn.Server):
    """A uvicorn server that signals when it is ready and does not wait for idle clients."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then signal it."""
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop after the replies that are being sent."""
        stopping = asyncio.ensure_future(super().shutdown(sockets))
        while not stopping.done():
            await asyncio.wait([stopping], timeout=0.05)
            self._drop_closing()
        await stopping

    def _drop_closing(self) -> None:
        """Drop connections that are closed on this side and have nothing left to send.

        Under TLS asyncio would wait 30 s for a client that keeps its connection open.
        """
        for connection in list(self.server_state.connections):
            transport = connection.transport
            if transport.is_closing() and not transport.get_write_buffer_size():
                transport.abort()


@contextmanager
def open_socket(host: str, port: int) -> Iterator[socket.socket]:
    """Bind and listen, so that the actual port is known and clients can queue."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's algorithm only if the protocol is given; with the algorithm each
    # download takes 40 ms longer.
    with closing(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise ServiceError(
                f"Cannot listen on {host}:{port}: {reason}. "
                "Choose another port, or 0 for any free one."
            ) from error
        listener.listen(128)
        yield listener


def address(listener: socket.socket, *, scheme: str) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def asgi(
    handle: Callable[[Request], Reply],
    exceptions: list[Exception],
    is_quick: Callable[[Request], bool],
) -> ASGIApp:
    """Return the ASGI app; an exception of the service goes to `exceptions` and becomes a 500."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        web = WebRequest(scope, receive)
        with SpooledTemporaryFile(SPOOL_BYTES) as body:
            try:
                await _spool(web, cast(BinaryIO, body))
                request = _request(web, cast(BinaryIO, body))
                quick = is_quick(request)
                reply = handle(request) if quick else await run_in_threadpool(handle, request)
            except ClientDisconnect:
                return
            except ApiFailure as failure:
                reply = failure.reply()
            except Exception as error:
                exceptions.append(error)
                reply = ApiFailure(500, "internal_server_error", "Internal Server Error").reply()
                await _response(reply)(scope, receive, send)
                raise
            if reply.wait:
                await asyncio.sleep(reply.wait)
            if reply.flaw:
                await _send_flawed(reply, send)
            else:
                await _response(reply)(scope, receive, send)

    return app


async def _send_flawed(reply: Reply, send: Send) -> None:
    """Drop the connection: before the reply, or in the middle of its body."""
    content = reply.content()
    if reply.flaw == "truncated":
        headers = {**reply.headers, "content-length": str(len(content))}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        half = content[: len(content) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    # ASGI has no message for dropping the connection; uvicorn's sender has its transport.
    cast(Any, send).__self__.transport.close()


async def _spool(web: WebRequest, body: BinaryIO) -> None:
    size = 0
    async for chunk in web.stream():
        size += len(chunk)
        if size > BODY_BYTES:
            raise too_large()
        try:
            body.write(chunk)
        except OSError as error:
            message = f"The body cannot be stored: {error.strerror}."
            raise ApiFailure(503, "unavailable", message) from error
    body.seek(0)


def _request(web: WebRequest, body: BinaryIO) -> Request:
    headers: dict[str, str] = {}
    for name, value in web.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return Request(
        method=web.method,
        path=web.scope["path"],
        query=list(web.query_params.multi_items()),
        headers=headers,
        body=body,
        origin=f"{web.scope['scheme']}://{web.headers.get('host') or web.url.netloc}",
    )


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if isinstance(reply.body, bytes):
        return Response(reply.body, status_code=reply.status, headers=headers)
    return StreamingResponse(_chunks(reply.body), status_code=reply.status, headers=headers)


async def _chunks(file: BinaryIO) -> AsyncIterator[Any]:
    with file:
        while chunk := await run_in_threadpool(file.read, CHUNK_BYTES):
            yield chunk
