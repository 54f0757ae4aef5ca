"""The address and credentials of a service: arguments first, then the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

from docgen_nb import wire
from docgen_nb.errors import MissingCredentials

LOCAL = "local"
LOCAL_TOKEN = "local"  # noqa: S105  not a secret: for a service that accepts any token
SUBJECT_TYPES = ("enterprise", "user")

URL = "DOCGEN_NB_URL"
SERVICE = "DOCGEN_NB_LOCAL"
SERVICE_TOKEN = "DOCGEN_NB_LOCAL_TOKEN"  # noqa: S105  a name, not a secret
DEVELOPER_TOKEN = "BOX_DEVELOPER_TOKEN"  # noqa: S105  a name, not a secret
CLIENT_ID = "BOX_CLIENT_ID"
CLIENT_SECRET = "BOX_CLIENT_SECRET"  # noqa: S105  a name, not a secret
SUBJECT_TYPE = "BOX_SUBJECT_TYPE"
SUBJECT_ID = "BOX_SUBJECT_ID"
CREDENTIALS = (CLIENT_ID, CLIENT_SECRET, SUBJECT_TYPE, SUBJECT_ID)
SECRETS = (DEVELOPER_TOKEN, CLIENT_SECRET, SERVICE_TOKEN)


class Secret(str):
    """A secret text. Its repr hides it, in a traceback with variables too, and it has no pickle.

    >>> Secret("abc")
    '***'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        """Refuse to be pickled."""
        raise TypeError("A token or client secret can't be pickled. Pickle a client instead.")

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def strip(self, chars: str | None = None, /) -> "Secret":
        """Return the text without white space at its ends, still secret."""
        return Secret(super().strip(chars))


class SecretBytes(bytes):
    """Bytes that contain a secret; their repr hides it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'***'"


def hide(value: Any) -> Any:
    """Return a text as a Secret, and anything else as it is."""
    return Secret(value) if isinstance(value, str) else value


def hide_secrets(environment: Mapping[str, str] | None) -> dict[str, str]:
    """Return the variables that are read here, by default of `os.environ`, with hidden secrets."""
    given = os.environ if environment is None else environment
    names = (URL, SERVICE, *CREDENTIALS, *SECRETS)
    values = {name: given[name] for name in names if name in given}
    return {name: hide(text) if name in SECRETS else text for name, text in values.items()}


@dataclass(frozen=True)
class Config:
    """The settings that `connect` uses; the secrets are not shown.

    ``url`` is None to start a service in this process. If ``token`` is None, ``credentials`` holds
    all four client credentials, by the names of their environment variables.
    """

    url: str | None
    token: str | None = field(default=None, repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_config(
    url: str | None = None,
    *,
    token: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return the address and credentials to use.

    Parameters
    ----------
    url : str, optional
        Scheme and host, or ``"local"``. By default `DOCGEN_NB_URL`, else Box.
    token : str, optional
        A bearer token. By default `BOX_DEVELOPER_TOKEN`, else the client credentials
        (`BOX_CLIENT_ID`, `BOX_CLIENT_SECRET`, `BOX_SUBJECT_TYPE`, `BOX_SUBJECT_ID`), else, except
        for Box, the word ``local``. The service that `DOCGEN_NB_LOCAL` names gets
        `DOCGEN_NB_LOCAL_TOKEN` and no other secret of the environment.
    environment : mapping, optional
        Instead of `os.environ`.

    Raises
    ------
    MissingCredentials
        If there is no token for Box, if only some of the client credentials are set, or if
        credentials from the environment would be sent to another machine over plain HTTP.
    ValueError
        If the URL has a path or no host, or if the token is not valid.
    """
    token, environment = hide(token), hide_secrets(environment)
    variables = environment
    url = url if url is not None else variables.get(URL) or wire.API_URL
    service = check_url(variables[SERVICE]) if variables.get(SERVICE) else None
    address = service if url == LOCAL else check_url(url)
    if token is not None:
        return Config(address, check_token(token))
    if address is None:
        return Config(None, LOCAL_TOKEN)
    if address == service:
        return Config(address, check_token(variables.get(SERVICE_TOKEN) or LOCAL_TOKEN))
    if variables.get(DEVELOPER_TOKEN, "").strip():
        _refuse_plain_http(address, DEVELOPER_TOKEN)
        return Config(address, check_token(variables[DEVELOPER_TOKEN]))
    return _with_client_credentials(address, variables)


def _with_client_credentials(address: str, variables: Mapping[str, str]) -> Config:
    credentials = {name: variables.get(name, "").strip() for name in CREDENTIALS}
    missing = [name for name, value in credentials.items() if not value]
    if not missing:
        _refuse_plain_http(address, CLIENT_SECRET)
        if credentials[SUBJECT_TYPE] not in SUBJECT_TYPES:
            raise ValueError(
                f"{SUBJECT_TYPE} is {credentials[SUBJECT_TYPE]!r}; it must be enterprise or user."
            )
        return Config(address, credentials=credentials)
    if is_box(address):
        raise MissingCredentials(_no_token(missing))
    return Config(address, LOCAL_TOKEN)


def _no_token(missing: list[str]) -> str:
    message = (
        f"No token for Box: set {DEVELOPER_TOKEN}, or give token= to connect(). "
        'To work without an account, use connect("local").'
    )
    if len(missing) == len(CREDENTIALS):
        return message
    return f"{message} These client credentials are not set: {', '.join(missing)}."


def _refuse_plain_http(address: str, variable: str) -> None:
    if not address.startswith("https:") and address != wire.LOCAL_URL and not is_loopback(address):
        raise MissingCredentials(
            f"{variable} is not sent to another machine over plain HTTP ({address}). "
            "Use https, or give token= to connect() if you want to send a token."
        )


def is_box(url: str) -> bool:
    """Return whether an address is Box's.

    >>> is_box("https://api.box.com"), is_box("https://box.com.example")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    return host == "box.com" or host.endswith(".box.com")


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine.

    >>> is_loopback("http://127.0.0.1:8000"), is_loopback("http://192.168.0.7")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a host name
        return False


def upload_url(url: str) -> str:
    """Return the upload host: Box has one of its own, other services take uploads themselves."""
    return wire.UPLOAD_URL if is_box(url) else url


def check_url(url: str) -> str:
    """Return an address without a final slash. ValueError unless it is a scheme and a host."""
    text = url.strip().removesuffix("/")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"The URL is not valid: {error}.") from error
    extra = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or extra or port == 0:
        # The message leaves out the URL, which may hold a password.
        raise ValueError(
            'The URL must be "local" or a scheme and a host without a path, '
            f"such as {wire.API_URL} or http://127.0.0.1:8000."
        )
    return text


def check_token(token: str) -> str:
    """Return a token without surrounding white space. ValueError if it is not a valid token."""
    token = hide(token).strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(
            "The token is empty or contains a space, a line break or a character outside ASCII. "
            "Copy it again from Box's developer console."
        )
    return token
