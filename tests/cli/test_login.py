"""Tests of `docgen-nb login`: what is tried, what is written, and who can read it."""

import io
import json
import stat
import sys

import pytest

from docgen_nb.cli import main
from docgen_nb.connection import connect
from docgen_nb.service import LocalDocGen
from docgen_nb.service.endpoints.jwt import make_app_config


@pytest.fixture
def path(tmp_path, monkeypatch):
    file = tmp_path / "config" / "login.json"
    monkeypatch.setenv("DOCGEN_NB_LOGIN_FILE", str(file))
    monkeypatch.delenv("BOX_DEVELOPER_TOKEN", raising=False)
    return file


@pytest.fixture
def served():
    with LocalDocGen(token="right") as service, service.listen() as url:
        yield url


@pytest.fixture
def login(monkeypatch, served, path):
    def run(*words, secret, url=served):
        monkeypatch.setattr(sys, "stdin", io.StringIO(secret))
        return main(["login", "--url", url, *words])

    return run


def test_a_token_is_tried_and_saved_for_the_user_alone(login, path, served, capsys):
    assert login(secret="right\n") == 0
    assert capsys.readouterr().out == (
        f"Logged in to {served} as Default user (default@docgen.local).\n"
        f"Wrote the token to {path}, which only you can read. To log out, delete the file.\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(json.loads(path.read_text())) == {"DOCGEN_NB_URL", "BOX_DEVELOPER_TOKEN", "saved_at"}
    with connect() as box:
        assert (box.url, box.get_me()["type"]) == (served, "user")


@pytest.mark.parametrize(
    ("secret", "url", "message"),
    [
        ("wrong", None, "401 invalid_token: The access token provided is invalid."),
        (" ", None, "The developer token is empty; nothing was saved."),
        ("a b", None, "The token is empty or contains a space"),
        ("right", "http://127.0.0.1:9", "nothing listens at this address"),
        ("right", "http://192.0.2.1", "is not sent to another machine over plain HTTP"),
    ],
)
def test_what_does_not_sign_in_is_not_saved(login, path, served, capsys, secret, url, message):
    assert login(secret="right") == 0
    before = path.read_bytes()
    assert login(secret=secret, url=url or served) == 1
    assert message in capsys.readouterr().err
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_client_credentials_are_saved_as_a_whole(login, path, capsys):
    words = ["--client-id", "abc", "--subject-type", "user", "--subject-id", "8"]
    assert login(*words, secret="right") == 0
    assert "Wrote the client credentials to" in capsys.readouterr().out
    with connect() as box:
        assert box.get_me()["id"] == "8"
        assert box.token_source.origin == str(path)
    with pytest.raises(SystemExit) as ended:
        login(*words[:4], secret="right")
    assert ended.value.code == 2
    assert "need --client-id, --subject-type and --subject-id" in capsys.readouterr().err


def test_of_an_app_configuration_only_the_path_is_saved(login, path, tmp_path):
    content, key = make_app_config(client_secret="right", enterprise_id="77")
    app = tmp_path / "app.json"
    app.write_text(content)
    with LocalDocGen(token="right", jwt_key=key) as service, service.listen() as url:
        assert login("--jwt-config", str(app), secret="", url=url) == 0
        with connect() as box:
            assert box.get_me()["name"] == "Service account"
    saved = json.loads(path.read_text())
    assert saved["BOX_JWT_CONFIG_FILE"] == str(app)
    assert "right" not in path.read_text()
    assert "PRIVATE KEY" not in path.read_text()
