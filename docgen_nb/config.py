"""The address and credentials of a service: arguments, then the environment, then a file."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

from docgen_nb import wire
from docgen_nb.errors import LoginFileError, MissingCredentials
from docgen_nb.login_file import SAVED_AT, login_file, read_login

LOCAL = "local"
EMBEDDED = "the embedded service"
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
JWT_FILE = "BOX_JWT_CONFIG_FILE"
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
    names = (URL, SERVICE, JWT_FILE, *CREDENTIALS, *SECRETS)
    values = {name: str(given[name]) for name in names if name in given}
    return {name: hide(text) if name in SECRETS else text for name, text in values.items()}


@dataclass(frozen=True)
class Config:
    """The settings that `connect` uses; the secrets are not shown.

    ``url`` is None to start a service in this process. If ``token`` is None, ``credentials`` holds
    all four client credentials, by the names of their environment variables, or ``jwt_file`` names
    an app configuration of Box's console. ``origin`` and ``url_origin`` say where they come from;
    ``saved_at`` is when the token was saved, in seconds since 1970, if that is known.
    """

    url: str | None
    token: str | Callable[[], str] | None = field(default=None, repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    jwt_file: str = ""
    origin: str = ""
    url_origin: str = ""
    saved_at: float | None = None


def read_config(
    url: str | None = None,
    *,
    token: str | Callable[[], str] | None = None,
    jwt_config: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return the address and credentials to use.

    Parameters
    ----------
    url : str, optional
        Scheme and host, or ``"local"``. By default `DOCGEN_NB_URL`, else that of the login file if
        it gives the credentials, else Box.
    token : str or callable, optional
        A bearer token, or a callable that returns one.
    jwt_config : path, optional
        An app configuration of Box's console (JSON). Without `token` and this one: the variables
        `BOX_DEVELOPER_TOKEN`, else the client credentials (`BOX_CLIENT_ID`, `BOX_CLIENT_SECRET`,
        `BOX_SUBJECT_TYPE`, `BOX_SUBJECT_ID`), else `BOX_JWT_CONFIG_FILE`; without any of them the
        file of `docgen-nb login`, for its own address alone; else, except for Box, the word
        ``local``. The service that `DOCGEN_NB_LOCAL` names gets `DOCGEN_NB_LOCAL_TOKEN` and no
        other secret of the environment.
    environment : mapping, optional
        Instead of `os.environ` and of the file.

    Raises
    ------
    MissingCredentials
        If there is no token for Box, if only some of the client credentials are set, or if
        credentials from the environment would be sent to another machine over plain HTTP.
    LoginFileError
        If the file would be used, and others can read it or it is damaged.
    ValueError
        If the URL has a path or no host, or if the token is not valid.
    """
    token, variables = hide(token), hide_secrets(environment)
    wanted, where = (url, "url=") if url is not None else (variables.get(URL) or None, URL)
    is_given = token is not None or jwt_config is not None or _has_credentials(variables)
    login = {} if is_given or environment is not None else _login(wanted)
    if wanted is None:
        wanted, where = (login[URL], str(login_file())) if login else (wire.API_URL, "the default")
    service = check_url(variables[SERVICE]) if variables.get(SERVICE) else None
    address = service if wanted == LOCAL else check_url(wanted)
    settings = partial(Config, address, url_origin=where)
    if token is not None:
        return settings(token if callable(token) else check_token(token), origin="token=")
    if jwt_config is not None:
        return settings(jwt_file=str(jwt_config), origin="jwt_config=")
    if address is None:
        return settings(LOCAL_TOKEN, origin=EMBEDDED)
    if address == service:
        own = check_token(variables.get(SERVICE_TOKEN) or LOCAL_TOKEN)
        return settings(own, origin=SERVICE_TOKEN)
    if login:
        settings = partial(settings, saved_at=login.get(SAVED_AT))
        return _of_variables(settings, address, hide_secrets(login), file=str(login_file()))
    return _of_variables(settings, address, variables)


def _has_credentials(variables: Mapping[str, str]) -> bool:
    return any(
        variables.get(name, "").strip() for name in (DEVELOPER_TOKEN, *CREDENTIALS, JWT_FILE)
    )


def _login(url: str | None) -> dict[str, Any]:
    """Return the settings in the login file, if they are for this address or for any."""
    if url == LOCAL:
        return {}
    path = login_file()
    login = read_login(path) or {}
    if login and not isinstance(login.get(URL), str):
        raise LoginFileError(f"{path} names no address. Run docgen-nb login to write it again.")
    return login if login and (url is None or check_url(url) == check_url(login[URL])) else {}


def _of_variables(
    settings: Callable[..., Config], address: str, variables: Mapping[str, str], *, file: str = ""
) -> Config:
    """Return the settings with what the variables, or a file with their names, have."""
    if variables.get(DEVELOPER_TOKEN, "").strip():
        _refuse_plain_http(address, DEVELOPER_TOKEN)
        return settings(check_token(variables[DEVELOPER_TOKEN]), origin=file or DEVELOPER_TOKEN)
    credentials = {name: variables.get(name, "").strip() for name in CREDENTIALS}
    missing = [name for name, value in credentials.items() if not value]
    has_jwt = bool(variables.get(JWT_FILE, "").strip())
    if not missing or has_jwt:
        _check_subject(credentials)
    if not missing:
        _refuse_plain_http(address, CLIENT_SECRET)
        return settings(credentials=credentials, origin=file or CLIENT_SECRET)
    if has_jwt:
        _refuse_plain_http(address, JWT_FILE)
        jwt = {"jwt_file": variables[JWT_FILE].strip(), "credentials": credentials}
        return settings(**jwt, origin=file or JWT_FILE)
    if is_box(address):
        raise MissingCredentials(_no_token(missing))
    return settings(LOCAL_TOKEN, origin="the default for services that accept any token")


def _check_subject(credentials: Mapping[str, str]) -> None:
    kind = credentials[SUBJECT_TYPE]
    if kind and kind not in SUBJECT_TYPES:
        raise ValueError(f"{SUBJECT_TYPE} is {kind!r}; it must be enterprise or user.")


def _no_token(missing: list[str]) -> str:
    message = (
        f"No token for Box: run docgen-nb login, set {DEVELOPER_TOKEN}, or give token= to "
        "connect(). "
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
