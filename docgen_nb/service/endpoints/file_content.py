"""What files hold: upload, new version, and download by an address that needs no token."""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from docgen_nb import wire
from docgen_nb.service.endpoints.files import version_of
from docgen_nb.service.http.json_body import text
from docgen_nb.service.http.messages import Reply, bad_request, is_id, json_reply, not_found
from docgen_nb.service.http.multipart import read_upload
from docgen_nb.service.storage import items
from docgen_nb.service.storage.notifications import record
from docgen_nb.service.storage.seeded_history import made

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

DOWNLOAD = "/d/1/{ticket}/download"
THUMBNAIL = "/d/1/placeholder/download"
# A grey square of 32 by 32 points: the service draws no thumbnails.
PLACEHOLDER = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAK0lEQVR42mM4cfYKTRHDqAWjFoxaMGrB"
    "qAWjFoxaMGrBqAWjFoxaMFQsAACI+6SIeeD5LQAAAABJRU5ErkJggg=="
)
TICKET_SECONDS = 15 * 60  # Box's download addresses live about as long


def is_download(path: str) -> bool:
    """Say whether a path is a download address, which works without a token."""
    before, after = DOWNLOAD.split("{ticket}")
    return path.removeprefix("/api").startswith(before) and path.endswith(after)


def preflight(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `OPTIONS /files/content`: would this upload be taken, and where does it go."""
    body = call.json()
    name = items.check_name(text(body, "name"))
    size = body.get("size", 0)
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise bad_request("'size' must be a number from 0", name="size")
    parent = items.parent_of(call, body)
    with service.store.write() as db:
        items.check_free(db, owner_id=call.user_id, parent_id=parent, name=name)
    address = f"{call.request.origin}/api{wire.UPLOAD}"
    return json_reply({"upload_url": address, "upload_token": ""})


def upload_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/content`: 201 with a list of the one file."""
    attributes, blob = read_upload(call.request, service.store)
    name = items.check_name(text(attributes, "name"))
    parent = items.parent_of(call, attributes)
    with service.store.write() as db:
        file_id = items.add_item(
            db, kind="file", owner_id=call.user_id, parent_id=parent, name=name, now=call.now
        )
        items.add_version(db, file_id=file_id, name=name, blob=blob, now=call.now)
        record(db, "UPLOADED", item_id=file_id, now=call.now)
    return _listed(service, call, file_id=file_id, status=201)


def _listed(service: "LocalDocGen", call: "Call", *, file_id: int, status: int) -> Reply:
    file = items.find(service.store, user_id=call.user_id, kind="file", id=file_id)
    entry = items.shown(service.store, file, call.fields())
    return json_reply({"total_count": 1, "entries": [entry]}, status=status)


def upload_version(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/:id/content`: 200 with a list of the file; a name renames it."""
    file = items.item_of(call, "file")
    items.check_unchanged(call, file)
    attributes, blob = read_upload(call.request, service.store)
    name = items.check_name(text(attributes, "name")) if "name" in attributes else file.name
    with service.store.write() as db:
        place = {"owner_id": call.user_id, "parent_id": file.parent_id or 0}
        items.check_free(db, **place, name=name, but=file.id)
        db.execute(
            "UPDATE items SET name = ?, name_key = ? WHERE id = ?",
            (name, items.key(name), file.id),
        )
        items.add_version(db, file_id=file.id, name=name, blob=blob, now=call.now)
        record(db, "EDITED", item_id=file.id, now=call.now)
    return _listed(service, call, file_id=file.id, status=200)


def get_content(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/:id/content`: 302 to an address that works for a quarter of an hour."""
    file = items.item_of(call, "file")
    version = version_of(call, file, call.request.one("version") or str(file.version_id))
    expires = int(call.now) + TICKET_SECONDS
    ticket = _ticket(service.store.secret, version_id=version["id"], expires=expires)
    address = call.request.origin + DOWNLOAD.format(ticket=ticket)
    return Reply(302, {"Location": address})


def _ticket(secret: str, *, version_id: int, expires: int) -> str:
    words = f"{version_id}.{expires}"
    signature = hmac.new(secret.encode(), words.encode(), hashlib.sha256).hexdigest()
    return f"{words}.{signature}"


def download(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer a download address; 404 if it is made up or too old."""
    given = call.params["ticket"]
    version_id, _, rest = given.partition(".")
    expires = rest.partition(".")[0]
    if not (is_id(version_id) and is_id(expires)):
        raise not_found("download")
    ticket = _ticket(service.store.secret, version_id=int(version_id), expires=int(expires))
    known = hmac.compare_digest(ticket.encode(), given.encode())
    if not known or int(expires) <= service.clock.now():
        raise not_found("download")
    row = service.store.first("SELECT * FROM versions WHERE id = ?", (int(version_id),))
    assert row is not None
    blob = made(service.store, row)
    with service.store.write() as db:
        record(db, "DOWNLOADED", item_id=row["file_id"], now=call.now)
    headers = {
        "content-type": "application/octet-stream",
        "content-length": str(blob.size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row['name'])}",
    }
    return Reply(200, headers, service.store.open(blob.sha256))


def get_thumbnail(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/:id/thumbnail.png` (or .jpg): 302 to a placeholder, always."""
    items.item_of(call, "file")
    return Reply(302, {"Location": call.request.origin + THUMBNAIL})


def get_placeholder(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer the address of the placeholder."""
    return Reply(200, {"content-type": "image/png"}, PLACEHOLDER)
