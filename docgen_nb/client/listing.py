"""A list of the API, fetched page by page while it is iterated over."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from docgen_nb import wire
from docgen_nb.client.reply import Page
from docgen_nb.errors import UnreadableReply

MAX_EMPTY_PAGES = 100  # in a row; Box may send some, for example while jobs are deleted
# Fetches the page that a query asks for, its entries decoded as a type.
Fetch = Callable[[Mapping[str, str], type], Page[Any]]


class Listing:
    """All entries of a list, in the order of the service.

    Iterating over it fetches page after page and yields one dict per entry, as Box sends it. Each
    iteration fetches the pages again, and ends where the service names no next page. ``source`` is
    the address of the service, or None. ``last_marker`` is the marker of the page fetched last, ""
    for the first page of the list.

    Iterating raises what the client raises, and UnreadableReply if a page is not a page of a list
    if the service names a page that was already read, or after 100 pages in a row with no new
    entries.

    Examples
    --------
    >>> from docgen_nb import connect
    >>> with connect("local") as box:
    ...     folders = [box.create_folder(name) for name in ("March", "April")]
    ...     print(items := box.list_folder_items("0", limit=1))
    ...     sorted(item["name"] for item in items)
    <Listing of GET /2.0/folders/0/items?limit=1&usemarker=true, fetched on iteration>
    ['April', 'March']
    """

    def __init__(
        self, fetch: Fetch, *, path: str, query: Mapping[str, str], source: str | None = None
    ) -> None:
        self.source, self.last_marker = source, ""
        self._fetch = fetch
        self._path = path
        self._query = dict(query)

    def __repr__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self._query.items())
        return f"<Listing of GET {self._path}{'?' if query else ''}{query}, fetched on iteration>"

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for entries in self.pages():
            yield from entries

    def pages(self, kind: type = dict) -> Iterator[list[Any]]:
        """Yield the entries of each page, decoded as `kind`.

        `kind` is dict or a `msgspec.Struct`. If an entry of a page does not fit the struct, all
        entries of that page are dicts.
        """
        self.last_marker = self._query.get("marker", "")
        page = self._fetch(self._query, kind)
        seen: set[str] = set()
        empty = 0
        while marker := page.marker:
            if marker in seen:
                raise UnreadableReply(
                    f"GET {self._path} named the marker {marker[:80]!r} twice: its list has no end."
                )
            seen.add(marker)
            yield page.entries
            following = self._fetch(self._query | {"marker": marker}, kind)
            self.last_marker = marker
            # The same page again may be right: tags, one per page, can be alike.
            is_empty = not following.entries or following.entries == page.entries
            empty = empty + 1 if is_empty else 0
            if empty == MAX_EMPTY_PAGES:
                raise UnreadableReply(
                    f"GET {self._path} sent {MAX_EMPTY_PAGES} pages in a row with no new entries "
                    "and with ever new markers: its list has no end."
                )
            page = following
        yield page.entries


def list_by_offset(fetch: Callable[..., Mapping[str, Any]], *, url: str) -> list[dict[str, Any]]:
    """Return the entries of a list with offsets, whatever total the service claims."""
    entries: list[dict[str, Any]] = []
    known: set[str] = set()
    while True:
        page = fetch(query={"limit": str(wire.MAX_LIMIT), "offset": str(len(entries))})
        more = _entries(page, url=url)
        ids = {str(entry["id"]) for entry in more}
        if more and ids <= known:
            raise UnreadableReply(f"GET {url} sent the same entries again: its list has no end.")
        known |= ids
        entries += more
        total = page.get("total_count")
        is_complete = not isinstance(total, int) or len(entries) >= total
        if not more or (is_complete and len(more) < wire.MAX_LIMIT):
            return entries


def _entries(page: Mapping[str, Any], *, url: str) -> list[dict[str, Any]]:
    entries = page.get("entries")
    if isinstance(entries, list) and all(isinstance(e, dict) and e.get("id") for e in entries):
        return entries
    raise UnreadableReply(f"GET {url} sent a page whose entries are not objects with ids.")
