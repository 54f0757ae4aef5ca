"""Lists in pages: limits, markers, and one query a page whatever its number."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from docgen_nb import wire
from docgen_nb.service.http.messages import Refused, Reply, is_id, json_reply

if TYPE_CHECKING:
    from docgen_nb.service.context import Call


def limit_of(call: "Call") -> int:
    """Return the page size: clamped at 1000, as Box does; 400 for what is no number."""
    given = call.request.one("limit")
    if given is None:
        return wire.DEFAULT_LIMIT
    if not is_id(given) or int(given) == 0:
        raise Refused(400, "invalid_limit", "Limit is not a valid number")
    return min(int(given), wire.MAX_LIMIT)


def page_reply(
    call: "Call",
    *,
    key: str,
    rows: Callable[[int, int], Sequence[Any]],
    shape: Callable[[Any], dict[str, Any]],
) -> Reply:
    """Answer one page of a list.

    `rows` is asked for the rows behind an id (0 for the first page), at most so many, and `shape`
    makes an entry of each. `key` names the list, so that a marker of another one is refused.
    """
    limit = limit_of(call)
    found = rows(_read_marker(call.request.one("marker"), key=key), limit + 1)
    more = len(found) > limit
    return json_reply(
        {
            "entries": [shape(row) for row in found[:limit]],
            "limit": limit,
            "next_marker": _marker(key, found[limit - 1]["id"]) if more else None,
            "prev_marker": None,
        }
    )


def _marker(key: str, id: int) -> str:
    return base64.urlsafe_b64encode(f"{key}:{id}".encode()).decode().rstrip("=")


def _read_marker(marker: str | None, *, key: str) -> int:
    if marker is None or marker in ("", "0"):
        return 0
    try:
        padded = marker + "=" * (-len(marker) % 4)
        text = base64.b64decode(padded.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        text = ""
    found, _, id = text.rpartition(":")
    if found != key or not is_id(id):
        raise Refused(
            400, "bad_request", f"The marker {marker[:60]!r} does not belong to this list."
        )
    return int(id)
