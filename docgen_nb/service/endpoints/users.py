"""Users: show the caller, create and delete app users, act as another user."""

from typing import Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.context import Call
from docgen_nb.service.http.json_body import required_text
from docgen_nb.service.http.messages import (
    Reply,
    bad_request,
    forbidden,
    is_id,
    json_reply,
    not_found,
)
from docgen_nb.service.http.paging import offset_page, read_limit, read_offset
from docgen_nb.service.storage.events import add_event
from docgen_nb.service.storage.store import Database, Row, Store
from docgen_nb.service.storage.users import add_user, get_user, is_admin, mini


def act_as(store: Store, user_id: int, other_id: str) -> int:
    """Return the user in the header As-User.

    403 unless the caller is an admin or a service account, and the user of the same enterprise.
    """
    caller = get_user(store.database, user_id)
    sql = "SELECT id FROM users WHERE id = ? AND enterprise_id = ? AND deleted_at IS NULL"
    user = store.first(sql, (int(other_id) if is_id(other_id) else 0, caller["enterprise_id"]))
    if user is None or not is_admin(caller):
        raise forbidden("Access denied - insufficient permission")
    return int(other_id)


def get_me(call: Call) -> Reply:
    """Answer `GET /users/me`."""
    return _reply(call, call.user_id)


def _reply(call: Call, user_id: int, *, status: int = 200) -> Reply:
    """Return a user; the enterprise and the role only on request, as Box does."""
    return json_reply(_shape(get_user(call.store.database, user_id), call.fields()), status=status)


def _shape(user: Row, fields: list[str] | None) -> dict[str, Any]:
    shape = _full(user)
    if fields is not None:
        enterprise = {"type": "enterprise", "id": user["enterprise_id"], "name": "docgen.local"}
        shape |= {"enterprise": enterprise, "role": "admin" if is_admin(user) else "user"}
        names = {"type", "id", *fields}
        shape = {name: value for name, value in shape.items() if name in names}
    return shape


def _full(user: Row) -> dict[str, Any]:
    return mini(user) | {
        "created_at": rfc3339(user["created_at"]),
        "modified_at": rfc3339(user["created_at"]),
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


def list_users(call: Call) -> Reply:
    """Answer `GET /users`: the users of the caller's enterprise, for an admin, by offset."""
    _check_admin(call)
    limit, offset = read_limit(call.request), read_offset(call.request)
    enterprise = get_user(call.store.database, call.user_id)["enterprise_id"]
    term = call.request.one("filter_term") or ""
    sql = """SELECT * FROM users WHERE enterprise_id = ? AND deleted_at IS NULL
        AND (lower(name) LIKE ? OR lower(login) LIKE ?) ORDER BY id"""
    rows = call.store.all(sql, (enterprise, *[f"{term.lower()}%"] * 2))
    fields = call.fields()
    entries = [_shape(user, fields) for user in rows[offset : offset + limit]]
    return json_reply(offset_page(entries, total=len(rows), limit=limit, offset=offset))


def create_user(call: Call) -> Reply:
    """Answer `POST /users`: a user of the caller's enterprise."""
    _check_admin(call)
    name = required_text(call.json(), "name")
    if not name.strip():
        raise bad_request("'name' must not be empty", name="name")
    with call.store.write() as db:
        number = db.execute("SELECT 1 + count(*) AS n FROM users").fetchone()["n"]
        user_id = add_user(
            db,
            name=name,
            subject=f"app-user:{number}",
            enterprise=get_user(db, call.user_id)["enterprise_id"],
            now=call.now,
        )
        _record(call, db, "NEW_USER", user_id=user_id)
    return _reply(call, user_id, status=201)


def _check_admin(call: Call) -> None:
    if not is_admin(get_user(call.store.database, call.user_id)):
        raise forbidden("Access denied - insufficient permission")


def _record(call: Call, db: Database, event: str, *, user_id: int) -> None:
    creator, source = get_user(db, call.user_id), mini(get_user(db, user_id))
    add_event(db, creator, types=(None, event), source=source, now=call.now)


def delete_user(call: Call) -> Reply:
    """Answer `DELETE /users/:id`."""
    _check_admin(call)
    user_id = call.id("user_id")
    with call.store.write() as db:
        deleted = db.execute(
            "UPDATE users SET deleted_at = ? WHERE id = ? AND enterprise_id = ? "
            "AND subject LIKE 'app-user:%' AND deleted_at IS NULL",
            (call.now, user_id, get_user(db, call.user_id)["enterprise_id"]),
        )
        if deleted.rowcount == 0:
            raise not_found(f"user {user_id}")
        db.execute("DELETE FROM tokens WHERE user_id = ?", (user_id,))
        _record(call, db, "DELETE_USER", user_id=user_id)
    return Reply(204)
