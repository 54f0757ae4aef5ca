"""LoginForm without a browser: logins, the remaining time, and secrets that leave no trace."""

import threading

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, html, plain, update, visible

from docgen_nb.connection import connect
from docgen_nb.errors import Unauthorized
from docgen_nb.forms.panels.login import LoginForm
from docgen_nb.service import LocalDocGen

SECONDS = 10
SECRET = "s3cr3tT0ken"


class Known:
    """A client of a service that knows Ada."""

    def __init__(self, **arguments):
        self.arguments = arguments

    def get_me(self):
        return {"id": "5", "name": "Ada <b>", "login": "ada@example.com"}


class Clock:
    """Seconds that pass only when a test adds them."""

    now = 100.0

    def __call__(self):
        return self.now


def form_of(connect=Known, **options):
    return LoginForm(connect, blocking=True, **options)


def control(form, label):
    [match] = [w for w in all_widgets(form.widget) if getattr(w, "description", None) == label]
    return match


def fill(form, label, text):
    update(control(form, label), value=text)


def log_in(form):
    data = {"method": "custom", "content": {"event": "click"}}
    control(form, "Log in")._handle_msg({"content": {"data": data}, "buffers": []})
    assert form.done.wait(SECONDS)


def everything(form):
    """Everything that a notebook could save or a person could see."""
    states = [w.get_state() for w in all_widgets(form.widget)]
    return f"{states} {form!r} {form._repr_mimebundle_()} {form.status}"


def choose_credentials(form):
    update(control(form, "Log in with"), index=1)


def test_a_developer_token_gives_a_client():
    form, clients = form_of(clock=Clock()), []
    form.on_login(clients.append)
    fill(form, "Developer token", f" {SECRET}\n")
    log_in(form)
    assert clients == [form.client]
    assert form.client.arguments == {"token": SECRET}
    assert form.status == "Logged in as Ada <b> (ada@example.com)."
    assert repr(form) == "<LoginForm: logged in as Ada <b> (ada@example.com)>"
    assert "<b>" not in html(form)[0]


def test_no_secret_stays_in_a_widget_or_a_text(sent):
    form = form_of()
    fill(form, "Developer token", SECRET)
    assert control(form, "Developer token").placeholder == (
        "Stored and not shown. Paste another one to replace it."
    )
    assert SECRET not in everything(form)
    log_in(form)
    choose_credentials(form)
    fill(form, "Client secret", SECRET)
    assert SECRET not in everything(form)
    assert SECRET not in str(sent)
    form.close()
    assert SECRET not in str(vars(form)["_secrets"])


def test_an_error_message_hides_the_secret():
    def reject(**arguments):
        raise ValueError(f"{arguments['token']} is invalid")

    form = form_of(reject)
    fill(form, "Developer token", SECRET)
    log_in(form)
    assert form.status == "**** is invalid"
    assert form.client is None


def test_a_rejected_token_can_be_replaced():
    class Rejecting(Known):
        def get_me(self):
            if self.arguments["token"] == SECRET:
                raise Unauthorized(status=401, code="unauthorized", message="Invalid token")
            return super().get_me()

    form = form_of(Rejecting)
    fill(form, "Developer token", SECRET)
    log_in(form)
    assert form.status == (
        "Unauthorized: 401 unauthorized: Invalid token The token or credentials are wrong or "
        "have expired. Enter new ones."
    )
    assert (form.client, repr(form)) == (None, "<LoginForm: not logged in>")
    fill(form, "Developer token", "better")
    log_in(form)
    assert form.client.arguments == {"token": "better"}


def test_missing_credentials_are_listed_and_no_request_is_sent():
    def never(**arguments):
        raise AssertionError(arguments)

    form = form_of(never)
    log_in(form)
    assert form.status == "Missing: developer token."
    choose_credentials(form)
    fill(form, "Client ID", "abc")
    log_in(form)
    assert form.status == "Missing: client secret, subject ID."


def test_the_remaining_time_counts_from_pasting_the_token():
    clock = Clock()
    form = form_of(clock=clock)
    assert form.seconds_left is None
    fill(form, "Developer token", SECRET)
    clock.now += 60
    log_in(form)
    assert form.seconds_left == 3540.0
    assert plain(html(form)[1]) == (
        "The developer token expires in at most 59 minutes, earlier if it was not new when you "
        "pasted it."
    )
    clock.now += 3481
    form.show_time()
    assert plain(html(form)[1]).startswith("The developer token expires in at most 1 minute")
    clock.now += 100
    form.show_time()
    assert form.seconds_left == 0.0
    assert plain(html(form)[1]) == ("The developer token has expired. Paste a new one above.")


def test_client_credentials_are_passed_to_connect_in_an_environment(monkeypatch):
    monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "other")
    form = form_of()
    choose_credentials(form)
    assert control(form, "Developer token") not in visible(form.widget)
    for label, text in (("Client ID", "abc "), ("Client secret", SECRET), ("Subject ID", "8")):
        fill(form, label, text)
    update(control(form, "Subject"), index=1)
    log_in(form)
    names = ("CLIENT_ID", "CLIENT_SECRET", "SUBJECT_TYPE", "SUBJECT_ID")
    environment = form.client.arguments["environment"]
    assert environment["BOX_DEVELOPER_TOKEN"] == ""
    assert [environment[f"BOX_{name}"] for name in names] == ["abc", SECRET, "user", "8"]
    assert (form.seconds_left, html(form)[1]) == (None, "")


def test_both_methods_log_in_to_a_real_service():
    with LocalDocGen() as local, local.listen() as url:
        form = LoginForm(lambda **arguments: connect(url, **arguments))
        fill(form, "Developer token", SECRET)
        log_in(form)
        assert form.status == "Logged in as Default user (default@docgen.local)."
        form.client.close()
        choose_credentials(form)
        for label, text in (("Client ID", "abc"), ("Client secret", SECRET), ("Subject ID", "8")):
            fill(form, label, text)
        update(control(form, "Subject"), index=1)
        log_in(form)
        assert form.client.get_me()["id"] == "8"
        form.client.close()
        form.close()


def test_an_invalid_token_is_reported_without_the_token():
    form = form_of(connect)
    fill(form, "Developer token", f"{SECRET} é")
    log_in(form)
    assert form.status == (
        "The token is empty or contains a space, a line break or a character outside ASCII. "
        "Copy it again from Box's developer console."
    )


def test_the_button_is_disabled_during_a_login_and_a_second_click_does_nothing():
    resume, requests = threading.Event(), []

    class Slow(Known):
        def get_me(self):
            requests.append(1)
            assert resume.wait(SECONDS)
            return super().get_me()

    form = LoginForm(Slow)
    fill(form, "Developer token", SECRET)
    data = {"method": "custom", "content": {"event": "click"}}
    for _ in range(2):
        control(form, "Log in")._handle_msg({"content": {"data": data}, "buffers": []})
    assert control(form, "Log in").disabled
    assert form.status == "Logging in…"
    resume.set()
    assert form.done.wait(SECONDS)
    assert (requests, control(form, "Log in").disabled) == ([1], False)
    form.close()


def test_closing_stops_the_countdown_and_leaves_other_widgets_open():
    other = widgets.Text()
    form = LoginForm(Known, tick_seconds=SECONDS)
    fill(form, "Developer token", SECRET)
    log_in(form)
    [thread] = [t for t in threading.enumerate() if t.name == "docgen-nb token time"]
    form.close()
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert (form.widget.comm, other.comm is not None) == (None, True)


@pytest.mark.parametrize("user", [{"id": "5"}, {"id": "5", "name": None, "login": ""}])
def test_a_user_without_a_name_is_shown_by_the_id(user):
    class Nameless(Known):
        def get_me(self):
            return user

    form = form_of(Nameless)
    fill(form, "Developer token", SECRET)
    log_in(form)
    assert form.status == "Logged in as user 5."
