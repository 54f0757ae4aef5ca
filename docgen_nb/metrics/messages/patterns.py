"""The pattern of a message: its text with placeholders for the parts that vary.

What tells two reasons apart is kept: words, also in quotes, names of errors, and what follows
"error", "HTTP", "code", "status" or "signal". Names, numbers and the like are replaced.
"""

import re
from collections.abc import Callable, Iterable

from docgen_nb.metrics.messages import parts

NO_MESSAGE = "(no message)"
_LONGEST = 2_000  # characters that are looked at
# A kept part is replaced by one character of this range while the rest is looked at.
_FIRST = 0xE000
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")


def pattern(message: str | None) -> tuple[str, str | None]:
    """Return the message with placeholders for the parts that vary, and the tag that it names.

    The tags of a list are given in the order of their names, so that ``{a,c}`` and ``{c,a}`` are
    one.

    >>> pattern("The tag 'order.id' was not provided in the input data.")
    ("The tag '<tag>' was not provided in the input data.", 'order.id')
    >>> pattern("Job 7 may not 'upload' to /Contracts/2026: HTTP 403 after 60s")
    ("Job <number> may not 'upload' to <name>: HTTP 403 after <number>", None)
    """
    if not isinstance(message, str) or not message.strip():
        return NO_MESSAGE, None
    text = _Text(_PRIVATE.sub(" ", message[:_LONGEST]))
    text.replace(parts.DOUBLE_BRACES, text.braces)
    text.replace(parts.QUOTED, text.quoted)
    text.apply(parts.KEPT)
    text.replace(parts.AFTER_TAG, text.after_tag)
    text.replace(parts.BRACKETS, text.brackets)
    text.apply(parts.NAMES)
    text.replace(parts.PATHS, text.paths)
    text.apply(parts.NUMBERS)
    return text.restored().strip(), text.tags[0] if text.tags else None


class _Text:
    """A message while its parts are replaced; its methods return what stands for a match."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._kept: list[str] = []
        self.tags: list[str] = []

    def replace(
        self, expression: re.Pattern[str], by: str | Callable[[re.Match[str]], str]
    ) -> None:
        self._text = expression.sub(by, self._text)

    def apply(self, rules: Iterable[parts.Rule]) -> None:
        for needs, expression, by in rules:
            if needs.search(self._text):
                self._text = expression.sub(by or self.keep, self._text)

    def restored(self) -> str:
        """Return the text with the parts that were kept, which may contain others."""
        text = self._text
        while _PRIVATE.search(text):
            text = _PRIVATE.sub(lambda match: self._kept[ord(match.group()) - _FIRST], text)
        return text

    def keep(self, match: re.Match[str]) -> str:
        self._kept.append(match.group())
        return chr(_FIRST + len(self._kept) - 1)

    def braces(self, match: re.Match[str]) -> str:
        self.tags.append(match[1])
        return "{{<tag>}}"

    def quoted(self, match: re.Match[str]) -> str:
        """Replace a text in quotes, or a list of them, unless it is a word that is no name."""
        texts = [item[1:-1] for item in parts.QUOTED_ITEM.findall(match.group())]
        opening, closing = match.group()[0], match.group()[-1]
        before = match.string[: match.start()]
        if "{{<tag>}}" in texts or parts.BEFORE_TAG.search(before):
            self._add(texts)
            return f"{opening}<tag>{closing}"
        is_name = parts.BEFORE_NAME.search(before) or parts.AFTER_NAME.match(
            match.string, match.end()
        )
        if all(map(parts.WORD.fullmatch, texts)) and not is_name:
            return self.keep(match)
        return f"{opening}<name>{closing}"

    def after_tag(self, match: re.Match[str]) -> str:
        self._add(re.split(parts.AND, match[3] or match[5]))
        return f"{match[1]}{match[2] or match[4]}<tag>"

    def brackets(self, match: re.Match[str]) -> str:
        self._add(re.split(r"\s*,\s*", match[2]))
        return f"{match[1]}<tag>{match[3]}"

    def paths(self, match: re.Match[str]) -> str:
        self._add(re.split(parts.AND, match.group()))
        return "<tag>"

    def _add(self, names: list[str]) -> None:
        """Add the tags that are named together, in the order of their names."""
        real = sorted({name for name in names if name != "{{<tag>}}"})
        if real:
            self.tags.append(", ".join(real))
