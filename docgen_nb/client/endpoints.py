"""The client: one method per endpoint, named by a verb and Box's noun."""

import atexit
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import requests

from docgen_nb import config, wire
from docgen_nb.auth import TokenSource, token_source
from docgen_nb.client.file_calls import FileCalls
from docgen_nb.client.listing import Listing
from docgen_nb.client.network import Network
from docgen_nb.client.request_body import Body
from docgen_nb.client.request_path import Fields, path_of, query_of
from docgen_nb.client.transport import TIME_LIMIT, Transport

if TYPE_CHECKING:
    from docgen_nb.service import LocalDocGen


class Client(FileCalls):
    """A client of Box's Doc Gen API, and of the files, folders and users that it needs.

    Methods return objects as dicts and lists as a `Listing`, both as Box sends them. Call
    `connect` to make a client.

    Every method raises ValueError for an id that is empty, a dot or two, or contains a slash. Every
    method may raise an `ApiError` for a reply with an error status, Unreachable if there is
    no reply, and UnreadableReply if the reply does not come from the API. GET and DELETE are
    retried after 429, 500, 502, 503, 504 and a lost connection, five attempts in all, so a DELETE
    whose reply was lost may raise NotFound. A GET whose reply breaks in its body is sent again up
    to four times, so a list continues at the page that broke. POST and PUT are sent once, because
    they may have been carried out without a reply. After a 401 a request is sent once more if there
    is another token.

    A pickled client contains no token and no proxy. Its copy finds them in the environment, like
    `connect`.

    Parameters
    ----------
    url : str
        Scheme and host.
    token_source : TokenSource
        From `docgen_nb.auth`.
    session : requests.Session, optional
        Used with its own proxies, certificates, retries and cookies, and not closed; it keeps no
        cookies of replies to this client. By default the client opens a session of its own.
    upload_url : str, optional
        Where uploads are sent, without ``/2.0``. By default Box's upload host for Box, else `url`.
    service : LocalDocGen, optional
        The service at this address, if it is to be closed with the client.
    network : Network, optional
        Proxy, certificates and timeouts.
    time_limit : float
        Seconds for one request with its reply and its retries, 600 by default, however slowly
        bytes arrive; without any, a reply is awaited for 60 seconds. In a given session with
        connections of its own kind, headers that come drop by drop may take longer.
    url_origin : str
        Where `url` comes from, such as ``"DOCGEN_NB_URL"``; kept as an attribute.

    Examples
    --------
    >>> from docgen_nb import connect
    >>> with connect("local") as box:
    ...     file = box.upload_file(b"Dear reader", name="letter.txt")
    ...     box.download_file(file["id"])
    b'Dear reader'
    """

    def __init__(
        self,
        url: str,
        *,
        token_source: TokenSource,
        session: requests.Session | None = None,
        upload_url: str | None = None,
        service: "LocalDocGen | None" = None,
        network: Network | None = None,
        time_limit: float = TIME_LIMIT,
        url_origin: str = "",
    ) -> None:
        self._transport = Transport(
            url,
            token_source=token_source,
            session=session,
            upload_url=upload_url,
            network=network or Network(),
            seconds=time_limit,
        )
        self.service = service
        self.url_origin = url_origin
        if service is not None:
            atexit.register(self.close)

    def __repr__(self) -> str:
        """Return where the calls go, as whom, and what to do next, on one line."""
        origin = getattr(self._transport.source, "origin", "").removesuffix("=")
        who = f", credentials from {origin}" if origin else ""
        if self.service is not None:
            who = ", a service in this process"
        return f"<Client of {self.url}{who}. Next: list_templates(), dg.BatchForm(box)>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the addresses without secrets: the copy uses the environment where it is read."""
        if self.service is not None:
            raise TypeError(
                "A client of a service in this process can't be pickled. "
                "Serve at an address, and connect to that."
            )
        transport = self._transport
        network = transport.network._replace(proxy=None)  # it may contain a password
        return _reopen, (self.url, transport.upload_url, transport.seconds, network)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Scheme and host of the service."""
        return self._transport.url

    @property
    def clock_offset(self) -> tuple[float, float] | None:
        """Bounds, in seconds, of how far the service's clock is ahead of this computer's.

        Negative if it is behind. From the header Date of the replies so far; None without any.
        """
        return self._transport.clock_offset.bounds

    @property
    def token_source(self) -> TokenSource:
        """The source of the tokens, with no secret in its repr.

        Those of `connect` have ``origin``, which says where the credentials come from, and
        ``seconds_left``, after which the token expires at the latest (None if that is unknown).
        """
        return self._transport.source

    def close(self) -> None:
        """Close the connections, and the service if this client owns one. Safe to call twice."""
        if self._transport.closed:
            return
        self._transport.close()
        if self.service is not None:
            atexit.unregister(self.close)
            self.service.close()

    def reconnect(
        self, *, token: str | None = None, environment: Mapping[str, str] | None = None
    ) -> "Client":
        """Return a client of the same address with other credentials, as for `connect`.

        It shares the connections of this client, which is not changed; close this client last.
        """
        settings = config.read_config(self.url, token=token, environment=environment)
        return Client(
            self.url,
            token_source=token_source(settings),
            session=self._transport.session,
            upload_url=self._transport.upload_url,
            network=self._transport.network,
            time_limit=self._transport.seconds,
        )

    def as_sdk(self) -> Any:
        """Return a ``BoxClient`` of Box's SDK (``boxsdk`` 10) with this connection.

        It has the address, the tokens, the session, proxy, certificates and timeouts of this
        client, and ends with it. Unlike the SDK by itself, it sends a POST or PUT once, and once
        more only after a 401: after a 503 there may be a batch already.

        ImportError without the SDK.
        """
        try:
            from docgen_nb.client.box_sdk import open_sdk
        except ImportError as error:
            raise ImportError('Box\'s SDK is not installed: pip install "boxsdk>=10"') from error
        return open_sdk(self._transport)

    # Doc Gen: templates

    def list_templates(self, *, limit: int | None = None) -> Listing:
        """List the templates that the user can use. `limit` is the number of entries per page."""
        return self._listing(wire.TEMPLATES, limit=limit)

    def mark_template(self, file_id: str) -> dict[str, Any]:
        """Mark a file as a template. A file that already is one stays one."""
        body = Body.json({"file": {"type": "file", "id": file_id}})
        return self._transport.call_for_object("POST", wire.TEMPLATES, body=body)

    def get_template(self, template_id: str) -> dict[str, Any]:
        """Get one template. Its id is the id of its file."""
        return self._transport.call_for_object(
            "GET", path_of(wire.TEMPLATE, template_id=template_id)
        )

    def unmark_template(self, template_id: str) -> None:
        """Make a template a plain file again; the file is kept."""
        self._transport.call("DELETE", path_of(wire.TEMPLATE, template_id=template_id))

    def list_tags(
        self, template_id: str, *, version_id: str | None = None, limit: int | None = None
    ) -> Listing:
        """List the tags of a template, by default those of its current version.

        Iterating over the list raises NotReady while Box is still reading the template.
        """
        path = path_of(wire.TAGS, template_id=template_id)
        return self._listing(path, limit=limit, template_version_id=version_id)

    def list_template_jobs(self, template_id: str, *, limit: int | None = None) -> Listing:
        """List the jobs of one template. ``created_at`` was recorded and is not documented."""
        return self._listing(path_of(wire.TEMPLATE_JOBS, template_id=template_id), limit=limit)

    # Doc Gen: batches and jobs

    def create_batch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a batch: one document for each entry of ``document_generation_data``.

        Returns the type and id of the batch. The request is sent once. After Unreachable or
        BoxUnavailable the batch may exist: check `list_jobs` before sending it again.

        ValueError for a number that JSON cannot hold, TypeError for a value that is not JSON.
        """
        return self._transport.call_for_object("POST", wire.BATCHES, body=Body.json(body))

    def list_jobs(self, *, limit: int | None = None, marker: str | None = None) -> Listing:
        """List all jobs that the user may see, from the page of a marker on, if one is given.

        Box was recorded to list the oldest job first.
        """
        return self._listing(wire.JOBS, limit=limit, marker=marker)

    def get_job(self, job_id: str) -> dict[str, Any]:
        """Get one job (without ``created_at``)."""
        return self._transport.call_for_object("GET", path_of(wire.JOB, job_id=job_id))

    def list_batch_jobs(self, batch_id: str, *, limit: int | None = None) -> Listing:
        """List the jobs of one batch. Box does not document ``created_at`` here."""
        return self._listing(path_of(wire.BATCH_JOBS, batch_id=batch_id), limit=limit)

    # The user

    def get_me(self, *, fields: Fields = None) -> dict[str, Any]:
        """Get the user of the token; the enterprise only if `fields` names it."""
        return self._transport.call_for_object("GET", wire.ME, query=query_of(fields=fields))

    # Webhooks

    def create_webhook(
        self,
        address: str,
        item_id: str,
        *,
        item_type: str = "file",
        triggers: Iterable[str] = wire.DOCGEN_TRIGGERS,
    ) -> dict[str, Any]:
        """Have messages about a file or folder sent to an address, and return the webhook.

        By default messages about the documents made from a template: the item is its file. Box
        requires public https on port 443, and the scope "Manage webhooks" of the application.
        Conflict if the item has a webhook of this application and user already.

        `dg.service.check_signature` checks the messages, `dg.frames.add_webhook_times` reads them.
        """
        target = {"type": item_type, "id": item_id}
        content = {"target": target, "address": address, "triggers": list(triggers)}
        return self._transport.call_for_object("POST", wire.WEBHOOKS, body=Body.json(content))

    def list_webhooks(self, *, limit: int | None = None) -> Listing:
        """List the webhooks of this application and user, each only with its id and its target."""
        return self._listing(wire.WEBHOOKS, limit=limit)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook."""
        self._transport.call("DELETE", path_of(wire.WEBHOOK, webhook_id=webhook_id))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """Send any other call of the API and return the object that it replies, None for a 204.

        `path` is that after the host, such as ``/2.0/events``. ValueError if it is not one.
        """
        if not path.startswith("/"):
            raise ValueError(f"path must begin with a slash, such as /2.0/events, not {path!r}.")
        content = None if body is None else Body.json(body)
        return self._transport.call(method, path, query=query, body=content)


def _reopen(url: str, upload_url: str, seconds: float, network: Network) -> Client:
    source = token_source(config.read_config(url))
    return Client(
        url, token_source=source, upload_url=upload_url, network=network, time_limit=seconds
    )
