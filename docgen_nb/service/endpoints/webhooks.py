"""Webhooks: create, list, show, change and delete them."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints.item_calls import find_own
from docgen_nb.service.http.json_body import required_id, required_text
from docgen_nb.service.http.messages import (
    ApiFailure,
    Reply,
    bad_request,
    json_reply,
    missing,
    not_found,
)
from docgen_nb.service.http.paging import marker_page
from docgen_nb.service.storage import notifications, users
from docgen_nb.service.storage.store import Database, Row

WEBHOOKS = "/2.0/webhooks"
WEBHOOK = "/2.0/webhooks/{webhook_id}"
MAX_ADDRESS_LENGTH = 2000
_EVENTS = {
    "FILE": "UPLOADED PREVIEWED DOWNLOADED TRASHED DELETED RESTORED COPIED MOVED LOCKED UNLOCKED "
    "RENAMED",
    "COMMENT": "CREATED UPDATED DELETED",
    "TASK_ASSIGNMENT": "CREATED UPDATED",
    "METADATA_INSTANCE": "CREATED UPDATED DELETED",
    "FOLDER": "CREATED RENAMED DOWNLOADED RESTORED DELETED COPIED MOVED TRASHED",
    "WEBHOOK": "DELETED",
    "COLLABORATION": "CREATED ACCEPTED REJECTED REMOVED UPDATED",
    "SHARED_LINK": "DELETED CREATED UPDATED",
    "SIGN_REQUEST": "COMPLETED DECLINED EXPIRED SIGNER_EMAIL_BOUNCED SIGN_SIGNER_SIGNED "
    "SIGN_DOCUMENT_CREATED SIGN_ERROR_FINALIZING",
    # With a dot: Box refuses the names with underscores of its own guide.
    notifications.DOCGEN: "STARTED SUCCEEDED FAILED",
}
TRIGGERS = frozenset(f"{kind}.{name}" for kind, names in _EVENTS.items() for name in names.split())


def create_webhook(call: Call) -> Reply:
    """Answer `POST /webhooks`; 409 if this user already has one on the item."""
    body = call.json()
    with call.store.write() as db:
        kind, target = _target(call, body)
        address, triggers = _address(body), _triggers(body)
        _check_no_other(db, call.user_id, target)
        row = db.execute(
            "INSERT INTO webhooks (user_id, target_kind, target_id, address, triggers, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
            (call.user_id, kind, target, address, json.dumps(triggers), call.now),
        ).fetchone()
    return _reply(call, row, status=201)


def _target(call: Call, body: Mapping[str, Any]) -> tuple[str, int]:
    target = body.get("target")
    if target is None:
        raise missing("target")
    kind = target.get("type", "") if isinstance(target, dict) else ""
    if kind not in ("file", "folder"):
        raise bad_request("'target.type' must be 'file' or 'folder'", name="target.type")
    target_id = required_id(body, "target", type=kind)
    if (kind, target_id) == ("folder", 0):
        raise bad_request("The root folder cannot have a webhook", name="target.id")
    find_own(call, kind, target_id)
    return kind, target_id


def _address(body: Mapping[str, Any]) -> str:
    address = required_text(body, "address")
    if len(address) > MAX_ADDRESS_LENGTH or not re.fullmatch(r"https?://[!-~]+", address):
        raise bad_request("'address' must be an https or http URL", name="address")
    try:
        host, _ = urlsplit(address).hostname, urlsplit(address).port
    except ValueError as error:
        raise bad_request(f"'address' is not a URL: {error}", name="address") from error
    if not host:
        raise bad_request("'address' has no host", name="address")
    return address


def _triggers(body: Mapping[str, Any]) -> list[str]:
    names = body.get("triggers")
    if names is None:
        raise missing("triggers")
    if not isinstance(names, list) or not names:
        raise bad_request("'triggers' must be a list of at least one name", name="triggers")
    for name in names:
        if not isinstance(name, str) or name not in TRIGGERS:
            raise bad_request(f"Unknown trigger {name!r}", name="triggers")
    return list(dict.fromkeys(names))


def _check_no_other(db: Database, user_id: int, target: int, *, ignore: int = 0) -> None:
    sql = "SELECT id FROM webhooks WHERE user_id = ? AND target_id = ? AND id != ?"
    if db.execute(sql, (user_id, target, ignore)).fetchone() is not None:
        raise ApiFailure(409, "conflict", f"You already have a webhook on item {target}")


def _reply(call: Call, row: Row, *, status: int = 200) -> Reply:
    shape = _mini(row) | {
        "created_by": users.mini(users.get_user(call.store.database, row["user_id"])),
        "created_at": rfc3339(row["created_at"]),
        "address": row["address"],
        "triggers": json.loads(row["triggers"]),
    }
    return json_reply(shape, status=status)


def _mini(row: Row) -> dict[str, Any]:
    target = {"id": str(row["target_id"]), "type": row["target_kind"]}
    return {"id": str(row["id"]), "type": "webhook", "target": target}


def list_webhooks(call: Call) -> Reply:
    """Answer `GET /webhooks`: those of the user, in their short form, oldest first."""
    sql = "SELECT * FROM webhooks WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?"
    return marker_page(
        call.request,
        key="webhooks",
        rows=lambda after, count: call.store.all(sql, (call.user_id, after, count)),
        entries=lambda rows: [_mini(row) for row in rows],
    )


def get_webhook(call: Call) -> Reply:
    """Answer `GET /webhooks/:id`."""
    return _reply(call, _webhook_of(call))


def _webhook_of(call: Call) -> Row:
    webhook_id = call.id("webhook_id")
    sql = "SELECT * FROM webhooks WHERE id = ? AND user_id = ?"
    row = call.store.first(sql, (webhook_id, call.user_id))
    if row is None:
        raise not_found(f"webhook {webhook_id}")
    return row


def update_webhook(call: Call) -> Reply:
    """Answer `PUT /webhooks/:id` for target, address and triggers."""
    body = call.json()
    with call.store.write() as db:  # it may be deleted, or changed otherwise, at the same time
        row = _webhook_of(call)
        kind, target = row["target_kind"], row["target_id"]
        if "target" in body:
            kind, target = _target(call, body)
        address = _address(body) if "address" in body else row["address"]
        triggers = json.dumps(_triggers(body)) if "triggers" in body else row["triggers"]
        _check_no_other(db, call.user_id, target, ignore=row["id"])
        row = db.execute(
            "UPDATE webhooks SET target_kind = ?, target_id = ?, address = ?, triggers = ? "
            "WHERE id = ? RETURNING *",
            (kind, target, address, triggers, row["id"]),
        ).fetchone()
    return _reply(call, row)


def delete_webhook(call: Call) -> Reply:
    """Answer `DELETE /webhooks/:id`; deliveries that are still queued are dropped."""
    with call.store.write(frees=True) as db:
        row = _webhook_of(call)
        db.execute("DELETE FROM deliveries WHERE webhook_id = ?", (row["id"],))
        _end(db, row, now=call.now)
    return Reply(204)


def _end(db: Database, row: Row, *, now: float) -> None:
    notifications.record_webhook_end(db, row, now=now)
    db.execute("DELETE FROM webhooks WHERE id = ?", (row["id"],))


def end_webhooks(db: Database, item_id: int, *, now: float) -> None:
    """Delete the webhooks on a purged item; deliveries that are queued are still sent."""
    for row in db.execute("SELECT * FROM webhooks WHERE target_id = ?", (item_id,)).fetchall():
        _end(db, row, now=now)
