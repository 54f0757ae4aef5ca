"""Lists in pages: limits, markers and offsets, with one query for each page."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from docgen_nb import wire
from docgen_nb.service.http.messages import (
    ApiFailure,
    Reply,
    Request,
    bad_request,
    is_id,
    json_reply,
)


def read_limit(
    request: Request, *, default: int = wire.DEFAULT_LIMIT, most: int = wire.MAX_LIMIT
) -> int:
    """Return the page size, clamped at `most` as Box does; 400 if it is not a number."""
    limit = request.one("limit")
    if limit is None:
        return default
    if not is_id(limit) or int(limit) == 0:
        raise ApiFailure(400, "invalid_limit", "Limit is not a valid number")
    return min(int(limit), most)


def read_offset(request: Request) -> int:
    """Return how many entries to skip; 400 if it is not a number."""
    offset = request.one("offset") or "0"
    if not is_id(offset):
        raise bad_request("'offset' is not a number", name="offset")
    return int(offset)


def offset_page(
    entries: Sequence[Any], *, total: int, limit: int, offset: int, order: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the body of one page of a list by offset; `order` names what it is sorted by."""
    page = {"total_count": total, "limit": limit, "offset": offset, "entries": entries}
    if order:
        page["order"] = [{"by": name, "direction": "ASC"} for name in order]
    return page


def marker_page(
    request: Request,
    *,
    key: str,
    rows: Callable[[int, int], Sequence[Any]],
    entries: Callable[[Sequence[Any]], Sequence[Mapping[str, Any]] | msgspec.Raw],
) -> Reply:
    """Return one page of a list by marker.

    ``rows(after, count)`` returns at most `count` rows after an id (0 for the first page), and
    `entries` makes the entries of those rows. `key` names the list, so that a marker of another
    list is refused.
    """
    limit = read_limit(request)
    page = rows(_read_marker(request.one("marker"), key=key), limit + 1)
    more = len(page) > limit
    return json_reply(
        {
            "entries": entries(page[:limit]),
            "limit": limit,
            "next_marker": _marker(key, page[limit - 1]["id"]) if more else None,
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
    own_key, _, id = text.rpartition(":")
    if own_key != key or not is_id(id):
        raise bad_request(f"The marker {marker[:60]!r} does not belong to this list.")
    return int(id)
