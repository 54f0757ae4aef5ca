"""One value for all documents that lack it: asked for above the status of a form."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.batch_form.problem_placement import Issue
from docgen_nb.forms.data_paths import ABSENT, value_at, with_value
from docgen_nb.forms.display import close_tree, counted
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.fields.field_box import FieldBox
from docgen_nb.forms.fields.inputs import SharedStyles
from docgen_nb.request import BatchRequest
from docgen_nb.schema import Field

PLACE = "docgen-fill-in"  # class by which the page finds the input
Data = tuple[dict[str, Any], list[dict[str, Any]]]  # common to all documents, and of each


class FillIn:
    """Asks for the value of a field.

    Parameters
    ----------
    box : widget
        Empty while nothing is asked.
    on_value : callable
        Called with the problem and the value that was entered for it.
    """

    def __init__(
        self, box: Any, *, on_value: Callable[[Issue, Any], object], wrap: Wrap, plain: bool
    ) -> None:
        self._box, self._on_value, self._wrap, self._plain = box, on_value, wrap, plain
        self._value: Any = ABSENT

    def ask(self, field: Field, issue: Issue) -> None:
        """Ask for the value of a field that several documents lack."""
        self.close()
        self._value = ABSENT
        inputs = FieldBox(
            self._wrap(self._on_change),
            on_leave=lambda _: None,
            styles=SharedStyles(),
            plain=self._plain,
        )
        inputs.draw([field], {})
        inputs.show_remaining_bytes({})
        documents = counted(len(issue.indexes), "document")
        text = f"{issue.label} in {documents} where it is empty"
        fill = widgets.Button(description=f"Fill in {documents}", layout={"width": "auto"})
        cancel = widgets.Button(description="Cancel").add_class("docgen-quiet")
        fill.on_click(self._wrap(lambda _: self._apply(inputs, issue)))
        cancel.on_click(self._wrap(lambda _: self.close()))
        self._box.children = [
            widgets.HTML(f"<h3>{escape(text)}</h3>"),
            inputs.widget.add_class(PLACE),
            widgets.HBox([fill, cancel]),
        ]

    def close(self) -> None:
        """Ask no more."""
        former, self._box.children = self._box.children, ()
        close_tree(*former)

    def _on_change(self, _: str, value: Any) -> None:
        self._value = value

    def _apply(self, inputs: FieldBox, issue: Issue) -> None:
        messages = inputs.unreadable
        if self._value is ABSENT:
            messages = {issue.path: "Enter a value."}
        inputs.show_messages(messages, in_tables={})
        if not messages:
            value = self._value
            self.close()
            self._on_value(issue, value)


def only(fields: Sequence[Field], path: str) -> Field:
    """Return the field with a path. StopIteration if there is none."""
    found = next(one for top in fields for one in top.walk() if one.path == path)
    return replace(found, required=True)


def filled(request: BatchRequest, issue: Issue, value: Any) -> Data:
    """Return the data of a request in which a value is where it was missing.

    In all documents it is common data, so that it is in the request once.
    """
    path, rows = issue.path, list(request.rows)
    for index in issue.indexes:
        own = ABSENT if issue.is_everywhere else value
        if own is not ABSENT or value_at(rows[index], path) is not ABSENT:
            rows[index] = with_value(rows[index], path, own)
    common = request.common
    return (with_value(common, path, value) if issue.is_everywhere else common), rows
