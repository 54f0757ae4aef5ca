"""Bearer tokens: whose they are and what they allow, and the token endpoint that gives them."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from docgen_nb.service.endpoints import users
from docgen_nb.service.endpoints.jwt import BadAssertion, read_assertion
from docgen_nb.service.http.messages import Refused, Reply, is_id, json_reply, unauthorized

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

TOKEN_SECONDS = 3600
REFRESH_SECONDS = 60 * 24 * 3600  # Box's refresh tokens live 60 days
BODY_BYTES = 64 * 1024
MINTED = "docgen-nb."  # how tokens of the token endpoint begin: once ended, they stay ended
GRANT = "urn:ietf:params:oauth:grant-type:"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a type's name
EVERYTHING = frozenset({"read", "download", "rename", "upload", "delete"})
# What a downscoped token may do; a scope that is not here allows nothing beyond reading.
SCOPES: Mapping[str, frozenset[str]] = {
    "root_readwrite": EVERYTHING,
    "root_readonly": frozenset({"read", "download"}),
    "item_download": frozenset({"read", "download"}),
    "item_rename": frozenset({"read", "rename"}),
    "item_upload": frozenset({"read", "upload"}),
    "item_delete": frozenset({"read", "delete"}),
    "base_upload": frozenset({"read", "upload"}),
}


@dataclass(frozen=True)
class Bearer:
    """Whose token it is, and what it allows: all, unless it was downscoped."""

    user_id: int
    allowed: frozenset[str] = EVERYTHING

    def check(self, action: str) -> None:
        """Refuse with 403 what the token does not allow."""
        if action not in self.allowed:
            message = "The request requires higher privileges than provided by the access token."
            raise Refused(403, "insufficient_scope", message)


class NoGrant(Exception):
    """A token request that is refused, with OAuth's code and description."""


def identify(service: "LocalDocGen", authorization: str) -> Bearer:
    """Return whose bearer token it is, or refuse with 401.

    A token from the token endpoint belongs to its subject. Any other one belongs to the default
    user, if it is the service's own token, or if the service has none.
    """
    scheme, _, token = authorization.partition(" ")
    bearer = _bearer(service, token.strip()) if scheme.lower() == "bearer" else None
    if bearer is None:
        raise unauthorized()
    return bearer


def _bearer(service: "LocalDocGen", token: str) -> Bearer | None:
    if not token:
        return None
    sql = "SELECT * FROM tokens WHERE digest = ? AND kind = 'access'"
    row = service.store.first(sql, (_digest(token),))
    if row is not None:
        live = row["expires_at"] > service.clock.now()
        return Bearer(row["user_id"], _allowed(row["scope"])) if live else None
    if token.startswith(MINTED) or (service.token is not None and not _same(token, service.token)):
        return None
    return Bearer(service.default_user_id)


def _allowed(scope: str) -> frozenset[str]:
    if not scope:
        return EVERYTHING
    return frozenset({"read"}).union(*(SCOPES.get(word, frozenset()) for word in scope.split()))


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def grant_token(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /oauth2/token`."""
    form = _form(call)
    grant = GRANTS.get(form.get("grant_type", ""))
    try:
        if grant is None:
            raise NoGrant("unsupported_grant_type", "The grant type is not supported.")
        return json_reply(grant(service, form))
    except NoGrant as refused:
        code, description = refused.args
        return json_reply({"error": code, "error_description": description}, status=400)


def _form(call: "Call") -> dict[str, str]:
    return dict(parse_qsl(call.body(BODY_BYTES).decode("utf-8", "replace")))


def _check_client(service: "LocalDocGen", form: Mapping[str, str]) -> None:
    if not form.get("client_id"):
        raise NoGrant("invalid_client", "The client credentials are invalid.")
    secret = form.get("client_secret", "")
    if service.token is not None and not _same(secret, service.token):
        raise NoGrant("invalid_client", "The client credentials are invalid.")


def _client_credentials(service: "LocalDocGen", form: Mapping[str, str]) -> dict[str, object]:
    _check_client(service, form)
    kind, subject = form.get("box_subject_type", ""), form.get("box_subject_id", "")
    return _for_subject(service, kind, subject)


def _for_subject(service: "LocalDocGen", kind: str, subject: str) -> dict[str, object]:
    if kind not in users.SUBJECTS or not is_id(subject):
        raise NoGrant("invalid_grant", "Grant credentials are invalid")
    with service.store.write() as db:
        user_id = users.subject(db, kind=kind, id=subject, now=service.clock.now())
    if user_id is None:
        raise NoGrant("invalid_grant", "Grant credentials are invalid")
    return _token(service, user_id)


def _jwt(service: "LocalDocGen", form: Mapping[str, str]) -> dict[str, object]:
    _check_client(service, form)
    try:
        kind, subject = read_assertion(
            form.get("assertion", ""),
            key=service.jwt_key,
            client_id=form["client_id"],
            now=service.clock.now(),
        )
    except BadAssertion as error:
        raise NoGrant("invalid_grant", str(error)) from error
    return _for_subject(service, kind, subject)


def _exchange(service: "LocalDocGen", form: Mapping[str, str]) -> dict[str, object]:
    """Give a token of the same user that may do less."""
    bearer = _bearer(service, form.get("subject_token", ""))
    if bearer is None or form.get("subject_token_type") != ACCESS_TOKEN:
        raise NoGrant("invalid_grant", "Invalid subject token")
    scope = form.get("scope", "")
    if not scope:
        raise NoGrant("invalid_scope", "A scope is required.")
    if not _allowed(scope) <= bearer.allowed:
        raise NoGrant("invalid_scope", "The scope is wider than that of the subject token.")
    found = _token(service, bearer.user_id, scope=scope)
    # The OpenAPI knows no scope of a whole root here.
    restricted = [{"scope": word} for word in scope.split() if not word.startswith("root_")]
    return found | {"issued_token_type": ACCESS_TOKEN, "restricted_to": restricted}


def _authorization_code(service: "LocalDocGen", form: Mapping[str, str]) -> dict[str, object]:
    """Give a pair of tokens of the default user for any code: there is no page that gives codes."""
    _check_client(service, form)
    if not form.get("code"):
        raise NoGrant("invalid_grant", "The authorization code is missing.")
    return _pair(service, service.default_user_id)


def _refresh(service: "LocalDocGen", form: Mapping[str, str]) -> dict[str, object]:
    """Change a refresh token, which works once, for a new pair."""
    _check_client(service, form)
    digest = _digest(form.get("refresh_token", ""))
    sql = "DELETE FROM tokens WHERE digest = ? AND kind = 'refresh' RETURNING user_id, expires_at"
    with service.store.write() as db:
        row = db.execute(sql, (digest,)).fetchone()
    if row is None or row["expires_at"] <= service.clock.now():
        raise NoGrant("invalid_grant", "Invalid refresh token")
    return _pair(service, row["user_id"])


def _pair(service: "LocalDocGen", user_id: int) -> dict[str, object]:
    found = _token(service, user_id)
    return found | {"refresh_token": _store(service, user_id, kind="refresh")}


GRANTS: Mapping[str, Callable[["LocalDocGen", Mapping[str, str]], dict[str, object]]] = {
    "client_credentials": _client_credentials,
    f"{GRANT}jwt-bearer": _jwt,
    f"{GRANT}token-exchange": _exchange,
    "authorization_code": _authorization_code,
    "refresh_token": _refresh,
}


def _token(service: "LocalDocGen", user_id: int, *, scope: str = "") -> dict[str, object]:
    token = _store(service, user_id, kind="access", scope=scope)
    found: dict[str, object] = {"access_token": token, "expires_in": TOKEN_SECONDS}
    return found | {"restricted_to": [], "token_type": "bearer"}


def _store(service: "LocalDocGen", user_id: int, *, kind: str, scope: str = "") -> str:
    token, now = MINTED + secrets.token_urlsafe(32), service.clock.now()
    lifetime = TOKEN_SECONDS if kind == "access" else REFRESH_SECONDS
    with service.store.write() as db:
        db.execute("DELETE FROM tokens WHERE expires_at BETWEEN 1 AND ?", (now,))  # 0: revoked
        db.execute(
            "INSERT INTO tokens (digest, kind, user_id, scope, expires_at) VALUES (?, ?, ?, ?, ?)",
            (_digest(token), kind, user_id, scope, now + lifetime),
        )
    return token


def revoke_token(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /oauth2/revoke`: 200 whether there was such a token or not."""
    form = _form(call)
    with service.store.write() as db:
        # Kept, but ended: an unknown one could be taken for a token given by hand.
        db.execute(
            "INSERT INTO tokens (digest, kind, user_id, scope, expires_at) "
            "VALUES (?, 'access', 0, '', 0) ON CONFLICT (digest) DO UPDATE SET expires_at = 0",
            (_digest(form.get("token", "")),),
        )
    return Reply(200)
