"""The HTTP server: an ASGI app on uvicorn that passes each request to the service."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as WebRequest
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from docgen_nb import wire
from docgen_nb.errors import ServiceError
from docgen_nb.service.http.messages import CHUNK_BYTES, ApiFailure, Reply, Request, too_large
from docgen_nb.service.transports.connection import Patience, Protocol, log, not_http
from docgen_nb.service.transports.tls import read_certificate

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

SPOOL_BYTES = 1 << 20  # larger bodies go to disk
# For any route; the routes themselves accept less.
BODY_BYTES = wire.MAX_TEMPLATE_BYTES + 10 * (1 << 20)
HEADER_BYTES = 64 * 1024
UNKNOWN_BYTES = 64 * 1024  # that are read of a body before the token was checked
BODY_HEADERS = {"content-length", "transfer-encoding"}  # a request without them has no body
BACKLOG = 128
TICKS = 5  # of 0.1 s, between looks at the connections


@contextmanager
def listening(
    handle: Callable[[Request], Reply],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: str | Path | None = None,
    key: str | Path | None = None,
    is_quick: Callable[[Request], bool] = lambda request: False,
    is_known: Callable[[Request], bool] = lambda request: True,
    patience: Patience | None = None,
) -> Iterator[str]:
    """Serve in a thread; on leaving, raise the first exception of the service.

    Quick requests are answered at once, the others in a pool of threads. Of a request that is not
    known, by its headers, no more than 64 KB of the body are read.
    """
    exceptions: list[Exception] = []
    tls = read_certificate(certificate, key)
    patience = patience or Patience(connections=most_connections())
    with open_socket(host, port) as listener:
        config = uvicorn.Config(
            asgi(handle, exceptions, is_quick, is_known),
            log_config=None,
            lifespan="off",
            http=Protocol,
            loop="asyncio",  # whose transports Protocol knows
            ws="none",
            timeout_keep_alive=patience.idle,
            h11_max_incomplete_event_size=HEADER_BYTES,
            date_header=False,  # the service has its own clock
            access_log=False,  # it would reveal the query; the service has its own log
            ssl_certfile=tls and tls.certificate,
            ssl_keyfile=tls and tls.key,
        )
        server = Server(config, patience)
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


class Server(uvicorn.Server):
    """A uvicorn server that signals when it is ready and does not wait for idle clients."""

    def __init__(self, config: uvicorn.Config, patience: Patience) -> None:
        super().__init__(config)
        self.patience = patience
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then signal it. Not uvicorn's own: it knows no limit to a TLS handshake."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_exception)
        tls = self.config.ssl
        handshake = self.patience.start if tls else None
        try:
            self.servers = [
                await loop.create_server(
                    self._protocol,
                    sock=sock,
                    backlog=BACKLOG,
                    ssl=tls,
                    ssl_handshake_timeout=handshake,
                )
                for sock in sockets or ()
            ]
            self.started = True
        finally:
            self.ready.set()

    def _protocol(self) -> Protocol:
        state = self.lifespan.state
        return Protocol(self.config, self.server_state, state, patience=self.patience)

    async def on_tick(self, counter: int) -> bool:
        """End stalled connections from time to time; return whether to stop."""
        if counter % TICKS == 0:
            now = time.monotonic()
            for connection in list(self.server_state.connections):
                cast(Protocol, connection).end_if_stalled(now)
        return await super().on_tick(counter)

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


def _log_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what no connection handles, such as a full table of files, for one line a minute.

    The loop would log a traceback for each of the connections that wait.
    """
    log.error(f"{context['message']}: {context.get('exception')}")


def most_connections() -> int:
    """Return how many connections to accept: a half of the files that may be open."""
    most = Patience().connections
    if resource is None:
        return most
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if limit == resource.RLIM_INFINITY else max(1, min(most, limit // 2))


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
        listener.listen(BACKLOG)
        yield listener


def address(listener: socket.socket, *, scheme: str) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def asgi(
    handle: Callable[[Request], Reply],
    exceptions: list[Exception],
    is_quick: Callable[[Request], bool],
    is_known: Callable[[Request], bool],
) -> ASGIApp:
    """Return the ASGI app; the first exception goes to `exceptions`, each becomes a 500."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        web = WebRequest(scope, receive)
        with SpooledTemporaryFile(SPOOL_BYTES) as body:
            try:
                request = _request(web, cast(BinaryIO, body))
                await _spool(web, request, is_known)
                quick = is_quick(request)
                reply = handle(request) if quick else await run_in_threadpool(handle, request)
            except ClientDisconnect:
                return
            except ApiFailure as failure:
                reply = failure.reply()
            except Exception as error:
                if not exceptions:  # each keeps its frames
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


async def _spool(web: WebRequest, request: Request, is_known: Callable[[Request], bool]) -> None:
    """Read the body; without a valid token just enough to answer 401, or 413 without a need."""
    if not BODY_HEADERS & request.headers.keys():
        return
    size, is_checked = 0, False
    async for chunk in web.stream():
        rest = UNKNOWN_BYTES + 1 - size
        size += len(chunk)
        if size > BODY_BYTES:
            raise too_large()
        if size > UNKNOWN_BYTES and not is_checked:
            is_checked = await run_in_threadpool(is_known, request)
            chunk = chunk if is_checked else chunk[:rest]
        _write(request.body, chunk)
        if size > UNKNOWN_BYTES and not is_checked:
            break
    request.body.seek(0)


def _write(body: BinaryIO, chunk: bytes) -> None:
    try:
        body.write(chunk)
    except OSError as error:
        message = f"The body cannot be stored: {error.strerror}."
        raise ApiFailure(503, "unavailable", message) from error


def _request(web: WebRequest, body: BinaryIO) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in web.headers.raw:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    if "content-length" in headers and "transfer-encoding" in headers:
        raise not_http()  # a proxy might believe the other length
    return Request(
        method=web.method,
        path=web.scope["path"],
        query=parse_qsl(web.scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers=headers,
        body=body,
        origin=f"{web.scope['scheme']}://{headers.get('host') or web.url.netloc}",
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
