"""What app users and downscoped tokens may not do, whoever they name in As-User."""

import pytest
from api import Api

from docgen_nb.service import LocalDocGen, ManualClock

GRANT = {
    "grant_type": "client_credentials",
    "client_id": "id",
    "client_secret": "any",
    "box_subject_type": "user",
}
EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
}


def bearer(api, **form):
    access = api("POST", "/oauth2/token", data=form).json()["access_token"]
    return {"Authorization": f"Bearer {access}"}


@pytest.fixture
def user(api):
    return api("POST", "/2.0/users", json={"name": "Eve"}).json()["id"]


def test_an_app_user_acts_for_nobody_and_manages_no_users(api, user):
    admin = api("GET", "/2.0/users/me").json()["id"]
    eve = bearer(api, **GRANT, box_subject_id=user)
    assert api("GET", "/2.0/users/me", headers=eve).json()["id"] == user
    refused = [
        api("GET", "/2.0/users/me", headers={**eve, "As-User": admin}),
        api("POST", "/2.0/users", headers=eve, json={"name": "Mallory"}),
        api("DELETE", f"/2.0/users/{user}", headers=eve),
    ]
    assert [reply.status_code for reply in refused] == [403, 403, 403]
    assert api("GET", "/2.0/users/me", headers={"As-User": user}).json()["name"] == "Eve"


@pytest.mark.parametrize("scope", ["root_readwrite", "base_upload", "item_delete"])
def test_a_downscoped_token_manages_nothing_and_acts_for_nobody(api, user, scope):
    weak = bearer(api, **EXCHANGE, subject_token="any", scope=scope)
    for reply in (
        api("GET", "/2.0/users/me", headers={**weak, "As-User": user}),
        api("POST", "/2.0/users", headers=weak, json={"name": "Mallory"}),
        api("DELETE", f"/2.0/users/{user}", headers=weak),
        api("POST", "/2.0/webhooks", headers=weak, json={}),
    ):
        assert (reply.status_code, reply.json()["code"]) == (403, "insufficient_scope")


def test_a_downscoped_token_ends_with_its_parent():
    clock = ManualClock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        form = {**GRANT, "box_subject_type": "enterprise", "box_subject_id": "7000001"}
        parent = api("POST", "/oauth2/token", data=form).json()["access_token"]
        clock.advance(3000)
        form = {**EXCHANGE, "subject_token": parent, "scope": "root_readonly"}
        child = api("POST", "/oauth2/token", data=form).json()
        headers = {"Authorization": f"Bearer {child['access_token']}"}

        assert child["expires_in"] == 600
        assert api("GET", "/2.0/users/me", headers=headers).status_code == 200
        clock.advance(601)
        assert api("GET", "/2.0/users/me", headers=headers).status_code == 401


def test_a_token_for_uploads_aborts_its_session(api):
    weak = bearer(api, **EXCHANGE, subject_token="any", scope="base_upload")
    body = {"folder_id": "0", "file_size": 30_000_000, "file_name": "Large.bin"}
    session = api("POST", "/api/2.0/files/upload_sessions", headers=weak, json=body).json()
    path = f"/api/2.0/files/upload_sessions/{session['id']}"
    assert api("DELETE", path, headers=weak).status_code == 204


def test_folders_nested_deeper_than_calls_are_copied(api):
    def copy(folder, parent):
        body = {"name": folder, "parent": {"id": parent}}
        path = f"/2.0/folders/{folder}/copy"
        return api("POST", path, params={"fields": "id"}, json=body).json()["id"]

    def inside(folder):
        return api.entries(f"/2.0/folders/{folder}/items")[0]["id"]

    chain = api.folder("0")
    for doubled in range(10):  # to 1024 folders
        longer = bottom = copy(chain, "0")
        for _ in range(2**doubled - 1):
            bottom = inside(bottom)
        copy(chain, bottom)
        chain = longer
    assert inside(copy(chain, "0"))
