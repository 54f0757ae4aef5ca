"""Tags that print a path as it is, which most tags do: neighbours are written in one go."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from docgen_nb.template.language.expressions import Frame
from docgen_nb.template.render.state import Append, Operation, Run

SHORT = 40  # no picture fits in a text of this length
_SMALL = 1 << 60  # a larger number may have more digits than Python prints at once
_AT_ONCE = 8  # fields in one function


Holder = tuple[int, tuple[str, ...]]  # an object: its slot in the frame, or names from there


@dataclass(slots=True)
class Field:
    """A name of an object, and what to write for a value that is no short plain text."""

    holder: Holder
    name: str
    instead: Callable[[Any, Run], str]

    def __call__(self, frame: Frame, append: Append, run: Run) -> None:
        """Write this field alone."""
        _fields(self.holder, [("", self)], "")(frame, append, run)


Pairs = tuple[tuple[str, Operation], ...]  # each with the text before it


def joined_fields(pairs: Iterable[tuple[str, Operation]], last: str) -> tuple[Pairs, str]:
    """The same operations and last text, neighbouring fields of one object as one operation."""
    groups = list(_groups(pairs))
    if not groups or groups[-1][0] is None:
        end = ""
    else:
        last, end = "", last
    joined: list[tuple[str, Operation]] = []
    for position, (holder, lines) in enumerate(groups, 1):
        if holder is None:
            joined += lines
        else:
            joined.append(("", _fields(holder, lines, end if position == len(groups) else "")))
    return tuple(joined), last


def _groups(
    pairs: Iterable[tuple[str, Operation]],
) -> Iterator[tuple[Holder | None, list[tuple[str, Any]]]]:
    """Neighbouring fields of one object, at most so many, and what is no field."""
    for holder, together in groupby(pairs, key=_holder_of):
        lines = list(together)
        for start in range(0, len(lines), _AT_ONCE):
            yield holder, lines[start : start + _AT_ONCE]


def _holder_of(pair: tuple[str, Operation]) -> Holder | None:
    return pair[1].holder if isinstance(pair[1], Field) else None


def _fields(of: Holder, found: list[tuple[str, Field]], end: str) -> Operation:
    slot, steps = of
    texts = [text for text, _ in found]
    names = [field.name for _, field in found]
    insteads = [field.instead for _, field in found]
    make = _maker(len(found), len(steps))
    return make(slot, _values_one_by_one, end, *steps, *texts, *names, *insteads)  # type: ignore[no-any-return]


def _values_one_by_one(holder: Any, *names: str) -> list[Any]:
    """The values of an object that lacks some of the names, or is none: None for each of those."""
    return [_value(holder, name) for name in names]


def _value(holder: Any, name: str) -> Any:
    try:
        return holder[name]
    except (KeyError, TypeError):  # absent, or a name on what is no object
        return None


# Rows of a table are where a rendering spends its time, and there Python's own steps (a turn of a
# loop, a name of a tuple, a call) cost more than the work. So the function for so many fields is
# generated with each field's steps written out: a quarter less time for five columns. The
# source holds nothing but numbered names: what is from a template is handed over as arguments,
# and kept as defaults, since a variable from around a function is an object of its own.

_SOURCE = """\
def make(slot, one_by_one, end, {parameters}):
    def write(frame, append, run, slot=slot, one_by_one=one_by_one, end=end, {defaults}):
        try:
            holder = frame[slot]{steps}
        except (KeyError, TypeError):
            holder = None
        try:
            {lookups}
        except (KeyError, TypeError):
            {values} = one_by_one(holder, {names})
{checks}
        append(f"{line}{{end}}")
    return write
"""

# What `escaping.is_plain` asks is asked here: a call costs more than the answer.
_CHECK = f"""\
        if value@.__class__ is str:
            if not (
                len(value@) <= {SHORT}
                and value@.isprintable()
                and "<" not in value@
                and "&" not in value@
                and ">" not in value@
            ):
                value@ = instead@(value@, run)
        elif not (value@.__class__ is int and {-_SMALL} < value@ < {_SMALL}):
            value@ = instead@(value@, run)"""


@lru_cache(maxsize=64)
def _maker(fields: int, steps: int) -> Callable[..., Any]:
    """A function that makes an operation for so many fields of an object so many names deep."""
    numbers = range(fields)
    parameters = [f"step{number}" for number in range(steps)]
    parameters += [f"{what}{number}" for what in ("text", "name", "instead") for number in numbers]
    source = _SOURCE.format(
        parameters=", ".join(parameters),
        defaults=", ".join(f"{name}={name}" for name in parameters),
        steps="".join(f"[step{number}]" for number in range(steps)),
        lookups="; ".join(f"value{number} = holder[name{number}]" for number in numbers),
        values="".join(f"value{number}, " for number in numbers),
        names=", ".join(f"name{number}" for number in numbers),
        checks="\n".join(_CHECK.replace("@", str(number)) for number in numbers),
        line="".join(f"{{text{number}}}{{value{number}}}" for number in numbers),
    )
    made: dict[str, Any] = {}
    exec(compile(source, f"<{fields} fields, {steps} steps>", "exec"), made)  # noqa: S102
    return made["make"]  # type: ignore[no-any-return]
