"""The login form without a browser: who is signed in, how long, and where no secret is found."""

import threading

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, plain, update

from docgen_nb.connection import connect
from docgen_nb.errors import Unauthorized
from docgen_nb.forms.panels.login import LoginForm
from docgen_nb.service import LocalDocGen

SECONDS = 10
SECRET = "s3cr3tT0ken"


class Known:
    """A client of a service that knows Ada."""

    def __init__(self, **given):
        self.given = given

    def get_me(self):
        return {"id": "5", "name": "Ada <b>", "login": "ada@example.com"}


class Clock:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self):
        return self.now


def form_of(connect=Known, **options):
    return LoginForm(connect, blocking=True, **options)


def control(form, label):
    [found] = [w for w in all_widgets(form.widget) if getattr(w, "description", None) == label]
    return found


def fill(form, label, text):
    update(control(form, label), value=text)


def sign_in(form):
    data = {"method": "custom", "content": {"event": "click"}}
    control(form, "Sign in")._handle_msg({"content": {"data": data}, "buffers": []})
    assert form.done.wait(SECONDS)


def everything(form):
    """All that a notebook could save, or a person could see."""
    states = [w.get_state() for w in all_widgets(form.widget)]
    return f"{states} {form!r} {form._repr_mimebundle_()} {form.status}"


def choose_credentials(form):
    update(control(form, "Sign in with"), index=1)


def test_a_developer_token_is_tried_out_and_a_client_handed_over():
    form, got = form_of(clock=Clock()), []
    form.on_login(got.append)
    fill(form, "Developer token", f" {SECRET}\n")
    sign_in(form)
    assert got == [form.client]
    assert form.client.given == {"token": SECRET}
    assert form.status == "Signed in as Ada <b> (ada@example.com)."
    assert repr(form) == "<LoginForm: signed in as Ada <b> (ada@example.com)>"
    assert "<b>" not in form._line.value


def test_no_secret_is_kept_where_a_notebook_or_a_person_could_find_it(sent):
    form = form_of()
    fill(form, "Developer token", SECRET)
    assert control(form, "Developer token").placeholder == (
        "taken, and not shown; paste another to replace it"
    )
    assert SECRET not in everything(form)
    sign_in(form)
    choose_credentials(form)
    fill(form, "Client secret", SECRET)
    assert SECRET not in everything(form)
    assert SECRET not in str(sent)
    form.close()
    assert SECRET not in str(vars(form)["_secrets"])


def test_an_error_that_repeats_a_secret_does_not_show_it():
    def refuse(**given):
        raise ValueError(f"{given['token']} is odd")

    form = form_of(refuse)
    fill(form, "Developer token", SECRET)
    sign_in(form)
    assert form.status == "**** is odd"
    assert form.client is None


def test_a_token_that_is_refused_can_be_replaced():
    class Refusing(Known):
        def get_me(self):
            if self.given["token"] == SECRET:
                raise Unauthorized(status=401, code="unauthorized", message="Invalid token")
            return super().get_me()

    form = form_of(Refusing)
    fill(form, "Developer token", SECRET)
    sign_in(form)
    assert form.status == (
        "Unauthorized: 401 unauthorized: Invalid token It is wrong, or has ended: paste a new one."
    )
    assert (form.client, repr(form)) == (None, "<LoginForm: not signed in>")
    fill(form, "Developer token", "better")
    sign_in(form)
    assert form.client.given == {"token": "better"}


def test_what_is_missing_is_said_and_nothing_asked():
    def never(**given):
        raise AssertionError(given)

    form = form_of(never)
    sign_in(form)
    assert form.status == "Still needed: developer token."
    choose_credentials(form)
    fill(form, "Client id", "abc")
    sign_in(form)
    assert form.status == "Still needed: client secret, subject id."


def test_the_time_left_is_counted_from_when_the_token_was_pasted():
    clock = Clock()
    form = form_of(clock=clock)
    assert form.seconds_left is None
    fill(form, "Developer token", SECRET)
    clock.now += 60
    sign_in(form)
    assert form.seconds_left == 3540.0
    assert plain(form._time.value) == (
        "The developer token ends in 59 minutes at the latest, sooner if it was not new when it "
        "was pasted."
    )
    clock.now += 3481
    form.show_time()
    assert plain(form._time.value).startswith("The developer token ends in 1 minute at the latest")
    clock.now += 100
    form.show_time()
    assert form.seconds_left == 0.0
    assert plain(form._time.value) == (
        "The developer token has ended: get a new one and paste it above."
    )


def test_client_credentials_go_to_connect_in_an_environment(monkeypatch):
    monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "other")
    form = form_of()
    choose_credentials(form)
    assert form._of_token.layout.display == "none"
    for label, text in (("Client id", "abc "), ("Client secret", SECRET), ("Subject id", "8")):
        fill(form, label, text)
    update(control(form, "Subject"), index=1)
    sign_in(form)
    names = ("CLIENT_ID", "CLIENT_SECRET", "SUBJECT_TYPE", "SUBJECT_ID")
    environment = form.client.given["environment"]
    assert environment["BOX_DEVELOPER_TOKEN"] == ""
    assert [environment[f"BOX_{name}"] for name in names] == ["abc", SECRET, "user", "8"]
    assert (form.seconds_left, form._time.value) == (None, "")


def test_both_ways_reach_a_real_service():
    with LocalDocGen() as local, local.listen() as url:
        form = LoginForm(lambda **given: connect(url, **given))
        fill(form, "Developer token", SECRET)
        sign_in(form)
        assert form.status == "Signed in as Default user (default@docgen.local)."
        form.client.close()
        choose_credentials(form)
        for label, text in (("Client id", "abc"), ("Client secret", SECRET), ("Subject id", "8")):
            fill(form, label, text)
        update(control(form, "Subject"), index=1)
        sign_in(form)
        assert form.client.get_me()["id"] == "8"
        form.client.close()
        form.close()


def test_a_token_that_cannot_be_one_is_told_without_it():
    form = form_of(connect)
    fill(form, "Developer token", f"{SECRET} é")
    sign_in(form)
    assert form.status == (
        "The token is empty or contains a space, a line break or a character outside ASCII. "
        "Copy it again from Box's developer console."
    )


def test_the_button_is_disabled_while_it_is_asked_and_a_second_click_does_nothing():
    go_on, asked = threading.Event(), []

    class Slow(Known):
        def get_me(self):
            asked.append(1)
            assert go_on.wait(SECONDS)
            return super().get_me()

    form = LoginForm(Slow)
    fill(form, "Developer token", SECRET)
    data = {"method": "custom", "content": {"event": "click"}}
    for _ in range(2):
        control(form, "Sign in")._handle_msg({"content": {"data": data}, "buffers": []})
    assert control(form, "Sign in").disabled
    assert form.status == "Asking who this is."
    go_on.set()
    assert form.done.wait(SECONDS)
    assert (asked, control(form, "Sign in").disabled) == ([1], False)
    form.close()


def test_closing_ends_the_countdown_and_leaves_other_widgets_open():
    other = widgets.Text()
    form = LoginForm(Known, tick_seconds=SECONDS)
    fill(form, "Developer token", SECRET)
    sign_in(form)
    [thread] = [t for t in threading.enumerate() if t.name == "docgen-nb token time"]
    form.close()
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert (form.widget.comm, other.comm is not None) == (None, True)


@pytest.mark.parametrize("user", [{"id": "5"}, {"id": "5", "name": None, "login": ""}])
def test_a_user_without_a_name_is_told_by_the_id(user):
    class Nameless(Known):
        def get_me(self):
            return user

    form = form_of(Nameless)
    fill(form, "Developer token", SECRET)
    sign_in(form)
    assert form.status == "Signed in as user 5."
