"""A lock that only one sender of a submission holds, until its process ends in whatever way."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from docgen_nb.errors import LedgerError


@contextmanager
def sending_lock(ledger: Path, submission_id: int) -> Iterator[None]:
    """Hold the lock of a submission within the block.

    LedgerError if another sender holds it. The lock is one of the operating system, taken by
    SQLite on an empty file next to the ledger: it ends with its process, also one that is killed,
    and not with one that is merely slow or suspended.
    """
    path = ledger.with_name(f"{ledger.name}-sending-{submission_id}")
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
            raise LedgerError(f"{path} cannot be created or locked ({error}).") from error
        raise LedgerError(
            f"Submission {submission_id} of {ledger} is being sent by another process. "
            "Wait until it ends, or end it; then start again."
        ) from None
