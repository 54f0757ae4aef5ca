"""Data of all documents from a table: how a form takes it, and gives it back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from docgen_nb.forms.batch_form import fill_in
from docgen_nb.forms.batch_form.checks import Checks
from docgen_nb.forms.batch_form.problem_placement import Issue
from docgen_nb.forms.batch_form.status import FILL, SHOW
from docgen_nb.forms.batch_form.view import FIELDS, FormView
from docgen_nb.forms.display import counted
from docgen_nb.forms.mapping.replaced_notice import show_undo, text_of
from docgen_nb.request import BatchRequest, rows_from_table
from docgen_nb.schema import fields


class HasData:
    """What a form does with the data of all documents."""

    request: BatchRequest
    _view: FormView
    _wrap: Callable[..., Any]
    _checks: Checks
    _fill_in: fill_in.FillIn
    _show: Callable[[int], object]
    _use_rows: Callable[[list[dict[str, Any]]], None]

    def load(self, table: Any, **options: Any) -> None:
        """Use a DataFrame as the data of all documents, as `rows_from_table` converts it.

        `options` are those of `rows_from_table`: `columns`, `group_by`, `dates` and `decimal`.
        ValueError if no template is chosen, or its tags are not read yet.
        """
        if self.request.tags is None:
            raise ValueError("Choose a template first: its tags determine which columns are lists.")
        self._use_rows(rows_from_table(table, tags=self.request.tags, **options))

    def _calls_of_table(self) -> dict[str, Callable[..., object]]:
        return {
            "use_data": self._use_data,
            "on_cancel": self._show_fields,
            "add_to_name": lambda path: self._view.file_name.insert(path),
            "on_show": lambda: self._checks.show(),
        }

    def _use_data(self, rows: list[dict[str, Any]], common: dict[str, Any], source: str) -> None:
        """Use the data of a table, and offer to bring back what was there."""
        former = self.request.common, self.request.rows
        self._restore(common, rows)
        self._show_fields()
        self._view.focus_data_view()
        text = text_of(former, rows, source=source)
        undo = partial(self._restore, *former)
        show_undo(self._view.notice, text, undo=undo, wrap=self._wrap)

    def _on_problem(self, action: str, number: int) -> None:
        """Do what a link of the list of problems says."""
        issue = self._checks.issues[number]
        if action == SHOW and issue.indexes:
            self._view.show_results(False)
            self._view.picker.limit(issue.indexes)
            self._show(issue.indexes[0])
        elif action == FILL and issue.can_fill:
            self._view.show_results(False)
            self._fill_in.ask(fill_in.only(fields(self.request.tags or ()), issue.path), issue)
            self._view.status.focus(fill_in.PLACE)
        else:
            self._checks.jump(number)

    def _on_fill_in(self, issue: Issue, value: Any) -> None:
        """Use a value in all documents that lack it, and offer to bring back what was there."""
        former = self.request.common, self.request.rows
        self._restore(*fill_in.filled(self.request, issue, value))
        text = f"{issue.label} now has a value in {counted(len(issue.indexes), 'document')}."
        undo = partial(self._restore, *former)
        show_undo(self._view.notice, text, undo=undo, wrap=self._wrap)

    def _restore(self, common: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        self.request.common = common
        self._use_rows(rows)

    def _show_fields(self) -> None:
        self._view.data_view.value = FIELDS
