"""The status of a BatchForm and its steps, in words."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from docgen_nb.forms.batch_form.problem_placement import Issue
from docgen_nb.forms.display import counted
from docgen_nb.forms.mapping.table_import import TableState
from docgen_nb.forms.widgets.bar import Item
from docgen_nb.forms.widgets.steps import Step
from docgen_nb.request import BatchRequest

NO_TEMPLATES = "There are no templates. Upload a Word file as a template."
SHOW, FILL = "show", "fill"  # what can be done about a problem of several documents
TEMPLATE, DATA, CHECK, GENERATE = range(4)  # numbers of the steps
READY = "Ready to generate."
NOT_SENT = "Nothing was sent: "  # after Generate was pressed


class Status(NamedTuple):
    """A status in words, its sign, and what the problems are."""

    text: str
    sign: str
    detail: str = ""


def status_of(
    request: BatchRequest,
    obstacles: Sequence[Issue],
    *,
    name: str,
    typed: str,
    has_templates: bool,
    shows_all: bool,
    refused: bool,
) -> Status:
    """Return what a person has to do next.

    `obstacles` prevent sending, `name` is that of the template, `typed` what was typed to choose
    it. Empty fields are no problem yet, unless `shows_all`. `refused` says whether the request was
    to be sent and was not.
    """
    if not has_templates:
        return Status(NO_TEMPLATES, "")
    if not request.template_id and typed:
        return Status(f"No template is named {typed}. Choose one from the list.", "wait")
    if not request.template_id:
        return Status("Choose a template to begin.", "")
    if request.tags is None:
        return Status(f"Reading the tags of {name}…", "run")
    if not obstacles:
        return Status(READY, "ok")
    causes = Counter(one.cause for one in obstacles)
    detail = ", ".join(f"{count} {cause[0].lower()}{cause[1:]}" for cause, count in causes.items())
    count, documents = len(obstacles), len(request.rows)
    if set(causes) == {"Missing"} and documents == 1 and not shows_all:
        return Status(f"{counted(count, 'field')} to fill in.", "wait")
    among = f" in {documents:,} documents" if documents > 1 else ""
    text = f"{NOT_SENT if refused else ''}{counted(count, 'problem')}{among}."
    return Status(text, "error", detail)


def steps_of(
    request: BatchRequest,
    obstacles: Sequence[Issue],
    status: Status,
    *,
    name: str,
    sent: tuple[str, str],
) -> list[Step]:
    """Return the steps.

    `name` is that of the template, "" if none is chosen; `sent` the progress of the batch in
    words, "" without one, and its sign.
    """
    progress, sign = sent
    if not name:
        return [
            Step("Template", "Choose one", "run"),
            Step("Data", "Typed in, or from a table", "wait"),
            Step("Check", "Problems, before sending", "wait"),
            Step("Generate", progress or "Word or PDF", sign if progress else "wait"),
        ]
    if request.tags is None:
        check = Step("Check", "Waits for the data", "wait")
    elif obstacles:
        check = Step("Check", status.text.removeprefix(NOT_SENT).rstrip("."), status.sign)
    else:
        check = Step("Check", "No missing data", "ok")
    return [
        Step("Template", name, "ok"),
        _data_step(request, obstacles, status),
        check,
        Step("Generate", progress or "Not sent yet", sign if progress else "wait"),
    ]


def steps_of_table(table: TableState, *, name: str, sent: tuple[str, str]) -> list[Step]:
    """Return the steps while the data of a table is not in the form.

    `name` and `sent` are those of `steps_of`.
    """
    progress, sign = sent
    return [
        Step("Template", name or "Choose one", "ok" if name else "run"),
        Step("Data", f"{table.name}: not used yet" if table.name else "From a table", "run"),
        Step("Check", "Waits for the data", "wait"),
        Step("Generate", progress or "Not sent yet", sign if progress else "wait"),
    ]


def _data_step(request: BatchRequest, obstacles: Sequence[Issue], status: Status) -> Step:
    count = counted(len(request.rows), "document")
    gaps = {number for one in obstacles if one.is_gap for number in one.indexes}
    if request.tags is None or not any(one.is_gap for one in obstacles):
        return Step("Data", count, "wait" if request.tags is None else "ok")
    if status.sign != "error":
        return Step("Data", count, "run")  # a person is still typing
    text = count if len(request.rows) == 1 else f"{count}, {len(gaps):,} with gaps"
    return Step("Data", text, "warn")


def by_cause(issues: Sequence[Issue]) -> list[tuple[str, list[Item]]]:
    """Return the items of the list of problems, by cause; an item has the number of its issue."""
    causes: dict[str, list[Item]] = {}
    for number, one in enumerate(issues):
        leads = one.path or one.index is not None
        label, text = (one.label, one.text) if one.label else (one.text, "")
        item = Item(label, text, number if leads else -1, _actions_of(one))
        causes.setdefault(one.cause, []).append(item)
    return list(causes.items())


def _actions_of(issue: Issue) -> list[tuple[str, str]]:
    """Return what can be done about a problem of several documents, but not of all."""
    size = len(issue.indexes)
    actions = []
    if size > 1 and not issue.is_everywhere:
        actions.append((SHOW, f"Show these {size:,}"))
    if size > 1 and issue.can_fill:
        actions.append((FILL, f"Fill in for all {size:,}…"))
    return actions


def output_of(request: BatchRequest, folder: str) -> str:
    """Return what will be made, and where it goes.

    >>> output_of(BatchRequest(output_type="pdf", rows=[{}, {}]), "All files / March")
    '2 PDFs to March'
    """
    noun = "PDF" if request.output_type == "pdf" else "Word document"
    return f"{counted(len(request.rows), noun)} to {folder.rpartition(' / ')[2]}"
