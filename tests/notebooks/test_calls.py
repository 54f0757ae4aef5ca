"""Notebook 07: every call in four ways, with the replies that its text promises."""

import ast
import json
import os
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from notebooks.notebook_run import printed

from docgen_nb import connect, samples
from docgen_nb.service import routes

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "07-the-api-call-by-call.ipynb"
CELLS = {
    cell.id: cell.source
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells
    if cell.cell_type == "code"
}
BASH = {
    id: source.removeprefix("%%bash\n")
    for id, source in CELLS.items()
    if source.startswith("%%bash\n")
}
# What curl prints first of each reply.
STATUSES = {
    "mark-curl": ["201 Created"],
    "list-curl": ["200 OK"],
    "get-curl": ["200 OK"],
    "tags-curl": [],
    "batch-curl": ["202 Accepted"],
    "batch-jobs-curl": [],
    "job-curl": [],
    "jobs-curl": ["200 OK"],
    "template-jobs-curl": ["200 OK"],
    "unmark-curl": ["204 No Content", "404 Not Found"],
    "no-version": ["400 Bad Request"],
    "token": ["401 Unauthorized"],
    "missing": ["404 Not Found"],
    "guide-option": ["405 Method Not Allowed"],
    "guide-json": [],
    "guide-quote": [],
}


def statuses(text):
    return re.findall(r"^HTTP/1\.1 (\d+ [\w ]+)$", text.replace("\r", ""), flags=re.MULTILINE)


def anonymous(path):
    return re.sub(r"\{.*\}", "*", path)


@pytest.fixture(scope="module")
def shown(ran):
    """Return the standard output of each cell."""
    notebook, _ = ran(NOTEBOOK)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {cell.id: printed(cell.outputs) for cell in cells}


def test_curl_gets_these_replies_in_the_notebook(shown):
    assert {id: statuses(shown[id]) for id in BASH} == STATUSES


def test_curl_gets_these_replies_in_a_shell():
    with connect("local", environment={}) as box, box.service.listen() as url:
        template = box.upload_file(samples.template("{{order.id}}"), name="Order.docx")["id"]
        variables = {"URL": url, "TOKEN": "any", "no_proxy": "127.0.0.1", "TEMPLATE": template}
        replies = {}
        for id, source in BASH.items():
            if id == "batch-jobs-curl":  # the notebook sends a batch in between
                box.service.finish()
                (job,) = box.list_jobs()
                variables |= {"BATCH": job["batch"]["id"], "JOB": job["id"]}
            process = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", source],
                env=os.environ | variables,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert (process.returncode, process.stderr) == (0, ""), id
            replies[id] = statuses(process.stdout)
    assert replies == STATUSES


def test_each_call_is_made_in_four_ways():
    calls = [route for route in routes.ROUTES if route.versioned]
    assert len(calls) == 10
    source = "\n".join(CELLS.values())
    assert len(set(re.findall(r"sdk\.docgen\w*\.(\w+_v2025_r0)", source))) == 10
    sent = re.findall(r'session\.(\w+)\(f"\{url\}(/2\.0/docgen_[^"]*)"', source)
    expected = {(call.method, anonymous(call.path)) for call in calls}
    assert {(method.upper(), anonymous(path)) for method, path in sent} == expected
    curl = "\n".join(BASH.values())
    for call in calls:
        path = re.sub(r"\{\w+\}", r"\\$\\w+", call.path)
        assert re.search(rf'"\$URL{path}[?"]', curl), call.path


def test_a_loop_looks_until_no_job_is_open(shown):
    # How many are open at a look depends on the machine.
    assert len(shown["slow"].splitlines()) == 2
    looks = [line.partition(": ")[2] for line in shown["poll"].splitlines()]
    assert looks[-1] == "{'completed': 5, 'completed_with_error': 5}"


def test_a_long_reply_is_indented(shown):
    for id in ("tags-curl", "batch-jobs-curl", "job-curl"):
        assert json.loads(shown[id]), id


def test_python_shows_the_same_three_times(shown):
    for id in ("mark-python", "list-python", "get-python", "tags-python", "batch-jobs-python"):
        first, *others = [line.partition(":")[2].strip() for line in shown[id].splitlines()]
        values = [ast.literal_eval(text) for text in (first.partition(" ")[2], *others)]
        assert values == values[:1] * 3, id


def test_what_goes_wrong(shown):
    assert shown["tags-not-ready-python"].splitlines()[0] == (
        'requests:  202 {"message":"Processing tags for this file."}'
    )
    assert "NotReady Processing tags" in shown["tags-not-ready-python"]
    assert "'output_type' must be 'docx' or 'pdf', not 'odt'" in shown["bad-value"]
    assert shown["token-python"].startswith("Unauthorized\n401 invalid_token")
    assert shown["large"].startswith("413 request_entity_too_large\n")
    assert shown["conflict"].startswith("Conflict\n409 item_name_in_use: ")
    assert shown["busy"].splitlines() == [
        "429 Retry-After: 1 Request rate limit exceeded, please try again later",
        "RateLimited 1.0 seconds",
    ]
    assert "< 429 Too Many Requests, sent again\n< retry-after: 1\n< 200 OK" in shown["busy-retry"]
    assert [line.partition(",")[0] for line in shown["pages"].splitlines()] == [
        *("6 jobs", "6 jobs", "5 jobs")
    ]
    assert shown["guide-option"].endswith('Files that curl wrote:\n{"file": 1}\n')
    assert "unexpected EOF while looking for matching" in shown["guide-quote"]
    assert [line[:3] for line in shown["guide-paths"].splitlines()] == ["404"] * 3 + ["lim"]


def test_no_ticket_is_shown(shown):
    assert "< location: http://docgen.local/d/1/***/download\n" in shown["download"]
