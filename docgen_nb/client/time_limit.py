"""A limit on the time of a whole call: a server that sends a byte now and then never times out."""

import io
import math
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import MaxRetryError, ResponseError
from urllib3.poolmanager import pool_classes_by_scheme
from urllib3.util import Retry

_PIECE = 1 << 16  # bytes
_SENDING_SECONDS = 60.0  # for a piece, as between two bytes of a reply
# From the headers of a reply on; its connection is not used again after so long. Many servers end
# one after five seconds. A POST that is sent while they do has no reply, and may have been carried
# out.
IDLE_SECONDS = 4.0
_END: ContextVar[float] = ContextVar("end of the call", default=math.inf)

_REPLIES: ContextVar[list[requests.Response] | None] = ContextVar("replies", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit the calls of this thread that a `TimedAdapter` sends within the block.

    An error closes their replies: requests leaves them open if it cannot follow a redirect.
    """
    replies: list[requests.Response] = []
    end, sent = _END.set(time.monotonic() + seconds), _REPLIES.set(replies)
    try:
        yield
    except BaseException:
        for reply in replies:
            reply.close()
        raise
    finally:
        _END.reset(end)
        _REPLIES.reset(sent)


def seconds_left() -> float:
    """Return the seconds until the limit of this thread; 0 after it, infinity without one."""
    return max(0.0, _END.get() - time.monotonic())


def in_call() -> bool:
    """Return whether this thread is within a block of `time_limit`."""
    return _REPLIES.get() is not None


class TimedAdapter(HTTPAdapter):
    """The adapter of requests, with replies that end at the limit."""

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request."""
        reply = super().send(*args, **kwargs)
        replies = _REPLIES.get()
        if replies is not None:
            replies.append(reply)
        return reply

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        limit_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        """Return the pools of connections to a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        limit_connections(manager)
        return manager


class _TimedReader(io.RawIOBase):
    """Reads from a socket, waiting no longer than the call may take."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw, self._connection = raw, connection
        self._timeout = connection.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = seconds_left()
        if left == 0.0:
            raise TimeoutError("the time of the call is over")
        if left != math.inf:
            self._connection.settimeout(min(left, self._timeout or left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_TimedReader(raw, sock))


class _Connection(HTTPConnection):
    response_class = _TimedResponse
    replied_at = math.inf  # before the first reply

    @property
    def is_connected(self) -> bool:
        """Whether the connection may be used for another request."""
        return super().is_connected and time.monotonic() - self.replied_at < IDLE_SECONDS

    def getresponse(self) -> Any:
        """Wait for the headers of a reply, and note when they came."""
        reply = super().getresponse()
        self.replied_at = time.monotonic()
        return reply

    def send(self, data: Any) -> None:
        """Send in pieces: a timeout for a whole upload would refuse every slow line."""
        for piece in _timed_pieces(self, data):
            super().send(piece)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


def _timed_pieces(connection: HTTPConnection, data: Any) -> Iterator[Any]:
    """Yield parts of a body, and wait with each no longer than the call may take."""
    if not isinstance(data, bytes) or len(data) <= _PIECE:
        yield data
        return
    for start in range(0, len(data), _PIECE):
        left = seconds_left()
        if left == 0.0:
            raise TimeoutError("the time of the call is over")
        if left != math.inf:
            connection.sock.settimeout(min(left, _SENDING_SECONDS))
        yield data[start : start + _PIECE]


class EndingRetry(Retry):
    """urllib3's Retry that ends at the limit of the call."""

    def parse_retry_after(self, retry_after: str) -> float:
        """Return the seconds that the service asks to wait."""
        return min(super().parse_retry_after(retry_after), seconds_left())

    def get_backoff_time(self) -> float:
        """Return the seconds to wait where the service asks for none."""
        return min(super().get_backoff_time(), seconds_left())

    def increment(self, *args: Any, **kwargs: Any) -> Self:
        """Return the policy after one more attempt. MaxRetryError if that was the last one."""
        if not seconds_left():
            reason = kwargs.get("error") or ResponseError("the time of the call is over")
            raise MaxRetryError(kwargs.get("_pool"), "", reason)  # type: ignore[arg-type]
        return super().increment(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request, with its retries."""
        return super().urlopen(*args, **_with_ending_retries(kwargs))


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request, with its retries."""
        return super().urlopen(*args, **_with_ending_retries(kwargs))


def _with_ending_retries(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a request with urllib3's retries as ours; a user's class stays."""
    retries = options.get("retries")
    if not (in_call() and type(retries) is Retry):
        return options
    ending = EndingRetry()
    vars(ending).update(vars(retries))
    return options | {"retries": ending}


_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _Pool, "https": _SecurePool}


def limit_connections(manager: PoolManager) -> None:
    """End the calls of a manager's new connections at the limit, and use none of its old ones.

    Connections of another kind, such as those to a SOCKS proxy, stay as they are.
    """
    if manager.pool_classes_by_scheme is pool_classes_by_scheme:
        manager.pool_classes_by_scheme = _POOLS
        manager.clear()
