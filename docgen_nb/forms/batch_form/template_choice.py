"""Which template, and which version of it: from the list, or a file to upload."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from docgen_nb.forms.widgets.collapsible import line, say_line
from docgen_nb.forms.widgets.inputs import Labelled
from docgen_nb.template import Template

CURRENT = "the current one"
UPLOAD_LIMIT = "Up to 10 MB by this button (Jupyter's limit); give a path for a larger file."


class TemplateChoice:
    """The list of templates, to be chosen from by name."""

    def __init__(self, templates: Iterable[Mapping[str, Any]]) -> None:
        self.names = names_of(templates)
        self.template = Labelled(
            # Not a Dropdown: where JavaScript modules are blocked, and the shortcuts of JupyterLab
            # with them, the letter x in one would cut the cell.
            widgets.Combobox(
                description="Template",
                options=list(self.names.values()),
                placeholder="type a name, or choose from the list",
            )
        )
        self.widget = self.template.widget

    def first(self, template_id: str | None) -> str | None:
        """Return the template to begin with: the one given, else the only one there is."""
        if template_id is None and len(self.names) == 1:
            return next(iter(self.names))
        if template_id is not None:
            self.add(template_id, f"Template {template_id}")
        return template_id

    @property
    def template_id(self) -> str:
        """The id of the template that is named, "" if there is none of that name."""
        named = self.template.control.value
        return next((key for key, name in self.names.items() if name == named), "")

    def add(self, template_id: str, name: str) -> None:
        """Put a template on the list, unless it is there."""
        self.names.setdefault(template_id, name)
        self.template.control.options = list(self.names.values())

    def show(self, template_id: str) -> None:
        """Show which one is chosen; a name that none has stays as it was typed."""
        control = self.template.control
        control.value = self.names.get(template_id, "") or control.value


class VersionChoice:
    """The versions of a template: the current one or a past one, which may be typed by its id."""

    def __init__(self, versions: Iterable[Mapping[str, Any]], version_id: str | None) -> None:
        past = list(versions)[1:]
        self._past = {_version_name(one): str(one["id"]) for one in past}
        self.control = widgets.Combobox(description="Version", options=[CURRENT, *self._past])
        named = [name for name, one in self._past.items() if one == version_id]
        self.control.value = CURRENT if version_id is None else (named or [version_id])[0]
        self.control.layout.width = "auto"
        noun = "past version" if len(past) == 1 else "past versions"
        count = widgets.HTML(f"{len(past) or 'No'} {noun} of this template.")
        self.widget = widgets.VBox([self.control, count])

    @property
    def version_id(self) -> str | None:
        """The version chosen, None for the current one."""
        named = self.control.value.strip()
        return None if named in ("", CURRENT) else self._past.get(named, named)


def _version_name(version: Mapping[str, Any]) -> str:
    return f"{str(version.get('created_at', ''))[:16].replace('T', ' ')}, id {version['id']}"


def names_of(templates: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a name for each template id; a name that comes twice is told apart by its id."""
    found = {str(entry["file"]["id"]): str(entry["file_name"]) for entry in templates}
    counts = Counter(found.values())
    names = {
        key: name if counts[name] == 1 else f"{name} (file {key})" for key, name in found.items()
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))


class UploadTemplate:
    """A Word file to upload and mark as a template: by a button, or by its path."""

    def __init__(self) -> None:
        self.file = widgets.FileUpload(accept=".docx", description="Choose a Word file")
        self.file.layout.width = "auto"
        self.path = widgets.Text(
            description="or its path",
            placeholder="~/Documents/letter.docx",
            continuous_update=False,
        )
        self.button = widgets.Button(description="Upload as template", disabled=True)
        self.button.layout.width = "auto"
        self._status = line()
        hint = widgets.HTML(f"<small>{UPLOAD_LIMIT}</small>")
        row = widgets.HBox([self.file, self.path, self.button])
        row.layout.flex_flow = "row wrap"
        self.widget = widgets.VBox([row, hint, self._status])
        for control in (self.file, self.path):
            control.observe(lambda _: self._look(), "value")

    def _look(self) -> None:
        self.button.disabled = not (self.file.value or self.path.value.strip())
        self.button.description = "Upload as template"

    def given(self) -> tuple[str, bytes] | None:
        """The name and the content chosen, checked to be a Word file; None where it cannot be read.

        UnreadableTemplate if it is no Word file.
        """
        if self.path.value.strip():
            path = Path(self.path.value.strip()).expanduser()
            try:
                name, content = path.name, path.read_bytes()
            except OSError as error:
                self.say(f"Cannot read {path}: {error.strerror}.")
                return None
        else:
            [chosen] = self.file.value[:1]
            name, content = chosen["name"], bytes(chosen["content"])
        faults = Template(content).problems()
        if faults:
            places = "; ".join(f"{one} ({one.place})" if one.place else str(one) for one in faults)
            self.say(f"Uploaded all the same, but look at it: {places}")
        else:
            self.say("")
        return name, content

    def say(self, text: str) -> None:
        """Show a sentence below the buttons."""
        say_line(self._status, text)
