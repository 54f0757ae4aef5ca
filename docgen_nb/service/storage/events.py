"""Events in the store: add one, read the events of a stream, wait for the next one."""

import json
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from docgen_nb.service.storage.store import Database, Row, Store, insert


def add_event(
    db: Database,
    user: Row,
    *,
    types: tuple[str | None, str | None],
    source: Mapping[str, Any],
    now: float,
) -> None:
    """Add one event inside the transaction that causes it.

    `types` are Box's names of the event in the streams of the user and of the enterprise, None
    where the stream does not report it; `source` is the item it happened to.
    """
    if types == (None, None):
        return
    insert(
        db,
        "events",
        event_id=uuid.uuid4().hex,
        user_id=user["id"],
        enterprise_id=user["enterprise_id"],
        type=types[0],
        admin_type=types[1],
        source=json.dumps(source),
        created_at=now,
    )


def last_position(store: Store) -> int:
    """Return the stream position after the newest event."""
    return int(store.one("SELECT coalesce(max(id), 0) AS id FROM events")["id"])


@dataclass
class EventFilter:
    """Conditions of a query for events, in SQL, and their values."""

    conditions: list[str]
    values: list[Any]

    def add(self, condition: str, *values: Any) -> None:
        """Add one condition."""
        self.conditions.append(condition)
        self.values += values

    def add_choice(self, column: str, choices: Iterable[str]) -> None:
        """Add the condition that a column has one of these values."""
        choices = list(choices)
        self.add(f"{column} IN ({', '.join('?' * len(choices))})", *choices)

    def after(self, store: Store, position: int, limit: int) -> list[Row]:
        """Return the first events after a position."""
        sql = (
            "SELECT events.*, users.name, users.login FROM events "
            "CROSS JOIN users ON users.id = events.user_id "
            f"WHERE {' AND '.join(self.conditions)} AND events.id > ? ORDER BY events.id LIMIT ?"
        )
        return store.all(sql, (*self.values, position, limit))


class EventWaiter:
    """Lets a limited number of calls wait for the next event of a user."""

    SECONDS = 25.0  # SDKs give up reading after 60 s
    POLL_SECONDS = 1.0  # between checks for events of other processes
    MAX_WAITING = 16  # each holds a thread of the HTTP server

    def __init__(self, store: Store, *, inline: bool) -> None:
        self.store = store
        self.seconds = 0.0 if inline else self.SECONDS
        self.waiting = 0
        self._releases = 0
        self._changed = threading.Condition()
        store.on_commit(self._wake)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, user_id: int, *, after: int) -> bool | None:
        """Return True after an event, False after a while without one, None if too many wait."""
        with self._changed:
            if self.waiting >= self.MAX_WAITING:
                return None
            self.waiting += 1
        try:
            return self._wait(user_id, after)
        finally:
            with self._changed:
                self.waiting -= 1

    def _wait(self, user_id: int, after: int) -> bool:
        sql = "SELECT 1 FROM events WHERE user_id = ? AND type IS NOT NULL AND id > ? LIMIT 1"
        releases = self._releases  # before `seconds`, which `close` changes first
        limit = time.monotonic() + self.seconds
        while True:
            with self._changed:
                if self.store.first(sql, (user_id, after)) is not None:
                    return True
                left = limit - time.monotonic()
                if left <= 0 or self._releases != releases:
                    return False
                self._changed.wait(min(left, self.POLL_SECONDS))

    def close(self) -> None:
        """Make every call return now, and later ones at once."""
        self.seconds = 0.0
        self.release()

    def release(self) -> None:
        """Make every waiting call return now."""
        with self._changed:
            self._releases += 1
            self._changed.notify_all()
