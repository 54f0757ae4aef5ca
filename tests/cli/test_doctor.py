"""Tests of `docgen-nb doctor`."""

import json

import pytest

from docgen_nb.cli import main


@pytest.fixture(autouse=True)
def _no_login(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCGEN_NB_LOGIN_FILE", str(tmp_path / "login.json"))


def test_a_checkup_is_printed_and_ends_with_0_unless_something_is_wrong(local, capsys):
    with local.listen() as url:
        assert main(["doctor", "--url", url]) == 0
        assert capsys.readouterr().out.startswith(f"ok       address      {url} answers")
        assert main(["doctor", "--url", url, "--folder", "99", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["check"] for row in rows if row["state"] == "wrong"] == ["folder"]
    assert all(set(row) == {"check", "state", "detail", "fix"} for row in rows)


def test_what_keeps_a_client_from_opening_is_a_line_too(capsys):
    assert main(["doctor", "--url", "https://api.box.com"]) == 1
    assert capsys.readouterr().out.startswith("wrong    credentials  No token for Box")
