"""The pattern of a message: its text with placeholders for the parts that vary."""

import re

# Quoted text; an apostrophe within a word does not end it.
_QUOTED = re.compile(
    r"(?<!\w)'(.*?)'(?!\w)|\"(.*?)\"|`(.*?)`|“(.*?)”|‘(.*?)’(?!\w)|«(.*?)»",
)
_BRACES = re.compile(r"\{\{\s*(.*?)\s*\}\}")
# The words before the name of a tag; any other quoted text is a part, a format or a value.
_BEFORE_TAG = re.compile(r"\b(?:tags?|paths?|loop over|calculation|placeholder)\s*$", re.IGNORECASE)
_PLACEHOLDERS = [
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
    """Return the message with placeholders for the parts that vary, and the tag that it names.

    >>> pattern("The tag 'order.id' was not provided in the input data.")
    ("The tag '<tag>' was not provided in the input data.", 'order.id')
    >>> pattern("The part 'word/header1.xml' has 900000000 bytes; the limit is 134217728.")
    ("The part '<name>' has <number> bytes; the limit is <number>.", None)
    """
    if not isinstance(message, str) or not message.strip():
        return NO_MESSAGE, None
    tags: list[str] = []
    text = _QUOTED.sub(lambda match: _replace_quoted(match, tags), message)
    text = _BRACES.sub(lambda match: _replace_braces(match, tags), text)
    for expression, placeholder in _PLACEHOLDERS:
        text = expression.sub(placeholder, text)
    return text.strip(), tags[0] if tags else None


def _replace_quoted(match: re.Match[str], tags: list[str]) -> str:
    inner = next((group for group in match.groups() if group is not None), "")
    opening, closing = match.group()[0], match.group()[-1]
    braced = _BRACES.fullmatch(inner)
    if braced or _BEFORE_TAG.search(match.string[: match.start()]):
        tags.append(braced.group(1) if braced else inner)
        return f"{opening}<tag>{closing}"
    return f"{opening}<name>{closing}"


def _replace_braces(match: re.Match[str], tags: list[str]) -> str:
    tags.append(match.group(1))
    return "{{<tag>}}"
