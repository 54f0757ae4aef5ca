"""Who may ask: tokens given by hand, tokens from the token endpoint."""

import pytest
from api import Api

from docgen_nb.service import LocalDocGen

CHALLENGE = (
    'Bearer realm="Service", error="invalid_token", '
    'error_description="The access token provided is invalid."'
)
GRANT = {
    "grant_type": "client_credentials",
    "client_id": "id",
    "client_secret": "right",
    "box_subject_type": "enterprise",
    "box_subject_id": "123",
}


@pytest.fixture
def guarded():
    with LocalDocGen(token="right") as local, local.session() as session:
        yield Api(session, "http://docgen.local")


@pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer wrong", "Basic right"])
def test_without_the_right_token_the_answer_is_an_empty_401(guarded, header):
    reply = guarded("GET", "/2.0/users/me", headers={"Authorization": header})
    assert (reply.status_code, reply.content) == (401, b"")
    assert reply.headers["WWW-Authenticate"] == CHALLENGE


def test_with_the_right_token_one_is_the_default_user(guarded):
    me = guarded("GET", "/2.0/users/me", headers={"Authorization": "Bearer right"}).json()
    assert (me["type"], me["name"]) == ("user", "Default user")
    assert "enterprise" not in me


def test_the_token_endpoint_gives_a_token_of_its_subject(guarded):
    grant = guarded("POST", "/oauth2/token", data=GRANT).json()
    assert {name: value for name, value in grant.items() if name != "access_token"} == {
        "expires_in": 3600,
        "restricted_to": [],
        "token_type": "bearer",
    }
    headers = {"Authorization": f"Bearer {grant['access_token']}"}
    me = guarded("GET", "/2.0/users/me", headers=headers, params={"fields": "enterprise,name"})
    assert me.json()["enterprise"]["id"] == "123"
    assert me.json()["name"] == "Service account"


@pytest.mark.parametrize(
    ("changes", "code", "description"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type",
         "Only client_credentials is supported here."),
        ({"box_subject_type": "group"}, "invalid_grant", "Grant credentials are invalid"),
        ({"box_subject_id": ""}, "invalid_grant", "Grant credentials are invalid"),
        ({"box_subject_id": "9" * 30}, "invalid_grant", "Grant credentials are invalid"),
        ({"client_id": ""}, "invalid_grant", "Grant credentials are invalid"),
        ({"client_secret": "wrong"}, "invalid_client", "The client credentials are invalid."),
    ],
)  # fmt: skip
def test_wrong_credentials_get_oauths_own_error(guarded, changes, code, description):
    reply = guarded("POST", "/oauth2/token", data=GRANT | changes)
    assert reply.status_code == 400
    assert reply.json() == {"error": code, "error_description": description}


def test_a_token_ends_after_its_time():
    class Clock:
        seconds = 1_700_000_000.0

        def now(self):
            return self.seconds

    clock = Clock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        token = api("POST", "/oauth2/token", data=GRANT).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        clock.seconds += 3599
        assert api("GET", "/2.0/users/me", headers=headers).status_code == 200
        clock.seconds += 1
        assert api("GET", "/2.0/users/me", headers=headers).status_code == 401


def test_the_subject_of_a_token_is_the_same_user_every_time(guarded):
    ids = set()
    for _ in range(2):
        token = guarded("POST", "/oauth2/token", data=GRANT).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        ids.add(guarded("GET", "/2.0/users/me", headers=headers).json()["id"])
    assert len(ids) == 1
