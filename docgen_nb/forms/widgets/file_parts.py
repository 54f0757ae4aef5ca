"""Files from Python to the browser, through the widget's own channel and in parts."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

PART = 1024 * 1024  # bytes: one message stays small, and the page shows how far it is
MAX_BYTES = 50 * 1024 * 1024  # a browser holds a file in memory until it is complete

Send = Callable[[Mapping[str, Any], list[bytes]], object]
_numbers = count(1)


def send_file(
    send: Send, name: str, content: bytes, *, to: Mapping[str, Any], shows: bool = False
) -> None:
    """Let the browser save a file, or open it in the tab that it has prepared.

    Parameters
    ----------
    send : callable
        A widget's ``send``.
    name : str
        The name under which the browser saves it.
    content : bytes
        At most `MAX_BYTES`.
    to : mapping
        The message that asked for it.
    shows : bool
        Whether to open it instead of saving it.

    Examples
    --------
    >>> sent = []
    >>> send_file(lambda *message: sent.append(message), "a.pdf", b"%PDF", to={"view": "t1"})
    >>> [(message["number"], message["count"], parts) for message, parts in sent]
    [(0, 1, [b'%PDF'])]
    """
    parts = [content[at : at + PART] for at in range(0, len(content), PART)] or [b""]
    file = f"file-{next(_numbers)}"
    for number, part in enumerate(parts):
        message = {
            "type": "part",
            "file": file,
            "name": name,
            "number": number,
            "count": len(parts),
            "view": to.get("view"),
            "key": to.get("key"),
            "shows": shows,
        }
        send(message, [part])
