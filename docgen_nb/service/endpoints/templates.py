"""Templates: mark a file, list, unmark, and list the tags of a template."""

from typing import Any

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints.item_calls import find_own
from docgen_nb.service.http.json_body import required_id
from docgen_nb.service.http.messages import Reply, bad_request, is_id, json_reply, not_found
from docgen_nb.service.http.paging import marker_page
from docgen_nb.service.rendering import open_template
from docgen_nb.service.storage.seeded_history import ensure_rendered
from docgen_nb.service.storage.store import Row

MARKED = """templates.id, file_id, items.name, items.version_id FROM templates
    JOIN items ON items.id = templates.file_id AND items.trashed_at IS NULL"""
VERSION = """SELECT versions.*, templates.id AS mark FROM items
    LEFT JOIN templates ON templates.file_id = items.id
    LEFT JOIN versions ON versions.file_id = items.id AND versions.id = ? WHERE items.id = ?"""


def mark_template(call: Call) -> Reply:
    """Answer `POST /docgen_templates`. As on Box, any file can be marked, more than once."""
    file_id = required_id(call.json(), "file", type="file")
    sql = "INSERT OR IGNORE INTO templates (user_id, file_id, marked_at) VALUES (?, ?, ?)"
    with call.store.write() as db:
        find_own(call, "file", file_id)
        db.execute(sql, (call.user_id, file_id, call.now))
    return json_reply({"file": {"type": "file", "id": str(file_id)}}, status=201)


def list_templates(call: Call) -> Reply:
    """Answer `GET /docgen_templates`, in the order in which they were marked."""
    sql = (
        f"SELECT {MARKED} WHERE templates.user_id = ? AND templates.id > ? "
        "ORDER BY templates.id LIMIT ?"
    )
    return marker_page(
        call.request,
        key="templates",
        rows=lambda after, count: call.store.all(sql, (call.user_id, after, count)),
        entries=lambda rows: [_shape(row) for row in rows],
    )


def _shape(row: Row) -> dict[str, Any]:
    return {"file": {"type": "file", "id": str(row["file_id"])}, "file_name": row["name"]}


def get_template(call: Call) -> Reply:
    """Answer `GET /docgen_templates/:id`."""
    return json_reply(_shape(_template_of(call)))


def _template_of(call: Call) -> Row:
    template_id = call.id("template_id")
    sql = f"SELECT {MARKED} WHERE templates.user_id = ? AND file_id = ?"
    row = call.store.first(sql, (call.user_id, template_id))
    if row is None:
        raise not_found(f"template {template_id}")
    return row


def unmark_template(call: Call) -> Reply:
    """Answer `DELETE /docgen_templates/:id`: the file stays."""
    row = _template_of(call)
    with call.store.write(frees=True) as db:
        db.execute("DELETE FROM templates WHERE id = ?", (row["id"],))
    return Reply(204)


def list_tags(call: Call) -> Reply:
    """Answer `GET /docgen_templates/:id/tags`; a file that is not a Word document has none."""
    template = _template_of(call)
    version_id = call.request.one("template_version_id") or str(template["version_id"])
    if not is_id(version_id):
        raise bad_request("'template_version_id' is not an id", name="template_version_id")
    version = find_version(call, template["file_id"], int(version_id))
    assert version is not None
    content = ensure_rendered(call.store, version)
    tags = _tags(str(call.store.contents.existing(content.sha256)))
    return marker_page(
        call.request,
        key=f"tags{version_id}",
        rows=lambda after, count: tags[after : after + count],
        entries=lambda rows: [numbered["tag"] for numbered in rows],
    )


def find_version(call: Call, file_id: int, version_id: int) -> Row | None:
    """Return a version of a template; None if the file is not marked, 404 without this version."""
    row = call.store.one(VERSION, (version_id, file_id))
    if row["mark"] is None:
        return None
    if row["id"] is None:
        raise not_found(f"version {version_id} of template {file_id}")
    return row


def _tags(path: str) -> list[dict[str, Any]]:
    try:
        tags = open_template(path).tags()
    except UnreadableTemplate:
        return []  # a choice: Box documents nothing, and its SDK's tests need 200 or 202
    return [{"id": number, "tag": tag} for number, tag in enumerate(tags, start=1)]
