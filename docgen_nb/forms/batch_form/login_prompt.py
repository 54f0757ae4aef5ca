"""Signing in again within a form, when the service does not know the token any more."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.client_protocol import Box
from docgen_nb.forms.panels.login import LoginForm
from docgen_nb.forms.widgets.inputs import close_tree

WHY = "The service does not know the token (any more). Sign in here; all that you typed stays."
ELSEWHERE = "The service does not know the token (any more). Make a client with a new one."


class SignIn:
    """Stands for the client of a form: another takes its place when a person has signed in anew.

    `then` is called after that. The new client comes from the ``reconnect`` of the one before;
    where that has none, a sentence says what to do.
    """

    def __init__(self, box: Box, *, then: Callable[[], object], blocking: bool) -> None:
        self._box, self._then, self._blocking = box, then, blocking
        self._login: LoginForm | None = None
        self.widget = widgets.VBox()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    def offer(self) -> None:
        """Show the way to sign in, unless it is shown."""
        if self.widget.children:
            return
        connect = getattr(self._box, "reconnect", None)
        words = widgets.HTML(f"<p>{WHY if connect else ELSEWHERE}</p>")
        if connect is None:
            self.widget.children = [words]
            return
        self._login = LoginForm(connect, blocking=self._blocking)
        self._login.on_login(self._take)
        self.widget.children = [words, self._login.widget]

    def _take(self, client: Any) -> None:
        self._box = client
        shown, self.widget.children = self.widget.children, ()
        for one in shown:
            close_tree(one)
        self.close()
        self._then()

    def close(self) -> None:
        """Forget what was typed to sign in."""
        if self._login is not None:
            self._login.close()
            self._login = None
