"""Errors of callbacks and background work, shown in the form."""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

from docgen_nb.errors import (
    ApiError,
    BadRequest,
    BoxUnavailable,
    Conflict,
    DocGenError,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthorized,
    Unreachable,
)

Callback = Callable[..., object]
Wrap = Callable[[Callback], Callable[..., None]]  # returns a callback whose errors are shown
ShowError = Callable[[str, str], None]  # called with the message and the traceback


class Explained(DocGenError):
    """An error in sentences for the person at a form; its cause, if any, is the technical part."""


@contextmanager
def explaining(kind: type[DocGenError], text: str) -> Iterator[None]:
    """Raise Explained with a text instead of errors of a kind."""
    try:
        yield
    except kind as error:
        raise Explained(text) from error


def wrap_callback(
    callback: Callback,
    *,
    show: ShowError,
    on_unauthorized: Callable[[], object] | None = None,
    describe: Callable[[Exception], str] | None = None,
) -> Callable[..., None]:
    """Return a callback that does the same and passes errors to `show`.

    `on_unauthorized` is called after an error for an unknown or expired token; `describe` returns
    the text of an error of the package, by default `message_of`.

    Jupyter drops what a callback raises, and prints what a thread raises below no cell. An error
    that the package raises on purpose is only shown; any other error is shown and raised again.
    """

    def run(*arguments: Any) -> None:
        try:
            callback(*arguments)
        except DocGenError as error:
            is_advice = isinstance(error, Explained) and error.__cause__ is None
            trace = "" if is_advice else traceback.format_exc()
            show((describe or message_of)(error), trace)
            if isinstance(error, Unauthorized) and on_unauthorized is not None:
                on_unauthorized()
        except Exception as error:
            show(message_of(error), traceback.format_exc())
            raise

    return run


def trace_html(trace: str) -> str:
    """Return a traceback as a collapsed part of the page."""
    details = f"<summary>Technical details</summary><pre tabindex=0>{escape(trace)}</pre>"
    return f'<div class="docgen-error"><details>{details}</details></div>'


def in_words(error: Exception) -> str:
    """Return what happened and what to do, in sentences; the first one alone says what happened.

    What a person can't act on is the class and the message of the error.

    >>> in_words(Conflict(status=409, code="item_name_in_use", message="Item exists"))
    'There is a file or folder of this name already. Choose another name. (409 item_name_in_use)'
    """
    notes = getattr(error, "__notes__", ())
    words = _about_item(error) or _WORDS.get(type(error))
    if words is None:
        return message_of(error)
    if isinstance(error, Unreachable):
        url = _URL.search(str(error))
        where = f"The service at {url[0]}" if url else "The service"
        sent = UNSURE if error.may_have_arrived else words
        return f"{where} does not answer. {' '.join(notes) or sent}"
    status = f"({error.status} {error.code})" if isinstance(error, ApiError) else ""
    return " ".join(filter(None, [words, *notes, status.replace(" )", ")")]))


def _about_item(error: Exception) -> str:
    """Return what an error of Box says about the item that it names, ""."""
    if isinstance(error, BadRequest) and "destination_folder" in repr(error.context_info):
        return (
            "The destination folder does not exist any more. Nothing was sent. Choose another "
            "one at Folder; what you typed is still here."
        )
    if isinstance(error, Conflict):
        item = item_in_conflict(error)
        if name := item.get("name"):
            kind = item.get("type", "file")
            return f"There is a {kind} named {name} in this folder already. Choose another name."
    return ""


def item_in_conflict(error: Conflict) -> Mapping[str, Any]:
    """Return the item that has the name already; empty if Box does not say which."""
    conflicts = error.context_info.get("conflicts") or {}
    return (conflicts[0] if isinstance(conflicts, list) else conflicts) or {}


UNSURE = "Whether the request arrived is not known. Check the network, then try again."
_URL = re.compile(r"https?://[^/\s]+")
_WORDS: dict[type[Exception], str] = {
    Unreachable: "Nothing was sent. Check that it runs, then try again.",
    Unauthorized: (
        "Box does not accept this token. Nothing was sent. Developer tokens last 60 minutes: "
        "create a new one and log in with it."
    ),
    Forbidden: "This account may not do that. Ask for access, or log in with another account.",
    NotFound: (
        "The template, folder or file does not exist any more. Choose another one; what you typed "
        "is still here."
    ),
    Conflict: "There is a file or folder of this name already. Choose another name.",
    RateLimited: "Box asks to slow down. Wait a minute, then try again.",
    BoxUnavailable: "Box has a problem of its own. Wait a minute, then try again.",
}


def message_of(error: Exception) -> str:
    """Return an error as one line: its class, its message and its notes.

    >>> message_of(ValueError("limit is 0"))
    'ValueError: limit is 0'
    """
    if isinstance(error, Explained):
        return str(error)
    head = f"{type(error).__name__}: {error}".removesuffix(": ")
    return " ".join([head, *getattr(error, "__notes__", ())])
