"""Tokens of a tag: names, numbers, quoted texts and symbols, each with its position."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "number", "text", "symbol", "end"]

# Word writes curly quotes, and Box's own pages print pairs that do not match.
DOUBLE_QUOTES = '"\u201c\u201d\u201e\u201f'
SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
_TWO_CHARACTER_SYMBOLS = ("::", "==", "!=", ">=", "<=")
_SYMBOLS = "()[].,+-*/%<>"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


class TagSyntaxError(ValueError):
    """A tag that does not follow the grammar; ``position`` counts from 0 after the ``{{``."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a tag."""

    kind: Kind
    text: str
    position: int


def tokenize(content: str) -> list[Token]:
    """Split the text between ``{{`` and ``}}`` into tokens.

    >>> [token.text for token in tokenize(" a.b :: format(\u201cdd-mm\u201d) ")]
    ['a', '.', 'b', '::', 'format', '(', 'dd-mm', ')', '']
    """
    tokens = []
    position = _skip_blanks(content, 0)
    while position < len(content):
        token, end = _token(content, position)
        tokens.append(token)
        position = _skip_blanks(content, end)
    tokens.append(Token("end", "", len(content)))
    return tokens


def _skip_blanks(content: str, position: int) -> int:
    while position < len(content) and _is_blank(content[position]):
        position += 1
    return position


def _is_blank(character: str) -> bool:
    return character.isspace() or character in _INVISIBLE


def _token(content: str, start: int) -> tuple[Token, int]:
    character = content[start]
    if character.isalpha() or character in "_$":
        end = _end_of_name(content, start)
        return Token("name", content[start:end], start), end
    if character in "0123456789":
        end = _end_of_number(content, start)
        return Token("number", content[start:end], start), end
    if character in DOUBLE_QUOTES or character in SINGLE_QUOTES:
        end = _end_of_text(content, start)
        return Token("text", content[start + 1 : end], start), end + 1
    if content[start : start + 2] in _TWO_CHARACTER_SYMBOLS:
        return Token("symbol", content[start : start + 2], start), start + 2
    if character in _SYMBOLS:
        return Token("symbol", character, start), start + 1
    raise TagSyntaxError(f"unexpected character {character!r}", position=start)


def _end_of_name(content: str, start: int) -> int:
    end = start + 1
    while end < len(content) and (content[end].isalnum() or content[end] in "_$"):
        end += 1
    return end


def _end_of_number(content: str, start: int) -> int:
    end = _end_of_digits(content, start)
    fraction_end = _end_of_digits(content, end + 1)
    return fraction_end if content[end : end + 1] == "." and fraction_end > end + 1 else end


def _end_of_digits(content: str, start: int) -> int:
    end = start
    while end < len(content) and content[end] in "0123456789":
        end += 1
    return end


def _end_of_text(content: str, start: int) -> int:
    """Return the position of the closing quote: the next of the same kind, else of any kind."""
    own = DOUBLE_QUOTES if content[start] in DOUBLE_QUOTES else SINGLE_QUOTES
    for quotes in (own, DOUBLE_QUOTES + SINGLE_QUOTES):
        for end in range(start + 1, len(content)):
            if content[end] in quotes:
                return end
    raise TagSyntaxError("a quotation mark is not closed", position=start)
