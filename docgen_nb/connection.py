"""connect: a Client of Box, of a URL, or of a service in this process."""

from collections.abc import Mapping

import requests

from docgen_nb import config, wire
from docgen_nb.auth import token_source
from docgen_nb.client import Client


def connect(
    url: str | None = None,
    *,
    token: str | None = None,
    session: requests.Session | None = None,
    environment: Mapping[str, str] | None = None,
) -> Client:
    """Return a client of Box, of any other Doc Gen service, or of one in this process.

    Close it when done, or use it in a `with`.

    Parameters
    ----------
    url : str, optional
        Scheme and host of a service, or ``"local"``: the service that `DOCGEN_NB_LOCAL` names, if
        it is set, else a fresh one in this process without a socket (``client.service``), which
        ends with the client, or with Python. By default `DOCGEN_NB_URL`, else Box.
    token : str, optional
        A bearer token, such as a developer token. By default what `config.read_config` finds:
        `BOX_DEVELOPER_TOKEN`, else the client credentials `BOX_CLIENT_ID`, `BOX_CLIENT_SECRET`,
        `BOX_SUBJECT_TYPE` and `BOX_SUBJECT_ID`. `config.explain` shows it.
    session : requests.Session, optional
        Used as it is and not closed. Only for a service in this process one adapter is mounted in
        it, for http://docgen.local.
    environment : mapping, optional
        Where the variables above are looked up instead of in `os.environ`.

    Raises
    ------
    MissingCredentials
        If there is no token for Box.
    ValueError
        If the URL has a path or no host, or if the token cannot be one.

    Examples
    --------
    >>> with connect("local") as box:
    ...     folder = box.create_folder("Letters")
    ...     box.get_folder(folder["id"])["name"]
    'Letters'
    """
    found = config.read_config(url, token=token, environment=environment)
    if found.url.value is None:
        return _connect_in_process(found, session=session)
    return Client(found.url.value, token_source=token_source(found), session=session)


def _connect_in_process(found: config.Config, *, session: requests.Session | None) -> Client:
    from docgen_nb.service import LocalDocGen  # heavy, and needed only here

    local = LocalDocGen()
    own = local.session()
    if session is not None:
        session.mount(wire.LOCAL_URL, own.get_adapter(wire.LOCAL_URL))
    return Client(
        wire.LOCAL_URL, token_source=token_source(found), session=session or own, service=local
    )
