"""Text as it may stand in XML: marks escaped, line breaks as elements, forbidden characters out."""

import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT_AGAIN = '<w:t xml:space="preserve">'
_LINE_BREAK = f"</w:t><w:br/>{_TEXT_AGAIN}"
_TAB = f"</w:t><w:tab/>{_TEXT_AGAIN}"


def is_plain(text: str) -> bool:
    """Whether a text can be handed over as it is: nothing to escape, no break, nothing odd."""
    return text.isprintable() and "<" not in text and "&" not in text and ">" not in text


def escaped(text: str) -> str:
    """Text for the inside of an element or attribute; what XML forbids becomes U+FFFD."""
    return _quoted(text if text.isprintable() else _FORBIDDEN.sub("\ufffd", text))


def _quoted(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def in_run(text: str) -> str:
    """Text for the inside of ``<w:t>``: line breaks and tabs close it and open it again."""
    if text.isprintable():
        return text if is_plain(text) else _quoted(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return escaped(text).replace("\n", _LINE_BREAK).replace("\t", _TAB)
