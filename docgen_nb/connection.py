"""connect: make a client of Box, of another service, or of one in this process."""

import os
from collections.abc import Callable, Mapping
from functools import partial

import requests

from docgen_nb import config, wire
from docgen_nb.auth import token_source
from docgen_nb.client import TIME_LIMIT, TIMEOUTS, Client, Network


def connect(
    url: str | None = None,
    *,
    token: str | Callable[[], str] | None = None,
    jwt_config: str | os.PathLike[str] | None = None,
    session: requests.Session | None = None,
    proxy: str | None = None,
    ca_bundle: str | os.PathLike[str] | None = None,
    timeouts: tuple[float, float] = TIMEOUTS,
    time_limit: float = TIME_LIMIT,
    environment: Mapping[str, str] | None = None,
) -> Client:
    """Return a client of Box, of another Doc Gen service, or of one in this process.

    Close the client after use, or use it in a ``with`` statement. Credentials are those given here,
    else those of the environment, else those that ``docgen-nb login`` has written to a file.

    Parameters
    ----------
    url : str, optional
        Scheme and host of a service, or ``"local"``: the service named by `DOCGEN_NB_LOCAL` if it
        is set, else a new one in this process, without a socket (``client.service``). It is closed
        with the client, or when Python exits. By default `DOCGEN_NB_URL`, else Box.
    token : str or callable, optional
        A bearer token, such as a developer token, or a callable that returns one, called for each
        request. By default `BOX_DEVELOPER_TOKEN`, else the client credentials `BOX_CLIENT_ID`,
        `BOX_CLIENT_SECRET`, `BOX_SUBJECT_TYPE` and `BOX_SUBJECT_ID`, else the app configuration
        that `BOX_JWT_CONFIG_FILE` names, else the login file. For the service named by
        `DOCGEN_NB_LOCAL`, `DOCGEN_NB_LOCAL_TOKEN`.
    jwt_config : path, optional
        Instead of `token`: the app configuration (JSON) of Box's developer console. Its tokens are
        those of the service account, unless it has a ``userID``. Needs the extra `jwt`.
    session : requests.Session, optional
        Used with its own proxies, certificates, retries and cookies, and not closed; it keeps no
        cookies of replies to this client. For a service in this process, an adapter for
        http://docgen.local is mounted in it.
    proxy : str, optional
        URL of a proxy for all requests. By default `HTTPS_PROXY` and `NO_PROXY`, as in requests.
    ca_bundle : path, optional
        Certificates (PEM) to trust instead of the usual ones. By default `REQUESTS_CA_BUNDLE`.
    timeouts : (float, float)
        Seconds to wait for a connection, and for data: 10 and 60 by default.
    time_limit : float
        Seconds for one request with its reply and its retries, 600 by default, however slowly
        bytes arrive. Allow more for large files over a slow line.
    environment : mapping, optional
        Read instead of `os.environ` and of the login file.

    Raises
    ------
    MissingCredentials
        If there is no token for Box, or `jwt_config` cannot be used.
    LoginFileError
        If the login file would be used, and other users can read it or it is damaged.
    ValueError
        If the URL has a path or no host, if the token is not valid, or if a time is not more than
        0.

    Examples
    --------
    >>> with connect("local") as box:
    ...     folder = box.create_folder("Letters")
    ...     box.get_folder(folder["id"])["name"]
    'Letters'
    """
    token, proxy = config.hide(token), config.hide(proxy)
    environment = None if environment is None else config.hide_secrets(environment)
    settings = config.read_config(url, token=token, jwt_config=jwt_config, environment=environment)
    open_client = partial(
        Client,
        token_source=token_source(settings),
        network=Network(proxy, None if ca_bundle is None else os.fspath(ca_bundle), timeouts),
        time_limit=time_limit,
        url_origin=settings.url_origin,
    )
    if settings.url is None:
        return _connect_in_process(open_client, session=session)
    return open_client(settings.url, session=session)


def _connect_in_process(
    open_client: Callable[..., Client], *, session: requests.Session | None
) -> Client:
    from docgen_nb.service import LocalDocGen  # slow to import, and needed only here

    local = LocalDocGen()
    own = local.session()
    if session is not None:
        session.mount(wire.LOCAL_URL, own.get_adapter(wire.LOCAL_URL))
    return open_client(wire.LOCAL_URL, session=session or own, service=local)
