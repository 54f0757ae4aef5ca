"""Tests of reading replies: status, headers and body."""

import json

import pytest

from docgen_nb.client import read_reply
from docgen_nb.client.reply import read_page
from docgen_nb.errors import (
    ApiError,
    BadRequest,
    BoxUnavailable,
    Conflict,
    Forbidden,
    NotFound,
    NotReady,
    RateLimited,
    Unauthorized,
    UnreadableReply,
)

URL = "https://box.example/2.0/docgen_jobs"
NOT_BOX = (
    "which is not a reply of Box's API. Check that the URL given to connect() is that of a Doc Gen "
    "service, and that no proxy or login page answers instead."
)


def error_of(kind, status, body=b"", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(kind) as caught:
        read_reply(status, names, content, url=URL)
    assert type(caught.value) is kind
    return caught.value


def fields(error):
    return (
        error.status,
        error.code,
        error.message,
        error.request_id,
        error.context_info,
        error.retry_after,
    )


@pytest.mark.parametrize("status", [200, 201])
def test_an_object_is_decoded(status):
    assert read_reply(status, {}, b'{"limit": 5, "x": 0.5}') == {"limit": 5, "x": 0.5}


def test_a_204_has_no_content():
    assert read_reply(204, {}, b"") is None


def test_a_202_of_a_batch_is_the_batch():
    assert read_reply(202, {}, b'{"type": "docgen_batch", "id": "3"}') == {
        "type": "docgen_batch",
        "id": "3",
    }


def test_a_202_with_a_message_is_not_ready():
    error = error_of(NotReady, 202, {"message": "Processing tags for this file."})

    assert str(error) == "Processing tags for this file. Try again in a few seconds."


def test_an_empty_202_is_not_ready():
    error = error_of(NotReady, 202, Retry_After="5")

    assert str(error) == "Box has not finished yet. Try again in a few seconds."


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, ApiError),
        (409, Conflict),
        (412, ApiError),
        (413, ApiError),
        (429, RateLimited),
        (500, BoxUnavailable),
        (502, BoxUnavailable),
        (503, BoxUnavailable),
    ],
)
def test_each_status_has_its_error(status, kind):
    assert error_of(kind, status, {"type": "error", "message": "No"}).status == status


def test_an_error_keeps_the_details_of_the_reply():
    context = {"errors": [{"reason": "missing_parameter", "name": "parent"}]}
    body = {
        "type": "error",
        "status": 400,
        "code": "bad_request",
        "message": "'parent' is required",
        "request_id": "abc123",
        "context_info": context,
        "help_url": "http://developers.box.com/docs/#errors",
    }

    error = error_of(BadRequest, 400, body)

    assert fields(error) == (400, "bad_request", "'parent' is required", "abc123", context, None)
    assert str(error) == "400 bad_request: 'parent' is required (request abc123)"


@pytest.mark.parametrize("conflicts", [{"type": "file", "id": "7"}, [{"type": "file", "id": "7"}]])
def test_a_conflict_names_the_other_item_in_either_form(conflicts):
    body = {"code": "item_name_in_use", "context_info": {"conflicts": conflicts}}

    assert error_of(Conflict, 409, body).context_info == {"conflicts": conflicts}


@pytest.mark.parametrize(
    ("context", "expected"), [(None, {}), ([], {}), (["a"], {"context_info": ["a"]})]
)
def test_unexpected_details_do_not_raise_another_error(context, expected):
    assert error_of(BadRequest, 400, {"context_info": context}).context_info == expected


def test_the_empty_401_of_box_has_a_message():
    error = error_of(
        Unauthorized,
        401,
        WWW_Authenticate='Bearer realm="Service", error="invalid_token", '
        'error_description="The access token provided is invalid."',
        BOX_REQUEST_ID="r1",
    )

    assert str(error) == (
        "401 invalid_token: The access token provided is invalid. "
        "Check the token that connect(token=...), BOX_DEVELOPER_TOKEN or docgen-nb login gives. "
        "A developer token of Box lasts 60 minutes. (request r1)"
    )


def test_a_401_without_a_reason_gets_a_message():
    assert str(error_of(Unauthorized, 401, b"<html>")) == (
        "401: The token was not accepted. Check the token that connect(token=...), "
        "BOX_DEVELOPER_TOKEN or docgen-nb login gives. A developer token of Box lasts 60 minutes."
    )


def test_a_401_keeps_its_own_message():
    body = {"error": "invalid_client", "error_description": "The client credentials are invalid."}

    assert str(error_of(Unauthorized, 401, body)) == (
        "401 invalid_client: The client credentials are invalid."
    )


def test_an_oauth_error_has_another_form():
    body = {"error": "invalid_grant", "error_description": "Grant credentials are invalid"}

    assert str(error_of(BadRequest, 400, body)) == (
        "400 invalid_grant: Grant credentials are invalid"
    )


@pytest.mark.parametrize("name", ["Retry_After", "retry_after", "RETRY_AFTER"])
def test_retry_after_is_read_in_any_case(name):
    assert error_of(RateLimited, 429, b"", **{name: "3"}).retry_after == 3.0


@pytest.mark.parametrize("value", ["", "soon", "nan", "inf", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_retry_after_that_is_not_a_number_is_ignored(value):
    assert error_of(RateLimited, 429, b"", Retry_After=value).retry_after is None


def test_an_error_without_a_reason_names_the_url():
    assert str(error_of(NotFound, 404, {"detail": "x"})) == (
        "404: Not Found (https://box.example/2.0/docgen_jobs gave no reason)."
    )
    assert str(error_of(ApiError, 499)) == (
        "499: An error (https://box.example/2.0/docgen_jobs gave no reason)."
    )


def test_a_server_error_with_the_page_of_a_proxy_is_a_server_error():
    assert str(error_of(BoxUnavailable, 502, b"<html>", Content_Type="text/html")) == (
        "502: Bad Gateway (https://box.example/2.0/docgen_jobs gave no reason)."
    )


@pytest.mark.parametrize("status", [200, 201, 202, 302, 403, 404])
def test_an_html_page_is_not_a_reply_of_box(status):
    error = error_of(UnreadableReply, status, b"<html>", Content_Type="text/html; charset=utf-8")

    assert str(error) == f"{URL} answered {status} with text/html, {NOT_BOX}"


@pytest.mark.parametrize("status", [199, 300, 302])
def test_an_object_with_a_status_of_no_success_is_not_a_reply_of_box(status):
    error = error_of(UnreadableReply, status, {"type": "user", "id": "7"})

    assert f"{URL} answered {status} with " in str(error)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"null", b'{"a": ', b"\xff", b"[" * 100_000], ids=range(7)
)
def test_a_body_that_is_not_an_object_is_not_a_reply_of_box(body):
    error = error_of(UnreadableReply, 200, body)

    assert str(error) == f"{URL} answered 200 with no content type, {NOT_BOX}"


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("", ""),
        (', "next_marker": null', ""),
        (', "next_marker": ""', ""),
        (', "next_marker": "x="', "x="),
        (', "next_marker": 17', "17"),
    ],
)
def test_the_next_marker_is_read_in_each_of_its_forms(tail, expected):
    body = f'{{"entries": [{{"id": "1", "next_marker": "inner"}}], "limit": 5{tail}}}'

    assert read_page(200, {}, body.encode(), kind=dict, url=URL).marker == expected


@pytest.mark.parametrize(
    "body",
    [
        *(b"{}", b'{"entries": {}}', b'{"entries": null}', b"[]", b"<html>"),
        *(b'{"entries": [], "next_marker": %s}' % marker for marker in (b"[]", b'"\\ud800"')),
    ],
    ids=range(7),
)
def test_a_page_needs_a_list_of_entries(body):
    with pytest.raises(UnreadableReply) as caught:
        read_page(200, {"content-type": "application/json"}, body, kind=dict, url=URL)

    assert str(caught.value) == f"{URL} answered 200 with application/json, {NOT_BOX}"


def test_an_error_instead_of_a_page_is_raised():
    message = b'{"message": "Processing tags for this file."}'
    with pytest.raises(NotReady):
        read_page(202, {}, message, kind=dict, url=URL)
    with pytest.raises(NotFound):
        read_page(404, {}, b'{"code": "not_found"}', kind=dict, url=URL)


@pytest.mark.parametrize(("status", "expected"), [(403, 1), (404, 1), (400, 0), (503, 0)])
def test_the_usual_causes_of_a_refused_doc_gen_call_are_named_once(status, expected):
    for path, count in (("/2.0/docgen_jobs", expected), ("/2.0/files/1", 0)):
        with pytest.raises(ApiError) as raised:
            read_reply(status, {}, b"{}", url=f"https://api.box.com{path}")

        notes = getattr(raised.value, "__notes__", [])
        assert sum("Manage Doc Gen" in note for note in notes) == len(notes) == count
        assert "Manage Doc Gen" not in str(raised.value)
