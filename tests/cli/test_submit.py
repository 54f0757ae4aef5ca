"""Tests of `docgen-nb submit` against a service in another process."""

import json
import signal
import socket
import subprocess
import sys

import pytest
from served import serving, wait_until
from submission.letters import expected, letters, rows_of, texts

from docgen_nb import wire
from docgen_nb.cli import main
from docgen_nb.connection import connect
from docgen_nb.evidence import Answer, Evidence
from docgen_nb.ledger import Ledger
from docgen_nb.service import Fault, LocalDocGen

NAME = "Letter {number}"
FAULTS = [
    {"kind": "lost_reply", "every": 7},
    {"kind": "error_reply", "every": 9},
    {"kind": "unavailable", "every": 11},
    {"kind": "rate_limited", "every": 13, "seconds": 0},
]


class Command:
    """The command for one file of rows, one ledger and one service."""

    def __init__(self, folder, rows, *, suffix=".jsonl"):
        self.rows, self.ledger = folder / f"rows{suffix}", folder / "history.sqlite"
        self.rows.write_text("\n".join(map(json.dumps, rows)))
        self.url = self.template = self.folder = ""

    def words(self, *more):
        options = {
            "--url": self.url,
            "--template": self.template,
            "--folder": self.folder,
            "--rows": self.rows,
            "--ledger": self.ledger,
            "--name": NAME,
        }
        pairs = [str(word) for pair in options.items() for word in pair]
        return [sys.executable, "-m", "docgen_nb", "submit", *pairs, "--yes", *more]

    def fast(self, *more):
        rates = ("--documents-a-minute", "0", "--settle-seconds", "4")
        return self.words("--chunk", "10", *rates, *more)

    def run(self, *more, **options):
        return subprocess.run(
            self.fast(*more), capture_output=True, text=True, timeout=120, **options
        )

    def start(self, *more):
        return subprocess.Popen(
            self.fast(*more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def prepare(self, box):
        request = letters(box, file_name=NAME)
        self.template, self.folder, self.url = request.template_id, request.folder_id, box.url


def batches(path):
    with Ledger(path) as ledger:
        return ledger.file.first("SELECT count(batch_id) FROM submission_chunks")[0]


def has_sent(path, count):
    return path.exists() and batches(path) >= count


def finished(box):
    return all(job["status"] == "completed" for job in box.list_jobs(limit=1000))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def ended_and_running(processes):
    wait_until(lambda: any(one.poll() is not None for one in processes))
    ended = [one for one in processes if one.poll() is not None]
    return ended, [one for one in processes if one not in ended]


@pytest.mark.slow
def test_300_rows_survive_faults_and_kills_of_the_sender_and_of_the_service(tmp_path):
    rows, port = rows_of(300), free_port()
    command = Command(tmp_path, rows)
    faults = tmp_path / "faults.json"
    calls = [{**fault, "method": "POST", "path": "/2.0/docgen_batches"} for fault in FAULTS]
    faults.write_text(json.dumps({"calls": calls}))
    options = ("--data", tmp_path / "data", "--port", port, "--faults", faults)

    with serving(*options, loses_replies=True) as served, connect(served.url, token="any") as box:
        command.prepare(box)
        for count in (4, 8):  # two senders at once, of which one is refused; the other is killed
            slow = ("--documents-a-minute", "600")  # so that both run when the second one begins
            senders = [command.start(*slow), command.start(*slow)]
            [refused], [sender] = ended_and_running(senders)
            assert refused.communicate()[1].strip().endswith("end it; then start again.")
            wait_until(lambda count=count: has_sent(command.ledger, count))
            sender.kill()
            sender.communicate()
            assert sender.returncode == -signal.SIGKILL
        sender = command.start()
        wait_until(lambda: has_sent(command.ledger, 12))
        served.kill()
    with serving(*options, loses_replies=True) as served, connect(served.url, token="any") as box:
        output, errors = sender.communicate(timeout=120)
        assert (sender.returncode, output) == (
            0,
            f"Submission 1 (template {command.template}, folder {command.folder}): 300 of 300 "
            "documents sent in 30 batches.\n",
        ), errors
        again = command.run()
        assert (again.returncode, again.stdout) == (0, output)
        wait_until(lambda: finished(box))
        assert texts(box) == expected(rows)
        status = subprocess.run(
            command.words("--status"), capture_output=True, text=True, check=True
        )
        assert status.stdout == output


@pytest.fixture
def _ctrl_c_is_heard():
    """The background of a shell ignores Ctrl-C, and so would the processes that a test starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c_is_heard")
def test_ctrl_c_is_a_pause(tmp_path):
    command = Command(tmp_path, rows_of(20))
    with serving() as served, connect(served.url, token="any") as box:
        command.prepare(box)
        sender = command.start("--documents-a-minute", "5")
        wait_until(lambda: has_sent(command.ledger, 1))
        sender.send_signal(signal.SIGINT)
        _, errors = sender.communicate(timeout=60)
        assert sender.returncode == 130
        assert errors.splitlines()[-2:] == [
            "Paused.",
            "10 of 20 documents sent in 1 batch, 10 planned. To go on, start it again with the "
            "same rows.",
        ]
        assert command.run().returncode == 0


def test_rows_of_a_table_with_a_problem_are_listed_and_skipped(tmp_path):
    command = Command(tmp_path, [], suffix=".csv")
    command.rows.write_text("name,number\nReader 1,1\n,2\nReader 3,3\n")
    with serving() as served, connect(served.url, token="any") as box:
        command.prepare(box)
        refused = command.run()
        assert (refused.returncode, refused.stdout) == (
            1,
            "error in row 2: name: The tag 'name' was not provided in the input data.\n",
        )
        assert "1 of 3 rows have errors; nothing was sent." in refused.stderr
        assert command.run("--skip-bad-rows").returncode == 0
        wait_until(lambda: finished(box))
        names = {item["name"] for item in box.list_folder_items(command.folder)}
        assert names == {"Letter 1.docx", "Letter 3.docx"}
        assert texts(box) == expected([{"name": "Reader 1"}, {"name": "Reader 3"}])


def test_a_submission_with_a_batch_held_back_is_not_complete_until_it_is_settled(tmp_path, capsys):
    dropped = Evidence({"external_id": Answer("dropped", "2026-12-01")})
    command = Command(tmp_path, rows_of(2))
    with (
        LocalDocGen(evidence=dropped) as local,
        local.listen() as url,
        connect(url, token="any") as box,
    ):
        command.prepare(box)
        local.set_faults([Fault("lost_reply", times=1, method="POST", path=wire.BATCHES)])
        words = command.fast("--name", "Letter", "--settle-seconds", "0")[3:]
        assert main(words) == 1
        assert "0 of 2 documents sent in 0 batches, 2 held back." in capsys.readouterr().out
        [batch] = {job["batch"]["id"] for job in box.list_jobs()}
        settle = [*words, "--settle", f"1={batch}"]
        assert (main(settle), main(words)) == (0, 0)
        assert "2 of 2 documents sent in 1 batch." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: --template, --folder, --rows"),
        (["--settle", "3"], "argument --settle: '3' is not CHUNK=BATCH, such as 3=12 or 3=none"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, words, message):
    done = subprocess.run(
        [sys.executable, "-m", "docgen_nb", "submit", "--ledger", tmp_path / "h.sqlite", *words],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"docgen-nb submit: error: {message}"
