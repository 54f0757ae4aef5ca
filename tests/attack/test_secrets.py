"""Tokens and client secrets in what a user stores, shares or shows: pickles, reprs, tracebacks."""

import pickle
import re
import traceback
from contextlib import contextmanager

import pytest
import requests
from IPython.core.formatters import DisplayFormatter
from IPython.core.ultratb import VerboseTB
from ipywidgets import Widget
from standin import Answer, scripted

from docgen_nb import config, samples
from docgen_nb.auth import GivenToken, token_source
from docgen_nb.connection import connect
from docgen_nb.doctor_checks import doctor
from docgen_nb.errors import DocGenError, MissingCredentials
from docgen_nb.forms import BatchForm, JobsPanel, LoginForm
from docgen_nb.ledger import Ledger
from docgen_nb.request import BatchRequest
from docgen_nb.service import LocalDocGen
from docgen_nb.submission import submit_many

SECRET = "aXk39vQ-not-to-be-seen"  # no part of it is in the code of a traceback
CREDENTIALS = {
    "BOX_CLIENT_ID": "my-app",
    "BOX_CLIENT_SECRET": SECRET,
    "BOX_SUBJECT_TYPE": "enterprise",
    "BOX_SUBJECT_ID": "7",
}
CLOSED = "http://127.0.0.1:9"  # where nothing listens


# Pickles


def clients():
    return {
        "token": connect(CLOSED, token=SECRET),
        "credentials": connect(CLOSED, environment=CREDENTIALS),
        "own session": connect(CLOSED, token=SECRET, session=requests.Session()),
    }


@pytest.mark.parametrize("kind", clients())
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_client_holds_no_secret(kind, protocol):
    assert SECRET.encode() not in pickle.dumps(clients()[kind], protocol)


def test_an_unpickled_client_takes_its_token_from_its_own_environment(monkeypatch):
    for name in (*config.CREDENTIALS, config.DEVELOPER_TOKEN, config.SERVICE):
        monkeypatch.delenv(name, raising=False)
    pickled = pickle.dumps(connect("https://api.box.com", token=SECRET))
    with pytest.raises(MissingCredentials):
        pickle.loads(pickled)
    with scripted(Answer(body={"type": "user"})) as (url, received):
        with connect(url, token=SECRET) as client:
            pickled = pickle.dumps(client)
        monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "another")
        with pickle.loads(pickled) as client:
            assert client.get_me() == {"type": "user"}
    assert received[0].token == "Bearer another"


def test_a_client_of_a_service_in_this_process_cannot_be_pickled():
    with connect("local") as client, pytest.raises(TypeError) as refused:
        pickle.dumps(client)
    assert str(refused.value) == (
        "A client of a service in this process can't be pickled. "
        "Serve at an address, and connect to that."
    )


@pytest.mark.parametrize(
    "secret",
    [
        GivenToken(SECRET),
        token_source(config.read_config(CLOSED, environment=CREDENTIALS)),
        config.read_config(CLOSED, token=SECRET),
        config.read_config(CLOSED, environment=CREDENTIALS),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_secret_on_its_own_cannot_be_pickled(secret):
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(secret)


# Reprs


def test_no_repr_shows_a_secret():
    with LocalDocGen(token=SECRET, control_token=SECRET) as local:
        shown = [local, local.context, local.context.credentials, vars(local)["context"]]
        text = repr(shown) + repr(clients()) + repr(config.read_config(CLOSED, token=SECRET))
    assert SECRET not in text


def session_with(way, url, path):
    """Use most of the package with a secret; yield what a notebook then shows and stores."""
    show = DisplayFormatter().format
    with way(url) as box, Ledger(path) as ledger:
        file = box.upload_file(samples.template("Dear {{name}},"), name=f"{path.name}.docx")
        request = BatchRequest(box.mark_template(file["id"])["file"]["id"])
        submission = submit_many(box, request, [{"name": "Ada"}], ledger=ledger)
        batch = submission.batches[0].wait(poll_seconds=0.01)
        own = {"blocking": True}  # nothing goes on when the service has ended
        panels = [BatchForm(box, **own), JobsPanel(box, **own), LoginForm(connect, **own)]
        panels[-1].widget.children[1].children[0].value = SECRET  # as if pasted
        known = [box, box.token_source, doctor(box), ledger, submission, submission.frame(), batch]
        for one in (*known, *panels):
            yield repr(show(one)[0])
        yield repr(Widget.get_manager_state(drop_defaults=False))
        for panel in panels:
            panel.close()


def test_no_output_log_widget_state_or_ledger_holds_a_secret(tmp_path, caplog):
    caplog.set_level("DEBUG")
    with LocalDocGen(token=SECRET) as local, local.listen() as url:
        texts = [
            text
            for name, way in WAYS.items()
            for text in session_with(way, url, tmp_path / f"{name}.sqlite")
        ]
    texts += [caplog.text, *(repr(path.read_bytes()) for path in tmp_path.iterdir())]
    everything = "".join(texts)
    for known in ("<Client of", "docgen-login", "POST /2.0/docgen_batches", "submission_rows"):
        assert known in everything
    assert SECRET not in everything


# Tracebacks of IPython with the values of variables: %xmode Verbose


def from_token(url):
    return connect(url, token=SECRET, time_limit=3)


def from_credentials(url):
    return connect(url, environment=dict(CREDENTIALS), time_limit=3)


def from_environment(url):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        patch.setenv("BOX_DEVELOPER_TOKEN", SECRET)
        return connect(url, time_limit=3)


WAYS = {"token": from_token, "credentials": from_credentials, "environment": from_environment}


def get_me(client):
    with client:
        client.get_me()


@contextmanager
def interrupted(monkeypatch):
    """Ctrl-C while a connection is being made, which is when the request is a variable."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("socket.create_connection", interrupt)
    monkeypatch.setattr("urllib3.util.connection.create_connection", interrupt)
    yield


@contextmanager
def server(*answers):
    with scripted(*answers) as (url, _):
        yield url


SERVERS = {
    "nothing listens": lambda: server_at(CLOSED),
    "unknown host": lambda: server_at("https://host.invalid"),
    "no reply": lambda: server(*[Answer(silent=True)] * 9),
    "refused": lambda: server(*[Answer(401)] * 9),
    "not found": lambda: server(*[Answer(404, {"code": "not_found"})] * 9),
    "another page": lambda: server(*[Answer(200, b"<html>")] * 9),
    "cut": lambda: server(*[Answer(200, {}, missing=9)] * 9),
    "endless redirect": lambda: server(*[Answer(302, headers={"location": "/"})] * 99),
    "bad token": lambda: server(*[Answer(200, {"access_token": f"{SECRET} {SECRET}"})] * 9),
    "path": lambda: server_at(f"{CLOSED}/path"),
}


# Only client credentials ask the server for a token.
NO_FAILURE = (("token", "bad token"), ("environment", "bad token"))


@contextmanager
def server_at(url):
    yield url


CASES = [(way, name) for way in WAYS for name in SERVERS if (way, name) not in NO_FAILURE]


@pytest.mark.parametrize(("way", "failure"), CASES)
def test_no_verbose_traceback_shows_a_secret(way, failure):
    with SERVERS[failure]() as url:
        text = verbose(lambda: get_me(WAYS[way](url)))
    assert SECRET not in text


@pytest.mark.parametrize("way", WAYS)
def test_no_traceback_of_an_interrupted_call_shows_a_secret(way, monkeypatch):
    client = WAYS[way](CLOSED)
    with interrupted(monkeypatch):
        assert SECRET not in verbose(lambda: get_me(client))


def test_no_traceback_of_invalid_credentials_shows_a_secret():
    wrong = {**CREDENTIALS, "BOX_SUBJECT_TYPE": "nobody"}
    missing = {**CREDENTIALS, "BOX_SUBJECT_ID": ""}
    for call in (
        lambda: connect(CLOSED, environment=wrong),
        lambda: connect(environment=missing),
        lambda: connect("http://192.0.2.1", environment=CREDENTIALS),
        lambda: connect(environment={"BOX_DEVELOPER_TOKEN": f"{SECRET} {SECRET}"}),
    ):
        assert SECRET not in verbose(call)


def test_the_reason_and_the_place_stay_in_the_traceback():
    text = verbose(lambda: get_me(from_token(CLOSED)))
    assert "Unreachable: No reply to GET http://127.0.0.1:9/2.0/users/me" in text
    assert "ConnectionRefusedError" in text
    assert "self._transport" in text


def verbose(call):
    """Return IPython's verbose traceback of the error of a call, and Python's own."""
    try:
        call()
    except (DocGenError, ValueError, KeyboardInterrupt) as error:
        # The frames of this file have the secret in variables of their own, as a user may.
        own = error.with_traceback(_within_package(error.__traceback__))
        shown = VerboseTB().text(type(own), own, own.__traceback__)
        return _COLOR.sub("", shown) + "".join(traceback.format_exception(error))
    raise AssertionError("no error")


_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def _within_package(trace):
    while trace is not None and "docgen_nb" not in trace.tb_frame.f_globals["__name__"]:
        trace = trace.tb_next
    return trace
