"""The data folder of the service: one SQLite file, and file contents named by their hash."""

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO
from weakref import WeakSet

from docgen_nb.errors import ServiceError
from docgen_nb.service.http.messages import CHUNK_BYTES

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

VERSION = 1

FULL_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
Row = sqlite3.Row
Database = sqlite3.Connection


class StorageFull(Exception):
    """The disk is full, or the data folder is not writable."""


@contextmanager
def raise_if_storage_full() -> Iterator[None]:
    """Turn an OSError of the data folder into StorageFull."""
    try:
        yield
    except OSError as error:
        message = f"Cannot write to the data folder: {error.strerror}."
        raise StorageFull(message) from error


@dataclass(frozen=True)
class Blob:
    """Stored content: its two hashes in lower-case hex and its size in bytes."""

    sha256: str
    sha1: str
    size: int


class Store:
    """One data folder. Safe to use from several threads and from several processes."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable
        self._local = threading.local()
        self._connections: WeakSet[_Connection] = WeakSet()
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []
        _make_folders(folder)
        _sweep(folder / "incoming")
        self._set_up()
        self._secret = str(self.one("SELECT value FROM settings WHERE name = 'secret'")["value"])

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return every row of a query."""
        return self.database.execute(sql, values).fetchall()

    def first(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        row: Row | None = self.database.execute(sql, values).fetchone()
        return row

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row:
        """Return the first row of a query that always has one."""
        row = self.first(sql, values)
        assert row is not None, sql
        return row

    @contextmanager
    def write(self) -> Iterator[Database]:
        """Open a transaction: commit it on success, roll it back on any exception."""
        db = self.database
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            _roll_back(db)
            if error.sqlite_errorcode & 0xFF in FULL_CODES:
                message = f"Cannot write to the data folder: {error}."
                raise StorageFull(message) from error
            raise
        except BaseException:
            _roll_back(db)
            raise
        for call in self._calls:
            call()

    def on_commit(self, call: Callable[[], None]) -> None:
        """Register a function to call after each committed transaction."""
        self._calls.append(call)

    @contextmanager
    def incoming(self) -> Iterator[IO[bytes]]:
        """Yield a temporary file in the data folder; it is deleted unless `keep` moves it."""
        with raise_if_storage_full():
            file = self._locked_file()
            try:
                yield file
            finally:
                with suppress(OSError):  # an incomplete file is deleted anyway
                    file.close()
                Path(file.name).unlink(missing_ok=True)

    def _locked_file(self) -> IO[bytes]:
        while True:
            file = NamedTemporaryFile(  # noqa: SIM115  `incoming` closes it
                dir=self.folder / "incoming", delete=False
            )
            _lock(file)
            if os.path.exists(file.name):
                return file
            file.close()  # another process swept it before it was locked

    def keep(self, file: IO[bytes]) -> Blob:
        """Move a file of `incoming` to its permanent place and return its hashes and size."""
        file.seek(0)
        sha256, sha1, size = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
        while chunk := file.read(CHUNK_BYTES):
            sha256.update(chunk)
            sha1.update(chunk)
            size += len(chunk)
        if fcntl is None:
            file.close()  # Windows moves no open file; elsewhere it stays locked until it is moved
        blob = Blob(sha256.hexdigest(), sha1.hexdigest(), size)
        target = self.path(blob.sha256)
        target.parent.mkdir(exist_ok=True)
        os.replace(file.name, target)
        return blob

    def keep_bytes(self, content: bytes) -> Blob:
        """Store bytes and return their hashes and size."""
        with self.incoming() as file:
            file.write(content)
            return self.keep(file)

    def path(self, sha256: str) -> Path:
        """Return the path of stored content."""
        return self.folder / "contents" / sha256[:2] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """Open stored content for reading."""
        return self.path(sha256).open("rb")

    def sign(self, text: str) -> str:
        """Return a signature of a text, in hex, that only this data folder makes."""
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def close(self) -> None:
        """Close all connections. The folder stays."""
        with self._lock:
            while self._connections:
                self._connections.pop().database.close()
        self._local = threading.local()

    @property
    def database(self) -> Database:
        """The connection of the current thread."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _Connection(self._connect())
            with self._lock:
                self._connections.add(connection)
        return connection.database

    def _connect(self) -> Database:
        db = sqlite3.connect(
            self.folder / "docgen.sqlite",
            timeout=30,
            isolation_level=None,
            check_same_thread=False,  # used by one thread each, but closed by another
        )
        db.row_factory = sqlite3.Row
        # WAL with NORMAL loses nothing when the process is killed.
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={'NORMAL' if self.durable else 'OFF'}")
        return db

    def _set_up(self) -> None:
        try:
            with self.write() as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version == 0:
                    schema = files(__package__).joinpath("schema.sql")
                    for statement in schema.read_text(encoding="utf-8").split(";"):
                        db.execute(statement)
                    secret = secrets.token_hex(32)
                    db.execute("INSERT INTO settings VALUES ('secret', ?)", (secret,))
                    db.execute(f"PRAGMA user_version={VERSION}")
        except sqlite3.DatabaseError as error:
            self.close()
            raise ServiceError(
                f"Cannot read docgen.sqlite in {self.folder} ({error}). Choose another folder."
            ) from error
        if version > VERSION:
            self.close()
            raise ServiceError(
                f"{self.folder} was written by a newer docgen-nb (data version {version}, this "
                f"one reads {VERSION}). Upgrade docgen-nb, or choose another folder."
            )


def insert(db: Database, table: str, **values: Any) -> int:
    """Insert one row and return its id."""
    names, placeholders = ", ".join(values), ", ".join("?" * len(values))
    sql = f"INSERT INTO {table} ({names}) VALUES ({placeholders})"
    id = db.execute(sql, tuple(values.values())).lastrowid
    assert id is not None
    return id


def _sweep(incoming: Path) -> None:
    """Delete the temporary files of processes that were killed: their locks are gone."""
    for path in incoming.iterdir():
        with suppress(FileNotFoundError), path.open("rb") as file:
            if _lock(file):
                path.unlink()


def _lock(file: IO[bytes]) -> bool:
    """Lock a file while it is open; return False if another process holds it or on Windows."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _roll_back(db: Database) -> None:
    if db.in_transaction:  # after some errors SQLite has rolled back already
        db.execute("ROLLBACK")


class _Connection:
    """A thread's connection, closed when the thread ends."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __del__(self) -> None:
        self.database.close()


def _make_folders(folder: Path) -> None:
    try:
        for part in ("contents", "incoming"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(
            f"Cannot store data in {folder}: {error.strerror}. Choose a folder that can be created."
        ) from error
