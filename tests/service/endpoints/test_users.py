"""Users and tokens, from the token endpoint and from elsewhere."""

import json
import time

import jwt
import pytest
from api import Api, batch_body
from cryptography.hazmat.primitives import serialization

from docgen_nb import samples
from docgen_nb.service import LocalDocGen, ManualClock
from docgen_nb.service.endpoints.jwt import make_app_config

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
def test_a_wrong_token_gets_an_empty_401(guarded, header):
    reply = guarded("GET", "/2.0/users/me", headers={"Authorization": header})
    assert (reply.status_code, reply.content) == (401, b"")
    assert reply.headers["WWW-Authenticate"] == CHALLENGE


def test_the_token_of_the_service_belongs_to_the_default_user(guarded):
    me = guarded("GET", "/2.0/users/me", headers={"Authorization": "Bearer right"}).json()
    assert (me["type"], me["name"]) == ("user", "Default user")
    small = {"Authorization": "bearer right"}
    assert guarded("GET", "/2.0/users/me", headers=small).json() == me
    assert "enterprise" not in me


def test_the_token_endpoint_returns_a_token_of_its_subject(guarded):
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
         "The grant type is not supported."),
        ({"box_subject_type": "group"}, "invalid_grant", "Grant credentials are invalid"),
        ({"box_subject_id": ""}, "invalid_grant", "Grant credentials are invalid"),
        ({"box_subject_id": "9" * 30}, "invalid_grant", "Grant credentials are invalid"),
        ({"client_id": ""}, "invalid_client", "The client credentials are invalid."),
        ({"client_secret": "wrong"}, "invalid_client", "The client credentials are invalid."),
    ],
)  # fmt: skip
def test_wrong_credentials_get_an_oauth_error(guarded, changes, code, description):
    reply = guarded("POST", "/oauth2/token", data=GRANT | changes)
    assert reply.status_code == 400
    assert reply.json() == {"error": code, "error_description": description}


def test_a_token_expires():
    clock = ManualClock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        token = api("POST", "/oauth2/token", data=GRANT).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        clock.advance(3599)
        assert api("GET", "/2.0/users/me", headers=headers).status_code == 200
        clock.advance(1)
        assert api("GET", "/2.0/users/me", headers=headers).status_code == 401


def test_a_subject_is_always_the_same_user(guarded):
    ids = set()
    for _ in range(2):
        token = guarded("POST", "/oauth2/token", data=GRANT).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        ids.add(guarded("GET", "/2.0/users/me", headers=headers).json()["id"])
    assert len(ids) == 1


def token(api, **form):
    reply = api("POST", "/oauth2/token", data=form)
    assert reply.status_code == 200, reply.text
    return reply.json()["access_token"]


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
}


def test_the_answer_of_downscoping_names_no_scope_of_a_whole_root(api):
    form = EXCHANGE | {"subject_token": "any", "scope": "root_readonly item_preview"}

    assert api("POST", "/oauth2/token", data=form).json()["restricted_to"] == [
        {"scope": "item_preview"}
    ]


def test_a_downscoped_token_is_limited_to_its_scopes(api):
    file = api.upload(b"abc", name="a.txt")
    path = f"/2.0/files/{file['id']}"
    weak = bearer(token(api, **EXCHANGE, subject_token="any", scope="item_rename item_preview"))
    assert api("PUT", path, json={"name": "b.txt"}, headers=weak).status_code == 200
    for method, address in (("DELETE", path), ("GET", f"{path}/content")):
        reply = api(method, address, headers=weak)
        assert (reply.status_code, reply.json()["code"]) == (403, "insufficient_scope")
    readonly = bearer(token(api, **EXCHANGE, subject_token="any", scope="root_readonly"))
    assert api("GET", f"{path}/content", headers=readonly).status_code == 302
    assert api("POST", "/2.0/folders", json={}, headers=readonly).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"subject_token": ""}, {"scope": ""}, {"subject_token_type": "x"}]
)
def test_downscoping_needs_a_token_type_and_a_scope(api, wrong):
    form = EXCHANGE | {"subject_token": "any", "scope": "root_readonly"} | wrong
    assert api("POST", "/oauth2/token", data=form).status_code == 400


@pytest.mark.parametrize("issued", [True, False])
def test_a_revoked_token_is_refused(api, issued):
    access = token(api, **GRANT) if issued else "mine"
    assert api("GET", "/2.0/users/me", headers=bearer(access)).status_code == 200
    form = {"client_id": "id", "client_secret": "right", "token": access}
    assert api("POST", "/oauth2/revoke", data=form).status_code == 200
    for _ in range(2):
        assert api("GET", "/2.0/users/me", headers=bearer(access)).status_code == 401
        token(api, **GRANT)  # a grant deletes expired tokens


def test_users_read_only_their_own_batches_and_jobs(api):
    template = api.template(samples.template("Dear {{name}},"))
    batch = api.batch(batch_body(template, "0", [{"name": "Ada"}]))
    (job,) = api.entries("/2.0/docgen_jobs")
    subject = {"box_subject_type": "user", "box_subject_id": "4711"}
    other = Api(api.session, api.url, token(api, **GRANT | subject))

    for path in (f"/2.0/docgen_jobs/{job['id']}", f"/2.0/docgen_batch_jobs/{batch}"):
        assert api("GET", path).status_code == 200
        assert other("GET", path).status_code == 404
    assert other("GET", f"/2.0/docgen_template_jobs/{template}").status_code == 404
    assert other.entries("/2.0/docgen_jobs") == []


def test_users_are_created_acted_for_and_deleted(api):
    created = api("POST", "/2.0/users", json={"name": "Ada", "is_platform_access_only": True})
    assert created.status_code == 201
    user = created.json()["id"]
    as_user = {"As-User": user}
    assert api("GET", "/2.0/users/me", headers=as_user).json()["name"] == "Ada"
    api.upload(b"abc", name="a.txt")
    assert api("GET", "/2.0/folders/0/items", headers=as_user).json()["total_count"] == 0
    assert api("DELETE", f"/2.0/users/{user}").status_code == 204
    assert api("DELETE", f"/2.0/users/{user}").status_code == 404
    refused = api("GET", "/2.0/users/me", headers=as_user)
    assert refused.json()["code"] == "access_denied_insufficient_permissions"


def jwt_form(config, **changes):
    settings = config["boxAppSettings"]
    key = serialization.load_pem_private_key(
        settings["appAuth"]["privateKey"].encode(), settings["appAuth"]["passphrase"].encode()
    )
    claims = {
        "iss": settings["clientID"],
        "sub": config["enterpriseID"],
        "box_sub_type": "enterprise",
        "aud": "https://api.box.com/oauth2/token",
        "jti": "0123456789abcdef",
        "exp": time.time() + 30,
    }
    return {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_id": settings["clientID"],
        "client_secret": settings["clientSecret"],
        "assertion": jwt.encode(claims | changes, key, algorithm="RS256"),
    }


@pytest.fixture(scope="module")
def app_config():
    text, key = make_app_config(client_secret="right", enterprise_id="99")
    return json.loads(text), key


@pytest.fixture
def with_key(app_config):
    with LocalDocGen(token="right", jwt_key=app_config[1]) as local, local.session() as session:
        yield Api(session, "http://docgen.local")


def test_a_signed_assertion_belongs_to_the_service_account(with_key, app_config):
    got = token(with_key, **jwt_form(app_config[0]))
    me = with_key("GET", "/2.0/users/me", headers=bearer(got), params={"fields": "enterprise"})
    assert me.json()["enterprise"]["id"] == "99"


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"iss": "other"}, "The 'iss' claim must be the client_id."),
        ({"exp": 1}, "Current date time must be before the expiration date time listed in the "
                     "'exp' claim."),
        ({"exp": 9e9}, "The 'exp' claim must be at most 60 seconds from now."),
        ({"jti": "short"}, "The 'jti' claim must have 16 to 128 characters."),
        ({"aud": "other"}, "The assertion is not valid: Audience doesn't match."),
        ({"box_sub_type": "group"}, "Grant credentials are invalid"),
    ],
)  # fmt: skip
def test_an_invalid_assertion_is_refused_with_the_reason(
    with_key, app_config, changes, description
):
    reply = with_key("POST", "/oauth2/token", data=jwt_form(app_config[0], **changes))
    body = {"error": "invalid_grant", "error_description": description}
    assert (reply.status_code, reply.json()) == (400, body)


def test_an_assertion_of_another_key_is_refused(with_key, app_config):
    other, _ = make_app_config(client_secret="right", enterprise_id="99")
    form = jwt_form(json.loads(other))
    reply = with_key("POST", "/oauth2/token", data=form)
    description = "The assertion is not valid: Signature verification failed."
    assert reply.json() == {"error": "invalid_grant", "error_description": description}


def test_a_code_returns_a_pair_of_tokens_and_a_refresh_token_works_once(guarded):
    client = {"client_id": "id", "client_secret": "right"}

    def ask(**form):
        return guarded("POST", "/oauth2/token", data=client | form)

    first = ask(grant_type="authorization_code", code="any").json()
    second = ask(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second.status_code == 200
    headers = bearer(second.json()["access_token"])
    assert guarded("GET", "/2.0/users/me", headers=headers).json()["name"] == "Default user"
    again = ask(grant_type="refresh_token", refresh_token=first["refresh_token"])
    refused = {"error": "invalid_grant", "error_description": "Invalid refresh token"}
    assert (again.status_code, again.json()) == (400, refused)
    assert ask(grant_type="authorization_code").status_code == 400


def test_a_refresh_token_is_no_bearer_token_and_an_access_token_refreshes_nothing(api):
    client = {"client_id": "id", "client_secret": "any"}
    pair = api(
        "POST", "/oauth2/token", data=client | {"grant_type": "authorization_code", "code": "any"}
    ).json()

    swapped = client | {"grant_type": "refresh_token", "refresh_token": pair["access_token"]}
    assert api("POST", "/oauth2/token", data=swapped).status_code == 400
    path, refresh = "/2.0/users/me", pair["refresh_token"]
    assert api("GET", path, headers=bearer(refresh)).status_code == 401
    assert api("GET", path, headers=bearer(pair["access_token"])).status_code == 200
    right = client | {"grant_type": "refresh_token", "refresh_token": refresh}
    assert api("POST", "/oauth2/token", data=right).status_code == 200


@pytest.mark.parametrize(("days", "status"), [(60 - 1 / 86400, 200), (60, 400)])
def test_a_refresh_token_lasts_for_less_than_sixty_days(days, status):
    clock, client = ManualClock(), {"client_id": "id", "client_secret": "any"}
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        code = client | {"grant_type": "authorization_code", "code": "any"}
        refresh = api("POST", "/oauth2/token", data=code).json()["refresh_token"]
        clock.advance(round(days * 86400))
        form = client | {"grant_type": "refresh_token", "refresh_token": refresh}
        assert api("POST", "/oauth2/token", data=form).status_code == status


def test_a_downscoped_token_cannot_be_widened(api):
    weak = token(api, **EXCHANGE, subject_token="any", scope="item_download")
    form = EXCHANGE | {"subject_token": weak, "scope": "root_readwrite"}
    reply = api("POST", "/oauth2/token", data=form)
    description = "The scope is wider than that of the subject token."
    assert reply.json() == {"error": "invalid_scope", "error_description": description}
    assert token(api, **EXCHANGE, subject_token=weak, scope="root_readonly")


def test_tokens_of_a_deleted_user_are_refused(api):
    user = api("POST", "/2.0/users", json={"name": "Ada"}).json()["id"]
    subject = GRANT | {"box_subject_type": "user", "box_subject_id": user}
    got = bearer(token(api, **subject))
    assert api("GET", "/2.0/users/me", headers=got).status_code == 200
    assert api("DELETE", f"/2.0/users/{user}").status_code == 204
    assert api("GET", "/2.0/users/me", headers=got).status_code == 401
    assert api("POST", "/oauth2/token", data=subject).status_code == 400
