"""Text as it may stand in XML: marks escaped, line breaks as elements, forbidden characters out."""

import re

# Everything that cannot be handed over as it is. Searching is faster than replacing.
needs_work = re.compile("[<>&\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]").search
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT_AGAIN = '<w:t xml:space="preserve">'
_LINE_BREAK = f"</w:t><w:br/>{_TEXT_AGAIN}"
_TAB = f"</w:t><w:tab/>{_TEXT_AGAIN}"


def escaped(text: str) -> str:
    """Text for the inside of an element or attribute; what XML forbids becomes U+FFFD."""
    clean = _FORBIDDEN.sub("\ufffd", text)
    return (
        clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def in_run(text: str) -> str:
    """Text for the inside of ``<w:t>``: line breaks and tabs close it and open it again."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return escaped(text).replace("\n", _LINE_BREAK).replace("\t", _TAB)
