"""Validation of PDFs and their page count, from the structure alone."""

import re
import zlib

_OBJECT = re.compile(rb"(?<!\d)(\d+)\s+\d+\s+obj\b")
_CATALOG = re.compile(rb"/Type\s*/Catalog\b")
_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_PAGES = re.compile(rb"/Pages\s+(\d+)\s+\d+\s+R\b")
_COUNT = re.compile(rb"/Count\s+(\d+)")
_STREAM = re.compile(rb"\bstream\r?\n")


def page_count(content: bytes) -> int:
    """Return the number of pages of a PDF.

    It is read from the page tree, so no other package is needed.

    Raises
    ------
    ValueError
        If `content` is not a complete PDF: truncated, without pages, or something else.

    Examples
    --------
    >>> page_count(b"PK")
    Traceback (most recent call last):
    ...
    ValueError: This is not a complete PDF: it does not start with %PDF-.
    """
    if not content.startswith(b"%PDF-"):
        raise ValueError("This is not a complete PDF: it does not start with %PDF-.")
    if b"%%EOF" not in content[-1024:]:
        raise ValueError("This is not a complete PDF: it does not end with %%EOF.")
    count = _count_of_root(_objects(content))
    if count == 0:
        raise ValueError("This is not a complete PDF: it has no pages.")
    return count


def _count_of_root(objects: dict[int, bytes]) -> int:
    for body in objects.values():
        root = _PAGES.search(body) if _CATALOG.search(body) else None
        if root:
            count = _COUNT.search(objects.get(int(root[1]), b""))
            return int(count[1]) if count else 0
    return 0


def _objects(content: bytes) -> dict[int, bytes]:
    """Return all objects by number; a later one replaces an earlier one of the same number."""
    objects: dict[int, bytes] = {}
    start = 0
    while head := _OBJECT.search(content, start):
        end = content.find(b"endobj", head.end())
        if end < 0:
            break
        body = content[head.end() : end]
        objects[int(head[1])] = body
        if _PACKED.search(body[:400]):
            objects |= _unpacked(body)
        start = end
    return objects


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
            raise ValueError(f"This is not a complete PDF: {error}.") from error
    first = _number(rb"/First\s+(\d+)", body[: head.start()])
    header = [int(text) for text in data[:first].split() if text.isdigit()]
    numbers, offsets = header[::2], [first + offset for offset in header[1::2]]
    ends = [*offsets[1:], len(data)]
    return {
        number: data[start:end] for number, start, end in zip(numbers, offsets, ends, strict=False)
    }


def _number(pattern: bytes, body: bytes) -> int:
    match = re.search(pattern, body)
    return int(match[1]) if match else 0
