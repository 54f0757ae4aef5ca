"""Files: look at, rename, move, describe, delete."""

from typing import TYPE_CHECKING, Any

from docgen_nb.service import items
from docgen_nb.service.exchange import Reply, bad_request, json_reply
from docgen_nb.service.json_body import reference, text

if TYPE_CHECKING:
    from docgen_nb.service.app import Call, LocalDocGen


def get_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /files/:id`; 304 if the caller has this etag."""
    file = items.item_of(call, "file")
    if call.request.headers.get("if-none-match", "").strip('"') == str(file.etag):
        return Reply(304)
    return _shown(service, call)


def _shown(service: "LocalDocGen", call: "Call") -> Reply:
    file = items.item_of(call, "file")
    return json_reply(items.chosen(items.shown(service.store, file), call.fields()))


def update_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `PUT /files/:id` for name, description and parent."""
    file = items.item_of(call, "file")
    items.check_unchanged(call, file)
    body = call.json()
    name = items.check_name(text(body, "name")) if "name" in body else file.name
    description = _description(body, file.description)
    parent_id = file.parent_id or 0
    if "parent" in body:
        wanted = reference(body, "parent", type="folder")
        parent_id = items.find(service.store, user_id=call.user_id, kind="folder", id=wanted).id
    with service.store.write() as db:
        items.check_free(db, owner_id=call.user_id, parent_id=parent_id, name=name, but=file.id)
        db.execute(
            "UPDATE items SET name = ?, name_key = ?, description = ?, parent_id = ?, "
            "modified_at = ?, etag = etag + 1 WHERE id = ?",
            (name, items.key(name), description, parent_id, service.clock.now(), file.id),
        )
    return _shown(service, call)


def _description(body: dict[str, Any], current: str) -> str:
    given = body.get("description", current)
    if not isinstance(given, str):
        raise bad_request("'description' must be a string", name="description")
    return given


def delete_file(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /files/:id`: the file goes to the trash."""
    file = items.item_of(call, "file")
    items.check_unchanged(call, file)
    with service.store.write() as db:
        db.execute("UPDATE items SET trashed_at = ? WHERE id = ?", (service.clock.now(), file.id))
    return Reply(204)
