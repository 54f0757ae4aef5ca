"""The errors of the data folder: full, locked, damaged."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

FULL_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
DAMAGED_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
OTHER_CODES = (
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM),
    *(sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_AUTH),
)
# Of the process or the machine, not of the disk: likely to be over soon.
PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR)


class StorageError(Exception):
    """The data folder cannot be used now."""


class StorageFull(StorageError):
    """The disk is full, or the data folder is not writable."""


class StorageBusy(StorageError):
    """Another process has locked the database for too long."""


class StorageDamaged(StorageError):
    """The database is damaged, or a content is missing."""


@contextmanager
def raise_if_storage_full() -> Iterator[None]:
    """Turn an OSError of the data folder into StorageFull, or StorageError if it will pass."""
    try:
        yield
    except OSError as error:
        if error.errno in PASSING:
            raise StorageError(f"Cannot use the data folder: {error.strerror}.") from error
        message = f"Cannot write to the data folder: {error.strerror}."
        raise StorageFull(message) from error


def storage_error(error: sqlite3.Error, *, lock_timeout: float) -> StorageError | None:
    """Return what an error of SQLite means for the data folder; None if it is a bug."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in FULL_CODES:
        return StorageFull(f"Cannot write to the data folder: {error}.")
    if code in BUSY_CODES:
        return StorageBusy(
            f"The database in the data folder has been locked for more than {lock_timeout:g} s. "
            "Try again later."
        )
    if code in DAMAGED_CODES:
        return StorageDamaged(
            f"The database in the data folder is damaged ({error}). Stop the service and run: "
            "docgen-nb serve --data DIR --check"
        )
    if code in OTHER_CODES:
        return StorageError(f"Cannot use the database in the data folder: {error}.")
    return None
