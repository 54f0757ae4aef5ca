"""Routes: the function that answers each method and path."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from docgen_nb import wire
from docgen_nb.service.context import Call
from docgen_nb.service.endpoints import (
    batches,
    events,
    file_content,
    files,
    folders,
    templates,
    tokens,
    upload_sessions,
    users,
    webhooks,
)
from docgen_nb.service.http.messages import ApiFailure, Reply, is_id, not_found

REVOKE = "/oauth2/revoke"
USERS = "/2.0/users"
USER = "/2.0/users/{user_id}"
# The action of a scope that each method needs.
ACTIONS = {"GET": "read", "OPTIONS": "read", "PUT": "rename", "POST": "upload", "DELETE": "delete"}


@dataclass(frozen=True)
class Route:
    """One endpoint; ``versioned`` needs the header box-version, ``open`` needs no token."""

    method: str
    path: str
    answer: Callable[[Call], Reply]
    versioned: bool = False
    open: bool = False

    @property
    def action(self) -> str:
        """The action that a downscoped token must allow."""
        if self.path == wire.FILE_CONTENT and self.method == "GET":
            return "download"
        if self.method != "GET" and self.path.startswith((USERS, webhooks.WEBHOOKS)):
            return "manage"
        if "/upload_sessions" in self.path:
            return "upload"
        return ACTIONS[self.method]

    @cached_property
    def parts(self) -> list[str]:
        """The path, split at its slashes."""
        return self.path.split("/")

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """Return the parameters in a path of as many parts, or None if it doesn't match."""
        params = {}
        for own, part in zip(self.parts, parts, strict=True):
            if own.startswith("{"):
                params[own[1:-1]] = part
            elif own != part:
                return None
        return params


ROUTES = (
    Route("POST", wire.TOKEN, tokens.grant_token, open=True),
    Route("POST", REVOKE, tokens.revoke_token, open=True),
    Route("GET", USERS, users.list_users),
    Route("POST", USERS, users.create_user),
    Route("DELETE", USER, users.delete_user),
    Route("GET", wire.ME, users.get_me),
    Route("POST", wire.TEMPLATES, templates.mark_template, versioned=True),
    Route("GET", wire.TEMPLATES, templates.list_templates, versioned=True),
    Route("GET", wire.TEMPLATE, templates.get_template, versioned=True),
    Route("DELETE", wire.TEMPLATE, templates.unmark_template, versioned=True),
    Route("GET", wire.TAGS, templates.list_tags, versioned=True),
    Route("GET", wire.TEMPLATE_JOBS, batches.list_template_jobs, versioned=True),
    Route("POST", wire.BATCHES, batches.create_batch, versioned=True),
    Route("GET", wire.BATCH_JOBS, batches.list_batch_jobs, versioned=True),
    Route("GET", wire.JOBS, batches.list_jobs, versioned=True),
    Route("GET", wire.JOB, batches.get_job, versioned=True),
    Route("POST", wire.FOLDERS, folders.create_folder),
    Route("GET", wire.FOLDER, folders.get_folder),
    Route("PUT", wire.FOLDER, folders.update_folder),
    Route("POST", wire.FOLDER, folders.restore_folder),
    Route("DELETE", wire.FOLDER, folders.delete_folder),
    Route("POST", f"{wire.FOLDER}/copy", folders.copy_folder),
    Route("GET", wire.FOLDER_ITEMS, folders.list_folder_items),
    Route("POST", wire.UPLOAD, file_content.upload_file),
    Route("OPTIONS", wire.UPLOAD, file_content.preflight),
    Route("GET", wire.FILE, files.get_file),
    Route("PUT", wire.FILE, files.update_file),
    Route("DELETE", wire.FILE, files.delete_file),
    Route("POST", wire.FILE, files.restore_file),
    Route("POST", f"{wire.FILE}/copy", files.copy_file),
    Route("GET", f"{wire.FILE}/trash", files.get_trashed_file),
    Route("DELETE", f"{wire.FILE}/trash", files.purge_file),
    Route("GET", f"{wire.FILE}/versions", files.list_versions),
    Route("GET", f"{wire.FILE}/versions/{{file_version_id}}", files.get_version),
    Route("POST", wire.FILE_CONTENT, file_content.upload_version),
    Route("OPTIONS", wire.FILE_CONTENT, file_content.preflight_version),
    Route("GET", wire.FILE_CONTENT, file_content.get_content),
    Route("GET", f"{wire.FILE}/thumbnail.png", file_content.get_thumbnail),
    Route("GET", f"{wire.FILE}/thumbnail.jpg", file_content.get_thumbnail),
    Route("GET", file_content.THUMBNAIL, file_content.get_placeholder, open=True),
    Route("GET", file_content.DOWNLOAD, file_content.download, open=True),
    Route("POST", webhooks.WEBHOOKS, webhooks.create_webhook),
    Route("GET", webhooks.WEBHOOKS, webhooks.list_webhooks),
    Route("GET", webhooks.WEBHOOK, webhooks.get_webhook),
    Route("PUT", webhooks.WEBHOOK, webhooks.update_webhook),
    Route("DELETE", webhooks.WEBHOOK, webhooks.delete_webhook),
    Route("GET", events.EVENTS, events.get_events),
    Route("OPTIONS", events.EVENTS, events.list_servers),
    Route("GET", events.SUBSCRIBE, events.subscribe, open=True),
    Route("POST", upload_sessions.SESSIONS, upload_sessions.create_session),
    Route("POST", upload_sessions.VERSION_SESSIONS, upload_sessions.create_version_session),
    Route("GET", upload_sessions.SESSION, upload_sessions.get_session),
    Route("PUT", upload_sessions.SESSION, upload_sessions.upload_part),
    Route("DELETE", upload_sessions.SESSION, upload_sessions.abort_session),
    Route("GET", f"{upload_sessions.SESSION}/parts", upload_sessions.list_parts),
    Route("POST", f"{upload_sessions.SESSION}/plan", upload_sessions.plan_parts),
    Route("POST", f"{upload_sessions.SESSION}/commit", upload_sessions.commit_session),
)
# By the number of parts and the third, which no route leaves open: few are tried for each call.
CANDIDATES: dict[tuple[int, str], list[Route]] = {}
for _route in ROUTES:
    CANDIDATES.setdefault((len(_route.parts), _route.parts[2]), []).append(_route)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Return the route of a request and the parameters in its path.

    A leading ``/api`` is dropped: the SDKs send it to the upload host. 404 if there is no such
    path, 405 if the path lacks the method or has an invalid id.
    """
    parts = path.removeprefix("/api").split("/")
    candidates = CANDIDATES.get((len(parts), parts[2]), ()) if len(parts) > 2 else ()
    matches = [
        (route, params) for route in candidates if (params := route.match(parts)) is not None
    ]
    # A path without parameters wins: /files/content is not the file "content".
    matches.sort(key=lambda match: len(match[1]))
    for route, params in matches:
        if route.method == method:
            return route, _checked(route, params)
    if matches:
        raise ApiFailure(405, "method_not_allowed", "Method Not Allowed")
    raise not_found(path)


def _checked(route: Route, params: dict[str, str]) -> dict[str, str]:
    numbers = [v for name, v in params.items() if name.endswith("_id") and name != "batch_id"]
    invalid = [number for number in numbers if not is_id(number)]
    if not invalid:
        return params
    if route.versioned:
        raise not_found(invalid[0])
    # Box documents 405 for a malformed file or folder id.
    raise ApiFailure(405, "method_not_allowed", "Method Not Allowed")
