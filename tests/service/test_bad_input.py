"""Bad input gets Box's error bodies through both transports, and the service keeps running."""

import gzip
import io
import json
import logging
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import requests
from api import Api, batch_body, error

from docgen_nb import samples
from docgen_nb.service import LocalDocGen

GREETING = "Dear {{name}},"
NOT_HTTP = (400, "bad_request", "The request is not valid HTTP.")


@pytest.fixture(params=["adapter", "port"])
def each(request) -> Api:
    """A service with a folder, a template and a batch of three, through each transport."""
    local = request.getfixturevalue("local")
    api = request.getfixturevalue("api" if request.param == "adapter" else "port_api")
    template = api.template(samples.template("{{a}} {{b}} {{c}}"))
    folder = api.folder("Letters")
    batch = api.batch(batch_body(template, folder, [{}, {}, {}]))
    local.finish()
    api.lists = {
        "jobs": "/2.0/docgen_jobs",
        "batch": f"/2.0/docgen_batch_jobs/{batch}",
        "template": f"/2.0/docgen_template_jobs/{template}",
        "templates": "/2.0/docgen_templates",
        "tags": f"/2.0/docgen_templates/{template}/tags",
        "items": f"/2.0/folders/{folder}/items",
    }
    return api


# Bodies


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "gzip, br", "made-up"])
def test_a_body_with_a_content_encoding_is_refused(local, both, encoding):
    message = f"The content encoding {encoding!r} is not supported. Send the body without one."
    body = gzip.compress(b'{"name": "Letters", "parent": {"id": "0"}}')
    headers = {"content-encoding": encoding}
    reply = both("POST", "/2.0/folders", data=body, headers=headers)
    assert error(reply) == (400, "bad_request", message)
    parts = {"attributes": (None, '{"name": "a", "parent": {"id": "0"}}'), "file": ("a", b"abc")}
    reply = both("POST", "/2.0/files/content", files=parts, headers=headers)
    assert error(reply) == (400, "bad_request", message)
    assert both.entries("/2.0/folders/0/items") == []


def test_the_identity_encoding_is_accepted(both):
    body = b'{"name": "Letters", "parent": {"id": "0"}}'
    reply = both("POST", "/2.0/folders", data=body, headers={"content-encoding": "Identity"})
    assert reply.status_code == 201


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('"\\ud800"', "it contains half of a surrogate pair"),
        ('{"\\uDFFF": 1}', "it contains half of a surrogate pair"),
        (
            "1e99999999999999999999",
            "the exponent of the number 1e99999999999999999999 is too large",
        ),
        ("Infinity", "Infinity is not a JSON value"),
        ("[" * 101 + "]" * 101, "it is nested more than 100 levels deep"),
    ],
)
def test_json_that_cannot_be_stored_is_refused(both, value, reason):
    template = both.template(samples.template(GREETING))
    body = json.dumps(batch_body(template, "0", [{"name": "here"}])).replace('"here"', value)
    reply = both("POST", "/2.0/docgen_batches", data=body)
    message = f"The request body is not valid JSON: {reason}."
    assert error(reply) == (400, "bad_request", message)
    assert both.entries("/2.0/docgen_jobs") == []


@pytest.mark.parametrize("value", ["\\ud83d\\ude00", "\\\\ud800", "😀"])
def test_valid_surrogate_pairs_and_escapes_are_accepted(local, both, value):
    template = both.template(samples.template(GREETING))
    body = json.dumps(batch_body(template, "0", [{"name": "here"}])).replace("here", value)
    both.batch(json.loads(body))
    assert both("POST", "/2.0/docgen_batches", data=body.encode()).status_code == 202
    local.finish()
    assert [job["status"] for job in both.entries("/2.0/docgen_jobs")] == ["completed"] * 2


def test_attributes_of_an_upload_are_checked_like_bodies(both):
    for description in ('"\\ud800"', "1e99999999999999999999", "[" * 101 + "]" * 101):
        attributes = f'{{"name": "a", "parent": {{"id": "0"}}, "description": {description}}}'
        parts = {"attributes": (None, attributes), "file": ("a", b"abc")}
        reply = both("POST", "/2.0/files/content", files=parts)
        message = "The part 'attributes' is not valid JSON."
        assert error(reply) == (400, "bad_request", message)
    assert both.entries("/2.0/folders/0/items") == []


PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n'


@pytest.mark.parametrize(
    ("boundary", "body", "message"),
    [
        ("x", b"", "The multipart body ends before its last boundary."),
        ("x", PART, "The multipart body ends before its last boundary."),
        ("x", PART + b"--x--\r\n", "'attributes' is required"),
        (
            "y",
            PART + b"--x--\r\n",
            "The multipart body cannot be read: "
            "Expected boundary character 121, got 120 at index 4",
        ),
        (
            "b" * 300,
            PART,
            "The multipart body cannot be read: Boundary length 300 exceeds maximum of 256",
        ),
        (
            "x",
            b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\nabc\r\n--x--\r\n",
            "The multipart body cannot be read: Maximum header count exceeded",
        ),
        (
            "x",
            b"--x\r\nA: " + b"b" * 200_000 + b"\r\n\r\nabc\r\n--x--\r\n",
            "The multipart body cannot be read: Maximum header size exceeded",
        ),
    ],
)
def test_a_malformed_multipart_body_is_refused_without_leftovers(
    local, both, boundary, body, message
):
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    file = both.upload(b"old", name="old")["id"]
    for path in ("/2.0/files/content", f"/2.0/files/{file}/content"):
        reply = both("POST", path, data=body, headers=headers)
        assert error(reply) == (400, "bad_request", message)
    assert list((local.store.folder / "incoming").iterdir()) == []
    assert both.content(file) == b"old"


def test_a_version_with_a_wrong_digest_is_refused(local, both):
    file = both.upload(b"old", name="a")["id"]
    parts = {"attributes": (None, "{}"), "file": ("", b"new")}
    for digest in ("0" * 40, "x", "", "é".encode("latin-1")):
        reply = both(
            "POST", f"/2.0/files/{file}/content", files=parts, headers={"content-md5": digest}
        )
        message = "The specified content-md5 did not match what we received"
        assert error(reply) == (400, "bad_digest", message)
    assert both.content(file) == b"old"


@pytest.mark.parametrize("size", [0, 1, 200_000])
def test_chunked_bodies_are_read(both, size):
    chunks = [b" " * size, b'{"name": "Letters", ', b'"parent": {"id": "0"}}']
    nonempty = (chunk for chunk in chunks if chunk)
    assert both("POST", "/2.0/folders", data=nonempty).status_code == 201
    reply = both("POST", "/2.0/folders", data=(chunk for chunk in chunks[1:2]))
    assert error(reply)[:2] == (400, "bad_request")


def test_a_body_over_the_limit_of_all_routes_is_refused(port_api):
    longest = 110 * 1024 * 1024
    reply = port_api("POST", "/2.0/folders", data=(bytes(1 << 20) for _ in range(111)))
    assert error(reply) == (413, "request_entity_too_large", "Request entity too large")
    assert longest < 111 << 20
    assert port_api("GET", "/2.0/docgen_jobs").status_code == 200


# Paths, methods, queries and headers


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/2.0/files/%ff%fe", (405, "method_not_allowed", "Method Not Allowed")),
        ("/2.0/files/%ed%a0%80", (405, "method_not_allowed", "Method Not Allowed")),
        ("/2.0/files/%00", (405, "method_not_allowed", "Method Not Allowed")),
        ("/2.0/docgen_jobs/%ff", (404, "not_found", "Not Found: \ufffd")),
        (
            "/2.0/files/..%2f..%2fetc%2fpasswd",
            (404, "not_found", "Not Found: /2.0/files/../../etc/passwd"),
        ),
        (
            "/d/1/..%2f..%2fdocgen.sqlite/download",
            (404, "not_found", "Not Found: /d/1/../../docgen.sqlite/download"),
        ),
        ("/d/1/..%5c1.9.x/download", (404, "not_found", "Not Found: download")),
        ("/2.0/files/" + "9" * 400, (405, "method_not_allowed", "Method Not Allowed")),
        ("/2.0/files/٣", (405, "method_not_allowed", "Method Not Allowed")),
        ("/2.0/docgen_jobs/-1", (404, "not_found", "Not Found: -1")),
        ("/2.0/files/{file_id}", (405, "method_not_allowed", "Method Not Allowed")),
        ("/", (404, "not_found", "Not Found: /")),
    ],
)
def test_an_unknown_path_is_refused(both, path, expected):
    assert error(both("GET", path)) == expected


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "OPTIONS", "DELETE", "MADE-UP"])
def test_an_unsupported_method_is_refused(both, method):
    reply = both(method, "/2.0/docgen_jobs")
    assert error(reply) == (405, "method_not_allowed", "Method Not Allowed")


def test_head_is_refused_without_a_body(both):
    reply = both("HEAD", "/2.0/docgen_jobs")
    assert (reply.status_code, reply.headers["content-type"]) == (405, "application/json")


LISTS = ("jobs", "batch", "template", "templates", "tags", "items")


@pytest.mark.parametrize("limit", ["-1", "0", "1e3", "9" * 400, "%ff", "٣", " 1", ""])
def test_every_list_refuses_an_invalid_limit(each, limit):
    for which in LISTS:
        reply = each("GET", f"{each.lists[which]}?limit={limit}")
        assert error(reply) == (400, "invalid_limit", "Limit is not a valid number")


def test_every_list_refuses_markers_of_other_lists(each):
    markers = {}
    for which in LISTS:
        query = {"limit": 1, "usemarker": "true"}
        page = each("GET", each.lists[which], params=query).json()
        markers[which] = page.get("next_marker")
    assert markers.pop("templates") is None
    assert len(set(markers.values())) == 5
    for which in LISTS:
        for other, marker in {**markers, "made up": "AAAA"}.items():
            if other == which:
                continue
            query = {"marker": marker, "usemarker": "true"}
            reply = each("GET", each.lists[which], params=query)
            message = f"The marker {marker!r} does not belong to this list."
            assert error(reply) == (400, "bad_request", message)


def test_header_values_can_be_non_ascii_bytes(both):
    good = both("GET", "/2.0/docgen_jobs", headers={"box-version": b"2025.0"})
    assert good.status_code == 200
    reply = both("GET", "/2.0/docgen_jobs", headers={"as-user": "é".encode("latin-1")})
    assert error(reply) == (
        403,
        "access_denied_insufficient_permissions",
        "Access denied - insufficient permission",
    )


# Input that only a socket can send


def test_two_version_headers_are_refused(local):
    reply = over_a_socket(local, head("GET", "/2.0/docgen_jobs", "box-version: 2025.0"))
    assert error(reply) == (
        400,
        "invalid_api_version",
        "The 'box-version' header supports only one header value per request, do not use comas. "
        "Supported API versions: [2025.0].",
    )


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
        b"GET /2.0/docgen_jobs HTTP/1.1\r\n\r\n",
        b"GET /2.0/docgen_jobs HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /2.0/files/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /2.0/docgen_jobs HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET /2.0/docgen_jobs HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"GET /2.0/docgen_jobs?marker=" + b"x" * 300_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: x\r\n" * 50_000 + b"\r\n",
        b"POST /2.0/folders HTTP/1.1\r\nHost: a\r\nContent-Length: -4\r\n\r\n",
        b"POST /2.0/folders HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
        b"POST /2.0/folders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /2.0/folders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"POST /2.0/folders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh",
    ],
)
def test_invalid_http_gets_boxs_error_body(local, sent):
    assert error(over_a_socket(local, sent)) == NOT_HTTP


def test_long_headers_are_accepted(local):
    reply = over_a_socket(local, head("GET", "/2.0/docgen_jobs", "X: " + "x" * 60_000))
    assert reply.status_code == 200


def test_a_websocket_upgrade_is_ignored(local):
    upgrade = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: YQ=="]
    sent = head("GET", "/2.0/docgen_jobs", *upgrade).replace(b"close", b"close, Upgrade")
    assert over_a_socket(local, sent).status_code == 200


def test_an_aborted_upload_leaves_no_file(local):
    body = b'--x\r\nContent-Disposition: form-data; name="attributes"\r\n\r\n'
    body += b'{"name": "a", "parent": {"id": "0"}}\r\n' + PART + b"--x--\r\n"
    kind = "Content-Type: multipart/form-data; boundary=x"
    sent = head("POST", "/2.0/files/content", kind, f"Content-Length: {len(body)}") + body
    with local.listen() as url:
        for end in (len(sent) - 1, len(sent) - 10, len(sent) - len(body), 30):
            with connected(url) as client:
                client.sendall(sent[:end])
        with connected(url) as client:
            client.sendall(sent)
            assert answer(client).status_code == 201
    assert [c["name"] for c in items(local)] == ["a"]
    assert list((local.store.folder / "incoming").iterdir()) == []


KILLED = """
import os, pathlib, sys
from docgen_nb.service.storage.store import Store
with Store(pathlib.Path(sys.argv[1])).contents.incoming() as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), 9)
"""


def test_half_written_files_of_a_killed_process_are_deleted_and_no_others(tmp_path):
    with LocalDocGen(tmp_path) as first, first.store.contents.incoming() as file:
        file.write(b"abc")
        assert subprocess.run([sys.executable, "-c", KILLED, tmp_path]).returncode == -9
        assert len(list((tmp_path / "incoming").iterdir())) == 2
        with LocalDocGen(tmp_path):
            assert [str(path) for path in (tmp_path / "incoming").iterdir()] == [file.name]
        blob = first.store.contents.keep(file)
        assert first.store.contents.path(blob.sha256).read_bytes() == b"abc"
    assert list((tmp_path / "incoming").iterdir()) == []


# Logs


@pytest.fixture
def logged():
    """Return everything logged, except by the HTTP client."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s %(args)s"))
    handler.addFilter(lambda record: not record.name.startswith("urllib3"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


def test_logs_contain_neither_tokens_nor_bodies(logged):
    with LocalDocGen(token="Quine-token") as local, local.listen() as url:
        for session, address in ((local.session(), "http://docgen.local"), (bare(), url)):
            with session:
                send_secrets(session, address)
        local.finish()
        logging.getLogger("docgen_nb").warning("The log is read.")
        everything = logged() + repr(list(local.log))
    assert "The log is read." in everything
    assert "/2.0/docgen_batches" in everything
    assert "quine" not in everything.lower()


def bare():
    session = requests.Session()
    session.trust_env = False
    return session


def send_secrets(session, url):
    good, wrong = (Api(session, url, token=f"Quine-{word}") for word in ("token", "wrong"))
    template = good.template(samples.template("{{Quine}}"), name=f"{urlsplit(url).port}.docx")
    good.batch(batch_body(template, "0", [{"Quine": "Quine"}]))
    for api in (good, wrong):
        api("GET", "/2.0/docgen_jobs", params={"access_token": "Quine-token"})
        api("POST", "/2.0/docgen_batches", json={"Quine": 1})
        api("POST", "/2.0/docgen_batches", data=b'{"Quine": \xff')
        api("POST", "/2.0/files/content", data=b"Quine", headers={"content-type": "Quine"})
        api("POST", "/2.0/files/content", data=b"--x\r\nQuine Quine", headers=MULTIPART)
        api("POST", "/oauth2/token", data={"client_secret": "Quine", "assertion": "Quine"})
        api("POST", "/oauth2/revoke", data={"token": "Quine"})


MULTIPART = {"content-type": "multipart/form-data; boundary=x"}


def head(method, path, *headers):
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        "Authorization: Bearer any",
        "box-version: 2025.0",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def over_a_socket(local, sent):
    """Send these bytes, check that the service still answers, and return the complete reply."""
    with local.listen() as url:
        with connected(url) as client:
            client.sendall(sent)
            reply = answer(client)
        with connected(url) as client:
            client.sendall(head("GET", "/2.0/docgen_jobs"))
            assert answer(client).status_code == 200
    return reply


def connected(url):
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=30)


def answer(client):
    """Read to the end of the connection and return a complete reply."""
    received = b"".join(iter(lambda: client.recv(65536), b""))
    start, _, content = received.partition(b"\r\n\r\n")
    reply = requests.Response()
    reply.status_code = int(start.split()[1])
    for line in start.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        reply.headers[name] = value.strip()
    assert int(reply.headers["content-length"]) == len(content)
    assert reply.headers["content-type"] == "application/json"
    reply.raw = io.BytesIO(content)
    return reply


def items(local):
    with local.session() as session:
        return Api(session, "http://docgen.local").entries("/2.0/folders/0/items")
