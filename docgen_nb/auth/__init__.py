"""Token sources: given tokens, and those that Box grants for client credentials or a JWT."""

import time

from docgen_nb.auth.jwt_assertions import JwtAssertions
from docgen_nb.auth.token_sources import (
    ClientCredentials,
    GivenToken,
    GrantedTokens,
    TokenCallable,
    TokenSource,
)
from docgen_nb.config import CLIENT_ID, CLIENT_SECRET, SUBJECT_ID, SUBJECT_TYPE, Config, is_box

__all__ = [
    "DEVELOPER_TOKEN_SECONDS",
    "ClientCredentials",
    "GivenToken",
    "GrantedTokens",
    "JwtAssertions",
    "TokenCallable",
    "TokenSource",
    "token_source",
]

DEVELOPER_TOKEN_SECONDS = 3600.0  # Box's developer console: a developer token lasts 60 minutes


def token_source(config: Config) -> GivenToken | TokenCallable | GrantedTokens:
    """Return the token source for a configuration.

    MissingCredentials for an app configuration that cannot be used, ImportError without the extra.
    """
    if callable(config.token):
        return TokenCallable(config.token, origin=config.origin)
    if config.token is not None:
        return GivenToken(config.token, origin=config.origin, expires_at=_latest_end(config))
    kind, id = config.credentials.get(SUBJECT_TYPE, ""), config.credentials.get(SUBJECT_ID, "")
    if config.jwt_file:
        return JwtAssertions.from_file(config.jwt_file, subject=(kind, id), origin=config.origin)
    return ClientCredentials(
        client_id=config.credentials[CLIENT_ID],
        client_secret=config.credentials[CLIENT_SECRET],
        subject_type=kind,
        subject_id=id,
        origin=config.origin,
    )


def _latest_end(config: Config) -> float | None:
    """Return when a token of Box ends at the latest: Box does not say when it ends."""
    if config.url is None or not is_box(config.url):
        return None
    return (config.saved_at or time.time()) + DEVELOPER_TOKEN_SECONDS
