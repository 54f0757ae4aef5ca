"""Which requests at a port are answered: for a host of this service, and for no foreign web page.

A browser sends what any web page asks for, also to this machine. A page whose name leads to
127.0.0.1 (DNS rebinding) is known by its Host, a page of another origin by the headers that only
browsers send: Origin and Sec-Fetch-Site. Programs send neither and are not affected.
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from docgen_nb.errors import ServiceError
from docgen_nb.service.http.messages import ApiFailure, Request, forbidden
from docgen_nb.service.loopback import is_loopback

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  recognized here, not bound
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d*)?")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_FETCHED_BY_ITSELF = ("same-origin", "none")  # none: typed in, or a bookmark
_PORTS = {"http": 80, "https": 443}
_SHOWN = 100  # characters of a header


class HostGuard:
    """Refuses requests for other hosts, and those that a browser sends for other web pages.

    `bound` is the address of the port; every name and address of this machine's loopback is
    accepted as well. A port at all addresses accepts any address: only names can be rebound.

    ServiceError if one of `allowed` is not a host name or an address.

    >>> guard = HostGuard("127.0.0.1", allowed=["docgen.example"])
    >>> [guard.accepts(host) for host in ("localhost:80", "docgen.example", "evil.example")]
    [True, True, False]
    """

    def __init__(self, bound: str, *, allowed: Iterable[str] = ()) -> None:
        self._names = {bound.lower(), *map(_checked, allowed)}
        self._any_address = bound in EVERYWHERE

    def add(self, url: str) -> None:
        """Accept the address in a URL, such as the one that a name is bound to."""
        self._names.add(urlsplit(url).hostname or "")

    def check(self, request: Request) -> None:
        """Refuse with 421 a host that is not the service's, with 403 a foreign web page."""
        headers = request.headers
        host = headers.get("host")
        if host is not None and not self.accepts(host):
            raise _misdirected(host)
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if site is not None and site.strip().lower() not in _FETCHED_BY_ITSELF:
            raise _foreign("Sec-Fetch-Site", site)
        if origin is not None:
            place = _place(origin)
            if place is None or place != _place(request.origin):
                raise _foreign("Origin", origin)

    def accepts(self, host: str) -> bool:
        """Return whether a Host header names this service, with any port."""
        name = _name(host)
        return bool(name) and (
            name in self._names or is_loopback(name) or (self._any_address and _is_address(name))
        )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) and not _is_address(name):
        raise ServiceError(f"{name!r} is not a host name. Write it like docgen.example.")
    return name.lower().removesuffix(".")


def _name(host: str) -> str:
    """Return the name in a Host header without brackets, port and final dot, "" for none."""
    match = _HOST.fullmatch(host)
    return "" if match is None else (match[1] or match[2]).lower().removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _place(origin: str) -> tuple[str | None, int | None] | None:
    """Return host and port of an origin; None if it is not one.

    Not the scheme: a proxy on this machine may have taken off TLS.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None


def _misdirected(host: str) -> ApiFailure:
    name = _name(host) or "NAME"
    if len(name) > _SHOWN:
        name = "NAME"
    return ApiFailure(
        421,
        "misdirected_request",
        f"The host {_short(host)!r} in the request is not an address of this service. If it "
        f"should be, start the service with --allow-host {name}, or "
        f"listen(allow_hosts=[{name!r}]).",
    )


def _foreign(header: str, value: str) -> ApiFailure:
    return forbidden(
        f"A browser sent this request for another web page ({header}: {_short(value)}). "
        "The service answers no other web pages."
    )


def _short(text: str) -> str:
    return text if len(text) < _SHOWN else text[: _SHOWN - 1] + "…"
