"""The status of a BatchForm and its steps, in words."""

from collections.abc import Sequence

from docgen_nb.forms.batch_form.problem_placement import READING, is_missing_data, split_path
from docgen_nb.forms.display import counted
from docgen_nb.forms.widgets.steps import Step
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem

NO_TEMPLATES = "There are no templates. Upload a Word file as a template."
TEMPLATE, DATA, CHECK, GENERATE = range(4)  # numbers of the steps


def status_of(
    request: BatchRequest, problems: Sequence[Problem], *, index: int, has_templates: bool
) -> str:
    """Return what a person has to do next; `problems` are those that prevent sending."""
    if not has_templates:
        return NO_TEMPLATES
    if not request.template_id:
        return "Choose a template."
    if request.tags is None:
        return READING
    placed = [(split_path(one), is_missing_data(one)) for one in problems]
    missing = list(dict.fromkeys(path for (at, path), in_data in placed if in_data and at == index))
    others = {at for (at, _), in_data in placed if in_data and at is not None and at != index}
    texts = [f"Missing: {', '.join(missing)}."] if missing else []
    if others:
        verb = "has" if len(others) == 1 else "have"
        more = f"{counted(len(others), 'more document')} {verb} gaps"
        texts.append(f"{more} (first: document {min(others) + 1}).")
    if not all(in_data for _, in_data in placed):
        texts.append("Correct the problems listed above.")
    return " ".join(texts) or "Ready to generate."


def steps_of(
    request: BatchRequest, problems: Sequence[Problem], *, name: str, shows_results: bool
) -> tuple[list[Step], int]:
    """Return the steps and the number of the current one; `name` is that of the template."""
    if not name:
        return [
            Step("Template", "Choose one", "run"),
            Step("Data", "Typed in, or from a table", "wait"),
            Step("Check", "Waits for the data", "wait"),
            Step("Generate", "Not sent yet", "wait"),
        ], TEMPLATE
    documents = counted(len(request.rows), "document")
    check = Step("Check", "No missing data", "ok")
    if problems:
        check = Step("Check", counted(len(problems), "problem"), "error")
    steps = [
        Step("Template", name, "ok"),
        Step("Data", documents, "run" if problems else "ok"),
        check,
        Step("Generate", "Not sent yet", "wait"),
    ]
    return steps, GENERATE if shows_results else DATA
