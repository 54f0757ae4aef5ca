"""Where the address and the credentials come from: arguments first, then the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from docgen_nb import wire
from docgen_nb.errors import MissingCredentials

LOCAL = "local"
LOCAL_TOKEN = "local"  # noqa: S105  a fixed word: a service of one's own takes any token
SUBJECT_TYPES = ("enterprise", "user")

URL = "DOCGEN_NB_URL"
SERVICE = "DOCGEN_NB_LOCAL"
DEVELOPER_TOKEN = "BOX_DEVELOPER_TOKEN"  # noqa: S105  a name, not a secret
CLIENT_ID = "BOX_CLIENT_ID"
CLIENT_SECRET = "BOX_CLIENT_SECRET"  # noqa: S105  a name, not a secret
SUBJECT_TYPE = "BOX_SUBJECT_TYPE"
SUBJECT_ID = "BOX_SUBJECT_ID"
CREDENTIALS = (CLIENT_ID, CLIENT_SECRET, SUBJECT_TYPE, SUBJECT_ID)


@dataclass(frozen=True)
class Setting:
    """One value and where it came from; a secret is not shown."""

    name: str
    value: str | None = field(repr=False)
    source: str
    secret: bool = False

    @property
    def shown(self) -> str:
        """The value for the eye: stars for a secret, nothing where there is none."""
        if self.value is None:
            return ""
        return "****" if self.secret else self.value


@dataclass(frozen=True)
class Config:
    """What `connect` works with.

    ``url`` is None where a fresh service is to be started in this process. Either ``token`` has a
    value, or all four of the client credentials have.
    """

    url: Setting
    token: Setting
    client_id: Setting
    client_secret: Setting
    subject_type: Setting
    subject_id: Setting

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All settings, in the order in which `explain` shows them."""
        credentials = (self.client_id, self.client_secret, self.subject_type, self.subject_id)
        return (self.url, self.token, *credentials)


def explain(
    url: str | None = None,
    *,
    token: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[dict[str, str]]:
    """Return what `connect` would work with, and where each value came from.

    One row per setting: ``name``, ``value`` (secrets as stars, empty where there is none) and
    ``source``. The arguments and the errors are those of `read_config`.

    >>> for row in explain("https://box.example", token="s3cret", environment={})[:2]:
    ...     print(row)
    {'name': 'url', 'value': 'https://box.example', 'source': 'argument'}
    {'name': 'token', 'value': '****', 'source': 'argument'}
    """
    found = read_config(url, token=token, environment=environment)
    return [{"name": s.name, "value": s.shown, "source": s.source} for s in found.settings]


def read_config(
    url: str | None = None,
    *,
    token: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return the address and the credentials to use.

    Parameters
    ----------
    url : str, optional
        Scheme and host, or ``"local"``. Without it `DOCGEN_NB_URL`, else Box.
    token : str, optional
        A bearer token. Without it `BOX_DEVELOPER_TOKEN`, else the client credentials
        (`BOX_CLIENT_ID`, `BOX_CLIENT_SECRET`, `BOX_SUBJECT_TYPE`, `BOX_SUBJECT_ID`), else, but
        never for Box, the word ``local``. For ``"local"`` the environment's are not looked at.
    environment : mapping, optional
        Instead of `os.environ`.

    Raises
    ------
    MissingCredentials
        If there is no token for Box, if only a part of the client credentials is set, or if those
        of the environment would go over plain http to another machine.
    ValueError
        If the URL has a path or no host, or if a token cannot be one.
    """
    variables = os.environ if environment is None else environment
    address = _address(url, variables)
    if address.source.startswith(LOCAL):
        variables = {}
    found = Config(
        url=address,
        token=_token(token, variables),
        client_id=_variable("client_id", CLIENT_ID, variables),
        client_secret=_variable("client_secret", CLIENT_SECRET, variables, secret=True),
        subject_type=_variable("subject_type", SUBJECT_TYPE, variables),
        subject_id=_variable("subject_id", SUBJECT_ID, variables),
    )
    return _choose_credentials(found)


def is_box(url: str) -> bool:
    """Say whether an address is Box's own.

    >>> is_box("https://api.box.com"), is_box("https://box.com.example")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    return host == "box.com" or host.endswith(".box.com")


def is_loopback(url: str) -> bool:
    """Say whether an address is on this machine.

    >>> is_loopback("http://127.0.0.1:8000"), is_loopback("http://192.168.0.7")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name, not a number
        return False


def upload_url(url: str) -> str:
    """Return where uploads go: Box has a host for them, any other service takes them itself."""
    return wire.UPLOAD_URL if is_box(url) else url


def check_url(url: str) -> str:
    """Return an address without its last slash; ValueError unless it is a scheme and a host."""
    text = url.strip().removesuffix("/")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"The URL cannot be read: {error}.") from error
    extra = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or extra or port == 0:
        # The URL itself is not repeated: it may hold a password.
        raise ValueError(
            'The URL must be "local", or a scheme and a host without a path, '
            f"such as {wire.API_URL} or http://127.0.0.1:8000."
        )
    return text


def check_token(token: str) -> str:
    """Return a token without white space around it; ValueError if it cannot be one."""
    text = token.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(
            "The token is empty, or holds a space, a line break or a character outside ASCII. "
            "Copy it again from Box's developer console."
        )
    return text


def _address(url: str | None, variables: Mapping[str, str]) -> Setting:
    given, source = (url, "argument") if url is not None else (variables.get(URL), URL)
    if not given and url is None:
        return Setting("url", wire.API_URL, "default")
    if given != LOCAL:
        return Setting("url", check_url(given or ""), source)
    if service := variables.get(SERVICE):
        return Setting("url", check_url(service), f"{LOCAL}, {SERVICE}")
    return Setting("url", None, f"{LOCAL}, in this process")


def _token(token: str | None, variables: Mapping[str, str]) -> Setting:
    if token is not None:
        return Setting("token", check_token(token), "argument", secret=True)
    found = _variable("token", DEVELOPER_TOKEN, variables, secret=True)
    if found.value is not None:
        check_token(found.value)
    return found


def _variable(
    name: str, variable: str, variables: Mapping[str, str], *, secret: bool = False
) -> Setting:
    value = variables.get(variable, "").strip()
    return Setting(name, value or None, variable if value else "not set", secret=secret)


def _choose_credentials(found: Config) -> Config:
    """The token comes first, then the client credentials if all are there, then the fixed word."""
    if found.token.value is not None:
        _refuse_plain_http(found.url, found.token)
        return _without_client(found, "not used: there is a token")
    missing = [
        variable
        for variable, setting in zip(CREDENTIALS, found.settings[2:], strict=True)
        if setting.value is None
    ]
    if not missing:
        _refuse_plain_http(found.url, found.client_secret)
        _check_subject_type(found.subject_type)
        return found
    if found.url.value is not None and is_box(found.url.value):
        raise MissingCredentials(_what_is_missing(missing))
    word = Setting("token", LOCAL_TOKEN, "default")
    return replace(_without_client(found, "not used"), token=word)


def _refuse_plain_http(url: Setting, secret: Setting) -> None:
    address = url.value or wire.LOCAL_URL
    safe = address.startswith("https:") or address == wire.LOCAL_URL or is_loopback(address)
    if not safe and secret.source != "argument":
        raise MissingCredentials(
            f"{secret.source} is not sent over plain http to another machine ({address}). "
            "Use https, or give token= to connect() on purpose."
        )


def _without_client(found: Config, why: str) -> Config:
    none = {
        setting.name: Setting(setting.name, None, why if setting.value else setting.source)
        for setting in found.settings[2:]
    }
    return replace(found, **none)


def _check_subject_type(setting: Setting) -> None:
    if setting.value not in SUBJECT_TYPES:
        raise ValueError(f"{SUBJECT_TYPE} is {setting.value!r}; it must be enterprise or user.")


def _what_is_missing(missing: list[str]) -> str:
    text = (
        f"No token for Box: set {DEVELOPER_TOKEN}, or give token= to connect(). "
        'To work without an account: connect("local").'
    )
    if len(missing) == len(CREDENTIALS):
        return text
    return f"{text} Of the client credentials these are not set: {', '.join(missing)}."
