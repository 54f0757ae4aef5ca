"""Checks of a service and of the credentials for it, from what it answers."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from docgen_nb import config, wire
from docgen_nb.auth import GrantedTokens
from docgen_nb.client import Client
from docgen_nb.doctor_checks.finding import OK, WARNING, WRONG, Finding
from docgen_nb.errors import (
    ApiError,
    BadRequest,
    DocGenError,
    Forbidden,
    MissingCredentials,
    NotFound,
    Unauthorized,
    Unreachable,
    UnreadableReply,
)

MANAGE_DOC_GEN = 'the scope "Manage Doc Gen"'
_SHORT_SECONDS = 600.0  # of a token's life
_SKEW_SECONDS = 5.0  # of a clock; durations are measured in seconds
_RENEW = "Make a new developer token in Box's developer console, then run: docgen-nb login"
_CONSOLE = (
    f"In Box's developer console, give the app {MANAGE_DOC_GEN}, then have an administrator "
    "authorize the app again in the Admin Console."
)


def of_no_client(error: Exception) -> Finding:
    """Return the finding for credentials with which no client can be made."""
    detail, _, fix = str(error).partition(". ")
    if isinstance(error, MissingCredentials):
        detail, fix = str(error), "Run: docgen-nb login"
    return Finding("credentials", WRONG, detail, fix or str(error))


def check_service(box: Client, *, folder_id: str) -> Iterator[Finding]:
    """Yield the findings about a service; those that need a sign-in only if there is one."""
    try:
        user = box.get_me(fields=["id", "name", "login", "enterprise"])
    except (Unreachable, UnreadableReply) as error:
        fix = "Check the URL, the network, the proxy and the certificates (proxy=, ca_bundle=)."
        yield Finding("address", WRONG, str(error), fix)
        return
    except ApiError as error:
        yield _address(box)
        yield _refused(box, error)
        yield _clock(box)
        return
    yield _address(box)
    yield Finding("credentials", OK, f"{_name(user)}; from {_origin(box)}")
    yield _life(box)
    yield from _doc_gen(box)
    yield _folder(box, folder_id)
    yield _clock(box)


def _address(box: Client) -> Finding:
    is_open = box.url.startswith("http:") and not config.is_loopback(box.url)
    if is_open and box.url != wire.LOCAL_URL:
        detail = f"{box.url} is another machine over plain HTTP: others can read the token"
        return Finding("address", WARNING, detail, "Serve and use https.")
    origin = f"; from {box.url_origin}" if box.url_origin else ""
    return Finding("address", OK, f"{box.url} answers{origin}")


def _origin(box: Client) -> str:
    return getattr(box.token_source, "origin", "") or "a token source of your own"


def _name(user: dict[str, Any]) -> str:
    login = f" ({user['login']})" if user.get("login") else ""
    enterprise = user.get("enterprise") or {}
    where = f", enterprise {enterprise.get('name') or enterprise.get('id')}" if enterprise else ""
    return f"{user.get('name') or user.get('id')}{login}{where}"


def _refused(box: Client, error: ApiError) -> Finding:
    detail = f"{error}; from {_origin(box)}"
    if isinstance(box.token_source, GrantedTokens) and isinstance(error, BadRequest | Unauthorized):
        fix = (
            "Set this computer's clock, by which the assertion was signed."
            if "'exp'" in error.message
            else "Check the client ID, the secret and the subject, and that an administrator has "
            "authorized the app in the Admin Console."
        )
        return Finding("credentials", WRONG, detail, fix)
    fix = _RENEW if isinstance(error, Unauthorized) else "Try again later, then ask Box."
    return Finding("credentials", WRONG, detail, fix)


def _life(box: Client) -> Finding:
    seconds = getattr(box.token_source, "seconds_left", None)
    if seconds is None:
        return Finding("token", OK, "its end is not known")
    minutes = f"at most {ceil(seconds / 60)} min"
    if isinstance(box.token_source, GrantedTokens):
        return Finding("token", OK, f"renewed in {minutes}")
    if seconds < _SHORT_SECONDS:
        return Finding("token", WARNING, f"ends in {minutes}", _RENEW)
    return Finding("token", OK, f"ends in {minutes}")


def _doc_gen(box: Client) -> Iterator[Finding]:
    """Yield what one call of Doc Gen shows about the scope, the switch and the version."""
    version = Finding("box-version", OK, wire.BOX_VERSION)
    try:
        next(iter(box.list_templates(limit=1).pages()))
    except (Forbidden, NotFound) as error:
        if error.code == "insufficient_scope":
            yield Finding("scope", WRONG, f"the token lacks {MANAGE_DOC_GEN}", _CONSOLE)
            return
        fix = f"Have an administrator switch on Box Doc Gen in the Admin Console. {_CONSOLE}"
        detail = f"switched off, or the app lacks {MANAGE_DOC_GEN}: {error}"
        yield Finding("Doc Gen", WRONG, detail, fix)
    except DocGenError as error:
        if getattr(error, "code", "") != "invalid_api_version":
            yield Finding("Doc Gen", WRONG, str(error), "Try again later, then ask Box.")
            return
        fix = "Run: pip install --upgrade docgen-nb"
        yield Finding("box-version", WRONG, f"{wire.BOX_VERSION} is refused: {error}", fix)
    else:
        yield Finding("scope", OK, MANAGE_DOC_GEN)
        yield Finding("Doc Gen", OK, "switched on")
        yield version


def _folder(box: Client, folder_id: str) -> Finding:
    """Return whether documents can be put into a folder, as far as the service says so."""
    try:
        folder = box.get_folder(folder_id, fields=["name", "permissions"])
    except DocGenError as error:
        fix = "Check the id of the folder, and invite the user of the token as an Editor."
        return Finding("folder", WRONG, f"{folder_id}: {error}", fix)
    name = f"{folder.get('name', '')} ({folder_id})"
    may_upload = (folder.get("permissions") or {}).get("can_upload")
    if may_upload is False:
        fix = "Invite the user of the token to the folder as an Editor, or choose another folder."
        return Finding("folder", WRONG, f"{name} takes no documents of this user", fix)
    known = "" if may_upload else "; the service doesn't say whether it takes documents"
    return Finding("folder", OK, f"{name} is there{known}")


def _clock(box: Client) -> Finding:
    low, high = box.clock_offset or (0.0, 0.0)
    seconds = max(low, -high, 0.0)
    if seconds <= _SKEW_SECONDS:
        return Finding("clock", OK, "as the service's")
    side = "behind" if low > 0 else "ahead of"
    detail = f"{seconds:,.0f} s {side} the service's: end times and signed assertions go wrong"
    return Finding("clock", WARNING, detail, "Set this computer's clock by the network (NTP).")
