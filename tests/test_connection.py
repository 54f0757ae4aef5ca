"""Tests of `connect`: to Box, to a URL, and to a service in this process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from standin import Answer, scripted

import docgen_nb as dg
from docgen_nb.errors import MissingCredentials, Unauthorized, Unreachable
from docgen_nb.service import LocalDocGen

VARIABLES = (
    "DOCGEN_NB_URL",
    "DOCGEN_NB_LOCAL",
    "DOCGEN_NB_LOCAL_TOKEN",
    "BOX_DEVELOPER_TOKEN",
    "BOX_CLIENT_ID",
    "BOX_CLIENT_SECRET",
    "BOX_SUBJECT_TYPE",
    "BOX_SUBJECT_ID",
)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_local_starts_a_new_service_in_this_process():
    with dg.connect("local") as box, dg.connect("local") as other:
        box.create_folder("Letters")

        assert repr(box) == "<Client of http://docgen.local>"
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


def test_services_other_than_box_get_a_fixed_token_by_default():
    with scripted(Answer(body={"type": "user"})) as (url, received), dg.connect(url) as box:
        box.get_me()

    assert received[0].token == "Bearer local"


def test_box_requires_a_token():
    with pytest.raises(MissingCredentials) as caught:
        dg.connect()

    assert str(caught.value) == (
        "No token for Box: set BOX_DEVELOPER_TOKEN, or give token= to connect(). "
        'To work without an account, use connect("local").'
    )


def test_box_is_the_default_and_gets_no_request_before_the_first_call():
    with dg.connect(token="t0ken") as box:
        assert repr(box) == "<Client of https://api.box.com>"
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
