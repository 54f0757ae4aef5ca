"""Upload sessions: files from 20 MB to 50 GB, sent in parts of 8 MB and put together at the end."""

import base64
import hashlib
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.http.messages import (
    Refused,
    Reply,
    bad_request,
    is_id,
    json_reply,
    not_found,
)
from docgen_nb.service.http.paging import limit_of
from docgen_nb.service.storage import items
from docgen_nb.service.storage.items import Item
from docgen_nb.service.storage.notifications import record
from docgen_nb.service.storage.store import Blob, Database, NoRoom, Row, Store

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

SESSIONS = "/2.0/files/upload_sessions"
VERSION_SESSIONS = "/2.0/files/{file_id}/upload_sessions"
SESSION = "/2.0/files/upload_sessions/{session}"
MIN_BYTES = 20_000_000
MAX_BYTES = 50 * 1024**3
PART_BYTES = 8 * 1024**2
LIFETIME = 7 * 24 * 3600  # Box's guide
RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


def create_session(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/upload_sessions`, for a new file."""
    body = call.json()
    size, name = _size(body), items.check_name(_name(body))
    parent = _parent(call, body.get("folder_id"))
    with service.store.write() as db:
        items.check_free(db, owner_id=call.user_id, parent_id=parent, name=name)
    return _begin(call, size=size, name=name, parent=parent, file_id=None)


def _size(body: Mapping[str, Any]) -> int:
    size = body.get("file_size")
    if size is None:
        raise Refused(400, "missing_file_size", "'file_size' is required")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise Refused(400, "invalid_file_size", "'file_size' must be a number")
    if size < MIN_BYTES:
        message = f"An upload session is for files from {MIN_BYTES} bytes; send this one directly"
        raise Refused(400, "file_size_too_small", message)
    if size > MAX_BYTES:
        raise Refused(413, "request_entity_too_large", f"A file has up to {MAX_BYTES} bytes")
    return size


def _name(body: Mapping[str, Any]) -> str:
    name = body.get("file_name")
    if not isinstance(name, str):
        raise Refused(400, "missing_file_name", "'file_name' is required")
    return name


def _parent(call: "Call", folder_id: Any) -> int:
    if folder_id is None:
        raise Refused(400, "missing_destination", "'folder_id' is required")
    if isinstance(folder_id, bool) or not is_id(str(folder_id)):
        raise Refused(400, "invalid_folder_id", "'folder_id' is not an id")
    store = call.service.store
    return items.find(store, user_id=call.user_id, kind="folder", id=int(folder_id)).id


def create_version_session(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/:id/upload_sessions`, for a new version; a name renames."""
    file, body = items.item_of(call, "file"), call.json()
    name = items.check_name(_name(body)) if "file_name" in body else file.name
    parent = file.parent_id or 0
    with service.store.write() as db:
        items.check_free(db, owner_id=call.user_id, parent_id=parent, name=name, but=file.id)
    return _begin(call, size=_size(body), name=name, parent=parent, file_id=file.id)


def _begin(call: "Call", *, size: int, name: str, parent: int, file_id: int | None) -> Reply:
    store, session = call.service.store, secrets.token_hex(16).upper()
    with store.write() as db:
        sql = "SELECT id FROM upload_sessions WHERE expires_at <= ?"
        old = [row["id"] for row in db.execute(sql, (call.now,))]
        for id in old:
            _delete(db, id)
        row = db.execute(
            "INSERT INTO upload_sessions VALUES (?, ?, ?, ?, ?, ?, ?, 0) RETURNING *",
            (session, call.user_id, file_id, parent, name, size, call.now + LIFETIME),
        ).fetchone()
    for id in old:
        shutil.rmtree(_folder(store, id), ignore_errors=True)  # without parts there is none
    return json_reply(_shape(call, row), status=201)


def _forget(store: Store, session: str) -> None:
    with store.write() as db:
        _delete(db, session)
    shutil.rmtree(_folder(store, session), ignore_errors=True)  # without parts there is none


def _delete(db: Database, session: str) -> None:
    """Delete a session and its parts; 404 if another call has done so meanwhile."""
    db.execute("DELETE FROM upload_parts WHERE session = ?", (session,))
    if not db.execute("DELETE FROM upload_sessions WHERE id = ?", (session,)).rowcount:
        raise not_found("upload session")


def _folder(store: Store, session: str) -> Path:
    return store.folder / "sessions" / session


def _shape(call: "Call", row: Row) -> dict[str, Any]:
    url = f"{call.request.origin}/api{SESSIONS}/{row['id']}"
    return {
        "id": row["id"],
        "type": "upload_session",
        "session_expires_at": rfc3339(row["expires_at"]),
        "part_size": PART_BYTES,
        "total_parts": -(-row["size"] // PART_BYTES),
        "num_parts_processed": len(_parts(call.service.store, row["id"])),
        "session_endpoints": {
            "upload_part": url,
            "commit": f"{url}/commit",
            "abort": url,
            "list_parts": f"{url}/parts",
            "status": url,
            "plan": f"{url}/plan",
        },
    }


def _parts(store: Store, session: str) -> list[dict[str, Any]]:
    sql = "SELECT part_id, start AS offset, size, sha1 FROM upload_parts WHERE session = ?"
    return [dict(row) for row in store.all(f"{sql} ORDER BY start", (session,))]


def _session(call: "Call") -> Row:
    row = _open_or_committed(call)
    if row["committed"]:
        raise not_found("upload session")
    return row


def _open_or_committed(call: "Call") -> Row:
    sql = "SELECT * FROM upload_sessions WHERE id = ? AND user_id = ? AND expires_at > ?"
    row = call.service.store.first(sql, (call.params["session"], call.user_id, call.now))
    if row is None:
        raise not_found("upload session")
    return row


def get_session(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/upload_sessions/:id`."""
    return json_reply(_shape(call, _session(call)))


def upload_part(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `PUT /files/upload_sessions/:id`: one part, checked against its digest."""
    session, content = _session(call), call.body(PART_BYTES)
    start = _start(call, size=len(content), total=session["size"])
    sha1 = hashlib.sha1(content, usedforsecurity=False)
    _check_digest(call, sha1.digest())
    part_id = secrets.token_hex(4).upper()
    written = _write_part(_folder(service.store, session["id"]), part_id, content)
    with service.store.write() as db:
        added = db.execute(
            "INSERT OR IGNORE INTO upload_parts VALUES (?, ?, ?, ?, ?)",
            (session["id"], start, part_id, len(content), sha1.hexdigest()),
        ).rowcount
    if not added:
        written.unlink()
        raise Refused(409, "conflict", f"The part at {start} was uploaded already")
    part = {"part_id": part_id, "offset": start, "size": len(content), "sha1": sha1.hexdigest()}
    return json_reply({"part": part})


def _start(call: "Call", *, size: int, total: int) -> int:
    found = RANGE.fullmatch(call.request.headers.get("content-range", ""))
    if found is None:
        message = "'content-range' must read: bytes <first>-<last>/<size of the file>"
        raise bad_request(message, name="content-range")
    first, last, whole = map(int, found.groups())
    expected = min(PART_BYTES, total - first)
    if whole != total or first % PART_BYTES or last - first + 1 != expected or size != expected:
        message = f"The range is none of a file of {total} bytes in parts of {PART_BYTES}"
        raise Refused(416, "requested_range_not_satisfiable", message)
    return first


def _check_digest(call: "Call", sha1: bytes) -> None:
    given = call.request.headers.get("digest", "")
    if given != f"sha={base64.b64encode(sha1).decode()}":
        raise Refused(400, "bad_digest", "The specified digest did not match what we received")


def _write_part(folder: Path, part_id: str, content: bytes) -> Path:
    written = folder / part_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written.write_bytes(content)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise NoRoom(f"The data folder takes no more: {error.strerror}.") from error
    return written


def list_parts(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/upload_sessions/:id/parts`, in the order of the file."""
    parts, given = _parts(service.store, _session(call)["id"]), call.request.one("offset") or "0"
    if not is_id(given):
        raise bad_request("'offset' is not a number", name="offset")
    limit, start = limit_of(call), int(given)
    return json_reply(
        {
            "total_count": len(parts),
            "limit": limit,
            "offset": start,
            "order": [{"by": "offset", "direction": "ASC"}],
            "entries": parts[start : start + limit],
        }
    )


def plan_parts(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/upload_sessions/:id/plan`: every part is to be sent."""
    session, parts = _session(call), _given_parts(call.json())
    return json_reply({"upload_session_id": session["id"], "hits": [], "misses": parts})


def _given_parts(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = body.get("parts")
    if not isinstance(given, list) or not all(isinstance(part, dict) for part in given):
        raise bad_request("'parts' must be a list of parts", name="parts")
    return given


def abort_session(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /files/upload_sessions/:id`, once more even after it was committed."""
    _forget(service.store, _open_or_committed(call)["id"])
    return Reply(204)


def commit_session(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/upload_sessions/:id/commit`: 201 with the file, never 202."""
    session, store = _session(call), service.store
    parts = _parts(store, session["id"])
    _check_parts(_given_parts(call.json()), parts, total=session["size"])
    blob = _put_together(store, session["id"], parts)
    _check_digest(call, bytes.fromhex(blob.sha1))
    file_id = _add_file(call, session, blob)
    shutil.rmtree(_folder(store, session["id"]))
    file = items.find(store, user_id=call.user_id, kind="file", id=file_id)
    entry = items.shown(store, file, call.fields())
    return json_reply({"total_count": 1, "entries": [entry]}, status=201)


def _check_parts(given: list[dict[str, Any]], parts: list[dict[str, Any]], *, total: int) -> None:
    named = sorted(str(part.get("part_id")) for part in given)
    if named != sorted(part["part_id"] for part in parts):
        raise bad_request("'parts' are not the parts that were uploaded", name="parts")
    if sum(part["size"] for part in parts) != total:
        raise bad_request("Some parts were not uploaded yet", name="parts")


def _put_together(store: Store, session: str, parts: list[dict[str, Any]]) -> Blob:
    file = store.incoming()
    try:
        for part in parts:
            with (_folder(store, session) / part["part_id"]).open("rb") as piece:
                shutil.copyfileobj(piece, file)
        return store.keep(file)
    except OSError as error:
        store.discard(file)
        raise NoRoom(f"The data folder takes no more: {error.strerror}.") from error


def _add_file(call: "Call", session: Row, blob: Blob) -> int:
    """Make the content a new file, or a new version of the session's file."""
    store, name, file_id = call.service.store, session["name"], session["file_id"]
    file: Item | None = None
    if file_id is not None:
        file = items.find(store, user_id=call.user_id, kind="file", id=file_id)
        items.check_unchanged(call, file)
    place = {"owner_id": call.user_id, "parent_id": session["parent_id"]}
    items.find(store, user_id=call.user_id, kind="folder", id=session["parent_id"])
    with store.write() as db:
        _commit(db, session["id"])
        if file is None:
            file_id = items.add_item(db, kind="file", **place, name=name, now=call.now)
        else:
            items.check_free(db, **place, name=name, but=file.id)
            sql = "UPDATE items SET name = ?, name_key = ? WHERE id = ?"
            db.execute(sql, (name, items.key(name), file.id))
        items.add_version(db, file_id=file_id, name=name, blob=blob, now=call.now)
        what = "UPLOADED" if file is None else "EDITED"
        record(db, what, item_id=file_id, now=call.now)
    return int(file_id)


def _commit(db: Database, session: str) -> None:
    """Mark a session as committed; 404 if another call has ended it meanwhile."""
    sql = "UPDATE upload_sessions SET committed = 1 WHERE id = ? AND NOT committed"
    if not db.execute(sql, (session,)).rowcount:
        raise not_found("upload session")
    db.execute("DELETE FROM upload_parts WHERE session = ?", (session,))
