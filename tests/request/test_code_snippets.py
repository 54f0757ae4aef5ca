"""The code snippets of a request run, and create the batch that it describes."""

import datetime
import os
import shlex
import subprocess
import sys
from decimal import Decimal
from io import BytesIO

import docx
import numpy as np
import pytest

from docgen_nb import samples
from docgen_nb.connection import connect
from docgen_nb.request import BatchRequest
from docgen_nb.service import LocalDocGen

AWKWARD = {
    "name": 'O\'Neill "$HOME" `id` \\ \n END_OF_JSON\nEND_OF_JSON',
    "more": {"é": [1, 2.5, True, None, Decimal("12.50")], "'": "''", "long": "x" * 3000},
}


@pytest.fixture
def served():
    with LocalDocGen(workers=0) as local, local.listen() as url:
        yield local, url


@pytest.fixture
def request_of(served):
    _, url = served
    with connect(url) as box:
        file = box.upload_file(samples.template("Dear {{name}}, {{n}}"), name="Letter.docx")
        box.upload_version(file["id"], samples.template("Hello {{name}}, {{n}}"))
        box.mark_template(file["id"])
    return BatchRequest(
        file["id"],
        template_version_id=file["file_version"]["id"],
        output_type="docx",
        file_name="It's $1, {n}",
        rows=[{**AWKWARD, "n": 1}, {"name": "Ada", "n": 2}],
    )


def run(command, text=None, **variables):
    done = subprocess.run(
        command, input=text, text=True, capture_output=True, env={**os.environ, **variables}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SNIPPETS = ["as_json", "as_curl", "as_python", "as_sdk_python"]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["curl", "python", "sdk"])
def test_a_pasted_snippet_creates_the_batch(way, served, request_of):
    local, url = served
    if way == "curl":
        output = run(["bash"], request_of.as_curl(url=url), BOX_DEVELOPER_TOKEN="local")
    elif way == "python":
        output = run([sys.executable, "-"], request_of.as_python(url=url))
    else:
        text = request_of.as_sdk_python(url=url)
        output = run([sys.executable, "-"], text, BOX_DEVELOPER_TOKEN="local")
    local.finish()

    with connect(url) as box:
        jobs = sorted(box.list_jobs(), key=lambda job: job["id"])
        names = [box.get_file(job["output_file"]["id"])["name"] for job in jobs]
        texts = [text_of(box.download_file(job["output_file"]["id"])) for job in jobs]
    assert jobs[0]["batch"]["id"] in output
    assert {job["template_file_version"]["id"] for job in jobs} == {request_of.template_version_id}
    assert names == ["It's $1, 1.docx", "It's $1, 2.docx"]
    assert texts[1] == "Dear Ada, 2"
    assert 'O\'Neill "$HOME" `id` \\' in texts[0]
    assert texts[0].count("END_OF_JSON") == 2
    assert jobs[0]["failures"]["warnings"] == [
        "The tag 'more' was provided but not used in the template."
    ]
    assert jobs[1]["failures"] is None


def text_of(content):
    return "\n".join(one.text for one in docx.Document(BytesIO(content)).paragraphs)


@pytest.mark.parametrize("way", SNIPPETS)
@pytest.mark.parametrize("number", [float("nan"), Decimal("-Infinity")], ids=str)
def test_no_snippet_holds_a_number_that_json_lacks(way, number):
    request = BatchRequest("11", rows=[{"a": number}])
    with pytest.raises(ValueError) as raised:
        getattr(request, way)()
    assert str(raised.value) == (
        f"body.document_generation_data[0].user_input.a is {number}, which JSON cannot hold."
    )


@pytest.mark.parametrize("way", SNIPPETS)
def test_numbers_of_numpy_and_dates_are_written_as_json_has_them(way):
    values = {"a": np.int64(1), "b": [np.float64(1.5), np.float32(0.5)]}
    plain = {"a": 1, "b": [1.5, 0.5]}
    day = {"day": datetime.date(2026, 3, 2)}
    request = BatchRequest("11", rows=[values | day])
    assert request.problems() == []
    text = getattr(request, way)()
    assert text == getattr(BatchRequest("11", rows=[plain | {"day": "2026-03-02"}]), way)()


@pytest.mark.parametrize("way", SNIPPETS)
def test_no_snippet_holds_an_object_of_another_type(way):
    with pytest.raises(ValueError) as raised:
        getattr(BatchRequest("11", rows=[{"a": 1j}]), way)()
    assert str(raised.value) == "complex cannot be sent as JSON: 1j."


def test_no_snippet_holds_an_object_that_contains_itself():
    row = {}
    row["a"] = row
    with pytest.raises(ValueError) as raised:
        BatchRequest("11", rows=[row]).as_json()
    assert str(raised.value) == "An object contains itself, which JSON cannot hold."


def test_no_snippet_holds_a_token(monkeypatch):
    monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "s3cret")
    request = BatchRequest("11", rows=[{}])
    for text in (request.as_curl(), request.as_python(), request.as_sdk_python()):
        assert "s3cret" not in text
    assert '"Authorization: Bearer $BOX_DEVELOPER_TOKEN"' in request.as_curl()


def test_a_quote_in_the_url_of_a_curl_command_does_not_end_it():
    command = BatchRequest("11", rows=[{}]).as_curl(url="https://box.example/it's $HOME")

    words = shlex.split(command.splitlines()[0].removesuffix("\\"))
    assert words[4] == "https://box.example/it's $HOME/2.0/docgen_batches"


def test_digits_are_kept_except_in_the_sdk():
    request = BatchRequest("11", rows=[{"a": Decimal("12.50")}])
    assert '"a": 12.50' in request.as_curl()
    assert "Decimal('12.50')" in request.as_python()
    assert "from decimal import Decimal" in request.as_python()
    assert "'a': 12.5}" in request.as_sdk_python()
