"""connect: make a client of Box, of another service, or of one in this process."""

from collections.abc import Mapping

import requests

from docgen_nb import config, wire
from docgen_nb.auth import TokenSource, token_source
from docgen_nb.client import TIME_LIMIT, Client


def connect(
    url: str | None = None,
    *,
    token: str | None = None,
    session: requests.Session | None = None,
    environment: Mapping[str, str] | None = None,
    time_limit: float = TIME_LIMIT,
) -> Client:
    """Return a client of Box, of another Doc Gen service, or of one in this process.

    Close the client after use, or use it in a ``with`` statement.

    Parameters
    ----------
    url : str, optional
        Scheme and host of a service, or ``"local"``: the service named by `DOCGEN_NB_LOCAL` if it
        is set, else a new one in this process, without a socket (``client.service``). It is closed
        with the client, or when Python exits. By default `DOCGEN_NB_URL`, else Box.
    token : str, optional
        A bearer token, such as a developer token. By default `BOX_DEVELOPER_TOKEN`, else the
        client credentials `BOX_CLIENT_ID`, `BOX_CLIENT_SECRET`, `BOX_SUBJECT_TYPE` and
        `BOX_SUBJECT_ID`. For the service named by `DOCGEN_NB_LOCAL`, `DOCGEN_NB_LOCAL_TOKEN`.
    session : requests.Session, optional
        Used with its own proxies, certificates, retries and cookies, and not closed; it keeps no
        cookies of replies to this client. For a service in this process, an adapter for
        http://docgen.local is mounted in it.
    environment : mapping, optional
        Read instead of `os.environ`.
    time_limit : float
        Seconds for one request with its reply and its retries, 600 by default, however slowly
        bytes arrive. Allow more for large files over a slow line.

    Raises
    ------
    MissingCredentials
        If there is no token for Box.
    ValueError
        If the URL has a path or no host, if the token is not valid, or if `time_limit` is not
        more than 0.

    Examples
    --------
    >>> with connect("local") as box:
    ...     folder = box.create_folder("Letters")
    ...     box.get_folder(folder["id"])["name"]
    'Letters'
    """
    token, environment = config.hide(token), config.hide_secrets(environment)
    settings = config.read_config(url, token=token, environment=environment)
    source = token_source(settings)
    if settings.url is None:
        return _connect_in_process(source, session=session, time_limit=time_limit)
    return Client(settings.url, token_source=source, session=session, time_limit=time_limit)


def _connect_in_process(
    source: TokenSource, *, session: requests.Session | None, time_limit: float
) -> Client:
    from docgen_nb.service import LocalDocGen  # slow to import, and needed only here

    local = LocalDocGen()
    own = local.session()
    if session is not None:
        session.mount(wire.LOCAL_URL, own.get_adapter(wire.LOCAL_URL))
    return Client(
        wire.LOCAL_URL,
        token_source=source,
        session=session or own,
        service=local,
        time_limit=time_limit,
    )
