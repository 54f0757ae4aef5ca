"""The one guard around callbacks and workers: what goes wrong in them is shown in the form."""

import traceback
from collections.abc import Callable
from typing import Any

from docgen_nb.errors import DocGenError, Unauthorized

Show = Callable[[str, str], None]


def guarded(
    act: Callable[..., object], *, show: Show, refused: Callable[[], object] | None = None
) -> Callable[..., None]:
    """Return `act` so that a fault in it is given to `show`: a sentence, and the traceback.

    `refused` is called after a reply that the token is unknown or has ended.

    Jupyter drops what a callback raises, and prints what a thread raises below any cell. An error
    that the package raises on purpose is settled by showing it; any other is raised as well.
    """

    def run(*arguments: Any) -> None:
        try:
            act(*arguments)
        except DocGenError as error:
            show(sentence(error), traceback.format_exc())
            if isinstance(error, Unauthorized) and refused is not None:
                refused()
        except Exception as error:
            show(sentence(error), traceback.format_exc())
            raise

    return run


def sentence(error: Exception) -> str:
    """Return an error in one line: its kind, its message and its notes.

    >>> sentence(ValueError("limit is 0"))
    'ValueError: limit is 0'
    """
    head = f"{type(error).__name__}: {error}".removesuffix(": ")
    return " ".join([head, *getattr(error, "__notes__", ())])
