"""A list of the API, page by page, fetched only when it is walked."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from docgen_nb.errors import UnreadableReply

# Fetches the page that a query asks for: what came, and the marker of the next page or "".
Fetch = Callable[[Mapping[str, str]], tuple[bytes, str]]


class Listing:
    """All entries of a list, in the order in which the service gives them.

    Walking it fetches page after page and gives one dict per entry, as Box sends it. Each walk
    fetches anew. A walk ends where the service names no next page. ``source`` is the address of
    the service, or None.

    While it is walked it raises what the client raises, and UnreadableReply if a page is no page
    of a list, or if the service names a page that was read before.

    Examples
    --------
    >>> from docgen_nb import connect
    >>> with connect("local") as box:
    ...     folders = [box.create_folder(name) for name in ("March", "April")]
    ...     print(items := box.list_folder_items("0", limit=1))
    ...     sorted(item["name"] for item in items)
    <Listing of GET /2.0/folders/0/items?limit=1&usemarker=true, fetched when walked>
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
        words = "&".join(f"{name}={value}" for name, value in self._query.items())
        return f"<Listing of GET {self._path}{'?' if words else ''}{words}, fetched when walked>"

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for page in self.pages():
            yield from json.loads(page)["entries"]

    def pages(self) -> Iterator[bytes]:
        """Walk the pages; gives each as the bytes that came, a JSON object with ``entries``."""
        content, marker = self._fetch(self._query)
        seen: set[str] = set()
        while marker:
            if marker in seen:
                raise UnreadableReply(
                    f"GET {self._path} named the marker {marker!r} twice: its list has no end."
                )
            seen.add(marker)
            yield content
            content, marker = self._fetch(self._query | {"marker": marker})
        yield content
