"""Text as XML: special characters escaped, line breaks and tabs as elements."""

import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OPEN_TEXT = '<w:t xml:space="preserve">'
_LINE_BREAK = f"</w:t><w:br/>{_OPEN_TEXT}"
_TAB = f"</w:t><w:tab/>{_OPEN_TEXT}"


def has_forbidden(text: str) -> bool:
    """Return whether a text has characters that XML forbids."""
    return not text.isprintable() and _FORBIDDEN.search(text) is not None


def is_plain(text: str) -> bool:
    """Return whether a text needs no escaping at all."""
    return text.isprintable() and "<" not in text and "&" not in text and ">" not in text


def escape(text: str) -> str:
    """Escape text for an element or attribute; characters that XML forbids become U+FFFD."""
    text = text if text.isprintable() else _FORBIDDEN.sub("\ufffd", text)
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def escape_in_run(text: str) -> str:
    """Escape text for the inside of ``<w:t>``; line breaks and tabs become elements."""
    if text.isprintable():
        return text if is_plain(text) else escape(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return escape(text).replace("\n", _LINE_BREAK).replace("\t", _TAB)
