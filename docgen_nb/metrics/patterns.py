"""Messages that say the same of different things have one pattern."""

import re

# What is named between quotes; an apostrophe within a word does not end it.
_QUOTED = re.compile(
    r"(?<!\w)'(.*?)'(?!\w)|\"(.*?)\"|`(.*?)`|“(.*?)”|‘(.*?)’(?!\w)|«(.*?)»",
)
_BRACES = re.compile(r"\{\{\s*(.*?)\s*\}\}")
# The words before a name that make it a tag's; all others name parts, formats and values.
_OF_TAG = re.compile(r"\b(?:tags?|paths?|loop over|calculation|placeholder)\s*$", re.IGNORECASE)
_REST = [
    (re.compile(r"\b[a-z][a-z0-9+.-]*://\S+?(?=[.,;:]?(?:\s|$))", re.IGNORECASE), "<url>"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
        ),
        "<time>",
    ),
    (
        re.compile(
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE
        ),
        "<id>",
    ),
    (re.compile(r"\b(?=[a-z]*\d)(?=\d*[a-z])[0-9a-f]{8,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"(?<![\w<])[+-]?\d+(?:[.,]\d+)*(?!\w)"), "<number>"),
    (re.compile(r"\s+"), " "),
]
NO_MESSAGE = "(no message)"


def pattern(message: str | None) -> tuple[str, str | None]:
    """The message with placeholders for what differs, and the tag that it names, if it names one.

    >>> pattern("The tag 'order.id' was not provided in the input data.")
    ("The tag '<tag>' was not provided in the input data.", 'order.id')
    >>> pattern("The part 'word/header1.xml' has 900000000 bytes; the limit is 134217728.")
    ("The part '<name>' has <number> bytes; the limit is <number>.", None)
    """
    if not isinstance(message, str) or not message.strip():
        return NO_MESSAGE, None
    tags: list[str] = []
    text = _QUOTED.sub(lambda found: _quoted(found, tags), message)
    text = _BRACES.sub(lambda found: _braced(found, tags), text)
    for what, instead in _REST:
        text = what.sub(instead, text)
    return text.strip(), tags[0] if tags else None


def _quoted(found: re.Match[str], tags: list[str]) -> str:
    inner = next((group for group in found.groups() if group is not None), "")
    opening, closing = found.group()[0], found.group()[-1]
    braced = _BRACES.fullmatch(inner)
    if braced or _OF_TAG.search(found.string[: found.start()]):
        tags.append(braced.group(1) if braced else inner)
        return f"{opening}<tag>{closing}"
    return f"{opening}<name>{closing}"


def _braced(found: re.Match[str], tags: list[str]) -> str:
    tags.append(found.group(1))
    return "{{<tag>}}"
