"""File contents: upload, new version, and download by an address that needs no token."""

import base64
import hmac
import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote

from docgen_nb import wire
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints.files import version_of
from docgen_nb.service.endpoints.item_calls import (
    check_etag,
    find_own,
    item_of,
    name_of,
    parent_of,
)
from docgen_nb.service.http.messages import (
    ApiFailure,
    Reply,
    bad_request,
    is_id,
    json_reply,
    not_found,
)
from docgen_nb.service.http.multipart import read_upload
from docgen_nb.service.storage import items
from docgen_nb.service.storage.kept_fields import read_kept
from docgen_nb.service.storage.notifications import record
from docgen_nb.service.storage.seeded_history import ensure_rendered
from docgen_nb.service.storage.store import Blob, Store

DOWNLOAD = "/d/1/{ticket}/download"
THUMBNAIL = "/d/1/placeholder/download"
# A gray square of 32 by 32 pixels: the service draws no thumbnails.
PLACEHOLDER = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAK0lEQVR42mM4cfYKTRHDqAWjFoxaMGrB"
    "qAWjFoxaMGrBqAWjFoxaMFQsAACI+6SIeeD5LQAAAABJRU5ErkJggg=="
)
MAX_RANGE_BYTES = 16 << 20
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
TICKET_SECONDS = 15 * 60  # Box's download addresses live about as long


def is_download(path: str) -> bool:
    """Return whether a path is a download address, which works without a token."""
    before, after = DOWNLOAD.split("{ticket}")
    return path.removeprefix("/api").startswith(before) and path.endswith(after)


def preflight(call: Call) -> Reply:
    """Answer `OPTIONS /files/content`: check an upload and return the address for it."""
    body = call.json()
    name = name_of(body)
    _check_size(body)
    parent = parent_of(call, body)
    with call.store.write() as db:
        items.check_available(db, owner_id=call.user_id, parent_id=parent, name=name)
    return _upload_address(call, wire.UPLOAD)


def preflight_version(call: Call) -> Reply:
    """Answer `OPTIONS /files/:id/content`: check a new version, and a new name for the file."""
    file, body = item_of(call, "file"), call.change()
    check_etag(call, file)
    name = name_of(body, default=file.name)
    _check_size(body)
    place = {"owner_id": call.user_id, "parent_id": file.parent_id or 0}
    with call.store.write() as db:
        items.check_available(db, **place, name=name, ignore=file.id)
    return _upload_address(call, wire.FILE_CONTENT.format(file_id=file.id))


def _check_size(body: Mapping[str, Any]) -> None:
    size = body.get("size", 0)
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise bad_request("'size' must be a number from 0", name="size")


def _upload_address(call: Call, path: str) -> Reply:
    return json_reply({"upload_url": f"{call.request.origin}/api{path}", "upload_token": ""})


def upload_file(call: Call) -> Reply:
    """Answer `POST /files/content`: 201 with a list of the one file."""
    attributes, blob = _receive(call)
    name, parent = name_of(attributes), parent_of(call, attributes)
    kept = read_kept("file", attributes)
    with call.store.write() as db:
        find_own(call, "folder", parent)  # it may have been deleted while the content came
        place = {"owner_id": call.user_id, "parent_id": parent}
        file_id = items.add_file(db, **place, name=name, blob=blob, kept=kept, now=call.now)
        record(db, "UPLOADED", item_id=file_id, now=call.now)
    return uploaded(call, file_id, status=201)


def _receive(call: Call) -> tuple[dict[str, Any], Blob]:
    with call.store.contents.incoming() as file:
        attributes = read_upload(call.request, file)
        blob = call.store.contents.keep(file)
    digest = call.request.headers.get("content-md5")  # Box's name; the value is a SHA-1
    if digest is not None and digest.lower() != blob.sha1:
        message = "The specified content-md5 did not match what we received"
        raise ApiFailure(400, "bad_digest", message)
    return attributes, blob


def uploaded(call: Call, file_id: int, *, status: int) -> Reply:
    """Return the reply to an upload: a list of the one file."""
    entry = items.describe(call.store.database, find_own(call, "file", file_id), call.fields())
    return json_reply({"total_count": 1, "entries": [entry]}, status=status)


def upload_version(call: Call) -> Reply:
    """Answer `POST /files/:id/content`: 200 with a list of the file; a name renames it."""
    check_etag(call, item_of(call, "file"))
    attributes, blob = _receive(call)
    with call.store.write() as db:
        file = item_of(call, "file")  # it may have changed while the content came
        check_etag(call, file)
        name = name_of(attributes, default=file.name)
        items.replace_content(db, file, name=name, blob=blob, now=call.now)
        record(db, "EDITED", item_id=file.id, now=call.now)
    return uploaded(call, file.id, status=200)


def get_content(call: Call) -> Reply:
    """Answer `GET /files/:id/content`: 302 to an address that works for 15 minutes."""
    file = item_of(call, "file")
    version = version_of(call, file, call.request.one("version") or str(file.version_id))
    expires = int(call.now) + TICKET_SECONDS
    ticket = _ticket(call.store, version_id=version["id"], expires=expires)
    address = call.request.origin + DOWNLOAD.format(ticket=ticket)
    return Reply(302, {"Location": address})


def _ticket(store: Store, *, version_id: int, expires: int) -> str:
    payload = f"{version_id}.{expires}"
    return f"{payload}.{store.sign(payload)}"


def download(call: Call) -> Reply:
    """Answer a download address; 404 if it is not signed here, has expired, or was purged."""
    ticket = call.params["ticket"]
    version_id, _, rest = ticket.partition(".")
    expires = rest.partition(".")[0]
    if not (is_id(version_id) and is_id(expires)):
        raise not_found("download")
    signed = _ticket(call.store, version_id=int(version_id), expires=int(expires))
    genuine = hmac.compare_digest(signed.encode(), ticket.encode())
    if not genuine or int(expires) <= call.now:
        raise not_found("download")
    version = call.store.first("SELECT * FROM versions WHERE id = ?", (int(version_id),))
    if version is None:  # purged
        raise not_found("download")
    blob = ensure_rendered(call.store, version)
    with call.store.write() as db:
        record(db, "DOWNLOADED", item_id=version["file_id"], now=call.now)
    headers = {
        "content-type": "application/octet-stream",
        "content-length": str(blob.size),
        "accept-ranges": "bytes",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(version['name'])}",
    }
    whole = Reply(200, headers, call.store.contents.open(blob.sha256))
    return _ranged(call, whole, blob.size) if "range" in call.request.headers else whole


def _ranged(call: Call, reply: Reply, size: int) -> Reply:
    """Return the part that the header Range asks for; the whole for none, or for several parts."""
    match = RANGE.fullmatch(call.request.headers.get("range", "").strip())
    if match is None or not any(match.groups()):
        return reply
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        if not isinstance(reply.body, bytes):
            reply.body.close()
        headers = {"content-range": f"bytes */{size}"}
        message = "The requested range is not in the file."
        raise ApiFailure(416, "requested_range_not_satisfiable", message, headers=headers)
    assert not isinstance(reply.body, bytes)
    reply.body.seek(start)
    if end < size:  # a part of the part may be sent, so that it fits into memory
        end = min(end, start + MAX_RANGE_BYTES)
    body = reply.body if end == size else BytesIO(reply.body.read(end - start))
    part = {"content-length": str(end - start), "content-range": f"bytes {start}-{end - 1}/{size}"}
    if body is not reply.body:
        reply.body.close()
    return Reply(206, {**reply.headers, **part}, body)


def get_thumbnail(call: Call) -> Reply:
    """Answer `GET /files/:id/thumbnail.png` (or .jpg): always 302 to a placeholder."""
    item_of(call, "file")
    return Reply(302, {"Location": call.request.origin + THUMBNAIL})


def get_placeholder(call: Call) -> Reply:
    """Answer the address of the placeholder."""
    return Reply(200, {"content-type": "image/png"}, PLACEHOLDER)
