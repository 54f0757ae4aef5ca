"""Bearer tokens: their users, their scopes, and the token endpoint."""

import hashlib
import hmac
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from docgen_nb.service.context import Call, Context
from docgen_nb.service.endpoints.jwt import InvalidAssertion, read_assertion
from docgen_nb.service.http.messages import ApiFailure, Reply, is_id, json_reply, unauthorized
from docgen_nb.service.storage import users
from docgen_nb.service.storage.store import Database

TOKEN_SECONDS = 3600
REFRESH_SECONDS = 60 * 24 * 3600  # Box's refresh tokens live 60 days
BODY_BYTES = 64 * 1024
PREFIX = "docgen-nb."  # of tokens of the token endpoint: once expired, they stay expired
GRANT = "urn:ietf:params:oauth:grant-type:"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a type's name
REVOKED = "SELECT 1 FROM tokens WHERE digest = ? AND kind = 'revoked'"
REVOKE_DERIVED = """WITH RECURSIVE derived (digest) AS (VALUES (?) UNION
    SELECT tokens.digest FROM tokens JOIN derived ON tokens.parent = derived.digest)
    UPDATE tokens SET kind = 'revoked' WHERE digest IN derived"""
_ITEM_ACTIONS = frozenset({"read", "download", "rename", "upload", "delete"})
ALL_ACTIONS = _ITEM_ACTIONS | {"manage"}  # users and webhooks, and acting as another user
# What a downscoped token allows; any other scope allows reading alone.
SCOPES: Mapping[str, frozenset[str]] = {
    "root_readwrite": _ITEM_ACTIONS,
    "root_readonly": frozenset({"read", "download"}),
    "item_download": frozenset({"read", "download"}),
    "item_rename": frozenset({"read", "rename"}),
    "item_upload": frozenset({"read", "upload"}),
    "item_delete": frozenset({"read", "delete"}),
    "base_upload": frozenset({"read", "upload"}),
}


@dataclass(frozen=True)
class Bearer:
    """The user of a token and the actions that it allows: all, unless it was downscoped.

    ``expires_at`` is in seconds since 1970.
    """

    user_id: int
    allowed: frozenset[str] = ALL_ACTIONS
    expires_at: float = math.inf

    def check(self, action: str) -> None:
        """Refuse with 403 an action that the token does not allow."""
        if action not in self.allowed:
            message = "The request requires higher privileges than provided by the access token."
            raise ApiFailure(403, "insufficient_scope", message)


class GrantFailure(Exception):
    """A token request that is refused, with OAuth's code and description."""

    status = 400

    def reply(self) -> Reply:
        """Return OAuth's error body."""
        code, description = self.args
        return json_reply({"error": code, "error_description": description}, status=self.status)


class TooLong(GrantFailure):
    """A form that is longer than any grant."""

    status = 413


def identify(context: Context, authorization: str) -> Bearer:
    """Return the bearer of a token; 401 if it is not valid.

    A token of the token endpoint belongs to its subject. Any other token belongs to the default
    user: the service's own token if it has one, else every token.
    """
    scheme, _, token = authorization.partition(" ")
    bearer = _bearer(context, token.strip()) if scheme.lower() == "bearer" else None
    if bearer is None:
        raise unauthorized()
    return bearer


def _bearer(context: Context, token: str) -> Bearer | None:
    if not token:
        return None
    own, default = context.credentials.token, Bearer(context.credentials.default_user_id)
    if own is not None and _same(token, own):
        return default
    sql = "SELECT * FROM tokens WHERE digest = ? AND kind != 'refresh'"
    row = context.store.first(sql, (_digest(token),))
    is_current = row is not None and row["expires_at"] > context.clock.now()
    if row is not None and is_current and row["kind"] == "access":
        return Bearer(row["user_id"], _allowed(row["scope"]), row["expires_at"])
    is_from_elsewhere = own is None and not is_current and not token.startswith(PREFIX)
    return default if is_from_elsewhere else None


def _allowed(scope: str) -> frozenset[str]:
    if not scope:
        return ALL_ACTIONS
    return frozenset({"read"}).union(*(SCOPES.get(name, frozenset()) for name in scope.split()))


def _same(token: str, expected: str) -> bool:
    return hmac.compare_digest(token.encode(), expected.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def grant_token(call: Call) -> Reply:
    """Answer `POST /oauth2/token`."""
    try:
        form = _form(call)
        grant = GRANTS.get(form.get("grant_type", ""))
        if grant is None:
            raise GrantFailure("unsupported_grant_type", "The grant type is not supported.")
        return json_reply(grant(call, form))
    except GrantFailure as failure:
        return failure.reply()


def _form(call: Call) -> dict[str, str]:
    try:
        content = call.body(BODY_BYTES)
    except ApiFailure as failure:
        raise TooLong("invalid_request", failure.message) from failure
    return dict(parse_qsl(content.decode("utf-8", "replace")))


def _check_client(call: Call, form: Mapping[str, str]) -> None:
    own = call.context.credentials.token
    secret = form.get("client_secret", "")
    if not form.get("client_id") or (own is not None and not _same(secret, own)):
        raise GrantFailure("invalid_client", "The client credentials are invalid.")


def _client_credentials(call: Call, form: Mapping[str, str]) -> dict[str, object]:
    _check_client(call, form)
    kind, subject = form.get("box_subject_type", ""), form.get("box_subject_id", "")
    return _for_subject(call, kind, subject)


def _for_subject(call: Call, kind: str, subject: str) -> dict[str, object]:
    user_id = None
    if kind in users.SUBJECTS and is_id(subject):
        with call.store.write() as db:
            user_id = users.user_of_subject(db, kind=kind, id=subject, now=call.now)
    if user_id is None:
        raise GrantFailure("invalid_grant", "Grant credentials are invalid")
    return _token(call, user_id)


def _jwt(call: Call, form: Mapping[str, str]) -> dict[str, object]:
    _check_client(call, form)
    try:
        kind, subject = read_assertion(
            form.get("assertion", ""),
            key=call.context.credentials.jwt_key,
            client_id=form["client_id"],
            now=call.now,
        )
    except InvalidAssertion as error:
        raise GrantFailure("invalid_grant", str(error)) from error
    return _for_subject(call, kind, subject)


def _exchange(call: Call, form: Mapping[str, str]) -> dict[str, object]:
    """Return a token of the same user that allows less, and ends no later."""
    bearer = _bearer(call.context, form.get("subject_token", ""))
    if bearer is None or form.get("subject_token_type") != ACCESS_TOKEN:
        raise GrantFailure("invalid_grant", "Invalid subject token")
    scope = form.get("scope", "").strip()
    if not scope:
        raise GrantFailure("invalid_scope", "A scope is required.")
    if not _allowed(scope) <= bearer.allowed:
        raise GrantFailure("invalid_scope", "The scope is wider than that of the subject token.")
    # The OpenAPI lists no scope of a whole root here.
    restricted = [{"scope": name} for name in scope.split() if not name.startswith("root_")]
    seconds = min(TOKEN_SECONDS, bearer.expires_at - call.now)
    parent = _digest(form["subject_token"])
    return _token(call, bearer.user_id, scope=scope, seconds=seconds, parent=parent) | {
        "issued_token_type": ACCESS_TOKEN,
        "restricted_to": restricted,
    }


def _authorization_code(call: Call, form: Mapping[str, str]) -> dict[str, object]:
    """Return a pair of tokens of the default user for any code: no page issues codes."""
    _check_client(call, form)
    if not form.get("code"):
        raise GrantFailure("invalid_grant", "The authorization code is missing.")
    return _pair(call, call.context.credentials.default_user_id)


def _refresh(call: Call, form: Mapping[str, str]) -> dict[str, object]:
    """Return a new pair of tokens for a refresh token, which works once."""
    _check_client(call, form)
    digest = _digest(form.get("refresh_token", ""))
    sql = "DELETE FROM tokens WHERE digest = ? AND kind = 'refresh' RETURNING user_id, expires_at"
    with call.store.write() as db:
        row = db.execute(sql, (digest,)).fetchone()
    if row is None or row["expires_at"] <= call.now:
        raise GrantFailure("invalid_grant", "Invalid refresh token")
    return _pair(call, row["user_id"])


def _pair(call: Call, user_id: int) -> dict[str, object]:
    refresh = _new_token(call, user_id, kind="refresh", seconds=REFRESH_SECONDS)
    return _token(call, user_id) | {"refresh_token": refresh}


GRANTS: Mapping[str, Callable[[Call, Mapping[str, str]], dict[str, object]]] = {
    "client_credentials": _client_credentials,
    f"{GRANT}jwt-bearer": _jwt,
    f"{GRANT}token-exchange": _exchange,
    "authorization_code": _authorization_code,
    "refresh_token": _refresh,
}


def _token(
    call: Call, user_id: int, *, seconds: float = TOKEN_SECONDS, **limits: str
) -> dict[str, object]:
    return {
        "access_token": _new_token(call, user_id, kind="access", seconds=seconds, **limits),
        "expires_in": int(seconds),
        "restricted_to": [],
        "token_type": "bearer",
    }


def _new_token(
    call: Call, user_id: int, *, kind: str, seconds: float, scope: str = "", parent: str = ""
) -> str:
    token = PREFIX + secrets.token_urlsafe(32)
    with call.store.write() as db:
        _forget_expired(db, now=call.now)
        if db.execute(REVOKED, (parent,)).fetchone() is not None:  # meanwhile
            raise GrantFailure("invalid_grant", "Invalid subject token")
        db.execute(
            "INSERT INTO tokens (digest, kind, user_id, scope, expires_at, parent) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (_digest(token), kind, user_id, scope, call.now + seconds, parent),
        )
    return token


def _forget_expired(db: Database, *, now: float) -> None:
    db.execute("DELETE FROM tokens WHERE expires_at <= ?", (now,))


def revoke_token(call: Call) -> Reply:
    """Answer `POST /oauth2/revoke`: 200 whether the token exists or not.

    A service with a token needs it as client_secret, and never revokes it. A token from elsewhere
    is refused for as long as a token of the token endpoint would last. The tokens that were
    downscoped from a token end with it.
    """
    try:
        form = _form(call)
        _check_revocation(call, form)
    except GrantFailure as failure:
        return failure.reply()
    digest = _digest(form.get("token", ""))
    with call.store.write() as db:
        _forget_expired(db, now=call.now)
        # The row stays: without it the token would count as one from elsewhere.
        db.execute(
            "INSERT INTO tokens (digest, kind, user_id, scope, expires_at) "
            "VALUES (?, 'revoked', 0, '', ?) ON CONFLICT (digest) DO UPDATE SET kind = 'revoked'",
            (digest, call.now + TOKEN_SECONDS),
        )
        db.execute(REVOKE_DERIVED, (digest,))
    return Reply(200)


def _check_revocation(call: Call, form: Mapping[str, str]) -> None:
    own = call.context.credentials.token
    if own is None:
        return
    _check_client(call, form)
    if _same(form.get("token", ""), own):
        raise GrantFailure("invalid_request", "The token of the service cannot be revoked.")
