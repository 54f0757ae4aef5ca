"""LoginForm: a form that logs in with a developer token or client credentials."""

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import ipywidgets as widgets

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.errors import Unauthorized
from docgen_nb.forms.background import Worker, run_in_background
from docgen_nb.forms.display import counted
from docgen_nb.forms.error_display import Callback, wrap_callback
from docgen_nb.forms.panels.panel import Panel
from docgen_nb.forms.widgets.layout import BESIDE_LABEL, LABEL_WIDTH, toggle_buttons
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts

TOKEN, CREDENTIALS = "Developer token", "Client credentials"
TOKEN_SECONDS = 3600.0  # Box's developer console: a developer token lasts 60 minutes
REJECTED = "The token or credentials are wrong or have expired. Enter new ones."
EMPTY = "Paste it here"
STORED = "Stored and not shown. Paste another one to replace it."
# The names under which `connect` looks for credentials in its environment.
TOKEN_NAME = "BOX_DEVELOPER_TOKEN"  # noqa: S105  a name, not a secret
NAMES = ("BOX_CLIENT_ID", "BOX_CLIENT_SECRET", "BOX_SUBJECT_TYPE", "BOX_SUBJECT_ID")


class LoginForm(Panel):
    """A form for a developer token or client credentials, with a button that tries them.

    A pasted secret is removed from its input at once. It is in no widget value that a notebook
    could save, in no repr and in no message.

    Parameters
    ----------
    connect : callable
        Makes a client. It is called with ``token=``, or with ``environment=``, a mapping that
        contains the client credentials: `docgen_nb.connect`, or a partial of it with a URL.
    blocking : bool
        Do the work in the callback instead of in the background.
    clock : callable
        Returns seconds that only increase.
    tick_seconds : float
        How often to update the remaining time of the token.

    Attributes
    ----------
    widget : widget
        The ipywidgets box, to be put into other boxes.
    client : Client or None
        The client of the last successful login.
    done : threading.Event
        Set while no login is running.

    Notes
    -----
    The remaining time of a developer token is an upper bound. Box does not report when a token
    expires, so the form counts 60 minutes from the moment that the token was pasted.

    Examples
    --------
    >>> from docgen_nb import connect
    >>> LoginForm(connect)
    <LoginForm: not logged in>
    """

    def __init__(
        self,
        connect: Callable[..., DocGenClient],
        *,
        blocking: bool = False,
        clock: Callable[[], float] = time.monotonic,
        tick_seconds: float = 30.0,
    ) -> None:
        super().__init__()
        self._connect = connect
        self._blocking = blocking or sys.platform == "emscripten"  # no threads there
        self._clock = clock
        self._tick_seconds = tick_seconds
        self._secrets = {"token": "", "secret": ""}
        self._pasted_at = 0.0
        self._expires_at: float | None = None
        self._user = ""
        self._callbacks: list[Callable[[DocGenClient], object]] = []
        self._stop_countdown = threading.Event()  # of the current countdown
        self.client: DocGenClient | None = None
        self._build()
        self._worker = Worker("login", blocking=blocking, show_busy=self._show_busy)
        self.done = self._worker.done

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the developer token expires at the latest; None without such a token."""
        return None if self._expires_at is None else max(0.0, self._expires_at - self._clock())

    def on_login(self, callback: Callable[[DocGenClient], object]) -> None:
        """Call `callback` with the client of each successful login, perhaps in another thread."""
        self._callbacks.append(callback)

    def show_time(self) -> None:
        """Show the remaining time of the developer token."""
        left = self.seconds_left
        if left is None:
            self._time.value = ""
        elif left == 0:
            self._time.value = "The developer token has expired. Paste a new one above."
        else:
            minutes = counted(math.ceil(left / 60), "minute")
            self._time.value = (
                f"The developer token expires in at most {minutes}, earlier if it was not new "
                "when you pasted it."
            )

    def close(self) -> None:
        """Forget the secrets and close the widgets; the client stays open."""
        self._stop_countdown.set()
        self._callbacks.clear()
        self._forget_secrets()
        super().close()

    def __repr__(self) -> str:
        return f"<LoginForm: {f'logged in as {self._user}' if self._user else 'not logged in'}>"

    # Widgets

    def _build(self) -> None:
        self._method = toggle_buttons(description="Log in with", options=(TOKEN, CREDENTIALS))
        self._token = _secret_input("Developer token")
        self._client_id = widgets.Text(description="Client ID", placeholder=EMPTY)
        self._secret = _secret_input("Client secret")
        self._subject_type = toggle_buttons(description="Subject", options=("enterprise", "user"))
        self._subject_id = widgets.Text(
            description="Subject ID", placeholder="ID of the enterprise or the user"
        )
        self._button = widgets.Button(description="Log in", button_style="primary")
        self._time = widgets.HTML()
        self._arrange()
        self._observe()

    def _arrange(self) -> None:
        of_credentials = [self._client_id, self._secret, self._subject_type, self._subject_id]
        for control in (self._method, self._token, *of_credentials):
            control.style.description_width = LABEL_WIDTH
            control.layout.width = "auto"
        self._of_token = widgets.VBox([self._token])
        self._of_credentials = widgets.VBox(of_credentials, layout={"display": "none"})
        below = widgets.VBox([self._button, self._status_line.widget, self._time])
        below.layout.margin = BESIDE_LABEL
        self.widget = widgets.VBox([self._method, self._of_token, self._of_credentials, below])
        self.widget.layout.max_width = "54em"
        self.widget.add_class("docgen-login")
        suppress_shortcuts(self.widget)

    def _observe(self) -> None:
        self._method.observe(self._wrap(lambda _: self._show_method()), "value")
        for name, control in (("token", self._token), ("secret", self._secret)):
            control.observe(self._wrap(partial(self._store_secret, name)), "value")
        self._button.on_click(self._wrap(lambda _: self._start()))

    @property
    def _uses_token(self) -> bool:
        return bool(self._method.value == TOKEN)

    def _show_method(self) -> None:
        self._of_token.layout.display = "" if self._uses_token else "none"
        self._of_credentials.layout.display = "none" if self._uses_token else ""

    # Input

    def _wrap(self, callback: Callback) -> Callable[..., None]:
        def show(text: str, _trace: str) -> None:
            self._show_status(self._without_secrets(text))

        return wrap_callback(callback, show=show)

    def _without_secrets(self, text: str) -> str:
        for secret in filter(None, self._secrets.values()):
            text = text.replace(secret, "****")
        return text

    def _store_secret(self, name: str, change: Mapping[str, Any]) -> None:
        """Move a secret out of its input."""
        if not change["new"]:
            return
        self._secrets[name] = change["new"].strip()
        change["owner"].value, change["owner"].placeholder = "", STORED
        if name == "token":
            self._pasted_at = self._clock()

    def _forget_secrets(self) -> None:
        self._secrets = dict.fromkeys(self._secrets, "")

    def _start(self) -> None:
        if missing := self._missing():
            self._show_status(f"Missing: {', '.join(missing)}.")
        else:
            self._worker.run(self._wrap(self._log_in))

    def _missing(self) -> list[str]:
        values = {"developer token": self._secrets["token"]}
        if not self._uses_token:
            values = {
                "client ID": self._client_id.value.strip(),
                "client secret": self._secrets["secret"],
                "subject ID": self._subject_id.value.strip(),
            }
        return [name for name, value in values.items() if not value]

    def _show_busy(self, is_busy: bool) -> None:
        self._button.disabled = is_busy
        if is_busy:
            self._show_status("Logging in…")

    # In the background

    def _log_in(self) -> None:
        uses_token = self._uses_token
        try:
            client = self._new_client(uses_token=uses_token)
            user = client.get_me()
        except Unauthorized as error:
            error.add_note(REJECTED)
            raise
        except ValueError as error:  # the token cannot be one, or an address is wrong
            self._show_status(self._without_secrets(str(error)))
            return
        self.client, self._user = client, _name_of(user)
        self._forget_secrets()
        self._token.placeholder = self._secret.placeholder = EMPTY
        self._expires_at = self._pasted_at + TOKEN_SECONDS if uses_token else None
        self._show_status(f"Logged in as {self._user}.")
        self._start_countdown()
        for callback in list(self._callbacks):
            callback(client)

    def _new_client(self, *, uses_token: bool) -> DocGenClient:
        if uses_token:
            return self._connect(token=self._secrets["token"])
        subject = (self._subject_type.value, self._subject_id.value.strip())
        values = (self._client_id.value.strip(), self._secrets["secret"], *subject)
        credentials = dict(zip(NAMES, values, strict=True))
        return self._connect(environment={**os.environ, TOKEN_NAME: "", **credentials})

    def _start_countdown(self) -> None:
        self._stop_countdown.set()
        self._stop_countdown = threading.Event()
        self.show_time()
        if self._expires_at is not None and not self._blocking:
            tick = partial(self._tick, self._stop_countdown)
            run_in_background(tick, name="token time", blocking=False)

    def _tick(self, stop: threading.Event) -> None:
        while self.seconds_left and not stop.wait(self._tick_seconds):
            self.show_time()


def _secret_input(label: str) -> Any:
    # It sends its value only when the focus leaves it, so that the secret is in it only briefly.
    return widgets.Password(description=label, placeholder=EMPTY, continuous_update=False)


def _name_of(user: Mapping[str, Any]) -> str:
    name, login = user.get("name") or f"user {user.get('id')}", user.get("login")
    return f"{name} ({login})" if login else str(name)
