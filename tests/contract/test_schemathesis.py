"""Doc Gen's paths with valid and invalid data that schemathesis generates from the OpenAPI.

The run is bounded and seeded. Without a socket, exceptions of the service reach the test. The hooks
in conftest.py check each reply; here its status must be one that the OpenAPI has for the call or
that is listed below.
"""

import json

import pytest
import requests
import schemathesis
from api import VERSION, Api, batch_body
from contract.judge import CODES_OUTSIDE_THE_ENUM, EXEMPTIONS
from contract.openapi import DATA
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from docgen_nb import samples
from docgen_nb.service import LocalDocGen
from docgen_nb.service.fidelity import rows

EXAMPLES = {"adapter": 40, "port": 8}
# A status that the OpenAPI lacks for a call, and its source.
NAMED = {
    (status, code): "exemption: code outside the enum"
    for code, status in CODES_OUTSIDE_THE_ENUM.items()
} | {
    (400, "bad_request"): "POST /2.0/docgen_batches: refused batches",
    (404, "not_found"): "exemption: no such endpoint",
    (405, "method_not_allowed"): "exemption: no such endpoint",
}
DOCUMENT = json.loads((DATA / "box-openapi-docgen-2025.0.json").read_text(encoding="utf-8"))
OPERATIONS = {
    operation.ok().label: operation.ok()
    for operation in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
}


@pytest.fixture(scope="module")
def filled():
    """A service with templates, a folder and finished jobs, and their ids."""
    with LocalDocGen() as local, local.session() as session, local.listen() as url:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template("{{name}} {{total}}"))
        batch = api.batch(batch_body(template, "0", [{"name": "Ada"}, {}, {"other": 1}]))
        local.finish()
        known = {
            "template_id": template,
            "batch_id": batch,
            "job_id": api.entries("/2.0/docgen_jobs")[0]["id"],
        }
        yield {"adapter": api, "port": Api(bare_session(), url)}, known


def bare_session():
    session = requests.Session()
    session.trust_env = False
    return session


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_reply_has_an_expected_status_and_both_kinds_occur(filled, label):
    transports, known = filled
    name = f"{label.replace('/', ' ')}.docx"
    spare = transports["adapter"].template(samples.template("{{spare}}"), name=name)
    statuses = [
        status
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for transport, api in transports.items()
        for status in sent(api, label, mode, EXAMPLES[transport], known | {"spare": spare})
    ]
    assert {status < 400 for status in statuses} == {True, False}


def sent(api, label, mode, examples, known):
    """Send cases and return the statuses of the replies."""
    operation, statuses = OPERATIONS[label], []

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.booleans(), st.booleans())
    def send(case, with_known_ids, with_version):
        if with_known_ids:
            use_known_ids(case, known)
        headers = {"Authorization": "Bearer any", **(VERSION if with_version else {})}
        reply = case.call(
            base_url=f"{api.url}/2.0", session=api.session, headers=headers, timeout=30
        )
        statuses.append(reply.status_code)
        check(reply, operation)

    send()
    return statuses


def use_known_ids(case, known):
    """Replace ids in a case with existing ones."""
    spare = case.operation.method == "delete"
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known["spare" if spare else name]
    if isinstance(case.body, dict):
        for name, id in (("file", known["template_id"]), ("destination_folder", "0")):
            if isinstance(case.body.get(name), dict):
                case.body[name]["id"] = id
        fix_batch(case.body)


def fix_batch(body):
    """Replace texts that the OpenAPI leaves open: source, type, file names, version ids."""
    if "output_type" in body:
        body |= {"output_type": "docx", "input_source": "api"}
        body.pop("file_version", None)
    for entry in body.get("document_generation_data") or ():
        if isinstance(entry, dict) and "generated_file_name" in entry:
            entry["generated_file_name"] = "any"


def check(reply, operation):
    documented = {str(status) for status in operation.definition.raw["responses"]}
    if str(reply.status_code) in documented:
        return
    answer = (reply.status_code, reply.json()["code"])
    assert answer in NAMED, f"{operation.label} answered {answer}: {reply.content!r}"


def test_every_listed_status_has_a_source():
    sources = {f"{row['call']}: {row['behavior']}" for row in rows()}
    sources |= {f"exemption: {exemption.name}" for exemption in EXEMPTIONS}
    assert set(NAMED.values()) - sources == set()
