"""The SQLite file of a history: a connection per thread, transactions, versions."""

import sqlite3
import stat
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.closing import Gate, ThreadConnections
from docgen_nb.errors import LedgerError
from docgen_nb.ledger.cell_encoding import Unreadable
from docgen_nb.ledger.job_tables import APPLICATION, Database
from docgen_nb.ledger.migrations import VERSION, migrate

Row = tuple[Any, ...]

BUSY_SECONDS = 60.0  # seconds that a write waits for another process
_ELSEWHERE = "Choose a file in an existing folder that you may write to."
_READ_ONLY = "is read-only for you. Change its permissions, or use a copy."
_ANY_TABLE = "SELECT 1 FROM sqlite_schema"
_NO_ACCESS = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_BUSY, _FULL = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), (sqlite3.SQLITE_FULL,)


class HistoryFile:
    """A history file. Safe to use from several threads, and from several processes."""

    def __init__(self, path: str | Path) -> None:
        self.path = _checked(path)
        self._options = ""  # of the URI
        self.checked: DocGenClient | None = None  # the last client whose account was checked
        self._gate = Gate(ValueError("This ledger is closed. Open it again with Ledger(path)."))
        self._connections = ThreadConnections[Database]()
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._gate.closed

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return every row of a query."""
        with self.use() as db:
            return db.execute(sql, values).fetchall()

    def first(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        with self.use() as db:
            row: Row | None = db.execute(sql, values).fetchone()
            return row

    @contextmanager
    def use(self) -> Iterator[Database]:
        """Yield this thread's connection, which stays open within the block.

        Errors of SQLite become messages that say what to do.
        """
        try:
            with self._gate:
                yield self._connections.of_this_thread(self._connect)
        except sqlite3.DatabaseError as error:
            message = self._message(error)
            if message is None:
                raise
            raise LedgerError(f"{self.path} {message}") from error

    @contextmanager
    def read(self) -> Iterator[Database]:
        """Open a transaction that does not see what other processes write."""
        with self.use() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Database]:
        """Open a transaction that is kept as a whole or not at all."""
        with self.use() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # SQLite rolls back by itself after some errors
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close all connections, when no other thread is in a call. Safe to call twice."""
        self._gate.close()
        self._connections.close()

    def _connect(self) -> Database:
        _create_private(self.path)
        db = sqlite3.connect(
            self.path.as_uri() + self._options,
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # used by one thread, but may be closed by another
        )
        db.execute("PRAGMA synchronous=FULL")  # a finished sync survives a power cut
        db.execute("PRAGMA cache_size=-65536")
        return db

    def _set_up(self) -> None:
        version, application = self._versions()
        if version == 0 and application == 0:
            self._create()
            version, application = self._versions()
        if application != APPLICATION:
            raise LedgerError(f"{self.path} is not a history of docgen-nb. Choose another file.")
        if version < VERSION:
            version = self._migrate()
        if version > VERSION:
            raise LedgerError(
                f"{self.path} was written by a newer docgen-nb (history version {version}; this "
                f"one reads up to {VERSION}). Run: pip install --upgrade docgen-nb"
            )

    def _versions(self) -> tuple[int, int]:
        try:
            return self._read_versions()
        except LedgerError as error:
            code = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF
            if code not in _NO_ACCESS or not self.path.exists():
                raise
        self._open_for_reading()
        return self._read_versions()

    def _read_versions(self) -> tuple[int, int]:
        with self.use() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            return int(version), int(db.execute("PRAGMA application_id").fetchone()[0])

    def _open_for_reading(self) -> None:
        """Open a file in a folder in which SQLite cannot create the files that it needs."""
        changes = self.path.with_name(f"{self.path.name}-wal")
        if changes.exists() and changes.stat().st_size:
            raise LedgerError(
                f"{self.path} cannot be read without its latest changes, which are in "
                f"{changes.name}. Copy both to a folder that you may write to, and open the copy."
            )
        self._options = "?mode=ro&immutable=1"
        self._connections.close()  # the one that has failed

    def _create(self) -> None:
        """Create the tables, unless another process does so first or the file has other tables."""
        if self.first(_ANY_TABLE):
            return
        with self.use() as db:
            db.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
        with self.write() as db:
            if not db.execute(_ANY_TABLE).fetchone():
                db.execute(f"PRAGMA application_id={APPLICATION}")
                migrate(db)

    def _migrate(self) -> int:
        """Migrate the file; return the version that it had by then."""
        with self.write() as db:
            before = migrate(db)
        if before < VERSION:
            warnings.warn(
                f"{self.path} was migrated from history version {before} to {VERSION}. Older "
                "versions of docgen-nb can no longer read it. To upgrade them, run: "
                "pip install --upgrade docgen-nb",
                stacklevel=5,
            )
        return before

    def _message(self, error: sqlite3.DatabaseError) -> str | None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            return (
                f"has been locked by another process for more than {BUSY_SECONDS:.0f} s. "
                "End that process, or try again later."
            )
        if code in _FULL:
            return f"cannot grow ({error}). Free some disk space and try again."
        if code == sqlite3.SQLITE_READONLY:
            return _READ_ONLY
        if code == sqlite3.SQLITE_CANTOPEN:
            return f"cannot be opened ({error}). {_ELSEWHERE}"
        if code == sqlite3.SQLITE_IOERR:
            return f"cannot be read or written ({error}). Check its disk, then try again."
        if isinstance(error, Unreadable):
            return f"is damaged ({error}). Repair it with: ledger.rebuild_rollups()"
        if code == sqlite3.SQLITE_CORRUPT or str(error).startswith("no such"):
            return (
                f"is damaged ({error}). Recover what is readable with: "
                f"sqlite3 {self.path.name} .recover | sqlite3 saved.sqlite"
            )
        if code == sqlite3.SQLITE_NOTADB:
            return "is not a history of docgen-nb. Choose another file."
        return None


def _checked(path: str | Path) -> Path:
    """Return the absolute path. LedgerError if it can only be something else than a history."""
    if str(path) in ("", ":memory:"):
        raise ValueError(f"A ledger needs the path of a file, not {str(path)!r}.")
    try:
        absolute = Path(path).expanduser().absolute()
        mode = absolute.stat().st_mode
    except FileNotFoundError:
        return absolute
    except OSError as error:
        raise LedgerError(
            f"{absolute} cannot be opened ({error.strerror}). {_ELSEWHERE}"
        ) from error
    except (RuntimeError, ValueError) as error:
        raise LedgerError(f"{str(path)!r} cannot be opened ({error}). {_ELSEWHERE}") from error
    if stat.S_ISDIR(mode):
        raise LedgerError(
            f"{absolute} is a folder. Name a file in it, such as {absolute / 'history.sqlite'}."
        )
    if not stat.S_ISREG(mode):
        raise LedgerError(f"{absolute} is a device or a pipe, not a file. {_ELSEWHERE}")
    return absolute


def _create_private(path: Path) -> None:
    """Create a missing file for this user alone; SQLite gives its -wal and -shm the same mode."""
    with suppress(OSError):  # it exists, or SQLite raises the error
        path.touch(mode=0o600, exist_ok=False)
