"""House-keeping calls under /_service/, outside Box's paths; off without a control token."""

import hmac
import json
from typing import TYPE_CHECKING, Any

from docgen_nb.service.clock import ManualClock
from docgen_nb.service.faults import FaultPlan
from docgen_nb.service.http.messages import (
    Refused,
    Reply,
    Request,
    bad_request,
    json_reply,
    not_found,
    unauthorized,
)

if TYPE_CHECKING:
    from docgen_nb.service.local import LocalDocGen

PREFIX = "/_service/"
BODY_BYTES = 1 << 20
FARTHEST = 1_000_000_000  # seconds of one step: a calendar has an end
LATEST = 221_845_392_000  # the year 9000, in seconds since 1970


def answer(service: "LocalDocGen", request: Request) -> Reply:
    """Answer a house-keeping call.

    ``GET log`` gives what was asked, ``PUT faults`` sets the rules of `faults.FaultPlan.read`,
    ``POST clock`` with ``{"advance": seconds}`` moves a ManualClock.
    """
    _check_token(service, request)
    call = (request.method, request.path.removeprefix(PREFIX))
    if call == ("GET", "log"):
        return json_reply({"entries": [entry._asdict() for entry in service.log]})
    if call == ("PUT", "faults"):
        return _set_faults(service, request)
    if call == ("POST", "clock"):
        return _advance(service, request)
    raise not_found(request.path)


def _check_token(service: "LocalDocGen", request: Request) -> None:
    if service.control_token is None:
        raise not_found(request.path)
    given = request.headers.get("authorization", "").partition(" ")[2].strip()
    if not hmac.compare_digest(given.encode(), service.control_token.encode()):
        raise unauthorized()


def _set_faults(service: "LocalDocGen", request: Request) -> Reply:
    try:
        service.set_faults(FaultPlan.read(_body(request)))
    except ValueError as error:
        raise bad_request(str(error)) from error
    return Reply(204)


def _advance(service: "LocalDocGen", request: Request) -> Reply:
    seconds = _body(request).get("advance")
    message = f"'advance' must be a number of seconds from 0 to {FARTHEST}"
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise bad_request(message, name="advance")
    if not 0 <= seconds <= FARTHEST:  # NaN is not
        raise bad_request(message, name="advance")
    if not isinstance(service.clock, ManualClock):
        raise Refused(409, "conflict", "This service runs on the machine's clock.")
    if service.clock.now() + seconds > LATEST:
        raise bad_request("The clock goes up to the year 9000.", name="advance")
    service.clock.advance(seconds)
    return Reply(204)


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body.read(BODY_BYTES))
    except RecursionError as error:
        raise bad_request("The request body is not valid JSON: it is nested too deeply.") from error
    except ValueError as error:
        raise bad_request(f"The request body is not valid JSON: {error}.") from error
    if not isinstance(found, dict):
        raise bad_request("The request body must be a JSON object.")
    return found
