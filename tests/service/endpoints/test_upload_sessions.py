"""Upload sessions: large files in parts, each checked, and the whole checked again."""

import base64
import hashlib
import random
from io import BytesIO

import pytest
import requests
from api import Api, error
from box_sdk_gen import (
    BaseUrls,
    BoxClient,
    BoxDeveloperTokenAuth,
    BoxNetworkClient,
    NetworkSession,
)

from docgen_nb.service import LocalDocGen, ManualClock

PART = 8 * 1024**2
CONTENT = random.Random(7).randbytes(20_000_001)
SESSIONS = "/api/2.0/files/upload_sessions"


def digest(content):
    sha1 = hashlib.sha1(content, usedforsecurity=False).digest()
    return f"sha={base64.b64encode(sha1).decode()}"


def begin(api, **changes):
    body = {"folder_id": "0", "file_size": len(CONTENT), "file_name": "big.bin", **changes}
    return api("POST", SESSIONS, json=body)


def put(api, session, start, content=None, **headers):
    content = CONTENT[start : start + PART] if content is None else content
    last = start + len(content) - 1
    defaults = {"digest": digest(content), "content-range": f"bytes {start}-{last}/{len(CONTENT)}"}
    return api("PUT", f"{SESSIONS}/{session}", data=content, headers=defaults | headers)


def put_all(api, session):
    starts = [2 * PART, 0, PART]  # in any order
    return [put(api, session, start).json()["part"] for start in starts]


def commit(api, session, parts, content=CONTENT, **headers):
    body, headers = {"parts": parts}, {"digest": digest(content)} | headers
    return api("POST", f"{SESSIONS}/{session}/commit", json=body, headers=headers)


def test_a_session_is_for_twenty_million_bytes_to_fifty_gigabytes(api):
    sizes = {19_999_999: 400, 20_000_000: 201, 50 * 1024**3: 201, 50 * 1024**3 + 1: 413}

    assert {size: begin(api, file_size=size).status_code for size in sizes} == sizes


def test_a_large_file_is_uploaded_in_parts(both):
    session = begin(both)
    assert session.status_code == 201
    created = session.json()
    url = f"{both.url}{SESSIONS}/{created['id']}"
    assert created == {
        "id": created["id"],
        "type": "upload_session",
        "session_expires_at": created["session_expires_at"],
        "part_size": PART,
        "total_parts": 3,
        "num_parts_processed": 0,
        "session_endpoints": {
            "upload_part": url,
            "commit": f"{url}/commit",
            "abort": url,
            "list_parts": f"{url}/parts",
            "status": url,
            "plan": f"{url}/plan",
        },
    }
    parts = put_all(both, created["id"])
    assert [(part["offset"], part["size"]) for part in parts] == [
        (2 * PART, len(CONTENT) - 2 * PART),
        (0, PART),
        (PART, PART),
    ]
    listed = both("GET", f"{url}/parts", params={"limit": 2}).json()
    assert (listed["total_count"], listed["entries"]) == (3, [parts[1], parts[2]])
    assert both("GET", url).json() == created | {"num_parts_processed": 3}
    uploaded = commit(both, created["id"], parts)
    assert uploaded.status_code == 201
    (file,) = uploaded.json()["entries"]
    assert (file["name"], file["size"]) == ("big.bin", len(CONTENT))
    assert both.content(file["id"]) == CONTENT
    assert both.entries("/2.0/events")[0]["event_type"] == "ITEM_UPLOAD"
    assert both("GET", url).status_code == 404


def test_a_new_version_is_uploaded_in_parts_and_can_rename(api):
    file = api.upload(b"small", name="a.bin")["id"]
    body = {"file_size": len(CONTENT), "file_name": "b.bin"}
    session = api("POST", f"/api/2.0/files/{file}/upload_sessions", json=body).json()["id"]
    parts = put_all(api, session)
    stale = commit(api, session, parts, **{"if-match": "7"})
    assert error(stale) == (412, "precondition_failed", "The resource has been modified.")
    (entry,) = commit(api, session, parts, **{"if-match": "0"}).json()["entries"]
    assert (entry["id"], entry["name"], entry["etag"]) == (file, "b.bin", "1")
    assert api.content(file) == CONTENT


def test_boxs_sdk_uploads_a_large_file_and_a_version_of_it():
    with LocalDocGen() as local, local.listen() as url, requests.Session() as session:
        session.trust_env = False
        urls = BaseUrls(base_url=url, upload_url=f"{url}/api", oauth_2_url=f"{url}/oauth2")
        network = NetworkSession(base_urls=urls, network_client=BoxNetworkClient(session))
        client = BoxClient(BoxDeveloperTokenAuth("any"), network_session=network)
        chunked = client.chunked_uploads
        file = chunked.upload_big_file(BytesIO(CONTENT), "big.bin", len(CONTENT), "0")
        assert (file.name, file.size) == ("big.bin", len(CONTENT))
        newer = CONTENT[::-1]
        again = chunked.upload_big_file_version(file.id, BytesIO(newer), len(newer))
        assert again.id == file.id
        assert client.downloads.download_file(file.id).read() == newer


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"file_size": 19_999_999},
            (
                400,
                "file_size_too_small",
                "An upload session needs at least 20000000 bytes; upload this file directly",
            ),
        ),
        (
            {"file_size": 50 * 1024**3 + 1},
            (413, "request_entity_too_large", "The file is over the limit of 53687091200 bytes"),
        ),
        ({"file_size": None}, (400, "missing_file_size", "'file_size' is required")),
        ({"file_size": "big"}, (400, "invalid_file_size", "'file_size' must be a number")),
        ({"file_name": None}, (400, "missing_file_name", "'file_name' is required")),
        ({"folder_id": None}, (400, "missing_destination", "'folder_id' is required")),
        ({"folder_id": "x"}, (400, "invalid_folder_id", "'folder_id' is not an id")),
        ({"folder_id": "12"}, (404, "not_found", "Not Found: folder 12")),
    ],
)
def test_an_invalid_session_is_refused(api, change, expected):
    assert error(begin(api, **change)) == expected


@pytest.mark.parametrize(("size", "parts"), [(3 * PART - 1, 3), (3 * PART, 3), (3 * PART + 1, 4)])
def test_a_last_part_that_is_full_is_followed_by_no_other(api, size, parts):
    assert begin(api, file_size=size).json()["total_parts"] == parts


def test_a_duplicate_name_is_refused_on_creation_and_commit(api):
    taken = (409, "item_name_in_use", "Item with the same name already exists")
    session = begin(api).json()["id"]
    parts = put_all(api, session)
    api.upload(b"", name="BIG.bin")
    assert error(begin(api)) == taken
    assert error(commit(api, session, parts)) == taken


def test_an_invalid_part_is_refused(api):
    session = begin(api).json()["id"]
    total = len(CONTENT)
    message = f"The range is not a part of {PART} bytes of a file of {total} bytes"
    none = (416, "requested_range_not_satisfiable", message)
    assert error(put(api, session, 1)) == none
    assert error(put(api, session, 0, CONTENT[:100])) == none
    assert error(put(api, session, 3 * PART, b"a")) == none
    other = {"content-range": f"bytes 0-{PART - 1}/{total + 1}"}
    assert error(put(api, session, 0, **other)) == none
    assert error(put(api, session, 0, **{"content-range": "bytes */1"})) == (
        400,
        "bad_request",
        "'content-range' must have the form: bytes <first>-<last>/<size of the file>",
    )
    wrong = (400, "bad_digest", "The specified digest did not match what we received")
    assert error(put(api, session, 0, digest=digest(b"other"))) == wrong
    capitals = digest(CONTENT[:PART]).replace("sha=", "SHA=")  # as Box's older SDKs write it
    assert put(api, session, 0, digest=capitals).status_code == 200
    again = (409, "conflict", "The part at 0 has already been uploaded")
    assert error(put(api, session, 0)) == again
    assert api("GET", f"{SESSIONS}/{session}").json()["num_parts_processed"] == 1


def test_a_plan_asks_for_every_part(api):
    session = begin(api).json()["id"]
    body = {"parts": [{"offset": 0, "size": PART, "sha512": "0" * 128}]}
    planned = api("POST", f"{SESSIONS}/{session}/plan", json=body)
    assert planned.status_code == 200
    assert planned.json() == {"upload_session_id": session, "hits": [], "misses": body["parts"]}
    none = (400, "bad_request", "'parts' must be a list of parts")
    assert error(api("POST", f"{SESSIONS}/{session}/plan", json={"parts": [1]})) == none


def test_a_commit_needs_all_parts(api):
    session = begin(api).json()["id"]
    parts = [put(api, session, 0).json()["part"]]
    missing = (400, "bad_request", "Some parts have not been uploaded yet")
    assert error(commit(api, session, parts)) == missing
    parts += [put(api, session, start).json()["part"] for start in (PART, 2 * PART)]
    others = (400, "bad_request", "'parts' does not match the uploaded parts")
    assert error(commit(api, session, parts[:2])) == others
    wrong = (400, "bad_digest", "The specified digest did not match what we received")
    assert error(commit(api, session, parts, content=b"other")) == wrong
    assert api.entries("/2.0/folders/0/items") == []
    assert commit(api, session, parts).status_code == 201


def test_a_committed_session_can_be_deleted_once(api):
    session = begin(api).json()["id"]
    parts = put_all(api, session)
    assert commit(api, session, parts).status_code == 201

    gone = (404, "not_found", "Not Found: upload session")
    assert error(commit(api, session, parts)) == gone
    assert error(api("GET", f"{SESSIONS}/{session}")) == gone
    assert api("DELETE", f"{SESSIONS}/{session}").status_code == 204
    assert error(api("DELETE", f"{SESSIONS}/{session}")) == gone
    assert len(api.entries("/2.0/folders/0/items")) == 1


def test_aborted_and_expired_sessions_are_deleted(tmp_path):
    clock, gone = ManualClock(), (404, "not_found", "Not Found: upload session")
    with LocalDocGen(tmp_path, clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        ended = begin(api).json()["id"]
        put(api, ended, 0)
        assert api("DELETE", f"{SESSIONS}/{ended}").status_code == 204
        assert error(put(api, ended, 0)) == gone
        left = begin(api).json()["id"]
        put(api, left, 0)
        clock.advance(7 * 24 * 3600)
        assert error(put(api, left, PART)) == gone
        begin(api)
    assert list((tmp_path / "sessions").iterdir()) == []


def test_users_see_only_their_own_sessions(api):
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    subject = {"box_subject_type": "user", "box_subject_id": "4711"}
    token = api("POST", "/oauth2/token", data=form | subject).json()["access_token"]
    other = Api(api.session, api.url, token)
    session = begin(api).json()["id"]
    assert other("GET", f"{SESSIONS}/{session}").status_code == 404
    assert put(other, session, 0).status_code == 404
