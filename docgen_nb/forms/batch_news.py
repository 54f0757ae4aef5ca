"""News of batches: a form tells the panels of the same client what it has just read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary, WeakMethod

from docgen_nb.client_protocol import Entry


@dataclass(frozen=True)
class BatchNews:
    """The jobs of one batch as they were just read, in the order of its documents."""

    batch_id: str
    jobs: Sequence[Entry]
    names: Sequence[str]  # of the documents, as far as they are known
    sent_at: datetime | None  # None if another program sent the batch
    is_finished: bool


OnNews = Callable[[BatchNews], object]
_listeners: WeakKeyDictionary[Any, list[WeakMethod[OnNews]]] = WeakKeyDictionary()


def listen(client: Any, on_news: OnNews) -> None:
    """Call a method for news of the batches that forms of this client send or follow.

    The method's object is not kept alive.
    """
    _listeners.setdefault(client, []).append(WeakMethod(on_news))


def announce(client: Any, news: BatchNews) -> None:
    """Tell everybody who listens for this client."""
    kept = [one for one in _listeners.get(client, ()) if one() is not None]
    if kept:
        _listeners[client] = kept
    for one in kept:
        if (on_news := one()) is not None:
            on_news(news)
