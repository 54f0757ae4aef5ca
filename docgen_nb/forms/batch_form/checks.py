"""The problems of a BatchForm: shown at the inputs, summed up, and led to."""

from collections.abc import Callable, Sequence
from typing import Any

from docgen_nb.forms.batch_form import problem_placement as placement
from docgen_nb.forms.batch_form.problem_placement import Issue
from docgen_nb.forms.batch_form.status import (
    DATA,
    GENERATE,
    TEMPLATE,
    by_cause,
    output_of,
    status_of,
    steps_of,
    steps_of_table,
)
from docgen_nb.forms.batch_form.view import FormView
from docgen_nb.forms.mapping.table_import import TableState
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem


class Checks:
    """Shows what a request lacks: red only where a person was, or after Generate was pressed.

    Parameters
    ----------
    index : callable
        Returns the index of the document shown.
    show_document : callable
        Called with the index of a document to show.
    sent : callable
        Returns the progress of the last batch in words, "" without one, and its sign.
    is_busy : callable
        Returns whether a batch is being sent or followed, so that the status is its own.
    table : callable
        Returns what to do next about a table whose data is not in the form, or None.
    """

    def __init__(
        self,
        request: BatchRequest,
        view: FormView,
        *,
        index: Callable[[], int],
        show_document: Callable[[int], object],
        sent: Callable[[], tuple[str, str]],
        is_busy: Callable[[], bool],
        table: Callable[[], TableState | None],
    ) -> None:
        self._request, self._view = request, view
        self._index, self._sent, self._is_busy, self._table = index, sent, is_busy, table
        self._show_document = show_document
        self._touched: set[str] = set()  # paths of fields that a person has left
        self._shows_all = False
        self._is_refused = False  # whether Generate was pressed in vain
        self.issues: list[Issue] = []

    def forget(self, *, all_documents: bool) -> None:
        """Show no red at other fields; with `all_documents` until Generate is pressed again."""
        self._touched.clear()
        if all_documents:
            self._shows_all = self._is_refused = False
            self._view.picker.limit(())

    def leave(self, path: str) -> None:
        """Show the problems of a field that a person has left."""
        if path not in self._touched:
            self._touched.add(path)
            self.show()

    def show(self) -> list[Issue]:
        """Show the problems; return those that prevent sending."""
        problems, view, index = self._request.problems(), self._view, self._index()
        count = len(self._request.rows)
        read: dict[str, Any] = {"unreadable": view.fields.unreadable, "index": index}
        self.issues = placement.issues_of(problems, view.fields, count=count, **read)
        obstacles = placement.obstacles(self.issues, ignore_gaps=False)
        touched = None if self._shows_all else self._touched
        table = self._table() if view.shows_table else None
        view.show_pending_table(table is not None, has_table=bool(table and table.name))
        shown = problems if table is None else [one for one in problems if one.code == "file_name"]
        placed = placement.place(shown, view.fields, touched=touched, **read)
        view.show_problems(placed, self._request.rows[index] if count else {})
        if table is None:
            self._offer_to_generate(problems)
            self._show_status(obstacles)
        else:
            self._show_table(table)
        return obstacles

    def _show_table(self, table: TableState) -> None:
        """Show what to do about the table: what is in the form is not on the screen."""
        view, request = self._view, self._request
        view.offer_to_generate(anyway=False, others=0)
        if not self._is_busy():
            view.status.show(table.text, table.sign)
        view.status.show_causes((), output="")
        name = view.choice.names.get(request.template_id, "")
        view.steps.show(steps_of_table(table, name=name, sent=self._sent()), DATA)

    def show_all(self) -> list[Issue]:
        """Show all problems, also of fields that nobody has typed in, and open their list."""
        if self._view.shows_table and self._table():
            return self.show()  # what to do first
        self._shows_all = True
        self._view.status.open(True)
        return self.show()

    def allow(self, *, anyway: bool) -> bool:
        """Return whether the request can be sent, `anyway` with gaps; otherwise lead to why not."""
        self._shows_all = True
        obstacles = placement.obstacles(self.show(), ignore_gaps=anyway)
        self._is_refused = bool(obstacles)
        if obstacles:
            self.show()
            self._view.status.open(True)
            self.jump(self.issues.index(obstacles[0]))
        return not obstacles and self._request.tags is not None

    def jump(self, number: int) -> None:
        """Move the focus to the input of an issue, in the first document that has it."""
        if 0 <= number < len(self.issues):
            issue = self.issues[number]
            if issue.index not in (None, self._index()):
                self._show_document(issue.index or 0)
            self._view.jump(issue.path)

    def gaps(self) -> list[int]:
        """Return the indexes of the documents that lack data or have wrong data."""
        return sorted(placement.documents_with_gaps(self._request.problems()))

    def _offer_to_generate(self, problems: Sequence[Problem]) -> None:
        others = placement.obstacles(self.issues, ignore_gaps=True)
        gaps = placement.documents_with_gaps(problems)
        has_gaps = any(one.blocks and one.is_gap for one in self.issues)
        self._view.offer_to_generate(
            anyway=self._shows_all and has_gaps and not others,
            others=len(self._request.rows) - len(gaps) if gaps else 0,
        )

    def _show_status(self, obstacles: Sequence[Issue]) -> None:
        view, request = self._view, self._request
        names = view.choice.names
        name = names.get(request.template_id, "")
        status = status_of(
            request,
            obstacles,
            name=name,
            typed=view.choice.control.value.strip(),
            has_templates=bool(names),
            shows_all=self._shows_all,
            refused=self._is_refused,
        )
        view.show_no_tags(name if request.tags is not None and not request.tags else "")
        if not self._is_busy():
            view.status.show(*status)
        view.status.show_causes(by_cause(self.issues), output=output_of(request, view.folder_path))
        steps = steps_of(request, obstacles, status, name=name, sent=self._sent())
        view.steps.show(steps, GENERATE if view.shows_results else DATA if name else TEMPLATE)
