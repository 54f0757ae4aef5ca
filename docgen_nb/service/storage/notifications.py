"""Notifications of changes to files, folders and jobs: to event streams and webhooks.

Call each `record` inside the transaction that makes the change, so that exactly the changes that
are committed are reported.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.storage import items, users
from docgen_nb.service.storage.events import add_event
from docgen_nb.service.storage.items import COLUMNS, Change, Item, Location
from docgen_nb.service.storage.store import Database, Row, insert

DOCGEN = "DOCGEN_DOCUMENT_GENERATION"
ROOT = {"type": "folder", "id": "0", "sequence_id": None, "etag": None, "name": "All Files"}
ANCESTORS = f"""WITH RECURSIVE above (id, depth) AS (SELECT parent_id, 1 FROM items WHERE id = ?
    UNION ALL SELECT items.parent_id, depth + 1 FROM above JOIN items ON items.id = above.id)
    SELECT {COLUMNS} FROM items LEFT JOIN versions ON versions.id = items.version_id
    JOIN above ON above.id = items.id ORDER BY depth DESC"""
JOB = """SELECT jobs.id, batch_id, jobs.template_id, template_version_id, folder_id, output_type,
    output_file_id FROM jobs JOIN batches ON batches.id = batch_id WHERE jobs.id = ?"""


class EventNames(NamedTuple):
    """Box's names for one action in each of three places; None where it is not reported."""

    event: str | None  # in the streams of a user
    admin: str | None  # in the streams of an enterprise
    trigger: str  # of a webhook, after FILE. or FOLDER.


ACTIONS: Mapping[str, EventNames] = {
    "UPLOADED": EventNames("ITEM_UPLOAD", "UPLOAD", "UPLOADED"),
    "EDITED": EventNames("ITEM_UPLOAD", "EDIT", "UPLOADED"),  # a new version
    "DOWNLOADED": EventNames("ITEM_DOWNLOAD", "DOWNLOAD", "DOWNLOADED"),
    "CREATED": EventNames("ITEM_CREATE", None, "CREATED"),
    "COPIED": EventNames("ITEM_COPY", "COPY", "COPIED"),
    "MOVED": EventNames("ITEM_MOVE", "MOVE", "MOVED"),
    "RENAMED": EventNames("ITEM_RENAME", "RENAME", "RENAMED"),
    "LOCKED": EventNames("LOCK_CREATE", "LOCK", "LOCKED"),
    "UNLOCKED": EventNames("LOCK_DESTROY", "UNLOCK", "UNLOCKED"),
    "TRASHED": EventNames("ITEM_TRASH", "DELETE", "TRASHED"),
    "RESTORED": EventNames("ITEM_UNDELETE_VIA_TRASH", "UNDELETE", "RESTORED"),
    "DELETED": EventNames(None, None, "DELETED"),  # from the trash, for good
}


def record(
    db: Database, action: str, *, item_id: int, now: float, copied_from: int | None = None
) -> None:
    """Record an action of the owner on a file or folder.

    Nothing is recorded for an item that was purged: a download address outlives its file.
    """
    item = _find_item(db, item_id)
    if item is None:
        return
    names, ancestors = ACTIONS[action], _ancestors(db, item_id)
    owner = users.get_user(db, item.owner_id)
    location = _location(owner, ancestors)
    source = items.full(item, location)
    add_event(db, owner, types=(names.event, names.admin), source=source, now=now)
    targets = [item_id, *(folder.id for folder in ancestors)]
    if copied_from is not None:
        targets += [copied_from, *(folder.id for folder in _ancestors(db, copied_from))]
    trigger = f"{item.kind.upper()}.{names.trigger}"
    details = {"source": source, "created_by": location.owner}
    _queue_deliveries(db, trigger, targets=targets, details=details, now=now)


def _find_item(db: Database, item_id: int) -> Item | None:
    row = db.execute(f"{items.SELECT} WHERE items.id = ?", (item_id,)).fetchone()
    return None if row is None else Item.of(row)


def _ancestors(db: Database, item_id: int) -> list[Item]:
    """Return the folders above an item, in the trash or not, outermost first."""
    return [Item.of(row) for row in db.execute(ANCESTORS, (item_id,))]


def _location(owner: Row, ancestors: Iterable[Item]) -> Location:
    return Location(users.mini(owner), [ROOT, *map(items.mini, ancestors)])


def _queue_deliveries(
    db: Database, trigger: str, *, targets: Sequence[int], details: Mapping[str, Any], now: float
) -> None:
    """Queue a delivery for each webhook on one of the targets that has this trigger."""
    marks = ", ".join("?" * len(targets))
    for hook in db.execute(f"SELECT * FROM webhooks WHERE target_id IN ({marks})", targets):
        _queue_delivery(db, hook, trigger, details=details, now=now)


def _queue_delivery(
    db: Database, hook: Row, trigger: str, *, details: Mapping[str, Any], now: float
) -> None:
    if trigger not in json.loads(hook["triggers"]):
        return
    body = {
        "type": "webhook_event",
        "id": str(uuid.uuid4()),
        "created_at": rfc3339(now),
        "trigger": trigger,
        "webhook": {"id": str(hook["id"]), "type": "webhook"},
        "created_by": details["created_by"],
        "source": details["source"],
        "additional_info": details.get("additional_info", []),
    }
    insert(
        db,
        "deliveries",
        webhook_id=hook["id"],
        trigger=trigger,
        address=hook["address"],
        # Box signs JSON in which everything beyond ASCII is escaped.
        body=json.dumps(body, separators=(",", ":")),
        due_at=now,
    )


def record_change(db: Database, before: Item, change: Change, *, now: float) -> None:
    """Record a rename and a move of a file or folder, if the change includes them."""
    if change.name != before.name:
        record(db, "RENAMED", item_id=before.id, now=now)
    if change.parent_id != before.parent_id:
        record(db, "MOVED", item_id=before.id, now=now)


def record_lock(db: Database, before: Item, locked_at: float | None, *, now: float) -> None:
    """Record that a file was locked or unlocked, if that changed."""
    if (locked_at is None) != (before.locked_at is None):
        action = "UNLOCKED" if locked_at is None else "LOCKED"
        record(db, action, item_id=before.id, now=now)


def record_webhook_end(db: Database, hook: Row, *, now: float) -> None:
    """Record that a webhook was deleted, if it has that trigger."""
    target = {"type": hook["target_kind"], "id": str(hook["target_id"])}
    user = users.mini(users.get_user(db, hook["user_id"]))
    details = {"source": target, "created_by": user}
    _queue_delivery(db, hook, "WEBHOOK.DELETED", details=details, now=now)


def record_jobs(
    db: Database, event: str, *, job_ids: Iterable[int], now: float, reason: str = ""
) -> None:
    """Notify webhooks that jobs ``STARTED``, ``SUCCEEDED`` or ``FAILED`` (for a reason).

    A webhook is on the template or on a folder above it. Box documents the contents of such a
    message, not the names of its fields: the source is the template, ``additional_info`` has the
    rest.
    """
    if db.execute("SELECT 1 FROM webhooks LIMIT 1").fetchone() is None:
        return
    for job_id in job_ids:
        _record_job(db, event, db.execute(JOB, (job_id,)).fetchone(), reason=reason, now=now)


def _record_job(db: Database, event: str, job: Row, *, reason: str, now: float) -> None:
    template = _find_item(db, job["template_id"])
    if template is None:  # purged meanwhile, and its webhooks with it
        return
    ancestors = _ancestors(db, template.id)
    location = _location(users.get_user(db, template.owner_id), ancestors)
    info = {
        "job_id": str(job["id"]),
        "batch_id": str(job["batch_id"]),
        "template_file_id": str(template.id),
        "template_file_version_id": str(job["template_version_id"]),
        "template_file_name": template.name,
        "destination_folder_id": str(job["folder_id"]),
        "output_type": job["output_type"],
    }
    if event == "SUCCEEDED":
        info["output_file_id"] = str(job["output_file_id"])
    if event == "FAILED":
        info["reason"] = reason
    details = {
        "source": items.full(template, location),
        "created_by": location.owner,
        "additional_info": info,
    }
    targets = [template.id, *(folder.id for folder in ancestors)]
    _queue_deliveries(db, f"{DOCGEN}.{event}", targets=targets, details=details, now=now)
