"""`docgen-nb serve`: output, errors and exit status."""

import os
import signal
import socket
import subprocess

import pytest
import requests
from api import Api
from served import SECONDS, command, judged_session, serving

WIDE = os.environ | {"COLUMNS": "1000"}  # each message on one line


def failed_run(*arguments):
    """Run the command with invalid options and return its status and standard error."""
    process = subprocess.run(
        command(*arguments), env=WIDE, capture_output=True, text=True, timeout=SECONDS
    )
    assert process.stdout == ""
    return process.returncode, process.stderr


def test_without_a_token_any_is_accepted_and_the_output_says_so():
    with serving() as served, judged_session() as session:
        port = served.url.rpartition(":")[2]
        line = f"Listening on http://127.0.0.1:{port} (any bearer token is accepted)\n"
        assert served.line == line
        for token in ("any", "other"):
            assert Api(session, served.url, token)("GET", "/2.0/users/me").status_code == 200


def test_with_a_token_others_get_an_empty_401():
    with serving("--token", "right") as served, judged_session() as session:
        assert served.line == f"Listening on {served.url}\n"
        assert Api(session, served.url, "right")("GET", "/2.0/users/me").status_code == 200
        for token in ("wrong", "", "righ"):
            reply = Api(session, served.url, token)("GET", "/2.0/users/me")
            assert (reply.status_code, reply.content) == (401, b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_service_with_0(number):
    with serving() as served:
        served.process.send_signal(number)
        assert served.process.wait(SECONDS) == 0
        with pytest.raises(requests.ConnectionError):
            requests.get(served.url, timeout=SECONDS)


def test_the_service_listens_on_a_given_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving("--port", port) as served:
        assert served.url == f"http://127.0.0.1:{port}"


def test_a_port_in_use_is_a_one_line_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert failed_run("--port", port) == (
            1,
            f"docgen-nb serve: Cannot listen on 127.0.0.1:{port}: Address already in use. "
            "Choose another port, or 0 for any free one.\n",
        )


def test_a_data_folder_below_a_file_is_a_one_line_error(tmp_path):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "data"
    assert failed_run("--data", folder) == (
        1,
        f"docgen-nb serve: Cannot store data in {folder}: Not a directory. "
        "Choose a folder that can be created.\n",
    )


def test_a_data_folder_with_another_database_is_a_one_line_error(tmp_path):
    (tmp_path / "docgen.sqlite").write_bytes(b"not SQLite at all" * 100)
    assert failed_run("--data", tmp_path) == (
        1,
        f"docgen-nb serve: {tmp_path}/docgen.sqlite is damaged (file is not a database). "
        f"Nothing was written. For help, run: docgen-nb serve --data {tmp_path} --check\n",
    )


SHAPE = 'A file of faults looks like {"calls": [{"kind": "rate_limited", "times": 1}], "jobs": []}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Cannot read {}: No such file or directory."),
        ("", "{}: Input data was truncated. " + SHAPE),
        ("[]", "{}: Expected `object`, got `array`. " + SHAPE),
    ],
)
def test_an_invalid_fault_file_is_a_one_line_error(tmp_path, content, message):
    path = tmp_path / "faults.json"
    if content is not None:
        path.write_text(content)
    expected = f"docgen-nb serve: {message.replace('{}', str(path), 1)}\n"
    assert failed_run("--faults", path) == (1, expected)


def test_faults_from_a_file_are_injected(tmp_path):
    path = tmp_path / "faults.json"
    path.write_text('{"calls": [{"kind": "unavailable", "every": 2}]}')
    with serving("--faults", path) as served, judged_session() as session:
        api = Api(session, served.url)
        statuses = [api("GET", "/2.0/users/me").status_code for _ in range(4)]
    assert statuses == [200, 503, 200, 503]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--host", "0.0.0.0"),
            "--host 0.0.0.0 is reachable from other machines: set a --token",
        ),
        (("--host", "::"), "--host :: is reachable from other machines: set a --token"),
        (("--host", "0.0.0.0", "--token", ""),
         "argument --token: the token is empty"),
        (("--port", "x"), "argument --port: 'x' is not a port number (0 to 65535)"),
        (("--port", "65536"), "argument --port: '65536' is not a port number (0 to 65535)"),
        (("--port", "-1"), "argument --port: '-1' is not a port number (0 to 65535)"),
    ],
)  # fmt: skip
def test_wrong_arguments_exit_with_2(arguments, message):
    status, output = failed_run(*arguments)
    usage, error = output.splitlines()
    assert usage.startswith("usage: docgen-nb serve [-h] [--host HOST] [--port PORT] ")
    assert (status, error) == (2, f"docgen-nb serve: error: {message}")


def test_with_a_token_other_machines_may_connect():
    with serving("--host", "0.0.0.0", "--token", "right") as served, judged_session() as session:
        assert served.line == f"Listening on {served.url}\n"
        url = served.url.replace("0.0.0.0", "127.0.0.1")
        assert Api(session, url, "right")("GET", "/2.0/users/me").status_code == 200
