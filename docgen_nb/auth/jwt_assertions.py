"""Tokens for signed assertions (JWT), from the app configuration of Box's console."""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from docgen_nb.auth.token_sources import GrantedTokens
from docgen_nb.config import Secret, hide
from docgen_nb.errors import MissingCredentials

AUDIENCE = "https://api.box.com/oauth2/token"  # of every address, as in Box's SDKs
SECONDS = 45  # Box takes no assertion that ends more than 60 seconds from now
ALGORITHM = "RS512"


class JwtAssertions(GrantedTokens):
    """Tokens of an application's service account or of a user, by its private key.

    Needs the extra `jwt`. Box compares the times of an assertion with its own clock, so the clock
    of this computer must be right.

    Parameters
    ----------
    app : mapping
        The app configuration of Box's developer console, decoded.
    subject : (str, str)
        ``"enterprise"`` or ``"user"``, and its id. By default as in `app`.
    origin : str
        Where the credentials come from.
    clock : callable, optional
        Returns seconds that only increase; by default `time.monotonic`.

    Raises
    ------
    MissingCredentials
        If `app` lacks something, or its private key cannot be read with its passphrase.
    ImportError
        Without the extra `jwt`.
    """

    def __init__(
        self,
        app: Mapping[str, Any],
        *,
        subject: tuple[str, str] = ("", ""),
        origin: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(origin=origin, clock=clock)
        self._jwt = _library()
        try:
            settings = app["boxAppSettings"]
            key = settings["appAuth"]
            self._client_id = str(settings["clientID"])
            self._client_secret = hide(str(settings["clientSecret"]))
            self._key_id = str(key["publicKeyID"])
            self._key = _private_key(key["privateKey"], key.get("passphrase"))
            self._subject = _subject(app, subject)
        except (KeyError, TypeError, ValueError, AttributeError):
            # Not chained: the error may quote a secret.
            self._key = None
        if self._key is None:
            raise MissingCredentials(
                "The app configuration lacks a client ID, secret, private key or subject, or its "
                "passphrase is wrong. Download it again from Box's developer console."
            )

    @classmethod
    def from_file(cls, path: str, *, subject: tuple[str, str] = ("", ""), origin: str = "") -> Self:
        """Return the source for a file of Box's developer console."""
        try:
            app = json.loads(Path(path).read_bytes())
        except OSError as error:
            raise MissingCredentials(f"Cannot read {path}: {error.strerror}.") from error
        except ValueError:
            app = None
        try:
            return cls(app if isinstance(app, dict) else {}, subject=subject, origin=origin)
        except MissingCredentials as error:
            raise MissingCredentials(f"{path}: {error}") from None

    def __repr__(self) -> str:
        return f"<JwtAssertions of {' '.join(self._subject)}>"

    def _grant(self) -> Mapping[str, str]:
        kind, id = self._subject
        claims = {
            "iss": self._client_id,
            "sub": id,
            "box_sub_type": kind,
            "aud": AUDIENCE,
            "jti": secrets.token_hex(32),
            "exp": int(time.time()) + SECONDS,
        }
        signed = self._jwt.encode(
            claims, self._key, algorithm=ALGORITHM, headers={"kid": self._key_id}
        )
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "assertion": Secret(signed),
        }


def _library() -> Any:
    try:
        import cryptography  # noqa: F401  PyJWT signs with it
        import jwt
    except ImportError as error:
        raise ImportError('JWT needs more packages: pip install "docgen-nb[jwt]"') from error
    return jwt


def _private_key(pem: str, passphrase: str | None) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem.encode(), passphrase.encode() if passphrase else None)


def _subject(app: Mapping[str, Any], given: tuple[str, str]) -> tuple[str, str]:
    """Return the kind and id of whom the tokens are for: as given, else as the file says."""
    if all(given):
        return given
    if app.get("userID"):
        return "user", str(app["userID"])
    return "enterprise", str(app["enterpriseID"])
