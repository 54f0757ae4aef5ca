"""Tokens of a tag: names, numbers, quoted texts and symbols, each with its position."""

import re
from dataclasses import dataclass

# Word writes curly quotes, and Box's own pages print pairs that do not match.
_DOUBLE = '"\u201c\u201d\u201e\u201f'
_SINGLE = "'\u2018\u2019\u201a\u201b"
_BLANKS = re.compile("[\\s\u200b\u200c\u200d\u2060\ufeff]*")
# A text ends at the next quotation mark of the same kind, otherwise at the next of any kind.
_TOKEN = re.compile(
    rf"""
    (?P<number> [0-9]+ (?: \.[0-9]+ )? )
    | (?P<name> [\w$]+ )
    | (?P<text> [{_DOUBLE}] [^{_DOUBLE}]* [{_DOUBLE}]
              | [{_SINGLE}] [^{_SINGLE}]* [{_SINGLE}]
              | [{_DOUBLE}{_SINGLE}] [^{_DOUBLE}{_SINGLE}]* [{_DOUBLE}{_SINGLE}] )
    | (?P<symbol> :: | [=!<>]= | [()\[\].,+\-*/%<>] )
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


def tokenize(content: str) -> list[Token]:
    """Split the text between ``{{`` and ``}}`` into tokens.

    >>> [token.text for token in tokenize(" a.b :: format(\u201cdd-mm\u201d) ")]
    ['a', '.', 'b', '::', 'format', '(', 'dd-mm', ')', '']
    """
    tokens = []
    position = _after_blanks(content, 0)
    while position < len(content):
        match = _TOKEN.match(content, position)
        kind = match.lastgroup if match else None
        first = content[position]
        if match is None or kind is None or (kind == "name" and not _begins_name(first)):
            message = f"unexpected character {first!r}"
            if first in _DOUBLE + _SINGLE:
                message = "a quotation mark is not closed"
            raise TagSyntaxError(message, position=position)
        text = match[0][1:-1] if kind == "text" else match[0]
        tokens.append(Token(kind, text, position))
        position = _after_blanks(content, match.end())
    return [*tokens, Token("end", "", len(content))]


def _begins_name(character: str) -> bool:
    return character.isalpha() or character in "_$"


def _after_blanks(content: str, position: int) -> int:
    blanks = _BLANKS.match(content, position)
    return blanks.end() if blanks else position
