"""Calls that clients of Box make beside Doc Gen: ranges, users, restored folders, preflights."""

import pytest


def download(api, file, **headers):
    address = api("GET", f"/2.0/files/{file}/content").headers["Location"]
    return api.session.get(address, headers=headers, timeout=30)


@pytest.mark.parametrize(
    ("asked", "content", "sent"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_of_a_download(api, asked, content, sent):
    file = api.upload(b"0123456789", name="digits")["id"]
    reply = download(api, file, Range=asked)
    assert (reply.status_code, reply.content) == (206, content)
    assert reply.headers["content-range"] == sent
    assert reply.headers["content-length"] == str(len(content))


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=1-2", "bytes=-", "nonsense"])
def test_any_other_range_is_the_whole_download(api, asked):
    file = api.upload(b"0123456789", name="digits")["id"]
    reply = download(api, file, Range=asked)
    assert (reply.status_code, reply.content) == (200, b"0123456789")


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=5-4"])
def test_a_range_beyond_the_end_is_refused(api, asked):
    file = api.upload(b"0123456789", name="digits")["id"]
    reply = download(api, file, Range=asked)
    assert (reply.status_code, reply.headers["content-range"]) == (416, "bytes */10")


def test_users_of_the_enterprise_are_listed_for_an_admin(api):
    me = api("GET", "/2.0/users/me").json()
    new = api("POST", "/2.0/users", json={"name": "Ada", "is_platform_access_only": True}).json()

    page = api("GET", "/2.0/users").json()
    assert [user["id"] for user in page["entries"]] == [me["id"], new["id"]]
    assert page["total_count"] == 2
    found = api("GET", "/2.0/users", params={"filter_term": "ad", "fields": "name"}).json()
    assert found["entries"] == [{"type": "user", "id": new["id"], "name": "Ada"}]


def test_a_folder_is_restored_with_what_was_deleted_with_it(api):
    folder = api.folder("Letters")
    kept, earlier = (api.upload(b"", name=name, parent=folder)["id"] for name in ("a", "b"))
    api("DELETE", f"/2.0/files/{earlier}")
    api("DELETE", f"/2.0/folders/{folder}", params={"recursive": "true"})
    api.folder("Letters")

    assert api("POST", f"/2.0/folders/{folder}", json={}).status_code == 409
    reply = api("POST", f"/2.0/folders/{folder}", json={"name": "Letters of March"})

    assert (reply.status_code, reply.json()["name"]) == (201, "Letters of March")
    assert [item["id"] for item in api.entries(f"/2.0/folders/{folder}/items")] == [kept]


def test_preflight_of_a_new_version(api):
    file, other = (api.upload(b"", name=name)["id"] for name in ("a", "b"))
    path = f"/2.0/files/{file}/content"

    reply = api("OPTIONS", path, json={"name": "a", "size": 5})
    assert (reply.status_code, reply.json()["upload_url"]) == (
        *(200, f"http://docgen.local/api{path}"),
    )
    assert api("OPTIONS", path, json={"name": "B"}).status_code == 409
    assert api("OPTIONS", path, json={}, headers={"if-match": "7"}).status_code == 412
    assert api("OPTIONS", f"/2.0/files/{other}0/content", json={}).status_code == 404
