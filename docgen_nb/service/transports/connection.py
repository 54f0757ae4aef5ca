"""One connection of the HTTP server, which is ended when its client stalls."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from docgen_nb.service.http.messages import ApiFailure

LINGER_SECONDS = 2.0  # for a client that is still sending a refused request
LOG_SECONDS = 60.0  # in which a message is logged once


@dataclass(frozen=True)
class Patience:
    """What a server takes from its clients before it ends their connections, in seconds.

    ``start`` is the time until a request has begun and its headers are complete, ``body`` the time
    for its body, to which each thousand bytes (``bytes_per_second``) add one second, ``reading``
    the time in which a client reads nothing of a reply. ``idle`` is the time between a reply and
    the next request: a client that sends one while the connection is ended can't know whether it
    arrived, so it is long, as in nginx. ``connections`` is how many are open at a time; one more
    ends the one that has been idle for longest, and is refused if none is.
    """

    start: float = 10.0
    idle: int = 75
    body: float = 30.0
    bytes_per_second: float = 1000.0
    reading: float = 60.0
    connections: int = 1000


class Rarely(logging.Filter):
    """Lets each message through once a minute, with the number of those held back."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a message, by its text without arguments."""
        now, key = time.monotonic(), str(record.msg)
        last, held = self._seen.get(key, (-LOG_SECONDS, 0))
        if now - last < LOG_SECONDS:
            self._seen[key] = last, held + 1
            return False
        self._seen[key] = now, 0
        if held:
            record.msg = f"{key.rstrip()} ({held} more since this was last logged)"
        return True


log = logging.getLogger(__name__)
log.addFilter(Rarely())


def not_http() -> ApiFailure:
    """Return the 400 that ends the connection of a client that does not speak HTTP."""
    message, end = "The request is not valid HTTP.", {"connection": "close"}
    return ApiFailure(400, "bad_request", message, headers=end)


def _close_once(transport: asyncio.Transport) -> None:
    """Let `close` do nothing on a transport that is closing, as asyncio promises.

    Under TLS it then forgets its connection, of which the server could neither see what is unsent
    nor end it.
    """
    close = transport.close

    def close_if_open() -> None:
        if not transport.is_closing():
            close()

    transport.close = close_if_open  # type: ignore[method-assign]


class Protocol(H11Protocol):
    """Uvicorn's HTTP protocol, with Box's error body for a request that is not valid HTTP."""

    def __init__(self, *arguments: Any, patience: Patience, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = log
        self.patience = patience
        self.refused = False
        self._received = 0
        self._phase: tuple[str, object] = ("", None)
        self._since = 0.0
        self._unsent = 0
        self._replied_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept a connection, or refuse it if too many are in use."""
        super().connection_made(cast(asyncio.Transport, transport))
        _close_once(self.transport)
        if len(self.connections) > self.patience.connections and not self._end_idle():
            log.warning("%d connections are open. More are refused.", len(self.connections) - 1)
            message = "Too many connections are open. Close some, or try again later."
            end = {"connection": "close"}
            self._refuse(ApiFailure(503, "unavailable", message, headers=end))
            self.transport.close()

    def _end_idle(self) -> bool:
        """End the connection that has been idle for longest; return whether there was one."""
        others = (cast(Protocol, one) for one in self.connections)
        idle = [one for one in others if one._is_idle()]
        if idle:
            min(idle, key=lambda one: one._replied_at).transport.abort()
        return bool(idle)

    def _is_idle(self) -> bool:
        return not self.transport.is_closing() and self._phase_now()[0] == "idle"

    def on_response_complete(self) -> None:
        """Note the time, and go on with the next request."""
        self._replied_at = time.monotonic()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Read, unless an earlier request was refused."""
        self._received += len(data)
        if not self.refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Answer, then keep reading: closing at once could discard the answer."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        self._refuse(not_http())
        if self.transport.can_write_eof():  # not under TLS
            self.transport.write_eof()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _refuse(self, failure: ApiFailure) -> None:
        reply = failure.reply()
        content = reply.content()
        headers = [*reply.headers.items(), ("content-length", str(len(content)))]
        start = h11.Response(status_code=reply.status, headers=headers)
        for event in (start, h11.Data(data=content), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.refused = True

    def end_if_stalled(self, now: float) -> None:
        """End the connection if the client has not gone on for too long. Called repeatedly."""
        phase, unsent = self._phase_now(), self.transport.get_write_buffer_size()
        if phase != self._phase or unsent != self._unsent or self.flow.read_paused:
            if phase != self._phase:
                self._received = 0
            self._phase, self._since, self._unsent = phase, now, unsent
        elif now - self._since > self._allowed(phase[0]):
            self.transport.abort()

    def _phase_now(self) -> tuple[str, object]:
        """Return what the connection waits for, and in which request."""
        if self.transport.get_write_buffer_size():
            return "reading", self.cycle
        theirs = self.conn.their_state
        if theirs is h11.IDLE:
            is_between = self.cycle is not None and not self.conn.trailing_data[0]
            return "idle" if is_between else "start", self.cycle
        return "body" if theirs is h11.SEND_BODY else "work", self.cycle

    def _allowed(self, phase: str) -> float:
        patience = self.patience
        if phase == "body":
            is_answered = self.conn.our_state is h11.DONE  # and what comes is discarded
            extra = 0 if is_answered else self._received / patience.bytes_per_second
            return patience.body + extra
        limits = {"start": patience.start, "idle": patience.idle, "reading": patience.reading}
        return limits.get(phase, float("inf"))
