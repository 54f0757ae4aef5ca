"""The calls for files and folders, which templates and documents are."""

import io
from functools import partial
from typing import Any

from docgen_nb import wire
from docgen_nb.client.download import Download, Target, opened
from docgen_nb.client.listing import Listing, list_by_offset
from docgen_nb.client.request_body import Body, Source, read_source
from docgen_nb.client.request_path import Fields, path_of, query_of
from docgen_nb.client.transport import Transport


class FileCalls:
    """The methods of `Client` for files and folders."""

    _transport: Transport

    # Folders

    def create_folder(self, name: str, *, parent_id: str = wire.ROOT_FOLDER_ID) -> dict[str, Any]:
        """Create a folder. Conflict if the parent already has an item of that name."""
        body = Body.json({"name": name, "parent": {"id": parent_id}})
        return self._transport.call_for_object("POST", wire.FOLDERS, body=body)

    def get_folder(self, folder_id: str, *, fields: Fields = None) -> dict[str, Any]:
        """Get a folder. The id of the root folder is "0"."""
        path = path_of(wire.FOLDER, folder_id=folder_id)
        return self._transport.call_for_object("GET", path, query=query_of(fields=fields))

    def list_folder_items(
        self, folder_id: str, *, fields: Fields = None, limit: int | None = None
    ) -> Listing:
        """List the items of a folder, in short form unless `fields` names the fields."""
        path = path_of(wire.FOLDER_ITEMS, folder_id=folder_id)
        names = query_of(fields=fields).get("fields")
        return self._listing(path, limit=limit, usemarker="true", fields=names)

    def delete_folder(self, folder_id: str, *, recursive: bool = False) -> None:
        """Delete a folder. BadRequest if it is not empty, unless `recursive`."""
        query = {"recursive": "true"} if recursive else None
        self._transport.call("DELETE", path_of(wire.FOLDER, folder_id=folder_id), query=query)

    # Files

    def upload_file(
        self, source: Source, *, name: str | None = None, folder_id: str = wire.ROOT_FOLDER_ID
    ) -> dict[str, Any]:
        """Upload a path, bytes or an open binary file, and return the new file.

        `name` defaults to the name of the file; bytes need one. Conflict if the folder already has
        an item of that name. ValueError for a missing name or more than 50 MB.
        """
        content, own_name = read_source(source)
        filename = name or own_name
        if not filename:
            raise ValueError("The file has no name; give name=.")
        attributes = {"name": filename, "parent": {"id": folder_id}}
        body = Body.upload(content, filename=filename, attributes=attributes)
        return self._transport.upload(wire.UPLOAD, body)

    def upload_version(
        self, file_id: str, source: Source, *, name: str | None = None
    ) -> dict[str, Any]:
        """Upload a new version of a file and return the file, renamed if `name` is given.

        ValueError for more than 50 MB.
        """
        content, own_name = read_source(source)
        attributes = {} if name is None else {"name": name}
        body = Body.upload(content, filename=own_name or "file", attributes=attributes)
        return self._transport.upload(path_of(wire.FILE_CONTENT, file_id=file_id), body)

    def get_file(self, file_id: str, *, fields: Fields = None) -> dict[str, Any]:
        """Get the metadata of a file."""
        path = path_of(wire.FILE, file_id=file_id)
        return self._transport.call_for_object("GET", path, query=query_of(fields=fields))

    def list_versions(self, file_id: str) -> list[dict[str, Any]]:
        """List the versions of a file, the current one first.

        Box lists only past versions, so the current one is read from the file. UnreadableReply if
        the service lists the same versions again and again.
        """
        current = self.get_file(file_id, fields=["file_version"]).get("file_version")
        versions: list[dict[str, Any]] = [] if current is None else [current]
        path = path_of(wire.FILE_VERSIONS, file_id=file_id)
        past = list_by_offset(partial(self._transport.call_for_object, "GET", path), url=path)
        return versions + past

    def update_file(
        self,
        file_id: str,
        *,
        name: str | None = None,
        folder_id: str | None = None,
        description: str | None = None,
    ) -> dict[str, Any]:
        """Rename, move or describe a file. Omitted arguments leave it unchanged."""
        parent = None if folder_id is None else {"id": folder_id}
        changes = {"name": name, "parent": parent, "description": description}
        body = Body.json({key: value for key, value in changes.items() if value is not None})
        return self._transport.call_for_object(
            "PUT", path_of(wire.FILE, file_id=file_id), body=body
        )

    def delete_file(self, file_id: str) -> None:
        """Move a file to the trash."""
        self._transport.call("DELETE", path_of(wire.FILE, file_id=file_id))

    def download_file(self, file_id: str, *, version_id: str | None = None) -> bytes:
        """Return the content of a file, by default of its current version.

        A content that is empty or an HTML page is compared with the SHA-1 that Box lists, which
        takes another call: it may be the page of a proxy.

        NotReady if Box is still preparing it, UnreadableReply if another page came instead.
        """
        content = io.BytesIO()
        self.download_to(file_id, content, version_id=version_id)
        return content.getvalue()

    def download_to(self, file_id: str, target: Target, *, version_id: str | None = None) -> str:
        """Download a file, of any size, to a path or an open binary file, and return its SHA-1.

        A path gets its content, and replaces an existing file, when it is complete; until then it
        is in a hidden file in the same folder. An open file must be able to seek, and is written
        from its position on. Raises as `download_file` does, and OSError if it cannot be written.
        """
        path = path_of(wire.FILE_CONTENT, file_id=file_id)
        with opened(target) as file:
            download = Download(file)
            self._transport.download(path, query_of(version=version_id), download)
            if download.is_suspicious:
                current = [self.get_file(file_id, fields=["sha1"])] if version_id is None else []
                versions = current or self.list_versions(file_id)
                download.check(versions, url=self._transport.url + path)
        return download.sha1

    def _listing(self, path: str, *, limit: int | None, **query: str | None) -> Listing:
        if limit is not None and limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}.")
        return Listing(
            partial(self._transport.page, path),
            path=path,
            query=query_of(limit=None if limit is None else str(limit), **query),
            source=self._transport.url,
        )
