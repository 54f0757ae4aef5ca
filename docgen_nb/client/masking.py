"""Masking the secrets in what is printed of a request or a reply."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

HIDDEN = "***"
_SENSITIVE = (
    r"(?:token|secret|passw(?:or)?d|pwd|passphrase|assertion|private_?key|api_?key|signature|sig|"
    r"credentials?|authorization|cookie|code_verifier)"
)
_SECRET_NAME = re.compile(rf"{_SENSITIVE}$", re.IGNORECASE)
_PAIR = re.compile(rf"\b(\w*{_SENSITIVE})=[^\s&\"',;]+", re.IGNORECASE)
_SECRET_IN_URL = re.compile(r"(ticket|key|code)$", re.IGNORECASE)
_TICKET = re.compile(r"(/d/\d+/)[^/]+(/download)")  # of Box's download addresses
_URL = re.compile(r"""[a-z][a-z0-9+.-]*://[^\s"'<>\\]+""", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic) +(?![a-z_]+=)[\w.~+/-]{8,}=*", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_SHORTEST_SECRET = 8  # characters; shorter ones, such as "local", are ordinary words
_SHORTEST_IN_PATH = 40  # characters of a part of a path that can only be a ticket


def mask_url(url: str) -> str:
    """Return a URL without its password, its tickets and the tokens in its query.

    >>> mask_url("https://ann:pw@dl.boxcloud.com/d/1/b1!X9/download?access_token=T9&page=2")
    'https://***@dl.boxcloud.com/d/1/***/download?access_token=***&page=2'
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # such as a bracket that is not closed: nothing of it is safe to show
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{HIDDEN}@{host}" if "@" in parts.netloc else host
    fragment = HIDDEN if parts.fragment else ""
    return urlunsplit((parts.scheme, netloc, _path(parts.path), _query(parts.query), fragment))


def _path(path: str) -> str:
    parts = _TICKET.sub(rf"\1{HIDDEN}\2", path).split("/")
    return "/".join(HIDDEN if len(part) >= _SHORTEST_IN_PATH else part for part in parts)


def _query(query: str) -> str:
    """Return a query, or the body of a form, with each pair as it was written."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    return "&".join(f"{name}{equals}{_shown(name, value)}" for name, equals, value in pairs)


def _shown(name: str, value: str) -> str:
    is_secret = _SECRET_NAME.search(name) or _SECRET_IN_URL.search(name)
    return HIDDEN if value and is_secret else value


def mask_form(form: str) -> str:
    """Return the body of a form with the values of secret fields hidden.

    >>> mask_form("grant_type=client_credentials&client_secret=s3cret")
    'grant_type=client_credentials&client_secret=***'
    """
    return _query(form)


def mask_text(text: str) -> str:
    """Return a text without the secrets of URLs, without bearer tokens, and without JWTs.

    >>> mask_text("No access to https://ann:pw@example.com with Bearer 4NhXqq31ZZ")
    'No access to https://***@example.com with Bearer ***'
    """
    text = _URL.sub(lambda match: mask_url(match[0]), text)
    text = _PAIR.sub(rf"\1={HIDDEN}", _TICKET.sub(rf"\1{HIDDEN}\2", text))
    return _JWT.sub(HIDDEN, _BEARER.sub(rf"\1 {HIDDEN}", text))


def mask_value(value: Any) -> Any:
    """Return a JSON value with the values of secret names hidden, at any depth.

    >>> mask_value({"access_token": "T9", "token_type": "bearer", "next_marker": "b"})
    {'access_token': '***', 'token_type': 'bearer', 'next_marker': 'b'}
    """
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if inner and _SECRET_NAME.search(name) else mask_value(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [mask_value(inner) for inner in value]
    return mask_text(value) if isinstance(value, str) else value


def secrets_of(value: Any) -> Iterator[str]:
    """Yield the texts that `mask_value` hides: a service may repeat them in a message."""
    if isinstance(value, list):
        for inner in value:
            yield from secrets_of(inner)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str) and _SECRET_NAME.search(name):
                yield inner
            else:
                yield from secrets_of(inner)


def secrets_of_form(form: str) -> Iterator[str]:
    """Yield the values that `mask_form` hides."""
    yield from secrets_of(dict(parse_qsl(form)))


def hide_all(text: str, secrets: set[str]) -> str:
    """Return a text in which these secrets are hidden wherever they occur."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text
