"""What happens to files, folders, users and jobs: told to event streams and webhooks.

Each `record` is called inside the transaction that does the thing, so that what was done is
told, and nothing else.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.endpoints import users
from docgen_nb.service.endpoints.events import add_event
from docgen_nb.service.storage import items
from docgen_nb.service.storage.items import COLUMNS, FROM, Change, Item, Place
from docgen_nb.service.storage.store import Database, Row

DOCGEN = "DOCGEN_DOCUMENT_GENERATION"
ROOT = {"type": "folder", "id": "0", "sequence_id": None, "etag": None, "name": "All Files"}
ABOVE = f"""WITH RECURSIVE above (id, depth) AS (SELECT parent_id, 1 FROM items WHERE id = ?
    UNION ALL SELECT items.parent_id, depth + 1 FROM above JOIN items ON items.id = above.id)
    SELECT {COLUMNS} FROM {FROM} JOIN above ON above.id = items.id ORDER BY depth DESC"""
JOB = """SELECT jobs.id, batch_id, jobs.template_id, template_version_id, folder_id, output_type,
    output_file_id FROM jobs JOIN batches ON batches.id = batch_id WHERE jobs.id = ?"""


class Words(NamedTuple):
    """What Box calls one happening in each of its three places; None where it is not told."""

    event: str | None  # in the streams of a user
    admin: str | None  # in the streams of an enterprise
    trigger: str  # of a webhook, behind FILE. or FOLDER.


WORDS: Mapping[str, Words] = {
    "UPLOADED": Words("ITEM_UPLOAD", "UPLOAD", "UPLOADED"),
    "EDITED": Words("ITEM_UPLOAD", "EDIT", "UPLOADED"),  # a new version
    "DOWNLOADED": Words("ITEM_DOWNLOAD", "DOWNLOAD", "DOWNLOADED"),
    "CREATED": Words("ITEM_CREATE", None, "CREATED"),
    "COPIED": Words("ITEM_COPY", "COPY", "COPIED"),
    "MOVED": Words("ITEM_MOVE", "MOVE", "MOVED"),
    "RENAMED": Words("ITEM_RENAME", "RENAME", "RENAMED"),
    "LOCKED": Words("LOCK_CREATE", "LOCK", "LOCKED"),
    "UNLOCKED": Words("LOCK_DESTROY", "UNLOCK", "UNLOCKED"),
    "TRASHED": Words("ITEM_TRASH", "DELETE", "TRASHED"),
    "RESTORED": Words("ITEM_UNDELETE_VIA_TRASH", "UNDELETE", "RESTORED"),
    "DELETED": Words(None, None, "DELETED"),  # from the trash, for good
}


def record(db: Database, what: str, *, item_id: int, now: float, of: int | None = None) -> None:
    """Tell that something was done to a file or folder by its owner; `of` is what was copied.

    Nothing is told of what is gone for good: a download address outlives its file.
    """
    words, item = WORDS[what], _item(db, item_id)
    if item is None:
        return
    owner, above = _user(db, item.owner_id), _above(db, item_id)
    place = Place(users.mini(owner), [ROOT, *(items.mini(folder) for folder in above)])
    source = items.full(item, place)
    add_event(db, owner, types=(words.event, words.admin), source=source, now=now)
    targets = [item_id, *(folder.id for folder in above)]
    if of is not None:
        targets += [of, *(folder.id for folder in _above(db, of))]
    trigger = f"{item.kind.upper()}.{words.trigger}"
    _queue(db, trigger, targets=targets, told={"source": source, "user": place.owner}, now=now)


def _item(db: Database, item_id: int) -> Item | None:
    sql = f"SELECT {COLUMNS} FROM {FROM} WHERE items.id = ?"
    row = db.execute(sql, (item_id,)).fetchone()
    return None if row is None else Item.of(row)


def _above(db: Database, item_id: int) -> list[Item]:
    """Return the folders above an item, in the trash or not, outermost first."""
    return [Item.of(row) for row in db.execute(ABOVE, (item_id,))]


def _user(db: Database, user_id: int) -> Row:
    row: Row = db.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    return row


def _queue(
    db: Database, trigger: str, *, targets: Sequence[int], told: Mapping[str, Any], now: float
) -> None:
    """Queue a delivery for each webhook on one of the targets that wants this trigger."""
    marks = ", ".join("?" * len(targets))
    for hook in db.execute(f"SELECT * FROM webhooks WHERE target_id IN ({marks})", targets):
        if trigger in json.loads(hook["triggers"]):
            _deliver(db, hook, trigger, told=told, now=now)


def _deliver(db: Database, hook: Row, trigger: str, *, told: Mapping[str, Any], now: float) -> None:
    body = {
        "type": "webhook_event",
        "id": str(uuid.uuid4()),
        "created_at": rfc3339(now),
        "trigger": trigger,
        "webhook": {"id": str(hook["id"]), "type": "webhook"},
        "created_by": told["user"],
        "source": told["source"],
        "additional_info": told.get("info", []),
    }
    db.execute(
        "INSERT INTO deliveries (webhook_id, trigger, address, body, due_at) "
        "VALUES (?, ?, ?, ?, ?)",
        # Box signs JSON in which everything beyond ASCII is escaped.
        (hook["id"], trigger, hook["address"], json.dumps(body, separators=(",", ":")), now),
    )


def record_change(db: Database, before: Item, change: Change, *, now: float) -> None:
    """Tell that a file or folder got another name or another parent, where it did."""
    if change.name != before.name:
        record(db, "RENAMED", item_id=before.id, now=now)
    if change.parent_id != before.parent_id:
        record(db, "MOVED", item_id=before.id, now=now)


def record_lock(db: Database, before: Item, locked_at: float | None, *, now: float) -> None:
    """Tell that a file was locked or unlocked, where it was."""
    if (locked_at is None) != (before.locked_at is None):
        what = "UNLOCKED" if locked_at is None else "LOCKED"
        record(db, what, item_id=before.id, now=now)


def record_webhook_end(db: Database, hook: Row, *, now: float) -> None:
    """Tell that a webhook is deleted, if it wants that."""
    target = {"type": hook["target_kind"], "id": str(hook["target_id"])}
    told = {"source": target, "user": users.mini(_user(db, hook["user_id"]))}
    if "WEBHOOK.DELETED" in json.loads(hook["triggers"]):
        _deliver(db, hook, "WEBHOOK.DELETED", told=told, now=now)


def record_jobs(
    db: Database, what: str, *, job_ids: Iterable[int], now: float, reason: str = ""
) -> None:
    """Tell webhooks that jobs ``STARTED``, ``SUCCEEDED`` or ``FAILED`` (for a reason).

    Watched is the template or a folder above it. Box names what such a message says, not how its
    fields are called: the source is the template, the rest stands in ``additional_info``.
    """
    if db.execute("SELECT 1 FROM webhooks LIMIT 1").fetchone() is None:
        return
    for job_id in job_ids:
        _record_job(db, what, db.execute(JOB, (job_id,)).fetchone(), reason=reason, now=now)


def _record_job(db: Database, what: str, job: Row, *, reason: str, now: float) -> None:
    template, above = _item(db, job["template_id"]), _above(db, job["template_id"])
    if template is None:  # deleted for good meanwhile, and its webhooks with it
        return
    owner = users.mini(_user(db, template.owner_id))
    place = Place(owner, [ROOT, *(items.mini(folder) for folder in above)])
    info = {
        "job_id": str(job["id"]),
        "batch_id": str(job["batch_id"]),
        "template_file_id": str(template.id),
        "template_file_version_id": str(job["template_version_id"]),
        "template_file_name": template.name,
        "destination_folder_id": str(job["folder_id"]),
        "output_type": job["output_type"],
    }
    if what == "SUCCEEDED":
        info["output_file_id"] = str(job["output_file_id"])
    if what == "FAILED":
        info["reason"] = reason
    told = {"source": items.full(template, place), "user": owner, "info": info}
    targets = [template.id, *(folder.id for folder in above)]
    _queue(db, f"{DOCGEN}.{what}", targets=targets, told=told, now=now)
