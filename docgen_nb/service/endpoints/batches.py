"""Batches and jobs: take a batch, show its jobs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from docgen_nb import wire
from docgen_nb.service.clock import rfc3339
from docgen_nb.service.endpoints import templates
from docgen_nb.service.http.json_body import reference, text
from docgen_nb.service.http.messages import (
    Refused,
    Reply,
    bad_request,
    json_reply,
    missing,
    not_found,
)
from docgen_nb.service.http.paging import page_reply
from docgen_nb.service.storage import items
from docgen_nb.service.storage.store import Database, Row

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

LIST = "document_generation_data"
COLUMNS = """jobs.id, batch_id, jobs.template_id, template_version_id, status, output_type,
    output_file_id, output_version_id, failures, external_id, batches.created_at, jobs.user_id,
    enterprise_id FROM jobs JOIN batches ON batches.id = batch_id
    JOIN users ON users.id = jobs.user_id"""
# CROSS JOIN keeps SQLite from reading anything but the list's own index in order.
COLUMNS = COLUMNS.replace("JOIN", "CROSS JOIN")

_encode = msgspec.json.Encoder(decimal_format="number").encode


def create_batch(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /docgen_batches`: 202 once every job is written down."""
    body = call.json()
    template_id = reference(body, "file", type="file")
    version_id = _template_version(call, body, template_id)
    if text(body, "input_source") != wire.INPUT_SOURCE:
        raise bad_request("'input_source' must be 'api'", name="input_source")
    folder_id = _folder(call, body)
    output_type = text(body, "output_type")
    if output_type not in wire.OUTPUT_TYPES:
        message = f"'output_type' must be 'docx' or 'pdf', not {output_type!r}"
        raise bad_request(message, name="output_type")
    entries = _entries(body)
    with service.store.write() as db:
        batch_id = db.execute(
            "INSERT INTO batches (user_id, template_id, template_version_id, folder_id, "
            "output_type, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (call.user_id, template_id, version_id, folder_id, output_type, service.clock.now()),
        ).lastrowid
        law = service.faults.law(template_id)
        for entry in entries:
            job_id = _add_job(db, entry, ids=(batch_id, call.user_id, template_id))
            if law.stays_pending(job_id):
                db.execute("UPDATE jobs SET held = 1 WHERE id = ?", (job_id,))
    service.work.wake()
    return json_reply({"type": "docgen_batch", "id": str(batch_id)}, status=202)


def _template_version(call: "Call", body: Mapping[str, Any], template_id: int) -> int:
    store = call.service.store
    items.find(store, user_id=call.user_id, kind="file", id=template_id)
    try:
        row = templates.find_template(store, user_id=call.user_id, template_id=template_id)
    except Refused as error:
        message = f"File {template_id} is not marked as a Doc Gen template"
        raise bad_request(message, name="file.id") from error
    version_id = int(row["version_id"])
    if body.get("file_version") is not None:
        version_id = reference(body, "file_version", type="file_version")
    if templates.version_path(store, file_id=template_id, version_id=version_id) is None:
        raise not_found(f"version {version_id} of template {template_id}")
    return version_id


def _folder(call: "Call", body: Mapping[str, Any]) -> int:
    folder_id = reference(body, "destination_folder", type="folder")
    try:
        return items.find(call.service.store, user_id=call.user_id, kind="folder", id=folder_id).id
    except Refused as error:  # Box's help page: 400 for a bad folder
        message = f"The destination folder {folder_id} was not found"
        raise bad_request(message, name="destination_folder.id") from error


def _entries(body: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
    given = body.get(LIST)
    if given is None:
        raise missing(LIST)
    if not isinstance(given, list) or not given:
        raise bad_request(f"'{LIST}' must be a list of at least one document", name=LIST)
    return [_entry(entry, f"{LIST}[{number}]") for number, entry in enumerate(given)]


def _entry(entry: Any, place: str) -> tuple[str, str, str | None]:
    """Return file name, data as JSON and external id of one document."""
    if not isinstance(entry, dict):
        raise bad_request(f"'{place}' must be an object", name=place)
    try:
        name = items.check_name(text(entry, "generated_file_name"))
    except Refused as error:
        where = f"{place}.generated_file_name"
        raise bad_request(f"'{where}': {error.message}", name=where) from error
    data = entry.get("user_input")
    if not isinstance(data, dict):
        where = f"{place}.user_input"
        raise bad_request(f"'{where}' must be an object", name=where)
    external_id = entry.get("external_id")
    if external_id is not None and not isinstance(external_id, str):
        raise bad_request(f"'{place}.external_id' must be a string", name=f"{place}.external_id")
    return name, _user_input(data, place), external_id


def _user_input(data: dict[str, Any], place: str) -> str:
    written = _encode(data)
    if len(written) > wire.MAX_USER_INPUT_BYTES:
        limit = wire.MAX_USER_INPUT_BYTES // 1024
        size = len(written) / 1024
        message = f"'{place}.user_input' has {size:.0f} KB; Doc Gen takes up to {limit} KB"
        raise bad_request(message, name=f"{place}.user_input")
    return written.decode()


def _add_job(
    db: Database, entry: tuple[str, str, str | None], *, ids: tuple[int | None, int, int]
) -> int:
    name, user_input, external_id = entry
    cursor = db.execute(
        "INSERT INTO jobs (batch_id, user_id, template_id, name, external_id) "
        "VALUES (?, ?, ?, ?, ?)",
        (*ids, name, external_id),
    )
    assert cursor.lastrowid is not None
    db.execute("INSERT INTO inputs VALUES (?, ?)", (cursor.lastrowid, user_input))
    return cursor.lastrowid


def list_jobs(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /docgen_jobs`: the user's own, newest first, in the full form."""
    return _page(call, "jobs.user_id = ?", (call.user_id,), key="jobs", newest=True)


def list_template_jobs(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /docgen_template_jobs/:id`, newest first; empty for a template without jobs."""
    template_id = call.id("template_id")
    items.find(service.store, user_id=call.user_id, kind="file", id=template_id)
    values = (call.user_id, template_id)
    where = "jobs.user_id = ? AND jobs.template_id = ?"
    return _page(call, where, values, key=f"template{template_id}", newest=True)


def list_batch_jobs(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /docgen_batch_jobs/:id`, in the order of the request."""
    batch_id = call.id("batch_id")
    sql = "SELECT 1 FROM batches WHERE id = ? AND user_id = ?"
    if service.store.first(sql, (batch_id, call.user_id)) is None:
        raise not_found(f"batch {batch_id}")
    return _page(call, "batch_id = ?", (batch_id,), key=f"batch{batch_id}", newest=False)


def _page(call: "Call", where: str, values: tuple[int, ...], *, key: str, newest: bool) -> Reply:
    step = ("<", "DESC") if newest else (">", "ASC")
    first = f"SELECT {COLUMNS} WHERE {where} ORDER BY jobs.id {step[1]} LIMIT ?"
    later = (
        f"SELECT {COLUMNS} WHERE {where} AND jobs.id {step[0]} ? ORDER BY jobs.id {step[1]} LIMIT ?"
    )

    def rows(after: int, count: int) -> list[Row]:
        store = call.service.store
        if not after:
            return store.all(first, (*values, count))
        return store.all(later, (*values, after, count))

    return page_reply(call, key=key, rows=rows, shape=_full if key == "jobs" else _standard)


def get_job(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /docgen_jobs/:id`, in the standard form: without a time, as on Box."""
    sql = f"SELECT {COLUMNS} WHERE jobs.id = ? AND jobs.user_id = ?"
    row = service.store.first(sql, (call.id("job_id"), call.user_id))
    if row is None:
        raise not_found(f"job {call.id('job_id')}")
    return json_reply(_standard(row))


def _standard(row: Row) -> dict[str, Any]:
    # As in COLUMNS; by their names each would be looked for anew, in twice the time.
    id, batch_id, file_id, version_id, status, output_type, output, output_version = row[:8]
    failures, external_id = row[8:10]
    found = {
        "id": str(id),
        "type": "docgen_job",
        "batch": _reference("docgen_batch", batch_id),
        "template_file": _reference("file", file_id),
        "template_file_version": _reference("file_version", version_id),
        "output_file": _reference("file", output),
        "output_file_version": _reference("file_version", output_version),
        "status": status,
        "output_type": output_type,
        "failures": msgspec.Raw(failures) if failures else None,
    }
    if external_id is not None:
        # In Box's Python SDK since 10.18, in no OpenAPI: shown only where it was given.
        found["external_id"] = external_id
    return found


def _reference(type: str, id: int | None) -> dict[str, str] | None:
    return None if id is None else {"type": type, "id": str(id)}


def _full(row: Row) -> dict[str, Any]:
    created_at, user_id, enterprise_id = row[10:]
    found = _standard(row)
    found["created_by"] = _reference("user", user_id)
    found["enterprise"] = {"type": "enterprise", "id": enterprise_id}
    found["source"] = wire.INPUT_SOURCE
    found["created_at"] = rfc3339(created_at)
    return found
