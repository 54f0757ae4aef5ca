"""Tests of the client with servers, proxies and networks that fail."""

import io
import json
import math
import select
import socket
import socketserver
import threading
from contextlib import contextmanager, nullcontext

import msgspec
import pytest
import requests
from requests.adapters import HTTPAdapter
from standin import Answer, scripted
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError

from docgen_nb.auth import ClientCredentials, GivenToken
from docgen_nb.client import Client, time_limit
from docgen_nb.client.retries import BoundedRetry, unreachable, wait_for_another_try
from docgen_nb.errors import (
    BadRequest,
    BoxUnavailable,
    NotReady,
    RateLimited,
    Unauthorized,
    Unreachable,
    UnreadableReply,
)

JOB = {"type": "docgen_job", "id": "7"}
BATCH = {"type": "docgen_batch", "id": "3"}
FILE = {"total_count": 1, "entries": [{"type": "file", "id": "9"}]}
NOT_BOX = (
    "which is not a reply of Box's API. Check that the URL given to connect() is that of a Doc Gen "
    "service, and that no proxy or login page answers instead."
)


class Reference(msgspec.Struct):
    id: str


def page(*ids, **rest):
    return Answer(body={"entries": [{"id": id} for id in ids], "limit": 2, **rest})


def client_of(url, **more):
    return Client(url, token_source=GivenToken("t0ken"), **more)


def credentials():
    return ClientCredentials(
        client_id="abc", client_secret="s3cret", subject_type="user", subject_id="8"
    )


def session_without_waits():
    """Return a session that retries as the client does, without the waits."""
    session = requests.Session()
    session.trust_env = False
    retries = BoundedRetry.of_safe_methods().new(backoff_factor=0, backoff_jitter=0)
    session.mount("http://", HTTPAdapter(max_retries=retries))
    return session


# Listings


@pytest.mark.parametrize("end", [{"next_marker": None}, {"next_marker": ""}, {}])
def test_iteration_ends_at_a_page_without_a_next_marker(end):
    script = [page("1", "2", next_marker="a"), page("3", **end)]
    with scripted(*script) as (url, received), client_of(url) as box:
        job_ids = [job["id"] for job in box.list_jobs(limit=2)]

    assert job_ids == ["1", "2", "3"]
    assert [request.path for request in received] == [
        "/2.0/docgen_jobs?limit=2",
        "/2.0/docgen_jobs?limit=2&marker=a",
    ]


def test_each_iteration_fetches_again():
    with scripted(page("1"), page("1", "2")) as (url, _), client_of(url) as box:
        jobs = box.list_jobs()

        assert [job["id"] for job in jobs] == ["1"]
        assert [job["id"] for job in jobs] == ["1", "2"]


def test_a_listing_fetches_one_page_at_a_time():
    with scripted(page("1", next_marker="a"), page("2")) as (url, received), client_of(url) as box:
        jobs = iter(box.list_jobs())
        next(jobs)
        after_one = len(received)
        next(jobs)

        assert (after_one, len(received)) == (1, 2)


def test_the_entries_of_a_page_are_decoded_as_a_struct_where_they_fit():
    bodies = [
        b'{ "entries" : [{"id": "7"}], "next_marker": "a"}',
        b'{"entries":[{"id": "8"}, {"id": 9}] }',
    ]
    with scripted(*(Answer(body=body) for body in bodies)) as (url, _), client_of(url) as box:
        pages = list(box.list_jobs().pages(Reference))

    assert pages == [[Reference("7")], [{"id": "8"}, {"id": 9}]]


def test_the_repr_of_a_listing_fetches_nothing():
    with scripted() as (url, received), client_of(url) as box:
        texts = repr(box.list_folder_items("5", fields=["id", "name"], limit=10))

    assert texts == (
        "<Listing of GET /2.0/folders/5/items?limit=10&usemarker=true&fields=id,name, "
        "fetched on iteration>"
    )
    assert received == []


@pytest.mark.parametrize("markers", [["a", "a"], ["a", "b", "a"]])
def test_a_repeated_marker_is_an_error(markers):
    script = [page("1", next_marker=marker) for marker in markers]
    with (
        scripted(*script) as (url, received),
        client_of(url) as box,
        pytest.raises(UnreadableReply) as caught,
    ):
        list(box.list_jobs())

    assert str(caught.value) == (
        "GET /2.0/docgen_jobs named the marker 'a' twice: its list has no end."
    )
    assert len(received) == len(markers)


# Replies that are not the API's


def test_an_html_page_raises_an_error_that_says_what_to_check():
    html = Answer(body=b"<!DOCTYPE html>", headers={"content-type": "text/html; charset=utf-8"})
    with scripted(html, html) as (url, _), client_of(url) as box:
        with pytest.raises(UnreadableReply) as one:
            box.get_me()
        with pytest.raises(UnreadableReply) as many:
            list(box.list_jobs())

    assert str(one.value) == f"{url}/2.0/users/me answered 200 with text/html, {NOT_BOX}"
    assert str(many.value) == f"{url}/2.0/docgen_jobs answered 200 with text/html, {NOT_BOX}"


def test_a_redirected_call_is_not_followed():
    elsewhere = Answer(302, headers={"location": "https://box.example/login"})
    with (
        scripted(elsewhere) as (url, received),
        client_of(url) as box,
        pytest.raises(UnreadableReply) as caught,
    ):
        box.create_batch({})

    assert str(caught.value) == (
        f"{url}/2.0/docgen_batches answered 302 with no content type, {NOT_BOX}"
    )
    assert len(received) == 1


@pytest.mark.parametrize("body", [{"entries": []}, {"entries": [1]}, {"total_count": 0}])
def test_the_reply_to_an_upload_must_hold_the_file(body):
    with (
        scripted(Answer(201, body)) as (url, _),
        client_of(url) as box,
        pytest.raises(UnreadableReply) as caught,
    ):
        box.upload_file(b"x", name="x.docx")

    assert str(caught.value) == (
        f"{url}/2.0/files/content answered 201 with no content type, {NOT_BOX}"
    )


def test_a_download_requires_status_200():
    with (
        scripted(Answer(201, FILE), Answer(202)) as (url, _),
        client_of(url) as box,
    ):
        with pytest.raises(UnreadableReply) as other:
            box.download_file("9")
        with pytest.raises(NotReady) as early:
            box.download_file("9")

    assert str(other.value) == (
        f"{url}/2.0/files/9/content answered 201 with no content type, {NOT_BOX}"
    )
    assert str(early.value) == "Box has not finished yet. Try again in a few seconds."


def test_a_204_instead_of_an_object_is_unreadable():
    with (
        scripted(Answer(204)) as (url, _),
        client_of(url) as box,
        pytest.raises(UnreadableReply) as caught,
    ):
        box.get_job("7")

    assert str(caught.value) == (
        f"{url}/2.0/docgen_jobs/7 answered 204 with no content type, {NOT_BOX}"
    )


# No reply


def test_a_reply_that_is_truncated_five_times_is_unreachable():
    with (
        scripted(*[Answer(body=b'{"id": ', missing=10)] * 5) as (url, received),
        session_without_waits() as session,
        client_of(url, session=session) as box,
        pytest.raises(Unreachable) as caught,
    ):
        box.get_job("7")

    assert len(received) == 5

    assert str(caught.value) == (
        f"No reply to GET {url}/2.0/docgen_jobs/7: the reply was cut off or damaged. "
        "Check the network, then try again."
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(202, b'{"id": ', missing=10), "the reply was cut off or damaged"),
        (Answer(silent=True), "the connection was closed"),
    ],
)
def test_a_batch_without_a_reply_is_sent_once_and_may_exist(answer, reason):
    with (
        scripted(answer) as (url, received),
        client_of(url) as box,
        pytest.raises(Unreachable) as caught,
    ):
        box.create_batch({"input_source": "api"})

    assert str(caught.value) == (
        f"No reply to POST {url}/2.0/docgen_batches: {reason}. "
        "The request may still have been carried out: check before you send it again."
    )
    assert len(received) == 1


@contextmanager
def ending_at_the_second_request():
    """A server that ends each connection as its second request arrives; give URL and requests."""
    received = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            data = b""
            while not (data.endswith(b"\r\n\r\n") or b"\r\n\r\n{" in data):
                data += self.request.recv(65536)
            received.append(data.split()[0])
            body = json.dumps(JOB).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n"
            self.request.sendall(f"{head}content-type: application/json\r\n\r\n".encode() + body)
            select.select([self.request], [], [])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", received
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("is_given", [False, True])
def test_a_batch_is_not_sent_on_a_connection_that_was_idle(is_given, monkeypatch):
    monkeypatch.setattr(time_limit, "IDLE_SECONDS", math.inf)
    with (
        ending_at_the_second_request() as (url, received),
        requests.Session() if is_given else nullcontext() as session,
        client_of(url, session=session) as box,
    ):
        box.get_job("7")
        with pytest.raises(Unreachable, match="the connection was closed") as caught:
            box.create_batch({})
        assert (received, caught.value.may_have_arrived) == ([b"GET"], True)

        box.get_job("7")
        monkeypatch.setattr(time_limit, "IDLE_SECONDS", 0)
        assert box.create_batch({}) == JOB
        assert received == [b"GET", b"GET", b"POST"]


def test_a_refused_connection_names_the_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with client_of(url) as box, pytest.raises(Unreachable) as caught:
            box.create_batch({})

    assert str(caught.value) == (
        f"No reply to POST {url}/2.0/docgen_batches: nothing listens at this address. "
        "Check the URL given to connect(), the network and the proxy."
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests.exceptions.ProxyError(), "the proxy refuses the connection"),
        (requests.exceptions.SSLError(), "no trusted encrypted connection is possible"),
        (requests.ConnectTimeout(), "no connection within 10 seconds"),
        (requests.ConnectionError(socket.gaierror()), "the host name is unknown"),
    ],
    ids=["proxy", "encryption", "slow connection", "name"],
)
def test_an_unsent_request_says_to_check_the_connection(error, reason):
    assert str(unreachable("PUT", "https://b.example/x", error, timeouts=(10, 60, 600))) == (
        f"No reply to PUT https://b.example/x: {reason}. "
        "Check the URL given to connect(), the network and the proxy."
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests.ReadTimeout(), "no data for 60 seconds"),
        (requests.TooManyRedirects(), "it redirects endlessly"),
        (requests.exceptions.ContentDecodingError(), "the reply was cut off or damaged"),
        (requests.exceptions.MissingSchema(), "requests raised MissingSchema"),
    ],
    ids=["no data", "redirects", "encoding", "other"],
)
def test_a_sent_get_says_to_try_again(error, reason):
    assert str(unreachable("GET", "https://b.example/x", error, timeouts=(10, 60, 600))) == (
        f"No reply to GET https://b.example/x: {reason}. Check the network, then try again."
    )


# Retries


def test_a_failed_tls_handshake_is_not_retried():
    calls = []

    class Plain(socketserver.BaseRequestHandler):
        def handle(self):
            calls.append(self.request.recv(1000)[:1])
            self.request.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Plain) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"https://127.0.0.1:{server.server_address[1]}"
        with client_of(url) as box, pytest.raises(Unreachable) as caught:
            box.get_me()
        server.shutdown()
        thread.join()

    assert str(caught.value) == (
        f"No reply to GET {url}/2.0/users/me: no trusted encrypted connection is possible. "
        "Check the URL given to connect(), the network and the proxy."
    )
    assert len(calls) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_temporary_failure_of_a_get_is_retried(status):
    with scripted(Answer(status), Answer(body=JOB)) as (url, received), client_of(url) as box:
        assert box.get_job("7") == JOB

    assert len(received) == 2


def test_a_get_without_a_reply_is_retried():
    with scripted(Answer(silent=True), Answer(body=JOB)) as (url, received), client_of(url) as box:
        assert box.get_job("7") == JOB

    assert len(received) == 2


def test_a_delete_is_retried():
    with scripted(Answer(503), Answer(204)) as (url, received), client_of(url) as box:
        box.delete_file("9")

    assert [request.method for request in received] == ["DELETE", "DELETE"]


def test_a_request_is_sent_at_most_five_times():
    script = [Answer(503, {"code": "unavailable", "message": "Busy"})] * 6
    with (
        scripted(*script) as (url, received),
        session_without_waits() as session,
        client_of(url, session=session) as box,
        pytest.raises(BoxUnavailable) as caught,
    ):
        box.get_job("7")

    assert str(caught.value) == "503 unavailable: Busy"
    assert len(received) == 5


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimited), (500, BoxUnavailable), (503, BoxUnavailable)]
)
def test_a_post_and_a_put_are_sent_once(status, kind):
    answer = Answer(status, {"code": "c", "message": "m"}, {"retry-after": "0"})
    with scripted(answer, answer, answer) as (url, received), client_of(url) as box:
        with pytest.raises(kind) as posted:
            box.create_batch({})
        with pytest.raises(kind):
            box.update_file("9", name="x")
        with pytest.raises(kind):
            box.upload_file(b"x", name="x")

    assert posted.value.retry_after == 0.0
    assert [request.method for request in received] == ["POST", "PUT", "POST"]


def test_an_accepted_batch_is_not_sent_again_despite_retry_after():
    answer = Answer(202, BATCH, {"retry-after": "0"})
    with scripted(answer, answer) as (url, received), client_of(url) as box:
        assert box.create_batch({}) == BATCH

    assert len(received) == 1


@pytest.mark.parametrize(
    ("given", "seconds"), [("3", 3.0), ("59", 59.0), ("86400", 60.0), ("soon", 0.0), ("1.5", 0.0)]
)
def test_the_wait_that_a_server_requests_is_bounded(given, seconds):
    assert BoundedRetry.of_safe_methods().parse_retry_after(given) == seconds


# Tokens


def test_a_refused_token_is_replaced_and_the_request_sent_again():
    script = [
        Answer(body={"access_token": "t1", "expires_in": 3600}),
        Answer(401),
        Answer(body={"access_token": "t2", "expires_in": 3600}),
        Answer(202, BATCH),
    ]
    with scripted(*script) as (url, received), Client(url, token_source=credentials()) as box:
        assert box.create_batch({"input_source": "api"}) == BATCH

    assert [(request.path, request.token) for request in received] == [
        ("/oauth2/token", None),
        ("/2.0/docgen_batches", "Bearer t1"),
        ("/oauth2/token", None),
        ("/2.0/docgen_batches", "Bearer t2"),
    ]
    assert received[0].body == (
        b"grant_type=client_credentials&client_id=abc&client_secret=s3cret"
        b"&box_subject_type=user&box_subject_id=8"
    )
    assert received[1].body == received[3].body == b'{"input_source":"api"}'


@pytest.mark.parametrize("seekable", [True, False])
def test_an_upload_is_sent_completely_the_second_time(seekable):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *where):
            raise io.UnsupportedOperation

        tell = seek

    script = [
        Answer(body={"access_token": "t1"}),
        Answer(401),
        Answer(body={"access_token": "t2"}),
        Answer(201, FILE),
    ]
    file = (io.BytesIO if seekable else Pipe)(b"not this: the content")
    file.read(10)
    with scripted(*script) as (url, received), Client(url, token_source=credentials()) as box:
        assert box.upload_file(file, name="x.docx") == {"type": "file", "id": "9"}

    assert received[1].body == received[3].body
    assert b"\r\n\r\nthe content\r\n--" in received[3].body


def test_a_second_401_is_the_error():
    script = [Answer(body={"access_token": "t1"}), Answer(401)]
    script += [Answer(body={"access_token": "t2"}), Answer(401)]
    with (
        scripted(*script) as (url, received),
        Client(url, token_source=credentials()) as box,
        pytest.raises(Unauthorized),
    ):
        box.get_me()

    assert len(received) == 4


def test_a_given_token_is_sent_once():
    with (
        scripted(Answer(401), Answer(401)) as (url, received),
        client_of(url) as box,
        pytest.raises(Unauthorized),
    ):
        box.get_me()

    assert len(received) == 1


def test_refused_credentials_report_the_reason():
    body = {"error": "invalid_grant", "error_description": "Grant credentials are invalid"}
    with (
        scripted(Answer(400, body)) as (url, _),
        Client(url, token_source=credentials()) as box,
        pytest.raises(BadRequest) as caught,
    ):
        box.get_me()

    assert str(caught.value) == "400 invalid_grant: Grant credentials are invalid"


def test_the_token_is_not_sent_to_another_host():
    with scripted(Answer(body=b"content"), host="localhost") as (elsewhere, there):
        moved = Answer(302, headers={"location": f"{elsewhere}/d/1"})
        with scripted(moved) as (url, here), client_of(url) as box:
            assert box.download_file("9") == b"content"

    assert [request.token for request in here] == ["Bearer t0ken"]
    assert [request.token for request in there] == [None]


def test_a_netrc_file_does_not_replace_the_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with scripted(Answer(body=JOB)) as (url, received), requests.Session() as session:
        client_of(url, session=session).get_job("7")

    assert received[0].token == "Bearer t0ken"


def test_no_repr_error_or_log_contains_a_secret(caplog):
    caplog.set_level("DEBUG")
    with scripted(Answer(400, b"<html>"), Answer(401)) as (url, _), client_of(url) as box:
        texts = [repr(box), str(box), repr(box.list_jobs())]
        for _ in range(2):
            with pytest.raises((UnreadableReply, Unauthorized)) as caught:
                box.get_me()
            texts += [str(caught.value), repr(caught.value)]

    assert [text for text in [*texts, *caplog.messages] if "t0ken" in text] == []
    assert caplog.messages != []
    assert texts[0].startswith(f"<Client of {url}")


# Sessions, proxies and headers


def test_no_proxy_is_used_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with scripted(Answer(body=JOB)) as (url, _), client_of(url) as box:
        assert box.get_job("7") == JOB


def test_a_given_session_is_not_changed():
    session = session_without_waits()
    session.headers["x-mine"] = "1"
    before = (dict(session.headers), dict(session.adapters), session.auth, session.trust_env)
    with scripted(Answer(body=JOB), Answer(body=JOB)) as (url, received):
        with client_of(url, session=session) as box:
            box.get_job("7")
        session.get(f"{url}/still-open")
        session.close()

    assert received[0].headers["x-mine"] == "1"
    assert before == (
        dict(session.headers),
        dict(session.adapters),
        session.auth,
        session.trust_env,
    )


def test_a_given_session_is_not_closed():
    class Adapter(HTTPAdapter):
        closed = False

        def close(self):
            self.closed = True
            super().close()

    with requests.Session() as session:
        adapter = Adapter()
        session.mount("http://", adapter)
        client_of("http://127.0.0.1:8000", session=session).close()

        assert adapter.closed is False


def test_a_closed_client_raises():
    box = client_of("http://127.0.0.1:8000")
    box.close()
    box.close()

    with pytest.raises(ValueError) as caught:
        box.get_me()

    assert str(caught.value) == "This client is closed. Call connect() for a new one."


def test_box_version_is_sent_to_doc_gen_only():
    with scripted(Answer(body=JOB), Answer(body=JOB)) as (url, received), client_of(url) as box:
        box.get_job("7")
        box.get_me()

    assert [request.headers.get("box-version") for request in received] == ["2025.0", None]


# What is sent


def test_an_upload_has_its_attributes_first():
    with scripted(Answer(201, FILE)) as (url, received), client_of(url) as box:
        box.upload_file(b"content", name='Brief "für" Ü.docx', folder_id="5")

    boundary = received[0].headers["content-type"].removeprefix("multipart/form-data; boundary=")
    attributes = json.dumps({"name": 'Brief "für" Ü.docx', "parent": {"id": "5"}})
    assert received[0].body.decode().replace(boundary, "B") == (
        '--B\r\nContent-Disposition: form-data; name="attributes"\r\n\r\n'
        f"{attributes}\r\n"
        '--B\r\nContent-Disposition: form-data; name="file"; '
        'filename="Brief %22für%22 Ü.docx"\r\n'
        "Content-Type: application/octet-stream\r\n\r\ncontent\r\n--B--\r\n"
    )


def test_uploads_can_have_a_separate_host():
    with (
        scripted(Answer(201, FILE)) as (uploads, there),
        scripted() as (url, here),
        client_of(url, upload_url=f"{uploads}/api") as box,
    ):
        box.upload_file(b"x", name="x")

    assert [request.path for request in there] == ["/api/2.0/files/content"]
    assert here == []


def test_numbers_are_sent_with_their_digits():
    from decimal import Decimal

    import numpy as np

    data = {"a": Decimal("600.50"), "b": 0.1, "c": np.int64(3), "d": np.float64(0.5), "e": None}
    with scripted(Answer(202, BATCH)) as (url, received), client_of(url) as box:
        box.create_batch({"document_generation_data": [{"user_input": data}]})

    assert received[0].body == (
        b'{"document_generation_data":[{"user_input":{"a":600.50,"b":0.1,"c":3,"d":0.5,"e":null}}]}'
    )


def test_a_number_that_json_cannot_hold_is_refused_before_sending():
    body = {"document_generation_data": [{"user_input": {"total": float("nan")}}]}
    with client_of("http://127.0.0.1:8000") as box, pytest.raises(ValueError) as caught:
        box.create_batch(body)

    assert str(caught.value) == (
        "body.document_generation_data[0].user_input.total is nan, which JSON cannot hold."
    )


def test_a_value_that_is_not_json_is_refused_before_sending():
    with client_of("http://127.0.0.1:8000") as box, pytest.raises(TypeError) as caught:
        box.create_batch({"input_source": 1j})

    assert str(caught.value) == "complex cannot be sent as JSON: 1j"


def test_an_id_cannot_lead_to_another_path():
    with scripted(Answer(204)) as (url, received), client_of(url) as box:
        box.delete_file("5?recursive=true")
        with pytest.raises(ValueError) as slash:
            box.delete_file("../folders/5")
        with pytest.raises(ValueError) as empty:
            box.delete_folder("")

    assert [request.path for request in received] == ["/2.0/files/5%3Frecursive%3Dtrue"]
    assert str(slash.value) == "file_id must be an id as Box sends it, not '../folders/5'."
    assert str(empty.value) == "folder_id must not be empty."


def test_a_failed_connection_is_retried_once_for_any_method():
    error = ConnectTimeoutError("no connection")

    once = BoundedRetry.of_safe_methods().increment("POST", "/2.0/docgen_batches", error=error)

    with pytest.raises(MaxRetryError):
        once.increment("POST", "/2.0/docgen_batches", error=error)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_a_get_whose_reply_broke_is_sent_again(method):
    assert wait_for_another_try(BoundedRetry.of_safe_methods(), method, "/2.0/files/7") is None
