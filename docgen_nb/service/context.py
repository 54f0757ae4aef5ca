"""One request on its way to its answer: who asks, and what path, query and body say."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docgen_nb.service.http.json_body import read_json
from docgen_nb.service.http.messages import Refused, Request

if TYPE_CHECKING:
    from docgen_nb.service.local import LocalDocGen

JSON_BYTES = 110 * 1024 * 1024  # 1000 documents of 100 KB and some air


@dataclass(frozen=True)
class Call:
    """What a function that answers a route is given besides the service."""

    service: "LocalDocGen"
    request: Request
    params: dict[str, str]
    user_id: int

    @property
    def now(self) -> float:
        """The service's time in seconds since 1970."""
        return self.service.clock.now()

    def body(self, limit: int) -> bytes:
        """Return the whole body; 413 if it is longer than `limit` bytes."""
        content = self.request.body.read(limit + 1)
        if len(content) > limit:
            raise Refused(413, "request_entity_too_large", "Request entity too large")
        return content

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; numbers with a point come as Decimal."""
        return read_json(self.body(JSON_BYTES))

    def id(self, name: str) -> int:
        """Return an id of the path; 404 if it cannot be one."""
        return int(self.params[name])

    def fields(self) -> list[str] | None:
        """Return the names asked for by `fields`, or None."""
        given = self.request.one("fields")
        return None if not given else [part.strip() for part in given.split(",")]

    def flag(self, name: str) -> bool:
        """Return a yes or no of the query; Box's Python SDK sends True and False."""
        return (self.request.one(name) or "false").lower() == "true"
