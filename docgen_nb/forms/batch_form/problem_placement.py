"""Where each problem is shown, and which problems prevent sending."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from docgen_nb.forms.batch_form.fields import FieldBox
from docgen_nb.forms.data_paths import label_of
from docgen_nb.schema.field import outer_paths
from docgen_nb.template import Problem

NEVER_SENT = ("no_json", "too_large")  # data that Box would reject
READING = "Reading the tags of the template…"
TEXTS = {"missing": "{} is required.", "unused": "{} is not used by the template."}


@dataclass(frozen=True)
class Placement:
    """Messages at inputs, by path; in the columns of tables; and all of them, with paths or ""."""

    at_inputs: dict[str, str]
    in_tables: dict[str, dict[str, str]]  # by the path of the table, then by column
    summary: list[tuple[str, str]]


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
    index: int,
    count: int,
    touched: Collection[str] | None,
) -> Placement:
    """Return where to show which message.

    Parameters
    ----------
    index, count : int
        Which document is shown, and how many there are.
    touched : collection of str or None
        The paths that a person has edited; problems of other inputs and documents are left out.
        None shows all.
    """
    paths, unreadable = {*inputs.paths, "file_name"}, inputs.unreadable
    summary = [(f"{path}: {text}", path) for path, text in unreadable.items()]
    placement = Placement(dict(unreadable), {}, summary)
    for problem in problems:
        number, path = split_path(problem)
        is_elsewhere = number not in (None, index)
        if path == "template_id" or (is_elsewhere and touched is not None):
            continue  # the status names the template and counts the other documents
        input_path = "" if is_elsewhere else _input_of(path, paths)
        if not input_path:
            placement.summary.append((message_of(problem, count=count), ""))
        elif touched is None or input_path in touched or input_path == "file_name":
            _add(placement, problem, path, input_path)
    return placement


def _add(placement: Placement, problem: Problem, path: str, input_path: str) -> None:
    """Add the message of an input: at the input, or in a column if the input is a table."""
    text = message_of(problem, count=1)
    if path != input_path:
        column = path.removeprefix(f"{input_path}.").partition(".")[0]
        short = message_of(problem, count=1, name=label_of(path))
        placement.in_tables.setdefault(input_path, {}).setdefault(column, short)
    elif path in placement.at_inputs:
        return  # one message for each input
    else:
        placement.at_inputs[path] = message_of(problem, count=1, name=label_of(path))
    placement.summary.append((text, input_path))


def _input_of(path: str, inputs: Collection[str]) -> str:
    """Return the path of the input that contains a path, "" for none."""
    return next((outer for outer in reversed(outer_paths(path)) if outer in inputs), "")


def message_of(problem: Problem, *, count: int, name: str = "") -> str:
    """Return the message of a problem in a form of `count` documents; `name` replaces the path.

    >>> problem = Problem("missing", "", "rows[1].to.name")
    >>> message_of(problem, count=3), message_of(problem, count=1, name="Name")
    ('Document 2: to.name is required.', 'Name is required.')
    """
    number, path = split_path(problem)
    text = str(problem)
    if problem.code in TEXTS:
        text = TEXTS[problem.code].format(name or path)
        if number is not None and count > 1:
            text = f"Document {number + 1}: {text}"
    return f"{text} Similar name: {problem.nearest}." if problem.nearest else text


def is_missing_data(problem: Problem) -> bool:
    """Return whether a document can be made despite a problem, as only data is missing."""
    in_data = problem.path.startswith("rows[") and problem.code not in NEVER_SENT
    return problem.severity == "error" and in_data


def obstacles(
    problems: Iterable[Problem], *, ignore_missing: bool, has_tags: bool
) -> list[Problem]:
    """Return the problems that prevent sending.

    `has_tags` is whether the tags of the template are known, if one is chosen.
    """
    if not has_tags:
        return [Problem("no_tags", READING, "template_id")]
    return [
        problem
        for problem in problems
        if problem.severity == "error" and not (ignore_missing and is_missing_data(problem))
    ]
