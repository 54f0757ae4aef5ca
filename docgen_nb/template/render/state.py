"""State of one rendering: the data, the problems so far, and the limits on work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from docgen_nb.template.language.ast import Path
from docgen_nb.template.language.expressions import Frame, MissingValue, Scope, WrongType
from docgen_nb.template.language.formatting import read_date, to_number
from docgen_nb.template.problems import Place, Problem, missing
from docgen_nb.template.render.relationships import NewRelationships
from docgen_nb.template.render.run_formatting import PartFormatting

MAX_ITERATIONS = 100_000  # of all loops of one document
MAX_CHARACTERS = 64 * 1024 * 1024  # of the XML of one document
MAX_PRINTED = 80 * 1024 * 1024  # of long values: higher, so that a loop around them stops first

Append = Callable[[str], None]
Operation = Callable[[Frame, Append, "RenderState"], None]  # a compiled tag or block


@dataclass(slots=True)
class TagContext:
    """A tag as written, with its scope and, if it comes from a file, its place and formatting."""

    content: str
    scope: Scope
    place: Place | None = None
    formatting: PartFormatting | None = None
    number: int = -1


class RenderState:
    """The output and the problems, one per path, while compiled parts run over one row of data."""

    def __init__(
        self,
        user_input: Mapping[str, Any],
        *,
        slots: int,
        highest_identifier: int = 0,
        generation: int = 1,
    ) -> None:
        self.frame: list[Any] = [user_input] + [None] * slots
        self.out: list[str] = []
        self.problems: list[Problem] = []
        self._reported: set[tuple[str, str]] = set()
        self._iterations = 0
        self._size = 0  # of the output that has been measured
        self._measured = 0
        self._printed = 0  # characters of long values
        self._identifier = highest_identifier
        self.identifiers: dict[str, int] = {}  # the last one of each key
        self.relationships = NewRelationships(generation=generation)

    def report(self, problem: Problem, *, context: TagContext) -> None:
        """Add a problem of a tag, unless the same is reported for the same path."""
        key = (problem.code, problem.path or problem.message)
        if key not in self._reported:
            self._reported.add(key)
            self.problems.append(replace(problem, place=context.place, tag=context.content))

    def missing(self, path: Path, *, context: TagContext) -> None:
        """Report that the data lacks a path, or that a list stands before its last name."""
        name = context.scope.dotted(path)
        before = self._list_before(path, context.scope)
        if before is None:
            self.report(missing(name), context=context)
            return
        list_name = context.scope.dotted(before)
        message = (
            f"The tag '{name}' has no value, because '{list_name}' is a list. Print its elements "
            f"in a loop, such as {{{{for item in {list_name}}}}}."
        )
        self.report(Problem("list_before_name", message, name), context=context)

    def _list_before(self, path: Path, scope: Scope) -> Path | None:
        """Return the part of a path whose value is a list, although a name follows it."""
        start = 1 if path.steps[0] in scope.slots else 0
        value = self.frame[scope.slots.get(str(path.steps[0]), 0)]
        for count, step in enumerate(path.steps[start:], start):
            if isinstance(value, list) and isinstance(step, str) and count:
                return Path(path.steps[:count])
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return None

    def wrong_type(
        self, path: Path | None, value: Any, *, needed: str, context: TagContext
    ) -> None:
        """Report a value that is not of the type that the tag needs."""
        name = "" if path is None else context.scope.dotted(path)
        actual = f"its {'value' if name else 'result'} is {describe_type(value)}"
        message = f"The tag '{name or context.content}' needs {needed}, but {actual}."
        self.report(Problem("wrong_type", message, name), context=context)

    def cannot_compute(
        self, error: MissingValue | WrongType | ArithmeticError, *, context: TagContext
    ) -> None:
        """Report an operand that is absent or not a number, or a calculation without a result."""
        if isinstance(error, MissingValue):
            self.missing(error.path, context=context)
        elif isinstance(error, WrongType):
            needed = "a text or number" if isinstance(error.value, dict | list) else "a number"
            self.wrong_type(error.path, error.value, needed=needed, context=context)
        else:
            message = f"The calculation '{context.content}' has no result for this input data."
            self.report(Problem("no_result", message), context=context)

    def replaced_characters(self, name: str, *, context: TagContext) -> None:
        """Report a value with characters that a document cannot contain."""
        message = (
            f"The tag '{name}' has control characters that a Word document can't contain; "
            "each is printed as \ufffd."
        )
        problem = Problem("replaced_characters", message, name, severity="warning")
        self.report(problem, context=context)

    def ambiguous_date(self, name: str, value: str, *, context: TagContext) -> None:
        """Report a date that may have the day or the month first."""
        date = read_date(value)
        message = (
            f"The tag '{name}' has the date '{value}', which is read with the day first, as {date}."
            f" Write it as {date}."
        )
        self.report(Problem("ambiguous_date", message, name, severity="warning"), context=context)

    def next_identifier(self, key: str = "") -> int:
        """Return an identifier that is not in the document yet; `key` is to find it again."""
        self._identifier += 1
        self.identifiers[key] = self._identifier
        return self._identifier

    def iterate(self, values: list[Any], *, path: Path, context: TagContext) -> list[Any]:
        """Return the elements that a loop may visit: all, unless the limit is reached."""
        left = MAX_ITERATIONS - self._iterations
        self._iterations += len(values)
        if len(values) <= left:
            return values
        limit = f"a document can have at most {MAX_ITERATIONS:,} loop iterations"
        self._stop_loop(limit, path=path, context=context)
        return values[: max(left, 0)]

    def is_too_long(self, *, path: Path, context: TagContext) -> bool:
        """Return whether the output exceeds the limit; loops check it from time to time."""
        self._size += sum(map(len, self.out[self._measured :]))
        self._measured = len(self.out)
        if self._size <= MAX_CHARACTERS:
            return False
        self._stop_loop("the document is larger than 64 MB", path=path, context=context)
        return True

    def _stop_loop(self, reason: str, *, path: Path, context: TagContext) -> None:
        name = context.scope.dotted(path)
        message = f"The loop over '{name}' was stopped: {reason}."
        self.report(Problem("too_large", message, name), context=context)

    def can_print(self, characters: int, *, context: TagContext) -> bool:
        """Return whether so many more characters may be printed; tags with long values check it."""
        self._printed += characters
        if self._printed <= MAX_PRINTED:
            return True
        message = (
            f"The tag '{context.content}' was left as written: the document is larger than 64 MB."
        )
        self.report(Problem("too_large", message), context=context)
        return False


def describe_type(value: Any) -> str:
    """Return the type of a JSON value in plain words."""
    if isinstance(value, float | Decimal) and to_number(value) is None:
        return "not a finite number"
    for types, name in _TYPES:
        if isinstance(value, types):
            return name
    return f"of type {type(value).__name__}"


_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (str, "a text"),
    (dict, "an object"),
    (list, "a list"),
    ((int, float, Decimal), "a number"),
)
