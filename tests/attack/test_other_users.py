"""Another user of the same machine: what is in files, on command lines, and at the port."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests
from api import Api
from served import SECONDS, command

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


# Secrets on command lines, and the services that commands start.


@contextmanager
def started(*arguments, **environment):
    process = subprocess.Popen(
        command(*arguments), env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process.stdout.readline().split()[2]
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


def by_file(folder):
    for name in ("token", "control-token", "webhook-keys"):
        (folder / name).write_text("hidden-1 hidden-2\n" if "keys" in name else "hidden-1\n")
    files = [(f"--{name}-file", folder / name) for name in ("token", "control-token")]
    return [*sum(files, ()), "--webhook-keys-file", folder / "webhook-keys"], {}


def by_environment(_):
    names = ("TOKEN", "CONTROL_TOKEN", "WEBHOOK_KEYS")
    values = ("hidden-1", "hidden-1", "hidden-1 hidden-2")
    return [], {f"DOCGEN_NB_SERVE_{name}": value for name, value in zip(names, values, strict=True)}


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
        ([], {"TOKEN": ""}, "DOCGEN_NB_SERVE_TOKEN must contain one word, not 0."),
        ([], {"TOKEN": "a b"}, "DOCGEN_NB_SERVE_TOKEN must contain one word, not 2."),
        ([], {"WEBHOOK_KEYS": "a"}, "DOCGEN_NB_SERVE_WEBHOOK_KEYS must contain 2 words, not 1."),
    ],
)  # fmt: skip
def test_a_secret_that_is_not_there_is_a_one_line_error(tmp_path, arguments, environment, message):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    arguments = [argument.format(tmp_path) for argument in arguments]
    environment = {f"DOCGEN_NB_SERVE_{name}": value for name, value in environment.items()}
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
