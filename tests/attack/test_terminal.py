"""What a server, or a file of somebody else, makes a terminal show."""

import json
from pathlib import Path

from attack.hostile_server import http, paging_server, raw_server

from docgen_nb import samples
from docgen_nb.cli import main

TITLE = "\x1b]0;owned\x07"  # sets the title of a terminal
CLEAR = "\x1b[2J\x9b1;1H"  # clears it; U+009B is one character for ESC [


def page(path, query):
    job = {"id": f"1{TITLE}", "status": f"failed\n{CLEAR}", "created_at": "2026-03-02T09:00:00Z"}
    return {"entries": [job], "limit": 1000, "next_marker": None}


def test_jobs_of_a_server_send_nothing_to_the_terminal_but_text(capsys):
    with paging_server(page) as (url, _):
        assert main(["jobs", "--url", url]) == 0
    shown = capsys.readouterr().out
    assert "1\\x1b]0;owned\\x07" in shown
    assert shown.count("failed\\n\\x1b[2J\\x9b1;1H") == 2  # the job and its outcome
    assert shown.replace("\n", "").isprintable()


def test_json_on_a_terminal_is_text_as_well(capsys):
    with paging_server(page) as (url, _):
        assert main(["jobs", "--json", "--url", url]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["jobs"][0]["status"] == f"failed\n{CLEAR}"
    assert shown.replace("\n", "").isprintable()


def test_paths_of_written_files_are_text(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.docx").write_bytes(samples.template("Dear {{name}},"))
    Path("a.json").write_text('{"name": "Ada"}')
    assert main(["render", "a.docx", "a.json", "--out", f"b{TITLE}.docx"]) == 0
    shown = capsys.readouterr().out
    assert "Wrote b\\x1b]0;owned\\x07.docx" in shown
    assert main(["serve", "--check", "--data", f"none{TITLE}"]) in (0, 1)
    shown += capsys.readouterr().out
    assert shown.replace("\n", "").isprintable()


def test_an_error_message_of_a_server_is_text(capsys):
    body = json.dumps({"type": "error", "code": "bad", "message": f"No{TITLE}{CLEAR}"}).encode()
    reply = http(body, "Content-Type: application/json", status="400 Bad Request")
    with raw_server(reply) as url:
        assert main(["jobs", "--url", url]) == 1
    shown = capsys.readouterr().err
    assert "No\\x1b]0;owned\\x07\\x1b[2J\\x9b1;1H" in shown
    assert shown.replace("\n", "").isprintable()
