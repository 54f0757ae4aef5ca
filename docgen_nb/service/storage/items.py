"""Files and folders as rows and as Box shows them: look-ups, names, JSON shapes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docgen_nb import wire
from docgen_nb.service.clock import rfc3339
from docgen_nb.service.endpoints import users
from docgen_nb.service.http.json_body import reference, text
from docgen_nb.service.http.messages import Refused, bad_request, not_found
from docgen_nb.service.storage.store import Blob, Database, Row, Store

if TYPE_CHECKING:
    from docgen_nb.service.context import Call

COLUMNS = """items.id, kind, owner_id, parent_id, items.name, description, etag, version_id,
    items.created_at, modified_at, trashed_at, locked_at, sha1, sha256, coalesce(size, 0) AS size"""
FROM = "items LEFT JOIN versions ON versions.id = items.version_id"


@dataclass(frozen=True)
class Item:
    """A file or a folder; the last three say what the current version of a file holds."""

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
    sha1: str | None
    sha256: str | None
    size: int

    @classmethod
    def of(cls, row: Row) -> "Item":
        """Read one row of `COLUMNS`."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


def find(store: Store, *, user_id: int, kind: str, id: int, trashed: bool = False) -> Item:
    """Return a file or folder of a user, live or in the trash; 404 otherwise, as Box words it."""
    item = find_anywhere(store, user_id=user_id, kind=kind, id=id)
    if item.trashed_at is not None and not trashed:
        raise Refused(404, "trashed", "Item is trashed")
    if item.trashed_at is None and trashed:
        raise not_found(f"{kind} {id} in the trash")
    return item


def find_anywhere(store: Store, *, user_id: int, kind: str, id: int) -> Item:
    """Return a file or folder of a user, whether it is in the trash or not; 404 if none is."""
    if kind == "folder" and id == 0:
        return _root(user_id)
    sql = f"SELECT {COLUMNS} FROM {FROM} WHERE items.id = ? AND owner_id = ? AND kind = ?"
    row = store.first(sql, (id, user_id, kind))
    if row is None:
        raise not_found(f"{kind} {id}")
    return Item.of(row)


def _root(user_id: int) -> Item:
    return Item(
        0, "folder", user_id, None, "All Files", "", 0, None, 0.0, 0.0, None, None, None, None, 0
    )


def check_name(name: str) -> str:
    """Return a name that Box would take for a file or folder, or refuse it."""
    reason = None
    if not name or name in (".", "..") or name != name.strip():
        reason = "it is empty, a dot name, or begins or ends with a blank"
    elif len(name) > wire.MAX_NAME_LENGTH:
        reason = f"it is longer than {wire.MAX_NAME_LENGTH} characters"
    elif any(c in "/\\" or ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name):
        reason = "it holds a slash, a backslash or a control character"
    if reason:
        raise Refused(400, "item_name_invalid", f"The name {name[:60]!r} is not allowed: {reason}.")
    return name


def check_free(db: Database, *, owner_id: int, parent_id: int, name: str, but: int = 0) -> None:
    """Refuse with 409 a name that another item of the folder has; call inside a transaction."""
    row = _named(db, owner_id=owner_id, parent_id=parent_id, name=name)
    if row is None or row["id"] == but:
        return
    raise Refused(
        409,
        "item_name_in_use",
        "Item with the same name already exists",
        # A list as in the OpenAPI; on uploads Box was recorded to send the one object bare.
        context={"conflicts": [mini(Item.of(row))]},
    )


def _named(db: Database, *, owner_id: int, parent_id: int, name: str) -> Row | None:
    row: Row | None = db.execute(
        f"SELECT {COLUMNS} FROM {FROM} WHERE owner_id = ? AND parent_id = ? AND name_key = ? "
        "AND trashed_at IS NULL",
        (owner_id, parent_id, key(name)),
    ).fetchone()
    return row


def key(name: str) -> str:
    """Return what makes a name unique in its folder: Box does not tell cases apart."""
    return name.casefold()


def free_name(db: Database, *, owner_id: int, parent_id: int, name: str, suffix: str) -> str:
    """Return the first of ``name.docx``, ``name (1).docx``, ... that is free in the folder.

    What Box does with a clash is not documented; its web application counts like this. A counter
    per name keeps the thousandth document with one name as cheap as the first.
    """
    stem = name[: -len(suffix)] if name.lower().endswith(suffix) else name
    stem = stem[: wire.MAX_NAME_LENGTH - len(suffix) - 8]
    counter = (parent_id, owner_id, key(stem + suffix))
    row = db.execute(
        "SELECT next FROM name_counters WHERE folder_id = ? AND owner_id = ? AND name_key = ?",
        counter,
    ).fetchone()
    number = row["next"] if row else 0
    while True:
        found = f"{stem} ({number}){suffix}" if number else f"{stem}{suffix}"
        number += 1
        if _named(db, owner_id=owner_id, parent_id=parent_id, name=found) is None:
            break
    db.execute("INSERT OR REPLACE INTO name_counters VALUES (?, ?, ?, ?)", (*counter, number))
    return found


def add_item(
    db: Database, *, kind: str, owner_id: int, parent_id: int, name: str, now: float
) -> int:
    """Add a file or folder and return its id, 409 if the name is taken; a file needs a version."""
    check_free(db, owner_id=owner_id, parent_id=parent_id, name=name)
    cursor = db.execute(
        "INSERT INTO items (kind, owner_id, parent_id, name, name_key, created_at, modified_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (kind, owner_id, parent_id, name, key(name), now, now),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def add_version(db: Database, *, file_id: int, name: str, blob: Blob, now: float) -> int:
    """Make a content the current version of a file and return the version's id."""
    cursor = db.execute(
        "INSERT INTO versions (file_id, number, name, sha1, sha256, size, created_at) VALUES "
        "(?, (SELECT 1 + count(*) FROM versions WHERE file_id = ?), ?, ?, ?, ?, ?)",
        (file_id, file_id, name, blob.sha1, blob.sha256, blob.size, now),
    )
    assert cursor.lastrowid is not None
    db.execute(
        "UPDATE items SET version_id = ?, modified_at = ?, "
        "etag = CASE WHEN version_id IS NULL THEN 0 ELSE etag + 1 END WHERE id = ?",
        (cursor.lastrowid, now, file_id),
    )
    return cursor.lastrowid


def mini(item: Item) -> dict[str, Any]:
    """Return the short form, as in a folder's list."""
    if item.id == 0:
        return {"type": "folder", "id": "0", "sequence_id": None, "etag": None, "name": item.name}
    etag = str(item.etag)
    found = {"type": item.kind, "id": str(item.id), "sequence_id": etag, "etag": etag}
    if item.kind == "file":
        version = {"type": "file_version", "id": str(item.version_id), "sha1": item.sha1}
        return found | {"name": item.name, "sha1": item.sha1, "file_version": version}
    return found | {"name": item.name}


@dataclass(frozen=True)
class Place:
    """Where an item lies: its owner and the folders above it, outermost first, as minis."""

    owner: dict[str, Any]
    parents: list[dict[str, Any]]


def place_in(store: Store, *, user_id: int, folder_id: int | None) -> Place:
    """Return the place of everything that lies in a folder (None: of the root itself)."""
    owner = store.first("SELECT * FROM users WHERE id = ?", (user_id,))
    assert owner is not None
    parents: list[dict[str, Any]] = []
    while folder_id is not None:
        folder = find(store, user_id=user_id, kind="folder", id=folder_id)
        parents.insert(0, mini(folder))
        folder_id = folder.parent_id
    return Place(users.mini(owner), parents)


def full(item: Item, place: Place) -> dict[str, Any]:
    """Return the standard form of a file or folder."""
    dated = None if item.id == 0 else item
    parents = place.parents
    return mini(item) | {
        "description": item.description,
        "size": item.size,
        "path_collection": {"total_count": len(parents), "entries": parents},
        "created_at": dated and rfc3339(dated.created_at),
        "modified_at": dated and rfc3339(dated.modified_at),
        "content_created_at": dated and rfc3339(dated.created_at),
        "content_modified_at": dated and rfc3339(dated.modified_at),
        "trashed_at": item.trashed_at and rfc3339(item.trashed_at),
        "purged_at": None,
        "created_by": place.owner,
        "modified_by": place.owner,
        "owned_by": place.owner,
        "parent": parents[-1] if parents else None,
        "item_status": "trashed" if item.trashed_at else "active",
    }


def extra(item: Item, place: Place) -> dict[str, Any]:
    """Return what Box shows of an item only when `fields` names it."""
    found: dict[str, Any] = {"tags": [], "has_collaborations": False, "is_externally_owned": False}
    if item.kind == "file":
        found |= {"extension": item.name.rpartition(".")[2], "comment_count": 0}
        if item.locked_at is not None:
            found["lock"] = {
                "id": str(item.id),
                "type": "lock",
                "created_by": place.owner,
                "created_at": rfc3339(item.locked_at),
                "is_download_prevented": False,
            }
    return found


def shown(store: Store, item: Item, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """Return one item: its standard form, or what `fields` names, its place looked up."""
    place = place_in(store, user_id=item.owner_id, folder_id=item.parent_id)
    return chosen(item, place, fields)


def chosen(item: Item, place: Place, fields: Iterable[str] | None) -> dict[str, Any]:
    """Return what `fields` asks for and the base set; the standard form without `fields`."""
    if fields is None:
        return full(item, place)
    kept = {"type", "id", "etag", *fields}
    everything = full(item, place) | extra(item, place)
    return {name: value for name, value in everything.items() if name in kept}


def item_of(call: "Call", kind: str) -> Item:
    """Return the file or folder that the path of a call names."""
    id = call.id(f"{kind}_id")
    return find(call.service.store, user_id=call.user_id, kind=kind, id=id)


def check_unchanged(call: "Call", item: Item) -> None:
    """Refuse with 412 a change that names another etag in ``if-match``."""
    wanted = call.request.headers.get("if-match")
    if wanted is not None and wanted.strip('"') != str(item.etag):
        raise Refused(412, "precondition_failed", "The resource has been modified.")


def parent_of(call: "Call", body: Mapping[str, Any]) -> int:
    """Return the id of the folder that a body names as parent; 404 if there is none."""
    wanted = reference(body, "parent", type="folder")
    return find(call.service.store, user_id=call.user_id, kind="folder", id=wanted).id


@dataclass(frozen=True)
class Change:
    """What a file or folder is to be called, where it is to lie, how it is described."""

    name: str
    parent_id: int
    description: str


def read_change(call: "Call", item: Item, body: Mapping[str, Any] | None = None) -> Change:
    """Read the body of a PUT; what it does not name stays."""
    body = call.json() if body is None else body
    description = body.get("description", item.description)
    if not isinstance(description, str):
        raise bad_request("'description' must be a string", name="description")
    name = check_name(text(body, "name")) if "name" in body else item.name
    parent_id = parent_of(call, body) if "parent" in body else item.parent_id or 0
    return Change(name, parent_id, description)


def apply_change(db: Database, item: Item, change: Change, *, now: float) -> None:
    """Write a change; 409 if the name is taken there."""
    place = {"owner_id": item.owner_id, "parent_id": change.parent_id}
    check_free(db, **place, name=change.name, but=item.id)
    db.execute(
        "UPDATE items SET name = ?, name_key = ?, description = ?, parent_id = ?, "
        "modified_at = ?, trashed_at = NULL, etag = etag + 1 WHERE id = ?",
        (change.name, key(change.name), change.description, change.parent_id, now, item.id),
    )


def copy_tree(db: Database, item: Item, *, parent_id: int, name: str, now: float) -> int:
    """Copy a file or a folder with all in it and return the id of the copy."""
    id = add_item(
        db, kind=item.kind, owner_id=item.owner_id, parent_id=parent_id, name=name, now=now
    )
    if item.kind == "file":
        blob = Blob(item.sha256 or "", item.sha1 or "", item.size)
        add_version(db, file_id=id, name=name, blob=blob, now=now)
        return id
    inside = f"SELECT {COLUMNS} FROM {FROM} WHERE parent_id = ? AND trashed_at IS NULL"
    for row in db.execute(inside, (item.id,)).fetchall():
        copy_tree(db, Item.of(row), parent_id=id, name=row["name"], now=now)
    return id
