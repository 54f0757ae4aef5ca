"""A clock that is set back, and leases, limits and due times of the future."""

import itertools
import threading
import time

import pytest
from api import Api, batch_body
from receiver import Receiver
from served import wait_until

from docgen_nb import samples
from docgen_nb.service import Clock, LocalDocGen, ManualClock
from docgen_nb.service.http.messages import ApiFailure
from docgen_nb.service.limits import CALLS_PER_MINUTE, CallLimit

GREETING = "Dear {{name}},"
HOUR = 3600.0
SECONDS = 20  # far less than the hour


class SettableClock(Clock):
    """A system clock that somebody sets."""

    offset = 0.0

    def now(self):
        return super().now() + self.offset


@pytest.fixture
def receiver():
    with Receiver().listening() as receiver:
        yield receiver


def names(count):
    return [{"name": f"Person {number}"} for number in range(count)]


def statuses(api):
    return [job["status"] for job in api.entries("/2.0/docgen_jobs", limit=1000)]


def add_webhook(api, folder, address):
    body = {
        "target": {"id": folder, "type": "folder"},
        "address": address,
        "triggers": ["FILE.UPLOADED"],
    }
    assert api("POST", "/2.0/webhooks", json=body).status_code == 201


def test_jobs_end_after_the_clock_was_set_back_by_an_hour():
    clock = SettableClock()
    with (
        LocalDocGen(clock=clock, latency=(0.2, 0.4), workers=4) as local,
        local.session() as session,
    ):
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", names(20)))
        wait_until(lambda: "submitted" in statuses(api))
        clock.offset = -HOUR
        local.finish(timeout=SECONDS)
        assert statuses(api) == ["completed"] * 20


@pytest.mark.parametrize("seen", [HOUR, -HOUR], ids=["future", "past"])
def test_jobs_of_a_dead_process_are_run_whatever_its_clock_showed(tmp_path, seen):
    with LocalDocGen(tmp_path, workers=0) as dead, dead.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", names(3)))
        dead.job_runner.queue.claim(2)
        with dead.store.write() as db:
            db.execute("UPDATE workers SET seen_at = ?", (time.time() + seen,))
        with LocalDocGen(tmp_path) as alive:
            alive.finish(timeout=SECONDS)
        assert statuses(api) == ["completed"] * 3


def test_two_services_work_on_after_the_clock_was_set_back(tmp_path, monkeypatch):
    system = time.time
    with (
        LocalDocGen(tmp_path, workers=2, latency=(0.2, 0.4)) as one,
        LocalDocGen(tmp_path, workers=2, latency=(0.2, 0.4)) as two,
        one.session() as session,
    ):
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, api.folder("Out"), names(20)))
        wait_until(lambda: "submitted" in statuses(api))
        monkeypatch.setattr(time, "time", lambda: system() - HOUR)
        one.finish(timeout=SECONDS)
        two.finish(timeout=SECONDS)
        jobs = api.entries("/2.0/docgen_jobs", limit=1000)
    assert [job["status"] for job in jobs] == ["completed"] * 20
    assert len({job["output_file"]["id"] for job in jobs}) == 20


@pytest.mark.parametrize("column", ["leased_until", "due_at"])
def test_a_delivery_of_the_future_is_sent_after_a_restart(tmp_path, receiver, column):
    with LocalDocGen(tmp_path, workers=0) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        api.upload(b"first", name="a.txt", parent=folder)
        with local.store.write() as db:
            db.execute(f"UPDATE deliveries SET {column} = ?", (time.time() + HOUR,))
    with LocalDocGen(tmp_path):
        assert receiver.arrived.wait(SECONDS)


def test_a_delivery_is_sent_after_the_clock_was_set_back_by_an_hour(receiver):
    receiver.statuses = [500]
    clock = SettableClock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        api.upload(b"first", name="a.txt", parent=folder)
        wait_until(lambda: local.deliveries)  # the first attempt; the next one is in ten seconds
        clock.offset = -HOUR
        wait_until(lambda: len(receiver.got) == 2, seconds=SECONDS)


def test_a_delivery_is_not_sent_twice_when_the_clock_is_set_back_meanwhile(
    tmp_path, receiver, monkeypatch
):
    system = time.time
    with LocalDocGen(tmp_path) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        receiver.hold = threading.Event()
        api.upload(b"first", name="a.txt", parent=folder)
        assert receiver.arrived.wait(SECONDS)
        monkeypatch.setattr(time, "time", lambda: system() - HOUR)
        api.folder("Other")  # wakes the other threads
        wait_until(lambda: not local.webhook_sender.send_one())
        assert len(receiver.got) == 1
        receiver.hold.set()
        local.webhook_sender.finish()
    assert len(receiver.got) == 1


def test_threads_that_wait_for_the_store_know_what_is_being_sent(receiver, monkeypatch):
    """At each look at the clock it is an hour earlier, so that every lease seems of the future."""
    start, looks = time.time(), itertools.count(1)
    with LocalDocGen(clock=ManualClock()) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        monkeypatch.setattr(time, "time", lambda: start - HOUR * next(looks))
        for number in range(40):
            api.upload(b"text", name=f"{number}.txt", parent=folder)
        local.webhook_sender.finish()
    assert len(receiver.got) == 40


def test_a_service_whose_manual_clock_starts_earlier_sends_what_is_queued(tmp_path, receiver):
    future = ManualClock()
    future.advance(400 * 24 * HOUR)
    with LocalDocGen(tmp_path, workers=0, clock=future) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        add_webhook(api, folder, receiver.url)
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, folder, names(2)))
    with LocalDocGen(tmp_path, clock=ManualClock()) as local, local.session() as session:
        local.finish(timeout=SECONDS)
        wait_until(lambda: len(receiver.got) == 2, seconds=SECONDS)


class LaterClock(SettableClock):
    """A clock that also lets time pass."""

    passed = 0.0

    def steady(self):
        return super().steady() + self.passed


def test_a_rate_limit_of_the_future_ends_within_a_minute():
    clock = LaterClock()
    clock.offset = HOUR
    limit = CallLimit(clock)
    for _ in range(CALLS_PER_MINUTE):
        limit.check(1)
    clock.offset = 0.0
    with pytest.raises(ApiFailure) as refused:
        limit.check(1)
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    clock.passed = 60.0
    limit.check(1)


def test_the_limit_of_documents_of_the_future_ends_within_a_minute():
    clock = LaterClock()
    clock.offset = HOUR
    with LocalDocGen(clock=clock, rate_limits=True) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template(GREETING))
        api.batch(batch_body(template, "0", names(100)))
        wait_until(lambda: statuses(api).count("completed") == 80)
        clock.offset, clock.passed = 0.0, 60.0
        local.finish(timeout=SECONDS)
        assert statuses(api) == ["completed"] * 100
