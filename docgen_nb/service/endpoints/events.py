"""Event streams: what happened to a user's things, or in an enterprise, from any point on."""

import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.http.messages import (
    Refused,
    Reply,
    bad_request,
    is_id,
    json_reply,
    not_found,
)
from docgen_nb.service.storage.store import Database, Row, Store

if TYPE_CHECKING:
    from docgen_nb.service.context import Call
    from docgen_nb.service.local import LocalDocGen

EVENTS = "/2.0/events"
SUBSCRIBE = "/realtime/subscribe"
DEFAULT_LIMIT, MAX_LIMIT = 100, 500
DAY = 24 * 3600
CHANGES = (
    "ITEM_UPLOAD",
    "ITEM_CREATE",
    "ITEM_COPY",
    "ITEM_MOVE",
    "ITEM_RENAME",
    "ITEM_TRASH",
    "ITEM_UNDELETE_VIA_TRASH",
)
# How many days Box keeps the events of a stream.
STREAMS = {"all": 21, "changes": 21, "sync": 21, "admin_logs": 365, "admin_logs_streaming": 14}
SERVICE = {"service_id": "docgen-nb", "service_name": "docgen-nb"}


def add_event(
    db: Database,
    user: Row,
    *,
    types: tuple[str | None, str | None],
    source: Mapping[str, Any],
    now: float,
) -> None:
    """Tell one happening, inside its transaction.

    `types` are Box's words for it in the streams of the user and of the enterprise, None where
    it is not told; `source` is what it happened to.
    """
    if types == (None, None):
        return
    db.execute(
        "INSERT INTO events (event_id, user_id, enterprise_id, type, admin_type, source, "
        "created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (uuid.uuid4().hex, user["id"], user["enterprise_id"], *types, json.dumps(source), now),
    )


def get_events(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `GET /events`: a piece of a stream, oldest first, and where the next one begins."""
    stream = call.request.one("stream_type") or "all"
    if stream not in STREAMS:
        raise bad_request(f"There is no stream {stream!r}", name="stream_type")
    is_admin = stream.startswith("admin_logs")
    chosen = _admin_events(call, stream) if is_admin else _user_events(call, stream)
    limit, position = _limit(call), call.request.one("stream_position") or "0"
    if position == "now":
        return _piece([], position=_last(service.store))
    if position == "null":
        position = "0"
    if not is_id(position):
        raise bad_request("'stream_position' is not a position", name="stream_position")
    chosen.add("events.created_at > ?", call.now - STREAMS[stream] * DAY)
    rows = chosen.after(service.store, int(position), limit)
    shape = _admin_entry if is_admin else _user_entry
    last = rows[-1]["id"] if rows else int(position)
    return _piece([shape(row) for row in rows], position=last)


@dataclass
class _Chosen:
    """Which events are asked for: conditions in SQL and their values."""

    conditions: list[str]
    values: list[Any]

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values += values

    def after(self, store: Store, position: int, limit: int) -> Sequence[Row]:
        """Return the first events behind a position."""
        sql = (
            "SELECT events.*, users.name, users.login FROM events "
            "CROSS JOIN users ON users.id = events.user_id "
            f"WHERE {' AND '.join(self.conditions)} AND events.id > ? ORDER BY events.id LIMIT ?"
        )
        return store.all(sql, (*self.values, position, limit))


def _user_events(call: "Call", stream: str) -> _Chosen:
    chosen = _Chosen(["type IS NOT NULL", "user_id = ?"], [call.user_id])
    if stream != "all":
        chosen.add(f"type IN ({', '.join('?' * len(CHANGES))})", *CHANGES)
    return chosen


def _admin_events(call: "Call", stream: str) -> _Chosen:
    user = call.service.store.first("SELECT * FROM users WHERE id = ?", (call.user_id,))
    assert user is not None
    if user["subject"].startswith(("user:", "app-user:")):
        message = "The events of an enterprise are for its admins"
        raise Refused(403, "access_denied_insufficient_permissions", message)
    chosen = _Chosen(
        ["admin_type IS NOT NULL", "events.enterprise_id = ?"], [user["enterprise_id"]]
    )
    types = [word for word in (call.request.one("event_type") or "").split(",") if word]
    if types:
        chosen.add(f"admin_type IN ({', '.join('?' * len(types))})", *types)
    if stream == "admin_logs":
        for name, sign in (("created_after", ">="), ("created_before", "<=")):
            moment = _moment(call, name)
            if moment is not None:
                chosen.add(f"events.created_at {sign} ?", moment)
    return chosen


def _moment(call: "Call", name: str) -> float | None:
    given = call.request.one(name)
    if not given:
        return None
    try:
        # A plus that was not escaped comes as a blank.
        found = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError as error:
        raise bad_request(f"'{name}' is not a time: {given[:60]!r}", name=name) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _limit(call: "Call") -> int:
    given = call.request.one("limit")
    if given is None:
        return DEFAULT_LIMIT
    if not is_id(given) or int(given) == 0:
        raise Refused(400, "invalid_limit", "Limit is not a valid number")
    return min(int(given), MAX_LIMIT)


def _last(store: Store) -> int:
    row = store.first("SELECT coalesce(max(id), 0) AS id FROM events")
    assert row is not None
    return int(row["id"])


def _piece(entries: list[dict[str, Any]], *, position: int) -> Reply:
    where = str(position)
    return json_reply(
        {"chunk_size": len(entries), "next_stream_position": where, "entries": entries}
    )


def _user_entry(row: Row) -> dict[str, Any]:
    entry = _entry(row, json.loads(row["source"]))
    return entry | {"event_type": row["type"], "recorded_at": rfc3339(row["created_at"])}


def _entry(row: Row, source: dict[str, Any]) -> dict[str, Any]:
    user = {"type": "user", "id": str(row["user_id"]), "name": row["name"], "login": row["login"]}
    return {
        "type": "event",
        "event_id": row["event_id"],
        "created_at": rfc3339(row["created_at"]),
        "created_by": user,
        "source": source,
    }


def _admin_entry(row: Row) -> dict[str, Any]:
    source, details = json.loads(row["source"]), dict(SERVICE)
    if source["type"] == "file":
        details |= {"size": source["size"], "version_id": source["file_version"]["id"]}
    if source["type"] != "user":
        source = {
            "item_type": source["type"],
            "item_id": source["id"],
            "item_name": source["name"],
            "parent": source["parent"],
            "owned_by": source["owned_by"],
        }
    entry = _entry(row, source)
    return entry | {"event_type": row["admin_type"], "additional_details": details}


def list_servers(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer `OPTIONS /events`: the address to wait at for the next event of the user."""
    channel = _channel(service.store.secret, call.user_id)
    server = {
        "type": "realtime_server",
        "url": f"{call.request.origin}{SUBSCRIBE}?channel={channel}&stream_type=all",
        "ttl": "10",
        "max_retries": "10",
        "retry_timeout": 60,
    }
    return json_reply({"chunk_size": 1, "entries": [server]})


def _channel(secret: str, user_id: int) -> str:
    signature = hmac.new(secret.encode(), f"events {user_id}".encode(), hashlib.sha256)
    return f"{user_id}.{signature.hexdigest()}"


def subscribe(service: "LocalDocGen", call: "Call") -> Reply:
    """Answer the address of `OPTIONS /events`; 404 if it is made up."""
    given = call.request.one("channel") or ""
    user_id = given.partition(".")[0]
    if not is_id(user_id) or not hmac.compare_digest(
        given.encode(), _channel(service.store.secret, int(user_id)).encode()
    ):
        raise not_found("channel")
    position = call.request.one("stream_position") or "now"
    after = int(position) if is_id(position) else _last(service.store)
    return service.realtime.wait(int(user_id), after=after)


class Realtime:
    """Lets callers wait for the next event of a user; only so many at a time."""

    SECONDS = 25.0  # SDKs give up reading after 60 s
    LOOK_SECONDS = 1.0  # how often to look for events of another process
    MOST = 16  # each holds a thread of the port door
    BUSY_SECONDS = 5.0

    def __init__(self, store: Store, *, alone: bool) -> None:
        self.store = store
        self.seconds = 0.0 if alone else self.SECONDS
        self.waiting = 0
        self._round = 0
        self._changed = threading.Condition()
        store.when_written(self._wake)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, user_id: int, *, after: int) -> Reply:
        """Answer ``new_change`` once there is an event, ``reconnect`` after a while without."""
        with self._changed:
            if self.waiting >= self.MOST:
                return _message("reconnect", wait=self.BUSY_SECONDS)
            self.waiting += 1
        try:
            return _message("new_change" if self._comes(user_id, after) else "reconnect")
        finally:
            with self._changed:
                self.waiting -= 1

    def _comes(self, user_id: int, after: int) -> bool:
        sql = "SELECT 1 FROM events WHERE user_id = ? AND type IS NOT NULL AND id > ? LIMIT 1"
        limit, started = time.monotonic() + self.seconds, self._round
        while True:
            with self._changed:
                if self.store.first(sql, (user_id, after)) is not None:
                    return True
                left = limit - time.monotonic()
                if left <= 0 or self._round != started:
                    return False
                self._changed.wait(min(left, self.LOOK_SECONDS))

    def release(self) -> None:
        """Send everybody who waits away."""
        with self._changed:
            self._round += 1
            self._changed.notify_all()


def _message(word: str, *, wait: float = 0.0) -> Reply:
    found = json_reply({"message": word})
    return Reply(found.status, found.headers, found.body, wait=wait)
