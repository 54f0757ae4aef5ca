"""Webhooks: who wants to be told of what, and where."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.endpoints import users
from docgen_nb.service.http.json_body import reference, text
from docgen_nb.service.http.messages import (
    Refused,
    Reply,
    bad_request,
    json_reply,
    missing,
    not_found,
)
from docgen_nb.service.http.paging import page_reply
from docgen_nb.service.storage import items, notifications
from docgen_nb.service.storage.store import Database, Row

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

WEBHOOKS = "/2.0/webhooks"
WEBHOOK = "/2.0/webhooks/{webhook_id}"
MAX_ADDRESS = 2000
_WORDS = {
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
    # With a dot: the names with underscores of Box's guide are refused by Box.
    notifications.DOCGEN: "STARTED SUCCEEDED FAILED",
}
TRIGGERS = frozenset(f"{what}.{word}" for what, words in _WORDS.items() for word in words.split())


def create_webhook(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `POST /webhooks`; 409 if this user has one on the item already."""
    body = call.json()
    kind, target = _target(call, body)
    address, triggers = _address(body), _triggers(body)
    with service.store.write() as db:
        _check_free(db, call.user_id, target)
        row = db.execute(
            "INSERT INTO webhooks (user_id, target_kind, target_id, address, triggers, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
            (call.user_id, kind, target, address, json.dumps(triggers), call.now),
        ).fetchone()
    return _shown(service, row, status=201)


def _target(call: "Call", body: Mapping[str, Any]) -> tuple[str, int]:
    given = body.get("target")
    kind = given.get("type", "") if isinstance(given, dict) else ""
    if kind not in ("file", "folder"):
        if given is None:
            raise missing("target")
        raise bad_request("'target.type' must be 'file' or 'folder'", name="target.type")
    target = reference(body, "target", type=kind)
    if (kind, target) == ("folder", 0):
        raise bad_request("The root folder cannot have a webhook", name="target.id")
    items.find(call.service.store, user_id=call.user_id, kind=kind, id=target)
    return kind, target


def _address(body: Mapping[str, Any]) -> str:
    address = text(body, "address")
    if len(address) > MAX_ADDRESS or not re.fullmatch(r"https?://[!-~]+", address):
        raise bad_request("'address' must be an https or http URL", name="address")
    try:
        host, _ = urlsplit(address).hostname, urlsplit(address).port
    except ValueError as error:
        raise bad_request(f"'address' is no URL: {error}", name="address") from error
    if not host:
        raise bad_request("'address' names no host", name="address")
    return address


def _triggers(body: Mapping[str, Any]) -> list[str]:
    given = body.get("triggers")
    if given is None:
        raise missing("triggers")
    if not isinstance(given, list) or not given:
        raise bad_request("'triggers' must be a list of at least one name", name="triggers")
    for name in given:
        if not isinstance(name, str) or name not in TRIGGERS:
            raise bad_request(f"There is no trigger {name!r}", name="triggers")
    return list(dict.fromkeys(given))


def _check_free(db: Database, user_id: int, target: int, *, but: int = 0) -> None:
    sql = "SELECT id FROM webhooks WHERE user_id = ? AND target_id = ? AND id != ?"
    if db.execute(sql, (user_id, target, but)).fetchone() is not None:
        message = f"You already have a webhook on item {target}"
        raise Refused(409, "conflict", message)


def _shown(service: "LocalDocGen", row: Row, *, status: int = 200) -> Reply:
    user = service.store.first("SELECT * FROM users WHERE id = ?", (row["user_id"],))
    assert user is not None
    return json_reply(
        _mini(row)
        | {
            "created_by": users.mini(user),
            "created_at": rfc3339(row["created_at"]),
            "address": row["address"],
            "triggers": json.loads(row["triggers"]),
        },
        status=status,
    )


def _mini(row: Row) -> dict[str, Any]:
    target = {"id": str(row["target_id"]), "type": row["target_kind"]}
    return {"id": str(row["id"]), "type": "webhook", "target": target}


def list_webhooks(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /webhooks`: those of the user, in short, in the order of creation."""
    sql = "SELECT * FROM webhooks WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?"
    return page_reply(
        call,
        key="webhooks",
        rows=lambda after, count: service.store.all(sql, (call.user_id, after, count)),
        shape=_mini,
    )


def get_webhook(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /webhooks/:id`."""
    return _shown(service, _row(call))


def _row(call: "Call") -> Row:
    webhook_id = call.id("webhook_id")
    sql = "SELECT * FROM webhooks WHERE id = ? AND user_id = ?"
    row = call.service.store.first(sql, (webhook_id, call.user_id))
    if row is None:
        raise not_found(f"webhook {webhook_id}")
    return row


def update_webhook(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `PUT /webhooks/:id` for target, address and triggers."""
    row, body = _row(call), call.json()
    kind, target = row["target_kind"], row["target_id"]
    if "target" in body:
        kind, target = _target(call, body)
    address = _address(body) if "address" in body else row["address"]
    triggers = json.dumps(_triggers(body)) if "triggers" in body else row["triggers"]
    with service.store.write() as db:
        _check_free(db, call.user_id, target, but=row["id"])
        db.execute(
            "UPDATE webhooks SET target_kind = ?, target_id = ?, address = ?, triggers = ? "
            "WHERE id = ?",
            (kind, target, address, triggers, row["id"]),
        )
    return _shown(service, _row(call))


def delete_webhook(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `DELETE /webhooks/:id`; what it was still to be told is forgotten."""
    row = _row(call)
    with service.store.write() as db:
        db.execute("DELETE FROM deliveries WHERE webhook_id = ?", (row["id"],))
        _end(db, row, now=call.now)
    return Reply(204)


def _end(db: Database, row: Row, *, now: float) -> None:
    notifications.record_webhook_end(db, row, now=now)
    db.execute("DELETE FROM webhooks WHERE id = ?", (row["id"],))


def end_on(db: Database, item_id: int, *, now: float) -> None:
    """Delete the webhooks on an item that is gone for good; what they wait for is still told."""
    for row in db.execute("SELECT * FROM webhooks WHERE target_id = ?", (item_id,)).fetchall():
        _end(db, row, now=now)
