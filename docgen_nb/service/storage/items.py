"""Files and folders as rows and as Box shows them: look-ups, names, JSON shapes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from docgen_nb import wire
from docgen_nb.service.clock import rfc3339
from docgen_nb.service.http.messages import ApiFailure, not_found
from docgen_nb.service.storage import users
from docgen_nb.service.storage.kept_fields import kept_fields
from docgen_nb.service.storage.store import Blob, Database, Row, Store, insert

COLUMNS = """items.id, kind, owner_id, parent_id, items.name, description, etag, version_id,
    items.created_at, modified_at, trashed_at, locked_at, kept, sha1, sha256,
    coalesce(size, 0) AS size"""
SELECT = f"SELECT {COLUMNS} FROM items LEFT JOIN versions ON versions.id = items.version_id"
PATH = f"""WITH RECURSIVE path (id, depth) AS (VALUES (?, 0) UNION ALL
    SELECT parent_id, depth + 1 FROM path JOIN items ON items.id = path.id)
    {SELECT} JOIN path ON path.id = items.id ORDER BY depth DESC"""

NEEDING = """SELECT 1 FROM jobs JOIN batches ON batches.id = jobs.batch_id
    LEFT JOIN versions AS output ON output.id = output_version_id
    WHERE jobs.user_id = :user AND jobs.template_id = :file
    AND template_version_id = versions.id
    AND (status IN ('pending', 'submitted') OR output.sha256 = '')"""


@dataclass(frozen=True)
class Item:
    """A file or a folder; the last three fields describe the current version of a file."""

    id: int
    kind: str
    owner_id: int
    parent_id: int | None
    name: str
    description: str
    etag: int
    version_id: int | None
    created_at: float
    modified_at: float
    trashed_at: float | None
    locked_at: float | None
    kept: str  # JSON of the fields that are only kept
    sha1: str | None
    sha256: str | None
    size: int

    @classmethod
    def of(cls, row: Row) -> "Item":
        """Read one row of `COLUMNS`."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


def find_item(store: Store, *, user_id: int, kind: str, id: int, trashed: bool = False) -> Item:
    """Return a live file or folder of a user, or with `trashed` one in the trash; 404 otherwise."""
    item = find_live_or_trashed(store, user_id=user_id, kind=kind, id=id)
    if item.trashed_at is not None and not trashed:
        raise ApiFailure(404, "trashed", "Item is trashed")
    if item.trashed_at is None and trashed:
        raise not_found(f"{kind} {id} in the trash")
    return item


def find_live_or_trashed(store: Store, *, user_id: int, kind: str, id: int) -> Item:
    """Return a file or folder of a user, in the trash or not; 404 if it doesn't exist."""
    if kind == "folder" and id == 0:
        return _root(user_id)
    sql = f"{SELECT} WHERE items.id = ? AND owner_id = ? AND kind = ?"
    row = store.first(sql, (id, user_id, kind))
    if row is None:
        raise not_found(f"{kind} {id}")
    return Item.of(row)


def _root(user_id: int) -> Item:
    place = (0, "folder", user_id, None)
    return Item(*place, "All Files", "", 0, None, 0.0, 0.0, None, None, "", None, None, 0)


def check_name(name: str) -> str:
    """Return a name that Box would accept for a file or folder; 400 otherwise."""
    reason = None
    if not name or name in (".", "..") or name != name.strip():
        reason = "it is empty, '.' or '..', or starts or ends with a space"
    elif len(name) > wire.MAX_NAME_LENGTH:
        reason = f"it is longer than {wire.MAX_NAME_LENGTH} characters"
    elif any(c in "/\\" or ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name):
        reason = "it contains a slash, a backslash or a control character"
    if reason:
        message = f"The name {name[:60]!r} is not allowed: {reason}."
        raise ApiFailure(400, "item_name_invalid", message)
    return name


def check_available(
    db: Database, *, owner_id: int, parent_id: int, name: str, ignore: int = 0
) -> None:
    """Raise 409 if another item in the folder has the name; call inside a transaction."""
    row = find_by_name(db, owner_id=owner_id, parent_id=parent_id, name=name)
    if row is None or row["id"] == ignore:
        return
    other = mini(Item.of(row))
    # As recorded from Box: an object for a file, a list for a folder.
    conflicts = other if other["type"] == "file" else [other]
    message = "Item with the same name already exists"
    raise ApiFailure(409, "item_name_in_use", message, context={"conflicts": conflicts})


def find_by_name(db: Database, *, owner_id: int, parent_id: int, name: str) -> Row | None:
    """Return the row of the item of a name in a folder, or None."""
    row: Row | None = db.execute(
        f"{SELECT} WHERE owner_id = ? AND parent_id = ? AND name_key = ? AND trashed_at IS NULL",
        (owner_id, parent_id, name_key(name)),
    ).fetchone()
    return row


def name_key(name: str) -> str:
    """Return the key that is unique in a folder: Box ignores case."""
    return name.casefold()


def available_name(db: Database, *, owner_id: int, parent_id: int, stem: str, suffix: str) -> str:
    """Return the first of ``name.docx``, ``name (1).docx``, ... that is available in the folder.

    Box does not document what it does if names clash; its web application counts like this. A
    counter per name keeps the thousandth document with one name as cheap as the first.
    """
    stem = stem[: wire.MAX_NAME_LENGTH - len(suffix) - 8]
    counter = (parent_id, owner_id, name_key(stem + suffix))
    row = db.execute(
        "SELECT next FROM name_counters WHERE folder_id = ? AND owner_id = ? AND name_key = ?",
        counter,
    ).fetchone()
    number = row["next"] if row else 0
    while True:
        candidate = f"{stem} ({number}){suffix}" if number else f"{stem}{suffix}"
        number += 1
        if find_by_name(db, owner_id=owner_id, parent_id=parent_id, name=candidate) is None:
            break
    db.execute("INSERT OR REPLACE INTO name_counters VALUES (?, ?, ?, ?)", (*counter, number))
    return candidate


def add_folder(
    db: Database, *, owner_id: int, parent_id: int, name: str, now: float, kept: str = ""
) -> int:
    """Add an empty folder and return its id; 409 if the name is taken."""
    place = {"owner_id": owner_id, "parent_id": parent_id}
    return _add_item(db, kind="folder", **place, name=name, kept=kept, now=now)


def _add_item(
    db: Database, *, kind: str, owner_id: int, parent_id: int, name: str, kept: str, now: float
) -> int:
    check_available(db, owner_id=owner_id, parent_id=parent_id, name=name)
    return insert(
        db,
        "items",
        kind=kind,
        owner_id=owner_id,
        parent_id=parent_id,
        name=name,
        name_key=name_key(name),
        kept=kept,
        created_at=now,
        modified_at=now,
    )


def add_file(
    db: Database,
    *,
    owner_id: int,
    parent_id: int,
    name: str,
    blob: Blob,
    now: float,
    kept: str = "",
) -> int:
    """Add a file with its first version and return its id; 409 if the name is taken."""
    place = {"owner_id": owner_id, "parent_id": parent_id}
    file_id = _add_item(db, kind="file", **place, name=name, kept=kept, now=now)
    _add_version(db, file_id=file_id, name=name, blob=blob, now=now)
    return file_id


def _add_version(db: Database, *, file_id: int, name: str, blob: Blob, now: float) -> None:
    cursor = db.execute(
        "INSERT INTO versions (file_id, number, name, sha1, sha256, size, created_at) VALUES "
        "(?, (SELECT 1 + count(*) FROM versions WHERE file_id = ?), ?, ?, ?, ?, ?)",
        (file_id, file_id, name, blob.sha1, blob.sha256, blob.size, now),
    )
    db.execute(
        "UPDATE items SET version_id = ?, modified_at = ?, "
        "etag = CASE WHEN version_id IS NULL THEN 0 ELSE etag + 1 END WHERE id = ?",
        (cursor.lastrowid, now, file_id),
    )


def replace_content(db: Database, file: Item, *, name: str, blob: Blob, now: float) -> None:
    """Give a file a new version and a name, which may be the old one; 409 if it is taken."""
    _rename(db, file, name=name, parent_id=file.parent_id or 0)
    _add_version(db, file_id=file.id, name=name, blob=blob, now=now)


def _rename(db: Database, item: Item, *, name: str, parent_id: int) -> None:
    check_available(db, owner_id=item.owner_id, parent_id=parent_id, name=name, ignore=item.id)
    db.execute(
        "UPDATE items SET name = ?, name_key = ?, parent_id = ? WHERE id = ?",
        (name, name_key(name), parent_id, item.id),
    )


def purge(db: Database, file: Item) -> list[str]:
    """Delete a file for good and return the contents that it had.

    A version of a template stays while a job, or a document to render on demand, needs it.
    """
    values = {"file": file.id, "user": file.owner_id}
    db.execute("DELETE FROM templates WHERE file_id = :file", values)
    db.execute("DELETE FROM items WHERE id = :file", values)
    sql = f"DELETE FROM versions WHERE file_id = :file AND NOT EXISTS ({NEEDING}) RETURNING sha256"
    return [row["sha256"] for row in db.execute(sql, values).fetchall()]


@dataclass(frozen=True)
class Change:
    """The name, parent folder, description and kept fields that a file or folder gets."""

    name: str
    parent_id: int
    description: str
    kept: str


def apply_change(db: Database, item: Item, change: Change, *, now: float) -> None:
    """Write a change; 409 if the name is taken in the folder."""
    _rename(db, item, name=change.name, parent_id=change.parent_id)
    db.execute(
        "UPDATE items SET description = ?, kept = ?, modified_at = ?, trashed_at = NULL, "
        "etag = etag + 1 "
        "WHERE id = ?",
        (change.description, change.kept, now, item.id),
    )


def copy_tree(db: Database, item: Item, *, parent_id: int, name: str, now: float) -> int:
    """Copy a file, or a folder with everything in it, and return the id of the copy."""
    copy = _copy(db, item, parent_id=parent_id, name=name, now=now)
    children = f"{SELECT} WHERE parent_id = ? AND trashed_at IS NULL"
    folders = [(item.id, copy)]  # not by recursion: folders can be nested deeper than calls
    while folders:
        original, parent_id = folders.pop()
        for child in map(Item.of, db.execute(children, (original,)).fetchall()):
            id = _copy(db, child, parent_id=parent_id, name=child.name, now=now)
            if child.kind == "folder":
                folders.append((child.id, id))
    return copy


def _copy(db: Database, item: Item, *, parent_id: int, name: str, now: float) -> int:
    place = {"owner_id": item.owner_id, "parent_id": parent_id}
    if item.kind == "folder":
        return add_folder(db, **place, name=name, kept=item.kept, now=now)
    blob = Blob(item.sha256 or "", item.sha1 or "", item.size)
    return add_file(db, **place, name=name, blob=blob, kept=item.kept, now=now)


def mini(item: Item) -> dict[str, Any]:
    """Return the short form, as in the list of a folder."""
    if item.id == 0:
        return {"type": "folder", "id": "0", "sequence_id": None, "etag": None, "name": item.name}
    etag = str(item.etag)
    shape = {"type": item.kind, "id": str(item.id), "sequence_id": etag, "etag": etag}
    if item.kind == "file":
        version = {"type": "file_version", "id": str(item.version_id), "sha1": item.sha1}
        return shape | {"name": item.name, "sha1": item.sha1, "file_version": version}
    return shape | {"name": item.name}


@dataclass(frozen=True)
class Location:
    """The owner of an item and the folders above it, outermost first, in their short forms."""

    owner: dict[str, Any]
    parents: list[dict[str, Any]]


def locate(db: Database, *, user_id: int, folder_id: int | None) -> Location:
    """Return the location of everything in a folder (None: of the root itself)."""
    path = [] if folder_id is None else [_root(user_id), *path_of(db, folder_id)]
    return Location(users.mini(users.get_user(db, user_id)), [mini(folder) for folder in path])


def path_of(db: Database, item_id: int) -> list[Item]:
    """Return the folders above an item, outermost first and without the root, then the item.

    The items may be in the trash. Without an item of this id the list is empty.
    """
    return [Item.of(row) for row in db.execute(PATH, (item_id,))]


def full(item: Item, location: Location) -> dict[str, Any]:
    """Return the standard form of a file or folder."""
    created = modified = None
    if item.id:
        created, modified = rfc3339(item.created_at), rfc3339(item.modified_at)
    parents, kept = location.parents, kept_fields(item.kept)
    return mini(item) | {
        "description": item.description,
        "size": item.size,
        "path_collection": {"total_count": len(parents), "entries": parents},
        "created_at": created,
        "modified_at": modified,
        "content_created_at": kept.get("content_created_at", created),
        "content_modified_at": kept.get("content_modified_at", modified),
        "trashed_at": item.trashed_at and rfc3339(item.trashed_at),
        "purged_at": None,
        "created_by": location.owner,
        "modified_by": location.owner,
        "owned_by": location.owner,
        "parent": parents[-1] if parents else None,
        "item_status": "trashed" if item.trashed_at else "active",
    }


def select_fields(item: Item, location: Location, fields: Iterable[str] | None) -> dict[str, Any]:
    """Return the named fields and the base fields; the standard form without `fields`."""
    if fields is None:
        return full(item, location)
    names = {"type", "id", "etag", *fields}
    shape = full(item, location) | _extra_fields(item, location)
    return {name: value for name, value in shape.items() if name in names}


def _extra_fields(item: Item, location: Location) -> dict[str, Any]:
    """Return the fields that Box shows only on request."""
    extra: dict[str, Any] = {"tags": [], "has_collaborations": False, "is_externally_owned": False}
    extra |= kept_fields(item.kept)
    if (email := extra.get("folder_upload_email")) is not None:  # Box adds an address
        extra["folder_upload_email"] = email | {"email": f"upload.{item.id}@u.docgen.local"}
    if item.kind == "file":
        extra |= {"extension": item.name.rpartition(".")[2], "comment_count": 0}
        if item.locked_at is not None:
            extra["lock"] = {
                "id": str(item.id),
                "type": "lock",
                "created_by": location.owner,
                "created_at": rfc3339(item.locked_at),
                "is_download_prevented": False,
            }
    return extra


def describe(db: Database, item: Item, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """Return one item in its standard form, or the named fields."""
    location = locate(db, user_id=item.owner_id, folder_id=item.parent_id)
    return select_fields(item, location, fields)
