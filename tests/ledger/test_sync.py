"""Tests of syncing: new and open jobs, observed ends, and how far lists are read."""

import re
import threading
import time
from datetime import UTC, datetime
from itertools import count

import pandas as pd
import pytest
from api import batch_body
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger.fake_client import Box, Clock, job
from ledger.interrupted_sync import NOON, differing_rollups
from pandas.testing import assert_frame_equal
from tables import table

from docgen_nb import samples, wire
from docgen_nb.connection import connect
from docgen_nb.errors import BoxUnavailable, LedgerError, UnreadableReply
from docgen_nb.frames import add_output_times, load_jobs
from docgen_nb.ledger import Ledger, SyncResult
from docgen_nb.metrics import throughput
from docgen_nb.service import LocalDocGen, ManualClock

NO_TIME_ZONE = "has no time zone; add one, such as UTC."
DAY = "2026-03-02T"


@pytest.fixture
def box():
    return Box()


def of_day(text):
    """Return a table; times without a date are of this day."""
    return table(re.sub(r"(?<!\S)\d\d:\d\d:\d\d(?!\S)", lambda time: f"{DAY}{time[0]}Z", text))


def synced(result):
    return result.new, result.changed, result.still_open, result.gone, result.ends, result.calls


@pytest.mark.slow
def test_a_history_matches_the_service(tmp_path):
    clock = ManualClock(datetime(2026, 4, 1, 12, tzinfo=UTC))
    with (
        LocalDocGen(clock=clock) as local,
        local.session() as session,
        connect(wire.LOCAL_URL, session=session) as box,
        Ledger(tmp_path / "history.sqlite") as ledger,
    ):
        samples.history(local, jobs=2500, days=30, seed=1)
        expected = add_output_times(load_jobs(box), box)

        result = ledger.sync(box, clock=clock.now)
        again = ledger.sync(box, clock=clock.now)
        read = ledger.jobs()

    assert result.new == 2500
    assert (result.calls, again.calls) == (1 + 3 + 1 + 3, 1)
    assert (
        repr(again) == "<sync of 2026-04-01 12:00:00 UTC: 0 new, 0 changed, 0 still open; 1 calls>"
    )
    expected["read_at"] = pd.Series(
        pd.Timestamp(2026, 4, 1, 12, tz="UTC"), index=range(2500)
    ).astype("datetime64[us, UTC]")
    newest_first = expected.sort_values(["created_at", "job_id"], ascending=False)
    assert_frame_equal(read, newest_first.reset_index(drop=True))


def test_a_ledger_follows_a_batch_step_by_step(tmp_path):
    """On the embedded service, which renders one job per request."""
    clock = ManualClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    with (
        LocalDocGen(workers=0, clock=clock) as local,
        local.session() as session,
        connect(wire.LOCAL_URL, session=session) as box,
        Ledger(tmp_path / "history.sqlite") as ledger,
    ):
        template = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")["id"]
        box.mark_template(template)
        folder = box.create_folder("Letters")["id"]
        rows = [{"name": "Ada"}, {}, {"name": "Bob"}]
        batch = box.create_batch(batch_body(template, folder, rows))["id"]
        readings = []
        while not readings or readings[-1].still_open:
            readings.append(ledger.sync(box, clock=clock.now))
            clock.advance(20)
        jobs, changes, failures = ledger.jobs(batch=batch), ledger.changes(), ledger.failures()

    assert readings[0].new == 3
    assert sum(reading.ends for reading in readings) == 3
    assert sorted(jobs["status"]) == ["completed", "completed", "completed_with_error"]
    assert set(jobs["finished_source"]) == {"output_file"}
    assert set(jobs["folder_id"]) == {folder}
    observed = jobs[jobs["finished_before"].notna()]
    assert len(observed) >= 2
    assert (observed["finished_after"] <= observed["finished_at"]).all()
    assert (observed["finished_at"] <= observed["finished_before"]).all()
    assert set(changes["job_id"]) == set(observed["job_id"])
    assert failures["message"].tolist() == ["The tag 'name' was not provided in the input data."]


def test_an_observed_end_is_between_two_readings(box, ledger, clock):
    box.add("1", "pending", DAY + "12:00:00Z")
    box.add("2", "pending", DAY + "12:00:00Z")
    box.add("3", "failed", DAY + "11:59:50Z")
    first = ledger.sync(box, clock=clock)
    clock.to("12:00:30")
    box.end("1", "submitted")
    box.end("2", "failed")
    box.add("4", "failed", DAY + "12:00:10Z")
    second = ledger.sync(box, clock=clock)
    clock.to("12:00:50.5")
    box.end("1", "completed", file="70", at=DAY + "12:00:40Z")
    third = ledger.sync(box, clock=clock)

    assert (synced(first), synced(second), synced(third)) == (
        (3, 0, 2, 0, 0, 2),
        (1, 2, 1, 0, 0, 1),
        (0, 1, 0, 0, 1, 2),
    )
    status = of_day(
        """
        job_id  status     read_at   finished_source  duration_seconds  folder_id
        4       failed     12:00:30  observed         20                -
        2       failed     12:00:30  observed         30                -
        1       completed  12:00:50  output_file      40                5
        3       failed     12:00:00  -                -                 -
        """
    )
    ends = of_day(
        """
        job_id  finished_at  finished_after  finished_before
        4       12:00:30     12:00:00        12:00:30
        2       12:00:30     12:00:00        12:00:30
        1       12:00:40     12:00:30        12:00:51
        3       -            -               -
        """
    )
    assert_frame_equal(ledger.jobs()[list(status)], status)
    assert_frame_equal(ledger.jobs()[list(ends)], ends)
    changes = of_day(
        """
        job_id  from_status  status     changed_after  changed_before
        2       pending        failed     12:00:00       12:00:30
        1       pending        submitted  12:00:00       12:00:30
        1       submitted      completed  12:00:30       12:00:51
        """
    )
    assert_frame_equal(ledger.changes(), changes)
    assert_frame_equal(ledger.changes("2"), changes.iloc[:1])


@pytest.mark.parametrize(("created_at", "is_observed"), [("12:00:00", False), ("12:00:01", True)])
def test_only_a_job_created_after_the_previous_reading_began_has_an_end_at_first_sight(
    box, ledger, clock, created_at, is_observed
):
    ledger.sync(box, clock=clock)
    clock.to("12:00:30")
    box.add("1", "failed", f"{DAY}{created_at}Z")
    ledger.sync(box, clock=clock)

    assert ledger.jobs()["finished_at"].notna().tolist() == [is_observed]


def test_a_job_that_was_open_before_the_first_sync_has_no_observed_end(box, ledger, clock):
    """Of the jobs created before, only those that take long are still open."""
    box.add("1", "pending", DAY + "11:59:59Z")
    box.add("2", "pending", DAY + "11:59:59Z")
    ledger.sync(box, clock=clock)
    clock.to("12:00:02")
    box.end("1", "failed")
    box.end("2", "completed", file="70", at=DAY + "12:00:01Z")
    ledger.sync(box, clock=clock)

    expected = of_day(
        """
        job_id  finished_at  finished_after  finished_before  finished_source  duration_seconds
        2       12:00:01     -               -                output_file      2
        1       -            -               -                -                -
        """
    )
    assert_frame_equal(ledger.jobs()[list(expected)], expected)
    assert ledger.changes()["changed_before"].notna().tolist() == [True, True]
    assert throughput(ledger, every="1h")["ends_unknown"].sum() == 1


def test_the_order_of_sources_is_output_file_then_webhook_then_observed(box, ledger, clock):
    for id in ("1", "2", "3"):
        box.add(id, "pending", DAY + "12:00:00Z")
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    box.end("1", "completed", file="70", at=DAY + "12:00:20Z")
    box.end("2", "failed")
    box.end("3", "failed")
    ledger.sync(box, clock=clock)

    written = ledger.add_webhook_times(
        {"1": DAY + "12:00:21Z", "2": datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)}
    )

    assert written == 2
    expected = of_day(
        """
        job_id  finished_source  finished_at  finished_before  duration_seconds
        3       observed         12:01:00     12:01:00         60
        2       webhook          12:00:30     12:01:00         30
        1       output_file      12:00:20     12:01:00         20
        """
    )
    assert_frame_equal(ledger.jobs()[list(expected)], expected)


def test_webhook_times_of_unknown_jobs_and_without_zone_are_refused(box, ledger, clock):
    box.add("1", "failed", DAY + "12:00:00Z")
    ledger.sync(box, clock=clock)

    with pytest.raises(KeyError) as unknown:
        ledger.add_webhook_times({"1": DAY + "12:00:30Z", "2": DAY + "12:00:30Z"})
    with pytest.raises(ValueError) as naive:
        ledger.add_webhook_times({"1": datetime(2026, 3, 2, 12)})
    with pytest.raises(ValueError) as naive_text:
        ledger.add_webhook_times({"1": "2026-03-02T12:00:30"})

    assert unknown.value.args == (f"Job 2 is not in {ledger.file.path}. Sync first.",)
    assert str(naive.value) == f"Job 1: '2026-03-02 12:00:00' {NO_TIME_ZONE}"
    assert (
        str(naive_text.value)
        == "Job 1: '2026-03-02T12:00:30' has no time zone; add one, such as UTC."
    )
    assert ledger.jobs()["finished_source"].isna().all()


def test_a_webhook_time_written_during_a_sync_is_kept(box, ledger, clock, monkeypatch):
    box.add("1", "pending", DAY + "12:00:00Z")
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    listed = box.list_jobs

    def list_while_the_job_ends(*, limit):
        listing = listed(limit=limit)
        ledger.add_webhook_times({"1": DAY + "12:01:01Z"})
        return listing

    monkeypatch.setattr(box, "list_jobs", list_while_the_job_ends)
    ledger.sync(box, clock=clock)
    monkeypatch.undo()
    clock.to("12:02")
    box.end("1", "failed")
    ledger.sync(box, clock=clock)

    expected = of_day(
        """
        job_id  finished_source  finished_at  duration_seconds
        1       webhook          12:01:01     61
        """
    )
    assert_frame_equal(ledger.jobs()[list(expected)], expected)
    assert differing_rollups(ledger) == []


def test_a_file_older_than_its_job_gives_no_end(box, ledger, clock):
    box.add("1", "pending", DAY + "12:00:00Z")
    box.end("1", "completed", file="70", at=DAY + "11:00:00Z")
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    assert synced(ledger.sync(box, clock=clock)) == (0, 0, 0, 0, 0, 1)

    row = ledger.jobs().iloc[0]
    assert pd.isna(row["finished_source"])
    assert row["folder_id"] == "5"


def test_a_deleted_output_file_of_an_older_job_is_requested_once(box, ledger, clock):
    clock.to("13:01")
    box.add("1", "pending", DAY + "12:00:00Z")
    box.end("1", "completed", file="70", at=DAY + "12:00:10Z")
    box.folders = {}
    ledger.sync(box, clock=clock)
    box.calls()

    ledger.sync(box, clock=clock)

    assert box.calls() == ["jobs"]
    assert ledger.jobs()["finished_source"].isna().all()


def test_one_file_is_looked_up_and_many_are_read_from_their_folder(box, ledger, clock):
    for number in range(5):
        box.add(str(number), "pending", DAY + "12:00:00Z")
        box.end(str(number), "completed", file=f"7{number}", at=DAY + "12:00:10Z")
    ledger.sync(box, clock=clock)
    many = box.calls()
    box.add("9", "pending", DAY + "12:00:00Z")
    box.end("9", "completed", file="79", at=DAY + "12:00:10Z")

    ledger.sync(box, clock=clock)

    assert many[:2] == ["me", "jobs"]
    assert [call.split()[0] for call in many[2:]] == ["file", "folder"]
    assert box.calls() == ["jobs", "file 79"]


def filled(box, count, *, batch="1", status="completed"):
    for number in range(count):
        box.add(
            f"{batch}{number:04}",
            status,
            DAY + f"11:{number // 60:02}:{number % 60:02}Z",
            batch=batch,
        )


def test_reading_stops_at_the_first_known_page(box, ledger, clock):
    box.page_size = 10
    filled(box, 45)
    first = ledger.sync(box, clock=clock)
    box.calls()
    box.add("20000", "completed", DAY + "11:59:00Z")

    second = ledger.sync(box, clock=clock)

    assert (first.whole, second.whole) == (True, False)
    assert second.new == 1
    assert box.calls() == ["jobs", "jobs"]


def test_a_list_that_is_not_newest_first_is_read_to_its_end(box, ledger, clock):
    box.page_size = 10
    filled(box, 45)
    ledger.sync(box, clock=clock)
    box.jobs.reverse()
    box.jobs.append(job("20000", "completed", DAY + "11:59:00Z"))
    box.calls()

    result = ledger.sync(box, clock=clock)

    assert (result.new, result.whole) == (1, True)
    assert box.calls() == ["jobs"] * 5


def test_a_list_with_a_single_creation_time_is_read_to_its_end(box, ledger, clock):
    box.page_size = 10
    for number in range(25):
        box.add(str(number), "completed", DAY + "11:00:00Z")
    ledger.sync(box, clock=clock)
    box.jobs.append(job("99", "completed", DAY + "11:00:01Z"))
    box.calls()

    result = ledger.sync(box, clock=clock)

    assert (result.new, result.whole, box.calls()) == (1, True, ["jobs"] * 3)


def test_a_list_without_times_is_read_to_its_end(box, ledger, clock):
    box.page_size = 2
    for id in "abcdef":
        box.add(id, "completed", None)
    ledger.sync(box, clock=clock)
    box.calls()

    ledger.sync(box, clock=clock)

    assert box.calls() == ["jobs"] * 3


def test_a_job_deep_in_the_list_is_read_by_a_whole_sync(box, ledger, clock):
    box.page_size = 10
    filled(box, 45)
    ledger.sync(box, clock=clock)
    box.jobs.insert(30, job("20000", "completed", DAY + "11:00:14Z"))

    assert ledger.sync(box, clock=clock).new == 0
    assert ledger.sync(box, whole=True, clock=clock).new == 1


def test_open_jobs_below_the_read_pages_are_read_by_batch_or_one_by_one(box, ledger, clock):
    box.page_size = 10
    filled(box, 3, batch="1", status="pending")
    filled(box, 1, batch="2", status="submitted")
    filled(box, 30, batch="3")
    ledger.sync(box, clock=clock)
    box.calls()
    box.end("10001", "completed")
    box.end("20000", "failed")

    result = ledger.sync(box, clock=clock)

    assert sorted(box.calls()) == ["batch 1", "job 20000", "jobs"]
    assert (result.changed, result.still_open, result.calls) == (2, 2, 3)
    statuses = ledger.jobs(batch=["1", "2"]).set_index("job_id")["status"].to_dict()
    assert statuses == {
        "10000": "pending",
        "10001": "completed",
        "10002": "pending",
        "20000": "failed",
    }


def test_an_entry_in_standard_form_removes_nothing(box, ledger, clock):
    box.page_size = 10
    filled(box, 1, status="pending")
    filled(box, 20, batch="3")
    ledger.sync(box, clock=clock)
    before = ledger.jobs(batch="1").drop(columns=["status", "read_at"])
    clock.to("12:01")
    box.end("10000", "failed")

    ledger.sync(box, clock=clock)

    after = ledger.jobs(batch="1")
    assert after["status"].tolist() == ["failed"]
    same = ["created_at", "created_by_id", "enterprise_id", "source", "template_id"]
    assert_frame_equal(after[same], before[same])


def test_a_time_that_only_a_later_entry_has_is_kept(box, ledger, clock):
    entry = box.add("1", "pending", None)
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    entry["created_at"] = DAY + "11:59:50Z"
    ledger.sync(box, clock=clock)

    created_at = pd.Timestamp(DAY + "11:59:50Z")
    assert ledger.jobs()["created_at"].tolist() == [created_at]


def test_a_deleted_job_is_gone_when_it_was_missing_twice(box, ledger, clock):
    box.page_size = 10
    filled(box, 1, status="pending")
    filled(box, 20, batch="3")
    ledger.sync(box, clock=clock)
    del box.jobs[-1]
    box.calls()

    first, early = ledger.sync(box, clock=clock), ledger.sync(box, clock=clock)
    status = ledger.jobs(batch="1")["status"].tolist()
    clock.to("12:01")
    second, later = ledger.sync(box, clock=clock), ledger.sync(box, clock=clock)

    assert [(r.missing, r.gone, r.still_open) for r in (first, early, second, later)] == [
        (1, 0, 1),
        (1, 0, 1),
        (0, 1, 0),
        (0, 0, 0),
    ]
    assert repr(first) == (
        "<sync of 2026-03-02 12:00:00 UTC: 0 new, 0 changed, 1 still open (1 missing); 2 calls>"
    )
    assert repr(second) == (
        "<sync of 2026-03-02 12:01:00 UTC: 0 new, 0 changed, 0 still open, 1 gone; 2 calls>"
    )
    assert box.calls() == ["jobs", "job 10000", "jobs", "jobs", "job 10000", "jobs"]
    assert status == ["pending"]
    assert ledger.jobs(batch="1")["status"].tolist() == ["gone"]
    changes = of_day(
        """
        job_id  from_status  status  changed_after  changed_before
        10000   pending      gone    12:00:00       12:01:00
        """
    )
    assert_frame_equal(ledger.changes(), changes)


def test_a_status_that_is_not_known_is_kept_and_read_again(box, ledger, clock):
    box.add("1", "queued", DAY + "12:00:00Z")
    first = ledger.sync(box, clock=clock)
    clock.to("12:00:20")
    box.end("1", "failed")
    second = ledger.sync(box, clock=clock)

    assert (first.still_open, second.still_open, second.changed) == (1, 0, 1)
    assert ledger.changes()[["from_status", "status"]].values.tolist() == [["queued", "failed"]]
    assert ledger.jobs()["finished_source"].tolist() == ["observed"]


def test_an_entry_without_a_status_changes_none(box, ledger, clock):
    box.add("1", "pending", DAY + "12:00:00Z")
    ledger.sync(box, clock=clock)
    clock.to("12:00:20")
    del box.job("1")["status"]
    ledger.sync(box, clock=clock)

    assert ledger.jobs()["status"].tolist() == ["pending"]
    assert len(ledger.changes()) == 0


def test_a_job_that_is_opened_again_has_no_end(box, ledger, clock):
    box.add("1", "pending", DAY + "12:00:00Z")
    box.end("1", "completed", file="70", at=DAY + "12:00:10Z")
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    box.end("1", "pending")
    ledger.sync(box, clock=clock)

    row = ledger.jobs().iloc[0]
    assert row["status"] == "pending"
    assert row[["finished_at", "finished_after", "finished_source"]].isna().all()
    assert pd.isna(row["duration_seconds"])


def test_an_interrupted_listing_leaves_no_gap(box, ledger, clock):
    box.page_size = 1
    filled(box, 60)
    ledger.sync(box, clock=clock)
    for number in range(50):
        box.add(f"2{number:04}", "completed", DAY + f"11:30:{number:02}Z")
    whole, calls = box.list_jobs, []

    class Interrupted:
        def pages(self, kind):
            for number, page in enumerate(whole(limit=1000).pages(kind)):
                if number == 25:
                    raise BoxUnavailable(status=503)
                calls.append(number)
                yield page

    box.list_jobs = lambda *, limit: Interrupted()
    with pytest.raises(BoxUnavailable):
        ledger.sync(box, clock=clock)
    del box.list_jobs
    assert len(ledger.jobs()) == 60 + 20

    result = ledger.sync(box, clock=clock)

    assert result.new == 30
    assert len(ledger.jobs()) == 110


@pytest.mark.parametrize("ended_at", ["12:00:40", "12:00:30"])
def test_a_late_writer_does_not_reopen_finished_jobs(box, ledger, clock, ended_at):
    box.add("1", "pending", DAY + "11:59:50Z")
    ledger.sync(box, clock=clock)
    old = [dict(box.jobs[0])]

    class SlowReader(Box):
        """A client during whose listing another process reads the end of a job."""

        def list_jobs(self, *, limit):
            self.jobs = old
            clock.to(ended_at)
            box.end("1", "completed")
            Ledger(ledger.file.path).sync(box, clock=clock)
            return super().list_jobs(limit=limit)

    clock.to("12:00:30")
    late = ledger.sync(SlowReader(), clock=clock)

    assert (late.changed, late.still_open) == (0, 0)
    assert ledger.jobs()["status"].tolist() == ["completed"]
    assert ledger.changes()["status"].tolist() == ["completed"]


def test_threads_can_sync_the_same_ledger_at_once(tmp_path):
    path, box = tmp_path / "history.sqlite", Box(page_size=25)
    ticks, results = count(NOON + 1000), []

    def follow():
        with Ledger(path) as ledger:
            for _ in range(12):
                results.append(ledger.sync(box, clock=lambda: next(ticks)))

    threads = [threading.Thread(target=follow) for _ in range(2)]
    for thread in threads:
        thread.start()
    with Ledger(path) as ledger:
        for number in range(120):
            box.add(str(number), "pending", str(NOON + number), batch=str(number // 7))
            if number >= 30:
                box.end(str(number - 30), "failed" if number % 3 else "completed")
            if number % 10 == 0:
                ledger.sync(box, clock=lambda: next(ticks))
        for thread in threads:
            thread.join()
        ledger.sync(box, clock=lambda: next(ticks))

        assert len(results) == 24
        expected = {entry["id"]: entry["status"] for entry in box.jobs}
        assert ledger.jobs().set_index("job_id")["status"].to_dict() == expected
        assert differing_rollups(ledger) == []


def test_messages_are_those_of_the_last_reading(box, ledger, clock):
    box.add("1", "pending", DAY + "11:59:50Z")
    box.add("2", "completed_with_error", DAY + "11:59:51Z", errors=["b", "a"], warnings=["c"])
    box.add("3", "pending", DAY + "11:59:52Z", errors=["early"])
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    box.end("3", "failed")
    box.job("3")["failures"] = {"errors": ["No."], "warnings": []}
    ledger.sync(box, clock=clock)

    expected = of_day(
        """
        job_id  status                severity  message  created_at  read_at
        3       failed                error     No.      11:59:52    12:01:00
        2       completed_with_error  error     b        11:59:51    12:00:00
        2       completed_with_error  error     a        11:59:51    12:00:00
        2       completed_with_error  warning   c        11:59:51    12:00:00
        """
    )
    assert_frame_equal(ledger.failures()[list(expected)], expected)
    assert list(ledger.failures()) == [
        *("job_id", "batch_id", "template_id", "template_version_id", "status", "output_type"),
        *("created_by_id", "source", "created_at", "severity", "message", "read_at"),
    ]
    assert ledger.failures(status="failed")["message"].tolist() == ["No."]
    assert ledger.jobs()["errors"].tolist() == [1, 2, 0]


def test_the_only_message_of_a_job_goes_when_the_service_no_longer_sends_it(box, ledger, clock):
    box.add("1", "pending", DAY + "11:59:50Z", errors=["early"])
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    box.job("1")["failures"] = None
    ledger.sync(box, clock=clock)

    assert ledger.failures()["message"].tolist() == []
    assert ledger.jobs()["errors"].tolist() == [0]


def test_messages_that_come_after_the_end_of_a_job_are_recorded(box, ledger, clock):
    box.add("1", "failed", DAY + "11:59:50Z", errors=["early"])
    for minute in ("12:01", "12:02"):  # confirmed
        ledger.sync(box, clock=clock)
        clock.to(minute)
    box.job("1")["failures"]["errors"].append("late")
    ledger.sync(box, clock=clock)

    assert ledger.failures()["message"].tolist() == ["early", "late"]


def test_a_time_may_have_small_letters(box, ledger, clock):
    box.add("1", "pending", DAY.lower() + "11:59:50z")
    ledger.sync(box, clock=clock)

    assert ledger.jobs()["created_at"].tolist() == [pd.Timestamp(DAY + "11:59:50Z")]


def test_ids_are_returned_unchanged(box, ledger, clock):
    ids = ["0", "007", "12", "a-1", "9" * 18, "9" * 19, "9" * 30, "٣"]
    for id in ids:
        box.add(id, "completed", DAY + "11:59:50Z")

    ledger.sync(box, clock=clock)

    assert sorted(ledger.jobs()["job_id"]) == sorted(ids)


def test_another_service_is_refused(box, ledger, clock):
    box.add("1", "completed", DAY + "11:59:50Z")
    ledger.sync(box, clock=clock)
    elsewhere, restarted = Box(), Box()
    elsewhere.url = "https://other.example"
    restarted.add("1", "completed", "2026-03-01T11:59:50Z")

    with pytest.raises(LedgerError) as address:
        ledger.sync(elsewhere, clock=clock)
    with pytest.raises(LedgerError) as time:
        ledger.sync(restarted, clock=clock)

    path = ledger.file.path
    assert str(address.value) == (
        f"{path} holds jobs of https://box.example (enterprise 9, user 8), not of "
        "https://other.example (enterprise 9, user 8). To keep them apart in a file of their own, "
        "open Ledger('history.sqlite', account='other.example-user-8')."
    )
    assert str(time.value) == (
        f"Job 1 was created at 2026-03-02T11:59:50+00:00 according to {path}, but at "
        "2026-03-01T11:59:50+00:00 according to https://box.example, so this is another service. "
        "Choose another file for its jobs."
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"status": "completed"}, "Job number 1 of a page has no id."),
        (
            {"id": "1", "created_at": "2026-03-02T12:00:00"},
            "created_at is '2026-03-02T12:00:00', which is neither RFC 3339 with an offset nor "
            "seconds since 1970.",
        ),
        (
            {"id": "1", "created_at": "99999999999999"},
            "created_at is '99999999999999', which is neither RFC 3339 with an offset nor "
            "seconds since 1970.",
        ),
    ],
)
def test_an_invalid_entry_is_refused_and_nothing_is_written(box, ledger, clock, entry, message):
    box.jobs = [entry]

    with pytest.raises(UnreadableReply) as caught:
        ledger.sync(box, clock=clock)

    assert str(caught.value) == message
    assert len(ledger.jobs()) == 0


def test_a_naive_bound_is_refused(ledger):
    with pytest.raises(ValueError) as since:
        ledger.jobs(since="2026-03-02")
    with pytest.raises(ValueError) as until:
        ledger.failures(until=datetime(2026, 3, 2))

    assert str(since.value) == f"since: '2026-03-02' {NO_TIME_ZONE}"
    assert str(until.value) == f"until: '2026-03-02 00:00:00' {NO_TIME_ZONE}"


def test_jobs_are_chosen_by_time_template_batch_and_status(box, ledger, clock):
    box.add("1", "completed", DAY + "10:00:00Z", batch="1", template="41")
    box.add("2", "failed", DAY + "11:00:00Z", batch="2", template="42")
    box.add("3", "completed", DAY + "12:00:00Z", batch="3", template="42")
    ledger.sync(box, clock=clock)

    def ids(**chosen):
        return ledger.jobs(**chosen)["job_id"].tolist()

    assert ids(since=DAY + "11:00:00Z") == ["3", "2"]
    assert ids(until=DAY + "11:00:00Z") == ["1"]
    assert ids(since=DAY + "12:30:00+01:00", until=DAY + "12:00:00Z") == []
    assert ids(template="42") == ["3", "2"]
    assert ids(batch=["1", "3"]) == ["3", "1"]
    assert ids(template="42", status="failed") == ["2"]
    assert ids(status=[]) == []


def test_an_empty_history_has_every_column_and_its_type(box, ledger, clock):
    result = ledger.sync(box, clock=clock)

    assert result == SyncResult(0, 0, 0, 0, 0, 2, datetime(2026, 3, 2, 12, tzinfo=UTC), True)
    one = Box()
    one.add("1", "completed", DAY + "10:00:00Z")
    with Ledger(ledger.file.path.with_name("other.sqlite")) as other:
        other.sync(one, clock=clock)
        assert_frame_equal(ledger.jobs(), other.jobs().iloc[:0])
        assert_frame_equal(ledger.changes(), other.changes())
    assert ledger.jobs().attrs == {
        "source": "https://box.example",
        "read_at": "2026-03-02T12:00:00+00:00",
        "docgen_nb_version": "0.1.0",
        "box_version": "2025.0",
    }


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    size=st.integers(1, 7),
    statuses=st.lists(st.sampled_from(wire.STATUSES), max_size=20),
    cuts=st.lists(st.integers(0, 20), max_size=4),
)
def test_any_pages_and_any_readings_give_the_same_history(tmp_path_factory, size, statuses, cuts):
    folder = tmp_path_factory.mktemp("any")
    often, once, clock = Box(page_size=size), Box(), Clock("2026-03-02T12:00")
    with Ledger(folder / "often") as first, Ledger(folder / "once") as second:
        for number, status in enumerate(statuses):
            often.add(str(number), status, DAY + f"11:00:{number:02}Z")
            once.add(str(number), status, DAY + f"11:00:{number:02}Z")
            if number in cuts:
                first.sync(often, clock=clock)
        first.sync(often, clock=clock)
        second.sync(once, clock=clock)

        assert_frame_equal(first.jobs(), second.jobs())


@pytest.mark.parametrize("ahead", [425, -90])
def test_times_are_those_of_the_service_although_the_clock_of_this_computer_is_wrong(
    box, ledger, clock, monkeypatch, ahead
):
    monkeypatch.setattr(time, "time", lambda: clock.now + ahead)
    box.clock_offset = (-ahead - 0.25, -ahead + 0.25)
    box.add("1", "pending", DAY + "12:00:00Z")
    first = ledger.sync(box)
    clock.to("12:00:10")
    box.end("1", "failed")
    box.add("2", "failed", DAY + "12:00:07Z")
    second = ledger.sync(box)

    bounds = of_day(
        """
        job_id  read_at   finished_after  finished_before
        2       12:00:09  11:59:59        12:00:11
        1       12:00:09  11:59:59        12:00:11
        """
    )
    assert_frame_equal(ledger.jobs()[list(bounds)], bounds)
    assert (first.clock_ahead, second.clock_ahead) == (ahead, ahead)
    word = "425 s ahead of" if ahead > 0 else "90 s behind"
    note = f"; this computer's clock is {word} the service's, which was allowed for>"
    assert repr(second).endswith(note)


@pytest.mark.parametrize("offset", [None, (-0.5, 1.5), (-2.0, 0.0)])
def test_a_clock_that_may_be_right_is_used_as_it_is(box, ledger, clock, monkeypatch, offset):
    monkeypatch.setattr(time, "time", clock)
    box.clock_offset = offset
    result = ledger.sync(box)

    assert (result.read_at, result.clock_ahead) == (datetime(2026, 3, 2, 12, tzinfo=UTC), 0)


def test_a_given_clock_is_that_of_the_service(box, ledger, clock):
    box.clock_offset = (-300.0, -299.0)

    assert ledger.sync(box, clock=clock).read_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_clock_that_was_set_back_gives_no_bounds_in_the_wrong_order(box, ledger, clock):
    ledger.sync(box, clock=clock)
    clock.to("11:50:00")
    box.add("1", "failed", DAY + "12:00:02Z")
    ledger.sync(box, clock=clock)

    (job,) = ledger.jobs().itertuples()
    assert not job.finished_after > job.finished_before


@pytest.mark.parametrize(
    "options",
    [
        {"template": "42"},
        {"batch": "2"},
        {"since": DAY + "11:00:00Z"},
        {"until": DAY + "11:00:00Z"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_messages_are_chosen_as_jobs_are(box, ledger, clock, options):
    for number in (1, 2, 3):
        created, template = f"{DAY}{9 + number}:00:00Z", str(41 + number // 2)
        box.add(str(number), "failed", created, batch=str(number), template=template, errors=["No"])
    ledger.sync(box, clock=clock)

    chosen = ledger.jobs(**options)["job_id"].tolist()
    assert 0 < len(chosen) < 3
    assert ledger.failures(**options)["job_id"].tolist() == chosen
