"""The client: bodies that break, lists without an end, slow servers, nonsense, and hostile ids."""

import gzip
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import count

import pytest
import requests
from attack.hostile_server import http, paging_server, raw_server, serving
from requests.adapters import BaseAdapter, HTTPAdapter
from standin import Answer, scripted

from docgen_nb import wire
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.client.retries import BoundedRetry
from docgen_nb.client.time_limit import TimedAdapter
from docgen_nb.connection import connect
from docgen_nb.errors import (
    ApiError,
    DocGenError,
    NotFinished,
    NotReady,
    Unreachable,
    UnreadableReply,
)
from docgen_nb.forms.tag_reader import TagReader
from docgen_nb.frames import load_jobs
from docgen_nb.ledger import Ledger
from docgen_nb.request import BatchRequest
from docgen_nb.service import Fault
from docgen_nb.submission import Batch, submit

JSON = "Content-Type: application/json"
CUT = "the reply was cut off or damaged"
NO_WAITS = {"backoff_factor": 0, "backoff_jitter": 0}


def client_of(url, **options):
    return Client(url, token_source=GivenToken("t0ken"), **options)


@pytest.fixture
def impatient():
    """A session that retries as the client does, without the waits."""
    with requests.Session() as session:
        session.trust_env = False
        retries = BoundedRetry.of_safe_methods().new(**NO_WAITS)
        session.mount("http://", TimedAdapter(max_retries=retries))
        yield session


# Bodies that break


def history(pages, *, jobs_per_page=5):
    """Return the pages of a service with a list of jobs, newest first."""

    def page(path, query):
        if path == wire.ME:
            return {"type": "user", "id": "8", "enterprise": {"id": "9"}}
        number = int(query.get("marker", 0))
        return {
            "entries": [job(pages * 10 - 10 * number - place) for place in range(jobs_per_page)],
            "next_marker": str(number + 1) if number + 1 < pages else None,
        }

    def job(id):
        return {"id": str(id), "status": "failed", "created_at": str(1_772_000_000 + id)}

    return page


@pytest.mark.parametrize("seed", range(3))
def test_a_sync_of_many_pages_survives_cut_replies_and_reads_each_page_on(
    tmp_path, seed, impatient
):
    with (
        paging_server(history(60), cut=0.1, seed=seed) as (url, received),
        client_of(url, session=impatient) as box,
        Ledger(tmp_path / "history.sqlite") as ledger,
    ):
        result = ledger.sync(box)
        table = load_jobs(box)

    cuts = sum(is_cut for *_, is_cut in received)
    assert cuts > 0
    assert (result.new, len(table)) == (300, 300)
    assert len(received) == 1 + 2 * 60 + cuts  # no page is read twice, except those that broke


@pytest.mark.parametrize("through", ["adapter", "port"])
def test_a_list_of_the_service_is_resumed_at_the_page_that_was_cut(local, through):
    with local.session() as session, connect(wire.LOCAL_URL, session=session) as box:
        names = sorted(box.create_folder(f"Folder {number}")["name"] for number in range(20))
        local.set_faults([Fault("truncated", every=4, path="/2.0/folders")])
        if through == "adapter":
            items = [item["name"] for item in box.list_folder_items("0", limit=1)]
        else:
            with local.listen() as url, client_of(url) as by_port:
                items = [item["name"] for item in by_port.list_folder_items("0", limit=1)]

    assert sorted(items) == names


def test_a_cut_body_without_a_length_is_asked_for_again(impatient):
    replies = count()

    def answer(send, over):
        body = b'{"type": "user", "id": "8"}'
        send(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
        send(body if next(replies) == 2 else body[:10])

    with raw_server(answer) as url, client_of(url, session=impatient) as box:
        assert box.get_me()["id"] == "8"


@pytest.mark.parametrize("body", [b"[]", b' [{"id": 1}] ', b"null"])
def test_json_that_is_complete_but_no_object_is_not_asked_for_again(impatient, body):
    replies = count()

    def answer(send, over):
        next(replies)
        send(http(body, JSON))

    with (
        raw_server(answer) as url,
        client_of(url, session=impatient) as box,
        pytest.raises(UnreadableReply),
    ):
        box.get_me()

    assert next(replies) == 1


@pytest.mark.parametrize("reply", [{"type": "docgen_batch"}, {"type": "docgen_batch", "id": None}])
def test_a_batch_without_an_id_may_exist(reply):
    with (
        scripted(Answer(202, reply)) as (url, _),
        client_of(url) as box,
        pytest.raises(UnreadableReply, match="accepted the batch without naming its id") as caught,
    ):
        submit(box, BatchRequest("1", rows=[{"name": "Ada"}]))

    assert caught.value.__notes__ == [
        "The batch may exist: check the list of jobs before sending it again."
    ]


def test_a_post_whose_reply_is_cut_is_sent_once():
    sent = count()

    def answer(send, over):
        next(sent)
        send(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{")

    with raw_server(answer) as url, client_of(url) as box, pytest.raises(Unreachable, match=CUT):
        box.create_batch({})

    assert next(sent) == 1


# Lists without an end


def test_pages_without_entries_and_with_ever_new_markers_end():
    markers = count()

    def page(path, query):
        return {"entries": [], "next_marker": f"m{next(markers)}"}

    with (
        paging_server(page) as (url, received),
        client_of(url) as box,
        pytest.raises(UnreadableReply) as caught,
    ):
        list(box.list_jobs())

    assert str(caught.value) == (
        "GET /2.0/docgen_jobs sent 100 pages in a row with no new entries and with ever new "
        "markers: its list has no end."
    )
    assert len(received) == 101


def test_one_page_again_and_again_with_ever_new_markers_ends():
    markers = count()

    def page(path, query):
        return {"entries": [{"id": "1"}], "next_marker": f"m{next(markers)}"}

    with (
        paging_server(page) as (url, _),
        client_of(url) as box,
        pytest.raises(UnreadableReply, match="100 pages in a row with no new entries"),
    ):
        load_jobs(box)


def test_some_empty_pages_and_some_equal_ones_are_part_of_a_list():
    def page(path, query):
        number = int(query.get("marker", 0))
        entries = [{"tag_content": "{{name}}"}] if number in (0, 1, 2, 60) else []
        return {"entries": entries, "next_marker": str(number + 1) if number < 60 else None}

    with paging_server(page) as (url, _), client_of(url) as box:
        assert len(list(box.list_tags("1", limit=1))) == 4


@pytest.mark.parametrize("marker", [{"a": 1}, [1], 1.5, "\ud800"])
def test_a_marker_that_is_none_is_refused(marker):
    def page(path, query):
        return {"entries": [], "next_marker": marker}

    with paging_server(page) as (url, _), client_of(url) as box, pytest.raises(UnreadableReply):
        list(box.list_jobs())


def versions(ids, total, *, size=1000):
    """Return the pages of a list of versions that claims a total."""

    def page(path, query):
        if not path.endswith("/versions"):
            return {"type": "file", "id": "9", "file_version": {"id": "0"}}
        start = int(query["offset"])
        entries = [{"id": str(id)} for id in ids[start : start + size]]
        return {"entries": entries, **({} if total is None else {"total_count": total})}

    return page


@pytest.mark.parametrize("total", [0, 1, 1500, 10**300, None, "many", {}])
def test_a_total_that_is_a_lie_neither_hides_versions_nor_asks_forever(total):
    ids = list(range(1, 1501))
    with paging_server(versions(ids, total)) as (url, received), client_of(url) as box:
        found = [version["id"] for version in box.list_versions("9")]

    assert found == [str(id) for id in [0, *ids]]
    assert len(received) <= 4


def test_a_server_that_clamps_the_page_to_less_is_read_to_its_total():
    ids = list(range(1, 251))
    with paging_server(versions(ids, 250, size=100)) as (url, _), client_of(url) as box:
        assert len(box.list_versions("9")) == 251


def test_the_same_versions_again_and_again_are_an_error():
    def page(path, query):
        one = {"entries": [{"id": "1"}], "total_count": 10**9}
        return one if path.endswith("/versions") else {"type": "file", "id": "9"}

    with (
        paging_server(page) as (url, received),
        client_of(url) as box,
        pytest.raises(UnreadableReply) as caught,
    ):
        box.list_versions("9")

    assert str(caught.value) == (
        "GET /2.0/files/9/versions sent the same entries again: its list has no end."
    )
    assert len(received) == 3


@pytest.mark.parametrize("entries", [None, 7, [7], [{}], [{"id": ""}], "ab"])
def test_versions_that_are_not_entries_are_refused(entries):
    def page(path, query):
        return {"id": "9", "entries": entries, "total_count": 1}

    with paging_server(page) as (url, _), client_of(url) as box, pytest.raises(UnreadableReply):
        box.list_versions("9")


# Waiting


def test_tags_that_stay_202_are_not_waited_for_forever(local):
    statuses, errors = [], []

    def shown(work):
        def call(*arguments):
            try:
                work(*arguments)
            except NotReady as error:
                errors.append(str(error))

        return call

    with local.session() as session, connect(wire.LOCAL_URL, session=session) as box:
        local.set_faults([Fault("tags_not_ready")])
        reader = TagReader(
            lambda template_id, _: box.list_tags(template_id),
            on_tags=lambda tags: None,
            show_status=statuses.append,
            wrap=shown,
            blocking=True,
            poll_seconds=0.001,
            limit_seconds=0.05,
        )
        reader.start("1")

    assert statuses
    assert errors == [
        "Box has not read the tags of template 1 within 0.05 s. Choose the template again later."
    ]
    assert reader.done.is_set()


def jobs_of_batch(*statuses):
    def page(path, query):
        entries = [{"id": str(at), "status": status} for at, status in enumerate(statuses)]
        return {"entries": entries}

    return page


@pytest.mark.parametrize(
    ("statuses", "listed", "sentence"),
    [
        (
            ["completed", "failed"],
            "2 of its 3 jobs",
            "2 of 3 documents finished: 1 completed, 1 failed.",
        ),
        ([], "0 of its 3 jobs", "0 of 3 documents finished."),
    ],
)
def test_a_list_that_stays_short_is_not_waited_for_forever(statuses, listed, sentence):
    with paging_server(jobs_of_batch(*statuses)) as (url, received), client_of(url) as box:
        batch = Batch(box, "7", request=BatchRequest("1", rows=[{}, {}, {}]))
        with pytest.raises(NotFinished) as caught:
            batch.wait(poll_seconds=0.001, short_list_seconds=0.05)

    assert len(received) >= 2  # on a busy machine the second one is late enough
    assert str(caught.value) == (
        f"The list of batch 7 has stayed at {listed} for 0.05 s: {sentence} "
        "Check the other documents in Box before you send them again."
    )


def test_a_list_that_grows_is_waited_for(local):
    lengths = iter([0, 1, 1, 2, 3])

    def page(path, query):
        return jobs_of_batch(*["completed"] * next(lengths))(path, query)

    with paging_server(page) as (url, _), client_of(url) as box:
        batch = Batch(box, "7", request=BatchRequest("1", rows=[{}, {}, {}])).wait(
            poll_seconds=0.001
        )

    assert batch.status == "3 of 3 documents finished: 3 completed."


FAILED = {"id": "1", "status": "failed"}


@pytest.mark.parametrize(
    "entry",
    [
        *(7, None, {}, {"id": "1"}, {"status": "failed"}, ["a"]),
        *(FAILED | {"id": id} for id in (None, "", True, {}, [], 1.5)),
        *(FAILED | {"status": status} for status in (None, 7, {}, ["failed"])),
        *(FAILED | {"failures": failures} for failures in (7, "ab", [1], {"errors": "no"})),
    ],
)
def test_an_entry_that_is_no_job_is_refused(entry):
    with (
        paging_server(lambda path, query: {"entries": [entry]}) as (url, _),
        client_of(url) as box,
        pytest.raises(UnreadableReply, match="An entry of batch 7 is not a job"),
    ):
        Batch(box, "7").refresh()


def test_messages_that_are_no_text_become_text():
    job = FAILED | {"failures": {"errors": [7, None, {"a": [1]}], "warnings": None}}
    with paging_server(lambda path, query: {"entries": [job]}) as (url, _), client_of(url) as box:
        batch = Batch(box, "7").refresh()

    assert batch.failed_rows()[0].errors == ["7", "None", "{'a': [1]}"]
    assert "7 None" in batch._repr_html_()


# Slow servers


def drip(before: bytes):
    """Send the beginning, then one byte now and then until the client leaves."""

    def answer(send, over):
        send(before)
        while not over.wait(0.02):
            send(b" ")

    return answer


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{",
        b"HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 10000000\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 10000000\r\n\r\n",
    ],
    ids=["status line", "header", "body", "body without length", "error", "redirect"],
)
@pytest.mark.parametrize(
    ("call", "given"),
    [
        *(("get_me", session) for session in (None, "used", "adapter")),
        *((call, None) for call in ("create_folder", "download_file")),
    ],
)
def test_a_dripping_server_ends_at_the_time_limit(before, call, given):
    begin = time.monotonic()
    with (
        raw_server(drip(before)) as url,
        session_as_given(given, url) as session,
        client_of(url, session=session, time_limit=0.3) as box,
        pytest.raises(DocGenError) as caught,
    ):
        getattr(box, call)(*(() if call == "get_me" else ("1",)))

    assert "no complete reply within 0.3 seconds" in str(caught.value)
    assert time.monotonic() - begin < 5


class OwnAdapter(HTTPAdapter):
    """As users write one: with settings of their own for the connections."""

    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, **options, socket_options=[])


@contextmanager
def session_as_given(kind, url):
    """Yield no session, one of the user that has been used already, or one with an adapter."""
    if kind is None:
        yield None
        return
    with requests.Session() as session:
        session.trust_env = False
        if kind == "adapter":
            session.mount("http://", OwnAdapter(max_retries=2))
        else:
            with paging_server(lambda path, query: {}) as (other, _):
                session.get(other)
        yield session


class Dripping(BaseAdapter):
    """An adapter without connections whose body never ends."""

    def send(self, request, **_):
        reply = requests.Response()
        reply.status_code, reply.url, reply.request = 200, request.url, request
        reply.raw = self
        return reply

    def read(self, size=-1):
        time.sleep(0.005)
        return b" " * min(size, 100)

    def close(self):
        """Nothing is open."""


def test_a_body_from_any_adapter_ends_at_the_time_limit():
    begin = time.monotonic()
    with requests.Session() as session:
        session.mount("http://", Dripping())
        box = client_of("http://127.0.0.1:8000", session=session, time_limit=0.3)
        with pytest.raises(Unreachable) as caught:
            box.get_me()

    assert "no complete reply within 0.3 seconds" in str(caught.value)
    assert time.monotonic() - begin < 5


def test_a_cookie_of_one_token_is_not_sent_with_another():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            token = self.headers["Authorization"].removeprefix("Bearer ")
            received.append((token, self.headers["Cookie"]))
            self.send_response(200)
            self.send_header("set-cookie", f"who={token}; Path=/")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    for given in (False, True):
        with serving(Handler) as url, requests.Session() as session:
            session.trust_env = False
            session.cookies.set("gateway", "open")
            with client_of(url, session=session if given else None) as box:
                for token in ("one", "two"):
                    box.reconnect(token=token).get_me()
            assert session.cookies.get_dict() == {"gateway": "open"}
    assert received == [
        *(("one", None), ("two", None)),
        *(("one", "gateway=open"), ("two", "gateway=open")),
    ]


def test_retries_end_at_the_time_limit():
    begin = time.monotonic()
    reply = http(b"", "Retry-After: 3600", status="503 Busy")
    with (
        raw_server(reply) as url,
        client_of(url, time_limit=0.3) as box,
        pytest.raises(DocGenError),
    ):
        box.get_me()

    assert time.monotonic() - begin < 5


def test_a_small_reply_that_unpacks_to_a_huge_one_is_not_kept():
    packed = gzip.compress(b" " * 200_000_000, 1)
    reply = http(packed, "Content-Encoding: gzip", JSON)
    with raw_server(reply) as url, client_of(url) as box, pytest.raises(UnreadableReply) as caught:
        box.get_me()

    assert str(caught.value) == (
        f"{url}/2.0/users/me sent more than 100 MB, which no reply of Box's API has."
    )


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_limit_must_be_positive(seconds):
    with pytest.raises(ValueError, match="time_limit must be more than 0 seconds"):
        client_of("http://127.0.0.1:8000", time_limit=seconds)


# Nonsense

DEEP = b"[" * 100_000 + b"]" * 100_000
NESTED = b'{"a":' * 900 + b"1" + b"}" * 900
DIGITS = b"9" * 5000
NONSENSE = {
    "no bytes": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
    "zeros": b"\0" * 1000,
    "long status line": b"HTTP/1.1 200 " + b"K" * 100_000 + b"\r\n\r\n",
    "huge status": b"HTTP/1.1 99999 No\r\n\r\n",
    "status of digits": b"HTTP/1.1 " + DIGITS + b" No\r\n\r\n",
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
    "header without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\nno JSON",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
    "huge length": b"HTTP/1.1 200 OK\r\nContent-Length: " + DIGITS + b"\r\n\r\nno JSON",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nno JSON",
    "huge chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}",
    "chunk of nonsense": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "bad gzip": http(b"no gzip", "Content-Encoding: gzip"),
    "half a gzip": http(gzip.compress(b"{}" * 500)[:20], "Content-Encoding: gzip"),
    "bad UTF-8": http(b'{"id": "\xff\xfe\xc3"}', JSON),
    "half a surrogate pair": http(b'{"id": "\\ud800"', JSON),
    "deep nesting": http(DEEP, JSON),
    "deep objects": http(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON),
    "huge integer": http(b'{"entries": ' + DIGITS + b"}", JSON),
    "huge integer in an entry": http(b'{"entries": [{"id": ' + DIGITS + b"}]}", JSON),
    "nested error": http(b'{"code": ' + NESTED + b"}", JSON, status="400 Bad Request"),
    "deep error": http(b'{"code": ' + DEEP + b"}", JSON, status="400 Bad Request"),
    "error of digits": http(b'{"message": ' + DIGITS + b"}", JSON, status="404 Not Found"),
    "list": http(b"[]", JSON),
    "null": http(b"null", JSON),
    "NaN": http(b"NaN", JSON),
    **{
        f"redirect to {target[:20]!r}": http(b"", f"Location: {target}", status="302 Found")
        for target in (
            *("http://[::1", "http://:99999999/", "http://a..b/", "file:///etc/passwd", "//", ""),
            *("http://\xff\xfe/", "\0", "http://" + "a" * 300 + "/", "javascript:1", "http://%zz/"),
            *("data:,x", "http://127.0.0.1:99999/", "x" * 60_000, "http://a b/", "http://[fe80%]/"),
        )
    },
    **{
        f"Retry-After {value[:20]!r}": http(b"", f"Retry-After: {value}", status="429 Slow down")
        for value in (
            *("9" * 5000, "Fri, 31 Dec 999999 23:59:59 GMT", "-1", "1e400", "nan", "\xff", ""),
            *("Fri, 99 Zzz 2026", "0x10", "1_0", "inf", " 0 ", "Thu, 01 Jan 1970 00:00:00 GMT"),
        )
    },
}


@pytest.mark.parametrize("reply", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_raises_an_error_of_ours(reply, impatient):
    with raw_server(reply) as url, client_of(url, session=impatient, time_limit=0.3) as box:
        for call in (
            box.get_me,
            lambda: list(box.list_jobs()),
            lambda: box.list_versions("9"),
            lambda: box.create_folder("a"),
        ):
            with pytest.raises(DocGenError) as caught:
                call()
            assert len(str(caught.value)) < 6000


def test_a_redirect_of_a_download_never_leaves_http(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    reply = http(b"", f"Location: {secret.as_uri()}", status="302 Found")
    with raw_server(reply) as url, client_of(url) as box, pytest.raises(Unreachable) as caught:
        box.download_file("9")

    assert str(caught.value) == (
        f"No reply to GET {url}/2.0/files/9/content: it redirects to an address that is not HTTP. "
        "Check the network, then try again."
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("9" * 5000, 60.0),
        ("0" * 5000, 60.0),
        ("Fri, 31 Dec 999999 23:59:59 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 60.0),
        ("-1", 0.0),
        ("٣", 0.0),
        ("", 0.0),
    ],
)
def test_an_odd_retry_after_is_a_wait_of_at_most_a_minute(value, seconds):
    assert BoundedRetry.of_safe_methods().parse_retry_after(value) == seconds


# Ids

METHODS = {
    "get_template": lambda box, id: box.get_template(id),
    "unmark_template": lambda box, id: box.unmark_template(id),
    "list_tags": lambda box, id: list(box.list_tags(id)),
    "list_template_jobs": lambda box, id: list(box.list_template_jobs(id)),
    "get_job": lambda box, id: box.get_job(id),
    "list_batch_jobs": lambda box, id: list(box.list_batch_jobs(id)),
    "get_folder": lambda box, id: box.get_folder(id),
    "list_folder_items": lambda box, id: list(box.list_folder_items(id)),
    "delete_folder": lambda box, id: box.delete_folder(id),
    "get_file": lambda box, id: box.get_file(id),
    "list_versions": lambda box, id: box.list_versions(id),
    "update_file": lambda box, id: box.update_file(id, name="a"),
    "delete_file": lambda box, id: box.delete_file(id),
    "download_file": lambda box, id: box.download_file(id),
    "upload_version": lambda box, id: box.upload_version(id, b"a"),
}


@pytest.mark.parametrize("method", METHODS)
def test_an_id_never_becomes_a_path(local, method):
    refused = ["", ".", "..", "../..", "a/b", "9/content", "a\\b", "\ud800", "a\0b", "a\nb"]
    quoted = ["..%2f..", "%2e%2e", "a?b=c", "a#b", "..;", " ", "é"]
    with local.session() as session, connect(wire.LOCAL_URL, session=session) as box:
        for id in refused:
            with pytest.raises(ValueError, match="_id must"):
                METHODS[method](box, id)
        assert list(local.log) == []
        for id in quoted:
            with pytest.raises(ApiError) as caught:
                METHODS[method](box, id)
            assert caught.value.status in (400, 404, 405)


def test_the_characters_of_an_id_are_quoted():
    def page(path, query):
        return {"type": "file", "id": path}

    with paging_server(page) as (url, received), client_of(url) as box:
        for id in ("%2e%2e", "..%2fusers", "a?b=c#d"):
            box.get_file(id)

    assert [path for path, *_ in received] == [
        "/2.0/files/%252e%252e",
        "/2.0/files/..%252fusers",
        "/2.0/files/a%3Fb%3Dc%23d",
    ]


def test_an_upload_that_nobody_reads_ends_at_the_time_limit():
    with (
        raw_server(lambda send, over: over.wait()) as url,
        connect(url, token="any", time_limit=1) as box,
        pytest.raises(Unreachable, match="no complete reply within 1 seconds"),
    ):
        box.upload_file(b"x" * 20_000_000, name="Large.bin")
