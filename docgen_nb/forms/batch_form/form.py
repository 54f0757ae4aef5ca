"""BatchForm: all that a template asks for as a form that sends the documents and follows them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import PurePath
from typing import Any, cast

from docgen_nb import wire
from docgen_nb.forms.batch_form import problem_placement as placement
from docgen_nb.forms.batch_form.batch_runner import Delivery
from docgen_nb.forms.batch_form.destination import name_of
from docgen_nb.forms.batch_form.form_sections import Acts, Parts
from docgen_nb.forms.batch_form.login_prompt import SignIn
from docgen_nb.forms.batch_form.table_import import RowPicker, after
from docgen_nb.forms.batch_form.template_choice import TemplateChoice
from docgen_nb.forms.batch_form.view import FormView
from docgen_nb.forms.client_protocol import Box
from docgen_nb.forms.data_paths import shown, value_at, with_value
from docgen_nb.forms.display import shown_as
from docgen_nb.forms.error_display import guarded
from docgen_nb.forms.tag_reader import TagReader
from docgen_nb.request import BatchRequest, rows_from_table, value_of
from docgen_nb.schema import fields
from docgen_nb.template import Problem


class BatchForm:
    """A form for the documents of a template: fill, look, generate, watch, try again.

    It is a view of ``form.request``, a `BatchRequest` that holds all that is chosen and typed.
    ``form.widget`` is the ipywidgets box to put into other boxes; the form holds it rather than
    being one, so that its own names (`value`, `problems`, `jobs`) cannot clash with a widget's.

    Parameters
    ----------
    box : Client
        As from `connect`, or any object with the methods of `forms.form_box.Box`.
    template_id : str, optional
        The template to begin with; by default the only one there is, or none.
    user_input : mapping, optional
        Data of one document to begin with.
    rows : list of mappings, optional
        Data of many documents to begin with, instead of `user_input`.
    folder_id : str
        Where the documents go.
    blocking : bool
        Do all work in the callback instead of in the background: for nbclient, and for notebooks
        such as Colab that show nothing that happens after a cell has ended.
    poll_seconds : float
        Pause between two looks at the jobs of a batch.
    plain : bool
        Use ipywidgets' own inputs alone, for where JavaScript modules are blocked.

    Attributes
    ----------
    request : BatchRequest
        The state of the form.
    done : threading.Event
        Set when sending and following have ended, well or not.

    Raises
    ------
    NotFound
        If there is no such template.
    ApiError, Unreachable
        If the templates or tags cannot be had. Later faults are shown in the form.

    Examples
    --------
    >>> class Box:
    ...     url = "https://example.com"
    ...     def list_templates(self):
    ...         return [{"file": {"type": "file", "id": "11"}, "file_name": "Letter.docx"}]
    ...     def list_tags(self, template_id, *, version_id):
    ...         return [{"tag_content": "{{to}}", "tag_type": "text", "json_paths": ["to"]}]
    ...     def list_versions(self, file_id):
    ...         return []
    >>> form = BatchForm(Box(), user_input={"to": "Ada"})
    >>> form
    <BatchForm: Letter.docx as docx, 1 document>
      to: Ada
      Ready to generate.
    """

    def __init__(
        self,
        box: Box,
        *,
        template_id: str | None = None,
        user_input: Mapping[str, Any] | None = None,
        rows: Sequence[Mapping[str, Any]] | None = None,
        folder_id: str = wire.ROOT_FOLDER_ID,
        blocking: bool = False,
        poll_seconds: float = 0.5,
        plain: bool = False,
    ) -> None:
        given = [dict(row) for row in ([user_input or {}] if rows is None else rows)]
        self._account = SignIn(box, then=self._on_login, blocking=blocking)
        self._box = box = cast(Box, self._account)
        self.request = BatchRequest(folder_id=folder_id, rows=deepcopy(given))
        self._at = 0  # which document is seen
        self._suggested = self.request.file_name
        self._asked = False  # whether Generate was pressed: from then on all messages show
        self._touched: set[str] = set()
        self._choice = TemplateChoice(box.list_templates())
        template_id = self._choice.first(template_id)
        self._sending = Delivery(
            box,
            self._guard,
            self._use_rows,
            blocking=blocking,
            poll_seconds=poll_seconds,
            plain=plain,
        )
        self.done = self._sending.done
        acts = Acts(
            self._guard, self._add_template, self._on_version, self._on_folder, self._use_rows
        )
        self._parts = Parts(box, acts, self.request, blocking=blocking, plain=plain)
        self._view = self._make_view(plain=plain)
        self._tags = TagReader(
            box,
            self.request,
            got=self._redraw,
            say=self._view.say,
            closed=self._sending.closed,
            poll_seconds=poll_seconds,
        )
        self._choose(template_id or "")
        if template_id is not None and not self._tags.read():
            self._wait_for_tags()
        self._observe()

    def _make_view(self, *, plain: bool) -> FormView:
        view = FormView(
            self._choice,
            RowPicker(pick=self._pick, act=self._act_on_rows, guard=self._guard),
            self._sending.table,
            on_value=self._guard(self._on_value),
            on_json=self._guard(self._on_json),
            read=value_of,
            above=self._parts.above,
            below=self._parts.below,
            opened=lambda name: self._parts.update(name, row=self._row),
            guard=self._guard,
            sign_in=self._account.widget,
            plain=plain,
        )
        view.show_folder(name_of(self.request.folder_id))
        self._sending.show_in(view)
        return view

    # What a program asks

    @property
    def widget(self) -> Any:
        """The ipywidgets box that shows the form."""
        return self._view.widget

    @property
    def value(self) -> dict[str, Any]:
        """The plain request, as `BatchRequest.as_dict` gives it. Setting it redraws the form."""
        return self.request.as_dict()

    @value.setter
    def value(self, value: Mapping[str, Any]) -> None:
        former = (self.request.template_id, self.request.template_version_id)
        self.request.update(value)
        self._at = 0
        self._show_head()
        self._view.show_folder(name_of(self.request.folder_id))
        if (self.request.template_id, self.request.template_version_id) != former:
            self.request.tags = None
            self._wait_for_tags()
        self._redraw()

    @property
    def user_input(self) -> dict[str, Any]:
        """The data of the document that is seen. Setting it redraws the form."""
        return deepcopy(self._row)

    @user_input.setter
    def user_input(self, user_input: Mapping[str, Any]) -> None:
        self._set_row(deepcopy(dict(user_input)))
        self._redraw()

    @property
    def problems(self) -> list[Problem]:
        """What is missing or worth a look before sending; always current."""
        return self.request.problems()

    @property
    def status(self) -> str:
        """The line beside the button: what is missing, how far it is, or what went wrong."""
        return self._view.words

    @property
    def batch_id(self) -> str | None:
        """The batch that was sent last."""
        return self._sending.batch_id

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """Its jobs as they were seen last, in the order of the documents."""
        return self._sending.jobs

    def load(
        self,
        table: Any,
        *,
        columns: Mapping[str, str | None] | None = None,
        group_by: str | Sequence[str] | None = None,
    ) -> None:
        """Take the data of all documents from a DataFrame, as `rows_from_table` does.

        ValueError if no template is chosen, or its tags are not read yet.
        """
        if self.request.tags is None:
            raise ValueError("Choose a template first: its tags tell which columns are lists.")
        found = rows_from_table(table, tags=self.request.tags, columns=columns, group_by=group_by)
        self._use_rows(found)

    def generate(self) -> None:
        """Send the request and follow it, as the button does.

        Nothing is sent while something needed is missing, unless the box is ticked that lets it
        go on without, nor while the batch before is still being sent or followed.
        """
        self._asked = True
        if self._show_problems() or self._sending.is_working:
            return
        self._sending.send(self.request)

    def follow(self, batch_id: str) -> None:
        """Show how far a batch is, whoever sent it, unless one is being sent or followed."""
        self._sending.follow(batch_id)

    def retry(self, *, numbers: Iterable[int] | None = None) -> None:
        """Put documents of the last batch into the form again, to be edited and generated.

        By default those that failed or have errors; `numbers` are places in ``form.jobs``.
        """
        self._sending.retry(numbers)

    def close(self) -> None:
        """Stop following and close all widgets of this form."""
        self._sending.closed.set()
        self._parts.close()
        self._account.close()
        self._view.close()

    def __repr__(self) -> str:
        name = self._choice.names.get(self.request.template_id, "no template")
        count = len(self.request.rows)
        noun = "document" if count == 1 else "documents"
        head = f"<BatchForm: {name} as {self.request.output_type}, {count} {noun}>"
        paths = self._view.fields.paths
        values = [f"  {path}: {shown(value_at(self._row, path))}" for path in paths]
        return "\n".join([head, *values, f"  {self.status}"])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return shown_as(self, **options)

    # What a person does

    @property
    def _row(self) -> dict[str, Any]:
        return self.request.rows[self._at] if self.request.rows else {}

    def _set_row(self, row: dict[str, Any]) -> None:
        rows = list(self.request.rows) or [{}]
        rows[self._at] = row
        self.request.rows = rows

    def _observe(self) -> None:
        for control, act in (
            (self._choice.template.control, self._on_template),
            (self._view.output_type.control, partial(self._on_text_of, "output_type")),
            (self._view.file_name.control, partial(self._on_text_of, "file_name")),
            (self._view.go_on, lambda _: self._show_problems()),
        ):
            control.observe(self._guard(act), "value")
        self._view.tabs.observe(
            self._guard(lambda _: self._view.show_json(self._row)), "selected_index"
        )
        self._view.button.on_click(self._guard(lambda _: self.generate()))
        self._view.retry_all.on_click(self._guard(lambda _: self.retry()))

    def _guard(self, act: Callable[..., object]) -> Callable[..., None]:
        def show(text: str, trace: str) -> None:
            self._view.show_fault(text, trace)

        return guarded(act, show=show, refused=self._account.offer)

    def _on_login(self) -> None:
        self._view.clear_fault()
        if self.request.template_id and self.request.tags is None:
            self._wait_for_tags()
        self._show_problems()

    def _on_template(self, _: Mapping[str, Any]) -> None:
        template_id = self._choice.template_id
        if template_id != self.request.template_id:
            self._choose(template_id)
            if template_id:
                self._wait_for_tags()

    def _on_version(self, version_id: str | None) -> None:
        if version_id != self.request.template_version_id:
            self.request.template_version_id, self.request.tags = version_id, None
            self._show_problems()
            self._wait_for_tags()

    def _on_folder(self, folder_id: str, path: str) -> None:
        self.request.folder_id = folder_id
        self._view.show_folder(path)
        self._show_problems()

    def _on_text_of(self, name: str, change: Mapping[str, Any]) -> None:
        setattr(self.request, name, change["new"])
        self._show_problems()

    def _on_value(self, path: str, value: Any) -> None:
        self._touched.add(path)
        self._set_row(with_value(self._row, path, value))
        self._show_problems()

    def _on_json(self, row: dict[str, Any]) -> None:
        self._set_row(row)
        self._redraw()

    # Many documents

    def _use_rows(self, rows: list[dict[str, Any]]) -> None:
        self.request.rows, self._at = rows, 0
        self._asked = False
        self._redraw()

    def _pick(self, at: int) -> None:
        self._at = at
        self._redraw()

    def _act_on_rows(self, name: str) -> None:
        self.request.rows, self._at = after(name, self.request.rows or [{}], self._at)
        self._redraw()

    # The template and its tags

    def _add_template(self, template_id: str, name: str) -> None:
        """Choose a template that was uploaded just now."""
        self._choice.add(template_id, name)
        self._choose(template_id)
        self._wait_for_tags()

    def _choose(self, template_id: str) -> None:
        name = self._choice.names.get(template_id, "")
        self.request.template_id, self.request.tags = template_id, None
        self.request.template_version_id = None
        if name and self.request.file_name == self._suggested:  # not typed by a person
            self.request.file_name = self._suggested = PurePath(name).stem
        self._asked = False
        self._show_head()
        self._redraw()

    def _wait_for_tags(self) -> None:
        self._sending.start(self._guard(self._tags.wait))

    def _show_head(self) -> None:
        self._choice.show(self.request.template_id)
        self._view.file_name.control.value = self.request.file_name
        if self.request.output_type in wire.OUTPUT_TYPES:
            self._view.output_type.control.value = self.request.output_type

    # What is shown

    def _redraw(self) -> None:
        self._touched.clear()
        self._view.fields.draw(fields(self.request.tags or ()), self._row)
        self._view.picker.show(self._at, count=len(self.request.rows))
        self._show_problems()

    def _show_problems(self) -> list[Problem]:
        """Show what is missing or worth a look; return what keeps the request from being sent."""
        problems = self.problems
        is_read = self.request.tags is not None or not self.request.template_id
        obstacles = placement.obstacles_of(problems, go_on=self._view.go_on.value, is_read=is_read)
        shown = None if self._asked else self._touched
        found = placement.place(problems, self._view.fields, at=self._at, shown=shown)
        self._view.show_placed(found, self._row)
        self._view.offer_to_go_on(self._asked and any(map(placement.may_be_missing, problems)))
        if not self._sending.is_working:
            self._view.say(self._at_rest(obstacles))
        self._view.show_json(self._row)
        self._parts.update(*self._view.open_parts, row=self._row)
        return obstacles

    def _at_rest(self, obstacles: Iterable[Problem]) -> str:
        words = placement.before_data(self.request, has_templates=bool(self._choice.names))
        return words or placement.at_rest(obstacles, at=self._at, count=len(self.request.rows))
