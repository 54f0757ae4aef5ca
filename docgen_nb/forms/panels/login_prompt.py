"""A login within the form, for when its token is rejected."""

from collections.abc import Callable

import ipywidgets as widgets

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.forms.display import close_tree
from docgen_nb.forms.panels.login import LoginForm

LOG_IN = "The token is unknown or has expired. Log in here; the form keeps your data."
NO_LOGIN = "The token is unknown or has expired. Make a client with a new token."


class LoginPrompt:
    """Holds the client of a form, and replaces it when a person has logged in again.

    `on_login` is called after that. The new client comes from the ``reconnect`` method of the
    current one; if it has no such method, a sentence says what to do.
    """

    def __init__(
        self, client: DocGenClient, *, on_login: Callable[[], object], blocking: bool
    ) -> None:
        self.client = client
        self._on_login, self._blocking = on_login, blocking
        self._form: LoginForm | None = None
        self.widget = widgets.VBox()

    def show(self) -> None:
        """Show the login form, unless it is shown."""
        if self.widget.children:
            return
        connect = getattr(self.client, "reconnect", None)
        shown = [widgets.HTML(f"<p>{LOG_IN if connect else NO_LOGIN}</p>")]
        if connect is not None:
            self._form = LoginForm(connect, blocking=self._blocking)
            self._form.on_login(self._use)
            shown.append(self._form.widget)
        self.widget.children = shown

    def _use(self, client: DocGenClient) -> None:
        self.client = client
        shown, self.widget.children = self.widget.children, ()
        close_tree(*shown)
        self.close()
        self._on_login()

    def close(self) -> None:
        """Forget what was typed to log in."""
        if self._form is not None:
            self._form.close()
            self._form = None
