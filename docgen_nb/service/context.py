"""The context of the service and one call in it: the request, its user and its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from docgen_nb.service.clock import Clock
from docgen_nb.service.faults import FaultPlan
from docgen_nb.service.http.json_body import read_json
from docgen_nb.service.http.messages import Request, too_large
from docgen_nb.service.limits import CallLimit
from docgen_nb.service.storage.events import EventWaiter
from docgen_nb.service.storage.store import Store

JSON_BYTES = 110 * 1024 * 1024  # 1000 documents of 100 KB, with room for the rest


@dataclass(frozen=True)
class Credentials:
    """The tokens and keys that callers identify themselves with.

    ``token`` is the only bearer token accepted besides those of the token endpoint (None: any),
    ``jwt_key`` the public key (PEM) for JWT assertions, ``control_token`` the bearer token of the
    administration calls, and ``default_user_id`` the user of tokens from elsewhere.
    """

    default_user_id: int
    token: str | None = field(default=None, repr=False)
    jwt_key: str | None = None
    control_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Context:
    """Everything needed to answer a call.

    ``wake`` starts work on new jobs, ``answers`` are those of evidence that the service follows.
    """

    store: Store
    clock: Clock
    credentials: Credentials
    faults: FaultPlan
    call_limit: CallLimit | None
    event_waiter: EventWaiter
    wake: Callable[[], None]
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One call, as the function that answers its route gets it."""

    context: Context
    request: Request
    params: dict[str, str]
    user_id: int

    @property
    def store(self) -> Store:
        """The store of the service."""
        return self.context.store

    @property
    def now(self) -> float:
        """The service's time in seconds since 1970."""
        return self.context.clock.now()

    def body(self, limit: int) -> bytes:
        """Return the whole body; 413 if it is longer than `limit` bytes."""
        content = self.request.body.read(limit + 1)
        if len(content) > limit:
            raise too_large()
        return content

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; numbers with a decimal point become Decimals."""
        return read_json(self.body(JSON_BYTES))

    def change(self) -> dict[str, Any]:
        """Return the body of a call that changes something; without a body it changes nothing."""
        content = self.body(JSON_BYTES)
        return read_json(content) if content else {}

    def id(self, name: str) -> int:
        """Return an id from the path."""
        return int(self.params[name])

    def fields(self) -> list[str] | None:
        """Return the names in the parameter `fields`, or None without it."""
        fields = self.request.one("fields")
        return None if not fields else [name.strip() for name in fields.split(",")]

    def flag(self, name: str) -> bool:
        """Return a boolean query parameter; Box's Python SDK sends True and False."""
        return (self.request.one(name) or "false").lower() == "true"
