"""Errors of callbacks and background work, shown in the form."""

import traceback
from collections.abc import Callable
from html import escape
from typing import Any

from docgen_nb.errors import DocGenError, Unauthorized

Callback = Callable[..., object]
Wrap = Callable[[Callback], Callable[..., None]]  # returns a callback whose errors are shown
ShowError = Callable[[str, str], None]  # called with the message and the traceback


def wrap_callback(
    callback: Callback,
    *,
    show: ShowError,
    on_unauthorized: Callable[[], object] | None = None,
) -> Callable[..., None]:
    """Return a callback that does the same and passes errors to `show`.

    `on_unauthorized` is called after an error for an unknown or expired token.

    Jupyter drops what a callback raises, and prints what a thread raises below no cell. An error
    that the package raises on purpose is only shown; any other error is shown and raised again.
    """

    def run(*arguments: Any) -> None:
        try:
            callback(*arguments)
        except DocGenError as error:
            show(message_of(error), traceback.format_exc())
            if isinstance(error, Unauthorized) and on_unauthorized is not None:
                on_unauthorized()
        except Exception as error:
            show(message_of(error), traceback.format_exc())
            raise

    return run


def trace_html(trace: str) -> str:
    """Return a traceback as a collapsed part of the page."""
    return f"<details><summary>Details</summary><pre>{escape(trace)}</pre></details>"


def message_of(error: Exception) -> str:
    """Return an error as one line: its class, its message and its notes.

    >>> message_of(ValueError("limit is 0"))
    'ValueError: limit is 0'
    """
    head = f"{type(error).__name__}: {error}".removesuffix(": ")
    return " ".join([head, *getattr(error, "__notes__", ())])
