"""The attacks of web pages, from pages in a real Chromium."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from api import Api
from playwright.sync_api import sync_playwright
from tools import require

PAGE = "http://attacker.example"
# Leads both names to this machine, as their owner's name server could; nothing else is found.
RULES = "MAP attacker.example 127.0.0.1, MAP rebound.example 127.0.0.1, MAP * ~NOTFOUND"
ARGUMENTS = [
    "--no-sandbox",  # a container's root has no sandbox
    *("--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-dev-shm-usage"),
    f"--host-resolver-rules={RULES}, EXCLUDE 127.0.0.1",
]
FORM = """<form method=post action="{url}/oauth2/revoke"><input name=token value=local></form>
<script>document.forms[0].submit()</script>"""
READ = """async ([address, token]) => {
  const reply = await fetch(address, {headers: {Authorization: `Bearer ${token}`}});
  return [reply.status, await reply.text()];
}"""


@pytest.fixture(scope="module")
def browser():
    program = require("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@contextmanager
def attackers_site(content):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{PAGE}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_form_of_a_foreign_page_revokes_no_token(local, page):
    """Once it revoked the word that clients send without a token of their own, for good."""
    with local.listen() as url, attackers_site(FORM.format(url=url)) as site:
        with page.expect_response(f"{url}/oauth2/revoke") as answer:
            page.goto(site)
        assert answer.value.request.headers["origin"] == site.removesuffix("/")
        assert answer.value.status == 403
    with local.session() as session:
        mine = Api(session, "http://docgen.local", token="local")
        assert mine("GET", "/2.0/users/me").status_code == 200


def test_a_foreign_page_does_not_even_send_what_needs_leave(local, page):
    with local.listen() as url, attackers_site("<p>Hello") as site:
        page.goto(site)
        with pytest.raises(Exception, match="Failed to fetch"):
            page.evaluate(READ, [f"{url}/2.0/users/me", "any"])
        assert {(entry.method, entry.status) for entry in local.log} == {("OPTIONS", 403)}


def test_a_page_whose_name_is_rebound_to_this_machine_reads_nothing(local, page):
    """Its own origin is then the service: the browser sees nothing wrong."""
    with local.listen() as url:
        # Any page of that name will do to run the script of the attacker's page in it.
        page.goto(url.replace("127.0.0.1", "rebound.example"))
        status, text = page.evaluate(READ, ["/2.0/users/me", "any"])
    assert status == 421
    assert "Default user" not in text
    assert "--allow-host rebound.example" in text


def test_the_own_pages_of_the_service_may_call_it(local, page):
    with local.listen() as url:
        page.route(f"{url}/page", lambda route: route.fulfill(body="Hello", status=200))
        page.goto(f"{url}/page")
        status, text = page.evaluate(READ, ["/2.0/users/me", "any"])
    assert (status, "Default user" in text) == (200, True)
