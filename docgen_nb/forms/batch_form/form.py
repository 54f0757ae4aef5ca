"""BatchForm: a form for the documents of a template, which sends them and follows the batch."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.forms.batch_form.checks import Checks
from docgen_nb.forms.batch_form.document_picker import rows_after
from docgen_nb.forms.batch_form.fill_in import FillIn
from docgen_nb.forms.batch_form.form_batches import FormBatches, HasBatches
from docgen_nb.forms.batch_form.form_data import HasData
from docgen_nb.forms.batch_form.form_file import FormFile
from docgen_nb.forms.batch_form.form_sections import FormSections
from docgen_nb.forms.batch_form.status import CHECK, GENERATE
from docgen_nb.forms.batch_form.template_selection import TemplateSelection
from docgen_nb.forms.batch_form.view import CODE, TABLE, FormView
from docgen_nb.forms.data_paths import text_of, value_at, with_value
from docgen_nb.forms.display import counted
from docgen_nb.forms.error_display import Callback, in_words, wrap_callback
from docgen_nb.forms.mapping.field_labels import names_of
from docgen_nb.forms.panels.login_prompt import LoginPrompt
from docgen_nb.forms.results.recent_batches import History
from docgen_nb.forms.tag_reader import TagReader
from docgen_nb.forms.widgets.template_choice import TemplateChoice
from docgen_nb.request import BatchRequest
from docgen_nb.request.batch_request import copied_rows
from docgen_nb.schema import fields
from docgen_nb.template import Problem


class BatchForm(HasBatches, HasData):
    """A form for the documents of a template: fill in, preview, generate, follow, retry.

    It is a view of ``form.request``, a `BatchRequest` with everything that was chosen and typed.
    ``form.widget`` is the ipywidgets box to put into other boxes.

    Parameters
    ----------
    box : Client
        As from `connect`, or another `docgen_nb.client_protocol.DocGenClient`.
    template_id : str, optional
        The first template; by default the only one there is, or none.
    user_input : mapping, optional
        The first data, for one document.
    rows : list of mappings, optional
        The first data, for many documents; instead of `user_input`.
    folder_id : str
        The destination folder of the documents.
    blocking : bool
        Do all work in the callback instead of in the background: for nbclient, and for notebooks
        such as Colab that show nothing after a cell has ended.
    poll_seconds : float
        Pause between two requests for the jobs of a batch.
    plain : bool
        Use only ipywidgets' own inputs, for pages that block JavaScript modules.
    ledger : Ledger, optional
        Where recent batches are read from, after a sync; else from the service's list of jobs.

    Attributes
    ----------
    widget : widget
        The ipywidgets box that shows the form.
    request : BatchRequest
        The state of the form.
    done : threading.Event
        Set while no batch is being sent or followed.

    Notes
    -----
    Each batch that is sent is kept for 30 days in the person's data folder (or the folder that
    ``DOCGEN_NB_DATA`` names), in files that only the person can read and without a token. So a
    new form can take up the batch, with the data of its documents, and the same request is not
    sent twice within an hour without asking.

    Raises
    ------
    NotFound
        If there is no template with this id.
    ApiError, Unreachable
        If the templates or tags cannot be read. Later errors are shown in the form.

    Examples
    --------
    >>> class Box:
    ...     url = "https://example.com"
    ...     def list_templates(self):
    ...         return [{"file": {"type": "file", "id": "11"}, "file_name": "Letter.docx"}]
    ...     def list_tags(self, template_id, *, version_id):
    ...         return [{"tag_content": "{{to}}", "tag_type": "text", "json_paths": ["to"]}]
    >>> form = BatchForm(Box(), user_input={"to": "Ada"})
    >>> form
    <BatchForm: Letter.docx as docx, 1 document>
      to: Ada
      Ready to generate.
    """

    def __init__(
        self,
        box: DocGenClient,
        *,
        template_id: str | None = None,
        user_input: Mapping[str, Any] | None = None,
        rows: Sequence[Mapping[str, Any]] | None = None,
        folder_id: str = wire.ROOT_FOLDER_ID,
        blocking: bool = False,
        poll_seconds: float = 0.5,
        plain: bool = False,
        ledger: History | None = None,
    ) -> None:
        first = copied_rows([user_input or {}] if rows is None else rows)
        self.request = BatchRequest(folder_id=folder_id, rows=first)
        self._index = 0  # of the document shown
        self._login = LoginPrompt(box, on_login=self._on_login, blocking=blocking)
        self._choice = TemplateChoice(box.list_templates())
        template_id = self._choice.first(template_id)
        common: dict[str, Any] = {"wrap": self._wrap, "blocking": blocking, "plain": plain}
        self._sections = FormSections(
            self._login,
            self.request,
            row=lambda: self._row,
            selection=lambda: self._template,
            on_folder=self._on_folder,
            on_broken=lambda *found: self._view.show_broken(*found),
            of_table=self._calls_of_table(),
            **common,
        )
        self._view = self._new_view(plain=plain)
        self.widget = self._arrange(plain=plain)
        self._batches = FormBatches(
            self._login,
            self._view,
            edit=self._edit,
            on_progress=lambda: self._checks.show(),
            template_name=lambda id: self._choice.names.get(id, f"file {id}"),
            ledger=ledger,
            poll_seconds=poll_seconds,
            **common,
        )
        self.done = self._batches.runner.worker.done
        self._checks = Checks(
            self.request,
            self._view,
            index=lambda: self._index,
            show_document=self._show,
            sent=lambda: self._batches.outcome,
            is_busy=lambda: self._batches.runner.worker.is_busy,
            table=lambda: self._sections.table_state,
        )
        self._template = TemplateSelection(
            self.request,
            self._choice,
            make_reader=partial(self._new_reader, blocking, poll_seconds),
            on_choice=self._on_template,
            on_tags=self._redraw,
        )
        self._template.begin(template_id)
        self._observe()

    def _new_view(self, *, plain: bool) -> FormView:
        view = FormView(
            self._choice,
            on_pick=self._show,
            on_row_button=self._on_row_button,
            on_value=self._wrap(self._on_value),
            on_leave=self._wrap(lambda path: self._checks.leave(path)),
            on_json=self._wrap(lambda row: setattr(self, "user_input", row)),
            on_step=self._on_step,
            on_shown=self._sections.on_shown,
            on_problem=self._on_problem,
            wrap=self._wrap,
            plain=plain,
        )
        view.preview.children = [self._sections.preview]
        view.table_actions.children = [self._sections.table_buttons]
        on_value = self._on_fill_in
        self._fill_in = FillIn(view.fill_in, on_value=on_value, wrap=self._wrap, plain=plain)
        return view

    def _arrange(self, *, plain: bool) -> Any:
        template, folder = self._sections.template, self._sections.folder
        return self._view.arrange(
            (template.buttons.values(), template.content),
            (*folder.buttons.values(), folder.content),
            self._login.widget,
            plain=plain,
        )

    def _new_reader(
        self, blocking: bool, poll_seconds: float, on_tags: Callable[[list[Entry]], object]
    ) -> TagReader:
        return TagReader(
            lambda id, version: self._login.client.list_tags(id, version_id=version),
            on_tags=on_tags,
            show_status=self._view.status.show,
            wrap=self._wrap,
            blocking=blocking,
            poll_seconds=poll_seconds,
        )

    # For programs

    @property
    def value(self) -> dict[str, Any]:
        """The request as a dict, as from `BatchRequest.as_dict`. Setting it redraws the form."""
        return self.request.as_dict()

    @value.setter
    def value(self, value: Mapping[str, Any]) -> None:
        former = (self.request.template_id, self.request.template_version_id)
        self.request.update(value)
        self._index = 0
        self._view.show_request(self.request)
        if (self.request.template_id, self.request.template_version_id) != former:
            self._template.read_tags()
        self._redraw()

    @property
    def user_input(self) -> dict[str, Any]:
        """The data of the document shown. Setting it redraws the form."""
        return deepcopy(self._row)

    @user_input.setter
    def user_input(self, user_input: Mapping[str, Any]) -> None:
        self._set_row(deepcopy(dict(user_input)))
        self._redraw()

    @property
    def problems(self) -> list[Problem]:
        """What is missing or needs attention before sending."""
        return self.request.problems()

    @property
    def status(self) -> str:
        """The sentence beside the button: what is missing, the progress, or an error."""
        return self._view.status.text

    def generate(self, *, again: bool = False) -> None:
        """Send the request and follow its batch, as the button does.

        Send nothing while data is missing, or while busy. If the same request was sent within the
        last hour, show a question instead, unless `again` is true.
        """
        if self._checks.allow(anyway=False):
            self._batches.send(self.request, again=again)

    def generate_anyway(self) -> None:
        """Send the request although data is missing: unfilled tags stay in the documents.

        Send nothing that Box would reject.
        """
        if self._checks.allow(anyway=True):
            self._batches.send(self.request)

    def _generate_others(self) -> None:
        """Send the documents without gaps, and keep the others in the form."""
        gaps, rows = self._checks.gaps(), self.request.rows
        self._batches.send(
            replace(self.request, rows=[row for n, row in enumerate(rows) if n not in gaps])
        )
        self._use_rows([rows[number] for number in gaps])

    def close(self) -> None:
        """Stop following and close all widgets of this form."""
        self._batches.close()
        self._template.close()
        self._sections.close()
        self._login.close()
        self._view.close()

    def __repr__(self) -> str:
        name = self._choice.names.get(self.request.template_id, "no template")
        count = counted(len(self.request.rows), "document")
        head = f"<BatchForm: {name} as {self.request.output_type}, {count}>"
        paths = self._view.fields.paths
        values = [f"  {path}: {text_of(value_at(self._row, path))}" for path in paths]
        return "\n".join([head, *values, f"  {self.status}"])

    # Input

    @property
    def _row(self) -> dict[str, Any]:
        return self.request.rows[self._index] if self.request.rows else {}

    def _set_row(self, row: dict[str, Any]) -> None:
        rows = list(self.request.rows) or [{}]
        rows[self._index] = row
        self.request.rows = rows

    def _observe(self) -> None:
        view = self._view
        file = FormFile(
            self.request,
            send=self._batches.send_to_browser,
            on_open=lambda value: setattr(self, "value", value),
            show_status=view.status.show,
            wrap=self._wrap,
        )
        view.template_tools.children = [file.widget]
        for control, callback in (
            (self._choice.control, lambda _: self._template.on_name()),
            (view.output_type, partial(self._on_text, "output_type")),
            (view.file_name.control, partial(self._on_text, "file_name")),
        ):
            control.observe(self._wrap(callback), "value")
        view.data_view.observe(self._wrap(lambda _: self._on_data_view()), "value")
        for button, send in (
            (view.generate, self.generate),
            (view.generate_anyway, self.generate_anyway),
            (view.generate_others, self._generate_others),
        ):
            button.on_click(self._wrap(partial(self._on_generate, send)))

    def _wrap(self, callback: Callback) -> Callable[..., None]:
        return wrap_callback(
            callback,
            show=lambda text, trace: self._view.show_error(text, trace),
            on_unauthorized=self._login.show,
            describe=in_words,
        )

    def _on_login(self) -> None:
        if self.request.template_id and self.request.tags is None:
            self._template.read_tags()
        self._show_problems()

    def _on_template(self) -> None:
        self._checks.forget(all_documents=True)
        self._view.show_request(self.request)
        self._redraw()

    def _on_folder(self, folder_id: str, path: str) -> None:
        self.request.folder_id = folder_id
        self._view.show_folder(path)
        self._show_problems()

    def _on_data_view(self) -> None:
        view = self._view
        name = view.data_view.value
        if name in (TABLE, CODE):
            self._sections.build_in(view.table if name == TABLE else view.code, name)
        self._show_problems()

    def _on_step(self, number: int) -> None:
        self._view.show_results(number == GENERATE)
        if number == GENERATE:
            self._batches.recent.read_once()
        if number == CHECK:
            self._checks.show_all()
        else:
            self._checks.show()

    def _on_generate(self, send: Callable[[], None], _button: Any) -> None:
        send()
        self._view.scroll_to_results()

    def _on_text(self, name: str, change: Mapping[str, Any]) -> None:
        setattr(self.request, name, change["new"])
        self._show_problems()

    def _on_value(self, path: str, value: Any) -> None:
        self._set_row(with_value(self._row, path, value))
        self._show_problems()

    def _on_row_button(self, button: str) -> None:
        self.request.rows, index = rows_after(button, self.request.rows or [{}], self._index)
        self._show(index)

    def _use_rows(self, rows: list[dict[str, Any]]) -> None:
        self.request.rows = rows
        self._checks.forget(all_documents=True)
        self._show(0)

    # Display

    def _show(self, index: int) -> None:
        """Show another document."""
        self._index = index
        self._redraw()

    def _redraw(self) -> None:
        self._checks.forget(all_documents=False)
        if self.request.tags is None:
            self._view.show_broken("", ())
        needed = fields(self.request.tags or ())
        self._view.fields.draw(needed, self._row, common=self.request.common)
        self._view.file_name.offer(names_of(needed))
        self._view.picker.show(self._index, count=len(self.request.rows))
        self._show_problems()

    def _show_problems(self) -> None:
        self._view.show_json(self._row)
        self._sections.update(self._view.data_view.value)
        self._checks.show()  # last: what it says depends on the table
