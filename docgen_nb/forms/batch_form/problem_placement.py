"""Which message stands where, what keeps a request from being sent, and the words at rest."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem

NEVER_SENT = ("no_json", "too_large")  # faults of the data that Box would refuse
NO_TEMPLATES = "There are no templates yet: upload a Word file as one."
READING = "Reading the tags of the template."


@dataclass(frozen=True)
class Placed:
    """Messages at inputs, by path; in the columns of tables; and the summary, with paths or ""."""

    at_inputs: dict[str, str]
    in_tables: dict[str, dict[str, str]]  # by the path of the table, then by column
    summary: list[tuple[str, str]]


def row_of(problem: Problem) -> tuple[int | None, str]:
    """Return the number of the document that a problem is in, and its path within the data.

    >>> row_of(Problem("missing", "No name.", "rows[2].to.name"))
    (2, 'to.name')
    """
    if not problem.path.startswith("rows["):
        return None, problem.path
    number, _, path = problem.path.removeprefix("rows[").partition("]")
    return int(number), path.removeprefix(".")


class Inputs(Protocol):
    """The paths that have an input, and what the inputs cannot read."""

    @property
    def paths(self) -> list[str]:
        """The paths that have an input."""
        ...

    @property
    def unread(self) -> dict[str, str]:
        """What was typed and is not of the kind that its field asks for, by path."""
        ...


def place(
    problems: Iterable[Problem], fields: Inputs, *, at: int, shown: Collection[str] | None
) -> Placed:
    """Return what to show where.

    `at` is the document that is seen, `shown` the paths that a person has touched (None: all are
    told).
    """
    inputs, unread = set(fields.paths), fields.unread
    found: dict[str, str] = dict(unread)
    summary: list[tuple[str, str]] = [(text, path) for path, text in unread.items()]
    in_tables: dict[str, dict[str, str]] = {}
    for problem in problems:
        number, path = row_of(problem)
        text, is_here = in_words(problem), number in (None, at)
        if is_here and (path in inputs or path == "file_name"):
            if shown is not None and path in inputs and path not in shown:
                continue
            if path not in found:
                found[path] = text
                summary.append((text, path))
        elif is_here and (table := _table_of(path, inputs)):
            if shown is None or table in shown:
                column = path.removeprefix(f"{table}.").partition(".")[0]
                in_tables.setdefault(table, {}).setdefault(column, text)
                summary.append((text, table))
        elif path != "template_id" and (number is None or number == at or shown is None):
            summary.append((text, ""))
    return Placed(found, in_tables, summary)


def _table_of(path: str, inputs: Collection[str]) -> str:
    """Return the input that a path is within, "" for none."""
    names = path.split(".")
    outer = (".".join(names[:count]) for count in range(len(names) - 1, 0, -1))
    return next((one for one in outer if one in inputs), "")


def in_words(problem: Problem) -> str:
    """Return a problem as a sentence, with what is near to it."""
    return f"{problem} (Near to it: {problem.nearest}.)" if problem.nearest else str(problem)


def may_be_missing(problem: Problem) -> bool:
    """Return whether a document can be made in spite of this: only data are missing."""
    in_data = problem.path.startswith("rows[") and problem.code not in NEVER_SENT
    return problem.severity == "error" and in_data


def obstacles_of(problems: Iterable[Problem], *, go_on: bool, is_read: bool) -> list[Problem]:
    """Return what keeps a request from being sent; what may be missing does not, if a person says.

    `is_read` is whether the tags of the template are known yet.
    """
    if not is_read:
        return [Problem("no_tags", READING, "template_id")]
    return [
        problem
        for problem in problems
        if problem.severity == "error" and not (go_on and may_be_missing(problem))
    ]


def before_data(request: BatchRequest, *, has_templates: bool) -> str:
    """Return what a person has to do before any data can be typed, "" if nothing."""
    if not has_templates:
        return NO_TEMPLATES
    if not request.template_id:
        return "Choose a template."
    return READING if request.tags is None else ""


def at_rest(obstacles: Iterable[Problem], *, at: int, count: int) -> str:
    """Return what is still needed, or that nothing is."""
    needed: dict[str, None] = {}
    others, has_more = set[int](), False
    for problem in obstacles:
        number, path = row_of(problem)
        if number == at and may_be_missing(problem):
            needed[path] = None
        elif number is not None and may_be_missing(problem):
            others.add(number)
        else:
            has_more = True
    words = [f"Still needed: {', '.join(needed)}."] if needed else []
    if others:
        noun = "document" if len(others) == 1 else "documents"
        words.append(
            f"{len(others)} other {noun} of {count} lack something, first document "
            f"{min(others) + 1}."
        )
    if has_more:
        words.append("Not to be sent like this: see above.")
    return " ".join(words) or "Ready to generate."
