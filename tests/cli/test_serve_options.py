"""Options of `docgen-nb serve`: TLS, JWT, faults, limits."""

import json
import subprocess

import pytest
import requests
from api import Api
from box_sdk_gen import (
    BaseUrls,
    BoxClient,
    BoxJWTAuth,
    BoxNetworkClient,
    JWTConfig,
    NetworkSession,
)
from certificates import write_pair
from served import command, judged_session, serving

from docgen_nb.cli import main
from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen


def test_faults_come_from_a_file_and_the_log_needs_the_control_token(tmp_path):
    rules = tmp_path / "faults.json"
    rules.write_text(json.dumps({"calls": [{"kind": "server_error", "times": 1}]}))
    arguments = ("--faults", rules, "--control-token", "key")
    with serving(*arguments) as served, judged_session() as session:
        api = Api(session, served.url)
        assert [api("GET", "/2.0/users/me").status_code for _ in range(2)] == [500, 200]
        log = Api(session, served.url, token="key")("GET", "/_service/log").json()
        assert [entry["fault"] for entry in log["entries"]] == ["server_error", ""]


def test_an_app_configuration_is_created_once_and_works_with_the_sdk_over_tls(tmp_path):
    config = tmp_path / "config.json"
    certificate, key = write_pair(tmp_path)
    tls = ("--tls-cert", certificate, "--tls-key", key)
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(certificate)
        client = BoxNetworkClient(requests_session=session)
        for _ in range(2):
            with serving("--jwt-config", config, "--token", "secret", *tls) as served:
                url = served.line.split()[2]
                assert url.startswith("https://")
                urls = BaseUrls(base_url=url, upload_url=url, oauth_2_url=f"{url}/oauth2")
                network = NetworkSession(base_urls=urls, network_client=client)
                auth = BoxJWTAuth(JWTConfig.from_config_file(str(config)))
                me = BoxClient(auth, network_session=network).users.get_user_me()
                assert me.name == "Service account"
    assert json.loads(config.read_text())["boxAppSettings"]["clientSecret"] == "secret"
    assert config.stat().st_mode & 0o077 == 0


def test_the_library_does_not_listen_to_other_machines_without_a_token():
    with (
        LocalDocGen() as local,
        pytest.raises(ServiceError) as refused,
        local.listen("0.0.0.0"),
    ):
        pass
    message = "Other machines can reach 0.0.0.0, so the service needs a token."
    assert str(refused.value) == message


@pytest.mark.parametrize(("port", "status"), [("65535", 0), ("65536", 2), ("-1", 2), ("1.5", 2)])
def test_a_port_is_at_most_65535(port, status, capsys):
    try:
        code = main(["serve", f"--port={port}", "--fidelity"])
    except SystemExit as end:
        code = end.code

    assert code == status
    message = f"argument --port: {port!r} is not a port number (0 to 65535)\n"
    assert capsys.readouterr().err.endswith(message if status else "")


@pytest.mark.parametrize("workers", ["0", "-1", "x"])
def test_workers_is_a_number_of_at_least_1(workers):
    process = subprocess.run(
        command("--workers", workers), capture_output=True, text=True, timeout=60
    )
    assert process.returncode == 2
    assert process.stderr.endswith(
        f"argument --workers: {workers!r} is not a number of at least 1\n"
    )


@pytest.mark.parametrize("option", ["--token", "--control-token"])
def test_an_empty_token_is_rejected(option):
    process = subprocess.run(command(option, ""), capture_output=True, text=True, timeout=60)
    assert process.returncode == 2
    message = f"argument {option}: the token is empty\n"
    assert process.stderr.endswith(message)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"token": ""}, "token is empty; pass None for no token"),
        ({"control_token": " "}, "control_token is empty; pass None for no token"),
        ({"workers": -1}, "workers must be 0 or more, or an executor, not -1"),
        ({"latency": 3}, "latency must be (shortest, longest) seconds, not 3"),
        ({"latency": (1,)}, "latency must be (shortest, longest) seconds, not (1,)"),
        ({"latency": (1, 1e300)}, "latency must be at most 86400 seconds, not 1e+300"),
        ({"latency": (2, 1)}, "latency must be (shortest, longest) seconds, not (2, 1)"),
        ({"latency": ("a", "b")}, "latency must be (shortest, longest) seconds, not ('a', 'b')"),
    ],
)
def test_the_library_rejects_invalid_arguments(wrong, message):
    with pytest.raises(ValueError) as refused:
        LocalDocGen(**wrong)
    assert str(refused.value) == message
