"""The ten Doc Gen calls answer like Box, with real templates and documents."""

from decimal import Decimal
from io import BytesIO
from uuid import UUID

import docx
import pytest
from api import Api, batch_body, error

from docgen_nb import samples
from docgen_nb.service import LocalDocGen

GREETING = "Dear {{name}},"


def paragraphs(content: bytes) -> list[str]:
    return [p.text for p in docx.Document(BytesIO(content)).paragraphs if p.text]


def test_a_batch_becomes_documents_in_the_folder(local, both):
    template = both.template(samples.template(GREETING))
    folder = both.folder("Letters")

    batch = both.batch(batch_body(template, folder, [{"name": "Ada"}, {"name": "Grace"}]))
    local.finish()

    jobs = both.entries(f"/2.0/docgen_batch_jobs/{batch}")
    assert [job["status"] for job in jobs] == ["completed", "completed"]
    assert [paragraphs(both.content(job["output_file"]["id"])) for job in jobs] == [
        ["Dear Ada,"],
        ["Dear Grace,"],
    ]
    names = [entry["name"] for entry in both.entries(f"/2.0/folders/{folder}/items")]
    assert names == ["Document 1.docx", "Document 2.docx"]


def test_a_job_has_exactly_the_documented_fields(local, api):
    template = api.template(samples.template(GREETING))
    folder = api.folder("Letters")
    batch = api.batch(batch_body(template, folder, [{"name": "Ada", "age": 36}]))
    local.finish()

    listed = api.entries(f"/2.0/docgen_batch_jobs/{batch}")[0]
    full = api.entries("/2.0/docgen_jobs")[0]

    version = api("GET", f"/2.0/files/{template}").json()["file_version"]["id"]
    output = api.entries(f"/2.0/folders/{folder}/items")[0]
    assert listed == {
        "id": listed["id"],
        "type": "docgen_job",
        "batch": {"type": "docgen_batch", "id": batch},
        "template_file": {"type": "file", "id": template},
        "template_file_version": {"type": "file_version", "id": version},
        "output_file": {"type": "file", "id": output["id"]},
        "output_file_version": {"type": "file_version", "id": output["file_version"]["id"]},
        "status": "completed",
        "output_type": "docx",
        "failures": {
            "errors": [],
            "warnings": ["The tag 'age' was provided but not used in the template."],
        },
        "created_at": full["created_at"],
    }
    me = api("GET", "/2.0/users/me", params={"fields": "enterprise"}).json()
    assert full == listed | {
        "created_by": {"type": "user", "id": me["id"]},
        "enterprise": {"type": "enterprise", "id": me["enterprise"]["id"]},
        "source": "api",
    }
    one = api("GET", f"/2.0/docgen_jobs/{listed['id']}").json()
    assert one == {name: value for name, value in listed.items() if name != "created_at"}
    assert api.entries(f"/2.0/docgen_template_jobs/{template}") == [listed]
    assert UUID(batch).version == 4


def test_ids_of_jobs_ascend_in_the_order_of_the_request_with_gaps(local, api):
    template = api.template(samples.template(GREETING))
    body = batch_body(template, "0", [{"name": str(number)} for number in range(20)])
    for number, document in enumerate(body["document_generation_data"]):
        document["external_id"] = str(number)
    batch = api.batch(body)

    jobs = api.entries(f"/2.0/docgen_batch_jobs/{batch}")

    assert [job["external_id"] for job in jobs] == [str(number) for number in range(20)]
    ids = [int(job["id"]) for job in jobs]
    assert ids == sorted(ids)
    assert ids[-1] - ids[0] > 20
    again = api.entries(f"/2.0/docgen_batch_jobs/{batch.upper()}")
    assert [int(job["id"]) for job in again] == ids


@pytest.mark.parametrize("id", ["1", "3000001", "no uuid", "64621e09", "%00"])
def test_a_batch_of_another_id_is_not_found(local, api, id):
    assert error(api("GET", f"/2.0/docgen_batch_jobs/{id}"))[:2] == (404, "not_found")


def test_missing_data_keeps_the_tag_and_completes_with_error(local, api):
    template = api.template(samples.template(GREETING))
    batch = api.batch(batch_body(template, "0", [{}]))
    local.finish()
    job = api.entries(f"/2.0/docgen_batch_jobs/{batch}")[0]
    assert job["status"] == "completed_with_error"
    assert job["failures"] == {
        "errors": ["The tag 'name' was not provided in the input data."],
        "warnings": [],
    }
    assert paragraphs(api.content(job["output_file"]["id"])) == ["Dear {{name}},"]


@pytest.mark.parametrize("content", [b"", b"no zip at all", bytes(1000)])
def test_jobs_of_an_unreadable_template_fail(local, api, content):
    template = api.template(content, name="broken.pdf")
    assert api.entries(f"/2.0/docgen_templates/{template}/tags") == []
    batch = api.batch(batch_body(template, "0", [{}]))
    local.finish()
    job = api.entries(f"/2.0/docgen_batch_jobs/{batch}")[0]
    assert (job["status"], job["output_file"], job["output_file_version"]) == ("failed", None, None)
    message = "The file is not a .docx: it is not a zip archive."
    assert job["failures"] == {"errors": [message], "warnings": []}


def test_jobs_are_pending_then_submitted_then_finished():
    with LocalDocGen(workers=0) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        batch = api.batch(batch_body(template, "0", [{"name": "Ada"}]))
        row = local.store.first("SELECT status FROM jobs")
        seen = [row["status"]]
        for _ in range(2):
            seen.append(api.entries(f"/2.0/docgen_batch_jobs/{batch}")[0]["status"])
    assert seen == ["pending", "submitted", "completed"]


def test_numbers_keep_their_digits(local, api):
    template = api.template(samples.template("{{amount}} and {{count}}"))
    body = (
        '{"file": {"type": "file", "id": "%s"}, "input_source": "api", "output_type": "docx", '
        '"destination_folder": {"type": "folder", "id": 0}, "document_generation_data": '
        '[{"generated_file_name": "a", "user_input": {"amount": 5060.50, "count": 12}}]}'
    )
    batch = api("POST", "/2.0/docgen_batches", data=body % template).json()["id"]
    local.finish()
    job = api.entries(f"/2.0/docgen_batch_jobs/{batch}")[0]
    assert paragraphs(api.content(job["output_file"]["id"])) == ["5060.50 and 12"]
    assert Decimal("5060.50") == Decimal("5060.5")


def test_a_duplicate_file_name_gets_a_number(local, api):
    template = api.template(samples.template(GREETING))
    api.upload(b"", name="Letter (1).docx")
    entry = {"generated_file_name": "Letter", "user_input": {"name": "Ada"}}
    body = batch_body(template, "0", [], document_generation_data=[entry] * 3)
    api.batch(body)
    local.finish()
    assert [e["name"] for e in api.entries("/2.0/folders/0/items")] == [
        "Letter (1).docx",
        "Letter (2).docx",
        "Letter (3).docx",
        "Letter.docx",
        "template.docx",
    ]


def test_a_batch_can_use_an_older_template_version(local, api):
    template = api.template(samples.template("old {{name}}"))
    old = api("GET", f"/2.0/files/{template}").json()["file_version"]["id"]
    parts = {"attributes": (None, "{}"), "file": ("", samples.template("new {{name}} {{date}}"))}
    api("POST", f"/2.0/files/{template}/content", files=parts)
    data = [{"name": "Ada", "date": "today"}]
    version = {"type": "file_version", "id": old}

    api.batch(batch_body(template, "0", data, file_version=version))
    api.batch(batch_body(template, "0", data))
    local.finish()

    older, newer = api.entries("/2.0/docgen_jobs")
    assert paragraphs(api.content(newer["output_file"]["id"])) == ["new Ada today"]
    assert paragraphs(api.content(older["output_file"]["id"])) == ["old Ada"]
    tags = f"/2.0/docgen_templates/{template}/tags"
    assert [t["tag_content"] for t in api.entries(tags)] == ["{{name}}", "{{date}}"]
    assert [t["tag_content"] for t in api.entries(tags, template_version_id=old)] == ["{{name}}"]


def test_a_job_fails_if_its_folder_was_deleted():
    with LocalDocGen(workers=0) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        folder = api.folder("Letters")
        batch = api.batch(batch_body(template, folder, [{"name": "Ada"}]))
        api("DELETE", f"/2.0/folders/{folder}")
        local.finish()
        job = api.entries(f"/2.0/docgen_batch_jobs/{batch}")[0]
    assert (job["status"], job["output_file"]) == ("failed", None)
    message = f"The destination folder {folder} was not found."
    assert job["failures"] == {"errors": [message], "warnings": []}


@pytest.mark.parametrize("external_id", ["A-1", "", '"},%s\\', "\x00\x1f\u2028", "é 🙂"])
def test_external_ids_are_shown_on_jobs(local, api, external_id):
    template = api.template(samples.template(GREETING))
    entry = {"generated_file_name": "a", "user_input": {"name": "Ada"}, "external_id": external_id}
    api.batch(batch_body(template, "0", [], document_generation_data=[entry]))
    job = api.entries("/2.0/docgen_jobs")[0]
    assert job["external_id"] == external_id
    assert api("GET", f"/2.0/docgen_jobs/{job['id']}").json()["external_id"] == external_id


def test_templates_are_marked_listed_and_unmarked(api):
    first = api.template(samples.template(GREETING), name="a.docx")
    second = api.template(samples.template(GREETING), name="b.docx")
    again = api("POST", "/2.0/docgen_templates", json={"file": {"type": "file", "id": first}})
    assert (again.status_code, again.json()) == (201, {"file": {"type": "file", "id": first}})
    assert api.entries("/2.0/docgen_templates") == [
        {"file": {"type": "file", "id": first}, "file_name": "a.docx"},
        {"file": {"type": "file", "id": second}, "file_name": "b.docx"},
    ]
    path = f"/2.0/docgen_templates/{first}"
    assert api("GET", path).json()["file_name"] == "a.docx"
    assert api("DELETE", path).status_code == 204
    assert error(api("DELETE", path)) == (404, "not_found", f"Not Found: template {first}")
    assert api("GET", f"/2.0/files/{first}").status_code == 200
    assert api.entries(f"/2.0/docgen_template_jobs/{first}") == []


def test_pages_of_any_size_give_the_same_list(local, api):
    template = api.template(samples.template(GREETING))
    batch = api.batch(batch_body(template, "0", [{"name": str(n)} for n in range(7)]))
    expected = [job["id"] for job in api.entries("/2.0/docgen_jobs")]
    assert expected == sorted(expected)
    for path, ids in (
        ("/2.0/docgen_jobs", expected),
        (f"/2.0/docgen_batch_jobs/{batch}", expected),
        (f"/2.0/docgen_template_jobs/{template}", expected),
    ):
        for limit in (1, 3, 7, 8):
            walked, marker = [], "0"
            while marker:
                page = api("GET", path, params={"limit": limit, "marker": marker}).json()
                assert page["limit"] == limit
                walked += [job["id"] for job in page["entries"]]
                marker = page["next_marker"]
            assert walked == ids


def test_tags_are_listed_in_pages(api):
    template = api.template(samples.template("{{a}} {{b}} {{c}}"))
    path = f"/2.0/docgen_templates/{template}/tags"
    page = api("GET", path, params={"limit": 2}).json()
    assert [tag["tag_content"] for tag in page["entries"]] == ["{{a}}", "{{b}}"]
    rest = api("GET", path, params={"limit": 2, "marker": page["next_marker"]}).json()
    assert [tag["tag_content"] for tag in rest["entries"]] == ["{{c}}"]
    assert rest["next_marker"] is None


def test_a_limit_over_the_maximum_is_clamped(api):
    assert api("GET", "/2.0/docgen_jobs", params={"limit": 10_000}).json()["limit"] == 1000


@pytest.mark.parametrize("limit", ["-1", "0", "x", "1.5"])
def test_an_invalid_limit_is_refused(api, limit):
    reply = api("GET", "/2.0/docgen_jobs", params={"limit": limit})
    assert error(reply) == (400, "invalid_limit", "Limit is not a valid number")


def test_an_invalid_marker_is_refused(api):
    template = api.template(samples.template("{{a}} {{b}}"))
    path = f"/2.0/docgen_templates/{template}/tags"
    other = api("GET", path, params={"limit": 1}).json()["next_marker"]
    for marker in ("nonsense", "é", "%00", other):
        reply = api("GET", "/2.0/docgen_jobs", params={"marker": marker})
        message = f"The marker {marker!r} does not belong to this list."
        assert error(reply) == (400, "bad_request", message)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (None, "Missing required box-version header."),
        ("", "Invalid (empty) API version specified in 'box-version' header."),
        ("2026.0", "Invalid API version specified in 'box-version' header."),
        ("2024.0", "Unsupported API version specified in 'box-version' header."),
        (
            "2025.0,2025.0",
            "The 'box-version' header supports only one header value per request, "
            "do not use comas.",
        ),
    ],
)
def test_doc_gen_calls_need_the_version_header(both, version, message):
    reply = both("GET", "/2.0/docgen_jobs", headers={"box-version": version})
    text = f"{message} Supported API versions: [2025.0]."
    assert error(reply) == (400, "invalid_api_version", text)


def change(**parts):
    return parts


@pytest.mark.parametrize(
    ("changes", "name", "message"),
    [
        (change(file=None), "file", "'file' is required"),
        (change(file="1"), "file", "'file' must be an object"),
        (change(file={"type": "file"}), "file.id", "'file.id' is required"),
        (change(file={"type": "folder", "id": "1"}), "file.type", "'file.type' must be 'file'"),
        (change(file={"id": "x"}), "file.id", "'file.id' is not an id: 'x'"),
        (change(input_source="word"), "input_source", "'input_source' must be 'api'"),
        (
            change(output_type="odt"),
            "output_type",
            "'output_type' must be 'docx' or 'pdf', not 'odt'",
        ),
        (
            change(output_type="PDF"),
            "output_type",
            "'output_type' must be 'docx' or 'pdf', not 'PDF'",
        ),
        (
            change(destination_folder={"type": "folder", "id": "99"}),
            "destination_folder.id",
            "The destination folder 99 was not found",
        ),
        (
            change(document_generation_data=[]),
            "document_generation_data",
            "'document_generation_data' must be a list of at least one document",
        ),
        (
            change(document_generation_data=["x"]),
            "document_generation_data[0]",
            "'document_generation_data[0]' must be an object",
        ),
        (
            change(document_generation_data=[{"generated_file_name": "a", "user_input": []}]),
            "document_generation_data[0].user_input",
            "'document_generation_data[0].user_input' must be an object",
        ),
        (
            change(
                document_generation_data=[
                    {"generated_file_name": "a", "user_input": {}, "external_id": 7}
                ]
            ),
            "document_generation_data[0].external_id",
            "'document_generation_data[0].external_id' must be a string",
        ),
        (
            change(document_generation_data=[{"generated_file_name": "a/b", "user_input": {}}]),
            "document_generation_data[0].generated_file_name",
            "'document_generation_data[0].generated_file_name': The name 'a/b' is not allowed: "
            "it contains a slash, a backslash or a control character.",
        ),
        (
            change(
                document_generation_data=[
                    {"generated_file_name": "a", "user_input": {"x": "y" * 10 * 1024 * 1024}}
                ]
            ),
            "document_generation_data[0].user_input",
            "'document_generation_data[0].user_input' is 10240 KB long; the limit is 100 KB",
        ),
    ],
)
def test_an_invalid_batch_is_refused_and_creates_no_job(api, changes, name, message):
    template = api.template(samples.template(GREETING))
    body = batch_body(template, "0", [{"name": "Ada"}], **changes)
    reply = api("POST", "/2.0/docgen_batches", json=body)
    assert error(reply) == (400, "bad_request", message)
    assert reply.json()["context_info"]["errors"][0]["name"] == name
    assert api.entries("/2.0/docgen_jobs") == []


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("Letter.DOCX", ["Letter.docx", "Letter (1).docx"]),
        ("a" * 255, [f"{'a' * 242}.docx", f"{'a' * 242} (1).docx"]),
    ],
)
def test_the_name_of_a_document_has_one_ending_and_room_for_a_number(local, api, name, files):
    template = api.template(samples.template(GREETING))
    body = batch_body(template, api.folder("Letters"), [{"name": "Ada"}] * 2)
    for document in body["document_generation_data"]:
        document["generated_file_name"] = name
    api.batch(body)
    local.finish()

    folder = body["destination_folder"]["id"]
    assert sorted(item["name"] for item in api.entries(f"/2.0/folders/{folder}/items")) == sorted(
        files
    )


@pytest.mark.parametrize(("more", "status"), [(0, 202), (1, 400)])
def test_the_data_of_a_document_may_have_100_kb(api, more, status):
    template = api.template(samples.template(GREETING))
    data = {"name": "a" * (100 * 1024 - len('{"name":""}') + more)}
    reply = api("POST", "/2.0/docgen_batches", json=batch_body(template, "0", [data]))
    assert reply.status_code == status


def test_a_batch_needs_a_marked_template(api):
    file = api.upload(samples.template(GREETING), name="a.docx")["id"]
    reply = api("POST", "/2.0/docgen_batches", json=batch_body(file, "0", [{}]))
    message = f"File {file} is not marked as a Doc Gen template"
    assert error(reply) == (400, "bad_request", message)
    gone = api("POST", "/2.0/docgen_batches", json=batch_body("99", "0", [{}]))
    assert error(gone) == (404, "not_found", "Not Found: file 99")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[1]", "The request body must be a JSON object."),
        (b"{", "The request body is not valid JSON: Expecting property name enclosed in double "
               "quotes: line 1 column 2 (char 1)."),
        (b'{"a": NaN}', "The request body is not valid JSON: NaN is not a JSON value."),
        (b'{"a": "\xff"}', "The request body is not valid JSON: byte 7 is not UTF-8."),
        (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}",
         "The request body is not valid JSON: it is nested more than 100 levels deep."),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
         "The request body is not valid JSON: it is nested too deeply."),
    ],
)  # fmt: skip
def test_a_body_that_is_not_a_json_object_is_refused(both, body, message):
    reply = both("POST", "/2.0/docgen_batches", data=body)
    assert error(reply) == (400, "bad_request", message)


def test_a_deeply_nested_user_input_is_accepted(local, api):
    template = api.template(samples.template(GREETING))
    data: dict = {}
    for _ in range(50):
        data = {"inner": data}
    api.batch(batch_body(template, "0", [data | {"name": "Ada"}]))
    local.finish()
    assert api.entries("/2.0/docgen_jobs")[0]["status"] == "completed"
