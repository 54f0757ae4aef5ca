"""Calls on files and folders answer like Box."""

import hashlib
import json

import pytest
from api import Api, error

from docgen_nb.service import LocalDocGen, ManualClock


def test_an_uploaded_file_comes_back_byte_for_byte(both):
    content = bytes(range(256)) * 5000

    file = both.upload(content, name="all bytes.bin")

    assert both.content(file["id"]) == content
    assert (file["size"], file["sha1"]) == (len(content), hashlib.sha1(content).hexdigest())


def test_a_part_with_an_empty_file_name_is_a_file(both):
    parts = {"attributes": (None, '{"name": "a.txt", "parent": {"id": 0}}'), "file": ("", b"abc")}
    request = both("POST", "/api/2.0/files/content", files=parts)
    assert request.status_code == 201
    assert both.content(request.json()["entries"][0]["id"]) == b"abc"


def test_any_part_with_a_file_name_is_the_file(both):
    attributes = '{"name": "a.txt", "parent": {"id": "0"}}'
    parts = [("attributes", (None, attributes)), ("content", ("unused", b"abc"))]
    reply = both("POST", "/2.0/files/content", files=parts)
    assert both.content(reply.json()["entries"][0]["id"]) == b"abc"


def test_attributes_with_a_file_name_are_attributes(api):
    attributes = '{"name": "a.txt", "parent": {"id": "0"}}'
    parts = [("attributes", ("attributes.json", attributes)), ("file", ("a.txt", b"abc"))]
    reply = api("POST", "/2.0/files/content", files=parts)
    assert api.content(reply.json()["entries"][0]["id"]) == b"abc"


def test_two_files_in_one_upload_are_refused(api):
    attributes = '{"name": "a.txt", "parent": {"id": "0"}}'
    parts = [("attributes", (None, attributes)), ("file", ("a", b"abc")), ("file", ("b", b"def"))]
    reply = api("POST", "/2.0/files/content", files=parts)
    assert error(reply) == (400, "bad_request", "An upload can contain only one file.")
    assert api.entries("/2.0/folders/0/items") == []


def test_a_part_without_a_name_is_ignored(api):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="attributes"\r\n\r\n'
        b'{"name": "a.txt", "parent": {"id": "0"}}\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\nabc\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\ndef\r\n--x--\r\n"
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    reply = api("POST", "/2.0/files/content", data=body, headers=headers)
    assert api.content(reply.json()["entries"][0]["id"]) == b"abc"


def test_attributes_come_before_the_file(api):
    parts = [("file", ("a.txt", b"abc")), ("attributes", (None, '{"name": "a.txt"}'))]
    assert error(api("POST", "/2.0/files/content", files=parts)) == (
        400,
        "metadata_after_file_contents",
        "The part 'attributes' must come before the part 'file'.",
    )


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        (
            {"content-type": "application/json"},
            b"{}",
            "An upload must be multipart/form-data with the parts 'attributes' and 'file'.",
        ),
        (
            {"content-type": "multipart/form-data; boundary=x"},
            b"--x\r\nno header at all",
            "The multipart body cannot be read: Found invalid character 32 in header at 7",
        ),
        (
            {"content-type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc',
            "The multipart body ends before its last boundary.",
        ),
        (
            {"content-type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--x--\r\n',
            "'attributes' is required",
        ),
        (
            {"content-type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="attributes"\r\n\r\n{"name\r\n--x--\r\n',
            "The part 'attributes' is not valid JSON.",
        ),
    ],
)
def test_a_malformed_upload_is_refused_without_leftovers(local, api, headers, body, message):
    reply = api("POST", "/2.0/files/content", data=body, headers=headers)
    assert error(reply) == (400, "bad_request", message)
    assert list((local.store.folder / "incoming").iterdir()) == []
    assert api.entries("/2.0/folders/0/items") == []


def test_a_wrong_digest_is_refused(api):
    parts = {"attributes": (None, '{"name": "a", "parent": {"id": "0"}}'), "file": ("a", b"abc")}
    reply = api("POST", "/2.0/files/content", files=parts, headers={"content-md5": "0" * 40})
    assert error(reply)[:2] == (400, "bad_digest")
    right = hashlib.sha1(b"abc").hexdigest()
    reply = api("POST", "/2.0/files/content", files=parts, headers={"content-md5": right})
    assert reply.status_code == 201


def test_names_in_a_folder_are_unique_regardless_of_case(api):
    file = api.upload(b"1", name="Straße.docx")
    attributes = '{"name": "STRASSE.docx", "parent": {"id": "0"}}'
    reply = api(
        "POST", "/2.0/files/content", files={"attributes": (None, attributes), "file": ("", b"2")}
    )
    assert error(reply) == (409, "item_name_in_use", "Item with the same name already exists")
    assert reply.json()["context_info"]["conflicts"]["id"] == file["id"]
    folder = api("POST", "/2.0/folders", json={"name": "straße.DOCX", "parent": {"id": "0"}})
    assert error(folder)[:2] == (409, "item_name_in_use")


def test_folders_of_one_name_are_conflicts_in_a_list(api):
    body = {"name": "Letters", "parent": {"id": "0"}}
    first, second = (api("POST", "/2.0/folders", json=body) for _ in range(2))
    conflicts = second.json()["context_info"]["conflicts"]
    assert [conflict["id"] for conflict in conflicts] == [first.json()["id"]]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_change_without_a_body_changes_nothing(api, kind):
    id = api.upload(b"1", name="a.txt")["id"] if kind == "file" else api.folder("0")
    before = api("GET", f"/2.0/{kind}s/{id}").json()
    reply = api("PUT", f"/2.0/{kind}s/{id}")
    assert (reply.status_code, reply.json()["name"]) == (200, before["name"])


def test_a_new_version_with_the_name_null_keeps_its_name(api):
    file = api.upload(b"1", name="a.txt")
    parts = {"attributes": (None, '{"name": null}'), "file": ("", b"2")}
    reply = api("POST", f"/2.0/files/{file['id']}/content", files=parts)
    assert (reply.status_code, reply.json()["entries"][0]["name"]) == (200, "a.txt")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\x00b", " a", "a ", "x" * 256])
def test_names_that_box_refuses_are_refused(api, name):
    reply = api("POST", "/2.0/folders", json={"name": name, "parent": {"id": "0"}})
    assert error(reply)[:2] == (400, "item_name_invalid")
    assert api.folder("x" * 255)


def test_a_new_version_keeps_the_id_and_both_contents(both):
    file = both.upload(b"one", name="a.txt")
    parts = {"attributes": (None, '{"name": "b.txt"}'), "file": ("", b"two")}

    reply = both("POST", f"/api/2.0/files/{file['id']}/content", files=parts)

    newer = reply.json()["entries"][0]
    assert (reply.status_code, newer["id"], newer["name"]) == (200, file["id"], "b.txt")
    assert newer["etag"] == "1"
    assert both.content(file["id"]) == b"two"
    version = file["file_version"]["id"]
    old = both("GET", f"/2.0/files/{file['id']}/content", params={"version": version})
    assert both.session.get(old.headers["Location"], timeout=30).content == b"one"


def test_a_download_address_needs_no_token_but_its_signature(both):
    file = both.upload(b"secret", name="a.txt")
    address = both("GET", f"/2.0/files/{file['id']}/content").headers["Location"]
    assert address.startswith(both.url)
    assert both("GET", address, headers={"Authorization": None}).content == b"secret"
    forged = address.replace("/download", "0/download")
    assert both("GET", forged).status_code == 404


def test_a_download_address_expires_after_15_minutes():
    clock = ManualClock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        file = api.upload(b"abc", name="a.txt")
        address = api("GET", f"/2.0/files/{file['id']}/content").headers["Location"]
        clock.advance(899)
        assert api("GET", address).status_code == 200
        clock.advance(1)
        assert api("GET", address).status_code == 404


def test_rename_describe_and_move(api):
    file = api.upload(b"abc", name="a.txt")
    folder = api.folder("Archive")
    body = {"name": "b.txt", "description": "moved", "parent": {"id": folder}}
    changed = api("PUT", f"/2.0/files/{file['id']}", json=body).json()
    assert (changed["name"], changed["description"], changed["parent"]["id"]) == (
        "b.txt",
        "moved",
        folder,
    )
    assert [e["name"] for e in api.entries(f"/2.0/folders/{folder}/items")] == ["b.txt"]
    assert changed["path_collection"]["total_count"] == 2


def test_a_change_with_another_etag_is_refused(api):
    file = api.upload(b"abc", name="a.txt")
    path = f"/2.0/files/{file['id']}"
    changed = api("PUT", path, json={"name": "b.txt"}, headers={"if-match": "7"})
    assert error(changed) == (412, "precondition_failed", "The resource has been modified.")
    assert api("PUT", path, json={"name": "b.txt"}, headers={"if-match": "0"}).status_code == 200
    assert api("GET", path, headers={"if-none-match": "1"}).status_code == 304


def test_fields_are_returned_with_the_base_fields(api):
    file = api.upload(b"abc", name="a.txt")
    fields = api("GET", f"/2.0/files/{file['id']}", params={"fields": "size,name"}).json()
    assert fields == {"type": "file", "id": file["id"], "etag": "0", "size": 3, "name": "a.txt"}


def test_a_deleted_file_frees_its_name(api):
    file = api.upload(b"abc", name="a.txt")
    path = f"/2.0/files/{file['id']}"
    assert api("DELETE", path).status_code == 204
    assert error(api("DELETE", path)) == (404, "trashed", "Item is trashed")
    assert error(api("GET", f"{path}/content")) == (404, "trashed", "Item is trashed")
    assert api("GET", path).json()["item_status"] == "trashed"
    assert api.upload(b"new", name="a.txt")["id"] != file["id"]


def test_a_folder_with_items_is_deleted_only_with_recursive(api):
    folder = api.folder("Outer")
    inner = api.folder("Inner", parent=folder)
    file = api.upload(b"abc", name="a.txt", parent=inner)
    path = f"/2.0/folders/{folder}"
    refused = (400, "folder_not_empty", "Cannot delete - folder not empty")
    assert error(api("DELETE", path)) == refused
    assert api("DELETE", path, params={"recursive": "True"}).status_code == 204
    assert error(api("GET", path)) == (404, "trashed", "Item is trashed")
    assert api("GET", f"/2.0/files/{file['id']}").json()["item_status"] == "trashed"
    root = api("DELETE", "/2.0/folders/0", params={"recursive": "true"})
    assert error(root)[:2] == (403, "access_denied_insufficient_permissions")


def test_markers_and_offsets_walk_every_item(api):
    names = [f"{number:02}.txt" for number in range(7)]
    for name in names:
        api.upload(b"x", name=name)
    walked, marker = [], None
    while marker is not None or not walked:
        query = {"usemarker": "true", "limit": 3, "marker": marker, "fields": "name,created_at"}
        page = api("GET", "/2.0/folders/0/items", params=query).json()
        walked += [entry["name"] for entry in page["entries"]]
        marker = page["next_marker"]
    assert walked == names
    pages = [api.entries("/2.0/folders/0/items", limit=3, offset=o) for o in (0, 3, 6)]
    assert [entry["name"] for page in pages for entry in page] == names
    beyond = api("GET", "/2.0/folders/0/items", params={"offset": 10_001})
    assert error(beyond)[2] == "'offset' cannot be over 10000; use markers instead"


def test_the_root_folder_is_all_files(api):
    api.folder("A")
    root = api("GET", "/2.0/folders/0").json()
    assert (root["name"], root["item_collection"]["total_count"]) == ("All Files", 1)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/2.0/files/12", (404, "not_found", "Not Found: file 12")),
        ("/2.0/folders/12", (404, "not_found", "Not Found: folder 12")),
        ("/2.0/files/x12", (405, "method_not_allowed", "Method Not Allowed")),
        ("/2.0/nothing", (404, "not_found", "Not Found: /2.0/nothing")),
    ],
)
def test_a_missing_item_is_not_found(both, path, expected):
    assert error(both("GET", path)) == expected


def test_users_see_only_their_own_files(api):
    def token(subject):
        form = {
            "grant_type": "client_credentials",
            "client_id": "c",
            "client_secret": "s",
            "box_subject_type": "user",
            "box_subject_id": subject,
        }
        return api("POST", "/oauth2/token", data=form).json()["access_token"]

    file = api.upload(b"abc", name="a.txt")
    other = {"Authorization": f"Bearer {token('77')}"}
    reply = api("GET", f"/2.0/files/{file['id']}", headers=other)
    assert error(reply) == (404, "not_found", f"Not Found: file {file['id']}")
    me = api("GET", "/2.0/users/me", headers=other, params={"fields": "enterprise"}).json()
    assert (me["id"], me["enterprise"]["type"]) == ("77", "enterprise")


def test_an_upload_over_fifty_megabytes_is_refused(api):
    attributes = json.dumps({"name": "a", "parent": {"id": "0"}})
    content = bytes(50 * 1024 * 1024 + 1)
    parts = {"attributes": (None, attributes), "file": ("a", content)}
    assert error(api("POST", "/2.0/files/content", files=parts)) == (
        413,
        "request_entity_too_large",
        "The file is over the limit of 50 MB for a direct upload.",
    )


def test_past_versions_are_listed_without_the_current_one(api):
    file = api.upload(b"one", name="a.txt")
    path = f"/2.0/files/{file['id']}"
    for content in (b"two", b"three"):
        parts = {"attributes": (None, "{}"), "file": ("", content)}
        api("POST", f"{path}/content", files=parts)
    page = api("GET", f"{path}/versions").json()
    assert [(v["version_number"], v["size"]) for v in page["entries"]] == [("2", 3), ("1", 3)]
    assert page["total_count"] == 2
    one = api("GET", f"{path}/versions/{page['entries'][1]['id']}").json()
    assert (one["sha1"], one["type"]) == (hashlib.sha1(b"one").hexdigest(), "file_version")
    assert error(api("GET", f"{path}/versions/99"))[:2] == (404, "not_found")


def test_a_copy_has_the_content_and_another_id(api):
    file = api.upload(b"abc", name="a.txt")
    body = {"name": "b.txt", "parent": {"id": "0"}}
    copied = api("POST", f"/2.0/files/{file['id']}/copy", json=body)
    assert copied.status_code == 201
    assert api.content(copied.json()["id"]) == b"abc"
    again = api("POST", f"/2.0/files/{file['id']}/copy", json=body)
    assert error(again)[:2] == (409, "item_name_in_use")


def test_a_lock_is_shown_on_request(api):
    file = api.upload(b"abc", name="a.txt")
    path, fields = f"/2.0/files/{file['id']}", {"fields": "lock"}
    body = {"lock": {"type": "lock", "access": "lock"}}
    locked = api("PUT", path, json=body, params=fields).json()
    assert locked["lock"]["type"] == "lock"
    assert "lock" not in api("PUT", path, json={"lock": None}, params=fields).json()
    assert "lock" not in api("GET", path).json()


def test_files_in_the_trash_are_shown_purged_and_restored(api):
    file = api.upload(b"abc", name="a.txt")
    path = f"/2.0/files/{file['id']}"
    assert error(api("GET", f"{path}/trash"))[:2] == (404, "not_found")
    api("DELETE", path)
    shown = api("GET", f"{path}/trash").json()
    assert (shown["item_status"], shown["trashed_at"] is None) == ("trashed", False)
    api.upload(b"other", name="a.txt")
    assert error(api("POST", path))[:2] == (409, "item_name_in_use")
    restored = api("POST", path, json={"name": "b.txt"})
    assert (restored.status_code, restored.json()["item_status"]) == (201, "active")
    assert api.content(file["id"]) == b"abc"
    api("DELETE", path)
    assert api("DELETE", f"{path}/trash").status_code == 204
    assert error(api("GET", f"{path}/trash"))[:2] == (404, "not_found")


def test_a_preflight_checks_an_upload(both):
    def ask(**changes):
        body = {"name": "a.txt", "size": 3, "parent": {"id": "0"}} | changes
        return both("OPTIONS", "/2.0/files/content", json=body)

    assert ask().json() == {
        "upload_url": f"{both.url}/api/2.0/files/content",
        "upload_token": "",
    }
    assert error(ask(size=-1)) == (400, "bad_request", "'size' must be a number from 0")
    both.upload(b"abc", name="a.txt")
    assert error(ask())[:2] == (409, "item_name_in_use")


def test_a_thumbnail_is_a_picture(both):
    file = both.upload(b"abc", name="a.txt")
    reply = both("GET", f"/2.0/files/{file['id']}/thumbnail.png")
    assert reply.status_code == 302
    picture = both("GET", reply.headers["Location"], headers={"Authorization": None})
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n")


def test_a_folder_is_renamed_moved_and_copied_with_its_contents(api):
    outer, other = api.folder("Outer"), api.folder("Other")
    inner = api.folder("Inner", parent=outer)
    api.upload(b"abc", name="a.b.txt", parent=inner)
    trashed = api.upload(b"abc", name="0.txt", parent=inner)["id"]
    assert api("DELETE", f"/2.0/files/{trashed}").status_code == 204
    body = {"name": "New", "parent": {"id": other}}
    assert api("PUT", f"/2.0/folders/{inner}", json=body).json()["parent"]["id"] == other
    copied = api("POST", f"/2.0/folders/{other}/copy", json={"name": "C", "parent": {"id": "0"}})
    assert copied.status_code == 201
    within = api.entries(f"/2.0/folders/{copied.json()['id']}/items")[0]
    assert within["name"] == "New"
    [file] = api.entries(f"/2.0/folders/{within['id']}/items")
    assert api.content(file["id"]) == b"abc"
    fields = {"fields": "extension"}
    assert api("GET", f"/2.0/files/{file['id']}", params=fields).json()["extension"] == "txt"
    into_itself = {"parent": {"id": within["id"]}}
    for method, path in (("PUT", ""), ("POST", "/copy")):
        reply = api(method, f"/2.0/folders/{copied.json()['id']}{path}", json=into_itself)
        assert reply.status_code == 400
    root = api("PUT", "/2.0/folders/0", json={"name": "x"})
    assert error(root)[:2] == (403, "access_denied_insufficient_permissions")


def test_extra_fields_are_shown_on_request(api):
    folder = api.folder("A")
    reply = api("GET", f"/2.0/folders/{folder}", params={"fields": "has_collaborations,tags"})
    assert reply.json() == {
        "type": "folder",
        "id": folder,
        "etag": "0",
        "has_collaborations": False,
        "tags": [],
    }


def test_fields_that_are_only_kept_are_returned_on_request(both):
    """Calls of box-ai-agents-toolkit 0.1.5, written down."""
    file = both.upload(b"one", name="a.txt")["id"]
    path = f"/2.0/files/{file}"
    assert both("PUT", path, json={"tags": ["one", "two"]}).json()["id"] == file
    assert both("GET", f"{path}?fields=tags").json()["tags"] == ["one", "two"]
    both("PUT", path, json={"name": "b.txt"})
    assert both("GET", f"{path}?fields=tags,name").json()["tags"] == ["one", "two"]
    both("PUT", path, json={"tags": []})
    assert both("GET", f"{path}?fields=tags").json()["tags"] == []

    kept = {"sync_state": "not_synced", "can_non_owners_invite": False, "tags": ["x"]}
    folder = f"/2.0/folders/{both.folder('Out')}"
    names = ",".join([*kept, "folder_upload_email"])
    both("PUT", folder, json={**kept, "folder_upload_email": {"access": "collaborators"}})
    shown = both("GET", f"{folder}?fields={names}").json()
    assert {name: shown[name] for name in kept} == kept
    assert shown["folder_upload_email"]["access"] == "collaborators"
    assert "@" in shown["folder_upload_email"]["email"]
    wrong = both("PUT", folder, json={"sync_state": "maybe"})
    message = "'sync_state' must be synced, not_synced or partially_synced"
    assert error(wrong) == (400, "bad_request", message)


def test_content_times_of_an_upload_are_kept(both):
    attributes = {
        "name": "old.txt",
        "parent": {"id": "0"},
        "content_created_at": "2020-01-02T03:04:05+01:00",
        "content_modified_at": "2020-02-03",
    }
    parts = {"attributes": (None, json.dumps(attributes)), "file": ("old.txt", b"x")}
    [file] = both("POST", "/api/2.0/files/content", files=parts).json()["entries"]
    assert file["content_created_at"] == "2020-01-02T02:04:05+00:00"
    assert file["content_modified_at"] == "2020-02-03T00:00:00+00:00"
    attributes |= {"name": "other.txt", "content_created_at": "yesterday"}
    parts["attributes"] = (None, json.dumps(attributes))
    reply = both("POST", "/api/2.0/files/content", files=parts)
    assert error(reply)[:2] == (400, "bad_request")
