"""Fault injection, the manual clock, rate limits and the administration calls."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests
from api import Api, batch_body, error

from docgen_nb.service import Fault, FaultPlan, JobBehavior, LocalDocGen, ManualClock

ME = "/2.0/users/me"


def statuses(api, count, path=ME):
    return [api("GET", path).status_code for _ in range(count)]


def test_every_nth_call_fails_and_is_logged(local, both):
    local.set_faults([Fault("rate_limited", every=3, seconds=7)])
    assert statuses(both, 6) == [200, 200, 429, 200, 200, 429]
    assert [entry.fault for entry in local.log][-3:] == ["", "", "rate_limited"]
    reply = [both("GET", ME) for _ in range(3)][-1]
    assert reply.headers["Retry-After"] == "7"
    text = "Request rate limit exceeded, please try again later"
    assert error(reply) == (429, "rate_limit_exceeded", text)


def test_a_seed_determines_which_share_of_the_calls_fails(local, api):
    def run(seed):
        local.set_faults([Fault("unavailable", share=0.3, seed=seed)])
        return statuses(api, 100)

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 15 < first.count(503) < 45


@pytest.mark.parametrize(
    ("kind", "status"), [("server_error", 500), ("unavailable", 503), ("expired_token", 401)]
)
def test_an_early_fault_has_no_side_effect(local, api, kind, status):
    local.set_faults([Fault(kind, method="POST", times=1)])
    body = {"name": "A", "parent": {"id": "0"}}
    assert api("POST", "/2.0/folders", json=body).status_code == status
    assert api("POST", "/2.0/folders", json=body).status_code == 201


def test_a_lost_reply_comes_after_the_work(local, both):
    local.set_faults([Fault("lost_reply", path="/2.0/folders", times=1)])
    with pytest.raises(requests.ConnectionError):
        both("POST", "/2.0/folders", json={"name": "A", "parent": {"id": "0"}})
    assert [entry["name"] for entry in both.entries("/2.0/folders/0/items")] == ["A"]


def test_an_error_reply_comes_after_the_work(local, both):
    local.set_faults([Fault("error_reply", path="/2.0/folders", times=1)])
    reply = both("POST", "/2.0/folders", json={"name": "A", "parent": {"id": "0"}})
    assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")
    assert [entry["name"] for entry in both.entries("/2.0/folders/0/items")] == ["A"]


def test_a_truncated_body_ends_early(local, both):
    local.set_faults([Fault("truncated", times=1)])
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        both("GET", ME)
    assert statuses(both, 1) == [200]


def test_a_slow_reply_is_delayed(local, both):
    local.set_faults([Fault("slow", seconds=0.3, times=1)])
    began = time.monotonic()
    assert both("GET", ME).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_tags_are_not_ready_as_often_as_the_fault_says(local, api):
    file = api.upload(b"no word file", name="a.docx")["id"]
    api("POST", "/2.0/docgen_templates", json={"file": {"type": "file", "id": file}})
    local.set_faults([Fault("tags_not_ready", times=2)])
    path = f"/2.0/docgen_templates/{file}/tags"
    first = api("GET", path)
    assert (first.status_code, first.json()) == (202, {"message": "Processing tags for this file."})
    assert statuses(api, 2, path) == [202, 200]
    assert statuses(api, 1, "/2.0/docgen_templates") == [200]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"call": []}, "Object contains unknown field `call`"),
        ({"calls": 5}, "Expected `array`, got `int` - at `$.calls`"),
        ({"jobs": None}, "Expected `array`, got `null` - at `$.jobs`"),
        (
            {"calls": [{"kind": "slow", "seconds": -1}]},
            "seconds must be from 0 to 3600, not -1.0 - at `$.calls[0]`",
        ),
        (
            {"calls": [{"kind": "slow", "times": 0}]},
            "times must be at least 1, not 0 - at `$.calls[0]`",
        ),
        ({"calls": ["x"]}, "Expected `object`, got `str` - at `$.calls[0]`"),
        ({"calls": [{}]}, "Object missing required field `kind` - at `$.calls[0]`"),
        (
            {"calls": [{"kind": "odd"}]},
            "Unknown fault 'odd': choose one of rate_limited, server_error, unavailable, "
            "lost_reply, error_reply, slow, truncated, expired_token, tags_not_ready - at "
            "`$.calls[0]`",
        ),
        (
            {"calls": [{"kind": "slow", "evry": 2}]},
            "Object contains unknown field `evry` - at `$.calls[0]`",
        ),
        (
            {"calls": [{"kind": "slow", "every": "2"}]},
            "Expected `int | null`, got `str` - at `$.calls[0].every`",
        ),
        (
            {"calls": [{"kind": "slow", "every": 0}]},
            "every must be at least 1, not 0 - at `$.calls[0]`",
        ),
        (
            {"calls": [{"kind": "slow", "share": 2}]},
            "share must be from 0 to 1, not 2.0 - at `$.calls[0]`",
        ),
        (
            {"jobs": [{"latency": [3, 1]}]},
            "latency must be (shortest, longest) seconds, not (3.0, 1.0) - at `$.jobs[0]`",
        ),
        ({"jobs": [{"latency": 3}]}, "Expected `array`, got `int` - at `$.jobs[0].latency`"),
    ],
)
def test_an_invalid_rule_is_refused_with_its_place(plan, message):
    with pytest.raises(ValueError) as refused:
        FaultPlan.read(json.dumps(plan))
    assert str(refused.value) == message


def open_template(api):
    file = api.upload(b"no word file", name="a.docx")["id"]
    api("POST", "/2.0/docgen_templates", json={"file": {"type": "file", "id": file}})
    return file


def test_jobs_follow_the_behavior_of_their_template():
    plan = FaultPlan(
        jobs=[JobBehavior(pending=1.0), JobBehavior("1000002", failed=1.0, message="Bad day.")]
    )
    with LocalDocGen(faults=plan) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        first, second = open_template(api), api.upload(b"x", name="b.docx")["id"]
        api("POST", "/2.0/docgen_templates", json={"file": {"type": "file", "id": second}})
        assert second == "1000002"
        for template in (first, second):
            api.batch(batch_body(template, "0", [{}]))
        local.finish()
        jobs = api.entries("/2.0/docgen_jobs")
    assert [(j["template_file"]["id"], j["status"]) for j in jobs] == [
        (first, "pending"),
        (second, "failed"),
    ]
    assert jobs[1]["failures"] == {"errors": ["Bad day."], "warnings": []}


def test_a_job_finishes_when_the_clock_reaches_its_end():
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with LocalDocGen(clock=clock, latency=(600, 600)) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        api.batch(batch_body(open_template(api), "0", [{}]))
        with pytest.raises(TimeoutError):
            local.finish(timeout=0.3)
        clock.advance(599)
        with pytest.raises(TimeoutError):
            local.finish(timeout=0.3)
        clock.advance(1)
        local.finish()
        job = api.entries("/2.0/docgen_jobs")[0]
    assert (job["status"], job["created_at"]) == ("failed", "2026-03-02T09:00:00+00:00")


class HeldExecutor(ThreadPoolExecutor):
    """One thread that begins when it may, and an event that is set by what is submitted to it."""

    def __init__(self):
        super().__init__(1)
        self.may_begin, self.submitted = threading.Event(), threading.Event()

    def submit(self, function, *arguments, **options):
        def held():
            self.may_begin.wait(60)
            return function(*arguments, **options)

        future = super().submit(held)
        self.submitted.set()
        return future


def test_the_time_of_rendering_is_part_of_the_latency():
    clock = ManualClock()
    with (
        HeldExecutor() as pool,
        LocalDocGen(clock=clock, latency=(600, 600), workers=pool) as local,
        local.session() as session,
    ):
        api = Api(session, "http://docgen.local")
        api.batch(batch_body(open_template(api), "0", [{}]))
        assert pool.submitted.wait(20)
        clock.advance(600)
        pool.may_begin.set()
        local.finish(timeout=20)


def test_a_clock_does_not_move_back():
    with pytest.raises(ValueError) as refused:
        ManualClock().advance(-1)
    assert str(refused.value) == "seconds can't be negative: jobs would end before they start"
    with pytest.raises(ValueError):
        ManualClock(datetime(2026, 3, 2))


@pytest.mark.slow
def test_call_1001_of_a_minute_is_refused():
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with LocalDocGen(clock=clock, rate_limits=True) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        assert set(statuses(api, 500)) == {200}
        clock.advance(20)
        assert set(statuses(api, 500)) == {200}
        refused = api("GET", ME)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
        clock.advance(40)
        assert statuses(api, 1) == [200]


@pytest.mark.slow
def test_eighty_documents_start_in_a_minute():
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    with LocalDocGen(clock=clock, rate_limits=True) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        api.batch(batch_body(open_template(api), "0", [{}] * 100))
        with pytest.raises(TimeoutError) as late:
            local.finish(timeout=2)
        assert str(late.value) == "20 jobs are still open after 2 s"
        counts = [job["status"] for job in api.entries("/2.0/docgen_jobs", limit=1000)]
        assert (counts.count("failed"), counts.count("pending")) == (80, 20)
        clock.advance(60)
        local.finish()


@pytest.fixture
def controlled():
    with LocalDocGen(clock=ManualClock(), control_token="key") as local, local.session() as session:
        yield Api(session, "http://docgen.local", token="key")


def test_administration_calls_set_faults_move_the_clock_and_return_the_log(controlled):
    before = controlled("GET", "/2.0/files/1", headers={"Authorization": "Bearer any"})
    assert before.status_code == 404
    rules = {"calls": [{"kind": "server_error", "path": ME}]}
    assert controlled("PUT", "/_service/faults", json=rules).status_code == 204
    assert statuses(controlled, 1) == [500]
    assert controlled("POST", "/_service/clock", json={"advance": 60}).status_code == 204
    log = controlled("GET", "/_service/log").json()["entries"]
    assert [(e["path"], e["status"], e["fault"]) for e in log] == [
        ("/2.0/files/1", 404, ""),
        ("/_service/faults", 204, ""),
        (ME, 500, "server_error"),
        ("/_service/clock", 204, ""),
    ]


def test_administration_calls_need_the_control_token(controlled, api):
    assert error(api("GET", "/_service/log")) == (404, "not_found", "Not Found: /_service/log")
    reply = controlled("GET", "/_service/log", headers={"Authorization": "Bearer other"})
    assert reply.status_code == 401


@pytest.mark.parametrize(
    ("call", "body", "message"),
    [
        (
            "faults",
            '{"calls": [{"kind": "slow", "times": 0}]}',
            "times must be at least 1, not 0 - at `$.calls[0]`",
        ),
        ("faults", "[", "Expected `object`, got `array`"),
        ("faults", "{", "Input data was truncated"),
        ("clock", '{"advance": -1}', "Expected `float` >= 0.0 - at `$.advance`"),
        ("clock", '{"advance": true}', "Expected `float`, got `bool` - at `$.advance`"),
        ("clock", '{"advance": NaN}', "JSON is malformed: invalid character (byte 12)"),
        ("clock", '{"advance": 1e999}', "Number out of range - at `$.advance`"),
        ("clock", '{"advance": "1"}', "Expected `float`, got `str` - at `$.advance`"),
        ("clock", '{"advance": 1000000001}', "Expected `float` <= 1000000000.0 - at `$.advance`"),
    ],
)
def test_administration_calls_report_invalid_bodies(controlled, call, body, message):
    method = "PUT" if call == "faults" else "POST"
    reply = controlled(method, f"/_service/{call}", data=body)
    assert error(reply) == (400, "bad_request", f"The request body is not valid: {message}")


def test_the_system_clock_cannot_be_moved():
    with LocalDocGen(control_token="key") as local, local.session() as session:
        api = Api(session, "http://docgen.local", token="key")
        reply = api("POST", "/_service/clock", json={"advance": 60})
    assert error(reply) == (
        409,
        "conflict",
        "This service runs on the system clock, which cannot be moved.",
    )


def test_the_log_omits_signed_addresses(local, api):
    file = api.upload(b"abc", name="a.txt")
    assert api.content(file["id"]) == b"abc"
    api("GET", "/realtime/subscribe", params={"channel": "secret", "stream_type": "all"})
    paths = [(entry.path, entry.query) for entry in local.log][-2:]
    assert paths[0] == ("/d/1/.../download", {})
    assert "channel" not in paths[1][1]
