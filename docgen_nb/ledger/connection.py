"""One SQLite file: connections by thread, transactions, versions."""

import os
import sqlite3
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from docgen_nb.errors import LedgerError
from docgen_nb.ledger.cell_encoding import Unreadable
from docgen_nb.ledger.job_tables import APPLICATION, Database
from docgen_nb.ledger.migrations import VERSION, migrate

Row = tuple[Any, ...]

PATIENCE = 60.0  # seconds that a write waits for another process
_ANY_TABLE = "SELECT 1 FROM sqlite_schema"
_BUSY, _FULL = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), (sqlite3.SQLITE_FULL,)


class HistoryFile:
    """A history file. Safe to use from several threads, and from several processes."""

    def __init__(self, path: str | Path) -> None:
        if str(path) in ("", ":memory:"):
            raise ValueError(f"A ledger is a file, which {str(path)!r} does not name.")
        self.path = Path(path).expanduser().absolute()
        self.closed = False
        self._local = threading.local()
        self._connections: WeakSet[_Connection] = WeakSet()
        self._lock = threading.Lock()
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return every row of a query."""
        with self._told():
            return self.database().execute(sql, values).fetchall()

    def first(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        with self._told():
            row: Row | None = self.database().execute(sql, values).fetchone()
            return row

    @contextmanager
    def read(self) -> Iterator[Database]:
        """Open a transaction in which nothing changes, whatever other processes write."""
        db = self.database()
        with self._told():
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Database]:
        """Open a transaction: all of it is kept, or none."""
        db = self.database()
        with self._told():
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # SQLite has undone it itself after some faults
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close all connections. Calling it twice is fine."""
        self.closed = True
        with self._lock:
            while self._connections:
                self._connections.pop().database.close()
        self._local = threading.local()

    def database(self) -> Database:
        """Return the connection of this thread in this process."""
        if self.closed:
            raise ValueError("This ledger is closed; Ledger(path) opens it again.")
        found: _Connection | None = getattr(self._local, "connection", None)
        if found is not None and found.process != os.getpid():
            _FORKED.append(found)  # the parent's: not to be used here, nor to be closed
            found = None
        if found is None:
            found = self._local.connection = _Connection(self._connect())
            with self._lock:
                self._connections.add(found)
        return found.database

    def _connect(self) -> Database:
        db = sqlite3.connect(
            self.path,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,  # used by one thread each, but closed by another
        )
        db.execute("PRAGMA synchronous=FULL")  # a sync that was told of survives a power cut
        db.execute("PRAGMA cache_size=-65536")
        return db

    def _set_up(self) -> None:
        version, application = self._versions()
        if version == 0 and application == 0:
            self._create()
            version, application = self._versions()
        if application != APPLICATION:
            raise LedgerError(f"{self.path} is no history of docgen-nb; name another file.")
        if version > VERSION:
            raise LedgerError(
                f"{self.path} was written by a newer docgen-nb (history version {version}, this "
                f"one reads {VERSION}). Run: pip install --upgrade docgen-nb"
            )
        if version < VERSION:
            self._migrate()

    def _versions(self) -> tuple[int, int]:
        try:
            with self._told():
                db = self.database()
                version = db.execute("PRAGMA user_version").fetchone()[0]
                return int(version), int(db.execute("PRAGMA application_id").fetchone()[0])
        except sqlite3.OperationalError as error:
            raise LedgerError(
                f"{self.path} cannot be opened ({error}): name a file in a folder that exists and "
                "that you may write to."
            ) from error

    def _create(self) -> None:
        """Make the tables, unless another process does so first or the file is another's."""
        if self.first(_ANY_TABLE):
            return
        with self._told():
            self.database().execute("PRAGMA journal_mode=WAL")  # readers beside one writer
        with self.write() as db:
            if not db.execute(_ANY_TABLE).fetchone():
                db.execute(f"PRAGMA application_id={APPLICATION}")
                migrate(db)

    def _migrate(self) -> None:
        with self.write() as db:
            before = migrate(db)
        if before < VERSION:
            warnings.warn(
                f"{self.path} was of history version {before} and is now of version {VERSION}. An "
                "older docgen-nb refuses it from now on. There, run: "
                "pip install --upgrade docgen-nb",
                stacklevel=5,
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite says of the file into words that say what to do."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            words = self._words(error)
            if words is None:
                raise
            raise LedgerError(f"{self.path} {words}") from error

    def _words(self, error: sqlite3.DatabaseError) -> str | None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return (
                f"is being written by another process for more than {PATIENCE:.0f} s: "
                "end that one, or wait and try again."
            )
        if code in _FULL:
            return f"takes no more ({error}): make room on the disk and try again."
        if code == sqlite3.SQLITE_READONLY:
            return "may not be written by you: change its rights, or work on a copy."
        if isinstance(error, Unreadable):
            return f"is damaged ({error}). Count them anew with: ledger.rebuild_rollups()"
        if code == sqlite3.SQLITE_CORRUPT:
            return (
                f"is damaged ({error}). Save what can be read with: "
                f"sqlite3 {self.path.name} .recover | sqlite3 saved.sqlite"
            )
        if code == sqlite3.SQLITE_NOTADB:
            return "is no history of docgen-nb; name another file."
        return None


class _Connection:
    """A thread's connection. It is closed when the thread ends, for threads come and go."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.process = os.getpid()

    def __del__(self) -> None:
        self.database.close()


_FORKED: list[_Connection] = []
