"""Batches and jobs: create a batch, list and show its jobs."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from docgen_nb import exact_json, wire
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints import templates
from docgen_nb.service.endpoints.files import check_version
from docgen_nb.service.endpoints.item_calls import find_own
from docgen_nb.service.http.json_body import required_id, required_text
from docgen_nb.service.http.messages import (
    ApiFailure,
    Reply,
    bad_request,
    json_reply,
    missing,
    not_found,
)
from docgen_nb.service.http.paging import marker_page
from docgen_nb.service.storage import items
from docgen_nb.service.storage.job_ids import batch_uuid, next_job_id
from docgen_nb.service.storage.seeded_history import ensure_rendered
from docgen_nb.service.storage.store import Row, insert

LIST = "document_generation_data"
INSERT_JOB = """INSERT INTO jobs (id, batch_id, user_id, template_id, name, external_id)
    VALUES (?, ?, ?, ?, ?, ?)"""
NO_ID = (1 << 63) - 1  # above all ids
LAST_JOB = "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'"


class Document(NamedTuple):
    """One document of a batch; its data as JSON."""

    name: str
    user_input: str
    external_id: str | None


def create_batch(call: Call) -> Reply:
    """Answer `POST /docgen_batches`: 202 once every job is stored."""
    body = call.json()
    template_id = required_id(body, "file", type="file")
    version_id = _template_version(call, body, template_id)
    if required_text(body, "input_source") != wire.INPUT_SOURCE:
        raise bad_request("'input_source' must be 'api'", name="input_source")
    folder_id = _folder(call, required_id(body, "destination_folder", type="folder"))
    output_type = required_text(body, "output_type")
    if output_type not in wire.OUTPUT_TYPES:
        message = f"'output_type' must be 'docx' or 'pdf', not {output_type!r}"
        raise bad_request(message, name="output_type")
    documents = _documents(body)
    behavior = call.context.faults.behavior(template_id)
    with call.store.write() as db:
        check_version(db, version_id)
        _folder(call, folder_id)
        batch_id = insert(
            db,
            "batches",
            user_id=call.user_id,
            template_id=template_id,
            template_version_id=version_id,
            folder_id=folder_id,
            output_type=output_type,
            created_at=call.now,
        )
        is_uuid = call.context.answers.get("batch_id") != "decimal"
        id = batch_uuid(batch_id) if is_uuid else str(batch_id)
        db.execute("UPDATE batches SET uuid = ? WHERE id = ?", (id, batch_id))
        (job_id,) = db.execute(LAST_JOB).fetchone()
        for name, user_input, external_id in documents:
            job_id = next_job_id(job_id)
            db.execute(INSERT_JOB, (job_id, batch_id, call.user_id, template_id, name, external_id))
            db.execute("INSERT INTO inputs VALUES (?, ?)", (job_id, user_input))
            if behavior.stays_pending(job_id):
                db.execute("UPDATE jobs SET held = 1 WHERE id = ?", (job_id,))
    call.context.wake()
    return json_reply({"type": "docgen_batch", "id": id}, status=202)


def _template_version(call: Call, body: Mapping[str, Any], template_id: int) -> int:
    version_id = find_own(call, "file", template_id).version_id
    if body.get("file_version") is not None:
        version_id = required_id(body, "file_version", type="file_version")
    assert version_id is not None
    version = templates.find_version(call, template_id, version_id)
    if version is None:
        message = f"File {template_id} is not marked as a Doc Gen template"
        raise bad_request(message, name="file.id")
    ensure_rendered(call.store, version)  # a document of a seeded history can be a template, too
    return version_id


def _folder(call: Call, folder_id: int) -> int:
    try:
        return find_own(call, "folder", folder_id).id
    except ApiFailure as error:  # Box's help page: 400 for a bad folder
        message = f"The destination folder {folder_id} was not found"
        raise bad_request(message, name="destination_folder.id") from error


def _documents(body: Mapping[str, Any]) -> list[Document]:
    entries = body.get(LIST)
    if entries is None:
        raise missing(LIST)
    if not isinstance(entries, list) or not entries:
        raise bad_request(f"'{LIST}' must be a list of at least one document", name=LIST)
    return [_document(entry, f"{LIST}[{number}]") for number, entry in enumerate(entries)]


def _document(entry: Any, place: str) -> Document:
    if not isinstance(entry, dict):
        raise bad_request(f"'{place}' must be an object", name=place)
    try:
        name = items.check_name(required_text(entry, "generated_file_name"))
    except ApiFailure as error:
        field = f"{place}.generated_file_name"
        raise bad_request(f"'{field}': {error.message}", name=field) from error
    user_input = _user_input(entry.get("user_input"), f"{place}.user_input")
    external_id = entry.get("external_id")
    if external_id is not None and not isinstance(external_id, str):
        raise bad_request(f"'{place}.external_id' must be a string", name=f"{place}.external_id")
    return Document(name, user_input, external_id)


def _user_input(data: Any, field: str) -> str:
    if not isinstance(data, dict):
        raise bad_request(f"'{field}' must be an object", name=field)
    encoded = exact_json.encode(data)
    if len(encoded) > wire.MAX_USER_INPUT_BYTES:
        limit = wire.MAX_USER_INPUT_BYTES // 1024
        size = len(encoded) / 1024
        message = f"'{field}' is {size:.0f} KB long; the limit is {limit} KB"
        raise bad_request(message, name=field)
    return encoded.decode()


# The JSON of a job is put together from pieces that its batch shares: pages of jobs are the most
# frequent call, and take a third of the time that a dict for each job takes.
JOB_VALUE = "\0"  # the place of a value of the job itself


def _text(value: str) -> str:
    """Return a JSON string of digits or words, which need no escapes."""
    return f'"{value}"'


def _reference(type: str, id: str) -> str:
    return f'{{"type":"{type}","id":"{id}"}}'


# Of each field the JSON, with the names of columns of the batch.
STANDARD = {
    "id": _text(JOB_VALUE),
    "type": _text("docgen_job"),
    "batch": _reference("docgen_batch", "%(uuid)s"),
    "template_file": _reference("file", "%(template_id)s"),
    "template_file_version": _reference("file_version", "%(template_version_id)s"),
    "output_file": JOB_VALUE,
    "output_file_version": JOB_VALUE,
    "status": _text(JOB_VALUE),
    "output_type": _text("%(output_type)s"),
    "failures": JOB_VALUE,
}
LISTED = STANDARD | {"created_at": _text("%(created)s")}
FULL = LISTED | {
    "created_by": _reference("user", "%(user_id)s"),
    "enterprise": _reference("enterprise", "%(enterprise_id)s"),
    "source": _text(wire.INPUT_SOURCE),
}
SELECT = """SELECT id, batch_id, output_file_id, output_version_id, status, failures, external_id
    FROM jobs"""
# Of jobs, by one query: they can have a batch each.
BATCHES = """SELECT batches.*, enterprise_id,
    strftime('%Y-%m-%dT%H:%M:%S+00:00', CAST(batches.created_at AS INTEGER), 'unixepoch') AS created
    FROM batches JOIN users ON users.id = user_id
    WHERE batches.id IN (SELECT value FROM json_each(?))"""


def _form(fields: Mapping[str, str]) -> str:
    json = ",".join(f'"{name}":{json}' for name, json in fields.items())
    return f"{{{json}{JOB_VALUE}}}"


STANDARD_FORM, LISTED_FORM, FULL_FORM = _form(STANDARD), _form(LISTED), _form(FULL)


def _jobs_json(call: Call, jobs: Sequence[Row], form: str) -> list[str]:
    """Return the JSON of jobs in one of the three forms."""
    ids = exact_json.encode({job["batch_id"] for job in jobs}).decode()
    pieces = {row["id"]: (form % row).split(JOB_VALUE) for row in call.store.all(BATCHES, (ids,))}
    return [_job_json(job, pieces) for job in jobs]


def _job_json(job: Row, pieces: Mapping[int, Sequence[str]]) -> str:
    id, batch_id, file_id, version_id, status, failures, external_id = job
    to_id, to_file, to_version, to_status, to_failures, to_external_id, end = pieces[batch_id]
    file = "null" if file_id is None else f'{{"type":"file","id":"{file_id}"}}'
    version = "null" if version_id is None else f'{{"type":"file_version","id":"{version_id}"}}'
    external = ""
    if external_id is not None:
        # Box's Python SDK reads it since 10.18; the OpenAPI lacks it. Only jobs with one show it.
        external = f',"external_id":{exact_json.encode(external_id).decode()}'
    return (
        f"{to_id}{id}{to_file}{file}{to_version}{version}{to_status}{status}"
        f"{to_failures}{failures or 'null'}{to_external_id}{external}{end}"
    )


def list_jobs(call: Call) -> Reply:
    """Answer `GET /docgen_jobs`: the user's own, oldest first as on Box, in the full form."""
    return _page(call, "jobs.user_id = ?", (call.user_id,), key="jobs")


def list_template_jobs(call: Call) -> Reply:
    """Answer `GET /docgen_template_jobs/:id`, oldest first; empty for a template without jobs."""
    template_id = call.id("template_id")
    find_own(call, "file", template_id)
    values = (call.user_id, template_id)
    where = "jobs.user_id = ? AND jobs.template_id = ?"
    return _page(call, where, values, key=f"template{template_id}")


def list_batch_jobs(call: Call) -> Reply:
    """Answer `GET /docgen_batch_jobs/:id`, in the order of the request."""
    batch_id = call.params["batch_id"].lower()
    sql = "SELECT id FROM batches WHERE uuid = ? AND user_id = ?"
    row = call.store.first(sql, (batch_id, call.user_id))
    if row is None:
        raise not_found(f"batch {batch_id[:60]}")
    return _page(call, "batch_id = ?", (row["id"],), key=f"batch{row['id']}")


def _page(call: Call, where: str, values: tuple[int, ...], *, key: str) -> Reply:
    form = FULL_FORM if key == "jobs" else LISTED_FORM
    kind = key.rstrip("0123456789")
    question = "jobs_order" if kind == "jobs" else f"{kind}_jobs_order"
    is_newest_first = question in call.context.answers

    def rows(after: int, count: int) -> list[Row]:
        sql = f"{SELECT} WHERE {where} AND jobs.id > ? ORDER BY jobs.id LIMIT ?"
        if is_newest_first:
            sql = f"{SELECT} WHERE {where} AND jobs.id < ? ORDER BY jobs.id DESC LIMIT ?"
            after = after or NO_ID
        return call.store.all(sql, (*values, after, count))

    def entries(jobs: Sequence[Row]) -> msgspec.Raw:
        return msgspec.Raw(f"[{','.join(_jobs_json(call, jobs, form))}]")

    return marker_page(call.request, key=key, rows=rows, entries=entries)


def get_job(call: Call) -> Reply:
    """Answer `GET /docgen_jobs/:id`, in the standard form: without a time, as on Box."""
    sql = f"{SELECT} WHERE jobs.id = ? AND jobs.user_id = ?"
    row = call.store.first(sql, (call.id("job_id"), call.user_id))
    if row is None:
        raise not_found(f"job {call.id('job_id')}")
    (job,) = _jobs_json(call, [row], STANDARD_FORM)
    return json_reply(msgspec.Raw(job))
