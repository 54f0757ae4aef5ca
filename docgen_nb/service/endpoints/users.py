"""The users of the service: who one is, others made and deleted, acting as another."""

from typing import TYPE_CHECKING, Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.endpoints.events import add_event
from docgen_nb.service.http.json_body import text
from docgen_nb.service.http.messages import (
    Refused,
    Reply,
    bad_request,
    is_id,
    json_reply,
    not_found,
)
from docgen_nb.service.storage.store import Database, Row

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

ENTERPRISE_ID = "7000001"  # of the default user
SUBJECTS = {"enterprise": "Service account", "user": "User"}


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


def subject(db: Database, *, kind: str, id: str, now: float) -> int | None:
    """Return the user behind the subject of a token, made when first named; None if deleted."""
    key = f"{kind}:{id}"
    user_id = int(id) if kind == "user" else None
    known = "SELECT id, deleted_at FROM users WHERE subject = ? OR id = ?"
    row = db.execute(known, (key, user_id)).fetchone()
    if row is not None:
        return int(row["id"]) if row["deleted_at"] is None else None
    enterprise = id if kind == "enterprise" else ENTERPRISE_ID
    return add_user(
        db, name=SUBJECTS[kind], subject=key, enterprise=enterprise, now=now, id=user_id
    )


def act_as(service: "LocalDocGen", user_id: int, wanted: str | None) -> int:
    """Return the user that the header As-User names, if the caller may act as that user."""
    if wanted is None:
        return user_id
    row = service.store.first("SELECT enterprise_id FROM users WHERE id = ?", (user_id,))
    assert row is not None
    sql = "SELECT id FROM users WHERE id = ? AND enterprise_id = ? AND deleted_at IS NULL"
    values = (int(wanted) if is_id(wanted) else 0, row["enterprise_id"])
    if service.store.first(sql, values) is None:
        message = "Access denied - insufficient permission"
        raise Refused(403, "access_denied_insufficient_permissions", message)
    return int(wanted)


def get_me(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /users/me`."""
    return json_reply(_chosen(_row(service, call.user_id), call.fields()))


def _row(service: "LocalDocGen", user_id: int) -> Row:
    row = service.store.first("SELECT * FROM users WHERE id = ?", (user_id,))
    assert row is not None
    return row


def _chosen(row: Row, fields: list[str] | None) -> dict[str, Any]:
    """Return a user; its enterprise and its role only when asked for, as Box does."""
    user = _full(row)
    if fields is None:
        return user
    kept = {"type", "id", *fields}
    enterprise = {"type": "enterprise", "id": row["enterprise_id"], "name": "docgen.local"}
    role = "user" if row["subject"].startswith(("user:", "app-user:")) else "admin"
    user |= {"enterprise": enterprise, "role": role}
    return {name: value for name, value in user.items() if name in kept}


def _full(row: Row) -> dict[str, Any]:
    return mini(row) | {
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


def mini(row: Row) -> dict[str, Any]:
    """Return the short form of a user."""
    return {"type": "user", "id": str(row["id"]), "name": row["name"], "login": row["login"]}


def create_user(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /users`: a user of the caller's enterprise."""
    body = call.json()
    name = text(body, "name")
    if not name.strip():
        raise bad_request("'name' must not be empty", name="name")
    enterprise = _row(service, call.user_id)["enterprise_id"]
    with service.store.write() as db:
        number = db.execute("SELECT 1 + count(*) AS n FROM users").fetchone()["n"]
        user_id = add_user(
            db,
            name=name,
            subject=f"app-user:{number}",
            enterprise=enterprise,
            now=service.clock.now(),
        )
        _tell(service, db, call, "NEW_USER", user_id=user_id)
    return json_reply(_chosen(_row(service, user_id), call.fields()), status=201)


def _tell(service: "LocalDocGen", db: Database, call: "Call", what: str, *, user_id: int) -> None:
    by, source = _row(service, call.user_id), mini(_row(service, user_id))
    add_event(db, by, types=(None, what), source=source, now=call.now)


def delete_user(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /users/:id`."""
    user_id = call.id("user_id")
    enterprise = _row(service, call.user_id)["enterprise_id"]
    with service.store.write() as db:
        ended = db.execute(
            "UPDATE users SET deleted_at = ? WHERE id = ? AND enterprise_id = ? "
            "AND subject LIKE 'app-user:%' AND deleted_at IS NULL",
            (service.clock.now(), user_id, enterprise),
        )
        if ended.rowcount == 0:
            raise not_found(f"user {user_id}")
        db.execute("DELETE FROM tokens WHERE user_id = ?", (user_id,))
        _tell(service, db, call, "DELETE_USER", user_id=user_id)
    return Reply(204)
