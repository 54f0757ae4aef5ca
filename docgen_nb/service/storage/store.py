"""The data folder of the service: one SQLite file, and file contents named by their hash."""

import hashlib
import hmac
import re
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import Any, cast

from docgen_nb.closing import Gate, ThreadConnections
from docgen_nb.errors import ServiceError
from docgen_nb.service.storage.contents import Blob, Contents
from docgen_nb.service.storage.data_check import DATABASE, database_problem, schema
from docgen_nb.service.storage.errors import (
    StorageBusy,
    StorageDamaged,
    StorageError,
    StorageFull,
    raise_if_storage_full,
    storage_error,
)
from docgen_nb.service.storage.migrations import VERSION, migrate
from docgen_nb.service.storage.private_files import (
    FOLDER_MODE,
    foreign_path,
    is_open_to_all,
    protect,
)
from docgen_nb.service.storage.reserve import Reserve

__all__ = [
    "CLOSED",
    "LOCK_SECONDS",
    "Blob",
    "Database",
    "Row",
    "StorageBusy",
    "StorageDamaged",
    "StorageError",
    "StorageFull",
    "Store",
    "insert",
    "raise_if_storage_full",
]

CLOSED = "This service is closed. Start another one with LocalDocGen()."
LOCK_SECONDS = 30.0
SESSION = re.compile("[0-9A-F]{32}")
INDEX = "CREATE INDEX IF NOT EXISTS contents ON versions (sha256) WHERE sha256 != ''"
HAS_INDEX = "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = 'contents'"
NAMED = "SELECT 1 FROM versions WHERE sha256 = ? AND sha256 != '' LIMIT 1"
NAMES = "SELECT sha256 FROM versions WHERE sha256 >= ? AND sha256 < ? AND sha256 != ''"
# Of purged templates: their last jobs have ended.
UNUSED = """FROM versions WHERE id IN (SELECT template_version_id FROM batches)
    AND NOT EXISTS (SELECT 1 FROM items WHERE items.id = versions.file_id)
    AND NOT EXISTS (SELECT 1 FROM jobs JOIN batches ON batches.id = jobs.batch_id
        LEFT JOIN versions AS output ON output.id = output_version_id
        WHERE template_version_id = versions.id AND jobs.template_id = versions.file_id
        AND (status IN ('pending', 'submitted') OR output.sha256 = ''))"""
Values = Sequence[Any] | Mapping[str, Any]
Row = sqlite3.Row
Database = sqlite3.Connection


class Store:
    """One data folder. Safe to use from several threads and from several processes.

    Without `durable` the data may be lost with the machine. `lock_timeout` is how many seconds a
    call waits while another process has locked the database.
    """

    def __init__(
        self, folder: Path, *, durable: bool = True, lock_timeout: float = LOCK_SECONDS
    ) -> None:
        self.folder, self.durable, self.lock_timeout = folder, durable, lock_timeout
        self.contents = Contents(folder)
        self._reserve = Reserve(folder) if durable else None
        self._gate = Gate(ServiceError(CLOSED))
        self._local = threading.local()
        self._connections = ThreadConnections[Database]()
        self._calls: list[Callable[[], None]] = []
        self._damage = ""
        _refuse_foreign(folder)
        _refuse_damaged(folder)
        _make_folders(folder)
        self.contents.sweep()
        self._set_up()
        self._secret = str(self.one("SELECT value FROM settings WHERE name = 'secret'")["value"])

    def use(self) -> "_Use":
        """Return a `with` block that gets this thread's connection, which stays open within it.

        Raises StorageError if the database can't be used, and ServiceError after `close`.
        """
        return _Use(self)

    def enter(self) -> tuple[Database, bool]:
        """Begin a block of `use`; return the connection, and whether no other block is around."""
        outermost = not self._gate.inside
        self._gate.__enter__()
        try:
            self._local.used = self.database
            return self._local.used, outermost
        except BaseException as error:
            self.leave(error, outermost=outermost)
            raise

    def leave(self, error: BaseException | None, *, outermost: bool) -> None:
        """End a block of `use`, turning an error of SQLite into what it means here."""
        try:
            if outermost and (names := self.contents.release()):
                with suppress(StorageError, OSError):  # else the next start deletes them
                    self.delete_unnamed(names)
        finally:
            if outermost:
                self._local.used = None
            self._gate.__exit__(None, None, None)
        if not isinstance(error, sqlite3.Error):
            return
        meaning = storage_error(error, lock_timeout=self.lock_timeout)
        if isinstance(meaning, StorageDamaged):
            self._damage = str(meaning)
        if meaning is not None:
            raise meaning from error

    def all(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row of a query."""
        db: Database | None = getattr(self._local, "used", None)
        if db is not None:  # quicker, and the block around it is of `use`
            return db.execute(sql, values).fetchall()
        with self.use() as db:
            return db.execute(sql, values).fetchall()

    def first(self, sql: str, values: Values = ()) -> Row | None:
        """Return the first row of a query, or None."""
        db: Database | None = getattr(self._local, "used", None)
        if db is not None:
            return cast(Row | None, db.execute(sql, values).fetchone())
        with self.use() as db:
            return cast(Row | None, db.execute(sql, values).fetchone())

    def one(self, sql: str, values: Values = ()) -> Row:
        """Return the first row of a query that always has one."""
        row = self.first(sql, values)
        assert row is not None, sql
        return row

    @contextmanager
    def write(self, *, frees: bool = False) -> Iterator[Database]:
        """Open a transaction: commit it on success, roll it back on any exception.

        One that `frees` space is possible on a full disk, too.
        """
        with self.use() as db:
            self._check_writable(frees=frees)
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                _roll_back(db)
                raise
            self.contents.release()  # a version names it now
        for call in self._calls:
            call()

    def _check_writable(self, *, frees: bool) -> None:
        if self._damage:
            raise StorageDamaged(self._damage)
        if self._reserve is None:
            return
        if frees:
            self._reserve.spend()
        elif self._reserve.spent:
            raise StorageFull("The disk of the data folder is full. Delete files for good.")

    def on_commit(self, call: Callable[[], None]) -> None:
        """Register a function to call after each committed transaction."""
        self._calls.append(call)

    def delete_unnamed(self, names: Iterable[str]) -> None:
        """Delete those of some contents that no version names and nobody is keeping now."""
        for sha256 in names:
            with self.contents.locked(sha256) as locked:
                if locked and self.first(NAMED, (sha256,)) is None:
                    self.contents.delete(sha256)
        if self._reserve is not None:
            self._reserve.restore()

    def clean(self) -> None:
        """Delete what nothing refers to: versions and contents of purged files, stray uploads."""
        if self.first(f"SELECT 1 {UNUSED} LIMIT 1"):
            with self.write(frees=True) as db:
                db.execute(f"DELETE {UNUSED}")
        for start, names in self.contents.groups():
            rows = self.all(NAMES, (start, start + "g"))
            self.delete_unnamed(names - {row["sha256"] for row in rows})
        sessions = {row["id"] for row in self.all("SELECT id FROM upload_sessions")}
        for path in (self.folder / "sessions").glob("*"):
            if SESSION.fullmatch(path.name) and path.name not in sessions:
                shutil.rmtree(path, ignore_errors=True)

    def sign(self, text: str) -> str:
        """Return a signature of a text, in hex, that only this data folder makes."""
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def close(self) -> None:
        """Close all connections, when no other thread is in a call. The folder stays."""
        self._gate.close()
        self._connections.close()
        self._local = threading.local()

    @property
    def database(self) -> Database:
        """The connection of the current thread, within `use`."""
        return self._connections.of_this_thread(self._connect)

    def _connect(self) -> Database:
        db = sqlite3.connect(
            self.folder / DATABASE,
            timeout=self.lock_timeout,
            isolation_level=None,
            check_same_thread=False,  # used by one thread each, but closed by another
        )
        db.row_factory = sqlite3.Row
        try:
            # WAL with NORMAL loses nothing when the process is killed.
            db.execute("PRAGMA journal_mode=WAL")
            db.execute(f"PRAGMA synchronous={'NORMAL' if self.durable else 'OFF'}")
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _set_up(self) -> None:
        try:
            if self._reserve is not None:
                self._reserve.restore()
            version = int(self.one("PRAGMA user_version")[0])
            if version == 0:
                self._create_tables()
            elif version < VERSION:
                with self.write() as db:
                    migrate(db)
            if version <= VERSION and self.first(HAS_INDEX) is None:
                with self.write() as db:
                    db.execute(INDEX)
        except StorageError as error:
            self.close()
            raise ServiceError(f"Cannot open {self.folder / DATABASE}. {error}") from error
        if version > VERSION:
            self.close()
            raise ServiceError(
                f"{self.folder} was written by a newer docgen-nb (data version {version}, this "
                f"one reads {VERSION}). Upgrade docgen-nb, or choose another folder."
            )

    def _create_tables(self) -> None:
        """Create the tables, unless another process does so first."""
        with self.write() as db:
            if db.execute("PRAGMA user_version").fetchone()[0]:
                return
            for statement in schema():
                db.execute(statement)
            secret = secrets.token_hex(32)
            db.execute("INSERT INTO settings VALUES ('secret', ?)", (secret,))
            db.execute(f"PRAGMA user_version={VERSION}")


def insert(db: Database, table: str, **values: Any) -> int:
    """Insert one row and return its id."""
    names, placeholders = ", ".join(values), ", ".join("?" * len(values))
    sql = f"INSERT INTO {table} ({names}) VALUES ({placeholders})"
    id = db.execute(sql, tuple(values.values())).lastrowid
    assert id is not None
    return id


def _roll_back(db: Database) -> None:
    if db.in_transaction:  # after some errors SQLite has rolled back already
        db.execute("ROLLBACK")


class _Use:
    """The block of `Store.use`; a generator would take twice the time, in every call."""

    __slots__ = ("_outermost", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> Database:
        db, self._outermost = self._store.enter()
        return db

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._store.leave(error, outermost=self._outermost)


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder of another user, or with such a part, before anything is read or written."""
    try:
        path = foreign_path(folder, DATABASE)
        is_open = folder.is_dir() and is_open_to_all(folder)
    except OSError:  # `_make_folders` says what is wrong with the folder
        return
    if path is not None:
        raise ServiceError(
            f"{path} belongs to another user, who could exchange what is in it. Choose a folder "
            "of your own, or make this one and all in it yours with chown."
        )
    if is_open:
        raise ServiceError(
            f"Every user of this machine could exchange what is in {folder}, which contains other "
            f"files, too. Choose a folder of your own, or run: chmod o-w {quote(str(folder))}"
        )


def _refuse_damaged(folder: Path) -> None:
    """Refuse a folder whose database can't be used, before anything is written to it."""
    try:
        problem = database_problem(folder)
    except OSError:  # `_make_folders` says what is wrong with the folder
        return
    if problem is not None:
        command = f"docgen-nb serve --data {quote(str(folder))} --check"
        raise ServiceError(f"{problem.message} Nothing was written. For help, run: {command}")


def _make_folders(folder: Path) -> None:
    try:
        for path in (folder, folder / "contents", folder / "incoming"):
            path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        protect(folder, DATABASE)
    except OSError as error:
        raise ServiceError(
            f"Cannot store data in {folder}: {error.strerror}. Choose a folder that can be created."
        ) from error
