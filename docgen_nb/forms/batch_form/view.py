"""What a BatchForm looks like: its widgets and where they stand, and no decisions."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from uuid import uuid4

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.batch_form.fields import FieldBox
from docgen_nb.forms.batch_form.json_view import JsonView
from docgen_nb.forms.batch_form.problem_placement import Placed
from docgen_nb.forms.batch_form.table_import import RowPicker
from docgen_nb.forms.batch_form.template_choice import TemplateChoice
from docgen_nb.forms.widgets.collapsible import Guard, Make, Sections, line, say_line
from docgen_nb.forms.widgets.inputs import BESIDE_LABEL, Change, Labelled, Read, close_tree
from docgen_nb.forms.widgets.jobs_table import JobsTable
from docgen_nb.forms.widgets.problem_list import ProblemList
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts

GO_ON = "Generate without them: the documents keep their tags as written"
FIELDS, AS_JSON = "Fields", "JSON"
FILE_NAME_CLASS = "docgen-file-name"


class FormView:
    """The widgets of a form, top to bottom."""

    def __init__(
        self,
        choice: TemplateChoice,
        picker: RowPicker,
        jobs: JobsTable,
        *,
        on_value: Change,
        on_json: Callable[[dict[str, Any]], None],
        read: Read,
        above: Mapping[str, Make],
        below: Mapping[str, Make],
        opened: Callable[[str], None],
        guard: Guard,
        sign_in: Any,
        plain: bool,
    ) -> None:
        self.words = ""
        self.root_class = f"docgen-form-{uuid4().hex}"
        self.choice, self.picker, self.jobs = choice, picker, jobs
        self.output_type = Labelled(
            widgets.ToggleButtons(description="Output type", options=wire.OUTPUT_TYPES)
        )
        # ipywidgets leaves this class to its other inputs: label left of the buttons, not above.
        self.output_type.control.add_class("widget-inline-hbox")
        self.file_name = Labelled(widgets.Text(description="File name"))
        self.file_name.control.placeholder = "Order {order.id}: a path in braces is its value"
        self.file_name.widget.add_class(FILE_NAME_CLASS)
        self.folder = widgets.HTML(layout={"margin": BESIDE_LABEL})
        self.fields = FieldBox(on_value, read=read, plain=plain)
        self.json = JsonView(on_json)
        self.tabs = widgets.Tab(
            [self.fields.widget, self.json.widget], titles=(FIELDS, AS_JSON), selected_index=0
        )
        self.above = Sections(above, opened=opened, guard=guard)
        self.below = Sections(below, opened=opened, guard=guard)
        self.problems = ProblemList(root_class=self.root_class, plain=plain)
        self.go_on = widgets.Checkbox(description=GO_ON, indent=False)
        self.go_on.layout.width = "auto"
        self.button = widgets.Button(description="Generate", button_style="primary")
        self.retry_all = widgets.Button(description="Edit and retry what failed")
        self.retry_all.layout.width, self.retry_all.layout.display = "auto", "none"
        self.retry_all.layout.align_self = "flex-start"
        self._line = line()
        self._line.layout.margin = "0 0 0 0.6em"
        self._fault, self._sign_in = widgets.HTML(), sign_in
        self._bar = widgets.IntProgress(description="Documents")
        self._bar.layout.display = self.jobs.widget.layout.display = "none"
        self.widget = self._stacked()
        if not plain:
            suppress_shortcuts(self.widget)

    def _stacked(self) -> Any:
        send = widgets.HBox([self.button, self._line])
        send.layout.align_items = "center"
        send.layout.flex_flow = "row wrap"
        stack = widgets.VBox(
            [
                self.choice.widget,
                self.output_type.widget,
                self.file_name.widget,
                self.folder,
                self.above.widget,
                self.picker.widget,
                self.tabs,
                self.problems.widget,
                self.below.widget,
                self.go_on,
                send,
                self._sign_in,
                self._bar,
                self.jobs.widget,
                self.retry_all,
                self._fault,
            ]
        )
        stack.layout.max_width = "64em"
        stack.add_class("docgen-form")
        stack.add_class(self.root_class)
        return stack

    @property
    def open_parts(self) -> tuple[str, str]:
        """The parts that are open above and below the data, "" where none is."""
        return self.above.open_one, self.below.open_one

    def show_json(self, row: Mapping[str, Any]) -> None:
        """Show data as JSON, if that is what is seen."""
        if self.tabs.selected_index == 1:
            self.json.show(row)

    def say(self, text: str) -> None:
        """Put a sentence beside the button; screen readers read it out."""
        self.words = text
        say_line(self._line, text)

    def show_folder(self, path: str) -> None:
        """Say where the documents go."""
        self.folder.value = f"Documents go to {escape(path)}."

    def show_placed(self, placed: Placed, row: Mapping[str, Any]) -> None:
        """Show each message at its place, and all in the summary, which leads to the places."""
        inputs = self.fields.paths
        at_inputs = {path: text for path, text in placed.at_inputs.items() if path in inputs}
        self.fields.say(at_inputs, in_tables=placed.in_tables)
        self.fields.show_room(row)
        self.file_name.say(placed.at_inputs.get("file_name", ""))
        self.problems.show([(text, self._class_of(path)) for text, path in placed.summary])

    def _class_of(self, path: str) -> str:
        return FILE_NAME_CLASS if path == "file_name" else self.fields.class_of(path)

    def offer_to_go_on(self, wanted: bool) -> None:
        """Show or hide the box that lets a person go on without the data."""
        self.go_on.layout.display = "" if wanted else "none"

    def begin(self) -> None:
        """Show that work has begun: the button is locked, the bar empty."""
        self.button.disabled = True
        self._bar.value = 0
        self._bar.layout.display = ""
        self.retry_all.layout.display = "none"
        self._fault.value = ""

    def show_jobs(
        self, jobs: Sequence[Mapping[str, Any]], *, finished: int, count: int, names: Sequence[str]
    ) -> None:
        """Show the jobs as they are now, of that many in all."""
        self._bar.max, self._bar.value = count, finished
        self.jobs.show(jobs, names=names, can_retry=False)
        self.jobs.widget.layout.display = ""

    def end(self, *, can_retry: bool) -> None:
        """Show that work has ended."""
        self.button.disabled = False
        if can_retry:
            self.retry_all.layout.display = ""
            self.jobs.let_retry()

    def show_fault(self, text: str, trace: str) -> None:
        """Show what went wrong: the sentence beside the button, the traceback folded below."""
        self.say(text)
        self._fault.value = (
            f"<details><summary>Details</summary><pre>{escape(trace)}</pre></details>"
        )

    def clear_fault(self) -> None:
        """Show no traceback any more."""
        self._fault.value = ""

    def close(self) -> None:
        """Close all widgets of the form."""
        self.above.close()
        self.below.close()
        close_tree(self.widget)
