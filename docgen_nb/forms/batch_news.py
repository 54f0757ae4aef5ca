"""What forms and panels of the same client do for each other: news of batches, and editing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from weakref import ReferenceType, WeakKeyDictionary, WeakMethod, ref

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


class Editor(Protocol):
    """A form, as far as panels use it."""

    def can_edit(self, batch_id: str) -> bool:
        """Return whether the data of a batch is known."""
        ...

    def edit_job(self, batch_id: str, job_id: str) -> None:
        """Put the document of a job with problems into the form."""
        ...


_editors: WeakKeyDictionary[Any, ReferenceType[Editor]] = WeakKeyDictionary()


def offer_editing(client: Any, editor: Editor) -> None:
    """Make a form the one in which the panels of its client edit; it is not kept alive."""
    _editors[client] = ref(editor)


def editor_of(client: Any) -> Editor | None:
    """Return the form that was made last for a client, if it is still there."""
    found = _editors.get(client)
    return None if found is None else found()
