"""Tokens of a tag: names, numbers, quoted texts and symbols, each with its position."""

import re
from dataclasses import dataclass

# Word writes curly quotes, and Box's own pages print pairs that do not match.
_DOUBLE = '"\u201c\u201d\u201e\u201f'
_SINGLE = "'\u2018\u2019\u201a\u201b"
# A text ends at the next quotation mark of the same kind, otherwise at the next of any kind.
_TOKEN = re.compile(
    rf"""
    [\s\u200b\u200c\u200d\u2060\ufeff]*
    (?: (?P<number> [0-9]+ (?: \.[0-9]+ )? )
    | (?P<name> [\w$]+ )
    | (?P<text> [{_DOUBLE}] [^{_DOUBLE}]* [{_DOUBLE}]
              | [{_SINGLE}] [^{_SINGLE}]* [{_SINGLE}]
              | [{_DOUBLE}{_SINGLE}] [^{_DOUBLE}{_SINGLE}]* [{_DOUBLE}{_SINGLE}] )
    | (?P<symbol> :: | [=!<>]= | [()\[\].,+\-*/%<>] )
    | (?P<end> \Z )
    | (?P<unknown> . ) )
    """,
    re.VERBOSE,
)


class TagSyntaxError(ValueError):
    """A tag that does not follow the grammar; ``position`` counts from 0 after the ``{{``."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a tag: a name, number, text or symbol, or the end."""

    kind: str
    text: str
    position: int


def is_single_quote(character: str) -> bool:
    """Return whether a text begins with a single quotation mark."""
    return character in _SINGLE


def tokenize(content: str) -> list[Token]:
    """Split the text between ``{{`` and ``}}`` into tokens.

    >>> [token.text for token in tokenize(" a.b :: format(\u201cdd-mm\u201d) ")]
    ['a', '.', 'b', '::', 'format', '(', 'dd-mm', ')', '']
    """
    tokens = []
    for match in _TOKEN.finditer(content):
        kind = str(match.lastgroup)
        text, position = match[kind], match.start(kind)
        if kind == "unknown" or (kind == "name" and not (text[0].isalpha() or text[0] in "_$")):
            message = f"unexpected character {text[0]!r}"
            if text in _DOUBLE + _SINGLE:
                message = "a quotation mark is not closed"
            raise TagSyntaxError(message, position=position)
        tokens.append(Token(kind, text[1:-1] if kind == "text" else text, position))
        if kind == "end":  # with blanks before it, it would be found once more
            break
    return tokens
