"""Folders: create, show, list, change, copy and delete."""

from collections.abc import Callable
from typing import Any

from docgen_nb.service.context import Call
from docgen_nb.service.endpoints.item_calls import (
    check_etag,
    find_own,
    item_of,
    name_of,
    parent_of,
    read_change,
    restore_item,
)
from docgen_nb.service.http.messages import ApiFailure, Reply, bad_request, forbidden, json_reply
from docgen_nb.service.http.paging import marker_page, offset_page, read_limit, read_offset
from docgen_nb.service.storage import items
from docgen_nb.service.storage.items import SELECT, Item
from docgen_nb.service.storage.kept_fields import read_kept
from docgen_nb.service.storage.notifications import record, record_change
from docgen_nb.service.storage.seeded_history import ensure_rendered
from docgen_nb.service.storage.store import Database, Row

LIVE = "owner_id = ? AND parent_id = ? AND trashed_at IS NULL"
INSIDE = """WITH RECURSIVE inside (id) AS (VALUES (?) UNION SELECT items.id FROM items
    JOIN inside ON items.parent_id = inside.id WHERE trashed_at IS NULL)"""
# Of one deletion: what was in the trash before stays there.
NOT_RENDERED = f"""{INSIDE} SELECT versions.* FROM items JOIN versions ON versions.id = version_id
    WHERE items.id IN inside AND sha256 = ''"""
MAX_OFFSET = 10_000  # Box refuses higher offsets and recommends markers


def create_folder(call: Call) -> Reply:
    """Answer `POST /folders`."""
    body = call.json()
    with call.store.write() as db:
        name, parent = name_of(body), parent_of(call, body)
        place = {"owner_id": call.user_id, "parent_id": parent}
        kept = read_kept("folder", body)
        id = items.add_folder(db, **place, name=name, kept=kept, now=call.now)
        record(db, "CREATED", item_id=id, now=call.now)
    return _reply(call, find_own(call, "folder", id), status=201)


def get_folder(call: Call) -> Reply:
    """Answer `GET /folders/:id`, with the first hundred items."""
    return _reply(call, item_of(call, "folder"))


def _reply(call: Call, folder: Item, *, status: int = 200) -> Reply:
    fields = call.fields()
    shape = items.describe(call.store.database, folder, fields)
    if fields is None or "item_collection" in fields:
        shape["item_collection"] = _children(call, folder, limit=100, offset=0, fields=None)
    return json_reply(shape, status=status)


def _children(
    call: Call, folder: Item, *, limit: int, offset: int, fields: list[str] | None
) -> dict[str, Any]:
    place = (folder.owner_id, folder.id)
    total = call.store.one(f"SELECT count(*) AS n FROM items WHERE {LIVE}", place)["n"]
    sql = f"{SELECT} WHERE {LIVE} ORDER BY kind DESC, name_key LIMIT ? OFFSET ?"
    rows = call.store.all(sql, (*place, limit, offset))
    entries = list(map(_entry_of(call, folder, fields), rows))
    return offset_page(entries, total=total, limit=limit, offset=offset, order=("type", "name"))


def _entry_of(
    call: Call, folder: Item, fields: list[str] | None
) -> Callable[[Row], dict[str, Any]]:
    """Return the function that makes an entry of a row of the folder."""
    if fields is None:
        return lambda row: items.mini(Item.of(row))
    location = items.locate(call.store.database, user_id=folder.owner_id, folder_id=folder.id)
    return lambda row: items.select_fields(Item.of(row), location, fields)


def list_folder_items(call: Call) -> Reply:
    """Answer `GET /folders/:id/items`, by marker (in order of id) or by offset (folders first)."""
    folder = item_of(call, "folder")
    fields = call.fields()
    if call.flag("usemarker"):
        sql = f"{SELECT} WHERE {LIVE} AND items.id > ? ORDER BY items.id LIMIT ?"
        place = (call.user_id, folder.id)
        entry = _entry_of(call, folder, fields)
        return marker_page(
            call.request,
            key=f"items{folder.id}",
            rows=lambda after, count: call.store.all(sql, (*place, after, count)),
            entries=lambda rows: [entry(row) for row in rows],
        )
    offset = read_offset(call.request)
    if offset > MAX_OFFSET:
        message = f"'offset' cannot be over {MAX_OFFSET}; use markers instead"
        raise bad_request(message, name="offset")
    limit = read_limit(call.request)
    return json_reply(_children(call, folder, limit=limit, offset=offset, fields=fields))


def update_folder(call: Call) -> Reply:
    """Answer `PUT /folders/:id` for name, description and parent."""
    body = call.change()
    with call.store.write() as db:
        folder = _not_root(item_of(call, "folder"))
        check_etag(call, folder)
        change = read_change(call, folder, body)
        if change.parent_id in _inside(db, folder.id):
            raise bad_request("A folder cannot be moved into itself", name="parent.id")
        items.apply_change(db, folder, change, now=call.now)
        record_change(db, folder, change, now=call.now)
    return _reply(call, find_own(call, "folder", folder.id))


def _not_root(folder: Item) -> Item:
    if folder.id == 0:
        raise forbidden("The root folder cannot be changed.")
    return folder


def _inside(db: Database, folder_id: int) -> set[int]:
    """Return the ids of a folder and everything live below it.

    In the transaction that changes the tree: two moves at once could each find that it is allowed,
    and together make a circle.
    """
    return {row["id"] for row in db.execute(f"{INSIDE} SELECT id FROM inside", (folder_id,))}


def copy_folder(call: Call) -> Reply:
    """Answer `POST /folders/:id/copy`, with everything in it."""
    folder = _not_root(item_of(call, "folder"))
    body = call.json()
    name, parent = name_of(body, default=folder.name), parent_of(call, body)
    for version in call.store.all(NOT_RENDERED, (folder.id,)):
        ensure_rendered(call.store, version)
    with call.store.write() as db:
        find_own(call, "folder", parent)
        if parent in _inside(db, folder.id):
            raise bad_request("A folder cannot be copied into itself", name="parent.id")
        id = items.copy_tree(db, folder, parent_id=parent, name=name, now=call.now)
        record(db, "COPIED", item_id=id, copied_from=folder.id, now=call.now)
    return _reply(call, find_own(call, "folder", id), status=201)


def restore_folder(call: Call) -> Reply:
    """Answer `POST /folders/:id`: restore from the trash what was deleted with the folder."""
    restored = restore_item(call, "folder")
    return json_reply(items.describe(call.store.database, restored, call.fields()), status=201)


def delete_folder(call: Call) -> Reply:
    """Answer `DELETE /folders/:id`: the folder and everything in it go to the trash."""
    child = f"SELECT 1 FROM items WHERE {LIVE} LIMIT 1"
    with call.store.write(frees=True) as db:
        folder = _not_root(item_of(call, "folder"))
        check_etag(call, folder)
        filled = db.execute(child, (call.user_id, folder.id)).fetchone()
        if filled and not call.flag("recursive"):
            raise ApiFailure(400, "folder_not_empty", "Cannot delete - folder not empty")
        db.execute(
            f"{INSIDE} UPDATE items SET trashed_at = ? WHERE id IN inside AND trashed_at IS NULL",
            (folder.id, call.now),
        )
        record(db, "TRASHED", item_id=folder.id, now=call.now)
    return Reply(204)
