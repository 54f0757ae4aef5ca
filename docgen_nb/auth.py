"""Token sources: what a request is signed with, and what to do when the token is refused."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from docgen_nb.config import Config, check_token
from docgen_nb.errors import UnreadableReply

# Sends a form to the token endpoint and returns the decoded answer; raises what the client raises.
Fetch = Callable[[Mapping[str, str]], Mapping[str, Any]]

EARLY_SECONDS = 60.0  # a token is renewed this long before it ends
DEFAULT_SECONDS = 3600.0  # Box's tokens last about an hour; for a reply that does not say


class TokenSource(Protocol):
    """What a `Client` asks for tokens. Called from several threads."""

    def token(self, fetch: Fetch) -> str:
        """Return a token that is believed to be good."""
        ...

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return another token after a 401, or None where there can be no other."""
        ...


class GivenToken:
    """One token, given by hand, that cannot be renewed: a developer token, for example.

    ValueError if it is empty or has characters that no token has.
    """

    def __init__(self, token: str) -> None:
        self._token = check_token(token)

    def __repr__(self) -> str:
        return "<GivenToken>"

    def token(self, fetch: Fetch) -> str:
        """Return the token."""
        return self._token

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return None: there is no other."""
        return None


class ClientCredentials:
    """Tokens of an application's own account, or of a user, from Box's token endpoint.

    A token is fetched when first needed, again a minute before it ends, and after it was refused.

    Parameters
    ----------
    client_id, client_secret : str
        Of the application, from Box's developer console.
    subject_type : str
        ``"enterprise"`` or ``"user"``.
    subject_id : str
        The id of the enterprise, or of the user.
    clock : callable, optional
        Seconds that only grow; `time.monotonic` by default.
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
            "client_secret": client_secret,
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
        """Return a token, a new one if there is none yet or the last one is about to end."""
        with self._lock:
            if not self._token or self._clock() >= self._renew_at:
                self._renew(fetch)
            return self._token

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return a new token, unless another thread has already fetched one."""
        with self._lock:
            if self._token == refused:
                self._renew(fetch)
            return self._token

    def _renew(self, fetch: Fetch) -> None:
        asked_at = self._clock()
        reply = fetch(self._form)
        seconds = _lifetime(reply.get("expires_in"))
        self._token = _access_token(reply)
        self._renew_at = asked_at + seconds - min(EARLY_SECONDS, seconds / 10)


def token_source(config: Config) -> GivenToken | ClientCredentials:
    """Return the token source that a configuration asks for."""
    if config.token.value is not None:
        return GivenToken(config.token.value)
    return ClientCredentials(
        client_id=config.client_id.value or "",
        client_secret=config.client_secret.value or "",
        subject_type=config.subject_type.value or "",
        subject_id=config.subject_id.value or "",
    )


def _lifetime(given: Any) -> float:
    known = isinstance(given, int | float) and given > 0
    return float(given) if known else DEFAULT_SECONDS


def _access_token(reply: Mapping[str, Any]) -> str:
    given = reply.get("access_token")
    try:
        return check_token(given if isinstance(given, str) else "")
    except ValueError as error:
        raise UnreadableReply("The token endpoint's reply holds no usable access_token.") from error
