"""Revoking a token that is not one's own, and with it the access of others."""

import sqlite3
from contextlib import closing

import pytest
from api import Api

from docgen_nb.service import LocalDocGen, ManualClock
from docgen_nb.service.endpoints.tokens import TOKEN_SECONDS

GRANT = {
    "grant_type": "client_credentials",
    "client_id": "id",
    "box_subject_type": "enterprise",
    "box_subject_id": "123",
}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def guarded(clock):
    with LocalDocGen(token="right", clock=clock) as local, local.session() as session:
        yield Api(session, "http://docgen.local", "right")


@pytest.fixture
def unguarded(clock):
    with LocalDocGen(clock=clock) as local, local.session() as session:
        yield Api(session, "http://docgen.local", "local")


def status(api, token):
    return api("GET", "/2.0/users/me", headers={"Authorization": f"Bearer {token}"}).status_code


def grant(api, **form):
    return api("POST", "/oauth2/token", data=GRANT | {"client_secret": "right"} | form).json()


def revoke(api, token, **form):
    return api("POST", "/oauth2/revoke", data={"token": token, **form})


@pytest.mark.parametrize(
    "form",
    [{}, {"client_id": "id"}, {"client_id": "id", "client_secret": "wrong"},
     {"client_secret": "right"}],
)  # fmt: skip
def test_revoking_needs_the_secret_of_a_service_with_a_token(guarded, form):
    issued = grant(guarded)["access_token"]
    reply = revoke(guarded, issued, **form)
    error = {
        "error": "invalid_client",
        "error_description": "The client credentials are invalid.",
    }
    assert (reply.status_code, reply.json()) == (400, error)
    assert status(guarded, issued) == 200


def test_with_the_secret_an_issued_token_is_revoked(guarded):
    issued = grant(guarded)["access_token"]
    assert revoke(guarded, issued, client_id="id", client_secret="right").status_code == 200
    assert status(guarded, issued) == 401


def test_the_token_of_the_service_itself_is_never_revoked(guarded):
    reply = revoke(guarded, "right", client_id="id", client_secret="right")
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
    assert status(guarded, "right") == 200


def test_a_token_that_was_revoked_before_it_became_the_services_own_is_accepted(tmp_path):
    with LocalDocGen(tmp_path) as local, local.session() as session:
        assert revoke(Api(session, "http://docgen.local"), "mine").status_code == 200
    with LocalDocGen(tmp_path, token="mine") as local, local.session() as session:
        assert status(Api(session, "http://docgen.local"), "mine") == 200


def test_a_revoked_token_from_elsewhere_is_accepted_again_when_one_would_have_ended(
    unguarded, clock
):
    assert revoke(unguarded, "local").status_code == 200
    clock.advance(TOKEN_SECONDS - 1)
    assert status(unguarded, "local") == 401
    clock.advance(1)
    assert status(unguarded, "local") == 200


def test_a_revoked_token_of_the_token_endpoint_is_never_accepted_again(unguarded, clock):
    issued = grant(unguarded)["access_token"]
    assert revoke(unguarded, issued).status_code == 200
    for seconds in (0, TOKEN_SECONDS, 1):
        clock.advance(seconds)
        assert status(unguarded, issued) == 401
        grant(unguarded)  # which deletes what has expired


def test_a_revoked_refresh_token_gives_no_more_tokens(unguarded):
    pair = grant(unguarded, grant_type="authorization_code", code="any")
    assert revoke(unguarded, pair["refresh_token"]).status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    assert grant(unguarded, **form)["error"] == "invalid_grant"


def test_what_was_revoked_does_not_pile_up(tmp_path, clock):
    with LocalDocGen(tmp_path, clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        for number in range(50):
            revoke(api, f"made up {number}")
        clock.advance(TOKEN_SECONDS)
        revoke(api, "one more")
    with closing(sqlite3.connect(tmp_path / "docgen.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM tokens").fetchone() == (1,)


EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
}


def downscope(api, token, scope="item_download"):
    return grant(api, **EXCHANGE, subject_token=token, scope=scope)


@pytest.mark.parametrize("issued", [True, False])
def test_downscoped_tokens_end_with_the_token_that_they_come_from(unguarded, issued):
    parent = grant(unguarded)["access_token"] if issued else "from elsewhere"
    other = downscope(unguarded, grant(unguarded)["access_token"])["access_token"]
    child = downscope(unguarded, parent)["access_token"]
    grandchild = downscope(unguarded, child)["access_token"]

    assert revoke(unguarded, parent).status_code == 200

    statuses = [status(unguarded, token) for token in (parent, child, grandchild, other)]
    assert statuses == [401, 401, 401, 200]
    assert downscope(unguarded, child)["error"] == "invalid_grant"


@pytest.mark.parametrize("scope", [" ", "\t", " \n "])
def test_a_scope_of_blanks_is_none(unguarded, scope):
    reply = downscope(unguarded, grant(unguarded)["access_token"], scope=scope)
    assert reply == {"error": "invalid_scope", "error_description": "A scope is required."}
