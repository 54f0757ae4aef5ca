"""Files: show, change, lock, copy, list versions, delete and restore."""

from collections.abc import Mapping
from typing import Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints import webhooks
from docgen_nb.service.endpoints.item_calls import (
    check_etag,
    find_own,
    item_of,
    name_of,
    parent_of,
    read_change,
    restore_item,
)
from docgen_nb.service.http.messages import Reply, bad_request, is_id, json_reply, not_found
from docgen_nb.service.http.paging import offset_page, read_limit, read_offset
from docgen_nb.service.storage import items
from docgen_nb.service.storage.items import Item
from docgen_nb.service.storage.notifications import record, record_change
from docgen_nb.service.storage.seeded_history import ensure_rendered
from docgen_nb.service.storage.store import Database, Row

_OF_THE_CONTENT = {"sha1", "size", "file_version"}


def get_file(call: Call) -> Reply:
    """Answer `GET /files/:id`, also for a file in the trash; 304 if the caller has this etag.

    A document of a seeded history is rendered first if its size or SHA-1 is asked for.
    """
    id = call.id("file_id")
    file = items.find_live_or_trashed(call.store, user_id=call.user_id, kind="file", id=id)
    if call.request.headers.get("if-none-match", "").strip('"') == str(file.etag):
        return Reply(304)
    if file.trashed_at is not None:
        return _trashed_reply(call, file)
    fields = call.fields()
    if fields is None or _OF_THE_CONTENT.intersection(fields):
        ensure_rendered(call.store, version_of(call, file, str(file.version_id)))
    return _reply(call, file.id)


def _reply(call: Call, file_id: int, *, status: int = 200) -> Reply:
    file = find_own(call, "file", file_id)
    return json_reply(items.describe(call.store.database, file, call.fields()), status=status)


def _trashed_reply(call: Call, file: Item) -> Reply:
    location = items.locate(call.store.database, user_id=call.user_id, folder_id=0)
    return json_reply(items.select_fields(file, location, call.fields()))


def update_file(call: Call) -> Reply:
    """Answer `PUT /files/:id` for name, description, parent and lock."""
    body = call.change()
    with call.store.write() as db:  # two changes at once must not undo each other
        file = item_of(call, "file")
        check_etag(call, file)
        change, locked_at = read_change(call, file, body), _lock(call, body, file)
        items.apply_change(db, file, change, now=call.now)
        db.execute("UPDATE items SET locked_at = ? WHERE id = ?", (locked_at, file.id))
        record_change(db, file, change, now=call.now)
        if (locked_at is None) != (file.locked_at is None):
            action = "UNLOCKED" if locked_at is None else "LOCKED"
            record(db, action, item_id=file.id, now=call.now)
    return _reply(call, file.id)


def _lock(call: Call, body: Mapping[str, Any], file: Item) -> float | None:
    if "lock" not in body:
        return file.locked_at
    lock = body["lock"]
    if lock is not None and not isinstance(lock, dict):
        raise bad_request("'lock' must be an object or null", name="lock")
    return None if lock is None else call.now


def copy_file(call: Call) -> Reply:
    """Answer `POST /files/:id/copy`, for the current version or the one in the body."""
    file = item_of(call, "file")
    body = call.json()
    name, parent = name_of(body, default=file.name), parent_of(call, body)
    version = version_of(call, file, str(body.get("version") or file.version_id))
    blob = ensure_rendered(call.store, version)
    with call.store.write() as db:
        check_version(db, version["id"])
        find_own(call, "folder", parent)
        place = {"owner_id": call.user_id, "parent_id": parent}
        kept = file.kept
        copy = items.add_file(db, **place, name=name, blob=blob, kept=kept, now=call.now)
        record(db, "COPIED", item_id=copy, copied_from=file.id, now=call.now)
    return _reply(call, copy, status=201)


def version_of(call: Call, file: Item, version_id: str) -> Row:
    """Return one version of a file; 404 if the file has no such version."""
    if not is_id(version_id):
        raise bad_request("'version' is not an id", name="version")
    sql = "SELECT * FROM versions WHERE id = ? AND file_id = ?"
    row = call.store.first(sql, (int(version_id), file.id))
    if row is None:
        raise not_found(f"version {version_id} of file {file.id}")
    return row


def check_version(db: Database, version_id: int) -> None:
    """Raise 404 if a version was purged since it was looked up; call inside a transaction."""
    if db.execute("SELECT 1 FROM versions WHERE id = ?", (version_id,)).fetchone() is None:
        raise not_found(f"version {version_id}")


def list_versions(call: Call) -> Reply:
    """Answer `GET /files/:id/versions`: past versions, newest first, without the current one."""
    file = item_of(call, "file")
    limit, offset = read_limit(call.request), read_offset(call.request)
    sql = "SELECT * FROM versions WHERE file_id = ? AND id < ? ORDER BY id DESC"
    rows = call.store.all(sql, (file.id, file.version_id))
    entries = [_version(row) for row in rows[offset : offset + limit]]
    return json_reply(offset_page(entries, total=len(rows), limit=limit, offset=offset))


def get_version(call: Call) -> Reply:
    """Answer `GET /files/:id/versions/:id`."""
    file = item_of(call, "file")
    version_id = call.params["file_version_id"]
    ensure_rendered(call.store, version_of(call, file, version_id))
    return json_reply(_version(version_of(call, file, version_id)))


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


def delete_file(call: Call) -> Reply:
    """Answer `DELETE /files/:id`: the file goes to the trash."""
    with call.store.write(frees=True) as db:
        file = item_of(call, "file")
        check_etag(call, file)
        db.execute("UPDATE items SET trashed_at = ? WHERE id = ?", (call.now, file.id))
        record(db, "TRASHED", item_id=file.id, now=call.now)
    return Reply(204)


def get_trashed_file(call: Call) -> Reply:
    """Answer `GET /files/:id/trash`."""
    return _trashed_reply(call, item_of(call, "file", trashed=True))


def purge_file(call: Call) -> Reply:
    """Answer `DELETE /files/:id/trash`: the file and its contents are deleted for good."""
    with call.store.write(frees=True) as db:
        file = item_of(call, "file", trashed=True)
        record(db, "DELETED", item_id=file.id, now=call.now)
        webhooks.end_webhooks(db, file.id, now=call.now)
        contents = items.purge(db, file)
    call.store.delete_unnamed(contents)
    return Reply(204)


def restore_file(call: Call) -> Reply:
    """Answer `POST /files/:id`: restore from the trash, with a new name or parent if given."""
    return _reply(call, restore_item(call, "file").id, status=201)
