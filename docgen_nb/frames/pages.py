"""Pages of a list of jobs as columns, the next page fetched in the background."""

import sys
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.errors import UnreadableReply

Texts = list[str | None]
Message = tuple[int, str, str]
Item = TypeVar("Item")

# The text columns, and the path of each in an entry.
TEXTS = {
    "job_id": ("id",),
    "batch_id": ("batch", "id"),
    "template_id": ("template_file", "id"),
    "template_version_id": ("template_file_version", "id"),
    "status": ("status",),
    "output_type": ("output_type",),
    "output_file_id": ("output_file", "id"),
    "output_file_version_id": ("output_file_version", "id"),
    "created_at": ("created_at",),
    "created_by_id": ("created_by", "id"),
    "enterprise_id": ("enterprise", "id"),
    "source": ("source",),
    "external_id": ("external_id",),
}
_WITHOUT_THREADS = ("emscripten", "wasi")
_END = object()


@dataclass(frozen=True)
class PageColumns:
    """The jobs of one page of a list, column by column.

    ``texts`` holds a list for each text column of `jobs_frame` and for ``created_at`` as sent;
    None is missing. ``errors`` and ``warnings`` count the messages of each job. ``messages`` holds
    the messages as (position of the job in the page, ``error`` or ``warning``, text), the errors
    of a job before its warnings.
    """

    texts: dict[str, Texts]
    errors: list[int]
    warnings: list[int]
    messages: list[Message]

    def __len__(self) -> int:
        return len(self.errors)


def read_pages(
    entries: Iterable[Entry], *, prefetch: bool = True
) -> Generator[PageColumns, None, None]:
    """Yield the jobs of a list as columns, page by page.

    Parameters
    ----------
    entries : iterable of mappings
        Jobs as the API returns them. A `Listing` of the client is read page by page, without a
        dict per entry.
    prefetch : bool
        Whether a thread fetches the next page of a listing while the current one is used. It ends
        when this iterator ends or is closed. Without threads, as in a browser, pages are fetched
        one after the other.

    Yields
    ------
    PageColumns
        For each page of a listing, otherwise for each 1000 entries.

    Raises
    ------
    UnreadableReply
        If an entry is not what the API documents. Errors of the listing are raised unchanged,
        after the pages before them.

    Examples
    --------
    >>> for page in read_pages([{"id": "7", "status": "failed"}, {"id": 8}]):
    ...     print(page.texts["job_id"], page.texts["status"])
    ['7', '8'] ['failed', None]
    """
    with closing(_pages(entries, _Job, prefetch=prefetch)) as pages:
        yield from map(_columns, pages)


def read_entries(
    entries: Iterable[Entry], *, kind: type = dict
) -> Generator[list[Any], None, None]:
    """Yield the entries of a list page by page, as mappings or, where they fit, as `kind`."""
    yield from _pages(entries, kind, prefetch=True)


def refuse_reply(entries: Iterable[Entry], *, function: str) -> None:
    """Raise TypeError for a whole reply, which would be read as a list of its keys."""
    if isinstance(entries, Mapping):
        raise TypeError(
            f"{function} takes the entries of a reply, not the reply: reply['entries']."
        )


def _pages(
    entries: Iterable[Entry], kind: type, *, prefetch: bool
) -> Generator[list[Any], None, None]:
    pages = getattr(entries, "pages", None)
    if pages is None:
        rest = iter(entries)
        while chunk := list(islice(rest, wire.MAX_LIMIT)):
            yield chunk
    elif prefetch and sys.platform not in _WITHOUT_THREADS:
        yield from _prefetched(pages(kind))
    else:
        yield from pages(kind)


def _prefetched(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Yield the items while a thread produces the next one.

    Closing this waits for the item in progress and ends the thread.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="docgen-pages")
    try:
        current = pool.submit(next, items, _END)
        while True:
            # Requested before the current one has arrived, so that the thread does not pause:
            # it would wait up to 5 ms for the interpreter lock.
            following = pool.submit(next, items, _END)
            if (item := current.result()) is _END:
                return
            yield item  # type: ignore[misc]  # not _END
            current = following
    finally:
        pool.shutdown(cancel_futures=True)


class _Reference(msgspec.Struct, gc=False):
    id: str | None = None


class _Failures(msgspec.Struct, gc=False):
    errors: list[str] | None = None
    warnings: list[str] | None = None


class _Job(msgspec.Struct, gc=False):
    id: str | None = None
    batch: _Reference | None = None
    template_file: _Reference | None = None
    template_file_version: _Reference | None = None
    status: str | None = None
    output_type: str | None = None
    output_file: _Reference | None = None
    output_file_version: _Reference | None = None
    failures: _Failures | None = None
    created_at: str | None = None
    created_by: _Reference | None = None
    enterprise: _Reference | None = None
    source: str | None = None
    external_id: str | None = None


def _columns(jobs: list[Any]) -> PageColumns:
    if jobs and not isinstance(jobs[0], _Job):  # not as documented, such as ids that are numbers
        return entry_columns(jobs)
    texts = {name: _texts(jobs, *path) for name, path in TEXTS.items()}
    failures = [
        (row, job.failures.errors or (), job.failures.warnings or ())
        for row, job in enumerate(jobs)
        if job.failures is not None
    ]
    return _with_messages(texts, failures, rows=len(jobs))


def _texts(jobs: list[_Job], *path: str) -> Texts:
    try:
        return list(map(attrgetter(".".join(path)), jobs))
    except AttributeError:  # a job has null instead of an object
        return [reference and reference.id for reference in map(attrgetter(path[0]), jobs)]


def _with_messages(
    texts: dict[str, Texts],
    failures: Iterable[tuple[int, Sequence[str], Sequence[str]]],
    *,
    rows: int,
) -> PageColumns:
    columns = PageColumns(texts, [0] * rows, [0] * rows, [])
    for row, errors, warnings in failures:
        columns.errors[row], columns.warnings[row] = len(errors), len(warnings)
        columns.messages.extend((row, "error", _text(text)) for text in errors)
        columns.messages.extend((row, "warning", _text(text)) for text in warnings)
    return columns


def entry_columns(entries: Sequence[Entry]) -> PageColumns:
    """Return decoded entries column by column; ids may be numbers."""
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise UnreadableReply(f"An entry of the list is not an object: {str(entry)[:80]}")
    texts = {name: _values(entries, *path) for name, path in TEXTS.items()}
    failures = [
        (row, _messages(entry, "errors"), _messages(entry, "warnings"))
        for row, entry in enumerate(entries)
        if entry.get("failures")
    ]
    return _with_messages(texts, failures, rows=len(entries))


def _values(entries: Sequence[Entry], name: str, inner: str = "") -> Texts:
    if inner:
        return [inner_text(entry, name, inner) for entry in entries]
    values = [entry.get(name) for entry in entries]
    return [value if value is None else _text(value) for value in values]


def _text(value: Any) -> str:
    """Return a text that UTF-8 can encode: half of a surrogate pair becomes U+FFFD."""
    text = str(value)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def inner_text(entry: Entry, name: str, inner: str) -> str | None:
    """Return a field of an object in an entry as text; None if either is missing."""
    value = _object(entry, name).get(inner)
    return None if value is None else _text(value)


def _object(entry: Entry, name: str) -> Entry:
    value = entry.get(name)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise UnreadableReply(
        f"{name} of entry {entry.get('id')} must be an object, not {str(value)[:80]!r}."
    )


def _messages(entry: Entry, kind: str) -> Sequence[str]:
    messages = _object(entry, "failures").get(kind) or ()
    if isinstance(messages, list | tuple):
        return messages
    raise UnreadableReply(
        f"failures.{kind} of entry {entry.get('id')} must be a list, not {str(messages)[:80]!r}."
    )
