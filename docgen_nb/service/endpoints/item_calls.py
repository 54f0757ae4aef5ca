"""Helpers of calls on files and folders: the item in the path, its etag, name and parent."""

from collections.abc import Mapping
from typing import Any

from docgen_nb.service.context import Call
from docgen_nb.service.http.json_body import required_id, required_text
from docgen_nb.service.http.messages import ApiFailure, bad_request
from docgen_nb.service.storage import items
from docgen_nb.service.storage.items import Change, Item
from docgen_nb.service.storage.kept_fields import read_kept
from docgen_nb.service.storage.notifications import record

RESTORE = """WITH RECURSIVE inside (id, trashed_at) AS (VALUES (?, ?) UNION
    SELECT items.id, items.trashed_at FROM items JOIN inside ON items.parent_id = inside.id
    AND items.trashed_at = inside.trashed_at)
    UPDATE items SET trashed_at = NULL WHERE id IN (SELECT id FROM inside)"""


def item_of(call: Call, kind: str, *, trashed: bool = False) -> Item:
    """Return the file or folder in the path of a call."""
    return find_own(call, kind, call.id(f"{kind}_id"), trashed=trashed)


def find_own(call: Call, kind: str, id: int, *, trashed: bool = False) -> Item:
    """Return a file or folder of the caller; 404 if it doesn't exist."""
    return items.find_item(call.store, user_id=call.user_id, kind=kind, id=id, trashed=trashed)


def check_etag(call: Call, item: Item) -> None:
    """Raise 412 if the header ``if-match`` has another etag."""
    etag = call.request.headers.get("if-match")
    if etag is not None and etag.strip('"') != str(item.etag):
        raise ApiFailure(412, "precondition_failed", "The resource has been modified.")


def name_of(body: Mapping[str, Any], *, default: str | None = None) -> str:
    """Return the name in a body, or the default if it has none or null; 400 if not allowed."""
    if default is not None and body.get("name") is None:
        return default
    return items.check_name(required_text(body, "name"))


def parent_of(call: Call, body: Mapping[str, Any]) -> int:
    """Return the id of the parent folder in a body; 404 if it doesn't exist."""
    return find_own(call, "folder", required_id(body, "parent", type="folder")).id


def read_change(call: Call, item: Item, body: Mapping[str, Any]) -> Change:
    """Return the changes in the body of a PUT; absent fields keep their values."""
    description = body.get("description", item.description)
    if not isinstance(description, str):
        raise bad_request("'description' must be a string", name="description")
    name = name_of(body, default=item.name)
    parent_id = parent_of(call, body) if "parent" in body else item.parent_id or 0
    return Change(name, parent_id, description, read_kept(item.kind, body, kept=item.kept))


def restore_item(call: Call, kind: str) -> Item:
    """Restore a file or folder from the trash, with a new name or parent if the body has one.

    A folder returns with what was deleted with it.
    """
    body = call.change()
    with call.store.write() as db:
        item = item_of(call, kind, trashed=True)
        change = read_change(call, item, body)
        find_own(call, "folder", change.parent_id)
        items.apply_change(db, item, change, now=call.now)
        db.execute(RESTORE, (item.id, item.trashed_at))
        record(db, "RESTORED", item_id=item.id, now=call.now)
    return find_own(call, kind, item.id)
