"""When no reply comes: what is tried again, and how the failure is told."""

import socket
from collections.abc import Iterator
from typing import Any

import requests
from urllib3.exceptions import InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from docgen_nb.errors import Unreachable

SAFE_TO_REPEAT = ("GET", "DELETE")
PASSING = (429, 500, 502, 503, 504)
LONGEST_WAIT = 60.0  # seconds; Box counts requests by the minute


class BoundedRetry(Retry):
    """urllib3's Retry that waits a minute at most, whatever Retry-After says."""

    @classmethod
    def of_safe_methods(cls) -> "BoundedRetry":
        """Return the rule of `Client`: four more tries for GET and DELETE, none for the others.

        A connection that could not be made is tried once more for any method: nothing was sent.
        """
        return cls(
            total=4,
            connect=1,
            other=0,  # such as encryption that cannot be agreed on: it will not be the next time
            status_forcelist=PASSING,
            allowed_methods=SAFE_TO_REPEAT,
            backoff_factor=1.0,
            backoff_jitter=1.0,
            raise_on_status=False,
        )

    def parse_retry_after(self, retry_after: str) -> float:
        """Return the seconds to wait; none for a header that cannot be read."""
        try:
            return min(super().parse_retry_after(retry_after), LONGEST_WAIT)
        except InvalidHeader:  # the backoff takes its place
            return 0.0


def unreachable(
    method: str,
    url: str,
    error: requests.RequestException,
    *,
    timeouts: tuple[float, float],
) -> Unreachable:
    """Say which URL gave no reply, why, and what to do."""
    reason, sent = _reason(error, timeouts=timeouts)
    if not sent:
        advice = "Check the URL given to connect(), the network and the proxy."
    elif method in SAFE_TO_REPEAT:
        advice = "Check the network, then try again."
    else:
        advice = "It may have been carried out all the same: look before sending it again."
    return Unreachable(f"No reply to {method} {url}: {reason}. {advice}")


def _reason(error: requests.RequestException, *, timeouts: tuple[float, float]) -> tuple[str, bool]:
    """Return why, in words, and whether the request may have arrived."""
    causes = list(_causes(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(requests.exceptions.ProxyError):
        return "the proxy does not let it through", False
    if has(requests.exceptions.SSLError):
        return "no trusted encryption could be agreed on", False
    if has(requests.ConnectTimeout):
        return f"no connection within {timeouts[0]:g} seconds", False
    if has(socket.gaierror):
        return "the host name is not known", False
    if has(ConnectionRefusedError):
        return "nothing listens there", False
    if has(requests.ReadTimeout, ReadTimeoutError):
        return f"nothing came for {timeouts[1]:g} seconds", True
    if has(requests.TooManyRedirects):
        return "it redirects without end", True
    if has(requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        return "the reply was cut off or damaged", True
    if has(requests.ConnectionError):
        return "the connection was closed", True
    return f"requests says {type(error).__name__}", True


def _causes(error: BaseException) -> Iterator[Any]:
    """The error, and those behind it."""
    found: BaseException | None = error
    while found is not None:
        yield found
        yield from (part for part in found.args if isinstance(part, BaseException))
        found = found.__cause__ or found.__context__
