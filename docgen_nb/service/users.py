"""Who is asking: bearer tokens, the token endpoint and `users/me`."""

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.exchange import Reply, is_id, json_reply, unauthorized
from docgen_nb.service.store import Database, Row

if TYPE_CHECKING:
    from docgen_nb.service.app import Call, LocalDocGen

ENTERPRISE_ID = "7000001"  # of the default user
TOKEN_SECONDS = 3600
TOKEN_BODY_BYTES = 64 * 1024
_SUBJECTS = {"enterprise": "Service account", "user": "User"}


def identify(service: "LocalDocGen", authorization: str) -> int:
    """Return the id of the user that a bearer token belongs to, or refuse with 401.

    A token from the token endpoint belongs to its subject. Any other one belongs to the default
    user, if it is the service's own token, or if the service has none.
    """
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise unauthorized()
    minted = service.store.first(
        "SELECT user_id, expires_at FROM tokens WHERE digest = ?", (_digest(token),)
    )
    if minted is not None:
        if minted["expires_at"] <= service.clock.now():
            raise unauthorized()
        return int(minted["user_id"])
    if service.token is not None and not hmac.compare_digest(
        token.encode(), service.token.encode()
    ):
        raise unauthorized()
    return service.default_user_id


def grant_token(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /oauth2/token` for client credentials."""
    form = dict(parse_qsl(call.body(TOKEN_BODY_BYTES).decode("utf-8", "replace")))
    if form.get("grant_type") != "client_credentials":
        return _oauth_error("unsupported_grant_type", "Only client_credentials is supported here.")
    kind, subject = form.get("box_subject_type", ""), form.get("box_subject_id", "")
    if kind not in _SUBJECTS or not is_id(subject) or not form.get("client_id"):
        return _oauth_error("invalid_grant", "Grant credentials are invalid")
    expected = service.token
    given = form.get("client_secret", "")
    if expected is not None and not hmac.compare_digest(given.encode(), expected.encode()):
        return _oauth_error("invalid_client", "The client credentials are invalid.")
    token, now = secrets.token_urlsafe(32), service.clock.now()
    with service.store.write() as db:
        user_id = _subject(db, kind=kind, subject=subject, now=now)
        db.execute("DELETE FROM tokens WHERE expires_at <= ?", (now,))
        values = (_digest(token), user_id, now + TOKEN_SECONDS)
        db.execute("INSERT INTO tokens VALUES (?, ?, ?)", values)
    body = {"access_token": token, "expires_in": TOKEN_SECONDS, "restricted_to": []}
    return json_reply(body | {"token_type": "bearer"})


def _oauth_error(code: str, description: str) -> Reply:
    return json_reply({"error": code, "error_description": description}, status=400)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _subject(db: Database, *, kind: str, subject: str, now: float) -> int:
    key = f"{kind}:{subject}"
    user_id = int(subject) if kind == "user" else None
    known = "SELECT id FROM users WHERE subject = ? OR id = ?"
    row = db.execute(known, (key, user_id)).fetchone()
    if row is not None:
        return int(row["id"])
    enterprise = subject if kind == "enterprise" else ENTERPRISE_ID
    return add_user(
        db, name=_SUBJECTS[kind], subject=key, enterprise=enterprise, now=now, id=user_id
    )


def add_user(
    db: Database,
    *,
    name: str,
    subject: str,
    enterprise: str,
    now: float,
    id: int | None = None,
) -> int:
    """Add a user and return its id; the id is made up unless it is given."""
    login = f"{subject.replace(':', '-')}@docgen.local"
    cursor = db.execute(
        "INSERT INTO users (id, name, login, subject, enterprise_id, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (id, name, login, subject, enterprise, now),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def get_me(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /users/me`; the enterprise is shown only when asked for, as Box does."""
    row = service.store.first("SELECT * FROM users WHERE id = ?", (call.user_id,))
    assert row is not None
    user: dict[str, Any] = mini(row) | {
        "created_at": rfc3339(row["created_at"]),
        "modified_at": rfc3339(row["created_at"]),
        "language": "en",
        "timezone": "UTC",
        "space_amount": 10 * 1024**3,
        "space_used": 0,
        "max_upload_size": 50 * 1024**2,
        "status": "active",
        "job_title": "",
        "phone": "",
        "address": "",
        "avatar_url": "",
        "notification_email": None,
    }
    enterprise = {"type": "enterprise", "id": row["enterprise_id"], "name": "docgen.local"}
    fields = call.fields()
    if fields is None:
        return json_reply(user)
    chosen = user | {"enterprise": enterprise}
    kept = {"type", "id", *fields}
    return json_reply({name: value for name, value in chosen.items() if name in kept})


def mini(row: Row) -> dict[str, Any]:
    """Return the short form of a user."""
    return {"type": "user", "id": str(row["id"]), "name": row["name"], "login": row["login"]}
