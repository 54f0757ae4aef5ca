"""The contract checks: they report each kind of wrong reply, and exemptions stay narrow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from contract.judge import EXEMPTIONS, sample, violations
from contract.openapi import Exchange, all_violations

TESTS = Path(__file__).parents[1]
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}
CHALLENGE = {"www-authenticate": 'Bearer realm="Service", error="invalid_token"'}


def seen(method, path, status, body=None, *, headers=JSON, **query):
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    return Exchange(method, path, query, status, headers, content)


def reported(exchange):
    return [
        (violation.kind, violation.place, violation.message) for violation in violations(exchange)
    ]


JOB = {
    "id": "4000001",
    "type": "docgen_job",
    "batch": {"type": "docgen_batch", "id": "3000001"},
    "template_file": {"type": "file", "id": "1000001"},
    "template_file_version": {"type": "file_version", "id": "2000001"},
    "output_file": None,
    "output_file_version": None,
    "status": "submitted",
    "output_type": "docx",
    "failures": None,
}
FULL = JOB | {
    "created_by": {"type": "user", "id": "5000001"},
    "enterprise": {"type": "enterprise", "id": "7000001"},
    "source": "api",
    "created_at": "2026-11-23T22:23:16+00:00",
}
ERROR = {
    "type": "error",
    "status": 404,
    "code": "not_found",
    "help_url": "http://developers.box.com/docs/#errors",
    "message": "Not Found",
    "request_id": "0123456789abcdef",
}
FOLDER = {
    "type": "folder",
    "id": "1000001",
    "sequence_id": "0",
    "etag": "0",
    "name": "Letters",
    "description": "",
    "size": 0,
    "path_collection": {
        "total_count": 1,
        "entries": [
            {"type": "folder", "id": "0", "sequence_id": None, "etag": None, "name": "All Files"}
        ],
    },
    "created_at": "2026-11-23T22:23:16+00:00",
    "modified_at": "2026-11-23T22:23:16+00:00",
    "created_by": {"type": "user", "id": "5", "name": "Ada", "login": "ada@docgen.local"},
    "modified_by": {"type": "user", "id": "5", "name": "Ada", "login": "ada@docgen.local"},
    "owned_by": {"type": "user", "id": "5", "name": "Ada", "login": "ada@docgen.local"},
    "parent": None,
    "item_status": "active",
}
MINI = {"type": "folder", "id": "1", "sequence_id": "0", "etag": "0", "name": "Letters"}
FILE = {
    "type": "file",
    "id": "1000002",
    "sequence_id": "0",
    "etag": "0",
    "name": "a.docx",
    "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "file_version": {
        "type": "file_version",
        "id": "2000001",
        "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    },
}


def one_job(job, *, status=200):
    return seen("GET", "/2.0/docgen_jobs/4000001", status, job)


def page(*entries, path="/2.0/docgen_jobs", **query):
    body = {"entries": entries, "limit": 100, "next_marker": None, "prev_marker": None}
    return seen("GET", path, 200, body, **query)


def refusal(path="/2.0/docgen_jobs/4000001", /, **changes):
    body = ERROR | changes
    return seen("GET", path, body["status"], body)


def without(body, name):
    return {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    "exchange",
    [
        one_job(JOB),
        one_job(JOB | {"output_file": {"type": "file", "id": "1"}, "status": "completed"}),
        one_job(JOB | {"failures": {"errors": ["a"], "warnings": []}}),
        page(),
        page(FULL, FULL),
        page(FULL, limit="100"),
        page(JOB, path="/2.0/docgen_batch_jobs/3000001"),
        page(FILE, MINI, path="/2.0/folders/0/items"),
        refusal(),
        refusal("/2.0/nothing"),
        seen("DELETE", "/2.0/docgen_templates/1", 204, b"", headers={}),
        seen("GET", "/2.0/files/1", 304, b"", headers={}),
        seen("POST", "/api/2.0/files/content", 201, {"total_count": 1, "entries": [FILE]}),
        seen("POST", "/oauth2/token", 400, {"error": "invalid_grant", "error_description": "a"}),
    ],
)
def test_a_correct_reply_has_no_violation(exchange):
    assert reported(exchange) == []


STATUSES = "['submitted', 'completed', 'failed', 'completed_with_error', 'pending']"
UNKNOWN_PATH = "Path not found for https://api.box.com/2.0/docgen_cancels"


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (
            one_job(JOB | {"status": "done"}),
            ("enum", "status", f"'done' is not one of {STATUSES}"),
        ),
        (one_job(without(JOB, "status")), ("required", "", "'status' is a required property")),
        (one_job(JOB | {"id": 4000001}), ("type", "id", "4000001 is not of type 'string'")),
        (one_job(JOB | {"batch": None}), ("type", "batch", "None for not nullable")),
        (
            one_job(JOB | {"failures": {"errors": []}}),
            ("required", "failures", "'warnings' is a required property"),
        ),
        (
            seen("GET", "/2.0/docgen_jobs/3", 200, JOB | {"created_at": "x"}),
            ("extra", "created_at", "The OpenAPI has no such field."),
        ),
        (
            one_job(JOB | {"finished_at": None}),
            ("extra", "finished_at", "The OpenAPI has no such field."),
        ),
        (
            seen("GET", "/2.0/folders/1", 200, FOLDER | {"created_at": "yesterday"}),
            ("format", "created_at", "'yesterday' is not a 'date-time'"),
        ),
        (
            page(MINI | {"sha1": "a"}, path="/2.0/folders/0/items"),
            ("extra", "entries/0/sha1", "The OpenAPI has no such field."),
        ),
        (
            page(limit="50"),
            ("limit", "limit", "The request has limit 50; the reply has 100."),
        ),
        (
            page(limit="10000"),
            ("limit", "limit", "The request has limit 10000; the reply has 100."),
        ),
        (
            seen("POST", "/2.0/docgen_batches", 200, {"type": "docgen_batch", "id": "1"}),
            ("status", "", "The OpenAPI has no 200 here."),
        ),
        (one_job({}, status=302), ("status", "", "The OpenAPI has no 302 here.")),
        (
            seen("GET", "/2.0/docgen_cancels", 200, {"entries": []}),
            ("path", "", f"The OpenAPI has no such call: {UNKNOWN_PATH}"),
        ),
        (
            seen("PUT", "/2.0/docgen_jobs/1", 200, JOB),
            (
                "path",
                "",
                "The OpenAPI has no such call: "
                "Operation put not found for https://api.box.com/2.0/docgen_jobs/1",
            ),
        ),
        (
            seen("GET", "/api/2.0/docgen_jobs/1", 200, JOB),
            ("server", "", "The OpenAPI has this call on the other host."),
        ),
        (one_job(b""), ("body", "", "Missing response data")),
        (
            seen("DELETE", "/2.0/docgen_templates/1", 204, b"gone"),
            ("body", "", "The OpenAPI has no body here."),
        ),
        (
            seen("GET", "/2.0/docgen_jobs/1", 200, b"<html>", headers=HTML),
            (
                "body",
                "",
                "Content for the following mimetype not found: text/html. "
                "Valid mimetypes: ['application/json']",
            ),
        ),
        (refusal(message=None), ("error", "message", "An error needs this field.")),
        (
            seen("GET", "/2.0/docgen_jobs/1", 403, ERROR),
            ("error", "status", "It differs from the status of the reply."),
        ),
        (refusal("/2.0/nothing", stack="a"), ("extra", "stack", "The OpenAPI has no such field.")),
    ],
)
def test_a_wrong_reply_is_reported(exchange, expected):
    assert expected in reported(exchange)


def webhook(trigger):
    return {"id": "1", "type": "webhook", "triggers": [trigger]}


EXEMPT_REPLIES = {
    "empty 401": seen("GET", "/2.0/users/me", 401, b"", headers=CHALLENGE),
    "code outside the enum": refusal(code="trashed"),
    "one conflict": seen(
        *("OPTIONS", "/2.0/files/content", 409),
        ERROR | {"status": 409, "code": "item_name_in_use", "context_info": {"conflicts": MINI}},
    ),
    "clamped limit": seen("GET", "/2.0/docgen_jobs", 200, {"limit": 1000}, limit="10000"),
    "no such endpoint": refusal("/2.0/nothing"),
    "download address": seen("GET", "/d/1/1.2.ab/download", 200, None, headers={}),
    "preflight of a version": seen("OPTIONS", "/2.0/files/1/content", 200, {"upload_url": "x"}),
    "path of the local service": seen("POST", "/_service/clock", 204, b""),
    "one host": seen("POST", "/2.0/files/content", 201, {"entries": []}),
    "requested fields": page(MINI | {"size": 1}, path="/2.0/folders/0/items", fields="name,size"),
    "created_at in lists": page(
        JOB | {"created_at": "2026-03-02T09:00:00+00:00"}, path="/2.0/docgen_template_jobs/1"
    ),
    "external_id": one_job(JOB | {"external_id": "A-1"}),
    "null next to allOf": seen("GET", "/2.0/folders/0", 200, FOLDER | {"shared_link": None}),
    "no tags": seen("GET", "/2.0/folders/1", 200, {"type": "folder", "id": "1", "tags": []}),
    "scope outside the enum": seen(
        "POST", "/oauth2/token", 200, {"restricted_to": [{"scope": "root_readonly"}]}
    ),
    "Doc Gen triggers": seen(
        "GET", "/2.0/webhooks/1", 200, webhook("DOCGEN_DOCUMENT_GENERATION.STARTED")
    ),
    "source of an event": seen("GET", "/2.0/events", 200, {"entries": [{"source": FILE}]}),
    "upload sessions": seen("GET", "/2.0/files/upload_sessions/A", 200, {"id": "A"}),
    "long-poll address": seen("GET", "/realtime/subscribe", 200, {"message": "new_change"}),
}


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda exemption: exemption.name)
def test_each_exemption_is_needed(exemption):
    reported_violations = all_violations(EXEMPT_REPLIES[exemption.name])
    assert len(reported_violations) > 0
    assert any(exemption.applies(violation) for violation in reported_violations)
    assert reported(EXEMPT_REPLIES[exemption.name]) == []


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        (seen("GET", "/2.0/users/me", 401, b"", headers={}), "body"),
        (seen("GET", "/2.0/users/me", 403, b"", headers=CHALLENGE), "body"),
        (refusal(code="trashed", status=400), "enum"),
        (refusal(code="no_such_code"), "enum"),
        (seen("GET", "/2.0/docgen_jobs", 200, {"limit": 10000}, limit="10001"), "limit"),
        (refusal("/2.0/nothing", status=400, code="bad_request"), "path"),
        (seen("GET", "/d/2/1.2.ab/download", 200, None, headers={}), "path"),
        (seen("POST", "/d/1/1.2.ab/download", 200, b"", headers={}), "path"),
        (seen("POST", "/service/clock", 204, b""), "path"),
        (seen("GET", "/realtime/subscribe", 200, {"message": "hello"}), "path"),
        (refusal("/2.0/files/upload_sessions/A", code="no_such_code"), "enum"),
        (
            seen("GET", "/2.0/webhooks/1", 200, webhook("DOCGEN_DOCUMENT_GENERATION_STARTED")),
            "enum",
        ),
        (seen("POST", "/api/2.0/folders", 201, FOLDER), "server"),
        (page(MINI | {"size": 1}, path="/2.0/folders/0/items", fields="name"), "extra"),
        (page(MINI | {"stack": 1}, path="/2.0/folders/0/items", fields="stack"), "extra"),
        (seen("GET", "/2.0/docgen_templates/1", 200, {"external_id": "A-1"}), "extra"),
        (one_job(JOB | {"batch": JOB["batch"] | {"external_id": "A"}, "status": None}), "type"),
        (seen("GET", "/2.0/folders/0", 200, FOLDER | {"name": None}), "type"),
        (seen("GET", "/2.0/folders/1", 200, {"type": "folder", "id": "1", "tags": {}}), "type"),
        (seen("POST", "/oauth2/token", 200, {"token_type": "root_readonly"}), "enum"),
    ],
)
def test_no_exemption_covers_more(exchange, kind):
    assert kind in [name for name, _, _ in reported(exchange)]


RUN = """
import requests
from contract.judge import judge
from docgen_nb.service import LocalDocGen, Reply
from docgen_nb.service.transports.http_server import listening


def wrong(request):
    reply = Reply(200, {"content-type": "application/json"}, b'{"entries": 7}')
    for watch in LocalDocGen.observers:
        watch(request, reply)
    return reply


def test_wrong():
    with listening(wrong) as url:
        assert requests.get(url + "/2.0/docgen_jobs", timeout=30).status_code == 200


def test_wrong_and_failing():
    with listening(wrong) as url:
        assert requests.get(url + "/2.0/docgen_jobs", timeout=30).status_code == 999


def test_seen_through_a_session():
    observers, LocalDocGen.observers = LocalDocGen.observers, []
    with listening(wrong) as url, judge.watch(requests.Session()) as session:
        assert session.get(url + "/2.0/docgen_jobs", timeout=30).status_code == 200
    LocalDocGen.observers = observers


def test_right():
    with LocalDocGen() as local, local.session() as session:
        headers = {"Authorization": "Bearer any"}
        assert session.get("http://docgen.local/2.0/users/me", headers=headers).status_code == 200
"""


@pytest.mark.slow
def test_a_wrong_reply_fails_its_own_test_also_from_a_server_thread(tmp_path):
    (tmp_path / "test_inner.py").write_text(RUN)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    command = [sys.executable, "-m", "pytest", "-q", "-rN", "-p", "conftest", "--tb=short"]
    command += [f"--rootdir={TESTS.parent}", str(tmp_path)]  # conftest.py looks for files there
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])

    completed = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=120
    )

    text = completed.stdout
    assert text.count("E   AssertionError: Violations of Box's OpenAPI (1):") == 3, text
    assert text.count("GET /2.0/docgen_jobs -> 200, type at entries: 7 is not of type 'array'") == 3
    assert "assert 200 == 999" in text
    assert text.splitlines()[-1].startswith("3 failed, 1 passed in ")


def test_the_first_the_last_and_every_nth_entry_of_a_long_list_are_checked():
    entries = [{"id": str(number), "name": "x" * 100} for number in range(1000)]
    content = json.dumps({"entries": entries, "limit": 1000}).encode()
    checked = json.loads(sample(content))
    assert checked["limit"] == 1000
    assert [entry["id"] for entry in checked["entries"]] == [*map(str, range(0, 1000, 21)), "999"]


@pytest.mark.parametrize("content", [None, b"", b"[1]", b"x" * 30_000, b'{"id": "1"}'])
def test_other_bodies_are_checked_whole(content):
    assert sample(content) is content
