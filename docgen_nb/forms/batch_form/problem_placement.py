"""Where each problem is shown, how problems are summed up, and which of them prevent sending."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from docgen_nb.forms.data_paths import full_label_of, label_of
from docgen_nb.forms.display import in_documents
from docgen_nb.forms.fields.field_box import FieldBox
from docgen_nb.schema.field import outer_paths
from docgen_nb.template import Problem

NEVER_SENT = ("no_json", "too_large")  # data that Box would reject
TEXTS = {"missing": "{} is required.", "unused": "{} is not used by the template."}
# By code: the cause as a heading, and what is wrong, in words that follow the label of a field.
CAUSES = {
    "missing": ("Missing", "is empty"),
    "ambiguous_date": ("Date to confirm", "can be read with the day or the month first"),
    "not_a_date": ("Not a date", "is not a date such as 2026-03-31"),
    "not_a_number": ("Not a number", "is not a number such as 1234.5"),
    "no_json": ("Can't be sent", ""),
    "too_large": ("Too large", ""),
    "file_name": ("File name", ""),
    "name_unfilled": ("File name", ""),
    "same_name": ("File name", ""),
    "unused": ("Not used", "is not used by the template"),
}
ORDER = (  # other causes stand between these and what is not used
    *("Can't be sent", "Too large", "File name", "Missing", "Date to confirm", "Number to confirm"),
    *("Not a date", "Not a number"),
)
WRONG = ("ambiguous_date", "not_a_date", "not_a_number")  # warnings for which a person is asked


@dataclass(frozen=True)
class Placement:
    """Messages at inputs, by path, and in the columns of tables."""

    at_inputs: dict[str, str]
    in_tables: dict[str, dict[str, str]]  # by the path of the table, then by column


@dataclass(frozen=True)
class Issue:
    """What is wrong with one field in one way, in all documents.

    Attributes
    ----------
    cause, label, text : str
        Heading, label of the field ("" for none), and what is wrong.
    path : str
        Path of the input that the problem is shown at, "" for none.
    index : int or None
        The first document with the problem; None if it is in no document's data.
    indexes : tuple of int
        The documents that have it; none for the one that is shown.
    blocks : bool
        Whether it prevents sending.
    is_gap : bool
        Whether documents can be made in spite of it.
    """

    cause: str
    label: str
    text: str
    path: str
    index: int | None
    indexes: tuple[int, ...]
    blocks: bool
    is_gap: bool
    is_everywhere: bool = False  # in all documents
    can_fill: bool = False  # whether one value for all of them is what is missing


def split_path(problem: Problem) -> tuple[int | None, str]:
    """Return the index of the document that a problem is in, and its path within the data.

    >>> split_path(Problem("missing", "No name.", "rows[2].to.name"))
    (2, 'to.name')
    """
    if not problem.path.startswith("rows["):
        return None, problem.path
    number, _, path = problem.path.removeprefix("rows[").partition("]")
    return int(number), path.removeprefix(".")


def place(
    problems: Iterable[Problem],
    inputs: FieldBox,
    *,
    unreadable: Mapping[str, str],
    index: int,
    touched: Collection[str] | None,
) -> Placement:
    """Return where to show which message of the document with an index.

    `unreadable` has the messages of inputs about their text, by path.
    `touched` has the paths of the inputs that a person has left; problems of other inputs are left
    out. None shows all.
    """
    paths = {*inputs.paths, "file_name"}
    placement = Placement(
        {path: text for path, text in unreadable.items() if touched is None or path in touched},
        {},
    )
    for problem in problems:
        number, path = split_path(problem)
        input_path = _input_of(path, paths) if number in (None, index) else ""
        if input_path and (touched is None or input_path in touched or input_path == "file_name"):
            _add(placement, problem, path, input_path)
    return placement


def _add(placement: Placement, problem: Problem, path: str, input_path: str) -> None:
    """Add the message of an input: at the input, or in a column if the input is a table."""
    short = message_of(problem, name=label_of(path))
    if path != input_path:
        column = path.removeprefix(f"{input_path}.").partition(".")[0]
        placement.in_tables.setdefault(input_path, {}).setdefault(column, short)
    else:
        placement.at_inputs.setdefault(path, short)  # one message for each input


def _input_of(path: str, inputs: Collection[str]) -> str:
    """Return the path of the input that contains a path, "" for none."""
    return next((outer for outer in reversed(outer_paths(path)) if outer in inputs), "")


def message_of(problem: Problem, *, name: str = "") -> str:
    """Return the message of a problem; `name` replaces the path.

    >>> message_of(Problem("missing", "", "rows[1].to.name"), name="Name")
    'Name is required.'
    """
    text = str(problem)
    if problem.code in TEXTS:
        text = TEXTS[problem.code].format(name or split_path(problem)[1])
    return f"{text} Similar name: {problem.nearest}." if problem.nearest else text


def issues_of(
    problems: Iterable[Problem],
    inputs: FieldBox,
    *,
    unreadable: Mapping[str, str],
    index: int,
    count: int,
) -> list[Issue]:
    """Return the problems of all documents, one for each field and cause.

    Parameters
    ----------
    unreadable : mapping
        The messages of inputs about their text, by path.
    index, count : int
        Which document is shown, and how many there are.
    """
    issues = [_unreadable(path, text, inputs, index=index) for path, text in unreadable.items()]
    groups: dict[tuple[str, str], list[tuple[int | None, Problem]]] = {}
    for problem in problems:
        number, path = split_path(problem)
        said = _input_of(path, unreadable) if number == index else ""
        is_said = said and (said == path or _is_about_text(problem))
        if path == "template_id" or is_said:
            continue  # the status names the template; the input says more about its text
        key = path if problem.code in CAUSES and path else str(problem)
        groups.setdefault((problem.code, key), []).append((number, problem))
    paths = {*inputs.paths, "file_name"}
    issues += [_issue(found, paths, count=count) for found in groups.values()]
    return sorted(issues, key=_rank)


def _is_about_text(problem: Problem) -> bool:
    return problem.code in (*WRONG, "wrong_type")


def _rank(issue: Issue) -> int:
    if issue.cause in ORDER:
        return ORDER.index(issue.cause)
    return len(ORDER) + (issue.cause == CAUSES["unused"][0])


def _unreadable(path: str, text: str, inputs: FieldBox, *, index: int) -> Issue:
    kind = inputs.kind_of(path)
    cause = f"{kind.capitalize()} to confirm" if inputs.asks(path) else f"Not a {kind}"
    if kind == "value":
        cause = "Cells to correct"  # of a table
    return Issue(cause, full_label_of(path), text, path, index, (), blocks=True, is_gap=True)


def _issue(
    found: Sequence[tuple[int | None, Problem]], paths: Collection[str], count: int
) -> Issue:
    indexes = tuple(sorted({number for number, _ in found if number is not None}))
    _, problem = found[0]
    number, path = split_path(problem)
    cause, words = CAUSES.get(problem.code, ("To correct", ""))
    label = full_label_of(path) if words and path else ""
    if not label:
        text = str(problem)
    elif count == 1 or number is None:
        text = "is required" if problem.code == "missing" else words
    else:
        text = f"{words} in {in_documents(indexes, count)}"
    if problem.nearest:
        text += f". Similar name: {problem.nearest}"
    blocks = problem.severity == "error" or problem.code in WRONG
    is_gap = number is not None and problem.code not in NEVER_SENT
    where = _input_of(path, paths)
    can_fill = problem.code == "missing" and where == path
    is_everywhere = len(indexes) == count
    return Issue(
        *(cause, label, text, where, number, indexes, blocks, is_gap, is_everywhere, can_fill)
    )


def obstacles(issues: Iterable[Issue], *, ignore_gaps: bool) -> list[Issue]:
    """Return the problems that prevent sending."""
    return [one for one in issues if one.blocks and not (ignore_gaps and one.is_gap)]


def documents_with_gaps(problems: Iterable[Problem]) -> set[int]:
    """Return the indexes of the documents that lack data or have wrong data."""
    return set(_gaps(problems))


def _gaps(problems: Iterable[Problem]) -> Iterator[int]:
    for problem in problems:
        number, _ = split_path(problem)
        if number is not None and (problem.severity == "error" or problem.code in WRONG):
            yield number
