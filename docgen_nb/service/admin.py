"""Administration calls under /_service/, outside Box's paths; off without a control token."""

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from docgen_nb.service.call_log import LogEntry
from docgen_nb.service.clock import ManualClock
from docgen_nb.service.context import Context
from docgen_nb.service.faults import FaultPlan
from docgen_nb.service.http.messages import (
    ApiFailure,
    Reply,
    Request,
    bad_request,
    json_reply,
    not_found,
    unauthorized,
)

PREFIX = "/_service/"
BODY_BYTES = 1 << 20
MAX_STEP_SECONDS = 1_000_000_000
LATEST = 221_845_392_000  # the year 9000, in seconds since 1970


Decoded = TypeVar("Decoded")


def answer(
    request: Request,
    context: Context,
    *,
    log: Iterable[LogEntry],
    set_faults: Callable[[FaultPlan], None],
    health: Callable[[], Mapping[str, Any]],
) -> Reply:
    """Answer an administration call.

    ``GET log`` returns the calls so far, ``GET health`` how the work in the background is doing,
    ``PUT faults`` sets the rules of `faults.FaultPlan.read`, and ``POST clock`` with
    ``{"advance": seconds}`` moves a ManualClock.
    """
    check_token(request, context.credentials.control_token)
    call = (request.method, request.path.removeprefix(PREFIX))
    if call == ("GET", "log"):
        return json_reply({"entries": [entry._asdict() for entry in log]})
    if call == ("GET", "health"):
        return json_reply(health())
    if call == ("PUT", "faults"):
        set_faults(_decoded(request, FaultPlan.read))
    elif call == ("POST", "clock"):
        _advance(request, context)
    else:
        raise not_found(request.path)
    return Reply(204)


def check_token(request: Request, control_token: str | None) -> None:
    """Raise 401 for a wrong control token, 404 for a service without one."""
    if control_token is None:
        raise not_found(request.path)
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    if not hmac.compare_digest(token.encode(), control_token.encode()):
        raise unauthorized()


def _decoded(request: Request, decode: Callable[[bytes], Decoded]) -> Decoded:
    try:
        return decode(request.body.read(BODY_BYTES))
    except ValueError as error:
        raise bad_request(f"The request body is not valid: {error}") from error


def _advance(request: Request, context: Context) -> None:
    seconds, clock = _decoded(request, _read_step).advance, context.clock
    if not isinstance(clock, ManualClock):
        raise ApiFailure(
            409, "conflict", "This service runs on the system clock, which cannot be moved."
        )
    if clock.now() + seconds > LATEST:
        raise bad_request("The clock cannot go past the year 9000.", name="advance")
    clock.advance(seconds)


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    advance: Annotated[float, msgspec.Meta(ge=0, le=MAX_STEP_SECONDS)]


_read_step = msgspec.json.Decoder(_Step).decode
