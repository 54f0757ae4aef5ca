"""Fields of files and folders that the service only keeps and returns, such as tags."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from docgen_nb.service.clock import rfc3339
from docgen_nb.service.http.messages import bad_request

Check = Callable[[Any], bool]


def _is_time(value: Any) -> bool:
    try:
        return bool(_as_box_writes(value))
    except (TypeError, ValueError, OverflowError, OSError):
        return False


def _as_box_writes(text: str) -> str:
    """Return a time as Box shows it; one without a zone is in UTC."""
    moment = datetime.fromisoformat(text)
    return rfc3339((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _are_tags(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(tag, str) for tag in value)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_upload_email(value: Any) -> bool:
    access = value.get("access") if isinstance(value, dict) else None
    return value is None or access in ("open", "collaborators")


_FIELDS: dict[str, dict[str, tuple[Check, str]]] = {
    "file": {
        "tags": (_are_tags, "a list of texts"),
        "content_created_at": (_is_time, "a time such as 2026-03-02T09:00:00Z"),
        "content_modified_at": (_is_time, "a time such as 2026-03-02T09:00:00Z"),
    },
    "folder": {
        "tags": (_are_tags, "a list of texts"),
        "sync_state": (
            lambda value: value in ("synced", "not_synced", "partially_synced"),
            "synced, not_synced or partially_synced",
        ),
        "folder_upload_email": (_is_upload_email, "null, or an object with access"),
        "can_non_owners_invite": (_is_boolean, "true or false"),
        "can_non_owners_view_collaborators": (_is_boolean, "true or false"),
        "is_collaboration_restricted_to_enterprise": (_is_boolean, "true or false"),
    },
}


def read_kept(kind: str, body: Mapping[str, Any], *, kept: str = "") -> str:
    """Return the kept fields of a file or folder as JSON, changed by a body; 400 for wrong ones."""
    values = kept_fields(kept)
    for name, (is_valid, expected) in _FIELDS[kind].items():
        if name in body:
            if not is_valid(body[name]):
                raise bad_request(f"'{name}' must be {expected}", name=name)
            values[name] = _as_box_writes(body[name]) if is_valid is _is_time else body[name]
    return json.dumps(values) if values else ""


def kept_fields(kept: str) -> dict[str, Any]:
    """Return the kept fields by their names."""
    return json.loads(kept) if kept else {}
