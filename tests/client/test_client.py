"""Tests of every method of the client on the embedded service, in process and on a port."""

import io
import os
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from standin import Answer, scripted

from docgen_nb import wire
from docgen_nb.auth import ClientCredentials, GivenToken
from docgen_nb.client import Client
from docgen_nb.client.clock_offset import ClockOffset
from docgen_nb.client.listing import Listing
from docgen_nb.client.reply import Page
from docgen_nb.client.request_body import read_source
from docgen_nb.connection import connect
from docgen_nb.errors import (
    ApiError,
    BadRequest,
    Conflict,
    NotFound,
    NotReady,
    Unauthorized,
    UnreadableReply,
)
from docgen_nb.service import LocalDocGen
from docgen_nb.service.clock import Clock

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
DOCX = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}" Target="word/document.xml"/></Relationships>',
    "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>'
    "<w:p><w:r><w:t>Dear {{name}} of {{city}}</w:t></w:r></w:p></w:body></w:document>",
}


def letter():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in DOCX.items():
            package.writestr(name, content)
    return file.getvalue()


def document_text(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return "".join(ElementTree.fromstring(package.read("word/document.xml")).itertext())


@pytest.fixture(params=["adapter", "port"])
def box(request, local):
    """Return a client of `local`, once by the adapter and once by a port."""
    if request.param == "adapter":
        with local.session() as session:
            token = GivenToken("any")
            with Client(wire.LOCAL_URL, token_source=token, session=session) as client:
                yield client
    else:
        with local.listen() as url, Client(url, token_source=GivenToken("any")) as client:
            yield client


@pytest.fixture
def template(box):
    file = box.upload_file(letter(), name="Letter.docx")
    box.mark_template(file["id"])
    return file


def send(box, template, *names, folder="0", output_type="docx"):
    entries = [
        {"generated_file_name": f"Letter to {name}", "user_input": {"name": name, "city": "Kiel"}}
        for name in names
    ]
    return box.create_batch(
        {
            "file": {"type": "file", "id": template["id"]},
            "input_source": "api",
            "destination_folder": {"type": "folder", "id": folder},
            "output_type": output_type,
            "document_generation_data": entries,
        }
    )


# Templates


def test_a_file_is_marked_as_a_template_and_unmarked(box):
    file = box.upload_file(letter(), name="Letter.docx")
    reference = {"type": "file", "id": file["id"]}

    assert box.mark_template(file["id"]) == {"file": reference}
    assert box.get_template(file["id"]) == {"file": reference, "file_name": "Letter.docx"}
    assert list(box.list_templates()) == [{"file": reference, "file_name": "Letter.docx"}]

    box.unmark_template(file["id"])

    assert list(box.list_templates()) == []
    assert box.get_file(file["id"])["name"] == "Letter.docx"
    with pytest.raises(NotFound):
        box.get_template(file["id"])


def test_the_tags_of_a_template_are_listed(box, template):
    expected = [
        {"tag_content": "{{name}}", "tag_type": "text", "json_paths": ["name"]},
        {"tag_content": "{{city}}", "tag_type": "text", "json_paths": ["city"]},
    ]

    assert list(box.list_tags(template["id"])) == expected
    assert list(box.list_tags(template["id"], limit=1)) == expected


def test_the_tags_of_an_older_version_are_listed(box, template):
    box.upload_version(template["id"], b"no document")
    version = template["file_version"]["id"]

    assert list(box.list_tags(template["id"])) == []
    assert [tag["tag_content"] for tag in box.list_tags(template["id"], version_id=version)] == [
        "{{name}}",
        "{{city}}",
    ]


# Batches and jobs


def test_a_batch_becomes_documents(box, local, template):
    folder = box.create_folder("Letters")

    batch = send(box, template, "Ann", "Bo", folder=folder["id"])
    local.finish()

    assert set(batch) == {"type", "id"}
    assert batch["type"] == "docgen_batch"
    jobs = list(box.list_batch_jobs(batch["id"]))
    assert [job["status"] for job in jobs] == ["completed", "completed"]
    texts = {document_text(box.download_file(job["output_file"]["id"])) for job in jobs}
    assert texts == {"Dear Ann of Kiel", "Dear Bo of Kiel"}
    assert {item["name"] for item in box.list_folder_items(folder["id"])} == {
        "Letter to Ann.docx",
        "Letter to Bo.docx",
    }


def test_jobs_are_in_three_lists_and_can_be_read_one_by_one(box, local, template):
    batch = send(box, template, "Ann", "Bo")
    local.finish()

    ids = {job["id"] for job in box.list_jobs()}
    assert len(ids) == 2
    assert {job["id"] for job in box.list_batch_jobs(batch["id"])} == ids
    assert {job["id"] for job in box.list_template_jobs(template["id"])} == ids
    assert {box.get_job(id)["id"] for id in ids} == ids
    assert all("created_at" in job for job in box.list_jobs())


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 1000, 10000])
def test_a_list_does_not_depend_on_the_page_size(box, local, template, limit):
    send(box, template, *"abcde")
    local.finish()

    assert list(box.list_jobs(limit=limit)) == list(box.list_jobs())


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_has_at_least_one_entry(box, limit):
    with pytest.raises(ValueError) as caught:
        box.list_jobs(limit=limit)

    assert str(caught.value) == f"limit must be at least 1, not {limit}."


def test_iteration_requests_page_after_page(box, local, template):
    send(box, template, "Ann", "Bo", "Cy")
    local.finish()
    local.log.clear()

    job_ids = [job["id"] for job in box.list_jobs(limit=2)]

    requests = [(entry.method, entry.path, set(entry.query)) for entry in local.log]
    assert len(job_ids) == 3
    assert requests == [
        ("GET", "/2.0/docgen_jobs", {"limit"}),
        ("GET", "/2.0/docgen_jobs", {"limit", "marker"}),
    ]


def test_a_list_that_leads_back_to_a_page_has_no_end():
    pages = {"": ("1", "a"), "a": ("2", "b"), "b": ("3", "a")}

    def fetch(query, kind):
        id, marker = pages[query.get("marker", "")]
        return Page([{"id": id}], marker)

    listing = Listing(fetch, path="/2.0/docgen_jobs", query={})
    with pytest.raises(UnreadableReply) as caught:
        list(listing)

    assert str(caught.value) == (
        "GET /2.0/docgen_jobs named the marker 'a' twice: its list has no end."
    )


def test_empty_pages_between_others_are_no_endless_list():
    def fetch(query, kind):
        number = int(query.get("marker", "0"))
        return Page([{"id": number}] * (number % 2), number + 1 if number < 999 else None)

    listing = Listing(fetch, path="/2.0/docgen_jobs", query={})

    assert [job["id"] for job in listing] == list(range(1, 1000, 2))


# The user


def test_get_me_returns_the_enterprise_on_request(box):
    assert box.get_me()["type"] == "user"
    assert "enterprise" not in box.get_me()
    assert box.get_me(fields=["enterprise"])["enterprise"]["type"] == "enterprise"


# Folders


def test_a_folder_is_created_read_and_deleted(box):
    outer = box.create_folder("Outer")
    inner = box.create_folder("Inner", parent_id=outer["id"])

    assert box.get_folder(inner["id"])["parent"]["id"] == outer["id"]
    assert [item["id"] for item in box.list_folder_items(outer["id"])] == [inner["id"]]

    box.delete_folder(inner["id"])

    assert list(box.list_folder_items(outer["id"])) == []


def test_fields_select_the_fields_of_the_reply(box):
    folder = box.create_folder("Outer")
    box.upload_file(b"x", name="a.txt", folder_id=folder["id"])

    assert set(box.get_folder(folder["id"], fields=["name"])) == {"type", "id", "etag", "name"}
    (item,) = box.list_folder_items(folder["id"], fields=["name", "size"])
    assert set(item) == {"type", "id", "etag", "name", "size"}
    assert set(box.get_file(item["id"], fields=["size"])) == {"type", "id", "etag", "size"}


def test_a_folder_that_is_not_empty_needs_recursive(box):
    outer = box.create_folder("Outer")
    box.create_folder("Inner", parent_id=outer["id"])

    with pytest.raises(BadRequest) as caught:
        box.delete_folder(outer["id"])
    assert caught.value.code == "folder_not_empty"

    box.delete_folder(outer["id"], recursive=True)

    assert list(box.list_folder_items("0")) == []


def test_a_name_in_use_is_a_conflict_that_names_the_other_item(box):
    folder = box.create_folder("Letters")

    with pytest.raises(Conflict) as caught:
        box.create_folder("letters")

    assert caught.value.code == "item_name_in_use"
    conflicts = caught.value.context_info["conflicts"]
    first = conflicts[0] if isinstance(conflicts, list) else conflicts
    assert first["id"] == folder["id"]


# Files


def test_a_file_is_uploaded_from_a_path_bytes_or_an_open_file(box, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"by path")

    with path.open("rb") as file:
        file.seek(3)
        uploaded = [
            box.upload_file(path),
            box.upload_file(str(path), name="b.txt"),
            box.upload_file(b"", name="c.txt"),
            box.upload_file(file, name="d.txt"),
            box.upload_file(io.BytesIO(b"in memory"), name="e.txt"),
        ]

    contents = [(file["name"], box.download_file(file["id"])) for file in uploaded]
    assert contents == [
        ("a.txt", b"by path"),
        ("b.txt", b"by path"),
        ("c.txt", b""),
        ("d.txt", b"path"),
        ("e.txt", b"in memory"),
    ]


def test_an_open_file_has_its_own_name(box, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")

    with path.open("rb") as file:
        assert box.upload_file(file)["name"] == "a.txt"


def test_a_large_file_arrives_completely(box):
    content = bytes(range(256)) * 40_000

    file = box.upload_file(content, name="large")

    assert box.download_file(file["id"]) == content


def test_bytes_need_a_name(box):
    with pytest.raises(ValueError) as caught:
        box.upload_file(b"x")

    assert str(caught.value) == "The file has no name; give name=."


def test_a_file_over_50_mb_is_refused_before_sending(box, local, tmp_path):
    path = tmp_path / "large.docx"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)

    with pytest.raises(ValueError) as caught:
        box.upload_file(path)

    assert str(caught.value) == "The file is larger than 50 MB, the limit of a direct upload."
    assert list(local.log) == []


def test_a_file_of_50_mb_is_not_too_large():
    content = bytes(50 * 1024 * 1024)

    assert read_source(content) == (content, "")


def test_an_open_file_has_its_name_unless_that_is_a_number(tmp_path):
    path = tmp_path / "letter.docx"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        assert read_source(file) == (b"x", "letter.docx")
    with open(os.open(path, os.O_RDONLY), "rb") as file:
        assert read_source(file) == (b"x", "")


def test_no_more_than_50_mb_and_a_byte_is_read_of_a_larger_file(box, local):
    class Endless:
        count = 0

        def read(self, size):
            self.count += size
            return bytes(size)

    source = Endless()
    with pytest.raises(ValueError) as caught:
        box.upload_file(source, name="large.docx")

    assert str(caught.value) == "The file is larger than 50 MB, the limit of a direct upload."
    assert source.count == 50 * 1024 * 1024 + 1
    assert list(local.log) == []


def test_a_text_file_is_refused(box):
    with Path(__file__).open() as file, pytest.raises(TypeError) as caught:
        box.upload_file(file)

    assert str(caught.value) == 'Open the file in binary mode: open(path, "rb").'


def test_a_new_version_replaces_the_content_and_optionally_the_name(box):
    file = box.upload_file(b"one", name="a.txt")

    second = box.upload_version(file["id"], b"two")
    third = box.upload_version(file["id"], b"three", name="b.txt")

    assert (second["name"], third["name"]) == ("a.txt", "b.txt")
    assert box.download_file(file["id"]) == b"three"
    version = second["file_version"]["id"]
    assert box.download_file(file["id"], version_id=version) == b"two"


def test_versions_are_listed_without_asking_for_another_page(box, local):
    file = box.upload_file(b"one", name="a.txt")
    ids = [file["file_version"]["id"]]
    for content in (b"two", b"three"):
        ids.insert(0, box.upload_version(file["id"], content)["file_version"]["id"])
    local.log.clear()

    versions = box.list_versions(file["id"])

    path = f"/2.0/files/{file['id']}"
    assert [version["id"] for version in versions] == ids
    assert [entry.path for entry in local.log] == [path, f"{path}/versions"]


def test_a_file_is_renamed_moved_and_described(box):
    file = box.upload_file(b"x", name="a.txt")
    folder = box.create_folder("Letters")

    box.update_file(file["id"], name="b.txt", description="About b")
    updated = box.update_file(file["id"], folder_id=folder["id"])

    assert (updated["name"], updated["description"], updated["parent"]["id"]) == (
        "b.txt",
        "About b",
        folder["id"],
    )


def test_a_second_delete_raises_not_found(box):
    file = box.upload_file(b"x", name="a.txt")
    box.delete_file(file["id"])

    with pytest.raises(NotFound) as caught:
        box.delete_file(file["id"])

    assert isinstance(caught.value, ApiError)
    assert (caught.value.status, caught.value.code) == (404, "trashed")
    assert caught.value.request_id != ""


# Tokens


def test_a_service_with_a_token_refuses_others():
    with LocalDocGen(token="right") as service, service.listen() as url:
        with (
            Client(url, token_source=GivenToken("wrong")) as box,
            pytest.raises(Unauthorized) as caught,
        ):
            box.get_me()
        with Client(url, token_source=GivenToken("right")) as box:
            assert box.get_me()["type"] == "user"

    assert str(caught.value) == (
        "401 invalid_token: The access token provided is invalid. "
        "Check the token that connect(token=...), BOX_DEVELOPER_TOKEN or docgen-nb login gives. "
        "A developer token of Box lasts 60 minutes."
    )


def test_a_client_reconnects_with_another_token():
    with (
        LocalDocGen(token="right") as service,
        service.listen() as url,
        Client(url, token_source=GivenToken("ended")) as box,
    ):
        again = box.reconnect(token="right")
        assert (again.get_me()["type"], again.url) == ("user", url)
        with pytest.raises(Unauthorized):
            box.get_me()


def test_client_credentials_act_for_their_subject(local):
    source = ClientCredentials(
        client_id="abc", client_secret="s3cret", subject_type="user", subject_id="8"
    )
    with local.listen() as url, Client(url, token_source=source) as box:
        assert box.get_me()["id"] == "8"


def test_tags_that_are_not_ready_raise_an_error():
    busy = Answer(202, {"message": "Processing tags for this file."})
    with scripted(busy) as (url, _), Client(url, token_source=GivenToken("t")) as box:
        tags = box.list_tags("7")
        with pytest.raises(NotReady) as caught:
            list(tags)

    assert str(caught.value) == "Processing tags for this file. Try again in a few seconds."


class Shifted(Clock):
    """A clock that differs from that of this computer."""

    def __init__(self, seconds):
        self.seconds = seconds

    def now(self):
        return time.time() + self.seconds


@pytest.mark.parametrize("ahead", [-425, 0, 90])
def test_the_date_of_replies_shows_how_far_the_clock_of_the_service_is_ahead(ahead):
    with LocalDocGen(clock=Shifted(ahead)) as local, local.listen() as url, connect(url) as box:
        before = box.clock_offset
        box.get_me()
        first = box.clock_offset
        for _ in range(20):
            box.get_me()
        low, high = box.clock_offset

    assert before is None
    assert first[0] <= low <= ahead <= high <= first[1]


def test_a_date_that_cannot_be_read_shows_no_clock_and_a_clock_that_is_set_is_seen():
    offset = ClockOffset()
    for date in (None, "", "soon", "Mon, 02 Mar 99999 09:00:00 GMT"):
        offset.add(date, sent=0.0, received=1.0)
    assert offset.bounds is None

    nine = 1_772_442_000.0
    offset.add("Mon, 02 Mar 2026 09:00:00 GMT", sent=nine - 10, received=nine - 9.5)
    offset.add("Mon, 02 Mar 2026 09:00:00 GMT", sent=nine - 9, received=nine - 8.5)
    assert offset.bounds == (9.5, 11)
    offset.add("Mon, 02 Mar 2026 09:00:01 GMT", sent=nine + 1, received=nine + 1.5)
    assert offset.bounds == (-0.5, 2)
