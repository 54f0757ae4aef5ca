"""The choice of a version of a template, and the upload of a template."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path, PurePath

import ipywidgets as widgets

from docgen_nb.client_protocol import Entry
from docgen_nb.errors import UnreadableTemplate
from docgen_nb.forms.display import close_tree, counted
from docgen_nb.forms.error_display import Explained, Wrap
from docgen_nb.forms.widgets.file_button import OnFile, file_button
from docgen_nb.forms.widgets.layout import wrapping_row
from docgen_nb.forms.widgets.status_line import StatusLine
from docgen_nb.request.table_files import KINDS
from docgen_nb.template import Template

CURRENT = "Current version"
MAX_MEGABYTES = 9  # Jupyter drops messages of 10 MB or more
UPLOAD_LIMIT = f"At most {MAX_MEGABYTES} MB with this button. Enter the path of a larger file."


class VersionChoice:
    """An input to choose a version of a template: the current one, or an earlier one."""

    def __init__(self, versions: Iterable[Entry], version_id: str | None) -> None:
        earlier = list(versions)[1:]
        self._ids = {_version_name(one): str(one["id"]) for one in earlier}
        self.control = widgets.Combobox(description="Version", options=[CURRENT, *self._ids])
        names = [name for name, one in self._ids.items() if one == version_id]
        self.control.value = CURRENT if version_id is None else (names or [version_id])[0]
        self.control.layout.width = "auto"
        count = counted(len(earlier), "earlier version") if earlier else "No earlier versions"
        self.widget = widgets.VBox([self.control, widgets.HTML(f"{count} of this template.")])

    @property
    def version_id(self) -> str | None:
        """The id of the chosen version, None for the current one."""
        name = self.control.value.strip()
        return None if name in ("", CURRENT) else self._ids.get(name, name)


def _version_name(version: Entry) -> str:
    return f"{str(version.get('created_at', ''))[:16].replace('T', ' ')}, ID {version['id']}"


class TemplateUpload:
    """Inputs for a Word file to upload and mark as a template.

    `upload` is called with the name and the content of the file.
    """

    def __init__(self, *, upload: OnFile, wrap: Wrap, plain: bool) -> None:
        self._upload = upload
        choose = file_button(
            "Choose a Word file…",
            accept=".docx",
            max_bytes=MAX_MEGABYTES * 1024 * 1024,
            on_file=wrap(upload),
            plain=plain,
            is_quiet=False,
        )
        self._path = widgets.Text(
            description="Or its path",
            placeholder="~/Documents/letter.docx",
            continuous_update=False,
        )
        button = widgets.Button(description="Upload as template", layout={"width": "auto"})
        self._status = StatusLine()
        hint = widgets.HTML(f"<small>{UPLOAD_LIMIT}</small>")
        row = wrapping_row(choose, self._path, button).add_class("docgen-upload-row")
        self._question = widgets.HBox().add_class("docgen-question")
        self.widget = widgets.VBox([row, hint, self._status.widget, self._question])
        self._wrap = wrap
        button.on_click(wrap(lambda _: self._read()))

    def offer(self, question: str, choices: Mapping[str, Callable[[], object]]) -> None:
        """Show a question with a button for each choice instead of the one before, or nothing."""
        former, self._question.children = self._question.children, ()
        close_tree(*former)
        if question:
            self._question.children = (widgets.HTML(escape(question)),)
        for text, choose in choices.items():
            button = widgets.Button(description=text, layout={"width": "auto"})
            button.on_click(self._wrap(lambda _, choose=choose: choose()))
            self._question.children = (*self._question.children, button)

    def _read(self) -> None:
        """Upload the file with the path that was entered."""
        if not self._path.value.strip():
            self._status.show("Enter the path of a Word file.")
            return
        path = Path(self._path.value.strip()).expanduser()
        try:
            content = path.read_bytes()
        except OSError as error:
            self._status.show(f"Can't read {path}: {error.strerror}.")
            return
        self._status.show("")
        self._upload(path.name, content)


def opened(name: str, content: bytes) -> Template:
    """Return an uploaded file as a template.

    Explained, which says what to choose instead, if it is not a Word file.
    """
    if (suffix := PurePath(name).suffix.lower()) in KINDS:
        what = "a spreadsheet" if suffix == ".xlsx" else "a table"
        raise Explained(
            f"{name} is {what}. Choose a Word file (.docx) here; data from a table belongs to "
            "Data, From a table."
        )
    try:
        return Template(content)
    except UnreadableTemplate as error:
        raise Explained(f"{name} can't be used as a template. {error}") from error
