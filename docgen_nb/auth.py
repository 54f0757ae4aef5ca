"""Token sources: the token of a request, and another one if it is refused."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from docgen_nb.config import (
    CLIENT_ID,
    CLIENT_SECRET,
    SUBJECT_ID,
    SUBJECT_TYPE,
    Config,
    check_token,
    hide,
)
from docgen_nb.errors import UnreadableReply

# Sends a form to the token endpoint and returns the decoded reply; raises what the client raises.
Fetch = Callable[[Mapping[str, str]], Mapping[str, Any]]

EARLY_SECONDS = 60.0  # a token is renewed this long before it expires
DEFAULT_SECONDS = 3600.0  # for a reply without a lifetime: Box's tokens last about an hour


class TokenSource(Protocol):
    """Source of the tokens of a `Client`. Called from several threads."""

    def token(self, fetch: Fetch) -> str:
        """Return a token that should be valid."""
        ...

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return another token after a 401, or None if there is no other."""
        ...


class GivenToken:
    """One token that cannot be renewed, such as a developer token.

    ValueError if it is empty or contains invalid characters.
    """

    def __init__(self, token: str) -> None:
        token = hide(token)
        self._token = check_token(token)

    def __repr__(self) -> str:
        return "<GivenToken>"

    def token(self, fetch: Fetch) -> str:
        """Return the token."""
        return self._token

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return None: there is no other token."""
        return None


class ClientCredentials:
    """Tokens of an application's service account or of a user, from Box's token endpoint.

    A token is fetched when it is first needed, a minute before it expires, and after it is refused.

    Parameters
    ----------
    client_id, client_secret : str
        The application's, from Box's developer console.
    subject_type : str
        ``"enterprise"`` or ``"user"``.
    subject_id : str
        The id of the enterprise, or of the user.
    clock : callable, optional
        Returns seconds that only increase; by default `time.monotonic`.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        subject_type: str,
        subject_id: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": hide(client_secret),
            "box_subject_type": subject_type,
            "box_subject_id": subject_id,
        }
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def __repr__(self) -> str:
        form = self._form
        return f"<ClientCredentials of {form['box_subject_type']} {form['box_subject_id']}>"

    def token(self, fetch: Fetch) -> str:
        """Return a token, a new one if there is none yet or the last one is about to expire."""
        with self._lock:
            if not self._token or self._clock() >= self._renew_at:
                self._renew(fetch)
            return self._token

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return a new token, or the one that another thread has already fetched."""
        with self._lock:
            if self._token == refused:
                self._renew(fetch)
            return self._token

    def _renew(self, fetch: Fetch) -> None:
        requested_at = self._clock()
        reply = fetch(self._form)
        seconds = _lifetime(reply.get("expires_in"))
        self._token = _access_token(reply)
        self._renew_at = requested_at + seconds - min(EARLY_SECONDS, seconds / 10)


def token_source(config: Config) -> GivenToken | ClientCredentials:
    """Return the token source for a configuration."""
    if config.token is not None:
        return GivenToken(config.token)
    return ClientCredentials(
        client_id=config.credentials[CLIENT_ID],
        client_secret=config.credentials[CLIENT_SECRET],
        subject_type=config.credentials[SUBJECT_TYPE],
        subject_id=config.credentials[SUBJECT_ID],
    )


def _lifetime(seconds: Any) -> float:
    is_known = isinstance(seconds, int | float) and seconds > 0
    return float(seconds) if is_known else DEFAULT_SECONDS


def _access_token(reply: Mapping[str, Any]) -> str:
    token = reply.get("access_token")
    try:
        return check_token(token if isinstance(token, str) else "")
    except ValueError as error:
        raise UnreadableReply("The token endpoint's reply has no valid access_token.") from error
