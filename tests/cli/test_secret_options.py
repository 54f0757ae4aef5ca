"""Secrets from options, files and variables; JSON for people."""

import argparse

import pytest

from docgen_nb.cli.json_output import print_json
from docgen_nb.cli.secret_options import add_secret, read_secret
from docgen_nb.errors import ServiceError


def secret(*words, keys=1, variable=""):
    parser = argparse.ArgumentParser()
    add_secret(parser, "token", help="a token", keys=keys)
    return read_secret(parser.parse_args(words), "token", variable=variable, keys=keys)


@pytest.mark.parametrize(("keys", "content"), [(1, "one\n"), (2, "one two\n")])
def test_a_secret_is_read_from_a_file(tmp_path, keys, content):
    (tmp_path / "token").write_text(content)

    assert secret("--token-file", str(tmp_path / "token"), keys=keys) == content.split()


@pytest.mark.parametrize(("content", "message"), [("one two", "one word, not 2"), ("", "not 0")])
def test_a_file_or_variable_with_another_number_of_words_is_refused(
    tmp_path, monkeypatch, content, message
):
    (tmp_path / "token").write_text(content)
    monkeypatch.setenv("DOCGEN_TEST_TOKEN", content)

    with pytest.raises(ServiceError, match=message):
        secret("--token-file", str(tmp_path / "token"))
    with pytest.raises(ServiceError, match=message):
        secret(variable="DOCGEN_TEST_TOKEN")


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_secret_is_refused(empty, capsys):
    with pytest.raises(SystemExit):
        secret("--token", empty)

    assert "the token is empty" in capsys.readouterr().err


def test_json_has_letters_as_they_are(capsys):
    print_json({"name": "Zoë"})

    assert capsys.readouterr().out == '{\n  "name": "Zoë"\n}\n'
