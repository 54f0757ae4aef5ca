"""The collapsible sections of a BatchForm, and what they request from the service."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.errors import Conflict, DocGenError, NotFound
from docgen_nb.forms.batch_form.destination import FolderChoice
from docgen_nb.forms.batch_form.request_view import RequestView
from docgen_nb.forms.batch_form.template_selection import TemplateSelection
from docgen_nb.forms.batch_form.template_upload import TemplateUpload, VersionChoice, opened
from docgen_nb.forms.batch_form.view import CODE, TABLE
from docgen_nb.forms.display import close_tree
from docgen_nb.forms.error_display import Explained, Wrap, explaining, item_in_conflict
from docgen_nb.forms.mapping.table_import import TableImport, TableState
from docgen_nb.forms.panels.login_prompt import LoginPrompt
from docgen_nb.forms.panels.preview import Preview
from docgen_nb.forms.tag_reader import GONE
from docgen_nb.forms.widgets.collapsible import Build, CollapsibleSections
from docgen_nb.request import BatchRequest
from docgen_nb.request.batch_request import merged
from docgen_nb.template import Problem, Template

UPLOAD, VERSION, FOLDER = "Upload a template", "Use an earlier version", "Choose a folder"
PREVIEW, ENLARGE, REDUCE = "Preview", "Enlarge", "Show smaller"
NEW_VERSION, EXISTING = "Upload as a new version", "Use the existing file"
TAKEN = "Upload yours as a new version of it, use the existing file, or rename yours."
NO_FOLDER = (
    "The folder for documents and templates does not exist any more. Choose another one at Folder, "
    "then upload again."
)


class FormSections:
    """Builds each part of a form when it is first needed, and updates those that are shown.

    Parameters
    ----------
    row : callable
        Returns the data of the document shown.
    selection : callable
        Returns the selection of the template, for uploads and versions.
    on_folder : callable
        Called with the id and the path of the folder that was chosen.
    on_broken : callable
        Called with the name of the chosen template and the problems of its tags.
    of_table : mapping of callables
        What a `TableImport` calls: ``use_data``, ``on_cancel``, ``add_to_name``, ``on_show``.

    Attributes
    ----------
    template, folder : CollapsibleSections
        Upload and version of the template; the destination folder.
    preview : widget
        The preview, or a button that shows it.
    table_buttons : widget
        Cancel and Use data, once the view of a table was built.
    """

    def __init__(
        self,
        login: LoginPrompt,
        request: BatchRequest,
        *,
        row: Callable[[], Mapping[str, Any]],
        selection: Callable[[], TemplateSelection],
        on_folder: Callable[[str, str], None],
        on_broken: Callable[[str, Sequence[Problem]], object],
        of_table: Mapping[str, Callable[..., object]],
        wrap: Wrap,
        blocking: bool,
        plain: bool,
    ) -> None:
        self._login, self._request, self._row = login, request, row
        self._selection, self._on_broken = selection, on_broken
        self._on_folder, self._of_table = on_folder, of_table
        self._wrap, self._blocking, self._plain = wrap, blocking, plain
        self._updates: dict[str, Callable[[], None]] = {}  # of the sections that were built
        self._preview: Preview | None = None
        self._table: TableImport | None = None
        self._versions: tuple[str, VersionChoice] | None = None  # with the id of their template
        self._version_box = widgets.VBox()
        self._opened: tuple[tuple[str, str | None], Template] | None = None
        template: dict[str, Build] = {UPLOAD: self._build_upload, VERSION: self._build_version}
        self.template = CollapsibleSections(template, on_open=self._update, wrap=wrap)
        folder: dict[str, Build] = {FOLDER: self._build_folder}
        self.folder = CollapsibleSections(folder, on_open=self._update, wrap=wrap)
        self.table_buttons = widgets.HBox()

        self._preview_button = widgets.Button(description="Show preview")
        self._preview_button.on_click(wrap(lambda _: self._show_preview()))
        heading = widgets.HTML("<h3>Preview</h3>")
        self._enlarge = widgets.Button(description=ENLARGE).add_class("docgen-quiet")
        self._enlarge.layout.display = "none"  # until there is a preview
        self._enlarge.on_click(wrap(lambda _: self._resize(self._enlarge.description == ENLARGE)))
        head = widgets.HBox([heading, self._enlarge]).add_class("docgen-heading")
        self.preview = widgets.VBox([head, self._preview_button])

    def build_in(self, box: Any, name: str) -> None:
        """Add the view of that name, `TABLE`, `CODE` or `PREVIEW`, to a box, if it is not there."""
        if name not in self._updates:
            build = {
                TABLE: self._build_table,
                CODE: self._build_request,
                PREVIEW: self._build_preview,
            }
            box.children = (*box.children, build[name]())
        self._updates[name]()

    @property
    def table_state(self) -> TableState | None:
        """What to do next about a table; None if its data is in the form, or there is no view."""
        return self._table.state if self._table else None

    def on_shown(self) -> None:
        """Show the preview on a page that shows the form; not if rendering blocks typing."""
        if not self._blocking:
            self._show_preview()

    def _show_preview(self) -> None:
        self._preview_button.layout.display = "none"
        self._enlarge.layout.display = ""
        self.build_in(self.preview, PREVIEW)

    def _resize(self, is_large: bool) -> None:
        """Show the preview across the form, or beside the fields."""
        (self.preview.add_class if is_large else self.preview.remove_class)("docgen-enlarged")
        self._enlarge.description = REDUCE if is_large else ENLARGE
        if self._preview is not None:
            self._preview.enlarge(is_large)

    def update(self, data_view: str) -> None:
        """Update what shows the request: an open section, a view of the data, the preview."""
        for name in (self.template.open_section, data_view, PREVIEW):
            self._update(name)

    def _update(self, name: str) -> None:
        if name in self._updates:
            self._updates[name]()

    def close(self) -> None:
        """Stop rendering previews, and close the sections."""
        if self._preview is not None:
            self._preview.close()
        if self._table is not None:
            self._table.close()
        self.template.close()
        self.folder.close()

    def _build_upload(self) -> Any:
        self._files = TemplateUpload(upload=self._upload, wrap=self._wrap, plain=self._plain)
        return self._files.widget

    def _upload(self, name: str, content: bytes) -> None:
        self._files.offer("", {})
        template, client = opened(name, content), self._login.client
        try:
            with explaining(NotFound, NO_FOLDER):
                file = client.upload_file(content, name=name, folder_id=self._request.folder_id)
        except Conflict as error:
            item = item_in_conflict(error)
            if item.get("type") != "file":
                raise
            self._offer_existing(str(item["id"]), name, content)
            text = f"There is a file named {name} in this folder already. {TAKEN}"
            raise Explained(text) from None
        self._use_file(str(file["id"]), name, template)

    def _offer_existing(self, file_id: str, name: str, content: bytes) -> None:
        """Offer to upload a file as a new version of one of the same name, or to use that one."""

        def upload_version() -> None:
            with explaining(NotFound, GONE):
                self._login.client.upload_version(file_id, content)
            self._versions = None  # as listed, it lacks the new one
            self._use_file(file_id, name, Template(content))

        choices = {
            NEW_VERSION: upload_version,
            EXISTING: lambda: self._use_file(file_id, name, None),
        }
        self._files.offer(f"{name} is in this folder already.", choices)

    def _use_file(self, file_id: str, name: str, template: Template | None) -> None:
        """Choose a file as the template; without its content that is read when it is needed."""
        with explaining(NotFound, GONE):
            self._login.client.mark_template(file_id)
        self._files.offer("", {})
        self.template.collapse()
        self._opened = ((file_id, None), template) if template else None
        self._selection().on_upload(file_id, name)
        self._on_broken(name, template.problems() if template else ())

    def _build_version(self) -> Any:
        self._list_versions()
        self._updates[VERSION] = self._update_versions
        return self._version_box

    def _list_versions(self) -> None:
        """List the versions of the chosen template, unless they are listed."""
        template_id = self._request.template_id
        version_id = self._request.template_version_id
        if self._versions is not None:
            listed, choice = self._versions
            if (listed, choice.version_id) == (template_id, version_id):
                return
        with explaining(NotFound, GONE):
            versions = self._login.client.list_versions(template_id) if template_id else ()
        choice = VersionChoice(versions, version_id)
        choose = self._wrap(lambda _: self._selection().on_version(choice.version_id))
        choice.control.observe(choose, "value")
        self._versions = template_id, choice
        self._show_versions(choice.widget)

    def _update_versions(self) -> None:
        """List the versions of the chosen template; none if that fails."""
        try:
            self._list_versions()
        except DocGenError as error:
            self._versions = None
            text = escape(f"Can't list the versions: {error}")
            self._show_versions(widgets.HTML(f'<span role="status">{text}</span>'))

    def _show_versions(self, widget: Any) -> None:
        former, self._version_box.children = self._version_box.children, [widget]
        close_tree(*former)

    def _build_folder(self) -> Any:
        return FolderChoice(
            self._login,
            self._request.folder_id,
            on_choice=self._on_folder,
            wrap=self._wrap,
        ).widget

    def _build_table(self) -> Any:
        table = TableImport(
            tags=lambda: self._request.tags or (),
            data=lambda: (self._request.common, self._request.rows),
            file_names=lambda rows, common: replace(
                self._request, rows=rows, common=common
            ).file_names(),
            make_preview=self._new_preview,
            wrap=self._wrap,
            plain=self._plain,
            **self._of_table,
        )
        self._table, self._updates[TABLE] = table, table.update
        self.table_buttons.children = [table.buttons]
        return table.widget

    def _build_preview(self) -> Any:
        self._preview = preview = self._new_preview()

        def update() -> None:
            if self._request.template_id:
                preview.value = merged(self._request.common, self._row())

        self._updates[PREVIEW] = update
        return preview.widget

    def _new_preview(self) -> Preview:
        return Preview(self._chosen_template, blocking=self._blocking)

    def _chosen_template(self) -> Template:
        """Return the chosen template; it is downloaded when it is first needed."""
        chosen = (self._request.template_id, self._request.template_version_id)
        if self._opened is None or self._opened[0] != chosen:
            content = self._login.client.download_file(chosen[0], version_id=chosen[1])
            template = Template(content)
            self._opened = (chosen, template)
            if chosen == (self._request.template_id, self._request.template_version_id):
                self._on_broken(self._selection().name, template.problems())
            return template
        return self._opened[1]

    def _build_request(self) -> Any:
        url = self._login.client.url
        url_or_box = None if url == wire.API_URL else url
        view = RequestView(self._request, url=url_or_box, plain=self._plain)
        self._updates[CODE] = view.update
        return view.widget
