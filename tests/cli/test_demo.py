"""`docgen-nb demo` as a user runs it."""

import subprocess
import sys
from io import BytesIO

import docx
import pytest

from docgen_nb import samples
from docgen_nb.cli import main
from docgen_nb.cli.commands.demo import Results, check_document

PNG = b"\x89PNG\r\n\x1a\n"


def text_of(path):
    document = docx.Document(BytesIO(path.read_bytes()))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_the_demo_writes_and_checks_all_files(tmp_path):
    out = tmp_path / "demo"
    command = [sys.executable, "-m", "docgen_nb", "demo", "--out", str(out)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240)

    assert (run.returncode, run.stderr) == (0, "")
    orders = samples.orders(25, seed=1, incomplete=2)
    for row in orders:
        text = text_of(out / f"Order {row['order']['id']}.docx")
        assert row["order"]["vendor"]["company"].upper() in text
        assert ("{{order.requester}}" in text) == ("requester" not in row["order"])
    pdfs = sorted(out.glob("*.pdf"))
    assert len(pdfs) == 5
    assert all(path.read_bytes().startswith(b"%PDF-") for path in pdfs)
    charts = sorted(out.glob("*.png"))
    assert [path.name for path in charts] == ["durations.png", "outcomes.png", "throughput.png"]
    assert all(path.read_bytes().startswith(PNG) for path in charts)
    listed = run.stdout.split("Files written:\n")[1].split()
    assert len(run.stdout.split("Files written:\n")[1].splitlines()) == 25 + 5 + 3, listed
    counts = run.stdout.split("status")[-1]
    for line in ("completed", "completed_with_error", "failed"):
        assert line in counts


def test_the_demo_runs_on_another_service_more_than_once(local, tmp_path, capsys):
    with local.listen() as url:
        assert main(["demo", "--url", url, "--out", str(tmp_path), "--token", "any"]) == 0
    assert (
        "25 of 25 documents finished: 23 completed, 2 completed with errors."
        in capsys.readouterr().out
    )
    assert len(list(tmp_path.glob("*.docx"))) == 25
    with local.listen() as url:
        assert main(["demo", "--url", url, "--out", str(tmp_path)]) == 0


def test_a_document_without_its_data_is_reported(tmp_path):
    row = samples.order()
    path = tmp_path / "order.docx"
    path.write_bytes(samples.template("No data"))
    results = Results()
    check_document(path, row, results)
    assert results.errors[0] == f"order.docx does not contain {row['order']['id']!r}"


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["serve", "--port", "x"]])
def test_wrong_arguments_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: docgen-nb" in capsys.readouterr().err


def test_an_unreachable_url_is_a_one_line_error(tmp_path, capsys):
    assert main(["demo", "--url", "http://127.0.0.1:9", "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("docgen-nb demo: ")
    assert error.count("\n") == 1
    assert "http://127.0.0.1:9" in error


def test_a_folder_that_is_a_file_is_a_one_line_error(tmp_path, capsys):
    path = tmp_path / "file"
    path.write_text("")
    assert main(["demo", "--out", str(path)]) == 1
    assert capsys.readouterr().err == f"docgen-nb demo: Cannot write {path}: File exists.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--token", "x"], "a token needs --url; the embedded service has one of its own"),
        (["--url", "nonsense"], None),
    ],
)
def test_invalid_options_exit_with_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["demo", *arguments])
    assert ended.value.code == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("docgen-nb demo: error: ")
    assert message is None or error == f"docgen-nb demo: error: {message}"
