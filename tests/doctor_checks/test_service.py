"""Tests of the checks of a service: each finding is made to happen."""

import time

import pytest
from standin import Answer, scripted

import docgen_nb as dg
from docgen_nb.auth import ClientCredentials, GivenToken
from docgen_nb.client import Client
from docgen_nb.errors import LoginFileError, MissingCredentials
from docgen_nb.service import Fault, LocalDocGen
from docgen_nb.service.clock import Clock

ME = Answer(body={"type": "user", "id": "7", "name": "Ada", "login": "ada@example.com"})
NO_TEMPLATES = Answer(body={"entries": []})
FOLDER = Answer(body={"type": "folder", "id": "22", "name": "Letters"})


def findings(box, **options):
    """Return the findings about the service, those about this computer left out."""
    checkup = dg.doctor(box, **options)
    return {
        one.check: one for one in checkup if one.check not in ("PDF", "fonts", "widgets", "disk")
    }


def scripted_findings(*answers, **options):
    with scripted(*answers) as (url, _), dg.connect(url, token="t") as box:
        return findings(box, **options)


def test_all_is_well_with_the_embedded_service(local):
    with local.listen() as url, dg.connect(url, token="t") as box:
        checkup = findings(box)
    assert {one.state for one in checkup.values()} == {"ok"}
    assert list(checkup) == [
        *("address", "credentials", "token", "scope", "Doc Gen", "box-version", "folder", "clock")
    ]
    assert checkup["address"].detail == f"{url} answers; from url="
    assert checkup["credentials"].detail == (
        "Default user (default@docgen.local), enterprise docgen.local; from token="
    )


def test_nothing_that_answers_is_the_only_finding_of_a_service():
    with dg.connect("http://127.0.0.1:9") as box:
        checkup = findings(box)
    assert list(checkup) == ["address"]
    assert checkup["address"].state == "wrong"
    assert "nothing listens at this address" in checkup["address"].detail
    assert checkup["address"].fix.startswith("Check the URL, the network, the proxy")
    html = Answer(200, b"<html>", headers={"content-type": "text/html"})
    assert "is not a reply of Box's API" in scripted_findings(*[html] * 5)["address"].detail


def test_a_token_sent_in_clear_text_is_a_warning():
    with (
        scripted(ME, NO_TEMPLATES, FOLDER) as (proxy, _),
        dg.connect("http://box.example", token="t", proxy=proxy) as box,
    ):
        address = findings(box)["address"]
    assert (address.state, address.fix) == ("warning", "Serve and use https.")


def test_a_refused_token_is_named_with_its_origin(local, monkeypatch):
    local.set_faults([Fault("expired_token")])
    monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "t0ken")
    with local.listen() as url, dg.connect(url) as box:
        checkup = findings(box)
    assert list(checkup) == ["address", "credentials", "clock"]
    refused = checkup["credentials"]
    assert refused.state == "wrong"
    assert refused.detail.endswith("; from BOX_DEVELOPER_TOKEN")
    assert refused.fix == (
        "Make a new developer token in Box's developer console, then run: docgen-nb login"
    )


def test_wrong_client_credentials_are_told_apart_from_a_token():
    source = ClientCredentials(
        client_id="a", client_secret="wrong", subject_type="user", subject_id="8", origin="a file"
    )
    with (
        LocalDocGen(token="right") as service,
        service.listen() as url,
        Client(url, token_source=source) as box,
    ):
        refused = findings(box)["credentials"]
    assert refused.detail == (
        "400 invalid_client: The client credentials are invalid.; from a file"
    )
    assert refused.fix.startswith("Check the client ID, the secret and the subject")


def test_an_assertion_that_is_late_is_the_clocks_fault():
    late = "Current date time must be before the expiration date time listed in the 'exp' claim."
    answer = Answer(400, {"error": "invalid_grant", "error_description": late})
    source = ClientCredentials(
        client_id="a", client_secret="s", subject_type="user", subject_id="8"
    )
    with scripted(answer) as (url, _), Client(url, token_source=source) as box:
        assert findings(box)["credentials"].fix.startswith("Set this computer's clock")


@pytest.mark.parametrize(
    ("seconds", "state", "detail"),
    [
        (110, "warning", "ends in at most 2 min"),
        (2990, "ok", "ends in at most 50 min"),
    ],
)
def test_the_rest_of_a_tokens_life_is_shown(local, seconds, state, detail):
    source = GivenToken("t", expires_at=time.time() + seconds)
    with local.listen() as url, Client(url, token_source=source) as box:
        token = findings(box)["token"]
    assert (token.state, token.detail) == (state, detail)


def test_a_granted_token_is_renewed(local):
    source = ClientCredentials(
        client_id="a", client_secret="s", subject_type="user", subject_id="8"
    )
    with local.listen() as url, Client(url, token_source=source) as box:
        token = findings(box)["token"]
    assert token.state == "ok"
    assert token.detail.startswith("renewed in at most ")


@pytest.mark.parametrize(
    ("status", "code", "check", "part"),
    [
        (403, "insufficient_scope", "scope", 'the token lacks the scope "Manage Doc Gen"'),
        (403, "forbidden", "Doc Gen", "switched off, or the app lacks the scope"),
        (404, "not_found", "Doc Gen", "switched off, or the app lacks the scope"),
        (400, "invalid_api_version", "box-version", "2025.0 is refused: 400"),
        (405, "method_not_allowed", "Doc Gen", "405 method_not_allowed"),
    ],
)
def test_doc_gen_that_does_not_answer_is_explained(status, code, check, part):
    refused = Answer(status, {"code": code, "message": "No."})
    checkup = scripted_findings(ME, refused, FOLDER)
    assert set(checkup) == {"address", "credentials", "token", check, "folder", "clock"}
    assert checkup[check].state == "wrong"
    assert checkup[check].detail.startswith(part)
    assert checkup[check].fix


def test_a_folder_that_is_not_there_or_takes_nothing_is_wrong(local):
    with local.listen() as url, dg.connect(url, token="t") as box:
        absent = findings(box, folder_id="99")["folder"]
    assert (absent.state, absent.detail[:7]) == ("wrong", "99: 404")
    full = Answer(body={**FOLDER.body, "permissions": {"can_upload": False}})
    closed = scripted_findings(ME, NO_TEMPLATES, full, folder_id="22")["folder"]
    assert (closed.state, closed.detail) == (
        "wrong",
        "Letters (22) takes no documents of this user",
    )
    open_ = Answer(body={**FOLDER.body, "permissions": {"can_upload": True}})
    assert scripted_findings(ME, NO_TEMPLATES, open_)["folder"].detail == "Letters (0) is there"


class Late(Clock):
    """A clock that is two hours behind."""

    def now(self):
        return super().now() - 7200


def test_clocks_that_differ_are_a_warning():
    with (
        LocalDocGen(clock=Late()) as service,
        service.listen() as url,
        dg.connect(url, token="t") as box,
    ):
        clock = findings(box)["clock"]
    assert clock.state == "warning"
    assert clock.detail.endswith(
        " s ahead of the service's: end times and signed assertions go wrong"
    )


@pytest.fixture
def nothing_set(monkeypatch, tmp_path):
    for name in ("DOCGEN_NB_URL", "BOX_DEVELOPER_TOKEN", "BOX_CLIENT_ID", "BOX_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "login.json"
    monkeypatch.setenv("DOCGEN_NB_LOGIN_FILE", str(path))
    return path


def test_without_credentials_the_first_finding_says_how_to_log_in(nothing_set):
    checkup = dg.doctor()
    assert (checkup[0].check, checkup[0].state) == ("credentials", "wrong")
    assert checkup[0].fix == "Run: docgen-nb login"
    assert not checkup.is_ok
    with pytest.raises(MissingCredentials):
        dg.connect()
    nothing_set.write_text("{}")
    nothing_set.chmod(0o644)
    unsafe = dg.doctor()[0]
    assert unsafe.detail == f"{nothing_set} holds a secret and other users can use it (mode 0644)"
    assert unsafe.fix == f"Run: chmod 600 {nothing_set}"
    with pytest.raises(LoginFileError):
        dg.connect()
