"""Event streams of a user or an enterprise, from any position, and long polling."""

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.context import Call
from docgen_nb.service.http.messages import (
    Reply,
    bad_request,
    forbidden,
    is_id,
    json_reply,
    not_found,
)
from docgen_nb.service.http.paging import read_limit
from docgen_nb.service.storage.events import EventFilter, last_position
from docgen_nb.service.storage.store import Row, Store
from docgen_nb.service.storage.users import get_user, is_admin

EVENTS = "/2.0/events"
SUBSCRIBE = "/realtime/subscribe"
DEFAULT_LIMIT, MAX_LIMIT = 100, 500
DAY_SECONDS = 24 * 3600
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
BUSY_SECONDS = 5.0  # before a caller over the limit polls again
SERVICE = {"service_id": "docgen-nb", "service_name": "docgen-nb"}


def get_events(call: Call) -> Reply:
    """Answer `GET /events`: a chunk of a stream, oldest first, and the position of the next."""
    stream = call.request.one("stream_type") or "all"
    if stream not in STREAMS:
        raise bad_request(f"Unknown stream type {stream!r}", name="stream_type")
    admin = stream.startswith("admin_logs")
    events = _admin_events(call, stream) if admin else _user_events(call, stream)
    limit = read_limit(call.request, default=DEFAULT_LIMIT, most=MAX_LIMIT)
    position = call.request.one("stream_position") or "0"
    if position == "now":
        return _chunk([], position=last_position(call.store))
    if position == "null":
        position = "0"
    if not is_id(position):
        raise bad_request("'stream_position' must be a number or 'now'", name="stream_position")
    events.add("events.created_at > ?", call.now - STREAMS[stream] * DAY_SECONDS)
    rows = events.after(call.store, int(position), limit)
    shape = _admin_entry if admin else _user_entry
    last = rows[-1]["id"] if rows else int(position)
    return _chunk([shape(row) for row in rows], position=last)


def _user_events(call: Call, stream: str) -> EventFilter:
    events = EventFilter(["type IS NOT NULL", "user_id = ?"], [call.user_id])
    if stream != "all":
        events.add_choice("type", CHANGES)
    return events


def _admin_events(call: Call, stream: str) -> EventFilter:
    user = get_user(call.store.database, call.user_id)
    if not is_admin(user):
        raise forbidden("Only admins can read the events of an enterprise")
    events = EventFilter(
        ["admin_type IS NOT NULL", "events.enterprise_id = ?"], [user["enterprise_id"]]
    )
    types = [name for name in (call.request.one("event_type") or "").split(",") if name]
    if types:
        events.add_choice("admin_type", types)
    if stream == "admin_logs":
        for name, sign in (("created_after", ">="), ("created_before", "<=")):
            moment = _moment(call, name)
            if moment is not None:
                events.add(f"events.created_at {sign} ?", moment)
    return events


def _moment(call: Call, name: str) -> float | None:
    text = call.request.one(name)
    if not text:
        return None
    try:
        # A plus that was not escaped arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise bad_request(
            f"'{name}' must be a time such as 2026-03-31T09:00:00Z, not {text[:60]!r}", name=name
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _chunk(entries: list[dict[str, Any]], *, position: int) -> Reply:
    chunk = {"chunk_size": len(entries), "next_stream_position": str(position)}
    return json_reply(chunk | {"entries": entries})


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


def list_servers(call: Call) -> Reply:
    """Answer `OPTIONS /events`: the address for long polling."""
    channel = _channel(call.store, call.user_id)
    server = {
        "type": "realtime_server",
        "url": f"{call.request.origin}{SUBSCRIBE}?channel={channel}&stream_type=all",
        "ttl": "10",
        "max_retries": "10",
        "retry_timeout": 60,
    }
    return json_reply({"chunk_size": 1, "entries": [server]})


def _channel(store: Store, user_id: int) -> str:
    return f"{user_id}.{store.sign(f'events {user_id}')}"


def subscribe(call: Call) -> Reply:
    """Answer a long poll after the next event; 404 if the address is not signed."""
    channel = call.request.one("channel") or ""
    user_id = channel.partition(".")[0]
    if not is_id(user_id) or not hmac.compare_digest(
        channel.encode(), _channel(call.store, int(user_id)).encode()
    ):
        raise not_found("channel")
    position = call.request.one("stream_position") or "now"
    after = int(position) if is_id(position) else last_position(call.store)
    changed = call.context.event_waiter.wait(int(user_id), after=after)
    reply = json_reply({"message": "new_change" if changed else "reconnect"})
    return replace(reply, wait=BUSY_SECONDS) if changed is None else reply
