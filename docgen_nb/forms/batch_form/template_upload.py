"""The choice of a version of a template, and the upload of a template."""

from collections.abc import Iterable
from pathlib import Path

import ipywidgets as widgets

from docgen_nb.client_protocol import Entry
from docgen_nb.forms.display import counted, with_place
from docgen_nb.forms.widgets.layout import wrapping_row
from docgen_nb.forms.widgets.status_line import StatusLine
from docgen_nb.template import Template

CURRENT = "Current version"
UPLOAD_LIMIT = "At most 10 MB with this button (a limit of Jupyter). Enter a path for larger files."


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
    """Inputs for a Word file to upload and mark as a template."""

    def __init__(self) -> None:
        auto = {"width": "auto"}
        self.file = widgets.FileUpload(
            accept=".docx", description="Choose a Word file…", layout=auto
        )
        self.path = widgets.Text(
            description="Or its path",
            placeholder="~/Documents/letter.docx",
            continuous_update=False,
        )
        self.button = widgets.Button(description="Upload as template", disabled=True, layout=auto)
        self._status = StatusLine()
        row = wrapping_row(self.file, self.path, self.button)
        hint = widgets.HTML(f"<small>{UPLOAD_LIMIT}</small>")
        self.widget = widgets.VBox([row, hint, self._status.widget])
        for control in (self.file, self.path):
            control.observe(lambda _: self._enable_button(), "value")

    def _enable_button(self) -> None:
        self.button.disabled = not (self.file.value or self.path.value.strip())

    def read(self) -> tuple[str, bytes] | None:
        """Return the name and the content of the chosen file; None if it cannot be read.

        Shows the problems of the template. UnreadableTemplate if it is not a Word file.
        """
        self._status.show("")
        if self.path.value.strip():
            path = Path(self.path.value.strip()).expanduser()
            try:
                name, content = path.name, path.read_bytes()
            except OSError as error:
                self._status.show(f"Can't read {path}: {error.strerror}.")
                return None
        else:
            [chosen] = self.file.value[:1]
            name, content = chosen["name"], bytes(chosen["content"])
        if problems := Template(content).problems():
            count = sum(one.severity != "note" for one in problems)
            kind = counted(count, "problem") if count else counted(len(problems), "note")
            self._status.show(f"Uploaded with {kind}: {'; '.join(map(with_place, problems))}")
        return name, content
