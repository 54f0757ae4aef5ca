"""One rendering: the data, the problems met so far, and the limits on work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from docgen_nb.template.language.ast import Path
from docgen_nb.template.language.expressions import Absent, Frame, Scope, Unsuitable
from docgen_nb.template.language.formatting import to_number
from docgen_nb.template.problems import Place, Problem, missing
from docgen_nb.template.render.relationships import Attachments
from docgen_nb.template.render.run_formatting import Spots

MAX_TURNS = 100_000  # of all loops of one document together
MAX_CHARACTERS = 64 * 1024 * 1024  # of the XML of one document
MAX_PRINTED = 80 * 1024 * 1024  # of long values: more, so that a loop around them stops first

Append = Callable[[str], None]
Operation = Callable[[Frame, Append, "Run"], None]  # what a compiled tag or block is


@dataclass(slots=True)
class Site:
    """One tag where it stands: as written, with braces, and its place if a file is known."""

    content: str
    scope: Scope
    place: Place | None = None
    spots: Spots | None = None
    number: int = -1


class Run:
    """Collects problems, each path's once, while a program runs over one row of data."""

    __slots__ = (
        "_identifier",
        "_known",
        "_measured",
        "_printed",
        "_size",
        "_turns",
        "attachments",
        "frame",
        "out",
        "problems",
    )

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
        self._known: set[tuple[str, str]] = set()
        self._turns = 0
        self._size = 0  # of the output as far as it was measured
        self._measured = 0
        self._printed = 0  # of long values
        self._identifier = highest_identifier
        self.attachments = Attachments(generation=generation)

    def report(self, problem: Problem, *, site: Site) -> None:
        """Keep a problem of a tag, unless the same is known of the same path."""
        key = (problem.code, problem.path or problem.message)
        if key not in self._known:
            self._known.add(key)
            self.problems.append(replace(problem, place=site.place, tag=site.content))

    def missing(self, path: Path, *, site: Site) -> None:
        """The data lacks a path."""
        self.report(missing(site.scope.dotted(path)), site=site)

    def unsuitable(self, path: Path | None, value: Any, *, wanted: str, site: Site) -> None:
        """The data has the path, but not the kind of value that the tag needs."""
        if path is None:
            message = f"The tag '{site.content}' computes {kind(value)}, where {wanted} is needed."
            self.report(Problem("wrong_type", message), site=site)
            return
        name = site.scope.dotted(path)
        message = f"The tag '{name}' is {kind(value)} in the input data, where {wanted} is needed."
        self.report(Problem("wrong_type", message, name), site=site)

    def cannot_compute(self, fault: Absent | Unsuitable | ArithmeticError, *, site: Site) -> None:
        """An operand is absent or no number, or the calculation has no result."""
        if isinstance(fault, Absent):
            self.missing(fault.path, site=site)
        elif isinstance(fault, Unsuitable):
            wanted = "a text or number" if isinstance(fault.value, dict | list) else "a number"
            self.unsuitable(fault.path, fault.value, wanted=wanted, site=site)
        else:
            message = f"The calculation '{site.content}' has no result for this input data."
            self.report(Problem("no_result", message), site=site)

    def next_identifier(self) -> int:
        """A number that no drawing of the document has yet."""
        self._identifier += 1
        return self._identifier

    def turns(self, values: list[Any], *, path: Path, site: Site) -> list[Any]:
        """The elements that a loop may still visit; all of them, unless the limit is near."""
        left = MAX_TURNS - self._turns
        self._turns += len(values)
        if len(values) <= left:
            return values
        name = site.scope.dotted(path)
        message = f"The loop over '{name}' was stopped: one document may have {MAX_TURNS} turns."
        self.report(Problem("too_large", message, name), site=site)
        return values[: max(left, 0)]

    def too_long(self, *, path: Path, site: Site) -> bool:
        """Whether the output has grown over the limit, as a loop asks now and then."""
        self._size += sum(map(len, self.out[self._measured :]))
        self._measured = len(self.out)
        if self._size <= MAX_CHARACTERS:
            return False
        name = site.scope.dotted(path)
        message = f"The loop over '{name}' was stopped: the document has grown over 64 MB."
        self.report(Problem("too_large", message, name), site=site)
        return True

    def admits(self, characters: int, *, site: Site) -> bool:
        """Whether so much text may still be printed, which each tag with a long value asks."""
        self._printed += characters
        if self._printed <= MAX_PRINTED:
            return True
        message = f"The tag '{site.content}' stays as written: the document has grown over 64 MB."
        self.report(Problem("too_large", message), site=site)
        return False


def kind(value: Any) -> str:
    """A JSON value's kind, as a person says it."""
    if isinstance(value, float | Decimal) and to_number(value) is None:
        return "no finite number"
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return f"of the type {type(value).__name__}"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (str, "a text"),
    (dict, "an object"),
    (list, "a list"),
    ((int, float, Decimal), "a number"),
)
