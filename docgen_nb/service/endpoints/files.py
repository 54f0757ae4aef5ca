"""Files: look at, change, lock, copy, versions, delete and bring back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.endpoints import webhooks
from docgen_nb.service.http.json_body import text
from docgen_nb.service.http.messages import Reply, bad_request, is_id, json_reply, not_found
from docgen_nb.service.http.paging import limit_of
from docgen_nb.service.storage import items
from docgen_nb.service.storage.items import Item
from docgen_nb.service.storage.notifications import record, record_change, record_lock
from docgen_nb.service.storage.seeded_history import made
from docgen_nb.service.storage.store import Row

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen


def get_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/:id`, also in the trash; 304 if the caller has this etag."""
    id = call.id("file_id")
    file = items.find_anywhere(service.store, user_id=call.user_id, kind="file", id=id)
    if call.request.headers.get("if-none-match", "").strip('"') == str(file.etag):
        return Reply(304)
    if file.trashed_at is not None:
        return _shown_in_trash(call, file)
    return _shown(call, file.id)


def _shown(call: "Call", file_id: int, *, status: int = 200) -> Reply:
    store = call.service.store
    file = items.find(store, user_id=call.user_id, kind="file", id=file_id)
    return json_reply(items.shown(store, file, call.fields()), status=status)


def update_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `PUT /files/:id` for name, description, parent and lock."""
    file = items.item_of(call, "file")
    items.check_unchanged(call, file)
    body = call.json()
    change, locked_at = items.read_change(call, file, body), _lock(call, body, file)
    with service.store.write() as db:
        items.apply_change(db, file, change, now=call.now)
        db.execute("UPDATE items SET locked_at = ? WHERE id = ?", (locked_at, file.id))
        record_change(db, file, change, now=call.now)
        record_lock(db, file, locked_at, now=call.now)
    return _shown(call, file.id)


def _lock(call: "Call", body: Mapping[str, Any], file: Item) -> float | None:
    if "lock" not in body:
        return file.locked_at
    lock = body["lock"]
    if lock is not None and not isinstance(lock, dict):
        raise bad_request("'lock' must be an object or null", name="lock")
    return None if lock is None else call.now


def copy_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/:id/copy`, of the current version or the one that is named."""
    file = items.item_of(call, "file")
    body = call.json()
    name = items.check_name(text(body, "name")) if "name" in body else file.name
    parent = items.parent_of(call, body)
    blob = made(service.store, version_of(call, file, str(body.get("version") or file.version_id)))
    with service.store.write() as db:
        copy = items.add_item(
            db, kind="file", owner_id=call.user_id, parent_id=parent, name=name, now=call.now
        )
        items.add_version(db, file_id=copy, name=name, blob=blob, now=call.now)
        record(db, "COPIED", item_id=copy, of=file.id, now=call.now)
    return _shown(call, copy, status=201)


def version_of(call: "Call", file: Item, wanted: str) -> Row:
    """Return one version of a file; 404 if the file has no such version."""
    if not is_id(wanted):
        raise bad_request("'version' is not an id", name="version")
    sql = "SELECT * FROM versions WHERE id = ? AND file_id = ?"
    row = call.service.store.first(sql, (int(wanted), file.id))
    if row is None:
        raise not_found(f"version {wanted} of file {file.id}")
    return row


def list_versions(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/:id/versions`: past versions, newest first; the current one is not one."""
    file = items.item_of(call, "file")
    offset = call.request.one("offset") or "0"
    if not is_id(offset):
        raise bad_request("'offset' is not a number", name="offset")
    sql = "SELECT * FROM versions WHERE file_id = ? AND id < ? ORDER BY id DESC"
    rows = service.store.all(sql, (file.id, file.version_id))
    limit, start = limit_of(call), int(offset)
    entries = [_version(row) for row in rows[start : start + limit]]
    page = {"total_count": len(rows), "limit": limit, "offset": start, "entries": entries}
    return json_reply(page)


def get_version(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/:id/versions/:id`."""
    file = items.item_of(call, "file")
    return json_reply(_version(version_of(call, file, call.params["file_version_id"])))


def _version(row: Row) -> dict[str, Any]:
    time = rfc3339(row["created_at"])
    return {
        "type": "file_version",
        "id": str(row["id"]),
        "sha1": row["sha1"],
        "name": row["name"],
        "size": row["size"],
        "created_at": time,
        "modified_at": time,
        "trashed_at": None,
        "purged_at": None,
        "version_number": str(row["number"]),
    }


def delete_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /files/:id`: the file goes to the trash."""
    file = items.item_of(call, "file")
    items.check_unchanged(call, file)
    with service.store.write() as db:
        db.execute("UPDATE items SET trashed_at = ? WHERE id = ?", (call.now, file.id))
        record(db, "TRASHED", item_id=file.id, now=call.now)
    return Reply(204)


def _trashed(call: "Call") -> Item:
    id = call.id("file_id")
    store = call.service.store
    return items.find(store, user_id=call.user_id, kind="file", id=id, trashed=True)


def get_trashed_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/:id/trash`."""
    return _shown_in_trash(call, _trashed(call))


def _shown_in_trash(call: "Call", file: Item) -> Reply:
    place = items.place_in(call.service.store, user_id=call.user_id, folder_id=0)
    return json_reply(items.chosen(file, place, call.fields()))


def purge_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /files/:id/trash`: gone for good."""
    file = _trashed(call)
    with service.store.write() as db:
        record(db, "DELETED", item_id=file.id, now=call.now)
        webhooks.end_on(db, file.id, now=call.now)
        db.execute("DELETE FROM templates WHERE file_id = ?", (file.id,))
        db.execute("DELETE FROM items WHERE id = ?", (file.id,))
    return Reply(204)


def restore_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /files/:id`: back from the trash, under another name or parent if given."""
    file = _trashed(call)
    body = call.json() if call.request.headers.get("content-length", "0") != "0" else {}
    change = items.read_change(call, file, body)
    items.find(service.store, user_id=call.user_id, kind="folder", id=change.parent_id)
    with service.store.write() as db:
        items.apply_change(db, file, change, now=call.now)
        record(db, "RESTORED", item_id=file.id, now=call.now)
    return _shown(call, file.id, status=201)
