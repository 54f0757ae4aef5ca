"""Box's official Python SDK with each kind of token, over HTTP and HTTPS.

The calls and checks of its own suites of auth and client; its package ships no tests.
"""

import os
from io import BytesIO

import pytest
from box_sdk_gen import (
    BaseUrls,
    BoxAPIError,
    BoxDeveloperTokenAuth,
    BoxOAuth,
    BoxSDKError,
    OAuthConfig,
)
from box_sdk_gen.box.developer_token_auth import DeveloperTokenConfig
from box_sdk_gen.networking.fetch_options import FetchOptions, MultipartItem, ResponseFormat
from box_sdk_gen.networking.timeout_config import TimeoutConfig
from clients.sdk import ENTERPRISE, SECRET, USER, folder, name, refusal, sdk_place, upload

from docgen_nb.service import Fault

# The SDK's message for a developer token that is refused.
EXPIRED = "Developer token has expired. Please provide a new one."


@pytest.fixture(scope="module", params=["http", "https"])
def place(request, tmp_path_factory):
    with sdk_place(request.param, tmp_path_factory.mktemp("tls")) as place:
        yield place


@pytest.fixture
def client(place):
    return place.connect(place.jwt())


def developer(place, auth=None):
    """A token of another authentication, used as a developer token."""
    auth = auth or place.credentials()
    token = auth.retrieve_token(network_session=place.network).access_token
    config = DeveloperTokenConfig(client_id=place.client_id, client_secret=SECRET)
    return BoxDeveloperTokenAuth(token, config=config)


def oauth(place):
    """Three-legged OAuth with a token that a user has granted."""
    auth = BoxOAuth(OAuthConfig(place.client_id, SECRET))
    token = place.credentials(user_id=USER).retrieve_token(network_session=place.network)
    auth.token_storage.store(token)
    return auth


WAYS = {
    "jwt": lambda place: place.jwt(),
    "credentials": lambda place: place.credentials(),
    "developer token": developer,
    "oauth": oauth,
}


@pytest.fixture(params=WAYS)
def auth(request, place):
    """Each way to authenticate."""
    return WAYS[request.param](place)


@pytest.mark.parametrize("way", ["jwt", "credentials"])
def test_a_subject_is_a_user_or_the_service_account_of_an_enterprise(place, way):
    auth = WAYS[way](place)
    user = place.connect(auth.with_user_subject(USER)).users.get_user_me()
    account = place.connect(auth.with_enterprise_subject(ENTERPRISE))
    me = account.users.get_user_me(fields=["enterprise"])
    assert user.id == USER
    assert (me.enterprise.id, me.id == USER) == (ENTERPRISE, False)


def test_a_developer_token_belongs_to_its_subject(place):
    auth = developer(place, place.credentials(user_id=USER))
    assert place.connect(auth).users.get_user_me().id == USER


def narrowed(place, auth, scopes, **resource):
    token = auth.downscope_token(scopes, network_session=place.network, **resource)
    return place.connect(BoxDeveloperTokenAuth(token.access_token))


def test_a_token_for_renaming_renames_a_file_and_does_not_delete_it(place, auth):
    whole = place.connect(auth)
    file, new = upload(whole), name()
    resource = f"https://api.box.com/2.0/files/{file.id}"

    less = narrowed(place, auth, ["item_rename", "item_preview"], resource=resource)

    assert less.files.update_file_by_id(file.id, name=new).name == new
    assert refusal(lambda: less.files.delete_file_by_id(file.id)) == (403, "insufficient_scope")
    whole.files.delete_file_by_id(file.id)


def test_a_token_for_renaming_renames_a_folder_and_does_not_delete_it(place, auth):
    whole = place.connect(auth)
    created, new = folder(whole), name()
    resource = f"https://api.box.com/2.0/folders/{created.id}"

    less = narrowed(place, auth, ["item_rename", "item_preview"], resource=resource)

    assert less.folders.update_folder_by_id(created.id, name=new).name == new
    assert refusal(lambda: less.folders.delete_folder_by_id(created.id)) == (
        403,
        "insufficient_scope",
    )
    whole.folders.delete_folder_by_id(created.id)


def test_a_token_for_reading_does_not_upload(place, auth):
    less = narrowed(place, auth, ["root_readonly"])
    assert refusal(lambda: upload(less)) == (403, "insufficient_scope")
    assert less.folders.get_folder_by_id("0").name == "All Files"


@pytest.mark.parametrize("way", ["jwt", "credentials"])
def test_a_revoked_token_is_replaced(place, way):
    auth = WAYS[way](place)
    before = auth.retrieve_token(network_session=place.network).access_token

    auth.revoke_token(network_session=place.network)

    with pytest.raises(BoxSDKError) as raised:
        place.connect(BoxDeveloperTokenAuth(before)).users.get_user_me()
    assert raised.value.message == EXPIRED
    assert auth.retrieve_token(network_session=place.network).access_token != before


def test_a_revoked_developer_token_is_refused(place):
    auth = developer(place)
    token = auth.retrieve_token(network_session=place.network)
    auth.revoke_token(network_session=place.network)
    with pytest.raises(BoxSDKError) as raised:
        place.connect(BoxDeveloperTokenAuth(token.access_token)).users.get_user_me()
    assert raised.value.message == EXPIRED


def test_a_revoked_oauth_token_needs_a_refresh_token(place):
    auth = oauth(place)
    token = auth.token_storage.get()
    client = place.connect(auth)
    assert client.users.get_user_me().id == USER
    auth.revoke_token(network_session=place.network)
    auth.token_storage.store(token)

    with pytest.raises(BoxSDKError):
        client.users.get_user_me()
    with pytest.raises(BoxAPIError) as raised:
        auth.refresh_token(network_session=place.network)
    info = raised.value.response_info
    assert (info.status_code, info.body["error"]) == (400, "invalid_grant")


def test_an_unknown_token_cannot_be_downscoped(place):
    auth = BoxDeveloperTokenAuth("made up")
    with pytest.raises(BoxAPIError) as raised:
        narrowed(place, auth, ["item_preview"], resource="https://api.box.com/2.0/files/12345")
    info = raised.value.response_info
    assert (info.status_code, info.body["error"]) == (400, "invalid_grant")


# Custom requests and options of the client.


def fetch(place, client, method, path, **options):
    return client.make_request(FetchOptions(f"{place.url}{path}", method, **options))


def test_custom_requests_send_json(place, client):
    first, second = name(), name()
    created = fetch(
        place, client, "POST", "/2.0/folders", data={"name": first, "parent": {"id": "0"}}
    )
    path = f"/2.0/folders/{created.data['id']}"
    assert (created.status, created.data["name"]) == (201, first)
    assert fetch(place, client, "PUT", path, data={"name": second}).data["name"] == second
    assert fetch(place, client, "GET", path).data["name"] == second
    gone = fetch(place, client, "DELETE", path, response_format=ResponseFormat.NO_CONTENT)
    assert gone.status == 204


def test_custom_requests_send_multipart_with_a_numeric_id(place, client):
    created = folder(client)
    attributes = {"name": "newFile.pdf", "parent": {"id": int(created.id)}}
    parts = [
        MultipartItem("attributes", data=attributes),
        MultipartItem("file", file_stream=BytesIO(os.urandom(1000))),
    ]
    options = {"multipart_data": parts, "content_type": "multipart/form-data"}
    sent = fetch(place, client, "POST", "/api/2.0/files/content", **options)
    assert sent.data["entries"][0]["parent"]["id"] == created.id
    client.folders.delete_folder_by_id(created.id, recursive=True)


def test_custom_requests_return_bytes(place, client):
    content = os.urandom(1000)
    file = upload(client, BytesIO(content))
    binary = {"response_format": ResponseFormat.BINARY}
    reply = fetch(place, client, "GET", f"/2.0/files/{file.id}/content", **binary)
    assert reply.content.read() == content


@pytest.mark.parametrize(
    "as_user",
    [
        lambda client, id: client.with_as_user_header(id),
        lambda client, id: client.with_extra_headers(extra_headers={"As-User": id}),
    ],
    ids=["as user", "extra headers"],
)
def test_as_user_works_within_the_enterprise(client, as_user):
    called = name()
    user = client.users.create_user(called, is_platform_access_only=True)
    assert as_user(client, user.id).users.get_user_me().name == called
    assert client.users.get_user_me().name != called
    client.users.delete_user_by_id(user.id)
    assert refusal(lambda: as_user(client, user.id).users.get_user_me()) == (
        403,
        "access_denied_insufficient_permissions",
    )


def test_notifications_can_be_suppressed(client):
    quiet = client.with_suppressed_notifications()
    assert quiet.users.get_user_me().id == client.users.get_user_me().id


def test_another_base_url_is_used(place, client):
    urls = BaseUrls(base_url=f"{place.url}/nowhere")
    assert refusal(lambda: client.with_custom_base_urls(urls).users.get_user_me()) == (
        404,
        "not_found",
    )


def test_a_slow_reply_times_out(place, client):
    client.users.get_user_me()
    place.local.set_faults([Fault("slow", seconds=0.5, path="/2.0/users/me")])
    hasty = client.with_timeouts(TimeoutConfig(read_timeout_ms=1))
    patient = client.with_timeouts(TimeoutConfig(read_timeout_ms=60_000))

    with pytest.raises(BoxSDKError):
        hasty.users.get_user_me()
    assert patient.users.get_user_me().type == "user"
    place.local.set_faults([])
