"""What several threads use until one closes it: a gate, and a connection for each thread."""

import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

POLL_SECONDS = 0.1  # between checks for threads that ended without leaving


class Gate:
    """A `with` block around each use of something, so that closing it waits for every use.

    SQLite ends the process if a connection is closed while another thread is in a call on it.

    Examples
    --------
    >>> gate = Gate(ValueError("closed"))
    >>> with gate:
    ...     pass
    >>> gate.close()
    >>> with gate:
    ...     pass
    Traceback (most recent call last):
    ValueError: closed
    """

    def __init__(self, refusal: Exception) -> None:
        self.closed = False
        self._refusal = refusal
        self._depths: dict[int, int] = {}  # by thread; each changes only its own
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def __enter__(self) -> None:
        thread = threading.current_thread().ident or 0  # unlike get_ident: for `_others`
        depth = self._depths.get(thread, 0)
        if depth:
            self._depths[thread] = depth + 1
            return
        with self._lock:
            if self.closed:
                raise type(self._refusal)(*self._refusal.args)
            self._depths[thread] = 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        thread = threading.get_ident()
        depth = self._depths[thread] - 1
        if depth:
            self._depths[thread] = depth
            return
        with self._lock:
            del self._depths[thread]
            if self.closed:
                self._changed.notify_all()

    @property
    def inside(self) -> bool:
        """Whether the current thread is in a `with` block of this gate."""
        return threading.get_ident() in self._depths

    def close(self) -> None:
        """Refuse new uses, and wait until every other thread has ended its own."""
        with self._changed:
            self.closed = True
            while self._others():
                self._changed.wait(POLL_SECONDS)

    def _others(self) -> set[int]:
        # A fork copies the entries of threads that don't exist in the child.
        alive = {thread.ident for thread in threading.enumerate()}
        return {ident for ident in self._depths if ident in alive} - {threading.get_ident()}


class Closable(Protocol):
    """A connection, such as that of SQLite."""

    def close(self) -> None:
        """Close it."""
        ...


C = TypeVar("C", bound=Closable)


class ThreadConnections(Generic[C]):
    """A connection to a database for each thread, closed when its thread ends, or all at once.

    Examples
    --------
    >>> import sqlite3
    >>> connections, connect = ThreadConnections(), lambda: sqlite3.connect(":memory:")
    >>> connections.of_this_thread(connect) is connections.of_this_thread(connect)
    True
    >>> connections.close()
    """

    def __init__(self) -> None:
        self._local = threading.local()
        self._all: WeakSet[_Connection[C]] = WeakSet()
        self._lock = threading.Lock()

    def of_this_thread(self, connect: Callable[[], C]) -> C:
        """Return the connection of this thread in this process; open it if there is none."""
        connection: _Connection[C] | None = getattr(self._local, "connection", None)
        if connection is not None and connection.process != os.getpid():
            _FORKED.append(connection)  # of the parent process: neither use nor close it here
            connection = None
        if connection is None:
            connection = self._local.connection = _Connection(connect())
            with self._lock:
                self._all.add(connection)
        return connection.database

    def close(self) -> None:
        """Close all connections; no other thread may be in a call on one."""
        with self._lock:
            while self._all:
                self._all.pop().database.close()
        self._local = threading.local()


class _Connection(Generic[C]):
    """The connection of one thread, closed when the thread ends."""

    def __init__(self, database: C) -> None:
        self.database = database
        self.process = os.getpid()

    def __del__(self) -> None:
        self.database.close()


_FORKED: list[_Connection[Any]] = []
