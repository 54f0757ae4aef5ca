"""Upload sessions: files from 20 MB to 50 GB, sent in parts of 8 MB."""

import base64
import hashlib
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints.file_content import uploaded
from docgen_nb.service.endpoints.item_calls import check_etag, find_own, item_of
from docgen_nb.service.http.messages import (
    ApiFailure,
    Reply,
    bad_request,
    is_id,
    json_reply,
    not_found,
    too_large,
)
from docgen_nb.service.http.paging import offset_page, read_limit, read_offset
from docgen_nb.service.storage import items
from docgen_nb.service.storage.notifications import record
from docgen_nb.service.storage.private_files import FOLDER_MODE, write_private
from docgen_nb.service.storage.store import Blob, Database, Row, Store, raise_if_storage_full

SESSIONS = "/2.0/files/upload_sessions"
VERSION_SESSIONS = "/2.0/files/{file_id}/upload_sessions"
SESSION = "/2.0/files/upload_sessions/{session}"
OPEN = "SELECT 1 FROM upload_sessions WHERE id = ? AND NOT committed"
MIN_BYTES = 20_000_000
MAX_BYTES = 50 * 1024**3
PART_BYTES = 8 * 1024**2
LIFETIME_SECONDS = 7 * 24 * 3600  # Box's guide
RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


def create_session(call: Call) -> Reply:
    """Answer `POST /files/upload_sessions`, for a new file."""
    body = call.json()
    size, name = _size(body), items.check_name(_name(body))
    parent = _parent(call, body.get("folder_id"))
    return _begin(call, size=size, name=name, parent=parent, file_id=0)


def _size(body: Mapping[str, Any]) -> int:
    size = body.get("file_size")
    if size is None:
        raise ApiFailure(400, "missing_file_size", "'file_size' is required")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise ApiFailure(400, "invalid_file_size", "'file_size' must be a number")
    if size < MIN_BYTES:
        message = f"An upload session needs at least {MIN_BYTES} bytes; upload this file directly"
        raise ApiFailure(400, "file_size_too_small", message)
    if size > MAX_BYTES:
        raise too_large(f"The file is over the limit of {MAX_BYTES} bytes")
    return size


def _name(body: Mapping[str, Any]) -> str:
    name = body.get("file_name")
    if not isinstance(name, str):
        raise ApiFailure(400, "missing_file_name", "'file_name' is required")
    return name


def _parent(call: Call, folder_id: Any) -> int:
    if folder_id is None:
        raise ApiFailure(400, "missing_destination", "'folder_id' is required")
    if isinstance(folder_id, bool) or not is_id(str(folder_id)):
        raise ApiFailure(400, "invalid_folder_id", "'folder_id' is not an id")
    return find_own(call, "folder", int(folder_id)).id


def create_version_session(call: Call) -> Reply:
    """Answer `POST /files/:id/upload_sessions`, for a new version; a name renames."""
    file, body = item_of(call, "file"), call.json()
    name = items.check_name(_name(body)) if "file_name" in body else file.name
    parent = file.parent_id or 0
    return _begin(call, size=_size(body), name=name, parent=parent, file_id=file.id)


def _begin(call: Call, *, size: int, name: str, parent: int, file_id: int) -> Reply:
    session = secrets.token_hex(16).upper()
    with call.store.write() as db:
        items.check_available(
            db, owner_id=call.user_id, parent_id=parent, name=name, ignore=file_id
        )
        sql = "SELECT id FROM upload_sessions WHERE expires_at <= ?"
        expired = [row["id"] for row in db.execute(sql, (call.now,))]
        for id in expired:
            _delete(db, id)
        expires_at = call.now + LIFETIME_SECONDS
        row = db.execute(
            "INSERT INTO upload_sessions VALUES (?, ?, ?, ?, ?, ?, ?, 0) RETURNING *",
            (session, call.user_id, file_id or None, parent, name, size, expires_at),
        ).fetchone()
    for id in expired:
        _delete_parts(call.store, id)
    return json_reply(_shape(call, row), status=201)


def _delete(db: Database, session: str) -> None:
    """Delete a session and its parts; 404 if another call has done so meanwhile."""
    db.execute("DELETE FROM upload_parts WHERE session = ?", (session,))
    if not db.execute("DELETE FROM upload_sessions WHERE id = ?", (session,)).rowcount:
        raise not_found("upload session")


def _delete_parts(store: Store, session: str) -> None:
    shutil.rmtree(_folder(store, session), ignore_errors=True)  # without parts it doesn't exist


def _folder(store: Store, session: str) -> Path:
    return store.folder / "sessions" / session


def _shape(call: Call, row: Row) -> dict[str, Any]:
    url = f"{call.request.origin}/api{SESSIONS}/{row['id']}"
    return {
        "id": row["id"],
        "type": "upload_session",
        "session_expires_at": rfc3339(row["expires_at"]),
        "part_size": PART_BYTES,
        "total_parts": -(-row["size"] // PART_BYTES),
        "num_parts_processed": len(_parts(call.store, row["id"])),
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


def _open_session(call: Call) -> Row:
    row = _session(call)
    if row["committed"]:
        raise not_found("upload session")
    return row


def _session(call: Call) -> Row:
    """Return the session in the path, open or committed."""
    sql = "SELECT * FROM upload_sessions WHERE id = ? AND user_id = ? AND expires_at > ?"
    row = call.store.first(sql, (call.params["session"], call.user_id, call.now))
    if row is None:
        raise not_found("upload session")
    return row


def get_session(call: Call) -> Reply:
    """Answer `GET /files/upload_sessions/:id`."""
    return json_reply(_shape(call, _open_session(call)))


def upload_part(call: Call) -> Reply:
    """Answer `PUT /files/upload_sessions/:id`: one part, checked against its digest."""
    session, content = _open_session(call), call.body(PART_BYTES)
    start = _start(call, size=len(content), total=session["size"])
    sha1 = hashlib.sha1(content, usedforsecurity=False)
    _check_digest(call, sha1.digest())
    part_id = secrets.token_hex(4).upper()
    path = _write_part(_folder(call.store, session["id"]), part_id, content)
    with call.store.write() as db:
        added = db.execute(
            "INSERT OR IGNORE INTO upload_parts SELECT id, ?, ?, ?, ? FROM upload_sessions "
            "WHERE id = ? AND NOT committed",
            (start, part_id, len(content), sha1.hexdigest(), session["id"]),
        ).rowcount
    if not added:
        path.unlink(missing_ok=True)
        if call.store.first(OPEN, (session["id"],)) is None:  # ended meanwhile
            _delete_parts(call.store, session["id"])
            raise not_found("upload session")
        raise ApiFailure(409, "conflict", f"The part at {start} has already been uploaded")
    part = {"part_id": part_id, "offset": start, "size": len(content), "sha1": sha1.hexdigest()}
    return json_reply({"part": part})


def _start(call: Call, *, size: int, total: int) -> int:
    match = RANGE.fullmatch(call.request.headers.get("content-range", ""))
    if match is None:
        message = "'content-range' must have the form: bytes <first>-<last>/<size of the file>"
        raise bad_request(message, name="content-range")
    first, last, file_size = map(int, match.groups())
    expected = min(PART_BYTES, total - first)
    length = last - first + 1
    if file_size != total or first % PART_BYTES or length != expected or size != expected:
        message = f"The range is not a part of {PART_BYTES} bytes of a file of {total} bytes"
        raise ApiFailure(416, "requested_range_not_satisfiable", message)
    return first


def _check_digest(call: Call, sha1: bytes) -> None:
    algorithm, _, digest = call.request.headers.get("digest", "").partition("=")
    # Older SDKs of Box write the name of the algorithm in capitals.
    if algorithm.lower() != "sha" or digest != base64.b64encode(sha1).decode():
        message = "The specified digest did not match what we received"
        raise ApiFailure(400, "bad_digest", message)


def _write_part(folder: Path, part_id: str, content: bytes) -> Path:
    path = folder / part_id
    with raise_if_storage_full():
        for parent in (folder.parent, folder):
            parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        try:
            write_private(path, content)
        except OSError:
            path.unlink(missing_ok=True)
            raise
    return path


def list_parts(call: Call) -> Reply:
    """Answer `GET /files/upload_sessions/:id/parts`, in the order of the file."""
    parts = _parts(call.store, _open_session(call)["id"])
    limit, offset = read_limit(call.request), read_offset(call.request)
    page = parts[offset : offset + limit]
    return json_reply(
        offset_page(page, total=len(parts), limit=limit, offset=offset, order=("offset",))
    )


def plan_parts(call: Call) -> Reply:
    """Answer `POST /files/upload_sessions/:id/plan`: every part is to be sent."""
    session, parts = _open_session(call), _named_parts(call.json())
    return json_reply({"upload_session_id": session["id"], "hits": [], "misses": parts})


def _named_parts(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = body.get("parts")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise bad_request("'parts' must be a list of parts", name="parts")
    return parts


def abort_session(call: Call) -> Reply:
    """Answer `DELETE /files/upload_sessions/:id`, also for a committed session."""
    session = _session(call)["id"]
    with call.store.write(frees=True) as db:
        _delete(db, session)
    _delete_parts(call.store, session)
    return Reply(204)


def commit_session(call: Call) -> Reply:
    """Answer `POST /files/upload_sessions/:id/commit`: 201 with the file, never 202."""
    session = _open_session(call)
    parts = _parts(call.store, session["id"])
    _check_parts(_named_parts(call.json()), parts, total=session["size"])
    blob = _join_parts(call.store, session["id"], parts)
    _check_digest(call, bytes.fromhex(blob.sha1))
    file_id = _add_file(call, session, blob)
    _delete_parts(call.store, session["id"])
    return uploaded(call, file_id, status=201)


def _check_parts(named: list[dict[str, Any]], parts: list[dict[str, Any]], *, total: int) -> None:
    ids = sorted(str(part.get("part_id")) for part in named)
    if ids != sorted(part["part_id"] for part in parts):
        raise bad_request("'parts' does not match the uploaded parts", name="parts")
    if sum(part["size"] for part in parts) != total:
        raise bad_request("Some parts have not been uploaded yet", name="parts")


def _join_parts(store: Store, session: str, parts: list[dict[str, Any]]) -> Blob:
    with store.contents.incoming() as file:
        for part in parts:
            try:
                source = (_folder(store, session) / part["part_id"]).open("rb")
            except FileNotFoundError as error:  # another commit, or an abort, ended meanwhile
                raise not_found("upload session") from error
            with source:
                shutil.copyfileobj(source, file)
        return store.contents.keep(file)


def _add_file(call: Call, session: Row, blob: Blob) -> int:
    """Make the content a new file, or a new version of the session's file."""
    name, file_id = session["name"], session["file_id"]
    place = {"owner_id": call.user_id, "parent_id": session["parent_id"]}
    with call.store.write() as db:
        file = None if file_id is None else find_own(call, "file", file_id)
        if file is not None:
            check_etag(call, file)
        find_own(call, "folder", session["parent_id"])
        _commit(db, session["id"])
        if file is None:
            file_id = items.add_file(db, **place, name=name, blob=blob, now=call.now)
        else:
            items.replace_content(db, file, name=name, blob=blob, now=call.now)
        action = "UPLOADED" if file is None else "EDITED"
        record(db, action, item_id=file_id, now=call.now)
    return int(file_id)


def _commit(db: Database, session: str) -> None:
    """Mark a session as committed; 404 if another call has ended it meanwhile."""
    sql = "UPDATE upload_sessions SET committed = 1 WHERE id = ? AND NOT committed"
    if not db.execute(sql, (session,)).rowcount:
        raise not_found("upload session")
    db.execute("DELETE FROM upload_parts WHERE session = ?", (session,))
