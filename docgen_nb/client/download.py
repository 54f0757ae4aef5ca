"""Checking the content of a file that may be the page of a proxy."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from docgen_nb.errors import UnreadableReply

_HTML = (b"<!doctype html", b"<html")


def is_suspicious(content: bytes) -> bool:
    """Return whether a content may come from a proxy or login page: it is empty, or HTML.

    >>> is_suspicious(b"<!DOCTYPE html><title>Log in</title>"), is_suspicious(b"%PDF-1.7")
    (True, False)
    """
    return not content.strip() or content.lstrip()[:15].lower().startswith(_HTML)


def check_content(content: bytes, versions: Iterable[Mapping[str, Any]], *, url: str) -> None:
    """Raise UnreadableReply if a content is none of these versions, by their SHA-1."""
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if not any(version.get("sha1") == sha1 for version in versions):
        page = f"an HTML page of {len(content):,} bytes" if content.strip() else "an empty body"
        raise UnreadableReply(
            f"{url} answered with {page} instead of the content of the file. Check that no proxy "
            "or login page answers."
        )
