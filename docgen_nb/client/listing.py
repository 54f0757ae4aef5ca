"""A list of the API, fetched page by page while it is iterated over."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from docgen_nb.client.reply import Page
from docgen_nb.errors import UnreadableReply

# Fetches the page that a query asks for, its entries decoded as a type.
Fetch = Callable[[Mapping[str, str], type], Page[Any]]


class Listing:
    """All entries of a list, in the order of the service.

    Iterating over it fetches page after page and yields one dict per entry, as Box sends it. Each
    iteration fetches the pages again, and ends where the service names no next page. ``source`` is
    the address of the service, or None.

    Iterating raises what the client raises, and UnreadableReply if a page is not a page of a list
    or if the service names a page that was already read.

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
        self.source = source
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
        page = self._fetch(self._query, kind)
        seen: set[str] = set()
        while marker := page.marker:
            if marker in seen:
                raise UnreadableReply(
                    f"GET {self._path} named the marker {marker!r} twice: its list has no end."
                )
            seen.add(marker)
            yield page.entries
            page = self._fetch(self._query | {"marker": marker}, kind)
        yield page.entries
