"""Data of all documents from a table: how a form takes it, and gives it back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from docgen_nb.forms.batch_form.view import FIELDS, FormView
from docgen_nb.forms.mapping.replaced_notice import show_replaced
from docgen_nb.request import BatchRequest, rows_from_table


class HasData:
    """What a form does with the data of all documents."""

    request: BatchRequest
    _view: FormView
    _wrap: Callable[..., Any]
    _use_rows: Callable[[list[dict[str, Any]]], None]

    def load(self, table: Any, **options: Any) -> None:
        """Use a DataFrame as the data of all documents, as `rows_from_table` converts it.

        `options` are those of `rows_from_table`: `columns`, `group_by`, `dates` and `decimal`.
        ValueError if no template is chosen, or its tags are not read yet.
        """
        if self.request.tags is None:
            raise ValueError("Choose a template first: its tags determine which columns are lists.")
        self._use_rows(rows_from_table(table, tags=self.request.tags, **options))

    def _use_data(self, rows: list[dict[str, Any]], common: dict[str, Any], source: str) -> None:
        """Use the data of a table, and offer to bring back what was there."""
        former = self.request.common, self.request.rows
        self._restore(common, rows)
        self._show_fields()
        undo = partial(self._restore, *former)
        show_replaced(self._view.notice, former, rows, source=source, undo=undo, wrap=self._wrap)

    def _restore(self, common: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        self.request.common = common
        self._use_rows(rows)

    def _show_fields(self) -> None:
        self._view.data_view.value = FIELDS
