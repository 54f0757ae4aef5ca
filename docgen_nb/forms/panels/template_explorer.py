"""TemplateExplorer: the data that a template needs, where it uses the data, and its problems."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import DocGenError
from docgen_nb.forms.error_display import message_of
from docgen_nb.forms.panels.panel import Panel
from docgen_nb.forms.panels.template_html import Contents, as_html, as_text, summary
from docgen_nb.forms.tag_reader import TagReader
from docgen_nb.forms.template_names import names_by_id
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts
from docgen_nb.template import Template

LocalTemplate = str | os.PathLike[str] | bytes | Template


class TemplateExplorer(Panel):
    """The tree of the data that a template needs, with the places that use each part.

    The problems of the template are listed below the tree.

    Parameters
    ----------
    source : Client, path, bytes or Template
        A service, to choose from its templates; or one template.
    template_id : str, optional
        The first template to show; by default the only one that the service has, or none.
    blocking : bool
        Do the work in the callback instead of in the background.
    poll_seconds : float
        Pause between two requests for tags while Box is still processing the template.

    Attributes
    ----------
    widget : widget
        The ipywidgets box, to be put into other boxes.
    contents : Contents or None
        The template shown: ``name``, ``tags``, ``places`` and ``problems``.
    done : threading.Event
        Set while no template is being read.

    Raises
    ------
    UnreadableTemplate, FileNotFoundError
        If a local file cannot be read as a template.
    ApiError, Unreachable
        If the templates cannot be listed. Later errors are shown in the status line.

    Notes
    -----
    The tags come from the service. Their places and the problems come from the file, which is
    downloaded; if the download fails, only the tags are shown.

    Examples
    --------
    >>> from docgen_nb import samples
    >>> TemplateExplorer(samples.template("Dear {{to.name}},"))
    <TemplateExplorer: Template, 1 tag, 0 problems>
    to: object
      name: text
    """

    def __init__(
        self,
        source: DocGenClient | LocalTemplate,
        *,
        template_id: str | None = None,
        blocking: bool = False,
        poll_seconds: float = 2.0,
    ) -> None:
        super().__init__()
        self._names: dict[str, str] = {}
        self._template_id = ""
        self.contents: Contents | None = None
        self._build()
        self._tags = TagReader(
            lambda template_id, _: self._box.list_tags(template_id),
            on_tags=self._on_tags,
            show_status=self._show_status,
            wrap=self._wrap,
            blocking=blocking,
            poll_seconds=poll_seconds,
        )
        self.done = self._tags.done
        if isinstance(source, str | os.PathLike | bytes | Template):
            self._show(_read_local(source))
        else:
            self._box = source
            self._list_templates(template_id)

    @property
    def value(self) -> str:
        """The id of the chosen template, or ''. Setting it shows another template."""
        return self._template_id

    @value.setter
    def value(self, template_id: str) -> None:
        self._names.setdefault(template_id, f"Template {template_id}")
        self._choice.value = self._names[template_id]

    def close(self) -> None:
        """Stop waiting for tags and close the widgets."""
        self._tags.closed.set()
        super().close()

    def __repr__(self) -> str:
        return as_text(self.contents) if self.contents else f"<TemplateExplorer: {self.status}>"

    # Widgets

    def _build(self) -> None:
        # Not a Dropdown: typing finds one of many templates.
        self._choice = widgets.Combobox(
            description="Template", placeholder="Type a name, or choose from the list"
        )
        self._choice.layout.display = "none"
        self._choice.layout.width = "32em"
        self._page = widgets.HTML()
        self.widget = widgets.VBox([self._choice, self._status_line.widget, self._page])
        self.widget.add_class("docgen-explorer")
        suppress_shortcuts(self.widget)

    def _show(self, contents: Contents) -> None:
        self.contents = contents
        self._page.value = as_html(contents)
        self._show_status(f"{summary(contents)}.")

    # Templates of a service

    def _list_templates(self, template_id: str | None) -> None:
        self._names = names_by_id(self._box.list_templates())
        self._choice.options = list(self._names.values())
        self._choice.layout.display = ""
        self._choice.observe(self._wrap(self._on_choice), "value")
        if template_id is None and len(self._names) == 1:
            template_id = next(iter(self._names))
        if template_id is not None:
            self.value = template_id
        else:
            self._show_status("Choose a template." if self._names else "There are no templates.")

    def _on_choice(self, change: Mapping[str, Any]) -> None:
        ids = (template_id for template_id, name in self._names.items() if name == change["new"])
        self._template_id = next(ids, "")
        self.contents, self._page.value = None, ""
        if self._template_id:
            self._show_status("Reading the template…")
            self._tags.start(self._template_id)
        else:
            self._tags.cancel()
            self._show_status("Choose a template.")

    def _on_tags(self, tags: list[Entry]) -> None:
        template_id = self._template_id
        contents, error = self._with_places(template_id, tags)
        if template_id == self._template_id:
            self._show(contents)
            if error:
                self._show_status(f"{self.status} Places and problems are unknown: {error}")

    def _with_places(self, template_id: str, tags: list[Entry]) -> tuple[Contents, str]:
        """Return the tags with the places and problems of the file, or why these are unknown."""
        name = self._names[template_id]
        try:
            template = Template(self._box.download_file(template_id))
        except DocGenError as error:
            return Contents(name, tags), message_of(error)
        in_file = [tag["tag_content"] for tag in template.tags()]
        if in_file != [tag["tag_content"] for tag in tags]:
            return Contents(name, tags), "the tags in the file differ from those of the service."
        return Contents(name, tags, template.places(), template.problems()), ""


def _read_local(source: LocalTemplate) -> Contents:
    name = Path(source).name if isinstance(source, str | os.PathLike) else "Template"
    template = source if isinstance(source, Template) else Template(source)
    return Contents(name, template.tags(), template.places(), template.problems())
