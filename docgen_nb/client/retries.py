"""Which requests are retried, and the error for a request without a reply."""

import http.client
import re
import socket
from collections.abc import Iterator
from typing import Any, Self, TypeVar

import requests
from urllib3.exceptions import (
    HTTPError,
    InvalidHeader,
    LocationParseError,
    MaxRetryError,
    ProtocolError,
    ReadTimeoutError,
)

from docgen_nb.client.time_limit import EndingRetry, seconds_left
from docgen_nb.errors import Unreachable

# What requests raises for replies that are not valid HTTP, besides its own exceptions.
NO_REPLY = (
    *(requests.RequestException, HTTPError, http.client.HTTPException),
    *(ValueError, OverflowError),
)
Failure = TypeVar("Failure", bound=BaseException)
SAFE_TO_REPEAT = ("GET", "DELETE")
TEMPORARY = (429, 500, 502, 503, 504)
_MANY_DIGITS = re.compile(r"\s*\d{9,}\s*", re.ASCII)
LONGEST_WAIT = 60.0  # seconds; Box counts requests by the minute


class BoundedRetry(EndingRetry):
    """urllib3's Retry that waits at most a minute, whatever Retry-After asks for.

    ``retry_afters`` has the header of each reply in ``history``, None where there was none.
    """

    retry_afters: tuple[str | None, ...] = ()

    @classmethod
    def of_safe_methods(cls) -> "BoundedRetry":
        """Return the policy of `Client`: four retries for GET and DELETE, none for other methods.

        A failed connection is retried once for any method, because nothing was sent.
        """
        return cls(
            total=4,
            connect=1,
            other=0,  # such as a certificate that is not trusted, which a retry does not change
            status_forcelist=TEMPORARY,
            allowed_methods=SAFE_TO_REPEAT,
            backoff_factor=1.0,
            backoff_jitter=1.0,
            raise_on_status=False,
        )

    def increment(self, *args: Any, **kwargs: Any) -> Self:
        """Return the policy after one more attempt, which remembers what its reply asked for."""
        after = super().increment(*args, **kwargs)
        response = kwargs.get("response")
        header = None if response is None else response.headers.get("Retry-After")
        after.retry_afters = (*self.retry_afters, header)
        return after

    def parse_retry_after(self, retry_after: str) -> float:
        """Return the seconds to wait, 0 for a header that cannot be read."""
        if _MANY_DIGITS.fullmatch(retry_after):  # more than Python reads as a number
            return min(LONGEST_WAIT, seconds_left())
        try:
            return min(super().parse_retry_after(retry_after), LONGEST_WAIT)
        except (InvalidHeader, ValueError, OverflowError):  # the backoff applies instead
            return 0.0


def wait_for_another_try(policy: BoundedRetry, method: str, url: str) -> BoundedRetry | None:
    """Wait before a request whose reply broke is sent again; None if it is not sent again."""
    if method != "GET":
        return None
    try:
        policy = policy.increment(method, url, error=ProtocolError("the reply was cut off"))
    except (MaxRetryError, ProtocolError):
        return None
    policy.sleep()
    return policy


def unreachable(
    method: str, url: str, error: Exception, *, timeouts: tuple[float, float, float]
) -> Unreachable:
    """Return the error for a request without a reply: the URL, the reason and what to do.

    `timeouts` are the seconds for connecting, between two bytes, and for the whole call.
    """
    *of_connection, whole = timeouts
    if seconds_left():
        reason, may_have_arrived = _reason(error, *of_connection)
    else:
        reason, may_have_arrived = f"no complete reply within {whole:g} seconds", True
    if not may_have_arrived:
        advice = "Check the URL given to connect(), the network and the proxy."
    elif method in SAFE_TO_REPEAT:
        advice = "Check the network, then try again."
    else:
        advice = "The request may still have been carried out: check before you send it again."
    return Unreachable(
        f"No reply to {method} {url}: {reason}. {advice}", may_have_arrived=may_have_arrived
    )


def _reason(error: Exception, connect: float, read: float) -> tuple[str, bool]:
    """Return the reason in words, and whether the request may have arrived."""
    reasons: tuple[tuple[type[BaseException], str, bool], ...] = (
        (requests.exceptions.ProxyError, "the proxy refuses the connection", False),
        (requests.exceptions.SSLError, "no trusted encrypted connection is possible", False),
        (requests.ConnectTimeout, f"no connection within {connect:g} seconds", False),
        (socket.gaierror, "the host name is unknown", False),
        (ConnectionRefusedError, "nothing listens at this address", False),
        (requests.ReadTimeout, f"no data for {read:g} seconds", True),
        (ReadTimeoutError, f"no data for {read:g} seconds", True),
        (requests.TooManyRedirects, "it redirects endlessly", True),
        (requests.exceptions.ChunkedEncodingError, "the reply was cut off or damaged", True),
        (requests.exceptions.ContentDecodingError, "the reply was cut off or damaged", True),
        (requests.ConnectionError, "the connection was closed", True),
        (requests.exceptions.InvalidURL, "it redirects to an address that is none", True),
        (LocationParseError, "it redirects to an address that is none", True),
        (requests.exceptions.InvalidSchema, "it redirects to an address that is not HTTP", True),
    )
    causes = list(_causes(error))
    for kind, reason, may_have_arrived in reasons:
        if any(isinstance(cause, kind) for cause in causes):
            return reason, may_have_arrived
    if isinstance(error, requests.RequestException):
        return f"requests raised {type(error).__name__}", True
    return f"the reply is not valid HTTP ({str(error)[:80]})", True


def _causes(error: BaseException) -> Iterator[Any]:
    """Yield the error and those that caused it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        yield from (part for part in cause.args if isinstance(part, BaseException))
        cause = cause.__cause__ or cause.__context__


def forget_frames(error: Failure) -> Failure:
    """Return an error without the frames that it and its causes have passed through.

    Variables of the HTTP libraries contain the request with its token, and IPython can show the
    variables of all frames.
    """
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            cause.__traceback__ = None
            parts = [part for part in cause.args if isinstance(part, BaseException)]
            waiting += [cause.__cause__, cause.__context__, *parts]
    return error
