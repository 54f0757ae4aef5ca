"""Event streams: their events, users, positions and long polling."""

import threading
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from api import Api, batch_body, error
from box_sdk_gen import (
    BaseUrls,
    BoxClient,
    BoxDeveloperTokenAuth,
    BoxNetworkClient,
    NetworkSession,
)
from box_sdk_gen.schemas.event_source import EventSource
from box_sdk_gen.schemas.file import File
from box_sdk_gen.schemas.folder import Folder
from box_sdk_gen.schemas.user import User
from served import wait_until

from docgen_nb import samples
from docgen_nb.service import LocalDocGen, ManualClock, Request
from docgen_nb.service.storage.events import EventWaiter


def types(api, **query):
    return [event["event_type"] for event in api.entries("/2.0/events", **query)]


def token_of(api, **subject):
    form = {
        "grant_type": "client_credentials",
        "client_id": "a",
        "client_secret": "b",
        "box_subject_type": next(iter(subject)),
        "box_subject_id": next(iter(subject.values())),
    }
    return api("POST", "/oauth2/token", data=form).json()["access_token"]


def test_each_action_on_a_file_is_an_event_in_order(api):
    folder = api.folder("Out")
    file = api.upload(b"one", name="a.txt")["id"]
    api("PUT", f"/2.0/files/{file}", json={"name": "b.txt", "parent": {"id": folder}})
    api("PUT", f"/2.0/files/{file}", json={"lock": {"access": "lock"}})
    api("PUT", f"/2.0/files/{file}", json={"lock": None})
    api.content(file)
    api("POST", f"/2.0/files/{file}/copy", json={"name": "c.txt", "parent": {"id": "0"}})
    api("DELETE", f"/2.0/files/{file}")
    api("POST", f"/2.0/files/{file}")
    assert types(api) == [
        "ITEM_CREATE",
        "ITEM_UPLOAD",
        "ITEM_RENAME",
        "ITEM_MOVE",
        "LOCK_CREATE",
        "LOCK_DESTROY",
        "ITEM_DOWNLOAD",
        "ITEM_COPY",
        "ITEM_TRASH",
        "ITEM_UNDELETE_VIA_TRASH",
    ]
    assert types(api, stream_type="admin_logs") == [
        "UPLOAD",
        "RENAME",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "DOWNLOAD",
        "COPY",
        "DELETE",
        "UNDELETE",
    ]


def test_actions_on_folders_are_events(api):
    a, b = api.folder("A"), api.folder("B")
    api("PUT", f"/2.0/folders/{a}", json={"name": "C", "parent": {"id": b}})
    api("POST", f"/2.0/folders/{a}/copy", json={"name": "D", "parent": {"id": "0"}})
    api("DELETE", f"/2.0/folders/{b}", params={"recursive": "true"})
    actions = [(e["event_type"], e["source"]["name"]) for e in api.entries("/2.0/events")]
    assert actions == [
        ("ITEM_CREATE", "A"),
        ("ITEM_CREATE", "B"),
        ("ITEM_RENAME", "C"),
        ("ITEM_MOVE", "C"),
        ("ITEM_COPY", "D"),
        ("ITEM_TRASH", "B"),
    ]


def test_a_user_event_has_the_full_file_and_its_author(both):
    folder = both.folder("Out")
    file = both.upload(b"one", name="a.txt", parent=folder)
    event = both.entries("/2.0/events")[-1]
    me = both("GET", "/2.0/users/me").json()
    assert event["type"] == "event"
    assert len(event["event_id"]) == 32
    assert event["created_at"] == event["recorded_at"]
    assert event["created_by"] == {key: me[key] for key in ("type", "id", "name", "login")}
    assert event["source"] == both("GET", f"/2.0/files/{file['id']}").json()
    assert "additional_details" not in event


def test_the_source_of_an_event_does_not_change_later(api):
    file = api.upload(b"one", name="a.txt")["id"]
    api("PUT", f"/2.0/files/{file}", json={"name": "b.txt"})
    names = [event["source"]["name"] for event in api.entries("/2.0/events")]
    assert names == ["a.txt", "b.txt"]


def test_an_admin_event_names_the_item_and_its_version(api):
    folder = api.folder("Out")
    file = api.upload(b"12345", name="a.txt", parent=folder)
    (event,) = api.entries("/2.0/events", stream_type="admin_logs", event_type="UPLOAD")
    source = event["source"]
    assert (source["item_type"], source["item_id"], source["item_name"]) == (
        "file",
        file["id"],
        "a.txt",
    )
    assert source["parent"]["id"] == folder
    assert source["owned_by"] == event["created_by"]
    assert event["additional_details"] == {
        "service_id": "docgen-nb",
        "service_name": "docgen-nb",
        "size": 5,
        "version_id": file["file_version"]["id"],
    }


def test_created_and_deleted_users_are_enterprise_events_only(api):
    user = api("POST", "/2.0/users", json={"name": "Ann", "is_platform_access_only": True}).json()
    api("DELETE", f"/2.0/users/{user['id']}")
    (event,) = api.entries("/2.0/events", stream_type="admin_logs", event_type="DELETE_USER")
    assert event["source"] == {key: user[key] for key in ("type", "id", "name", "login")}
    assert types(api, stream_type="admin_logs") == ["NEW_USER", "DELETE_USER"]
    assert types(api) == []


def test_a_refused_call_is_not_an_event(api):
    api.folder("A")
    api("POST", "/2.0/folders", json={"name": "a", "parent": {"id": "0"}})
    api("DELETE", "/2.0/users/1")
    assert types(api) == ["ITEM_CREATE"]
    assert types(api, stream_type="admin_logs") == []


def test_documents_of_jobs_are_upload_events(api, local):
    template = api.template(samples.template("{{name}}"))
    api.batch(batch_body(template, "0", [{"name": "a"}, {"name": "b"}]))
    local.finish()
    assert types(api) == ["ITEM_UPLOAD"] * 3


def test_the_changes_stream_omits_events_without_changes(api):
    file = api.upload(b"one", name="a.txt")["id"]
    api.content(file)
    api("PUT", f"/2.0/files/{file}", json={"lock": {}})
    assert types(api, stream_type="all") == ["ITEM_UPLOAD", "ITEM_DOWNLOAD", "LOCK_CREATE"]
    assert types(api, stream_type="changes") == ["ITEM_UPLOAD"]
    assert types(api, stream_type="sync") == ["ITEM_UPLOAD"]


def test_positions_walk_the_stream_without_loss_or_repeat(api):
    for number in range(5):
        api.folder(f"F{number}")
    names, position = [], "0"
    for size in (2, 2, 1, 0):
        query = {"limit": 2, "stream_position": position}
        page = api("GET", "/2.0/events", params=query).json()
        assert page["chunk_size"] == len(page["entries"]) == size
        names += [event["source"]["name"] for event in page["entries"]]
        position = page["next_stream_position"]
    assert names == ["F0", "F1", "F2", "F3", "F4"]


def test_position_now_returns_the_position_alone(api):
    api.folder("A")
    now = api("GET", "/2.0/events", params={"stream_position": "now"}).json()
    assert (now["chunk_size"], now["entries"]) == (0, [])
    api.folder("B")
    later = api.entries("/2.0/events", stream_position=now["next_stream_position"])
    assert [event["source"]["name"] for event in later] == ["B"]
    assert len(api.entries("/2.0/events", stream_position="null")) == 2


def test_dates_filter_admin_logs_only():
    clock = ManualClock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        times = []
        for name in ("a", "b", "c"):
            api.upload(b"", name=name)
            times.append(api.entries("/2.0/events")[-1]["created_at"])
            clock.advance(3600)
        bounds = {"created_after": times[1], "created_before": times[1].replace("+00:00", "Z")}
        entries = api.entries("/2.0/events", stream_type="admin_logs", **bounds)
        assert [event["source"]["item_name"] for event in entries] == ["b"]
        plus = f"/2.0/events?stream_type=admin_logs&created_after={times[2]}"
        assert len(api.entries(plus)) == 1
        assert len(api.entries("/2.0/events", stream_type="admin_logs_streaming", **bounds)) == 3
        assert len(api.entries("/2.0/events", **bounds)) == 3


def test_streams_keep_events_as_many_days_as_box():
    clock = ManualClock()
    with LocalDocGen(clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        api.upload(b"", name="a")
        seen = []
        for days in (13, 2, 5, 2, 342, 2):
            clock.advance(days * 24 * 3600)
            streams = ("all", "admin_logs", "admin_logs_streaming")
            seen.append([len(types(api, stream_type=stream)) for stream in streams])
        assert seen == [[1, 1, 1], [1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_users_see_only_their_own_events(api, local):
    token = token_of(api, user="4711")
    other = Api(api.session, api.url, token)
    api.folder("Mine")
    other.folder("Theirs")
    assert [event["source"]["name"] for event in other.entries("/2.0/events")] == ["Theirs"]
    assert [event["source"]["name"] for event in api.entries("/2.0/events")] == ["Mine"]


def test_enterprises_see_only_their_own_events(api):
    other = Api(api.session, api.url, token_of(api, enterprise="99"))
    other.upload(b"", name="theirs")
    assert types(other, stream_type="admin_logs") == ["UPLOAD"]
    assert types(api, stream_type="admin_logs") == []


def test_an_app_user_is_not_an_admin(api):
    user = api("POST", "/2.0/users", json={"name": "Ann"}).json()
    as_user = {"As-User": user["id"]}
    refused = api("GET", "/2.0/events", params={"stream_type": "admin_logs"}, headers=as_user)
    assert error(refused) == (
        403,
        "access_denied_insufficient_permissions",
        "Only admins can read the events of an enterprise",
    )


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"stream_type": "x"}, "bad_request", "Unknown stream type 'x'"),
        ({"limit": "-1"}, "invalid_limit", "Limit is not a valid number"),
        ({"limit": "0"}, "invalid_limit", "Limit is not a valid number"),
        ({"stream_position": "x"}, "bad_request", "'stream_position' must be a number or 'now'"),
        (
            {"stream_type": "admin_logs", "created_after": "soon"},
            "bad_request",
            "'created_after' must be a time such as 2026-03-31T09:00:00Z, not 'soon'",
        ),
    ],
)
def test_invalid_queries_are_refused(api, query, code, message):
    assert error(api("GET", "/2.0/events", params=query)) == (400, code, message)


def server_of(api):
    servers = api("OPTIONS", "/2.0/events").json()
    assert servers["chunk_size"] == 1
    (server,) = servers["entries"]
    assert server["type"] == "realtime_server"
    assert server["url"].startswith(f"{api.url}/realtime/subscribe?channel=")
    return server["url"]


def test_long_polling_needs_no_token_and_ends_with_the_next_event(port_api, local):
    url = server_of(port_api)
    position = port_api("GET", "/2.0/events", params={"stream_position": "now"}).json()
    after = position["next_stream_position"]
    answers = []

    def wait():
        reply = port_api("GET", f"{url}&stream_position={after}", headers={"Authorization": None})
        answers.append(reply.json())

    waiting = threading.Thread(target=wait)
    waiting.start()
    port_api.folder("A")
    waiting.join(timeout=20)
    assert answers == [{"message": "new_change"}]


def test_long_polling_without_an_event_ends_with_reconnect(both, local):
    local.context.event_waiter.seconds = 0.0
    both.folder("A")
    assert both("GET", server_of(both)).json() == {"message": "reconnect"}
    assert both("GET", f"{server_of(both)}&stream_position=0").json() == {"message": "new_change"}


def test_waiting_calls_can_be_released(local):
    answers = []

    with local.session() as session:
        api = Api(session, "http://docgen.local")
        url = server_of(api)
        waiting = threading.Thread(target=lambda: answers.append(api("GET", url).json()))
        waiting.start()
        wait_until(lambda: local.context.event_waiter.waiting == 1)
        local.context.event_waiter.release()
        waiting.join(timeout=20)
    assert answers == [{"message": "reconnect"}]


def test_the_number_of_waiting_calls_is_limited(api, local):
    local.context.event_waiter.waiting = EventWaiter.MAX_WAITING
    url = urlsplit(server_of(api))

    reply = local.handle(Request("GET", url.path, query=parse_qsl(url.query)))

    assert (reply.content(), reply.wait) == (b'{"message":"reconnect"}', 5.0)


@pytest.mark.parametrize("channel", ["", "1.x", "x", "5000001." + "0" * 64])
def test_an_unsigned_channel_is_refused(api, channel):
    assert error(api("GET", f"/realtime/subscribe?channel={channel}")) == (
        404,
        "not_found",
        "Not Found: channel",
    )


@pytest.fixture
def sdk(local):
    with local.listen() as url, requests.Session() as session:
        session.trust_env = False
        urls = BaseUrls(base_url=url, upload_url=f"{url}/api", oauth_2_url=f"{url}/oauth2")
        network = NetworkSession(base_urls=urls, network_client=BoxNetworkClient(session))
        yield BoxClient(BoxDeveloperTokenAuth("any"), network_session=network)


def test_boxs_sdk_reads_each_kind_of_source(sdk, api):
    folder = api.folder("A")
    file = api.upload(b"12345", name="a.txt", parent=folder)["id"]
    user = api("POST", "/2.0/users", json={"name": "Ann"}).json()["id"]
    api("DELETE", f"/2.0/users/{user}")
    created, uploaded = sdk.events.get_events().entries
    assert (type(created.source), created.source.id) == (Folder, folder)
    assert (type(uploaded.source), uploaded.source.id) == (File, file)
    assert uploaded.created_by.type == "user"
    admin = sdk.events.get_events(stream_type="admin_logs", event_type=["UPLOAD", "DELETE_USER"])
    first, last = admin.entries
    assert (type(first.source), first.source.item_id) == (EventSource, file)
    assert first.additional_details["service_id"] == "docgen-nb"
    assert (type(last.source), last.source.id) == (User, user)


def test_boxs_sdk_follows_the_stream_by_long_polling(sdk, local, api):
    stream = sdk.events.get_event_stream()
    names = []

    def follow():
        for event in stream:
            names.append(event.source.name)
            if len(names) == 2:
                stream.stop()

    following = threading.Thread(target=follow, daemon=True)
    following.start()
    for name in ("A", "B"):
        wait_until(lambda: local.context.event_waiter.waiting == 1)
        api.folder(name)
        wait_until(lambda name=name: names[-1:] == [name])
    following.join(timeout=20)
    assert names == ["A", "B"]
