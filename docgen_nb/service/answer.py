"""The answer to one call: its route, its user, and the checks before the endpoint."""

from docgen_nb import wire
from docgen_nb.service import admin
from docgen_nb.service.context import Call, Context
from docgen_nb.service.endpoints import tokens, users
from docgen_nb.service.http.messages import ApiFailure, Reply, Request, bad_request
from docgen_nb.service.routes import Route, find_route

VERSION_HELP = "https://developer.box.com/reference/error-codes/invalid-api-version"


def answer_call(request: Request, context: Context) -> Reply:
    """Answer one call to Box's paths; raises ApiFailure or StorageError."""
    route, params = find_route(request.method, request.path)
    call = Call(context, request, params, user_id=_user(context, route, request))
    if route.versioned:
        _check_version(request.headers.get("box-version"))
    _check_encoding(request.headers.get("content-encoding", ""))
    return route.answer(call)


def check_token(request: Request, context: Context) -> None:
    """Raise ApiFailure unless the headers of a request have a valid token."""
    if request.path.startswith(admin.PREFIX):
        admin.check_token(request, context.credentials.control_token)
    else:
        tokens.identify(context, request.headers.get("authorization", ""))


def _user(context: Context, route: Route, request: Request) -> int:
    if route.open:
        return 0
    bearer = tokens.identify(context, request.headers.get("authorization", ""))
    bearer.check(route.action)
    if context.call_limit is not None:
        context.call_limit.check(bearer.user_id)
    other_id = request.headers.get("as-user")
    if other_id is None:
        return bearer.user_id
    bearer.check("manage")
    return users.act_as(context.store, bearer.user_id, other_id)


def _check_version(version: str | None) -> None:
    if version == wire.BOX_VERSION:
        return
    if version is None:
        text = "Missing required box-version header."
    elif not version.strip():
        text = "Invalid (empty) API version specified in 'box-version' header."
    elif "," in version:
        # Box's own spelling.
        text = (
            "The 'box-version' header supports only one header value per request, do not use comas."
        )
    elif version == "2024.0":
        text = "Unsupported API version specified in 'box-version' header."
    else:
        text = "Invalid API version specified in 'box-version' header."
    message = f"{text} Supported API versions: [{wire.BOX_VERSION}]."
    raise ApiFailure(400, "invalid_api_version", message, help_url=VERSION_HELP)


def _check_encoding(encoding: str) -> None:
    if encoding.strip().lower() not in ("", "identity"):
        # Box documents no encoding of requests.
        message = (
            f"The content encoding {encoding[:60]!r} is not supported. Send the body without one."
        )
        raise bad_request(message)
