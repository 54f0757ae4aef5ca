"""The parts of a BatchForm that are folded away at first, and what they ask of the service."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire
from docgen_nb.errors import DocGenError
from docgen_nb.forms.batch_form.destination import FolderChoice
from docgen_nb.forms.batch_form.request_view import RequestView
from docgen_nb.forms.batch_form.table_import import DataSource
from docgen_nb.forms.batch_form.template_choice import UploadTemplate, VersionChoice
from docgen_nb.forms.client_protocol import Box
from docgen_nb.forms.panels.preview import Preview
from docgen_nb.forms.widgets.collapsible import Make, say_line
from docgen_nb.forms.widgets.inputs import close_tree
from docgen_nb.request import BatchRequest
from docgen_nb.template import Rendered, Template
from docgen_nb.template.provenance import Piece

UPLOAD, VERSION = "Upload a template", "Another version of the template"
FOLDER, TABLE = "Where the documents go", "Data from a table"
PREVIEW, REQUEST = "Preview", "The request as JSON, curl and Python"

Guard = Callable[[Callable[..., object]], Callable[..., None]]


@dataclass(frozen=True)
class Acts:
    """What the parts do to the form."""

    guard: Guard
    choose_template: Callable[[str, str], None]  # id, name
    choose_version: Callable[[str | None], None]
    choose_folder: Callable[[str, str], None]  # id, path
    use_rows: Callable[[list[dict[str, Any]]], None]


class Parts:
    """Makes each part when it is first opened, and brings the one that is open up to date."""

    def __init__(
        self, box: Box, acts: Acts, request: BatchRequest, *, blocking: bool, plain: bool
    ) -> None:
        self._box, self._acts, self._request = box, acts, request
        self._blocking, self._plain = blocking, plain
        self._preview: Preview | None = None
        self._written: RequestView | None = None
        self._data: DataSource | None = None
        self._versions: tuple[str, VersionChoice] | None = None
        self._version_box: Any = None
        self._source = _Source(box, request)

    @property
    def above(self) -> dict[str, Make]:
        """The parts above the data."""
        return {
            UPLOAD: self._upload,
            VERSION: self._version,
            FOLDER: self._folder,
            TABLE: self._table,
        }

    @property
    def below(self) -> dict[str, Make]:
        """The parts below the data."""
        return {PREVIEW: self._make_preview, REQUEST: self._write}

    def update(self, *names: str, row: Mapping[str, Any]) -> None:
        """Bring parts up to date, if they show the request."""
        if PREVIEW in names and self._preview is not None and self._request.template_id:
            self._preview.value = row
        if REQUEST in names and self._written is not None:
            self._written.update()
        if TABLE in names and self._data is not None:
            self._data.update()
        if VERSION in names:
            self._relist_versions()

    def close(self) -> None:
        """Make no more previews."""
        if self._preview is not None:
            self._preview.close()

    def _upload(self) -> Any:
        part = UploadTemplate()

        def upload(_: Any) -> None:
            given = part.given()
            if given is None:
                return
            name, content = given
            part.button.disabled = True
            try:
                folder = self._request.folder_id
                file = self._box.upload_file(content, name=name, folder_id=folder)
                self._box.mark_template(file["id"])
            except DocGenError:
                part.button.disabled = False
                raise
            self._acts.choose_template(str(file["id"]), name)

        part.button.on_click(self._acts.guard(upload))
        return part.widget

    def _version(self) -> Any:
        self._versions = None
        self._version_box = widgets.VBox()
        self._list_versions()
        return self._version_box

    def _list_versions(self) -> None:
        """List the versions of the template that is chosen now, unless they are listed."""
        wanted = self._request.template_id
        if self._versions is not None:
            listed, choice = self._versions
            if (listed, choice.version_id) == (wanted, self._request.template_version_id):
                return
        part = VersionChoice(
            self._box.list_versions(wanted) if wanted else (), self._request.template_version_id
        )
        choose = self._acts.guard(lambda _: self._acts.choose_version(part.version_id))
        part.control.observe(choose, "value")
        self._versions = wanted, part
        former, self._version_box.children = self._version_box.children, [part.widget]
        for one in former:
            close_tree(one)

    def _relist_versions(self) -> None:
        """List them anew; where that fails, none can be chosen that is another template's."""
        try:
            self._list_versions()
        except DocGenError as error:
            former, self._version_box.children = self._version_box.children, []
            self._versions = None
            for one in former:
                close_tree(one)
            words = widgets.HTML()
            say_line(words, f"The versions cannot be listed: {error}")
            self._version_box.children = [words]

    def _folder(self) -> Any:
        folder, acts = self._request.folder_id, self._acts
        return FolderChoice(self._box, folder, chosen=acts.choose_folder, guard=acts.guard).widget

    def _table(self) -> Any:
        def tags() -> Sequence[Mapping[str, Any]]:
            return self._request.tags or ()

        self._data = DataSource(tags=tags, use=self._acts.use_rows, guard=self._acts.guard)
        return self._data.widget

    def _make_preview(self) -> Any:
        self._preview = Preview(self._source, blocking=self._blocking)
        return self._preview.widget

    def _write(self) -> Any:
        self._written = RequestView(lambda: self._request, url=_url(self._box), plain=self._plain)
        return self._written.widget


def _url(box: Box) -> str | None:
    return None if box.url == wire.API_URL else box.url


class _Source:
    """The template that is chosen, fetched when it is first needed."""

    def __init__(self, box: Box, request: BatchRequest) -> None:
        self._box, self._request = box, request
        self._known: tuple[Any, Template] | None = None

    def render(self, user_input: Mapping[str, Any], /) -> Rendered:
        """Make the document."""
        return self._template().render(user_input)

    def text_pieces(self, user_input: Mapping[str, Any], /) -> list[Piece]:
        """Its words, with where each is from."""
        return self._template().text_pieces(user_input)

    def _template(self) -> Template:
        wanted = (self._request.template_id, self._request.template_version_id)
        if self._known is None or self._known[0] != wanted:
            content = self._box.download_file(wanted[0], version_id=wanted[1])
            self._known = (wanted, Template(content))
        return self._known[1]
