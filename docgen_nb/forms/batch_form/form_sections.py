"""The collapsible sections of a BatchForm, and what they request from the service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.errors import DocGenError
from docgen_nb.forms.batch_form.destination import FolderChoice
from docgen_nb.forms.batch_form.login_prompt import LoginPrompt
from docgen_nb.forms.batch_form.request_view import RequestView
from docgen_nb.forms.batch_form.table_import import TableImport
from docgen_nb.forms.batch_form.template_choice import TemplateUpload, VersionChoice
from docgen_nb.forms.display import close_tree
from docgen_nb.forms.error_display import Wrap
from docgen_nb.forms.panels.preview import Preview
from docgen_nb.forms.widgets.collapsible import Build
from docgen_nb.request import BatchRequest
from docgen_nb.template import Template

UPLOAD, VERSION = "Upload a template", "Use an earlier version"
FOLDER, TABLE = "Choose a folder", "Data from a table"
PREVIEW, REQUEST = "Preview", "Request as JSON and code"


@dataclass(frozen=True)
class Callbacks:
    """What the sections call to change the form."""

    choose_template: Callable[[str, str], None]  # with its id and its name
    choose_version: Callable[[str | None], None]
    choose_folder: Callable[[str, str], None]  # with its id and its path
    use_rows: Callable[[list[dict[str, Any]]], None]


class FormSections:
    """Builds each section when it is first opened, and updates the open ones."""

    def __init__(
        self,
        login: LoginPrompt,
        request: BatchRequest,
        callbacks: Callbacks,
        *,
        wrap: Wrap,
        blocking: bool,
        plain: bool,
    ) -> None:
        self._login, self._request, self._callbacks = login, request, callbacks
        self._wrap, self._blocking, self._plain = wrap, blocking, plain
        self._preview: Preview | None = None
        self._request_view: RequestView | None = None
        self._table: TableImport | None = None
        self._versions: tuple[str, VersionChoice] | None = None  # with the id of their template
        self._version_box = widgets.VBox()
        self._opened: tuple[tuple[str, str | None], Template] | None = None
        self.above: dict[str, Build] = {
            UPLOAD: self._build_upload,
            VERSION: self._build_version,
            FOLDER: self._build_folder,
            TABLE: self._build_table,
        }
        self.below: dict[str, Build] = {
            PREVIEW: self._build_preview,
            REQUEST: self._build_request,
        }

    def update(self, *names: str, row: Mapping[str, Any]) -> None:
        """Update sections that show the request; `row` is the data of the document shown."""
        if PREVIEW in names and self._preview is not None and self._request.template_id:
            self._preview.value = row
        if REQUEST in names and self._request_view is not None:
            self._request_view.update()
        if TABLE in names and self._table is not None:
            self._table.update()
        if VERSION in names:
            self._update_versions()

    def close(self) -> None:
        """Stop rendering previews."""
        if self._preview is not None:
            self._preview.close()

    def _build_upload(self) -> Any:
        section = TemplateUpload()

        def upload(_: Any) -> None:
            source = section.read()
            if source is None:
                return
            name, content = source
            client = self._login.client
            section.button.disabled = True
            try:
                file = client.upload_file(content, name=name, folder_id=self._request.folder_id)
                client.mark_template(file["id"])
            except DocGenError:
                section.button.disabled = False
                raise
            self._callbacks.choose_template(str(file["id"]), name)

        section.button.on_click(self._wrap(upload))
        return section.widget

    def _build_version(self) -> Any:
        self._list_versions()
        return self._version_box

    def _list_versions(self) -> None:
        """List the versions of the chosen template, unless they are listed."""
        template_id = self._request.template_id
        version_id = self._request.template_version_id
        if self._versions is not None:
            listed, choice = self._versions
            if (listed, choice.version_id) == (template_id, version_id):
                return
        versions = self._login.client.list_versions(template_id) if template_id else ()
        choice = VersionChoice(versions, version_id)
        choose = self._wrap(lambda _: self._callbacks.choose_version(choice.version_id))
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
            on_choice=self._callbacks.choose_folder,
            wrap=self._wrap,
        ).widget

    def _build_table(self) -> Any:
        self._table = TableImport(
            tags=lambda: self._request.tags or (),
            use_rows=self._callbacks.use_rows,
            wrap=self._wrap,
        )
        return self._table.widget

    def _build_preview(self) -> Any:
        self._preview = Preview(self._chosen_template, blocking=self._blocking)
        return self._preview.widget

    def _chosen_template(self) -> Template:
        """Return the chosen template; it is downloaded when it is first needed."""
        chosen = (self._request.template_id, self._request.template_version_id)
        if self._opened is None or self._opened[0] != chosen:
            content = self._login.client.download_file(chosen[0], version_id=chosen[1])
            self._opened = (chosen, Template(content))
        return self._opened[1]

    def _build_request(self) -> Any:
        url = self._login.client.url
        url_or_box = None if url == wire.API_URL else url
        self._request_view = RequestView(self._request, url=url_or_box, plain=self._plain)
        return self._request_view.widget
