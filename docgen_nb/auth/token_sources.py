"""Token sources: the token of a request, and another one if it is refused."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol

from docgen_nb.config import check_token, hide
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

    ValueError if it is empty or contains invalid characters. `origin` says where it comes from,
    and `expires_at` when it ends at the latest, in seconds since 1970, if that is known.
    """

    def __init__(self, token: str, *, origin: str = "", expires_at: float | None = None) -> None:
        token = hide(token)
        self._token = check_token(token)
        self._expires_at = expires_at
        self.origin = origin

    def __repr__(self) -> str:
        return "<GivenToken>"

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the token expires at the latest, None if that is unknown."""
        return None if self._expires_at is None else max(0.0, self._expires_at - time.time())

    def token(self, fetch: Fetch) -> str:
        """Return the token."""
        return self._token

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return None: there is no other token."""
        return None


class TokenCallable:
    """Tokens that a callable returns. It is called for each request, so it should keep its token.

    After a 401 it is called once more. ValueError if it returns something else than a token.
    """

    seconds_left = None

    def __init__(self, give: Callable[[], str], *, origin: str = "") -> None:
        self._give = give
        self.origin = origin

    def __repr__(self) -> str:
        return "<TokenCallable>"

    def token(self, fetch: Fetch) -> str:
        """Return what the callable returns."""
        given = self._give()
        if not isinstance(given, str):
            raise ValueError(f"The callable for tokens returned {type(given).__name__}, not a str.")
        return check_token(given)

    def replace(self, refused: str, fetch: Fetch) -> str | None:
        """Return another token, or None if the callable returns the same one."""
        other = self.token(fetch)
        return None if other == refused else other


class GrantedTokens(ABC):
    """Tokens from Box's token endpoint, by a grant that a subclass has.

    A token is fetched when it is first needed, a minute before it expires, and after it is refused.
    `clock` returns seconds that only increase.
    """

    def __init__(self, *, origin: str, clock: Callable[[], float]) -> None:
        self.origin = origin
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = self._expires_at = 0.0

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled."""
        raise TypeError("Credentials can't be pickled. Pickle a client instead.")

    @abstractmethod
    def _grant(self) -> Mapping[str, str]:
        """Return the form to send."""

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the current token expires, None without one; it is renewed before."""
        return max(0.0, self._expires_at - self._clock()) if self._token else None

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
        reply = fetch(self._grant())
        seconds = _lifetime(reply.get("expires_in"))
        self._token = _access_token(reply)
        self._expires_at = requested_at + seconds
        self._renew_at = self._expires_at - min(EARLY_SECONDS, seconds / 10)


class ClientCredentials(GrantedTokens):
    """Tokens of an application's service account or of a user, by its client secret.

    Parameters
    ----------
    client_id, client_secret : str
        The application's, from Box's developer console.
    subject_type : str
        ``"enterprise"`` or ``"user"``.
    subject_id : str
        The id of the enterprise, or of the user.
    origin : str
        Where the credentials come from.
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
        origin: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(origin=origin, clock=clock)
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": hide(client_secret),
            "box_subject_type": subject_type,
            "box_subject_id": subject_id,
        }

    def __repr__(self) -> str:
        form = self._form
        return f"<ClientCredentials of {form['box_subject_type']} {form['box_subject_id']}>"

    def _grant(self) -> Mapping[str, str]:
        return self._form


def _lifetime(seconds: Any) -> float:
    is_known = isinstance(seconds, int | float) and seconds > 0
    return float(seconds) if is_known else DEFAULT_SECONDS


def _access_token(reply: Mapping[str, Any]) -> str:
    token = reply.get("access_token")
    try:
        return check_token(token if isinstance(token, str) else "")
    except ValueError as error:
        raise UnreadableReply("The token endpoint's reply has no valid access_token.") from error
