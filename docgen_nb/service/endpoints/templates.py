"""Templates: mark a file as one, list them, unmark, and the tags in one."""

from typing import TYPE_CHECKING, Any

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.service.http.json_body import reference
from docgen_nb.service.http.messages import Reply, bad_request, is_id, json_reply, not_found
from docgen_nb.service.http.paging import page_reply
from docgen_nb.service.rendering import open_template
from docgen_nb.service.storage import items
from docgen_nb.service.storage.seeded_history import made
from docgen_nb.service.storage.store import Row, Store

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

MARKED = """templates.id, file_id, items.name, items.version_id FROM templates
    JOIN items ON items.id = templates.file_id AND items.trashed_at IS NULL"""


def mark_template(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /docgen_templates`. Any file can be marked, and twice, as on Box."""
    file_id = reference(call.json(), "file", type="file")
    file = items.find(service.store, user_id=call.user_id, kind="file", id=file_id)
    with service.store.write() as db:
        values = (call.user_id, file.id, service.clock.now())
        sql = "INSERT OR IGNORE INTO templates (user_id, file_id, marked_at) VALUES (?, ?, ?)"
        db.execute(sql, values)
    return json_reply({"file": {"type": "file", "id": str(file.id)}}, status=201)


def list_templates(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /docgen_templates`, in the order in which they were marked."""
    sql = (
        f"SELECT {MARKED} WHERE templates.user_id = ? AND templates.id > ? "
        "ORDER BY templates.id LIMIT ?"
    )
    return page_reply(
        call,
        key="templates",
        rows=lambda after, count: service.store.all(sql, (call.user_id, after, count)),
        shape=_shape,
    )


def _shape(row: Row) -> dict[str, Any]:
    return {"file": {"type": "file", "id": str(row["file_id"])}, "file_name": row["name"]}


def find_template(store: Store, *, user_id: int, template_id: int) -> Row:
    """Return a template of a user; 404 if there is none."""
    sql = f"SELECT {MARKED} WHERE templates.user_id = ? AND file_id = ?"
    row = store.first(sql, (user_id, template_id))
    if row is None:
        raise not_found(f"template {template_id}")
    return row


def get_template(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /docgen_templates/:id`."""
    template_id = call.id("template_id")
    row = find_template(service.store, user_id=call.user_id, template_id=template_id)
    return json_reply(_shape(row))


def unmark_template(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /docgen_templates/:id`: the file stays."""
    template_id = call.id("template_id")
    row = find_template(service.store, user_id=call.user_id, template_id=template_id)
    with service.store.write() as db:
        db.execute("DELETE FROM templates WHERE id = ?", (row["id"],))
    return Reply(204)


def version_path(store: Store, *, file_id: int, version_id: int) -> str | None:
    """Return where a version of a file lies, or None if the file has no such version."""
    sql = "SELECT * FROM versions WHERE id = ? AND file_id = ?"
    row = store.first(sql, (version_id, file_id))
    return None if row is None else str(store.path(made(store, row).sha256))


def list_tags(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /docgen_templates/:id/tags`; a file that is no Word document has none."""
    template_id = call.id("template_id")
    row = find_template(service.store, user_id=call.user_id, template_id=template_id)
    wanted = call.request.one("template_version_id") or str(row["version_id"])
    if not is_id(wanted):
        raise bad_request("'template_version_id' is not an id", name="template_version_id")
    path = version_path(service.store, file_id=template_id, version_id=int(wanted))
    if path is None:
        raise not_found(f"version {wanted} of template {template_id}")
    tags = _tags(path)
    return page_reply(
        call,
        key=f"tags{wanted}",
        rows=lambda after, count: tags[after : after + count],
        shape=lambda numbered: numbered["tag"],
    )


def _tags(path: str) -> list[dict[str, Any]]:
    try:
        tags = open_template(path).tags()
    except UnreadableTemplate:
        return []  # a choice: Box documents nothing, and its SDK's tests need 200 or 202
    return [{"id": number, "tag": tag} for number, tag in enumerate(tags, start=1)]
