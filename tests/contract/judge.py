"""The contract with Box's OpenAPI: every reply of the service is checked against it.

`judge` is an observer of `LocalDocGen`: conftest.py registers it for the whole run and fails the
test whose replies violate it. `judge.watch` does the same for replies of a service in another
process, seen through a requests session. `EXEMPTIONS` lists the known differences
from the OpenAPI; nothing else is exempt.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from contract.openapi import UPLOADS, Exchange, Violation, all_violations, folder_fields

from docgen_nb.service import Reply, Request

LONG_BYTES = 20_000
DOWNLOADS = re.compile(r"/d/1/[^/]+/download|/static/placeholder\.png")


@dataclass(frozen=True)
class Exemption:
    """A known difference from the OpenAPI, in Box itself or in any local service."""

    name: str
    applies: Callable[[Violation], bool]
    why: str
    source: str


# Codes that Box sends though the enum of ClientError lacks them, each with its one status.
CODES_OUTSIDE_THE_ENUM = {
    "invalid_api_version": 400,  # guide to API versioning
    "invalid_limit": 400,  # guide to paging
    "bad_digest": 400,  # guide to direct uploads
    "metadata_after_file_contents": 400,  # OpenAPI, text of POST /files/content
    "folder_not_empty": 400,  # guide to common errors
    "access_denied_insufficient_permissions": 403,  # guide to common errors
    "trashed": 404,  # guide to common errors
    "missing_destination": 400,  # OpenAPI, text of POST /files/upload_sessions; six codes
    "invalid_folder_id": 400,
    "missing_file_size": 400,
    "invalid_file_size": 400,
    "file_size_too_small": 400,
    "missing_file_name": 400,
    "requested_range_not_satisfiable": 416,  # status documented, code a choice
    "item_name_in_use": 409,  # recorded: syndesis#5233, ruby-box#6
    "request_entity_too_large": 413,  # guide to common errors
    "rate_limit_exceeded": 429,  # guide to rate limits; recorded: box-python-sdk#1582
}


def _empty_401(violation: Violation) -> bool:
    e = violation.exchange
    return (
        violation.kind == "body"
        and (e.status, e.content) == (401, b"")
        and e.headers.get("www-authenticate", "").startswith("Bearer ")
    )


def _code_outside_the_enum(violation: Violation) -> bool:
    known = CODES_OUTSIDE_THE_ENUM.get(violation.exchange.field("code"))
    is_code = (violation.kind, violation.place) == ("enum", "code")
    return is_code and known == violation.exchange.status


def _one_conflict(violation: Violation) -> bool:
    e = violation.exchange
    known = (e.status, e.field("code")) == (409, "item_name_in_use")
    return known and (violation.kind, violation.place) == ("type", "context_info/conflicts")


def _clamped_limit(violation: Violation) -> bool:
    asked = violation.exchange.query.get("limit", "")
    return (
        violation.kind == "limit"
        and int(asked) > 1000
        and violation.exchange.field("limit") == 1000
    )


def _no_such_endpoint(violation: Violation) -> bool:
    e = violation.exchange
    refused = {(404, "not_found"), (405, "method_not_allowed")}
    return violation.kind == "path" and (e.status, e.field("code")) in refused


def _download_address(violation: Violation) -> bool:
    e = violation.exchange
    known = DOWNLOADS.fullmatch(e.path) is not None
    return (
        violation.kind == "path"
        and e.method == "GET"
        and known
        and e.status in (200, 206, 416, 503)
    )


def _version_preflight(violation: Violation) -> bool:
    e = violation.exchange
    known = re.fullmatch(r"/2\.0/files/\d+/content", e.path) is not None
    return violation.kind == "path" and e.method == "OPTIONS" and known


def _own_path(violation: Violation) -> bool:
    return violation.kind == "path" and violation.exchange.path.startswith("/_service/")


def _one_host(violation: Violation) -> bool:
    e = violation.exchange
    return (
        violation.kind == "server" and e.method == "POST" and UPLOADS.fullmatch(e.path) is not None
    )


def _requested_fields(violation: Violation) -> bool:
    name = violation.place.split("/")[-1]
    asked = violation.exchange.query.get("fields", "").split(",")
    listed = re.fullmatch(r"/2\.0/folders/\d+/items", violation.exchange.path) is not None
    return violation.kind == "extra" and listed and name in asked and name in folder_fields()


def _created_at(violation: Violation) -> bool:
    place = re.fullmatch(r"entries/\d+/created_at", violation.place)
    listed = re.fullmatch(r"/2\.0/docgen_(batch|template)_jobs/[^/]+", violation.exchange.path)
    return violation.kind == "extra" and None not in (place, listed)


def _external_id(violation: Violation) -> bool:
    job = violation.exchange.path.startswith("/2.0/docgen_") and "_job" in violation.exchange.path
    return violation.kind == "extra" and job and violation.place.split("/")[-1] == "external_id"


def _null_next_to_all_of(violation: Violation) -> bool:
    return violation.kind == "nullable"


def _no_tags(violation: Violation) -> bool:
    no_items = (violation.kind, violation.place) == ("minItems", "tags")
    return no_items and violation.exchange.field("tags") == []


def _scope_outside_the_enum(violation: Violation) -> bool:
    place = re.fullmatch(r"restricted_to/\d+/scope", violation.place) is not None
    return violation.kind == "enum" and place and violation.exchange.path == "/oauth2/token"


def _docgen_trigger(violation: Violation) -> bool:
    place = re.fullmatch(r"triggers/(\d+)", violation.place)
    if violation.kind != "enum" or place is None:
        return False
    name = violation.exchange.field("triggers")[int(place[1])]
    return name in {f"DOCGEN_DOCUMENT_GENERATION.{w}" for w in ("STARTED", "SUCCEEDED", "FAILED")}


def _event_source(violation: Violation) -> bool:
    place = re.fullmatch(r"entries/\d+/source", violation.place) is not None
    if (violation.kind, violation.exchange.path, place) != ("oneOf", "/2.0/events", True):
        return False
    fits = re.findall(r"#/components/schemas/(\w+)", violation.message)
    return len(fits) == 2 and "GenericSource" in fits


def _long_poll(violation: Violation) -> bool:
    e = violation.exchange
    known = (e.method, e.path, e.status) == ("GET", "/realtime/subscribe", 200)
    expected = e.body in ({"message": "new_change"}, {"message": "reconnect"})
    return violation.kind == "path" and known and expected


SESSIONS = re.compile(r"(/api)?/2\.0/files/(\d+/)?upload_sessions(/.*)?")


def _upload_session(violation: Violation) -> bool:
    known = SESSIONS.fullmatch(violation.exchange.path) is not None
    return known and (violation.exchange.status < 400 or violation.kind in ("path", "server"))


EXEMPTIONS = (
    Exemption(
        "empty 401",
        _empty_401,
        "The OpenAPI has an error body; Box sends the header WWW-Authenticate and no body.",
        "box-node-sdk issue 157 (recorded headers); box-node-sdk 3.8.0, src/box-client.ts",
    ),
    Exemption(
        "code outside the enum",
        _code_outside_the_enum,
        "Box sends codes that its enum lacks; only those of CODES_OUTSIDE_THE_ENUM, each with "
        "its status.",
        "Box's guides, and recorded replies: see the table",
    ),
    Exemption(
        "one conflict",
        _one_conflict,
        "The OpenAPI has a list of conflicts; for a file Box sends the one other file.",
        "recorded: syndesis#5233",
    ),
    Exemption(
        "clamped limit",
        _clamped_limit,
        "The schema limits `limit` to 1000; a request for more gets 1000 and is not refused.",
        "OpenAPI, text of limit in replies; Box's guide to marker paging",
    ),
    Exemption(
        "no such endpoint",
        _no_such_endpoint,
        "A path that the OpenAPI lacks gets 404 or 405; the error body is checked.",
        "Box's guide to common errors",
    ),
    Exemption(
        "download address",
        _download_address,
        "A 302 leads to a separate host, which no OpenAPI describes.",
        "OpenAPI, Location of GET /files/:id/content and of GET /files/:id/thumbnail.png",
    ),
    Exemption(
        "preflight of a version",
        _version_preflight,
        "A new version can be checked before its upload, like a new file.",
        "Box's guide to the preflight check",
    ),
    Exemption(
        "path of the local service",
        _own_path,
        "Calls that control the local service itself (its clock, its log) are under /_service/, "
        "which Box does not use.",
        "a choice of this package",
    ),
    Exemption(
        "one host",
        _one_host,
        "Box accepts uploads on upload.box.com under /api; a service with one host accepts them "
        "there and next to its other paths.",
        "Box's SDKs: the upload address can be set to any other",
    ),
    Exemption(
        "requested fields",
        _requested_fields,
        "A list shows folders in their short form and adds the requested `fields` that a full "
        "folder has.",
        "OpenAPI, text of the parameter fields",
    ),
    Exemption(
        "created_at in lists",
        _created_at,
        "Box sent created_at in the list of the jobs of a template in January 2025; the OpenAPI "
        "has it in the list of all jobs alone.",
        "box-community/box-python-gen-workshop, workshops/doc_gen/doc_gen.md",
    ),
    Exemption(
        "external_id",
        _external_id,
        "Box's Python SDK has sent and read it on jobs since 10.18; the OpenAPI lacks it.",
        "boxsdk 10.18.0, schemas/v2025_r0/doc_gen_job_v2025_r0.py",
    ),
    Exemption(
        "null next to allOf",
        _null_next_to_all_of,
        "Box writes nullable next to allOf and sends null there; OpenAPI 3.0.3 ignores nullable "
        "without a type. Null without nullable is a violation.",
        "OpenAPI, texts of Folder.parent, Folder.shared_link, File.lock",
    ),
    Exemption(
        "no tags",
        _no_tags,
        "The schema requires at least one tag, which suits requests; an item without tags has an "
        "empty list.",
        "Box's SDK test test_get_folder_full_info_with_extra_fields reads tags of a bare folder",
    ),
    Exemption(
        "scope outside the enum",
        _scope_outside_the_enum,
        "The enum of ResourceScope lacks the scopes of whole applications, such as root_readonly.",
        "Box's guide to scopes; Box's SDK test of downscoped tokens asks for root_readonly",
    ),
    Exemption(
        "Doc Gen triggers",
        _docgen_trigger,
        "The enum of triggers lacks those of Doc Gen; Box accepts the names with a dot.",
        "developer.box.com issue 901",
    ),
    Exemption(
        "source of an event",
        _event_source,
        "It must match one of six schemas, and GenericSource matches every object, so each source "
        "matches two. Exactly one other than GenericSource is required.",
        "OpenAPI, EventSourceResource and GenericSource",
    ),
    Exemption(
        "long-poll address",
        _long_poll,
        "OPTIONS /events leads to a separate host, which no OpenAPI describes.",
        "OpenAPI, text of OPTIONS /events; Box's guide to long polling",
    ),
    Exemption(
        "upload sessions",
        _upload_session,
        "The copy of the OpenAPI lacks their paths; the bodies of errors are checked.",
        "tests/contract/data/SOURCES.md",
    ),
)


def violations(exchange: Exchange) -> list[Violation]:
    """Return the violations in a reply that are not exempt."""
    return [
        violation
        for violation in all_violations(exchange)
        if not any(e.applies(violation) for e in EXEMPTIONS)
    ]


def sample(content: bytes | None) -> bytes | None:
    """Return a JSON body with at most 51 entries of its list: every nth, and the last.

    The same code makes all entries of a list, and checking 1000 of them takes seconds.
    """
    if not content or len(content) < LONG_BYTES:
        return content
    try:
        body = json.loads(content)
        entries = body["entries"]
        body["entries"] = [*entries[:: len(entries) // 50 + 1], entries[-1]]
    except (ValueError, TypeError, LookupError):
        return content
    return json.dumps(body).encode()


class Judge:
    """Collects the violations in all replies, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._violations: list[Violation] = []

    def __call__(self, request: Request, reply: Reply) -> None:
        """Check one reply of the service, as an observer of LocalDocGen."""
        self._check(
            Exchange(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                status=reply.status,
                headers={name.lower(): value for name, value in reply.headers.items()},
                content=reply.body if isinstance(reply.body, bytes) else None,
            )
        )

    def watch(self, session: requests.Session) -> requests.Session:
        """Check the replies to a session, and return the session."""
        session.hooks["response"].append(self._seen)
        return session

    def _seen(self, response: requests.Response, **_: Any) -> None:
        url = urlsplit(response.request.url or "")
        streamed = DOWNLOADS.fullmatch(url.path) is not None
        self._check(
            Exchange(
                method=response.request.method or "GET",
                path=unquote(url.path),
                query=dict(parse_qsl(url.query, keep_blank_values=True)),
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                content=None if streamed else response.content,
            )
        )

    def _check(self, exchange: Exchange) -> None:
        with self._lock:
            self._violations += violations(replace(exchange, content=sample(exchange.content)))

    def give_verdict(self) -> None:
        """Fail with all violations since the last verdict, if there are any."""
        __tracebackhide__ = True
        with self._lock:
            violations, self._violations = self._violations, []
        if violations:
            text = "\n".join(map(str, violations))
            raise AssertionError(f"Violations of Box's OpenAPI ({len(violations)}):\n{text}")


judge = Judge()
