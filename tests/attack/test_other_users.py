"""Another user of the same machine: what is in files, on command lines, and at the port."""

import base64
import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from api import Api, batch_body
from served import SECONDS, command, wait_until

from docgen_nb import samples
from docgen_nb.errors import ServiceError
from docgen_nb.ledger import Ledger
from docgen_nb.service import LocalDocGen

NOBODY = 65534
as_another = pytest.mark.skipif(os.getuid() != 0, reason="Only root can act as another user.")


def run_as_another(*command):
    """Run a program as another user, in a folder that this user may enter."""
    return subprocess.run(
        command, user=NOBODY, group=NOBODY, extra_groups=(), cwd="/", capture_output=True,
        text=True, timeout=SECONDS,
    )  # fmt: skip


def command_lines():
    """Return what another user sees of all processes."""
    seen = run_as_another("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    return seen.stdout


# Files.


@pytest.fixture
def reachable():
    """A folder whose parents any user may enter, unlike those of tmp_path."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def started(*arguments, umask=-1, **environment):
    process = subprocess.Popen(
        command(*arguments), env=os.environ | environment, stdout=subprocess.PIPE, text=True,
        umask=umask,
    )  # fmt: skip
    try:
        yield process.stdout.readline().split()[2]
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


def use(url):
    """Store a file, a document of a job, and a part of a file that is being uploaded."""
    with requests.Session() as session:
        session.trust_env = False
        api = Api(session, url)
        template = api.template(samples.template("Dear {{name}},"))
        batch = api.batch(batch_body(template, "0", [{"name": "a secret"}]))
        jobs = f"/2.0/docgen_batch_jobs/{batch}"
        wait_until(lambda: api.entries(jobs)[0]["status"] == "completed")
        part = bytes(8 << 20)
        body = {"folder_id": "0", "file_size": 3 * len(part), "file_name": "large"}
        upload = api("POST", "/2.0/files/upload_sessions", json=body).json()
        headers = {
            "Content-Range": f"bytes 0-{len(part) - 1}/{3 * len(part)}",
            "Digest": f"sha={base64.b64encode(hashlib.sha1(part).digest()).decode()}",
        }
        reply = api("PUT", f"/2.0/files/upload_sessions/{upload['id']}", data=part, headers=headers)
        assert reply.status_code == 200, reply.text


def open_to_others(folder):
    """Return what is below a folder, and the folder, that has another mode than 0700 and 0600."""
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    expected = {path: 0o700 if path.is_dir() else 0o600 for path in modes}
    return {str(path): oct(modes[path]) for path in modes if modes[path] != expected[path]}


@as_another
def test_another_user_reads_nothing_of_the_data_folder(reachable):
    """Once all data of jobs, and the secret that signs the addresses of downloads."""
    data = reachable / "data"
    with started("--data", data, umask=0) as url:
        use(url)
        assert len(list(data.glob("docgen.sqlite*"))) == 3
        assert len([path for path in data.rglob("*") if path.is_file()]) >= 6
        assert open_to_others(data) == {}
        paths = [str(path) for path in (data, *data.rglob("*"))]
        read = run_as_another("cat", *paths)
        listed = run_as_another("ls", "-R", str(data))
    assert (read.stdout, listed.stdout) == ("", "")
    assert read.stderr.count("Permission denied") == len(paths)


def test_a_data_folder_that_was_open_is_closed_at_the_next_start(tmp_path):
    data = tmp_path / "data"
    with started("--data", data) as url:
        use(url)
    (data / "docgen.sqlite-wal").touch()
    for path in [data, *data.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    with LocalDocGen(data):
        closed = [data, data / "contents", data / "incoming", data / "sessions"]
        assert [oct(stat.S_IMODE(path.stat().st_mode)) for path in closed] == ["0o700"] * 4
        for path in data.glob("docgen.sqlite*"):
            assert oct(stat.S_IMODE(path.stat().st_mode)) == "0o600"


@pytest.mark.parametrize("mode", [0o1777, 0o755])
def test_a_folder_of_other_things_keeps_its_mode(tmp_path, mode):
    """Such as a home folder or /tmp: closing it would lock others out of their own files."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    if mode == 0o755:
        (shared / "notes.txt").write_text("of somebody")
    for _ in range(2):
        with LocalDocGen(shared):
            assert oct(stat.S_IMODE(shared.stat().st_mode)) == oct(mode)
            unchanged = {str(shared), str(shared / "notes.txt")}
            assert set(open_to_others(shared)) - unchanged == set()


def test_a_folder_of_other_things_that_anybody_may_write_to_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "notes.txt").write_text("of somebody")
    shared.chmod(0o777)
    with pytest.raises(ServiceError) as caught:
        LocalDocGen(shared)
    assert str(caught.value) == (
        f"Every user of this machine could exchange what is in {shared}, which contains other "
        f"files, too. Choose a folder of your own, or run: chmod o-w {shared}"
    )
    assert [path.name for path in shared.iterdir()] == ["notes.txt"]


LEDGER = """
import sys
from docgen_nb.ledger import Ledger
with Ledger(sys.argv[1]) as ledger:
    ledger.jobs()
    print("open", flush=True)
    sys.stdin.read()
"""


@as_another
def test_another_user_does_not_read_a_ledger(reachable):
    path = reachable / "history.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", LEDGER, str(path)], umask=0, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "open\n"
        files = sorted(reachable.iterdir())
        assert [path.name for path in files] == [
            f"history.sqlite{ending}" for ending in ("", "-shm", "-wal")
        ]
        read = run_as_another("cat", *map(str, files))
        assert (read.stdout, read.stderr.count("Permission denied")) == ("", 3)
    finally:
        process.communicate(timeout=SECONDS)


def test_a_ledger_that_is_shared_on_purpose_stays_shared(tmp_path):
    path = tmp_path / "history.sqlite"
    Ledger(path).close()
    path.chmod(0o640)
    Ledger(path).close()
    assert oct(path.stat().st_mode & 0o777) == "0o640"


# Secrets on command lines, and the services that commands start.


def by_file(folder):
    for name in ("token", "control-token", "webhook-keys"):
        (folder / name).write_text("hidden-1 hidden-2\n" if "keys" in name else "hidden-1\n")
    files = [(f"--{name}-file", folder / name) for name in ("token", "control-token")]
    return [*sum(files, ()), "--webhook-keys-file", folder / "webhook-keys"], {}


def by_environment(_):
    names = ("TOKEN", "CONTROL_TOKEN", "WEBHOOK_KEYS")
    values = ("hidden-1", "hidden-1", "hidden-1 hidden-2")
    return [], {f"DOCGEN_NB_{name}": value for name, value in zip(names, values, strict=True)}


@as_another
@pytest.mark.parametrize("how", [by_file, by_environment])
def test_no_secret_of_serve_is_on_a_command_line(tmp_path, how):
    arguments, environment = how(tmp_path)
    with started(*arguments, **environment) as url, requests.Session() as session:
        session.trust_env = False
        assert "docgen_nb serve" in command_lines()
        assert "hidden" not in command_lines()
        assert Api(session, url, "hidden-1")("GET", "/2.0/users/me").status_code == 200
        assert Api(session, url, "hidden-1")("GET", "/_service/log").status_code == 200
        assert Api(session, url, "other")("GET", "/2.0/users/me").status_code == 401


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["--token-file", "{}/absent"], {}, "Cannot read {}/absent: No such file or directory."),
        (["--token-file", "{}/empty"], {}, "{}/empty must contain one word, not 0."),
        (["--token-file", "{}/binary"], {}, "{}/binary is not a text file."),
        ([], {"TOKEN": ""}, "DOCGEN_NB_TOKEN must contain one word, not 0."),
        ([], {"TOKEN": "a b"}, "DOCGEN_NB_TOKEN must contain one word, not 2."),
        ([], {"WEBHOOK_KEYS": "a"}, "DOCGEN_NB_WEBHOOK_KEYS must contain 2 words, not 1."),
    ],
)  # fmt: skip
def test_a_secret_that_is_not_there_is_a_one_line_error(tmp_path, arguments, environment, message):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    arguments = [argument.format(tmp_path) for argument in arguments]
    environment = {f"DOCGEN_NB_{name}": value for name, value in environment.items()}
    run = subprocess.run(
        command(*arguments), env=os.environ | environment, capture_output=True, text=True,
        timeout=SECONDS,
    )  # fmt: skip
    expected = f"docgen-nb serve: {message.format(tmp_path)}\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", expected)


@pytest.mark.parametrize("name", ["serve", "demo"])
def test_the_help_recommends_a_file_or_the_environment(name):
    words = [*command()[:-1], name, "--help"]
    help = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS).stdout
    assert (
        "other users of this machine can read a command line, so prefer a file or the environment"
        in " ".join(help.split())
    )


PROGRAM = """
import os, sys, docgen_nb as dg
print(os.environ["DOCGEN_NB_LOCAL"], os.environ["DOCGEN_NB_LOCAL_TOKEN"])
with dg.connect("local") as box:
    print(box.get_me()["name"])
"""


@pytest.mark.slow
def test_the_service_of_lab_has_a_random_token_that_only_its_children_know(tmp_path):
    """As JupyterLab's page of settings, a program that prints its environment and waits."""
    (tmp_path / "jupyterlab.py").write_text(f"{PROGRAM}\nsys.stdout.flush(); sys.stdin.read()")
    process = subprocess.Popen(
        [sys.executable, "-m", "docgen_nb", "lab", "--dir", str(tmp_path / "notebooks")],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    try:
        first, printed, user = (process.stdout.readline() for _ in range(3))
        url, token = printed.split()
        assert (url in first, user) == (True, "Default user\n")
        assert len(token) >= 43
        assert token not in first + command_lines()
        with requests.Session() as session:
            session.trust_env = False
            for word in ("local", "any"):
                assert Api(session, url, word)("GET", "/2.0/users/me").status_code == 401
    finally:
        process.communicate(timeout=SECONDS)


@pytest.mark.slow
def test_the_service_of_demo_has_a_random_token(tmp_path):
    words = [sys.executable, "-m", "docgen_nb", "demo", "--out", str(tmp_path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().split()[-1]
        with requests.Session() as session:
            session.trust_env = False
            assert Api(session, url, "local")("GET", "/2.0/users/me").status_code == 401
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
