"""Ledgers: jobs that vanish and return, other accounts, read-only media, bad paths."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from ledger.fake_client import Box, Clock
from ledger.former_version import to_version_8
from ledger.interrupted_sync import differing_rollups

from docgen_nb.errors import LedgerError
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.migrations import VERSION, migrate
from docgen_nb.metrics import outcomes

DAY = "2026-03-02T"
APPLICATION = 0x44474E42  # the application id of histories
NOBODY = 65534


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "history.sqlite") as ledger:
        yield ledger


@pytest.fixture
def clock():
    return Clock("2026-03-02T12:00")


@pytest.fixture
def box():
    """A service with an open job of a batch of its own, and 20 newer ones on two pages."""
    box = Box(page_size=10)
    box.add("1", "pending", DAY + "11:00:00Z", batch="7")
    for number in range(20):
        box.add(f"5{number:03}", "completed", DAY + f"11:30:{number:02}Z", batch="8")
    return box


def status(ledger, job_id="1"):
    jobs = ledger.jobs()
    return jobs.loc[jobs["job_id"] == job_id, "status"].item()


def counts(jobs):
    """Return the number of jobs by status, of a ledger or of a table."""
    rows = outcomes(jobs).query("jobs > 0")
    return dict(zip(rows["status"], rows["jobs"], strict=True))


def lose(box):
    """Let the service answer 404 for job 1."""
    return box.jobs.pop()


# One 404


def test_a_job_that_is_missing_once_stays_open_and_ends_as_the_service_says(box, ledger, clock):
    ledger.sync(box, clock=clock)
    lost = lose(box)
    clock.to("12:01")
    missing = ledger.sync(box, clock=clock)
    while_missing = status(ledger)
    box.jobs.append({**lost, "status": "failed"})
    clock.to("12:02")

    found = ledger.sync(box, clock=clock)

    assert (missing.missing, missing.gone, missing.still_open) == (1, 0, 1)
    assert while_missing == "pending"
    assert (found.missing, found.gone, found.changed, found.still_open) == (0, 0, 1, 0)
    assert status(ledger) == "failed"


def test_a_missing_job_is_not_asked_for_before_the_pause_has_passed(box, ledger, clock):
    ledger.sync(box, clock=clock)
    lose(box)
    box.calls()
    asked = []
    for time in ("12:01:00", "12:01:01", "12:01:59", "12:02:00"):
        clock.to(time)
        ledger.sync(box, pause=60, clock=clock)
        asked.append("job 1" in box.calls())

    assert asked == [True, False, False, True]


def test_two_syncs_within_a_second_do_not_believe_that_a_job_is_gone(box, ledger, clock):
    ledger.sync(box, clock=clock)
    lose(box)

    results = [ledger.sync(box, pause=0.001, clock=clock) for _ in range(3)]

    assert [result.gone for result in results] == [0, 0, 0]


@pytest.mark.parametrize("pause", [0, -1, float("nan")])
def test_a_pause_must_be_positive(box, ledger, clock, pause):
    with pytest.raises(ValueError) as caught:
        ledger.sync(box, pause=pause, clock=clock)

    assert str(caught.value) == f"pause must be more than 0 seconds, not {pause}."
    assert box.calls() == []


def test_a_job_that_was_found_in_between_starts_anew(box, ledger, clock):
    ledger.sync(box, clock=clock)
    gone = []
    for minute in range(1, 7):
        if minute % 2:
            lost = lose(box)
        else:
            box.jobs.append(lost)
        clock.to(f"12:0{minute}")
        gone.append(ledger.sync(box, clock=clock).gone)

    assert gone == [0] * 6
    assert status(ledger) == "pending"


# Gone, and back


def gone_ledger(box, ledger, clock):
    ledger.sync(box, clock=clock)
    lost = lose(box)
    for time in ("12:01", "12:02"):
        clock.to(time)
        result = ledger.sync(box, clock=clock)
    assert (result.gone, result.still_open) == (1, 0)
    return lost


def test_gone_is_a_status_of_its_own_in_tables_and_counts(box, ledger, clock):
    gone_ledger(box, ledger, clock)

    assert status(ledger) == "gone"
    assert ledger.jobs(status="gone")["job_id"].tolist() == ["1"]
    assert ledger.jobs(status="pending").empty
    assert counts(ledger) == counts(ledger.jobs()) == {"completed": 20, "gone": 1}
    changes = ledger.changes("1")
    assert changes[["from_status", "status"]].values.tolist() == [["pending", "gone"]]
    assert repr(ledger) == (
        "<Ledger history.sqlite: 21 jobs, 0 open, 1 gone; read 2026-03-02T12:02:00+00:00>"
    )


def test_a_job_that_is_gone_comes_back_when_the_service_finds_it(box, ledger, clock):
    lost = gone_ledger(box, ledger, clock)
    box.jobs.append({**lost, "status": "submitted"})  # below the pages that a sync reads
    clock.to("12:04")

    back = ledger.sync(box, clock=clock)

    assert (back.changed, back.gone, back.still_open) == (1, 0, 1)
    assert status(ledger) == "submitted"
    assert counts(ledger) == {"submitted": 1, "completed": 20}
    changes = ledger.changes("1")
    assert changes[["from_status", "status"]].values.tolist() == [
        ["pending", "gone"],
        ["gone", "submitted"],
    ]
    assert differing_rollups(ledger) == []


def test_a_job_that_stays_gone_is_asked_for_less_and_less_often(box, ledger, clock):
    gone_ledger(box, ledger, clock)
    box.calls()
    asked = []
    for minute in range(3, 40):
        clock.to(f"12:{minute:02}")
        ledger.sync(box, clock=clock)
        if "job 1" in box.calls():
            asked.append(minute)

    assert asked == [3, 5, 9, 17, 33]


def test_a_job_that_another_process_has_read_meanwhile_is_not_missing(box, ledger, clock):
    ledger.sync(box, clock=clock)
    lost = lose(box)
    clock.to("12:01")
    ledger.sync(box, clock=clock)

    class Late(Box):
        """A client during whose listing another process finds the job again."""

        def list_jobs(self, *, limit):
            clock.to("12:03")
            back = Box()
            back.jobs = [*box.jobs, lost]
            with Ledger(ledger.file.path) as other:
                other.sync(back, clock=clock)
            return super().list_jobs(limit=limit)

    late = Late(page_size=10)
    late.jobs = box.jobs
    clock.to("12:02")

    result = ledger.sync(late, clock=clock)

    assert (result.gone, result.missing, result.still_open) == (0, 0, 1)


def test_a_clock_that_is_set_back_does_not_stop_the_asking(box, ledger, clock):
    ledger.sync(box, clock=clock)
    lose(box)
    clock.to("18:00")
    ledger.sync(box, clock=clock)
    gone = []
    for time in ("13:00", "13:01", "13:02"):
        clock.to(time)
        gone.append(ledger.sync(box, clock=clock).gone)

    assert gone == [0, 1, 0]


def test_all_jobs_of_a_deleted_batch_are_gone_and_back_together(ledger, clock):
    box = Box(page_size=5)
    for number in range(30):
        box.add(str(number), "pending", DAY + f"11:00:{number:02}Z", batch="7")
    for number in range(10):
        box.add(f"5{number}", "completed", DAY + f"11:30:{number:02}Z", batch="8")
    ledger.sync(box, clock=clock)
    all_jobs, results = box.jobs, []
    box.jobs = all_jobs[:10]
    for minute in (1, 2, 3):
        box.jobs = all_jobs if minute == 3 else box.jobs
        clock.to(f"12:0{minute}")
        results.append(ledger.sync(box, clock=clock))

    assert [(r.missing, r.gone, r.still_open) for r in results] == [
        (30, 0, 30),
        (0, 30, 0),
        (0, 0, 30),
    ]
    assert differing_rollups(ledger) == []


# Accounts


def other(box, *, user="8", enterprise="9", url=Box.url):
    client = Box()
    client.jobs = box.jobs
    client.user, client.enterprise, client.url = user, enterprise, url
    return client


@pytest.mark.parametrize(
    ("account", "named", "kept_apart"),
    [
        ({"user": "12"}, "https://box.example (enterprise 9, user 12)", "user-12"),
        ({"enterprise": "3"}, "https://box.example (enterprise 3, user 8)", "user-8"),
        ({"enterprise": None}, "https://box.example (no enterprise, user 8)", "user-8"),
        (
            {"url": "http://127.0.0.1:8000", "user": "1"},
            "http://127.0.0.1:8000 (enterprise 9, user 1)",
            "127.0.0.1-8000-user-1",
        ),
        (
            {"url": "http://[::1]:8000", "user": "1"},
            "http://[::1]:8000 (enterprise 9, user 1)",
            "1-8000-user-1",
        ),
    ],
)
def test_another_account_is_refused_and_can_be_kept_apart(
    box, ledger, clock, account, named, kept_apart
):
    ledger.sync(box, clock=clock)
    before, path = ledger.jobs(), ledger.file.path

    with pytest.raises(LedgerError) as caught:
        ledger.sync(other(box, **account), clock=clock)

    assert str(caught.value) == (
        f"{path} holds jobs of https://box.example (enterprise 9, user 8), not of {named}. To keep "
        f"them apart in a file of their own, open Ledger('history.sqlite', account='{kept_apart}')."
    )
    assert ledger.jobs().equals(before)
    with Ledger(path, account=kept_apart) as own:
        own.sync(other(box, **account), clock=clock)
        assert own.file.path == path.with_name(f"history.{kept_apart}.sqlite")
        assert len(own.jobs()) == 21


def test_two_first_syncs_at_once_agree_on_one_account(box, ledger, clock):
    class Slow(Box):
        """A client that is told its user while another one syncs first."""

        def get_me(self, *, fields):
            with Ledger(ledger.file.path) as first:
                first.sync(box, clock=clock)
            return super().get_me(fields=fields)

    slow = Slow()
    slow.user = "12"

    with pytest.raises(LedgerError, match=r"enterprise 9, user 8\), not of .*user 12\)"):
        ledger.sync(slow, clock=clock)


@pytest.mark.parametrize("account", ["", "..", "a/b", "../a", ".hidden", "a\0", "-", "a b"])
def test_an_account_never_leads_to_another_folder(tmp_path, account):
    with pytest.raises(ValueError, match="account becomes part of a file name"):
        Ledger(tmp_path / "history.sqlite", account=account)

    assert list(tmp_path.iterdir()) == []


def test_an_older_history_takes_on_the_account_of_its_next_sync(box, tmp_path, clock):
    path = older_history(box, tmp_path / "history.sqlite", clock)
    with pytest.warns(UserWarning, match="was migrated from history version 3"):
        ledger = Ledger(path)

    with ledger:
        assert status(ledger) == "gone"
        ledger.sync(box, clock=clock)
        assert status(ledger) == "pending"  # it was believed after a single 404
        with pytest.raises(LedgerError, match=r"enterprise 9, user 8\), not of .*user 12\)"):
            ledger.sync(other(box, user="12"), clock=clock)
        assert differing_rollups(ledger) == []


def older_history(box, path, clock):
    """Write a history as of version 3, in which job 1 was gone after one 404."""
    with Ledger(path) as ledger:
        ledger.sync(box, clock=clock)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        to_version_8(db)
        db.execute("UPDATE jobs SET gone = 1 WHERE job_id = 1")
        db.execute("DROP INDEX jobs_missing")
        for column in ("missing_at", "asked_at"):
            db.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
        db.execute("DELETE FROM settings WHERE name = 'account'")
        db.execute("PRAGMA user_version=3")
    clock.to("12:10")
    return path


@pytest.mark.parametrize("parent", ["5", ["5"], 5])
def test_a_parent_that_is_no_folder_leaves_the_folder_unknown(box, ledger, clock, parent):
    class Odd(Box):
        def get_file(self, file_id, *, fields):
            return {**super().get_file(file_id, fields=fields), "parent": parent}

    odd = Odd()
    odd.add("1", "pending", DAY + "11:00:00Z")
    odd.end("1", "completed", file="70", at=DAY + "11:00:20Z")

    ledger.sync(odd, clock=clock)

    [job] = ledger.jobs().to_dict("records")
    assert (job["finished_source"], job["duration_seconds"]) == ("output_file", 20)
    assert ledger.jobs()["folder_id"].isna().all()


def test_an_output_file_that_is_not_found_at_first_gives_its_end_later(box, ledger, clock):
    box.end("1", "completed")
    for number, file in enumerate(("70", "71"), start=1):
        box.add(f"900{number}", "pending", DAY + f"11:59:{number:02}Z")
        box.end(f"900{number}", "completed", file=file, at=DAY + "11:59:30Z")
    files = box.folders.pop("5")
    ledger.sync(box, clock=clock)
    clock.to("12:01")
    box.folders["5"] = {"70": files["70"]}
    ledger.sync(box, clock=clock)

    jobs = ledger.jobs().set_index("job_id")
    assert jobs.loc["9001", ["finished_source", "duration_seconds"]].tolist() == ["output_file", 29]
    clock.to("13:00")
    ledger.sync(box, clock=clock)
    box.calls()
    ledger.sync(box, clock=clock)
    assert [call for call in box.calls() if call.startswith("file")] == []  # it is given up
    assert differing_rollups(ledger) == []


def test_a_job_of_the_future_that_is_deleted_does_not_cost_the_whole_list(box, ledger, clock):
    box.add("9999", "completed", "2027-01-01T00:00:00Z")
    ledger.sync(box, clock=clock)
    box.jobs = [entry for entry in box.jobs if entry["id"] != "9999"]
    for _ in range(2):
        clock.now += 60
        ledger.sync(box, clock=clock)
    assert box.calls().count("jobs") == 3 + 2


def test_a_file_that_a_newer_version_has_just_migrated_keeps_its_version(box, ledger):
    newer = VERSION + 1
    with closing(sqlite3.connect(ledger.file.path, isolation_level=None)) as db:
        db.execute(f"PRAGMA user_version={newer}")
        assert migrate(db) == newer
        assert db.execute("PRAGMA user_version").fetchone() == (newer,)


# Times that no calendar has


@pytest.mark.parametrize("seconds", [1e12, 9e18, 1e300, -1e12])
def test_a_history_that_has_a_time_out_of_the_calendar_opens_with_an_unknown_time(
    box, tmp_path, clock, seconds
):
    path = tmp_path / "history.sqlite"
    with Ledger(path) as ledger:
        ledger.sync(box, clock=clock)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        to_version_8(db)
        db.execute("UPDATE jobs SET created_at = ?, webhook_at = ? WHERE job_id = 1", 2 * [seconds])
        db.execute("PRAGMA user_version=5")

    with pytest.warns(UserWarning, match="was migrated from history version 5"):
        ledger = Ledger(path)

    with ledger:
        jobs = ledger.jobs().set_index("job_id")
        assert jobs.loc["1", ["created_at", "finished_at", "duration_seconds"]].isna().all()
        assert jobs["created_at"].notna().sum() == 20
        assert len(ledger.rollup(["created_at", "status"])) > 0
        assert len(ledger.to_parquet(tmp_path / "months")) == 4
        assert differing_rollups(ledger) == []


# Read-only media


@contextmanager
def without_rights() -> Iterator[None]:
    """Run as another user where the tests run as root, who may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder():
    """A folder that other users may read, but not write to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "medium"
        folder.mkdir()
        folder.parent.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def make_read_only(folder):
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)


def test_a_ledger_on_read_only_media_can_be_read(box, folder, tmp_path, clock):
    path = folder / "histöry 100%?#.sqlite"
    with Ledger(path) as ledger:
        ledger.sync(box, clock=clock)
        expected = ledger.jobs()
    make_read_only(folder)

    with without_rights(), Ledger(path) as ledger:
        assert ledger.jobs().equals(expected)
        assert counts(ledger) == {"pending": 1, "completed": 20}
        assert repr(ledger).startswith("<Ledger histöry 100%?#.sqlite: 21 jobs, 1 open;")
        assert ledger.failures().empty
        with pytest.raises(LedgerError) as caught:
            ledger.sync(box, clock=clock)

    assert str(caught.value) == (
        f"{path} is read-only for you. Change its permissions, or use a copy."
    )
    assert [file.name for file in folder.iterdir()] == [path.name]


def test_a_file_without_right_to_write_in_a_writable_folder_can_be_read(box, folder, clock):
    path = folder / "history.sqlite"
    with Ledger(path) as ledger:
        ledger.sync(box, clock=clock)
    make_read_only(folder)
    folder.chmod(0o777)

    with without_rights(), Ledger(path) as ledger:
        assert len(ledger.jobs()) == 21
        with pytest.raises(LedgerError, match="is read-only for you"):
            ledger.sync(box, clock=clock)


def test_changes_beside_a_read_only_ledger_are_not_left_out_silently(box, folder, clock):
    path, wal = folder / "history.sqlite", folder / "history.sqlite-wal"
    with Ledger(path) as ledger:
        ledger.sync(box, clock=clock)
        content = wal.read_bytes()
    wal.write_bytes(content)
    make_read_only(folder)

    with without_rights(), pytest.raises(LedgerError) as caught:
        Ledger(path)

    assert str(caught.value) == (
        f"{path} cannot be read without its latest changes, which are in {wal.name}. Copy both to "
        "a folder that you may write to, and open the copy."
    )


def test_an_older_history_on_read_only_media_says_to_use_a_copy(box, folder, clock):
    path = older_history(box, folder / "history.sqlite", clock)
    make_read_only(folder)

    with without_rights(), pytest.raises(LedgerError) as caught:
        Ledger(path)

    assert str(caught.value) == (
        f"{path} is read-only for you. Change its permissions, or use a copy."
    )


# Paths that are no ledgers

ANOTHER = "is not a history of docgen-nb. Choose another file."
ELSEWHERE = "Choose a file in an existing folder that you may write to."


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/dev/null", f"/dev/null is a device or a pipe, not a file. {ELSEWHERE}"),
        ("/dev/zero", f"/dev/zero is a device or a pipe, not a file. {ELSEWHERE}"),
        ("/dev/full", f"/dev/full is a device or a pipe, not a file. {ELSEWHERE}"),
        ("{}/fifo", "{}/fifo is a device or a pipe, not a file. " + ELSEWHERE),
        ("{}", "{} is a folder. Name a file in it, such as {}/history.sqlite."),
        ("{}/other.sqlite", "{}/other.sqlite " + ANOTHER),
        ("{}/notes.txt", "{}/notes.txt " + ANOTHER),
        ("{}/word.txt", "{}/word.txt " + ANOTHER),
        ("{}/word.txt/x", "{}/word.txt/x cannot be opened (Not a directory). " + ELSEWHERE),
        ("{}/a\0b", "'{}/a\\x00b' cannot be opened (embedded null byte). " + ELSEWHERE),
        (
            "{}/missing/x",
            "{}/missing/x cannot be opened (unable to open database file). " + ELSEWHERE,
        ),
        (
            "~no such user/x",
            "'~no such user/x' cannot be opened (Could not determine home directory.). "
            + ELSEWHERE,
        ),
        (
            "{}/hollow.sqlite",
            "{}/hollow.sqlite is damaged (no such table: jobs). Recover what is readable with: "
            "sqlite3 hollow.sqlite .recover | sqlite3 saved.sqlite",
        ),
    ],
)
def test_a_path_that_is_no_ledger_is_refused_with_what_to_do(tmp_path, path, message):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "word.txt").write_text("word")
    (tmp_path / "notes.txt").write_text("notes " * 1000)
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as db:
        db.execute("CREATE TABLE jobs (id)")
    with closing(sqlite3.connect(tmp_path / "hollow.sqlite")) as db:
        db.execute(f"PRAGMA application_id={APPLICATION}")
        db.execute("PRAGMA user_version=4")
        db.execute("CREATE TABLE settings (id)")
    before = contents(tmp_path)

    with pytest.raises(LedgerError) as caught, Ledger(path.format(tmp_path)) as ledger:
        ledger.jobs()

    assert str(caught.value) == message.replace("{}", str(tmp_path))
    assert contents(tmp_path) == before


def contents(folder):
    return {path.name: path.is_file() and path.read_bytes() for path in folder.iterdir()}


def test_a_name_that_is_too_long_is_named_briefly(tmp_path):
    with pytest.raises(LedgerError) as caught:
        Ledger(tmp_path / ("n" * 300))

    assert str(caught.value).endswith(f"cannot be opened (File name too long). {ELSEWHERE}")
