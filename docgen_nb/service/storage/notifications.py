"""Notifications about changes to files, folders and jobs, for event streams and webhooks.

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
from docgen_nb.service.storage.items import Change, Item
from docgen_nb.service.storage.store import Database, Row, insert

DOCGEN = "DOCGEN_DOCUMENT_GENERATION"
JOB = """SELECT jobs.id, batches.uuid AS batch_id, jobs.template_id, template_version_id,
    folder_id, output_type, output_file_id
    FROM jobs JOIN batches ON batches.id = batch_id WHERE jobs.id = ?"""


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
    path = items.path_of(db, item_id)
    if not path:
        return
    item, names = path[-1], ACTIONS[action]
    source = items.describe(db, item)
    owner = users.get_user(db, item.owner_id)
    add_event(db, owner, types=(names.event, names.admin), source=source, now=now)
    if copied_from is not None:
        path += items.path_of(db, copied_from)
    trigger = f"{item.kind.upper()}.{names.trigger}"
    details = {"source": source, "created_by": source["owned_by"]}
    _queue_deliveries(db, trigger, path=path, details=details, now=now)


def _queue_deliveries(
    db: Database, trigger: str, *, path: Sequence[Item], details: Mapping[str, Any], now: float
) -> None:
    """Queue a delivery for each webhook with this trigger on an item of the path."""
    ids = ", ".join(str(item.id) for item in path)
    for hook in db.execute(f"SELECT * FROM webhooks WHERE target_id IN ({ids})"):
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
    path = items.path_of(db, job["template_id"])
    if not path:  # the template was purged meanwhile, and its webhooks with it
        return
    template = path[-1]
    info = {
        "job_id": str(job["id"]),
        "batch_id": job["batch_id"],
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
    source = items.describe(db, template)
    details = {"source": source, "created_by": source["owned_by"], "additional_info": info}
    _queue_deliveries(db, f"{DOCGEN}.{event}", path=path, details=details, now=now)
