"""A web page in a browser of this machine: another origin, or a name that leads to 127.0.0.1."""

import json
import socket
from urllib.parse import urlsplit

import pytest
from attack.raw_http import ask, head

from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen

ME = "/2.0/users/me"


def failure(answer):
    body = json.loads(answer.body)
    assert (body["type"], body["status"]) == ("error", answer.status)
    return answer.status, body["code"], body["message"]


# DNS rebinding: the name of the page leads to the service.


def unknown_host(host, name):
    return (
        421,
        "misdirected_request",
        f"The host {host!r} in the request is not an address of this service. If it should be, "
        f"start the service with --allow-host {name}, or listen(allow_hosts=[{name!r}]).",
    )


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("evil.example", "evil.example"),
        ("evil.example:80", "evil.example"),
        ("127.0.0.1.evil.example", "127.0.0.1.evil.example"),
        ("localhost.evil.example", "localhost.evil.example"),
        ("evil.example#localhost", "NAME"),
        ("user@localhost", "NAME"),
        ("localhost/", "NAME"),
        ("192.168.7.7", "192.168.7.7"),
        ("[fe80::1]", "fe80::1"),
        ("2130706433", "2130706433"),
        ("[::1", "NAME"),
        ("x" * 60_000, "NAME"),
    ],
)
def test_a_host_that_is_not_of_the_service_is_refused(local, host, name):
    with local.listen() as url:
        answer = ask(url, head("GET", ME, host=host))
    shown = host if len(host) < 100 else host[:99] + "…"
    assert failure(answer) == unknown_host(shown, name)
    assert [entry.status for entry in local.log] == [421]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST:80", "localhost.", "[::1]:8080", "127.1.2.3:1", ""],
)
def test_the_names_of_this_machine_are_accepted(local, host):
    with local.listen() as url:
        assert ask(url, head("GET", ME, host=host)).status == 200


def test_an_empty_host_leads_nowhere_else(local):
    with local.listen() as url:
        sent = head("GET", ME).replace(b"Host: 127.0.0.1", b"Host:")
        assert ask(url, sent).status == 421


def test_allowed_names_are_accepted_and_no_others(local):
    with local.listen(allow_hosts=["Docgen.lan", "fd00::7"]) as url:
        for host in ("docgen.lan", "docgen.lan:8080", "DOCGEN.LAN", "[fd00::7]", "localhost"):
            assert ask(url, head("GET", ME, host=host)).status == 200
        for host in ("other.lan", "sub.docgen.lan", "docgen.lan.evil.example"):
            assert ask(url, head("GET", ME, host=host)).status == 421


@pytest.mark.parametrize("name", ["", "a b", "http://a", "a/b", "a:80", "*", "a@b", "[::1"])
def test_an_allowed_name_that_is_not_one_is_refused_at_once(local, name):
    with pytest.raises(ServiceError) as refused, local.listen(allow_hosts=["good.lan", name]):
        pass
    assert str(refused.value) == f"{name!r} is not a host name. Write it like docgen.example."


def test_a_name_and_the_address_that_it_is_bound_to_are_accepted():
    name = socket.gethostname()  # of this machine, whatever address it has
    with LocalDocGen(token="any") as local, local.listen(name) as url:
        for host in (name, urlsplit(url).netloc):
            assert ask(url, head("GET", ME, host=host)).status == 200
        assert ask(url, head("GET", ME, host="evil.example")).status == 421


def test_at_all_addresses_any_address_is_accepted_and_no_name():
    """An address cannot be rebound: only a name leads a browser to another place."""
    with LocalDocGen(token="any") as local, local.listen("0.0.0.0") as bound:
        url = bound.replace("0.0.0.0", "127.0.0.1")
        assert ask(url, head("GET", ME, host="192.168.7.7:1")).status == 200
        assert ask(url, head("GET", ME, host="evil.example")).status == 421


def test_no_address_in_a_reply_has_a_host_that_was_not_checked(local):
    """Such as the Location of a download, and without a Host also none that is made up."""
    with local.listen() as url:
        grant = b'{"name": "a.txt", "size": 1, "parent": {"id": "0"}}'
        length = f"Content-Length: {len(grant)}"
        preflight = head("OPTIONS", "/2.0/files/content", length, host="evil.example") + grant
        assert b"upload_url" not in ask(url, preflight).body
        answer = ask(url, head("OPTIONS", "/2.0/files/content", length, host="") + grant)
    assert json.loads(answer.body)["upload_url"] == f"{url}/api/2.0/files/content"


# A page of another origin.


def foreign(name):
    return (
        403,
        "access_denied_insufficient_permissions",
        f"A browser sent this request for another web page ({name}). "
        "The service answers no other web pages.",
    )


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["Origin: http://evil.example"], "Origin: http://evil.example"),
        (["Origin: null"], "Origin: null"),
        (["Origin: http://127.0.0.1:1"], "Origin: http://127.0.0.1:1"),
        (["Origin: http://localhost"], "Origin: http://localhost"),
        (["Origin: http://127.0.0.1.evil.example"], "Origin: http://127.0.0.1.evil.example"),
        (["Origin: "], "Origin: "),
        (["Origin: http://[::1"], "Origin: http://[::1"),
        (["Sec-Fetch-Site: cross-site"], "Sec-Fetch-Site: cross-site"),
        (["Sec-Fetch-Site: same-site"], "Sec-Fetch-Site: same-site"),
        (["Sec-Fetch-Site: made-up"], "Sec-Fetch-Site: made-up"),
        (["Sec-Fetch-Site: Cross-Site, none"], "Sec-Fetch-Site: Cross-Site, none"),
        (
            ["Origin: http://127.0.0.1", "Origin: http://evil.example"],
            "Origin: http://127.0.0.1,http://evil.example",
        ),
    ],
)
def test_a_request_for_a_page_of_another_origin_is_refused(local, lines, name):
    with local.listen() as url:
        for method, path in (("GET", ME), ("POST", "/oauth2/revoke"), ("OPTIONS", ME)):
            answer = ask(url, head(method, path, "Content-Length: 0", *lines))
            assert failure(answer) == foreign(name)
    assert [entry.status for entry in local.log] == [403] * 3


def test_a_port_that_is_none_makes_no_origin_equal(local):
    with local.listen() as url:
        answer = ask(url, head("GET", ME, "Origin: null", host="localhost:99999"))
        assert failure(answer) == foreign("Origin: null")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Sec-Fetch-Site: none"],
        ["Sec-Fetch-Site: same-origin", "Origin: http://127.0.0.1"],
        ["Origin: HTTP://127.0.0.1:80"],
    ],
)
def test_a_request_of_no_page_or_of_the_own_origin_is_answered(local, lines):
    with local.listen() as url:
        assert ask(url, head("GET", ME, *lines)).status == 200


def test_the_administration_calls_are_guarded_as_well():
    with LocalDocGen(control_token="any") as local, local.listen() as url:
        log = "/_service/log"
        assert ask(url, head("GET", log)).status == 200
        assert ask(url, head("GET", log, host="evil.example")).status == 421
        assert ask(url, head("GET", log, "Origin: http://evil.example")).status == 403


def test_without_a_port_there_is_no_browser_and_any_host_is_accepted(local):
    with local.session() as session:
        headers = {"Authorization": "Bearer any", "Host": "a", "Origin": "http://evil.example"}
        assert session.get(f"http://docgen.local{ME}", headers=headers).status_code == 200
