"""show_wire prints what was sent and what came back, and none of the secrets in them."""

import io
import threading
from decimal import Decimal

import pytest
import requests
from standin import Answer, scripted

from docgen_nb import connect, samples
from docgen_nb.client import show_wire
from docgen_nb.client.masking import mask_text, mask_url, mask_value
from docgen_nb.errors import ApiError, NotFound, Unauthorized, Unreachable
from docgen_nb.service import Fault, LocalDocGen

TOKEN = "T0kenOfAnn1234567890"
SECRET = "s3cretOfTheApplication"
CREDENTIALS = {
    "BOX_CLIENT_ID": "app-1",
    "BOX_CLIENT_SECRET": SECRET,
    "BOX_SUBJECT_TYPE": "enterprise",
    "BOX_SUBJECT_ID": "7",
}
JSON = {"content-type": "application/json"}


@pytest.fixture
def box():
    with connect("local", environment={}) as client:
        yield client


@pytest.fixture
def shown():
    return io.StringIO()


def test_a_request_and_its_reply(box, shown):
    with show_wire(box, file=shown):
        box.get_me(fields=["name"])

    first, *rest = shown.getvalue().splitlines()
    assert first == "> GET http://docgen.local/2.0/users/me?fields=name"
    assert rest[:3] == [
        "> authorization: Bearer ***",
        "< 200 OK",
        "< content-type: application/json",
    ]
    assert rest[3:5] == ["{", '  "type": "user",']


def test_nothing_is_printed_after_the_block_even_if_it_failed(box, shown):
    with pytest.raises(NotFound), show_wire(box, file=shown):
        box.get_job("1")
    text = shown.getvalue()
    box.get_me()

    assert "> box-version: 2025.0\n" in text
    assert "< 404 Not Found\n" in text
    assert '"code": "not_found"' in text
    assert shown.getvalue() == text


def test_an_upload_and_a_download_are_sizes(box, shown):
    content = samples.letter_template()
    with show_wire(box, file=shown):
        file = box.upload_file(content, name="Letter.docx")
        assert box.download_file(file["id"]) == content

    lines = shown.getvalue().splitlines()
    assert "> content-type: multipart/form-data" in lines
    assert '  "name": "Letter.docx",' in lines
    assert f"part file ({len(content):,} bytes)" in lines
    assert [line for line in lines if line.startswith(("> GET", "< 302", "< location"))] == [
        f"> GET http://docgen.local/2.0/files/{file['id']}/content",
        "< 302 Found",
        "< location: http://docgen.local/d/1/***/download",
        "> GET http://docgen.local/d/1/***/download",
    ]
    assert lines[-2] == f"({len(content):,} bytes)"


def test_decimals_and_pictures_and_long_bodies(box, shown):
    file = box.upload_file(samples.letter_template(), name="Letter.docx")
    box.mark_template(file["id"])
    body = {
        "file": {"type": "file", "id": file["id"]},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "0"},
        "output_type": "docx",
        "document_generation_data": [
            {
                "generated_file_name": "A",
                "user_input": {"logo": "i" * 300, "n": Decimal("1.50"), "rows": [1] * 100},
            }
        ],
    }
    with show_wire(box, file=shown, lines=20):
        box.create_batch(body)

    text = shown.getvalue()
    assert f'"logo": "{"i" * 60}... (300 characters)"' in text
    assert '"n": 1.50,' in text
    sent = text.partition("< 202 Accepted\n")[0].splitlines()
    assert (len(sent), sent[-1]) == (25, "... (103 more lines)")


def test_no_secret_of_a_token_exchange_is_printed(shown):
    granted = {"access_token": TOKEN, "expires_in": 3600, "token_type": "bearer"}
    echo = {"code": "bad", "message": f"{TOKEN} may not use {SECRET}"}
    answers = [Answer(body=granted, headers=JSON), Answer(403, echo, JSON)]
    with (
        scripted(*answers) as (url, received),
        connect(url, environment=CREDENTIALS) as client,
        pytest.raises(ApiError),
        show_wire(client, file=shown),
    ):
        client.get_me()

    text = shown.getvalue()
    assert SECRET.encode() in received[0].body  # so that there was something to hide
    assert SECRET not in text
    assert TOKEN not in text
    assert "client_secret=***" in text
    assert '"access_token": "***"' in text
    assert '"token_type": "bearer"' in text
    assert '"message": "*** may not use ***"' in text


def test_another_token_after_a_401_is_a_request_of_its_own(shown):
    tokens = [{"access_token": f"{TOKEN}{number}", "expires_in": 3600} for number in (1, 2)]
    refused = Answer(
        401, b"", {"WWW-Authenticate": 'Bearer realm="Service", error="invalid_token"'}
    )
    me = Answer(body={"type": "user", "id": "7"}, headers=JSON)
    first, second = (Answer(body=one, headers=JSON) for one in tokens)
    with (
        scripted(first, refused, second, me) as (url, _),
        connect(url, environment=CREDENTIALS) as client,
        show_wire(client, file=shown),
    ):
        client.get_me()

    text = shown.getvalue()
    assert [line for line in text.splitlines() if line.startswith("< ") and line[2].isdigit()] == [
        *("< 200 OK", "< 401 Unauthorized", "< 200 OK", "< 200 OK")
    ]
    assert '< www-authenticate: Bearer realm="Service", error="invalid_token"' in text
    assert TOKEN not in text


def test_a_refused_token_is_not_printed(shown):
    wrong = "Wr0ngToken1234567890"
    with (
        LocalDocGen(token=TOKEN) as local,
        local.listen() as url,
        connect(url, token=wrong) as client,
        pytest.raises(Unauthorized),
        show_wire(client, file=shown),
    ):
        client.get_me()

    assert "< 401 Unauthorized" in shown.getvalue()
    assert wrong not in shown.getvalue()


def test_a_get_that_was_sent_again_says_so_and_how_long_the_service_asked_to_wait(shown):
    faults = [Fault("rate_limited", times=1, seconds=0), Fault("server_error", times=1)]
    with (
        LocalDocGen(faults=faults) as local,
        local.listen() as url,
        connect(url, environment={}) as client,
        show_wire(client, file=shown),
    ):
        client.get_me()

    replies = [line for line in shown.getvalue().splitlines() if line.startswith("< ")][:4]
    assert replies == [
        *("< 429 Too Many Requests, sent again", "< retry-after: 0"),
        *("< 500 Internal Server Error, sent again", "< 200 OK"),
    ]


def test_a_lost_reply(shown):
    with connect("local", environment={}) as client:
        client.service.set_faults([Fault("lost_reply")])
        with pytest.raises(Unreachable), show_wire(client, file=shown):
            client.create_folder("Letters")

    assert "> POST http://docgen.local/2.0/folders\n" in shown.getvalue()
    assert "< no reply: The connection was closed before the reply." in shown.getvalue()


def test_an_address_with_a_token_in_an_error_is_masked(shown):
    class Session(requests.Session):
        def request(self, method, url, **kwargs):
            raise requests.ConnectionError(f"{url}?access_token={TOKEN} via http://ann:pw@proxy")

    with (
        connect("https://api.box.com", token="another", session=Session()) as client,
        pytest.raises(Unreachable),
        show_wire(client, file=shown),
    ):
        client.get_me()

    assert shown.getvalue() == (
        "< no reply: https://api.box.com/2.0/users/me?access_token=*** via http://***@proxy\n\n"
    )


def test_a_nested_block_prints_once(box, shown):
    with show_wire(box, file=shown):
        with show_wire(box, file=shown):
            box.get_me()
        box.get_me()

    assert shown.getvalue().count("> GET") == 2


def test_blocks_of_two_threads_end_in_any_order(box, shown):
    first, second = show_wire(box, file=shown), show_wire(box, file=shown, lines=0)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    box.get_me()

    assert shown.getvalue() == ""


def test_requests_of_other_threads_stay_whole(box, shown):
    with show_wire(box, file=shown):
        threads = [threading.Thread(target=box.get_me) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    blocks = shown.getvalue().split("\n\n")[:-1]
    assert [(block.count("> GET"), block.count("< 200 OK")) for block in blocks] == [(1, 1)] * 8


def test_it_prints_to_the_standard_output_by_default(box, capsys):
    with show_wire(box, lines=0):
        box.get_me()

    assert capsys.readouterr().out.startswith("> GET http://docgen.local/2.0/users/me\n")


@pytest.mark.parametrize("other", [None, "local", LocalDocGen])
def test_it_needs_a_client(other):
    with pytest.raises(TypeError, match="show_wire needs a client"), show_wire(other):
        pass


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://h/2.0/users/me?fields=a,b&limit=5", "https://h/2.0/users/me?fields=a,b&limit=5"),
        ("https://h/p?ACCESS_TOKEN=x&code=y&x=1", "https://h/p?ACCESS_TOKEN=***&code=***&x=1"),
        ("https://ann:p%40w@h:8/p#access_token=x", "https://***@h:8/p#***"),
        ("https://h/d/1/7.99.abc/download", "https://h/d/1/***/download"),
        ("https://h/f/" + "a" * 40, "https://h/f/***"),
        ("https://h/b/64528422-fbf4-4f8d-b6a0-b099c6572cf2", None),
        ("https://h/p?X-Amz-Signature=ab&sig=cd", "https://h/p?X-Amz-Signature=***&sig=***"),
        ("http://[::1", "***"),
    ],
)
def test_a_url(url, masked):
    assert mask_url(url) == (masked or url)


def test_a_json_value():
    value = {
        "client_secret": "a",
        "clientSecret": "b",
        "refresh_token": "c",
        "shared_link": {"password": "d", "url": "https://u:p@h/s"},
        "boxAppSettings": {"appAuth": {"privateKey": "e", "passphrase": "f"}},
        "list": [{"upload_token": "g"}, "Bearer 0123456789"],
        "secretary": "Ann",
        "next_marker": "h",
        "user_token": None,
    }
    assert mask_value(value) == {
        "client_secret": "***",
        "clientSecret": "***",
        "refresh_token": "***",
        "shared_link": {"password": "***", "url": "https://***@h/s"},
        "boxAppSettings": {"appAuth": {"privateKey": "***", "passphrase": "***"}},
        "list": [{"upload_token": "***"}, "Bearer ***"],
        "secretary": "Ann",
        "next_marker": "h",
        "user_token": None,
    }


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("eyJhbGciOiJI.eyJzdWIi.c2ln and more", "*** and more"),
        ("url: /d/1/ab.cd/download?x=1", "url: /d/1/***/download?x=1"),
        ("url: /p?access_token=abc&limit=5", "url: /p?access_token=***&limit=5"),
        ("The bearer token expired.", "The bearer token expired."),
    ],
)
def test_a_text(text, masked):
    assert mask_text(text) == masked
