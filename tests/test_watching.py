"""Rules about a ledger: reported once, and once when over, to a person, a command or a URL."""

import json
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from docgen_nb.cli import main
from docgen_nb.ledger import Ledger
from docgen_nb.watching import watch

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
FAILED, OPEN = "failed_share > 5% over 1h", "open longer than 10min"


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "history.sqlite") as opened:
        yield opened


def read(ledger, now, *jobs):
    """Write jobs, each a status, an age in minutes and seconds of duration, as read at a time."""
    with ledger.file.write() as db:
        (number,) = db.execute("SELECT count(*) FROM job_records").fetchone()
        db.execute("INSERT INTO polls (begun_at, complete) VALUES (?, 1)", (now,))
        for place, (status, age, seconds) in enumerate(jobs, start=number):
            created = now - 60 * age
            ended = None if seconds is None else created + seconds
            db.execute(
                """INSERT INTO job_records (job_id, status, created_at, errors, warnings, read_at,
                poll, output_at) VALUES (?, ?, ?, 0, 0, ?, 1, ?)""",
                (4000 + place, status, created, now, ended),
            )


def test_failures_are_reported_once_and_once_when_over(ledger):
    read(ledger, NOON, *[("completed", 30, 4)] * 17, *[("failed", 20, None)] * 3)
    told = []

    first = watch(ledger, FAILED, notify=told.append)
    second = watch(ledger, FAILED, notify=told.append)
    read(ledger, NOON + 7200, *[("completed", 5, 4)] * 10)
    third = watch(ledger, FAILED, notify=told.append)
    fourth = watch(ledger, FAILED, notify=told.append)

    assert first == [
        "3 of 20 finished jobs created since 2026-03-02 11:00 UTC failed, 15.0% "
        "(failed_share > 5% over 1h). For example jobs 4019, 4018, 4017."
    ]
    assert (second, fourth) == ([], [])
    assert third == [
        "Over (failed_share > 5% over 1h, since 2026-03-02 12:00 UTC): 0 of 10 finished jobs "
        "created since 2026-03-02 13:00 UTC failed, 0.0%."
    ]
    assert told == first + third


@pytest.mark.parametrize(
    ("rule", "jobs", "sentence"),
    [
        (FAILED, [("failed", 5, None)] * 2, None),  # fewer than three
        (FAILED, [("failed", 61, None)] * 9, None),  # before the last hour
        (FAILED, [("failed", 5, None)] * 3 + [("completed", 5, 1)] * 57, None),  # 5%, not more
        (OPEN, [("pending", 9, None)], None),
        (OPEN, [("pending", 11, None)], "1 job has been open for longer than 10 min"),
        (OPEN, [("paused", 11, None)], "1 job has been open for longer than 10 min"),
        (
            "duration > 30s over 1h",
            [("completed", 5, 31)] * 3 + [("completed", 5, 30)] * 7,
            "3 of 10 jobs created since 2026-03-02 11:00 UTC took longer than 30 s, 30.0%",
        ),
        ("jobs < 2 over 1d", [("completed", 5, 1)], "1 job was created since 2026-03-01 12:00 UTC"),
    ],
)
def test_each_rule_has_its_sentence(ledger, rule, jobs, sentence):
    read(ledger, NOON, *jobs)

    sentences = watch(ledger, rule, notify=lambda _: None)

    assert len(sentences) == (sentence is not None)
    assert sentence is None or sentences[0].startswith(f"{sentence} ({rule}).")


def test_what_nobody_was_told_is_told_again(ledger):
    read(ledger, NOON, ("pending", 11, None))

    def fail(_):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        watch(ledger, OPEN, notify=fail)

    assert len(watch(ledger, OPEN, notify=lambda _: None)) == 1


def test_before_the_first_sync_nothing_is_wrong(ledger):
    assert watch(ledger, [FAILED, "jobs < 1 over 1d"]) == []


@pytest.mark.parametrize("rule", ["", "failed > 5%", "open", "failed_share > 5 over 1h", "x" * 999])
def test_a_rule_that_cannot_be_read_is_named(ledger, rule):
    with pytest.raises(
        ValueError, match=r"is not a rule\. Use one such as 'failed_share > 5% over"
    ):
        watch(ledger, rule)


class Receiver(BaseHTTPRequestHandler):
    status = 200

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Location", "/other")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.bodies, server.status = [], 200
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_url_is_notified_and_redirects_are_refused(ledger, receiver, capsys):
    read(ledger, NOON, ("pending", 11, None))
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    words = ["watch", "--ledger", str(ledger.file.path), "--rule", OPEN, "--notify", url]

    for receiver.status in (302, 307):
        assert main(words) == 1
        error = f"Nobody was notified: 127.0.0.1: HTTP Error {receiver.status}"
        assert error in capsys.readouterr().err
    receiver.status = 200
    assert main(words) == main(words) == 0

    sentence = f"1 job has been open for longer than 10 min ({OPEN}). For example jobs 4000."
    assert receiver.bodies == [{"text": sentence}] * 3


def test_a_command_that_fails_has_told_nobody(ledger, tmp_path, capsys):
    read(ledger, NOON, ("pending", 11, None))
    program = tmp_path / "fail.py"
    program.write_text("raise SystemExit(3)")
    notify = f"{sys.executable} {program}"

    words = ["watch", "--ledger", str(ledger.file.path), "--rule", OPEN, "--notify", notify]
    assert main(words) == 1
    assert f"Nobody was notified: {sys.executable} ended with 3." in capsys.readouterr().err


def test_a_command_reads_the_sentence(ledger, tmp_path, capfd):
    read(ledger, NOON, ("pending", 11, None))
    program = tmp_path / "echo.py"
    program.write_text("import sys; print('told: ' + sys.stdin.read())")
    notify = f"{sys.executable} {program}"

    words = ["watch", "--ledger", str(ledger.file.path), "--rule", OPEN, "--notify", notify]
    assert main(words) == 0
    assert capfd.readouterr().out.startswith("told: 1 job has been open for longer than 10 min")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--rule", "nonsense", "'nonsense' is not a rule"),
        ("--notify", "http://example.org/hook", "must begin with https://, or be of this machine"),
        ("--notify", "ftp://localhost/hook", "must begin with https://, or be of this machine"),
        ("--notify", "no-such-command x", "is neither a URL nor a command that exists"),
    ],
)
def test_wrong_options_are_one_line(ledger, capsys, option, value, message):
    words = ["watch", "--ledger", str(ledger.file.path), "--rule", OPEN, option, value]
    with pytest.raises(SystemExit) as end:
        main(words)

    assert end.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_terminal_shows_the_state_of_each_rule_and_cron_nothing(ledger, capsys, monkeypatch):
    read(ledger, 1000)
    rules = ["--rule", "open longer than 10min", "--rule", "jobs < 1 over 1h"]
    words = ["watch", "--ledger", str(ledger.file.path), *rules]
    assert main(words) == 0
    assert capsys.readouterr().out.count("\n") == 1  # what is reported
    assert main(words) == 0
    assert capsys.readouterr().out == ""

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(words) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("ok (open longer than 10min): No jobs have been open")
    assert second.startswith("reported, since ")
