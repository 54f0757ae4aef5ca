"""Calls at the same time that each find themselves allowed, and together break something."""

import base64
import hashlib
import json
from io import BytesIO
from threading import Barrier, Thread

import pytest
from api import Api, batch_body

from docgen_nb import samples
from docgen_nb.service import FaultPlan, Request

PAIRS = 40


def test_two_folders_moved_into_each_other_at_once_make_no_circle(local):
    with local.session() as one, local.session() as two:
        api = Api(one, "http://docgen.local")
        sessions = (api, Api(two, "http://docgen.local"))
        for number in range(PAIRS):
            first, second = api.folder(f"a{number}"), api.folder(f"b{number}")
            statuses = move_at_once(sessions, [(first, second), (second, first)])
            assert sorted(statuses) == [200, 400]
        assert api("GET", f"/2.0/folders/{first}").status_code == 200


def move_at_once(sessions, moves):
    """Return the status of each move."""
    barrier, statuses = Barrier(len(moves)), []

    def move(api, folder, parent):
        barrier.wait()
        reply = api("PUT", f"/2.0/folders/{folder}", json={"parent": {"id": parent}})
        statuses.append(reply.status_code)

    # Daemons, so that a move that never ends fails the test instead of blocking it.
    threads = [
        Thread(target=move, args=(api, *ids), daemon=True)
        for api, ids in zip(sessions, moves, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return statuses


class Body(BytesIO):
    """A body during whose reading something else happens, once."""

    def __init__(self, content, happen):
        super().__init__(content)
        self.waiting = [happen]

    def read(self, size=-1):
        while self.waiting:
            self.waiting.pop()()
        return super().read(size)


SIZE, PART = 24 << 20, 8 << 20


def test_a_part_of_a_session_that_is_aborted_meanwhile_leaves_nothing(local, api):
    body = {"folder_id": "0", "file_size": SIZE, "file_name": "large"}
    session = api("POST", "/2.0/files/upload_sessions", json=body).json()["id"]
    path, content = f"/2.0/files/upload_sessions/{session}", bytes(PART)
    headers = {
        "authorization": "Bearer any",
        "content-range": f"bytes 0-{PART - 1}/{SIZE}",
        "digest": f"sha={base64.b64encode(hashlib.sha1(content).digest()).decode()}",
    }
    body = Body(content, lambda: api("DELETE", path))

    reply = local.handle(Request("PUT", path, headers=headers, body=body))

    assert reply.status == 404
    assert list((local.store.folder / "sessions").glob("*")) == []
    assert local.store.all("SELECT * FROM upload_parts") == []


HOOK = {"address": "https://example.com/hook", "triggers": ["FILE.TRASHED"]}


def call(local, method, path, body, meanwhile, **headers):
    """Send a request during which something else happens; return the status and the body."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": "Bearer any", "content-type": "application/json", **headers}
    reply = local.handle(Request(method, path, headers=headers, body=Body(content, meanwhile)))
    return reply.status, json.loads(reply.content() or b"null")


def form(**attributes):
    """Return the body and the type of an upload."""
    parts = (
        f'--b\r\nContent-Disposition: form-data; name="attributes"\r\n\r\n'
        f'{json.dumps(attributes)}\r\n--b\r\nContent-Disposition: form-data; name="file"; '
        'filename="x"\r\n\r\nnew\r\n--b--\r\n'
    )
    return parts.encode(), {"content-type": "multipart/form-data; boundary=b"}


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_two_changes_at_once_both_stay(local, api, kind):
    id = api.folder("old") if kind == "folder" else api.upload(b"1", name="old")["id"]
    path = f"/2.0/{kind}s/{id}"

    def rename():
        assert api("PUT", path, json={"name": "new"}).status_code == 200

    status, body = call(local, "PUT", path, {"description": "Mine"}, rename)

    assert (status, body["name"], body["description"]) == (200, "new", "Mine")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_of_two_changes_of_one_etag_one_is_refused(local, api, kind):
    id = api.folder("old") if kind == "folder" else api.upload(b"1", name="old")["id"]
    path, etag = f"/2.0/{kind}s/{id}", {"if-match": "0"}

    def rename():
        assert api("PUT", path, json={"name": "first"}, headers=etag).status_code == 200

    status, _ = call(local, "PUT", path, {"name": "second"}, rename, **etag)

    assert status == 412
    assert api("GET", path).json()["name"] == "first"


def test_of_two_versions_for_one_etag_one_is_refused(local, api):
    file = api.upload(b"1", name="file")["id"]
    path, (content, type) = f"/api/2.0/files/{file}/content", form()

    def replace():
        parts = {"attributes": (None, "{}"), "file": ("file", b"first")}
        assert api("POST", path, files=parts, headers={"if-match": "0"}).status_code == 200

    status, _ = call(local, "POST", path, content, replace, **{"if-match": "0"}, **type)

    assert status == 412
    assert api.content(file) == b"first"


@pytest.mark.parametrize("purged", [False, True])
def test_a_version_of_a_file_that_is_deleted_meanwhile_is_refused(local, api, purged):
    file = api.upload(b"1", name="file")["id"]
    content, type = form()

    def delete():
        api("DELETE", f"/2.0/files/{file}")
        if purged:
            api("DELETE", f"/2.0/files/{file}/trash")

    status, body = call(local, "POST", f"/api/2.0/files/{file}/content", content, delete, **type)

    assert (status, body["code"]) == (404, "not_found" if purged else "trashed")


def test_nothing_is_put_into_a_folder_that_is_deleted_meanwhile(local, api):
    def in_folder(path, body, meanwhile=None, **headers):
        folder = api.folder(f"Folder {path} {len(headers)}"[:40].replace("/", " "))

        def delete():
            assert api("DELETE", f"/2.0/folders/{folder}").status_code == 204

        text = (body if isinstance(body, bytes) else json.dumps(body).encode()).replace(
            b"FOLDER", folder.encode()
        )
        return call(local, "POST", path, text, delete, **headers)[0]

    content, type = form(name="new", parent={"id": "FOLDER"})
    file = api.upload(b"1", name="file")["id"]
    assert in_folder("/api/2.0/files/content", content, **type) == 404
    assert in_folder("/2.0/folders", {"name": "new", "parent": {"id": "FOLDER"}}) == 404
    assert in_folder(f"/2.0/files/{file}/copy", {"parent": {"id": "FOLDER"}}) == 404


class Meanwhile(list):
    """Rules for jobs, during whose reading something else happens, once."""

    def __init__(self, happen):
        super().__init__()
        self.waiting = [happen]

    def __iter__(self):
        while self.waiting:
            self.waiting.pop()()
        return super().__iter__()


def test_no_batch_goes_to_a_folder_that_is_deleted_after_it_was_found(local, api):
    template, folder = api.template(samples.template("x")), api.folder("Letters")
    local.set_faults(FaultPlan(jobs=Meanwhile(lambda: api("DELETE", f"/2.0/folders/{folder}"))))

    reply = api("POST", "/2.0/docgen_batches", json=batch_body(template, folder, [{}]))

    assert (reply.status_code, reply.json()["context_info"]["errors"][0]["name"]) == (
        *(400, "destination_folder.id"),
    )
    assert local.store.all("SELECT * FROM jobs") == []


def test_a_webhook_that_is_deleted_while_it_is_changed_is_not_found(local, api):
    file = api.upload(b"1", name="file")["id"]
    target = {"type": "file", "id": file}
    hook = api("POST", "/2.0/webhooks", json=HOOK | {"target": target}).json()["id"]
    path = f"/2.0/webhooks/{hook}"

    status, _ = call(local, "PUT", path, HOOK, lambda: api("DELETE", path))

    assert status == 404


def test_two_webhooks_on_one_file_at_once_are_one(local, api):
    file = api.upload(b"1", name="file")["id"]
    body = HOOK | {"target": {"type": "file", "id": file}}

    status, _ = call(
        local, "POST", "/2.0/webhooks", body, lambda: api("POST", "/2.0/webhooks", json=body)
    )

    assert status == 409
    assert len(api.entries("/2.0/webhooks")) == 1


def test_two_uploads_of_one_name_at_once_are_one_file(local, api):
    content, type = form(name="same", parent={"id": "0"})

    def upload():
        api.upload(b"first", name="same")

    status, body = call(local, "POST", "/api/2.0/files/content", content, upload, **type)

    assert (status, body["code"]) == (409, "item_name_in_use")
    assert len(api.entries("/2.0/folders/0/items")) == 1


def test_a_session_that_is_committed_twice_at_once_makes_one_file(local, api):
    body = {"folder_id": "0", "file_size": SIZE, "file_name": "large"}
    session = api("POST", "/2.0/files/upload_sessions", json=body).json()["id"]
    path, content = f"/2.0/files/upload_sessions/{session}", bytes(SIZE)
    parts = [upload_part(api, path, start, content) for start in range(0, SIZE, PART)]
    digest = base64.b64encode(hashlib.sha1(content).digest()).decode()

    def commit():
        reply = api(
            "POST", f"{path}/commit", json={"parts": parts}, headers={"digest": f"sha={digest}"}
        )
        assert reply.status_code == 201

    status, _ = call(
        local, "POST", f"{path}/commit", {"parts": parts}, commit, digest=f"sha={digest}"
    )

    assert status == 404
    assert len(api.entries("/2.0/folders/0/items")) == 1


def upload_part(api, path, start, content):
    part = content[start : start + PART]
    headers = {
        "content-range": f"bytes {start}-{start + len(part) - 1}/{len(content)}",
        "digest": f"sha={base64.b64encode(hashlib.sha1(part).digest()).decode()}",
    }
    reply = api("PUT", path, data=part, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()["part"]
