"""A probe finds each difference between services and reports nothing else; it leaves nothing."""

import hashlib
import io
import json
import zipfile
from contextlib import contextmanager
from dataclasses import replace

import pytest
from api import Api, batch_body

from docgen_nb import connect, samples, wire
from docgen_nb.cli import main
from docgen_nb.errors import ProbeStopped, UnreadableEvidence
from docgen_nb.evidence import WIRE, Answer, Evidence, Finding, as_json, read_evidence
from docgen_nb.probe import Plan, Probe
from docgen_nb.probe.language import DOCUMENTS
from docgen_nb.probe.state import State
from docgen_nb.service import LocalDocGen
from docgen_nb.service.evidence_replies import other_answers, with_page_size
from docgen_nb.service.http.messages import ApiFailure, Request
from docgen_nb.service.transports.requests_adapter import open_session
from docgen_nb.template import Template

# Answers of another service, each different from those of the embedded one.
OTHERS = {
    "batch_id": "decimal",
    "jobs_order": "newest first",
    "template_jobs_order": "newest first",
    "batch_jobs_order": "reversed",
    "default_page": "20",
    "extension": "not added",
    "own_extension": "doubled",
    "name_clash": "a new version",
    "last_marker": "empty",
    "created_at_jobs": "epoch seconds",
    "created_at_template_jobs": "absent",
    "created_at_batch_jobs": "epoch seconds",
    "external_id": "dropped",
    "missing_data": "completed",
    "missing_message": "that of the OpenAPI, a warning",
    "unused_message": "none",
    "oversized_data": "413 request_entity_too_large",
    "unmarked_file": "404 not_found",
    "unknown_folder": "404 not_found",
    "unknown_template": "400 bad_request",
    "unknown_job": "403 forbidden",
    "wrong_limit": "400 bad_request",
}
# What another reader of templates makes of constructs: it reads the second for the first.
READ_OTHERWISE = {
    "list_position": ("{{items[1].name}}", "{{items[0].name}}"),
    "!=": ("n != ", "n == "),
    "tablerow_glued": ("{{tablerow i in items}}{{i.name}}", "{{tablerow i in items}}{{{i.name}}"),
    "single_quotes": ("{{absent :: default('d')}}", "{{absent :: default(d)}}"),
    "nested_loops": ("{{for p in i.parts}}", "{{for p in parts}}"),
}
BROKEN = "{{$round"  # makes it fail


@contextmanager
def other_service(change=lambda request: request, **options):
    """A client of a service; `change` sees each request first, and may refuse it."""
    with LocalDocGen(**options) as local:

        def handle(request):
            try:
                return local.handle(change(request))
            except ApiFailure as failure:
                return failure.reply()

        box = connect(wire.LOCAL_URL, token="any", session=open_session(handle))
        yield box
        box.close()


def evidence_of(**answers):
    return Evidence({key: Answer(text, "2026-12-01") for key, text in answers.items()})


def probe(box, **options):
    return Probe(box, pause=0.01, **options)


def refusing(method, path, *, after=0, status=403, code="forbidden"):
    """Return a change that refuses calls after the first ones."""
    left = [after]

    def change(request):
        if request.method == method and request.path.startswith(path):
            left[0] -= 1
            if left[0] < 0:
                raise ApiFailure(status, code, "No.")
        return request

    return change


def misread(request):
    """Change the templates in uploads, as if they were read otherwise."""
    if not request.path.endswith("/files/content"):
        return request
    body = request.body.read()
    start = body.find(b"PK\x03\x04")
    if start >= 0:
        end = body.rindex(b"\r\n--", 0, -4)
        body = body[:start] + _misread(body[start:end]) + body[end:]
    return replace(request, body=io.BytesIO(body))


def _misread(content):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "word/document.xml":
                text = part.decode()
                if BROKEN in text:
                    return b"broken"
                for own, other in READ_OTHERWISE.values():
                    text = text.replace(own, other)
                part = text.encode()
            new.writestr(name, part)
    return out.getvalue()


def leftovers(box):
    return [*box.list_folder_items("0"), *box.list_templates()]


@pytest.mark.slow
def test_each_difference_is_found_and_nothing_else_is_reported():
    with other_service(misread, evidence=evidence_of(**OTHERS)) as box:
        asked = probe(box)
        found = asked.run()

        assert leftovers(box) == asked.left == []

    wire_answers = {key: answer.text for key, answer in found.wire.items()}
    assert wire_answers == {key: one.ours for key, one in WIRE.items()} | OTHERS
    verdicts = {key: one.verdict for key, one in found.constructs.items() if not one.same}
    assert verdicts == dict.fromkeys(READ_OTHERWISE, "different") | {"$round": "failed"}
    assert set(found.constructs) == {name for document in DOCUMENTS for name in document}
    assert found.constructs["list_position"].ours == ("Chair",)
    assert found.constructs["list_position"].theirs == ("Lamp",)
    assert asked.documents <= 60


def test_a_smaller_largest_page_is_followed():
    answers, _ = other_answers(evidence_of(largest_page="50", default_page="20"))
    sizes = {
        asked: with_page_size(Request("GET", wire.JOBS, query), answers).one("limit")
        for asked in (None, "", "30", "900")
        for query in [[] if asked is None else [("limit", asked)]]
    }
    assert sizes == {None: "20", "": "", "30": "30", "900": "50"}


@contextmanager
def api_of(**options):
    with LocalDocGen(**options) as local, local.session() as session:
        yield local, Api(session, wire.LOCAL_URL)


def jobs_named(local, api, template, names):
    body = batch_body(template, "0", [{"a": 1}] * len(names))
    for document, name in zip(body["document_generation_data"], names, strict=True):
        document["generated_file_name"] = name
    batch = api.batch(body)
    local.finish()
    return api.entries(wire.BATCH_JOBS.format(batch_id=batch))


def test_a_clash_of_names_fails_a_job_where_it_does_elsewhere():
    with api_of(evidence=evidence_of(name_clash="failed")) as (local, api):
        jobs = jobs_named(local, api, api.template(samples.template("{{a}}")), "AAB")

        assert sorted(job["status"] for job in jobs) == ["completed", "completed", "failed"]


def test_a_new_version_replaces_documents_and_nothing_else():
    """Once a template was overwritten by a document of its name."""
    with api_of(evidence=evidence_of(name_clash="a new version")) as (local, api):
        content = samples.template("{{a}}")
        template = api.template(content, name="A.docx")
        file = api.upload(b"a file", name="B.docx")["id"]
        jobs = jobs_named(local, api, template, "ABCC")
        first, second = (job["output_file"]["id"] for job in jobs[2:])
        api("POST", wire.TEMPLATES, json={"file": {"type": "file", "id": first}})
        (marked,) = jobs_named(local, api, template, "C")

        assert (api.content(template), api.content(file)) == (content, b"a file")
        assert first == second != marked["output_file"]["id"]


@pytest.mark.slow
def test_the_command_asks_first_prints_a_table_and_writes_what_others_read(tmp_path, capsys):
    file = tmp_path / "box.json"
    assert main(["probe", "--url", "local", "--json", str(file)]) == 1
    assert capsys.readouterr().err == (
        "106 questions to http://docgen.local. They take about 48 documents, at most 60, in a "
        "folder that the probe deletes afterwards.\nAdd --yes to start without being asked.\n"
    )

    assert main(["probe", "--url", "local", "--json", str(file), "--yes"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["verdict", "question", "ours", "theirs"]
    assert table[1].split()[:4] == ["same", "Tags", "of", "a"]
    assert table[-1] == "106 questions, 0 answered differently from here."
    assert [path.name for path in tmp_path.iterdir()] == ["box.json"]

    found = read_evidence(file)
    indexed = tmp_path / "indexed.docx"
    indexed.write_bytes(samples.template("{{a[0]}}"))
    assert Template(indexed).problems(evidence=tmp_path) == []
    assert main(["check", str(indexed), "--portable", "--evidence", str(file)]) == 0
    assert {key: answer.text for key, answer in found.wire.items()} == {
        key: one.ours for key, one in WIRE.items()
    }
    with LocalDocGen(evidence=file) as local:
        assert local.followed == local.not_followed == {}


@pytest.mark.slow
def test_a_probe_that_is_refused_documents_leaves_nothing_and_goes_on_later(tmp_path):
    state = tmp_path / "box.json.partial"
    switch = {"change": refusing("POST", wire.BATCHES, after=24)}
    with other_service(lambda request: switch["change"](request)) as box:
        stopped = probe(box, state=state)
        with pytest.raises(ProbeStopped, match=r"A batch was refused after \d+ documents: 403"):
            stopped.run()
        assert leftovers(box) == []
        assert stopped.evidence.wire

        switch["change"] = lambda request: request
        left_by_a_kill = box.create_folder("docgen-nb probe, killed")["id"]
        content = json.loads(state.read_text()) | {"folder_id": left_by_a_kill}
        state.write_text(json.dumps(content))
        resumed = probe(box, state=state)
        answered = stopped.evidence
        open_questions = 106 - len(answered.wire) - len(answered.constructs)
        assert resumed.plan().questions == open_questions
        found = resumed.run()

        assert leftovers(box) == []
        assert resumed.documents <= 60
        assert len(found.constructs) == 69
        assert set(found.wire) == set(WIRE)  # also the answer about a marker at the end
    assert not state.exists()


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("POST", wire.FOLDERS, "A folder can't be created in folder 0: 403 forbidden"),
        ("POST", wire.TEMPLATES, "A file can't be marked as a template: 403 forbidden"),
        ("GET", wire.JOBS, "The probe cannot go on: 403 forbidden"),
    ],
)
def test_an_account_that_lacks_a_right_is_told_and_cleaned(method, path, message):
    with other_service(refusing(method, path)) as box:
        with pytest.raises(ProbeStopped) as stopped:
            probe(box).run()
        assert str(stopped.value).startswith(message)
        assert leftovers(box) == []


def test_what_cannot_be_deleted_is_named():
    def change(request):
        return refusing("DELETE", "/2.0/folders")(refusing("POST", wire.TEMPLATES)(request))

    with other_service(change) as box:
        asked = probe(box)
        with pytest.raises(ProbeStopped):
            asked.run()
        [folder] = box.list_folder_items("0")
        assert asked.left == [f"folder {folder['id']}"]


def test_a_probe_that_is_cut_off_leaves_nothing():
    def stop(text):
        if text.startswith("Asking"):
            raise KeyboardInterrupt

    with other_service() as box:
        with pytest.raises(KeyboardInterrupt):
            probe(box, report=stop).run()
        assert leftovers(box) == []


ANSWERED = Finding("same", "2026-12-01", ())
SEVERAL, ALONE = "null", "object_as_text"  # constructs of a document with others, and of their own


def unfinished(box, path, *, documents=0, without=(), failed=()):
    """Return a probe with all answers but some, after a number of documents."""
    account = hashlib.sha256(f"{box.url} {box.get_me()['id']}".encode()).hexdigest()[:16]
    names = {name for document in DOCUMENTS for name in document} - {*without}
    findings = dict.fromkeys(names, ANSWERED) | dict.fromkeys(
        failed, replace(ANSWERED, verdict="failed")
    )
    answers = {key: one.ours for key, one in WIRE.items()}
    State(account, path, documents, wire=answers, constructs=findings).save()
    return probe(box, state=path)


@pytest.mark.parametrize(
    ("options", "documents"),
    [
        ({}, 0),
        ({"without": [ALONE]}, 1),
        ({"without": [SEVERAL]}, 1),
        ({"failed": [SEVERAL]}, 1),  # on its own, as another one may have broken its document
        ({"failed": [ALONE]}, 0),
    ],
)
def test_a_resumed_probe_plans_and_asks_only_what_is_open(tmp_path, options, documents):
    with other_service() as box:
        asked = unfinished(box, tmp_path / "state", **options)
        plan = asked.plan()
        asked.run()

        assert (plan.documents, asked.documents) == (documents, documents)
        assert bool(plan.questions) == bool(documents)


def test_a_probe_plans_and_makes_no_more_documents_than_it_may(tmp_path):
    with other_service() as box:
        asked = unfinished(box, tmp_path / "state", documents=59, without=[SEVERAL, ALONE])

        assert asked.plan() == Plan(len(DOCUMENTS[0]) + 1, documents=1, most_documents=1)
        with pytest.raises(ProbeStopped, match="The limit of 60 documents is reached"):
            asked.run()
        assert asked.documents == 59


GOOD = as_json(Evidence({"batch_id": Answer("decimal", "")}), date="2026-12-01", documents=48)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.replace("evidence 1", "evidence 2"), "line 2: its format is not 'docgen-nb"),
        (GOOD.replace("2026-12-01", "today"), "line 3: 'today' is not a date such as 2026-12-01."),
        (GOOD.replace("batch_id", "batch_name"), "line 6: unknown question 'batch_name'."),
        (GOOD.replace('"decimal"', "7"), "line 6: the answer to 'batch_id' is not a short text."),
        (
            GOOD.replace('"constructs": {}', '"constructs": {"or": {"verdict": "maybe"}}'),
            "line 8: the verdict on 'or' is 'maybe' (known: same, different, failed).",
        ),
        (GOOD.replace('"documents": 48', '"owner": "Ada"'), "line 4: unknown entry 'owner'."),
        (GOOD[:60], "line 4: not JSON"),
        ("[]", "line 1: not an evidence file of docgen-nb probe."),
    ],
)
def test_a_bad_evidence_file_is_refused_with_its_line(tmp_path, content, message):
    path = tmp_path / "box.json"
    path.write_text(content)
    with pytest.raises(UnreadableEvidence) as refused:
        LocalDocGen(evidence=path)
    assert str(refused.value).startswith(f"{path}, {message}")


def test_of_several_files_the_latest_answer_counts(tmp_path):
    for date, style in (("2026-12-02", "decimal"), ("2026-12-01", "uuid")):
        part = Evidence({"batch_id": Answer(style, date)})
        (tmp_path / f"{style}.json").write_text(as_json(part, date=date, documents=1))

    assert read_evidence(tmp_path).wire == {"batch_id": Answer("decimal", "2026-12-02")}
    with LocalDocGen(evidence=tmp_path) as local:
        assert local.followed == {"batch_id": "decimal"}


def test_an_unfinished_probe_of_another_account_is_not_resumed(tmp_path):
    state = tmp_path / "box.json.partial"
    for content in ("{}", '{"format": "docgen-nb unfinished probe 1", "constructs": {}}'):
        state.write_text(content)
        with other_service() as box, pytest.raises(UnreadableEvidence, match="Delete it"):
            probe(box, state=state)
    state.write_text(
        '{"format": "docgen-nb unfinished probe 1", "constructs": {}, "account": "x", "wire": {}}'
    )
    with other_service() as box, pytest.raises(UnreadableEvidence, match="another account"):
        probe(box, state=state)
