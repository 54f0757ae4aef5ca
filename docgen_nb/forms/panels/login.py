"""LoginForm: a developer token or client credentials, tried out, and a client made of them."""

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Protocol

import ipywidgets as widgets

from docgen_nb.errors import Unauthorized
from docgen_nb.forms.display import shown_as
from docgen_nb.forms.error_display import guarded
from docgen_nb.forms.widgets.inputs import BESIDE_LABEL, LABEL_WIDTH, close_tree
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts

TOKEN, CREDENTIALS = "Developer token", "Client credentials"
TOKEN_SECONDS = 3600.0  # Box's developer console: a developer token lives for 60 minutes
REFUSED = "It is wrong, or has ended: paste a new one."
EMPTY = "paste it here"
TAKEN = "taken, and not shown; paste another to replace it"
# The names under which `connect` looks for credentials in its environment.
TOKEN_NAME = "BOX_DEVELOPER_TOKEN"  # noqa: S105  a name, not a secret
NAMES = ("BOX_CLIENT_ID", "BOX_CLIENT_SECRET", "BOX_SUBJECT_TYPE", "BOX_SUBJECT_ID")


class Client(Protocol):
    """What the form asks of a client."""

    def get_me(self) -> Mapping[str, Any]:
        """Get the user that the token belongs to."""
        ...


class LoginForm:
    """Ways to say who one is, and a button that tries them out.

    A secret that is pasted is taken out of its input at once: it is in no value of a widget that
    a notebook could save, in no repr, and in no message.

    Parameters
    ----------
    connect : callable
        Makes a client, called with ``token=`` or with ``environment=``, a mapping that has the
        client credentials: `docgen_nb.connect` or a partial of it with a URL.
    blocking : bool
        Do the work in the callback instead of in the background.
    clock : callable
        Seconds that only grow.
    tick_seconds : float
        How often the time that is left is shown anew.

    Attributes
    ----------
    widget : widget
        To be put into a box.
    client : Client or None
        The client that was made last and that Box knew the user of.
    done : threading.Event
        Set while nothing is being tried out.

    Notes
    -----
    The time left of a developer token is an upper bound: Box does not say when a token ends, so
    it is counted from the moment when it was pasted, and it was made before.

    Examples
    --------
    >>> from docgen_nb import connect
    >>> LoginForm(connect)
    <LoginForm: not signed in>
    """

    def __init__(
        self,
        connect: Callable[..., Client],
        *,
        blocking: bool = False,
        clock: Callable[[], float] = time.monotonic,
        tick_seconds: float = 30.0,
    ) -> None:
        self._connect = connect
        self._blocking = blocking or sys.platform == "emscripten"  # no threads there
        self._clock = clock
        self._tick_seconds = tick_seconds
        self._secrets = {"token": "", "secret": ""}
        self._pasted_at = 0.0
        self._ends_at: float | None = None
        self._user = ""
        self._hearers: list[Callable[[Client], object]] = []
        self._working = threading.Lock()
        self._new_login = threading.Event()  # ends the countdown of the one before
        self.client: Client | None = None
        self.done = threading.Event()
        self.done.set()
        self._build()

    @property
    def seconds_left(self) -> float | None:
        """How long the developer token lives at the most; None for other ways or before."""
        return None if self._ends_at is None else max(0.0, self._ends_at - self._clock())

    @property
    def status(self) -> str:
        """The line below the button."""
        return self._words

    def on_login(self, act: Callable[[Client], object]) -> None:
        """Call `act` with each client that Box knew the user of; perhaps on another thread."""
        self._hearers.append(act)

    def show_time(self) -> None:
        """Show the time that is left of a developer token."""
        left = self.seconds_left
        if left is None:
            self._time.value = ""
        elif left == 0:
            self._time.value = "The developer token has ended: get a new one and paste it above."
        else:
            minutes = math.ceil(left / 60)
            self._time.value = (
                f"The developer token ends in {minutes} {'minute' if minutes == 1 else 'minutes'} "
                "at the latest, sooner if it was not new when it was pasted."
            )

    def close(self) -> None:
        """Forget the secrets and close the widgets; the client stays open."""
        self._new_login.set()
        self._hearers.clear()
        self._secrets = dict.fromkeys(self._secrets, "")
        close_tree(self.widget)

    def __repr__(self) -> str:
        return f"<LoginForm: {f'signed in as {self._user}' if self._user else 'not signed in'}>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return shown_as(self, **options)

    # What is shown

    def _build(self) -> None:
        self._way = widgets.ToggleButtons(description="Sign in with", options=(TOKEN, CREDENTIALS))
        self._way.add_class("widget-inline-hbox")
        self._token = _secret_input("Developer token")
        self._id = widgets.Text(description="Client id", placeholder=EMPTY)
        self._secret = _secret_input("Client secret")
        self._subject_type = widgets.ToggleButtons(
            description="Subject", options=("enterprise", "user")
        )
        self._subject_type.add_class("widget-inline-hbox")
        self._subject_id = widgets.Text(
            description="Subject id", placeholder="id of the enterprise, or of the user"
        )
        self._button = widgets.Button(description="Sign in", button_style="primary")
        self._line, self._time = widgets.HTML(), widgets.HTML()
        self._arrange()
        self._observe()
        self._say("")

    def _arrange(self) -> None:
        of_credentials = [self._id, self._secret, self._subject_type, self._subject_id]
        for control in (self._way, self._token, *of_credentials):
            control.style.description_width = LABEL_WIDTH
            control.layout.width = "auto"
        self._of_token = widgets.VBox([self._token])
        self._of_credentials = widgets.VBox(of_credentials, layout={"display": "none"})
        below = widgets.VBox([self._button, self._line, self._time])
        below.layout.margin = BESIDE_LABEL
        self.widget = widgets.VBox([self._way, self._of_token, self._of_credentials, below])
        self.widget.layout.max_width = "54em"
        self.widget.add_class("docgen-login")
        suppress_shortcuts(self.widget)

    def _observe(self) -> None:
        self._way.observe(self._guard(lambda _: self._show_way()), "value")
        for name, control in (("token", self._token), ("secret", self._secret)):
            control.observe(self._guard(self._taker(name, control)), "value")
        self._button.on_click(self._guard(lambda _: self._run()))

    def _show_way(self) -> None:
        uses_token = self._way.value == TOKEN
        self._of_token.layout.display = "" if uses_token else "none"
        self._of_credentials.layout.display = "none" if uses_token else ""

    def _say(self, words: str) -> None:
        self._words = words
        self._line.value = f'<span role="status">{escape(words)}</span>'

    # What a person does

    def _guard(self, act: Callable[..., object]) -> Callable[..., None]:
        return guarded(act, show=lambda text, _trace: self._say(self._without_secrets(text)))

    def _without_secrets(self, text: str) -> str:
        for secret in filter(None, self._secrets.values()):
            text = text.replace(secret, "****")
        return text

    def _taker(self, name: str, control: Any) -> Callable[[Mapping[str, Any]], None]:
        """Return what takes a secret out of its input as soon as it is there."""

        def take(change: Mapping[str, Any]) -> None:
            if not change["new"]:
                return
            self._secrets[name] = change["new"].strip()
            control.value, control.placeholder = "", TAKEN
            if name == "token":
                self._pasted_at = self._clock()

        return take

    def _run(self) -> None:
        if missing := self._missing():
            self._say(f"Still needed: {', '.join(missing)}.")
            return
        if not self._working.acquire(blocking=False):
            return
        self.done.clear()
        self._button.disabled = True
        self._say("Asking who this is.")
        if self._blocking:
            self._work()
        else:
            threading.Thread(target=self._work, name="docgen-nb login", daemon=True).start()

    def _missing(self) -> list[str]:
        given = {"developer token": self._secrets["token"]}
        if self._way.value == CREDENTIALS:
            given = {
                "client id": self._id.value.strip(),
                "client secret": self._secrets["secret"],
                "subject id": self._subject_id.value.strip(),
            }
        return [name for name, value in given.items() if not value]

    def _work(self) -> None:
        try:
            self._guard(self._sign_in)()
        finally:
            self._button.disabled = False
            self._working.release()
            self.done.set()

    def _sign_in(self) -> None:
        uses_token = self._way.value == TOKEN
        try:
            client = self._client(uses_token=uses_token)
            user = client.get_me()
        except Unauthorized as error:
            error.add_note(REFUSED)
            raise
        except ValueError as error:  # what was pasted cannot be a token, or an address is wrong
            self._say(self._without_secrets(str(error)))
            return
        self.client, self._user = client, _named(user)
        self._secrets = dict.fromkeys(self._secrets, "")
        self._token.placeholder = self._secret.placeholder = EMPTY
        self._ends_at = self._pasted_at + TOKEN_SECONDS if uses_token else None
        self._say(f"Signed in as {self._user}.")
        self._count_down()
        for act in list(self._hearers):
            act(client)

    def _client(self, *, uses_token: bool) -> Client:
        if uses_token:
            return self._connect(token=self._secrets["token"])
        subject = (self._subject_type.value, self._subject_id.value.strip())
        values = (self._id.value.strip(), self._secrets["secret"], *subject)
        found = dict(zip(NAMES, values, strict=True))
        return self._connect(environment={**os.environ, TOKEN_NAME: "", **found})

    def _count_down(self) -> None:
        self._new_login.set()
        self._new_login = ended = threading.Event()
        self.show_time()
        if self._ends_at is not None and not self._blocking:
            threading.Thread(
                target=self._tick, args=[ended], name="docgen-nb token time", daemon=True
            ).start()

    def _tick(self, ended: threading.Event) -> None:
        while self.seconds_left and not ended.wait(self._tick_seconds):
            self.show_time()


def _secret_input(label: str) -> Any:
    # It sends what it holds when it is left, so that a secret is never there for long.
    return widgets.Password(description=label, placeholder=EMPTY, continuous_update=False)


def _named(user: Mapping[str, Any]) -> str:
    name, login = user.get("name") or f"user {user.get('id')}", user.get("login")
    return f"{name} ({login})" if login else str(name)
