"""Pages of a list of jobs become columns, the next page travelling meanwhile."""

import json
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

# A column of text, and where an entry has it.
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

    ``texts`` holds a list for each column of text of `jobs_frame`, and for ``created_at`` as it
    came; None is missing. ``errors`` and ``warnings`` count the messages of each job, and
    ``messages`` holds them: the number of the job in the page, ``error`` or ``warning``, the text;
    the errors of a job stand before its warnings.
    """

    texts: dict[str, Texts]
    errors: list[int]
    warnings: list[int]
    messages: list[Message]

    def __len__(self) -> int:
        return len(self.errors)


def read_pages(entries: Iterable[Entry]) -> Generator[PageColumns, None, None]:
    """Yield the jobs of a list as columns, page by page.

    Parameters
    ----------
    entries : iterable of mappings
        Jobs as the API gives them. A listing of the client is not walked entry by entry: its
        pages are decoded as they come, and the next one is fetched meanwhile by a thread, which
        is gone when this iterator ends or is closed. Where there are no threads, as in a browser,
        page follows page.

    Yields
    ------
    PageColumns
        For each page of a listing; otherwise for each 1000 entries.

    Raises
    ------
    UnreadableReply
        If a page, or an entry, is not what the API documents. What the listing raises comes as it
        is, after the pages before it.

    Examples
    --------
    >>> for page in read_pages([{"id": "7", "status": "failed"}, {"id": 8}]):
    ...     print(page.texts["job_id"], page.texts["status"])
    ['7', '8'] ['failed', None]
    """
    pages = getattr(entries, "pages", None)
    if pages is None:
        yield from map(entry_columns, _chunks(entries))
        return
    with closing(ahead(pages())) as raw:
        yield from map(page_columns, raw)


def read_entries(entries: Iterable[Entry]) -> Generator[list[Entry], None, None]:
    """Yield the entries of a list as they are, page by page as `read_pages` does."""
    pages = getattr(entries, "pages", None)
    if pages is None:
        yield from _chunks(entries)
        return
    with closing(ahead(pages())) as raw:
        yield from map(page_entries, raw)


def _chunks(entries: Iterable[Entry]) -> Generator[list[Entry], None, None]:
    walk = iter(entries)
    while chunk := list(islice(walk, wire.MAX_LIMIT)):
        yield chunk


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Yield the items, a thread making the next one while the last one is used.

    Closing this waits for the item on its way, and leaves no thread.
    """
    if sys.platform in _WITHOUT_THREADS:
        yield from items
        return
    pool = ThreadPoolExecutor(1, thread_name_prefix="docgen-pages")
    try:
        coming = pool.submit(next, items, _END)
        while True:
            # Asked for before the last one has come, so that the thread goes on without a pause:
            # while this thread works, another may wait 5 ms for its turn.
            following = pool.submit(next, items, _END)
            if (item := coming.result()) is _END:
                return
            yield item  # type: ignore[misc]  # it is no _END
            coming = following
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


class _Page(msgspec.Struct, gc=False):
    entries: list[_Job]


_decode = msgspec.json.Decoder(_Page).decode


def page_columns(page: bytes) -> PageColumns:
    """Return the jobs of one page of a list, as it came over the wire, column by column.

    Parameters
    ----------
    page : bytes
        A JSON object with ``entries``, of the full or of the standard form. Unknown fields are
        passed over, and fields that are null or not there are missing.

    Raises
    ------
    UnreadableReply
        If it is no such object.

    Notes
    -----
    No dict is made of an entry, and nothing of a job is kept but its texts: about a third of the
    time of `json.loads` alone. Where an id is a number, or anything else is not of the documented
    kind, the page is read again as `entry_columns` does it, which costs more and takes more.

    Examples
    --------
    >>> page = page_columns(b'''{"entries": [
    ...     {"id": "7", "status": "completed", "output_file": {"type": "file", "id": "70"}},
    ...     {"id": "8", "status": "failed", "failures": {"errors": ["Too large."]}}
    ... ], "next_marker": null}''')
    >>> page.texts["job_id"], page.texts["output_file_id"], page.errors
    (['7', '8'], ['70', None], [0, 1])
    >>> page.messages
    [(1, 'error', 'Too large.')]
    """
    try:
        jobs = _decode(page).entries
    except (msgspec.DecodeError, UnicodeDecodeError):
        return entry_columns(page_entries(page))
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
    except AttributeError:  # some job has null in the place of an object
        return [found and found.id for found in map(attrgetter(path[0]), jobs)]


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


def page_entries(page: bytes) -> list[Entry]:
    """Return the entries of one page; UnreadableReply if it has none."""
    try:
        found = json.loads(page)
    except (ValueError, RecursionError) as error:
        raise UnreadableReply(f"A page of the list is no JSON: {error}") from error
    entries = found.get("entries") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise UnreadableReply(f"A page of the list has no entries: {str(found)[:80]}")
    return entries


def entry_columns(entries: Sequence[Entry]) -> PageColumns:
    """Return decoded entries column by column; ids may be numbers."""
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise UnreadableReply(f"An entry of the list is no object: {str(entry)[:80]}")
    texts = {name: _values(entries, *path) for name, path in TEXTS.items()}
    failures = [
        (row, _list(entry, "errors"), _list(entry, "warnings"))
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
    """A text that UTF-8 can hold: JSON may have half of a surrogate pair, which becomes U+FFFD."""
    text = str(value)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def inner_text(entry: Entry, name: str, inner: str) -> str | None:
    """Return a field of an object in an entry as text; None if either is missing."""
    value = (_object(entry, name) or {}).get(inner)
    return None if value is None else _text(value)


def _object(entry: Entry, name: str) -> Entry | None:
    found = entry.get(name)
    if found is None or isinstance(found, Mapping):
        return found
    raise UnreadableReply(
        f"{name} of entry {entry.get('id')} is {str(found)[:80]!r}, where an object is needed."
    )


def _list(entry: Entry, kind: str) -> Sequence[str]:
    found = (_object(entry, "failures") or {}).get(kind) or ()
    if isinstance(found, list | tuple):
        return found
    raise UnreadableReply(
        f"failures.{kind} of entry {entry.get('id')} is {str(found)[:80]!r}, "
        "where a list is needed."
    )
