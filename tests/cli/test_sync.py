"""`docgen-nb sync`: once, again and again, and with the service that `docgen-nb lab` started."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from docgen_nb import samples
from docgen_nb.cli import main
from docgen_nb.cli.options.repeating import repeat
from docgen_nb.cli.options.services import announced
from docgen_nb.errors import BoxUnavailable, RateLimited, Unreachable
from docgen_nb.ledger import Ledger
from docgen_nb.service import Fault, LocalDocGen


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command and return its status, standard output and standard error."""
    for name in ("DOCGEN_NB_URL", "DOCGEN_NB_LOCAL", "BOX_DEVELOPER_TOKEN", "BOX_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def _run(*arguments):
        try:
            status = main([str(one) for one in arguments])
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return _run


@pytest.fixture
def local():
    with LocalDocGen(token="secret") as service:
        samples.history(service, jobs=30, days=2)
        yield service


def test_a_history_begins_and_is_kept(run, local, tmp_path):
    with local.listen() as url, announced(url, "secret"):
        first = run("sync", "--ledger", tmp_path / "history.sqlite")
        second = run("sync", "--ledger", tmp_path / "history.sqlite")

    assert first[0] == second[0] == 0
    assert " UTC: 30 new, 0 changed, 0 open (" in first[1]
    assert " UTC: 0 new, 0 changed, 0 open (2 calls)\n" in second[1]
    assert first[2] == f"The service of docgen-nb lab: {url}\n"
    with Ledger(tmp_path / "history.sqlite") as ledger:
        assert len(ledger.jobs()) == 30


def test_without_a_token_and_a_lab_the_error_says_what_is_missing(run, tmp_path):
    status, _, error = run("sync", "--ledger", tmp_path / "history.sqlite")

    assert status == 1
    assert error.startswith("docgen-nb sync: ")
    assert "BOX_DEVELOPER_TOKEN" in error


def test_a_lab_that_was_killed_is_not_found(run, local, tmp_path):
    with local.listen() as url:
        pass  # nothing listens there now
    with announced(url, "secret"):
        status, _, error = run("jobs")

    assert (status, "BOX_DEVELOPER_TOKEN" in error) == (1, True)


def test_the_token_of_a_lab_is_for_this_user_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with announced("http://127.0.0.1:1", "secret"):
        (path,) = (tmp_path / "docgen-nb").iterdir()
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not path.exists()


def test_of_two_labs_the_one_of_the_ledger_is_read_and_the_error_names_options(run, tmp_path):
    ledger = tmp_path / "history.sqlite"
    with (
        LocalDocGen(token="one") as first,
        LocalDocGen(token="two") as second,
        first.listen() as url,
        second.listen() as other,
    ):
        samples.history(first, jobs=30, days=2)
        with announced(url, "one"):
            assert run("sync", "--ledger", ledger)[0] == 0
        newer = tmp_path / "docgen-nb" / "lab-0.json"
        newer.write_text(f'{{"url": "{other}", "token": "two"}}')

        alone = run("sync", "--ledger", ledger)
        with announced(url, "one"):
            newer.touch()
            both = run("sync", "--ledger", ledger)

    assert (both[0], both[2]) == (0, f"The service of docgen-nb lab: {url}\n")
    status, _, error = alone
    place = other.removeprefix("http://").replace(":", "-")
    assert (status, "Ledger(" in error) == (1, False)
    assert f"holds jobs of {url} (" in error
    assert (
        f"For jobs of that service, add --url {url}. To keep them apart in a file of their own, "
        f"add --account {place}-user-"
    ) in error


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("503 no"),
        BoxUnavailable(status=503, message="no"),
        RateLimited(status=429, message="no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_work_that_is_repeated_is_tried_again_after_a_passing_error(capsys, error):
    called = []

    def work():
        called.append(1)
        if len(called) == 1:
            raise error
        signal.raise_signal(signal.SIGTERM)

    repeat(work, every=timedelta(0), name="sync")

    assert len(called) == 2
    assert capsys.readouterr().err == f"docgen-nb sync: {error}; trying again\n"


@pytest.mark.slow
def test_every_second_an_outage_passes_and_the_end_is_clean(local, tmp_path):
    command = [sys.executable, "-m", "docgen_nb", "sync", "--ledger", "h.sqlite", "--every", "1s"]
    with local.listen() as url:
        environment = {**os.environ, "DOCGEN_NB_URL": url, "BOX_DEVELOPER_TOKEN": "secret"}
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            first = process.stdout.readline()
            local.set_faults([Fault("unavailable", path="/2.0/docgen_jobs", seconds=0)])
            outage = process.stderr.readline()
            local.set_faults([])
            second = process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
    assert ": 30 new," in first
    assert outage.startswith("docgen-nb sync: 503") or "trying again" in outage
    assert ": 0 new," in second


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--every", "5"), "'5' is not a length of time such as 30s, 5m or 1h"),
        (("--every", "0m"), "'0m' is not a length of time such as 30s, 5m or 1h"),
        (("--account", "a/b"), "account becomes part of a file name"),
    ],
)
def test_wrong_options_are_one_line(run, tmp_path, options, message):
    status, _, error = run("sync", "--ledger", tmp_path / "h.sqlite", *options)

    assert (status, message in error.splitlines()[-1]) == (2, True)


def test_the_line_for_cron_finds_its_command_without_a_path(run, tmp_path):
    _, printed, _ = run("sync", "--help")
    assert "docgen-nb sync --ledger %h/history.sqlite --every 5m\n" in printed  # for systemd
    (line,) = [line for line in printed.splitlines() if line.strip().startswith("*/5 * * * *")]
    bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path)}

    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("*/5 * * * *", "")],
        env=bare,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "BOX_DEVELOPER_TOKEN" in done.stderr
