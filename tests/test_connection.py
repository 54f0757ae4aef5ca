"""Tests of `connect`: to Box, to a URL, and to a service in this process."""

import gc
import json
import os
import socket
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
import requests
from certificates import write_pair
from standin import Answer, scripted

import docgen_nb as dg
from docgen_nb.errors import MissingCredentials, Unauthorized, Unreachable
from docgen_nb.service import LocalDocGen
from docgen_nb.service.endpoints.jwt import make_app_config

VARIABLES = (
    "DOCGEN_NB_URL",
    "DOCGEN_NB_LOCAL",
    "DOCGEN_NB_LOCAL_TOKEN",
    "BOX_DEVELOPER_TOKEN",
    "BOX_CLIENT_ID",
    "BOX_CLIENT_SECRET",
    "BOX_SUBJECT_TYPE",
    "BOX_SUBJECT_ID",
    "BOX_JWT_CONFIG_FILE",
)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch, tmp_path):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCGEN_NB_LOGIN_FILE", str(tmp_path / "login.json"))


def test_local_starts_a_new_service_in_this_process():
    with dg.connect("local") as box, dg.connect("local") as other:
        box.create_folder("Letters")

        assert repr(box) == (
            "<Client of http://docgen.local, a service in this process. "
            "Next: list_templates(), dg.BatchForm(box)>"
        )
        assert isinstance(box.service, LocalDocGen)
        assert [item["name"] for item in box.list_folder_items("0")] == ["Letters"]
        assert list(other.list_folder_items("0")) == []


def test_closing_the_client_closes_its_service():
    box = dg.connect("local")
    folder = box.service.store.folder
    assert folder.exists()

    box.close()
    box.close()

    assert not folder.exists()


def test_nothing_keeps_a_closed_client_until_python_exits():
    box = dg.connect("local")
    reference = weakref.ref(box)

    box.close()
    del box
    gc.collect()

    assert reference() is None


def test_the_service_is_closed_when_python_exits():
    code = (
        "import docgen_nb as dg\n"
        "box = dg.connect('local')\n"
        "box.get_me()\n"
        "print(box.service.store.folder)"
    )
    path = Path(__file__).parent.parent
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(path)},
    )

    assert (process.stderr, process.returncode) == ("", 0)
    assert not Path(process.stdout.strip()).exists()


def test_local_joins_the_service_that_the_environment_names(local, monkeypatch):
    with local.listen() as url:
        monkeypatch.setenv("DOCGEN_NB_LOCAL", url)
        with dg.connect("local") as box:
            box.create_folder("Letters")

            assert box.url == url
            assert box.service is None

    with local.session() as session:
        session.headers["authorization"] = "Bearer any"
        items = session.get("http://docgen.local/2.0/folders/0/items").json()
    assert [item["name"] for item in items["entries"]] == ["Letters"]


def test_closing_the_client_does_not_close_a_joined_service(local, monkeypatch):
    with local.listen() as url:
        monkeypatch.setenv("DOCGEN_NB_LOCAL", url)
        dg.connect("local").close()

        with dg.connect("local") as box:
            assert box.get_me()["type"] == "user"


def test_a_url_and_a_token_may_come_from_the_environment(monkeypatch):
    with LocalDocGen(token="right") as service, service.listen() as url:
        monkeypatch.setenv("DOCGEN_NB_URL", url)
        monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "right")
        with dg.connect() as box:
            assert box.get_me()["type"] == "user"
        with dg.connect(token="wrong") as box, pytest.raises(Unauthorized):
            box.get_me()


def test_client_credentials_may_come_from_the_environment(local, monkeypatch):
    monkeypatch.setenv("BOX_CLIENT_ID", "abc")
    monkeypatch.setenv("BOX_CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("BOX_SUBJECT_TYPE", "user")
    monkeypatch.setenv("BOX_SUBJECT_ID", "8")
    with local.listen() as url, dg.connect(url) as box:
        assert box.get_me()["id"] == "8"


def test_a_mapping_can_replace_the_environment_of_the_process(local, monkeypatch):
    monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "other")
    given = {
        "BOX_CLIENT_ID": "abc",
        "BOX_CLIENT_SECRET": "s3cret",
        "BOX_SUBJECT_TYPE": "user",
        "BOX_SUBJECT_ID": "8",
    }
    with local.listen() as url, dg.connect(url, environment=given) as box:
        assert box.get_me()["id"] == "8"


@pytest.fixture
def app(tmp_path):
    """An app configuration as from Box's console, and the public key of its service."""
    content, key = make_app_config(client_secret="s3cret", enterprise_id="77")
    path = tmp_path / "app.json"
    path.write_text(content)
    return path, key


def test_an_app_configuration_signs_in_as_its_service_account_or_a_user(app, monkeypatch):
    path, key = app
    with LocalDocGen(token="s3cret", jwt_key=key) as service, service.listen() as url:
        with dg.connect(url, jwt_config=path) as box:
            assert box.get_me()["name"] == "Service account"
            assert 3600 < box.token_source.seconds_left + 60 <= 4300
        monkeypatch.setenv("BOX_JWT_CONFIG_FILE", str(path))
        monkeypatch.setenv("BOX_SUBJECT_TYPE", "user")
        monkeypatch.setenv("BOX_SUBJECT_ID", "8")
        with dg.connect(url) as box:
            assert box.get_me()["id"] == "8"
            assert repr(box.token_source) == "<JwtAssertions of user 8>"


@pytest.mark.parametrize("change", ["passphrase", "publicKeyID", "privateKey"])
def test_an_app_configuration_that_cannot_be_used_says_so(app, change):
    path, _ = app
    content = json.loads(path.read_text())
    content["boxAppSettings"]["appAuth"][change] = None
    if change == "publicKeyID":
        del content["boxAppSettings"]["appAuth"][change]
    path.write_text(json.dumps(content))
    with pytest.raises(MissingCredentials) as caught:
        dg.connect("http://127.0.0.1:9", jwt_config=path)
    assert str(caught.value) == (
        f"{path}: The app configuration lacks a client ID, secret, private key or subject, or its "
        "passphrase is wrong. Download it again from Box's developer console."
    )
    path.unlink()
    with pytest.raises(MissingCredentials, match=r"Cannot read .*: No such file or directory"):
        dg.connect("http://127.0.0.1:9", jwt_config=path)


def test_a_callable_gives_tokens_and_another_one_after_a_401():
    tokens = iter(["old", "new"])
    answers = [Answer(401), Answer(body={"type": "user"})]
    with scripted(*answers) as (url, received), dg.connect(url, token=lambda: next(tokens)) as box:
        box.get_me()
    assert [one.token for one in received] == ["Bearer old", "Bearer new"]
    with (
        scripted(Answer(401)) as (url, received),
        dg.connect(url, token=lambda: "same") as box,
        pytest.raises(Unauthorized),
    ):
        box.get_me()
    assert len(received) == 1
    with dg.connect(url, token=lambda: None) as box, pytest.raises(ValueError) as caught:
        box.get_me()
    assert str(caught.value) == "The callable for tokens returned NoneType, not a str."


def test_the_rest_of_a_developer_tokens_life_is_known_at_most():
    with dg.connect(token="t") as box:
        assert 3590 < box.token_source.seconds_left <= 3600
        assert box.token_source.origin == "token="
    with dg.connect("http://127.0.0.1:9", token="t") as box:
        assert box.token_source.seconds_left is None


def test_a_proxy_gets_the_requests_although_the_environment_names_another(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with (
        scripted(Answer(body={"type": "user"})) as (proxy, received),
        dg.connect("http://box.example", token="t", proxy=proxy) as box,
    ):
        box.get_me()
    assert received[0].path == "http://box.example/2.0/users/me"


def test_a_ca_bundle_is_trusted(local, tmp_path):
    certificate, key = write_pair(tmp_path)
    with local.listen(certificate=certificate, key=key) as url:
        with dg.connect(url, token="t", ca_bundle=certificate) as box:
            assert box.get_me()["type"] == "user"
        with dg.connect(url, token="t") as box, pytest.raises(Unreachable, match="no trusted"):
            box.get_me()


def test_timeouts_are_those_given():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with dg.connect(url, timeouts=(1, 0.05)) as box, pytest.raises(Unreachable) as caught:
            box.create_folder("Letters")
    assert str(caught.value).startswith(f"No reply to POST {url}/2.0/folders: no data for 0.05 s")
    with pytest.raises(ValueError, match="timeouts must be more than 0 seconds"):
        dg.connect("local", timeouts=(0, 1))


def test_services_other_than_box_get_a_fixed_token_by_default():
    with scripted(Answer(body={"type": "user"})) as (url, received), dg.connect(url) as box:
        box.get_me()

    assert received[0].token == "Bearer local"


def test_box_requires_a_token():
    with pytest.raises(MissingCredentials) as caught:
        dg.connect()

    assert str(caught.value) == (
        "No token for Box: run docgen-nb login, set BOX_DEVELOPER_TOKEN, or give token= to "
        "connect(). "
        'To work without an account, use connect("local").'
    )


def test_box_is_the_default_and_gets_no_request_before_the_first_call():
    with dg.connect(token="t0ken") as box:
        assert repr(box) == (
            "<Client of https://api.box.com, credentials from token. "
            "Next: list_templates(), dg.BatchForm(box)>"
        )
        assert box.service is None


def test_a_given_session_reaches_the_service_in_this_process():
    with requests.Session() as session:
        session.headers["x-mine"] = "1"
        with dg.connect("local", session=session) as box:
            assert box.get_me()["type"] == "user"

        assert set(session.adapters) == {"https://", "http://", "http://docgen.local"}


def test_a_given_session_is_used_for_a_url():
    with requests.Session() as session, scripted(Answer(body={"id": "7"})) as (url, received):
        session.trust_env = False
        session.headers["x-mine"] = "1"
        with dg.connect(url, session=session) as box:
            box.get_me()

    assert received[0].headers["x-mine"] == "1"


def test_a_joined_service_that_was_closed_is_named_by_its_url(local, monkeypatch):
    with local.listen() as url:
        monkeypatch.setenv("DOCGEN_NB_LOCAL", url)
    with dg.connect("local") as box, pytest.raises(Unreachable) as caught:
        box.get_me()

    assert str(caught.value) == (
        f"No reply to GET {url}/2.0/users/me: nothing listens at this address. "
        "Check the URL given to connect(), the network and the proxy."
    )
