"""Folders: create, look into, list, delete."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from docgen_nb.service.http.json_body import text
from docgen_nb.service.http.messages import Refused, Reply, bad_request, is_id, json_reply
from docgen_nb.service.http.paging import limit_of, page_reply
from docgen_nb.service.storage import items
from docgen_nb.service.storage.items import COLUMNS, FROM, Item
from docgen_nb.service.storage.notifications import record, record_change
from docgen_nb.service.storage.seeded_history import made
from docgen_nb.service.storage.store import Row, Store

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

LIVE = "owner_id = ? AND parent_id = ? AND trashed_at IS NULL"
ORDER = "ORDER BY kind DESC, name_key"
INSIDE = """WITH RECURSIVE inside (id) AS (VALUES (?) UNION SELECT items.id FROM items
    JOIN inside ON items.parent_id = inside.id WHERE trashed_at IS NULL)"""
UNMADE = f"""{INSIDE} SELECT versions.* FROM items JOIN versions ON versions.id = version_id
    WHERE items.id IN inside AND sha256 = ''"""
MAX_OFFSET = 10_000  # Box refuses more today and points to markers


def create_folder(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /folders`."""
    body = call.json()
    name = items.check_name(text(body, "name"))
    parent = items.parent_of(call, body)
    with service.store.write() as db:
        id = items.add_item(
            db, kind="folder", owner_id=call.user_id, parent_id=parent, name=name, now=call.now
        )
        record(db, "CREATED", item_id=id, now=call.now)
    return _shown(call, id, status=201)


def _shown(call: "Call", folder_id: int, *, status: int = 200) -> Reply:
    store = call.service.store
    folder = items.find(store, user_id=call.user_id, kind="folder", id=folder_id)
    return json_reply(_shape(store, folder, call.fields()), status=status)


def get_folder(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /folders/:id`, with the first hundred items."""
    folder = items.item_of(call, "folder")
    return json_reply(_shape(service.store, folder, call.fields()))


def _shape(store: Store, folder: Item, fields: list[str] | None) -> dict[str, Any]:
    shape = items.shown(store, folder, fields)
    if fields is not None and "item_collection" not in fields:
        return shape
    collection = _offset_page(store, folder, limit=100, offset=0, fields=None)
    return shape | {"item_collection": collection}


def _offset_page(
    store: Store, folder: Item, *, limit: int, offset: int, fields: list[str] | None
) -> dict[str, Any]:
    owner = (folder.owner_id, folder.id)
    total = store.first(f"SELECT count(*) AS n FROM items WHERE {LIVE}", owner)
    assert total is not None
    sql = f"SELECT {COLUMNS} FROM {FROM} WHERE {LIVE} {ORDER} LIMIT ? OFFSET ?"
    rows = store.all(sql, (*owner, limit, offset))
    shape = _entries(store, folder, fields)
    return {
        "total_count": total["n"],
        "entries": [shape(row) for row in rows],
        "offset": offset,
        "limit": limit,
        "order": [{"by": "type", "direction": "ASC"}, {"by": "name", "direction": "ASC"}],
    }


def _entries(
    store: Store, folder: Item, fields: list[str] | None
) -> Callable[[Row], dict[str, Any]]:
    if fields is None:
        return lambda row: items.mini(Item.of(row))
    place = items.place_in(store, user_id=folder.owner_id, folder_id=folder.id)
    return lambda row: items.chosen(Item.of(row), place, fields)


def list_folder_items(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /folders/:id/items`, by marker (in order of id) or by offset (folders first)."""
    folder = items.item_of(call, "folder")
    fields = call.fields()
    if call.flag("usemarker"):
        sql = (
            f"SELECT {COLUMNS} FROM {FROM} WHERE {LIVE} AND items.id > ? ORDER BY items.id LIMIT ?"
        )
        owner = (call.user_id, folder.id)
        return page_reply(
            call,
            key=f"items{folder.id}",
            rows=lambda after, count: service.store.all(sql, (*owner, after, count)),
            shape=_entries(service.store, folder, fields),
        )
    offset = call.request.one("offset") or "0"
    if not is_id(offset) or int(offset) > MAX_OFFSET:
        message = f"'offset' must be a number up to {MAX_OFFSET}; use markers beyond"
        raise bad_request(message, name="offset")
    limit, start = limit_of(call), int(offset)
    return json_reply(_offset_page(service.store, folder, limit=limit, offset=start, fields=fields))


def update_folder(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `PUT /folders/:id` for name, description and parent."""
    folder = _not_root(items.item_of(call, "folder"))
    items.check_unchanged(call, folder)
    change = items.read_change(call, folder)
    if change.parent_id in _inside(service.store, folder.id):
        raise bad_request("A folder cannot be moved into itself", name="parent.id")
    with service.store.write() as db:
        items.apply_change(db, folder, change, now=call.now)
        record_change(db, folder, change, now=call.now)
    return _shown(call, folder.id)


def _not_root(folder: Item) -> Item:
    if folder.id == 0:
        message = "The root folder stays as it is."
        raise Refused(403, "access_denied_insufficient_permissions", message)
    return folder


def _inside(store: Store, folder_id: int) -> set[int]:
    """Return the ids of a folder and everything live below it."""
    return {row["id"] for row in store.all(f"{INSIDE} SELECT id FROM inside", (folder_id,))}


def copy_folder(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /folders/:id/copy`, with everything in it."""
    folder = _not_root(items.item_of(call, "folder"))
    body = call.json()
    name = items.check_name(text(body, "name")) if "name" in body else folder.name
    parent = items.parent_of(call, body)
    if parent in _inside(service.store, folder.id):
        raise bad_request("A folder cannot be copied into itself", name="parent.id")
    for row in service.store.all(UNMADE, (folder.id,)):
        made(service.store, row)
    with service.store.write() as db:
        id = items.copy_tree(db, folder, parent_id=parent, name=name, now=call.now)
        record(db, "COPIED", item_id=id, of=folder.id, now=call.now)
    return _shown(call, id, status=201)


def delete_folder(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /folders/:id`; what is in it goes to the trash with it."""
    folder = _not_root(items.item_of(call, "folder"))
    items.check_unchanged(call, folder)
    inside = f"SELECT 1 FROM items WHERE {LIVE} LIMIT 1"
    with service.store.write() as db:
        filled = db.execute(inside, (call.user_id, folder.id)).fetchone()
        if filled and not call.flag("recursive"):
            raise Refused(400, "folder_not_empty", "Cannot delete - folder not empty")
        db.execute(
            f"{INSIDE} UPDATE items SET trashed_at = ? WHERE id IN inside AND trashed_at IS NULL",
            (folder.id, call.now),
        )
        record(db, "TRASHED", item_id=folder.id, now=call.now)
    return Reply(204)
