"""Users in the store: look up, add, and the short form in which Box shows them."""

from typing import Any

from docgen_nb.service.storage.store import Database, Row, Store, insert

ENTERPRISE_ID = "7000001"  # of the default user
SUBJECTS = {"enterprise": "Service account", "user": "User"}


def get_user(db: Database, user_id: int) -> Row:
    """Return the row of a user that exists."""
    row: Row = db.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    return row


def add_user(
    db: Database,
    *,
    name: str,
    subject: str,
    enterprise: str,
    now: float,
    id: int | None = None,
) -> int:
    """Add a user and return the id, by default the next one."""
    return insert(
        db,
        "users",
        id=id,
        name=name,
        login=f"{subject.replace(':', '-')}@docgen.local",
        subject=subject,
        enterprise_id=enterprise,
        created_at=now,
    )


def default_user(store: Store, *, now: float) -> int:
    """Return the id of the user of all tokens that the token endpoint did not issue."""
    row = store.first("SELECT id FROM users WHERE subject = 'default'")
    if row is not None:
        return int(row["id"])
    with store.write() as db:
        return add_user(
            db, name="Default user", subject="default", enterprise=ENTERPRISE_ID, now=now
        )


def user_of_subject(db: Database, *, kind: str, id: str, now: float) -> int | None:
    """Return the user of a token's subject, created on first use; None if deleted."""
    subject = f"{kind}:{id}"
    user_id = int(id) if kind == "user" else None
    sql = "SELECT id, deleted_at FROM users WHERE subject = ? OR id = ?"
    row = db.execute(sql, (subject, user_id)).fetchone()
    if row is not None:
        return int(row["id"]) if row["deleted_at"] is None else None
    enterprise = id if kind == "enterprise" else ENTERPRISE_ID
    return add_user(
        db, name=SUBJECTS[kind], subject=subject, enterprise=enterprise, now=now, id=user_id
    )


def is_admin(user: Row) -> bool:
    """Return whether a user is the default user or the service account of an enterprise."""
    return not user["subject"].startswith(("user:", "app-user:"))


def mini(user: Row) -> dict[str, Any]:
    """Return the short form of a user."""
    return {"type": "user", "id": str(user["id"]), "name": user["name"], "login": user["login"]}
