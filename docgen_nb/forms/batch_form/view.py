"""The widgets of a BatchForm and their arrangement."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from uuid import uuid4

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.forms.batch_form.document_picker import DocumentPicker
from docgen_nb.forms.batch_form.fields import FieldBox
from docgen_nb.forms.batch_form.json_view import JsonView
from docgen_nb.forms.batch_form.problem_placement import Placement
from docgen_nb.forms.display import close_tree
from docgen_nb.forms.error_display import Wrap, trace_html
from docgen_nb.forms.widgets import inputs
from docgen_nb.forms.widgets.inputs import BESIDE_LABEL, InputWithError, OnChange
from docgen_nb.forms.widgets.jobs_table import JobsTable, OnAction
from docgen_nb.forms.widgets.layout import wrapping_row
from docgen_nb.forms.widgets.problem_list import ProblemList
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts
from docgen_nb.forms.widgets.status_line import StatusLine
from docgen_nb.forms.widgets.template_choice import TemplateChoice

IGNORE_MISSING = "Generate anyway and leave unfilled tags in the documents"
FIELDS, AS_JSON = "Fields", "JSON"
FILE_NAME_CLASS = "docgen-file-name"


class FormView:
    """The widgets of a form, from top to bottom."""

    def __init__(
        self,
        choice: TemplateChoice,
        *,
        is_box: bool,
        on_pick: Callable[[int], None],
        on_row_button: Callable[[str], None],
        on_job_action: OnAction,
        on_value: OnChange,
        on_json: Callable[[dict[str, Any]], None],
        above: Any,
        below: Any,
        login: Any,
        wrap: Wrap,
        plain: bool,
    ) -> None:
        self.root_class = f"docgen-form-{uuid4().hex}"
        self.choice = choice
        self.picker = DocumentPicker(on_pick=on_pick, on_button=on_row_button, wrap=wrap)
        web_url = wire.WEB_URL if is_box else None
        self.jobs = JobsTable(on_job_action, web_url=web_url, plain=plain)
        styles = inputs.SharedStyles()
        self.output_type = inputs.toggle_buttons(
            description="Output type",
            options=wire.OUTPUT_TYPES,
            layout=styles.layout,
            style=styles.buttons,
        )
        file_name = widgets.Text(
            description="File name",
            placeholder="For example: Order {order.id}",
            layout=styles.layout,
            style=styles.text,
        )
        self.file_name = InputWithError(file_name.add_class(FILE_NAME_CLASS), styles)
        self.folder = widgets.HTML(layout={"margin": BESIDE_LABEL})
        self.fields = FieldBox(on_value, styles=styles, plain=plain)
        self.json = JsonView(on_json)
        self.tabs = widgets.Tab(
            [self.fields.widget, self.json.widget], titles=(FIELDS, AS_JSON), selected_index=0
        )
        self.problems = ProblemList(root_class=self.root_class, plain=plain)
        self.ignore_missing = widgets.Checkbox(description=IGNORE_MISSING, indent=False)
        self.ignore_missing.layout.width = "auto"
        self.generate = widgets.Button(description="Generate", button_style="primary")
        self.retry_failed = widgets.Button(
            description="Edit and retry failed documents",
            layout={"width": "auto", "display": "none", "align_self": "flex-start"},
        )
        self.status = StatusLine()
        self.status.widget.layout.margin = "0 0 0 0.6em"
        self._error = widgets.HTML()
        self._bar = widgets.IntProgress(description="Documents")
        self._bar.layout.display = self.jobs.widget.layout.display = "none"
        self.widget = self._arrange(above, below, login)
        if not plain:
            suppress_shortcuts(self.widget)

    def _arrange(self, above: Any, below: Any, login: Any) -> Any:
        send = wrapping_row(self.generate, self.status.widget)
        send.layout.align_items = "center"
        box = widgets.VBox(
            [
                self.choice.control,
                self.output_type,
                *self.file_name.widgets,
                self.folder,
                above,
                self.picker.widget,
                self.tabs,
                self.problems.widget,
                below,
                self.ignore_missing,
                send,
                login,
                self._bar,
                self.jobs.widget,
                self.retry_failed,
                self._error,
            ],
            layout={"max_width": "64em"},
        )
        box.add_class("docgen-form")
        box.add_class(self.root_class)
        return box

    def show_json(self, row: Mapping[str, Any]) -> None:
        """Show data as JSON, if the JSON tab is open."""
        if self.tabs.selected_index == 1:
            self.json.show(row)

    def show_folder(self, path: str) -> None:
        """Show the destination of the documents."""
        self.folder.value = f"Documents go to {escape(path)}."

    def show_problems(self, placement: Placement, row: Mapping[str, Any]) -> None:
        """Show each message at its input, and all messages in the list of problems."""
        self.fields.show_messages(placement.at_inputs, in_tables=placement.in_tables)
        self.fields.show_remaining_bytes(row)
        self.file_name.show_message(placement.at_inputs.get("file_name", ""))
        self.problems.show([(text, self._class_of(path)) for text, path in placement.summary])

    def _class_of(self, path: str) -> str:
        return FILE_NAME_CLASS if path == "file_name" else self.fields.class_of(path)

    def show_ignore_missing(self, is_shown: bool) -> None:
        """Show or hide the box that allows sending with missing data."""
        self.ignore_missing.layout.display = "" if is_shown else "none"

    def begin(self) -> None:
        """Show that a batch is being sent or followed: lock the button, empty the bar."""
        self.generate.disabled = True
        self._bar.value = 0
        self._bar.layout.display = ""
        self.retry_failed.layout.display = "none"
        self.clear_error()

    def show_jobs(
        self, jobs: Sequence[Entry], *, finished: int, count: int, names: Sequence[str]
    ) -> None:
        """Show the jobs, and how many of all documents are finished."""
        self._bar.max, self._bar.value = count, finished
        self.jobs.show(jobs, names=names)
        self.jobs.widget.layout.display = ""

    def end(self, *, can_retry: bool) -> None:
        """Show that no batch is being sent or followed."""
        self.generate.disabled = False
        if can_retry:
            self.retry_failed.layout.display = ""
            self.jobs.allow_retry()

    def show_error(self, text: str, trace: str) -> None:
        """Show an error: a sentence beside the button, and the traceback in a collapsed part."""
        self.status.show(text)
        self._error.value = trace_html(trace)

    def clear_error(self) -> None:
        """Remove the traceback."""
        self._error.value = ""

    def close(self) -> None:
        """Close all widgets of the form."""
        close_tree(self.widget)
