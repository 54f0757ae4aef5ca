"""The client: one method per endpoint, named by a verb and Box's noun."""

import atexit
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from docgen_nb import config, wire
from docgen_nb.auth import TokenSource, token_source
from docgen_nb.client.listing import Listing
from docgen_nb.client.request_body import Body, Source, Upload
from docgen_nb.client.transport import Transport

if TYPE_CHECKING:
    from docgen_nb.service import LocalDocGen

Fields = Iterable[str] | None


class Client:
    """Box's Doc Gen API and what is needed around it, at one address.

    Objects come as dicts, lists as a `Listing`, both as Box sends them. Usually made by `connect`.

    Every method may raise: an `ApiError` for a reply with an error status, Unreachable if no
    reply came, UnreadableReply if it is not the API's. GET and DELETE are tried again after 429,
    500, 502, 503, 504 and a lost connection, up to five times in all; POST and PUT are sent once,
    because they may have been carried out without a reply. (So a DELETE whose reply was lost may
    end in NotFound.) After a 401 a request is sent once more if there is another token to be had.

    Parameters
    ----------
    url : str
        Scheme and host.
    token_source : TokenSource
        From `docgen_nb.auth`.
    session : requests.Session, optional
        Used as it is, with its own proxies, certificates and retries, and not closed. Without it
        the client has one of its own.
    upload_url : str, optional
        Where uploads go, without ``/2.0``. By default Box's upload host for Box, else `url`.
    service : LocalDocGen, optional
        The service behind the address, if it is to be closed with this client.

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
    ) -> None:
        self._transport = Transport(
            url, token_source=token_source, session=session, upload_url=upload_url
        )
        self.service = service
        if service is not None:
            atexit.register(self.close)

    def __repr__(self) -> str:
        return f"<Client of {self.url}>"

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Scheme and host of the service."""
        return self._transport.url

    def close(self) -> None:
        """Close the connections, and the service if it came with this client. Twice is fine."""
        if self._transport.closed:
            return
        self._transport.close()
        if self.service is not None:
            atexit.unregister(self.close)
            self.service.close()

    def reconnect(
        self, *, token: str | None = None, environment: Mapping[str, str] | None = None
    ) -> "Client":
        """Return a client of the same address with other credentials, given as to `connect`.

        It shares the connections of this one, which stays as it is; close this one last.
        """
        found = config.read_config(self.url, token=token, environment=environment)
        return Client(
            self.url,
            token_source=token_source(found),
            session=self._transport.session,
            upload_url=self._transport.upload_url,
        )

    # Doc Gen: templates

    def list_templates(self, *, limit: int | None = None) -> Listing:
        """List the templates that the user can use; `limit` is the size of a page."""
        return self._listing(wire.TEMPLATES, limit=limit)

    def mark_template(self, file_id: str) -> dict[str, Any]:
        """Mark a file as a template. Twice is no error."""
        body = Body.json({"file": {"type": "file", "id": file_id}})
        return self._transport.answer("POST", wire.TEMPLATES, body=body)

    def get_template(self, template_id: str) -> dict[str, Any]:
        """Get one template; its id is that of the file."""
        return self._transport.answer("GET", _path(wire.TEMPLATE, template_id=template_id))

    def unmark_template(self, template_id: str) -> None:
        """Make a template a plain file again. The file stays."""
        self._transport.call("DELETE", _path(wire.TEMPLATE, template_id=template_id))

    def list_tags(
        self, template_id: str, *, version_id: str | None = None, limit: int | None = None
    ) -> Listing:
        """List the tags of a template, of its current version unless `version_id` names another.

        Walking the list raises NotReady while Box is still reading the template.
        """
        path = _path(wire.TAGS, template_id=template_id)
        return self._listing(path, limit=limit, template_version_id=version_id)

    def list_template_jobs(self, template_id: str, *, limit: int | None = None) -> Listing:
        """List the jobs of one template (without ``created_at``)."""
        return self._listing(_path(wire.TEMPLATE_JOBS, template_id=template_id), limit=limit)

    # Doc Gen: batches and jobs

    def create_batch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a batch: one document for each entry of ``document_generation_data``.

        Returns type and id of the batch. It is sent once. After Unreachable or BoxUnavailable it
        may exist: look in `list_jobs` before sending it again.

        ValueError for a number that JSON has not, TypeError for a value that is no JSON.
        """
        return self._transport.answer("POST", wire.BATCHES, body=Body.json(body))

    def list_jobs(self, *, limit: int | None = None) -> Listing:
        """List all jobs that the user may see; only here do they have ``created_at``."""
        return self._listing(wire.JOBS, limit=limit)

    def get_job(self, job_id: str) -> dict[str, Any]:
        """Get one job (without ``created_at``)."""
        return self._transport.answer("GET", _path(wire.JOB, job_id=job_id))

    def list_batch_jobs(self, batch_id: str, *, limit: int | None = None) -> Listing:
        """List the jobs of one batch (without ``created_at``)."""
        return self._listing(_path(wire.BATCH_JOBS, batch_id=batch_id), limit=limit)

    # The user

    def get_me(self, *, fields: Fields = None) -> dict[str, Any]:
        """Get the user that the token belongs to; the enterprise only if `fields` names it."""
        return self._transport.answer("GET", wire.ME, query=_query(fields=fields))

    # Folders

    def create_folder(self, name: str, *, parent_id: str = wire.ROOT_FOLDER_ID) -> dict[str, Any]:
        """Create a folder. Conflict if the name is in use there."""
        body = Body.json({"name": name, "parent": {"id": parent_id}})
        return self._transport.answer("POST", wire.FOLDERS, body=body)

    def get_folder(self, folder_id: str, *, fields: Fields = None) -> dict[str, Any]:
        """Get a folder; the id of the topmost one is "0"."""
        path = _path(wire.FOLDER, folder_id=folder_id)
        return self._transport.answer("GET", path, query=_query(fields=fields))

    def list_folder_items(
        self, folder_id: str, *, fields: Fields = None, limit: int | None = None
    ) -> Listing:
        """List what is in a folder: short forms, unless `fields` names what to give."""
        path = _path(wire.FOLDER_ITEMS, folder_id=folder_id)
        names = None if fields is None else _names(fields)
        return self._listing(path, limit=limit, usemarker="true", fields=names)

    def delete_folder(self, folder_id: str, *, recursive: bool = False) -> None:
        """Delete a folder. BadRequest if it is not empty, unless `recursive`."""
        query = {"recursive": "true"} if recursive else None
        self._transport.call("DELETE", _path(wire.FOLDER, folder_id=folder_id), query=query)

    # Files

    def upload_file(
        self, source: Source, *, name: str | None = None, folder_id: str = wire.ROOT_FOLDER_ID
    ) -> dict[str, Any]:
        """Upload a path, bytes or an open binary file, and return the new file.

        `name` is the file's own unless given; bytes need one. Conflict if the folder has the name
        already. ValueError if there is no name, or more than 50 MB.
        """
        upload = Upload(source, name=name)
        if not upload.name:
            raise ValueError("There is no file name to take; give name=.")
        attributes = {"name": upload.name, "parent": {"id": folder_id}}
        return self._transport.upload(wire.UPLOAD, Body.upload(upload, attributes=attributes))

    def upload_version(
        self, file_id: str, source: Source, *, name: str | None = None
    ) -> dict[str, Any]:
        """Upload a new version of a file and return the file, renamed if `name` is given.

        ValueError if it has more than 50 MB.
        """
        attributes = {} if name is None else {"name": name}
        body = Body.upload(Upload(source), attributes=attributes)
        return self._transport.upload(_path(wire.FILE_CONTENT, file_id=file_id), body)

    def get_file(self, file_id: str, *, fields: Fields = None) -> dict[str, Any]:
        """Get what is known of a file."""
        path = _path(wire.FILE, file_id=file_id)
        return self._transport.answer("GET", path, query=_query(fields=fields))

    def list_versions(self, file_id: str) -> list[dict[str, Any]]:
        """List the versions of a file, the current one first.

        Box lists only past versions; the current one is read from the file.
        """
        current = self.get_file(file_id, fields=["file_version"]).get("file_version")
        found: list[dict[str, Any]] = [] if current is None else [current]
        path, past = _path(wire.FILE_VERSIONS, file_id=file_id), 0
        while True:
            query = {"limit": str(wire.MAX_LIMIT), "offset": str(past)}
            page = self._transport.answer("GET", path, query=query)
            found += page["entries"]
            past += len(page["entries"])
            if not page["entries"] or past >= page["total_count"]:
                return found

    def update_file(
        self,
        file_id: str,
        *,
        name: str | None = None,
        folder_id: str | None = None,
        description: str | None = None,
    ) -> dict[str, Any]:
        """Rename, move or describe a file; what is not given stays."""
        parent = None if folder_id is None else {"id": folder_id}
        given = {"name": name, "parent": parent, "description": description}
        body = Body.json({key: value for key, value in given.items() if value is not None})
        return self._transport.answer("PUT", _path(wire.FILE, file_id=file_id), body=body)

    def delete_file(self, file_id: str) -> None:
        """Move a file to the trash."""
        self._transport.call("DELETE", _path(wire.FILE, file_id=file_id))

    def download_file(self, file_id: str, *, version_id: str | None = None) -> bytes:
        """Return the content of a file, of its current version unless `version_id` names another.

        NotReady if Box is still preparing it.
        """
        path = _path(wire.FILE_CONTENT, file_id=file_id)
        return self._transport.content(path, _query(version=version_id))

    def _listing(self, path: str, *, limit: int | None, **query: str | None) -> Listing:
        if limit is not None and limit < 1:
            raise ValueError(f"limit is the size of a page, at least 1, not {limit}.")
        shown = None if limit is None else str(limit)
        return Listing(
            partial(self._transport.page, path),
            path=path,
            query=_query(limit=shown, **query),
            source=self.url,
        )


def _path(template: str, **ids: str) -> str:
    """Put ids into a path; ValueError for an empty one, which would name another path."""
    for name, value in ids.items():
        if not str(value):
            raise ValueError(f"{name} is empty.")
    return template.format(**{name: quote(str(value), safe="") for name, value in ids.items()})


def _query(*, fields: Fields = None, **given: str | None) -> dict[str, str]:
    query = {name: value for name, value in given.items() if value is not None}
    return query if fields is None else query | {"fields": _names(fields)}


def _names(fields: Iterable[str]) -> str:
    return fields if isinstance(fields, str) else ",".join(fields)
