"""Recursive descent parser for one tag, with limits on length and depth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from docgen_nb.template.language.ast import (
    Arithmetic,
    BareKeyword,
    Call,
    Comparison,
    Condition,
    Constant,
    Expression,
    If,
    Logic,
    Loop,
    Modifier,
    Modifiers,
    Negative,
    Path,
    Present,
    Tag,
    Truth,
    Value,
)
from docgen_nb.template.language.lexer import TagSyntaxError, Token, tokenize

MAX_LENGTH = 4000
MAX_DEPTH = 40
BARE_KEYWORDS = ("else", "endif", "endfor", "endtablerow")
# Number of arguments of each modifier.
MODIFIERS = {
    "optional": 0,
    "default": 1,
    "uppercase": 0,
    "lowercase": 0,
    "format": 1,
    "delimiter": 1,
    "lastdelimiter": 1,
}
FUNCTIONS = (  # with one argument; `$round` may have a second
    *("$sum", "$average", "$min", "$max", "$count"),
    *("$round", "$abs", "$floor", "$ceil", "$number", "$string"),
)
_COMPARISONS = ("==", "!=", ">=", "<=", ">", "<")
_CONSTANTS = {"true": True, "false": False, "null": None}
Argument = TypeVar("Argument", str, Expression)


@lru_cache(maxsize=4096)
def parse(content: str) -> Tag:
    """Parse the text between ``{{`` and ``}}``.

    >>> parse(" invoice.id :: uppercase ")
    Value(expression=Path(steps=('invoice', 'id')), modifiers=(Modifier(name='uppercase', arguments=()),))

    Raises
    ------
    TagSyntaxError
        If the text is not a tag of the language; the message is a clause that says why.
    """  # noqa: E501
    if len(content) > MAX_LENGTH:
        raise TagSyntaxError(f"it has more than {MAX_LENGTH} characters", position=MAX_LENGTH)
    return _plain_path(content) or _Parser(tokenize(content)).tag()


def _plain_path(content: str) -> Value | None:
    """Return a tag that is only a dotted path, as most tags are, without tokenizing it."""
    names = content.strip().split(".")
    if len(names) > MAX_DEPTH:
        return None  # the parser reports it
    if len(names) == 1 and (names[0] in _KEYWORDS or names[0] in _CONSTANTS):
        return None
    is_plain = content.isascii() and all(map(str.isidentifier, names))
    return Value(Path(tuple(names)), ()) if is_plain else None


_KEYWORDS = (*BARE_KEYWORDS, "if", "elseif", "for", "tablerow")


class _Parser:
    """One pass over the tokens of a tag; each method reads one construct."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def tag(self) -> Tag:
        tag = self._control() or Value(self._sum(), self._modifiers())
        if self._peek().kind != "end":
            raise self._unexpected()
        return tag

    def _control(self) -> Tag | None:
        word, after = self._peek(), self._peek(1)
        if word.kind != "name" or after.text in ("::", "."):
            return None
        if word.text in BARE_KEYWORDS and after.kind == "end":
            return BareKeyword(self._take().text)
        if word.text in ("if", "elseif"):
            return If(self._take().text, self._condition())
        if word.text in ("for", "tablerow"):
            return self._loop(self._take().text)
        return None

    def _loop(self, keyword: str) -> Loop:
        alias = self._name("a name for the element")
        if self._peek().text != "in":
            raise self._error(f"expected 'in' after '{keyword} {alias}'")
        self._take()
        path = self._path()
        start = self._peek(1)
        modifiers = self._modifiers()
        if any(one.name != "optional" for one in modifiers):
            message = f"'{keyword}' accepts only the modifier 'optional'"
            raise TagSyntaxError(message, position=start.position)
        return Loop(keyword, alias, path, modifiers)

    # Modifiers

    def _modifiers(self) -> Modifiers:
        modifiers: list[Modifier] = []
        while self._peek().text == "::" or (modifiers and self._is_next(",")):
            self._take()
            modifiers.append(self._modifier())
        return tuple(modifiers)

    def _modifier(self) -> Modifier:
        start = self._peek()
        name = self._name("a modifier")
        if name not in MODIFIERS:
            known = ", ".join(MODIFIERS)
            message = f"unknown modifier '{name}' (known: {known})"
            raise TagSyntaxError(message, position=start.position)
        arguments = self._arguments(self._text) if self._is_next("(") else ()
        if len(arguments) != MODIFIERS[name]:
            wanted = ("no arguments", "one argument")[MODIFIERS[name]]
            raise TagSyntaxError(f"'{name}' takes {wanted}", position=start.position)
        return Modifier(name, arguments)

    def _text(self) -> str:
        if self._peek().kind not in ("text", "number"):
            raise self._error("arguments must be in quotation marks")
        return self._take().text

    def _arguments(self, read: Callable[[], Argument]) -> tuple[Argument, ...]:
        """Return what is in the parentheses that follow, separated by commas."""
        self._take()
        arguments: list[Argument] = []
        while not self._is_next(")"):
            if arguments:
                self._expect(")" if self._peek().kind == "end" else ",")
            arguments.append(read())
        self._take()
        return tuple(arguments)

    # Conditions: or, and, comparison

    def _condition(self) -> Condition:
        return self._joined("or")

    def _joined(self, operator: str) -> Condition:
        deeper = operator == "or"
        terms = [self._joined("and") if deeper else self._term()]
        while self._peek().kind == "name" and self._peek().text == operator:
            self._take()
            terms.append(self._joined("and") if deeper else self._term())
        return terms[0] if len(terms) == 1 else Logic(operator, tuple(terms))

    def _term(self) -> Condition:
        if self._is_next("(") and self._holds_condition():
            self._take()
            with self._nested():
                condition = self._condition()
            self._expect(")")
            return condition
        left = self._operand()
        if self._peek().kind == "symbol" and self._peek().text in _COMPARISONS:
            return Comparison(self._take().text, left, self._operand())
        if isinstance(left, Path) and self._peek().text == "isPresent":
            self._take()
            return Present(left)
        return Truth(left)

    def _holds_condition(self) -> bool:
        """Return whether the next parentheses contain a condition rather than a calculation."""
        depth = 0
        for index in range(self._next, len(self._tokens)):
            token = self._tokens[index]
            if token.kind == "symbol":
                depth += (token.text == "(") - (token.text == ")")
                if depth == 0:
                    after = self._tokens[index + 1]
                    return after.kind != "symbol" or after.text == ")"
        return False

    def _operand(self) -> Expression:
        token, after = self._peek(), self._peek(1)
        if token.kind == "name" and token.text in _CONSTANTS and after.text != ".":
            return Constant(_CONSTANTS[self._take().text])
        if token.kind == "text":
            return Constant(self._take().text)
        return self._sum()

    # Calculations: sum, product, factor

    def _sum(self) -> Expression:
        left = self._product()
        while self._is_next("+") or self._is_next("-"):
            left = Arithmetic(self._take().text, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._factor()
        while self._is_next("*") or self._is_next("/") or self._is_next("%"):
            left = Arithmetic(self._take().text, left, self._factor())
        return left

    def _factor(self) -> Expression:
        if self._is_next("-"):
            self._take()
            with self._nested():
                return Negative(self._factor())
        if self._is_next("("):
            self._take()
            with self._nested():
                inner = self._sum()
            self._expect(")")
            return inner
        token = self._peek()
        if token.kind == "number":
            return Constant(Decimal(self._take().text))
        if token.kind == "name" and token.text.startswith("$") and self._peek(1).text == "(":
            return self._call()
        return self._path()

    def _call(self) -> Call:
        start = self._take()
        if start.text not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            message = f"unknown function '{start.text}' (known: {known})"
            raise TagSyntaxError(message, position=start.position)
        with self._nested():
            arguments = self._arguments(self._operand)
        most, wanted = 1, "one argument"
        if start.text == "$round":
            most, wanted = 2, "one or two arguments"
        if not 1 <= len(arguments) <= most:
            raise TagSyntaxError(f"'{start.text}' takes {wanted}", position=start.position)
        return Call(start.text, arguments)

    def _path(self) -> Path:
        steps: list[str | int] = [self._name("a name")]
        while True:
            if len(steps) > MAX_DEPTH:
                raise self._error(f"more than {MAX_DEPTH} levels")
            if self._is_next("."):
                self._take()
                steps.append(self._name("a name"))
            elif self._is_next("["):
                self._take()
                steps.append(self._index())
                self._expect("]")
            else:
                return Path(tuple(steps))

    def _index(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdecimal() or len(token.text) > 9:
            raise TagSyntaxError("a list position must be a whole number", position=token.position)
        return int(token.text)

    # Tokens

    def _peek(self, ahead: int = 0) -> Token:
        place = self._next + ahead
        return self._tokens[place] if place < len(self._tokens) else self._tokens[-1]

    def _take(self) -> Token:
        token = self._peek()
        self._next += 1
        return token

    def _is_next(self, text: str) -> bool:
        token = self._peek()
        return token.kind == "symbol" and token.text == text

    def _expect(self, text: str) -> None:
        if not self._is_next(text):
            raise self._error(f"expected '{text}'")
        self._take()

    def _name(self, wanted: str) -> str:
        if self._peek().kind != "name":
            raise self._error(f"{wanted} is missing")
        return self._take().text

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} levels")
        yield
        self._depth -= 1

    def _unexpected(self) -> TagSyntaxError:
        text = self._peek().text
        if self._next and self._tokens[self._next - 1].kind == self._peek().kind == "name":
            before = self._tokens[self._next - 1].text
            return self._error(f"names can't contain spaces ('{before} {text}')")
        return self._error(f"unexpected '{text}'")

    def _error(self, message: str) -> TagSyntaxError:
        return TagSyntaxError(message, position=self._peek().position)
