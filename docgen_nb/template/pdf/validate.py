"""Whether bytes are a whole PDF, and how many pages it has, read from its structure alone."""

import re
import zlib

_OBJECT = re.compile(rb"(?<!\d)(\d+)\s+\d+\s+obj\b")
_CATALOG = re.compile(rb"/Type\s*/Catalog\b")
_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_PAGES = re.compile(rb"/Pages\s+(\d+)\s+\d+\s+R\b")
_COUNT = re.compile(rb"/Count\s+(\d+)")
_STREAM = re.compile(rb"\bstream\r?\n")


def pages(content: bytes) -> int:
    """Return the number of pages of a PDF.

    Read from the page tree's own count, so no other package is needed.

    Raises
    ------
    ValueError
        If `content` is no whole PDF: cut off, without pages, or something else.

    Examples
    --------
    >>> pages(b"PK")
    Traceback (most recent call last):
    ...
    ValueError: This is no whole PDF: it does not start with %PDF-.
    """
    if not content.startswith(b"%PDF-"):
        raise ValueError("This is no whole PDF: it does not start with %PDF-.")
    if b"%%EOF" not in content[-1024:]:
        raise ValueError("This is no whole PDF: it does not end with %%EOF.")
    count = _page_count(_objects(content))
    if count == 0:
        raise ValueError("This is no whole PDF: it has no pages.")
    return count


def _page_count(objects: dict[int, bytes]) -> int:
    for body in objects.values():
        root = _PAGES.search(body) if _CATALOG.search(body) else None
        if root:
            count = _COUNT.search(objects.get(int(root[1]), b""))
            return int(count[1]) if count else 0
    return 0


def _objects(content: bytes) -> dict[int, bytes]:
    """Return all objects by number; a later one of the same number replaces an earlier one."""
    found: dict[int, bytes] = {}
    start = 0
    while head := _OBJECT.search(content, start):
        end = content.find(b"endobj", head.end())
        if end < 0:
            break
        body = content[head.end() : end]
        found[int(head[1])] = body
        if _PACKED.search(body[:400]):
            found |= _unpacked(body)
        start = end
    return found


def _unpacked(body: bytes) -> dict[int, bytes]:
    """Return the objects of an object stream (ISO 32000-1, 7.5.7)."""
    head = _STREAM.search(body)
    if head is None:
        return {}
    data = body[head.end() :]
    if b"/FlateDecode" in body[: head.start()]:
        try:
            data = zlib.decompressobj().decompress(data)
        except zlib.error as error:
            raise ValueError(f"This is no whole PDF: {error}.") from error
    first = _number(rb"/First\s+(\d+)", body[: head.start()])
    words = [int(word) for word in data[:first].split() if word.isdigit()]
    numbers, offsets = words[::2], [first + word for word in words[1::2]]
    ends = [*offsets[1:], len(data)]
    return {
        number: data[start:end] for number, start, end in zip(numbers, offsets, ends, strict=False)
    }


def _number(pattern: bytes, body: bytes) -> int:
    found = re.search(pattern, body)
    return int(found[1]) if found else 0
