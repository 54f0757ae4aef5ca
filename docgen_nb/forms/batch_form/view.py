"""The widgets of a BatchForm and their arrangement."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any
from uuid import uuid4

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.forms.batch_form.destination import name_of
from docgen_nb.forms.batch_form.document_picker import DocumentPicker
from docgen_nb.forms.batch_form.problem_placement import Placement
from docgen_nb.forms.display import close_tree, counted, list_html, with_place
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.fields.field_box import FieldBox
from docgen_nb.forms.fields.file_name import FileName
from docgen_nb.forms.fields.inputs import OnChange, SharedStyles
from docgen_nb.forms.widgets.bar import Bar
from docgen_nb.forms.widgets.json_view import JsonView
from docgen_nb.forms.widgets.segments import segments
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts
from docgen_nb.forms.widgets.steps import Steps
from docgen_nb.forms.widgets.template_choice import TemplateChoice
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem

GENERATE_ANYWAY = "Generate anyway and leave unfilled tags in the documents"
FIELDS, TABLE, CODE = DATA_VIEWS = ("Fields", "From a table", "JSON and code")
OUTPUT_TYPES = {"Word": "docx", "PDF": "pdf"}
FILE_NAME_CLASS, RESULTS_CLASS = "docgen-file-name", "docgen-results"
DATA_VIEW_CLASS = "docgen-data-view"
MOST_BROKEN = 5  # problems of a template that are listed


class FormView:
    """The widgets of a form, from top to bottom.

    Attributes
    ----------
    steps : Steps
        Template, Data, Check, Generate, each with its state.
    data_view : widget
        Its `value` is one of `DATA_VIEWS`.

    Notes
    -----
    These boxes are always in the form, for views that other modules build. Set their `children`;
    an empty box takes no room.

    ``template_tools``
        At the right of the line of the template: saving and opening the form.
    ``notice``
        Above the fields: what replaced the data, with an Undo.
    ``table``
        Shown instead of fields and preview while `data_view` is `TABLE`, as wide as the form.
    ``code``
        Shown while `data_view` is `CODE`.
    ``preview``
        At the right of the fields, below them where the form is narrow.
    ``table_actions``
        Instead of Generate while the data of a table is not in the form.
    ``results``, ``recent``
        Shown instead of the data after `show_results`: the batch that was sent or followed, and
        at its right the batches that can be taken up.
    ``notes``, ``fill_in``
        Above the status: errors and questions; in it, one value for several documents.
    """

    def __init__(
        self,
        choice: TemplateChoice,
        *,
        on_pick: Callable[[int], None],
        on_row_button: Callable[[str], None],
        on_value: OnChange,
        on_leave: Callable[[str], object],
        on_json: Callable[[dict[str, Any]], None],
        on_step: Callable[[int], object],
        on_shown: Callable[[], object],
        on_problem: Callable[[str, int], object],
        wrap: Wrap,
        plain: bool,
    ) -> None:
        self.root_class = f"docgen-form-{uuid4().hex}"
        self.choice = choice
        self.steps = Steps(on_go=wrap(on_step), on_shown=wrap(on_shown), plain=plain)
        self.data_view = segments(
            label="Data", options=dict(zip(DATA_VIEWS, DATA_VIEWS, strict=True)), plain=plain
        )
        self.picker = DocumentPicker(on_pick=on_pick, on_button=on_row_button, wrap=wrap)
        styles = SharedStyles()
        self.output_type = segments(label="Output type", options=OUTPUT_TYPES, plain=plain)
        self.file_name = FileName(styles, wrap=wrap, place=FILE_NAME_CLASS)
        self.folder, self.folder_path = widgets.HTML(), ""
        self.fields = FieldBox(on_value, on_leave=on_leave, styles=styles, plain=plain)
        self.json = JsonView(on_json)
        self.status = Bar(
            root_class=self.root_class,
            on_problem=wrap(on_problem),
            on_output=wrap(lambda: self.status.focus(FILE_NAME_CLASS)),
            plain=plain,
        )
        self.generate_anyway = widgets.Button(description=GENERATE_ANYWAY)
        self.generate_others = widgets.Button()
        self.generate = widgets.Button(description="Generate", button_style="primary")
        self._no_tags, self._broken = widgets.HTML(), widgets.HTML()
        self._make_slots()
        self.data_view.observe(wrap(lambda _: self._show_data_view()), "value")

    def _make_slots(self) -> None:
        self.template_tools = _box("docgen-right")
        self.notice, self.notes = _box("docgen-notice"), _box("docgen-notes")
        self.fill_in = _box("docgen-question")
        self.table, self.preview = _box("docgen-from-table"), _box("docgen-preview-pane")
        self.code = _box("docgen-code-view", self.json.widget)
        self.table_actions = _box("docgen-table-actions")
        self.results = _box("docgen-batch")
        self.recent = _box("docgen-recent")

    def arrange(
        self, template: tuple[Iterable[Any], Any], folder: Iterable[Any], login: Any, *, plain: bool
    ) -> Any:
        """Put everything into one box.

        `template` has buttons for the line of the template, and what they open; `folder` what
        stands beside the destination.
        """
        parts = self._data_parts(folder)
        self._work = _box("docgen-work", _box("docgen-data", *parts), self.preview)
        self._result_area = _box(RESULTS_CLASS, self.results, self.recent)
        buttons, content = template
        head = _line("Template", self.choice.control, *buttons, self.template_tools)
        self._data_line = _line("Data", self.data_view, self.picker.widget)
        self.picker.widget.add_class("docgen-right")
        self.data_view.add_class(DATA_VIEW_CLASS)
        self.widget = _box(
            "docgen-form",
            *(self.steps.widget, head, content),
            *(self._data_line, self.notice, self._work, self._result_area),
            self._foot(login),
        )
        self.widget.add_class(self.root_class)
        if not plain:
            suppress_shortcuts(self.widget)
        self._show_data_view()
        self.show_results(False)
        return self.widget

    def _data_parts(self, folder: Iterable[Any]) -> list[Any]:
        *buttons, content = folder
        self._output = _box(
            "docgen-output",
            widgets.HTML("<h3>Output</h3>").add_class("docgen-heading"),
            _row("Format", self.output_type),
            *self.file_name.widgets,
            _row("Folder", self.folder, *buttons),
            content,
        )
        return [
            self._no_tags,
            self._broken,
            self.fields.widget,
            self.table,
            self.code,
            self._output,
        ]

    def _foot(self, login: Any) -> Any:
        self._anyway = widgets.HBox([self.generate_others, self.generate_anyway])
        anyway = self._anyway.add_class("docgen-anyway")
        self.notes.children = [login, self.fill_in, anyway]
        self.generate.add_class("docgen-generate")
        return _box(
            "docgen-foot", self.status.widget, self.notes, self.table_actions, self.generate
        )

    def _show_data_view(self) -> None:
        view = self.data_view.value
        for box, name in ((self.fields.widget, FIELDS), (self.table, TABLE), (self.code, CODE)):
            _show(box, name == view)
        _show(self.preview, view != TABLE)
        (self._work.add_class if view == TABLE else self._work.remove_class)("docgen-wide")

    @property
    def shows_results(self) -> bool:
        """Whether the results are shown instead of the data."""
        return bool(self._result_area.layout.display != "none")

    @property
    def shows_table(self) -> bool:
        """Whether the view of a table is on the screen."""
        return bool(self.data_view.value == TABLE) and not self.shows_results

    def show_pending_table(self, is_pending: bool, *, has_table: bool) -> None:
        """Show what belongs to a table whose data is not in the form, or to the form's data."""
        _show(self.table_actions, is_pending)
        _show(self._output, has_table or not is_pending)
        for part in (self.generate, self.picker.widget):
            _show(part, not is_pending)

    def show_results(self, is_shown: bool) -> None:
        """Show the results of a batch and the recent batches, or the data."""
        _show(self._result_area, is_shown)
        for box in (self._data_line, self.notice, self._work):
            _show(box, not is_shown)

    def scroll_to_results(self) -> None:
        """Scroll to the head of the results, if they are shown."""
        if self.shows_results:
            self.status.scroll_to_top(RESULTS_CLASS)

    def show_no_tags(self, name: str) -> None:
        """Show that a template has no tags; "" for none that lacks them."""
        text = (
            f"<strong>{escape(name)} has no tags,</strong> so there is nothing to fill in. Type "
            "tags such as <code>{{order.id}}</code> in Word and upload it again."
        )
        self._no_tags.value = f'<p class="docgen-error docgen-warn">{text}</p>' if name else ""

    def show_broken(self, name: str, problems: Sequence[Problem]) -> None:
        """Show what is wrong with the tags of a template; nothing without problems.

        Notes about what is not proven at Box are left to the explorer.
        """
        problems = [one for one in problems if one.severity != "note"]
        head = f"{escape(name)} has {counted(len(problems), 'problem')} in its tags."
        text = f"<strong>{head}</strong> Correct the tags in Word, and upload the file again."
        listed = list_html(map(with_place, problems), most=MOST_BROKEN)
        note = f'<div class="docgen-error docgen-warn">{text}{listed}</div>'
        self._broken.value = note if problems else ""

    def show_json(self, row: Mapping[str, Any]) -> None:
        """Show data as JSON, if the JSON is shown."""
        if self.data_view.value == CODE:
            self.json.show(row)

    def show_request(self, request: BatchRequest) -> None:
        """Show the template, the output and the destination of a request."""
        self.choice.show(request.template_id)
        self.file_name.control.value = request.file_name
        if request.output_type in wire.OUTPUT_TYPES:
            self.output_type.value = request.output_type
        self.show_folder(name_of(request.folder_id))

    def show_folder(self, path: str) -> None:
        """Show the destination of the documents."""
        self.folder_path = path
        self.folder.value = f"Documents go to {escape(path)}."

    def show_problems(self, placement: Placement, row: Mapping[str, Any]) -> None:
        """Show each message at its input."""
        self.fields.show_messages(placement.at_inputs, in_tables=placement.in_tables)
        self.fields.show_remaining_bytes(row)
        self.file_name.show_message(placement.at_inputs.get("file_name", ""))

    def focus_data_view(self) -> None:
        """Move the focus to the choice of the view of the data, after its view has vanished."""
        self.status.focus(DATA_VIEW_CLASS)

    def jump(self, path: str) -> None:
        """Move the focus to the input of a path."""
        self.show_results(False)
        if path == "file_name":
            self.status.focus(FILE_NAME_CLASS)
            return
        self.data_view.value = FIELDS
        self.fields.unfold(path)
        self.status.focus(self.fields.class_of(path))

    def offer_to_generate(self, *, anyway: bool, others: int) -> None:
        """Offer to send despite gaps, and to send only the documents without gaps."""
        rest = "document" if others == 1 else f"{others:,}"
        self.generate_others.description = f"Generate the other {rest}"
        _show(self.generate_others, anyway and others > 0)
        _show(self.generate_anyway, anyway)
        _show(self._anyway, anyway and not self.shows_results)

    def show_busy(self, is_busy: bool) -> None:
        """Show that a batch is being sent or followed, or no longer."""
        self.generate.disabled = is_busy
        if is_busy:
            self.status.open(False)
            self.show_results(True)

    def show_error(self, text: str, trace: str) -> None:
        """Show an error until the next status: what happened, what to do, and a traceback."""
        first, dot, rest = text.partition(". ")
        self.status.show_error(f"{first}{dot.strip()}", rest, trace)

    def close(self) -> None:
        """Close all widgets of the form."""
        close_tree(self.widget)


def _box(name: str, *children: Any) -> Any:
    """Return a box with a class that `docgen.css` arranges.

    It has the class from the start: `add_class` is one more message for each of two dozen widgets.
    """
    return widgets.VBox(children, _dom_classes=[name])


def _line(name: str, *children: Any) -> Any:
    """Return a line that begins with a heading."""
    heading = widgets.HTML(f"<h3>{name}</h3>", _dom_classes=["docgen-name"])
    return widgets.HBox([heading, *children], _dom_classes=["docgen-line"])


def _row(label: str, *children: Any) -> Any:
    """Return widgets after a label, as wide as those of the fields."""
    text = widgets.HTML(label, _dom_classes=["docgen-label"])
    return widgets.HBox([text, *children], _dom_classes=["docgen-row"])


def _show(widget: Any, is_shown: bool) -> None:
    widget.layout.display = None if is_shown else "none"
