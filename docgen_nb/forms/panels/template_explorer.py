"""TemplateExplorer: the data that a template needs, where it uses the data, and its problems."""

import os
from pathlib import Path

import ipywidgets as widgets

from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import DocGenError
from docgen_nb.forms.error_display import message_of
from docgen_nb.forms.panels.panel import Panel
from docgen_nb.forms.panels.template_html import Contents, as_html, as_text, summary
from docgen_nb.forms.tag_reader import TagReader
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts
from docgen_nb.forms.widgets.template_choice import TemplateChoice
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
        local, templates = None, list[Entry]()
        if isinstance(source, str | os.PathLike | bytes | Template):
            local = _read_local(source)
        else:
            self._box, templates = source, list(source.list_templates())
        self._choice = TemplateChoice(templates)
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
        if local:
            self._choice.control.layout.display = "none"
            self._show(local)
        else:
            self._show_first(self._choice.first(template_id))

    @property
    def value(self) -> str:
        """The id of the chosen template, or ''. Setting it shows another template."""
        return self._choice.template_id

    @value.setter
    def value(self, template_id: str) -> None:
        self._choice.add(template_id)
        self._choice.show(template_id)

    def close(self) -> None:
        """Stop waiting for tags and close the widgets."""
        self._tags.closed.set()
        super().close()

    def __repr__(self) -> str:
        return as_text(self.contents) if self.contents else f"<TemplateExplorer: {self.status}>"

    # Widgets

    def _build(self) -> None:
        self._page = widgets.HTML().add_class("docgen-tree")
        self.widget = widgets.VBox([self._choice.control, self._status_line.widget, self._page])
        self.widget.add_class("docgen-explorer")
        suppress_shortcuts(self.widget)

    def _show(self, contents: Contents) -> None:
        self.contents = contents
        self._page.value = as_html(contents)
        self._show_status(f"{summary(contents)}.")

    # Templates of a service

    def _show_first(self, template_id: str | None) -> None:
        self._choice.control.observe(self._wrap(lambda _: self._on_choice()), "value")
        if template_id is not None:
            self.value = template_id
        else:
            has_templates = bool(self._choice.names)
            self._show_status("Choose a template." if has_templates else "There are no templates.")

    def _on_choice(self) -> None:
        self.contents, self._page.value = None, ""
        if self.value:
            self._show_status("Reading the template…")
            self._tags.start(self.value)
        else:
            self._tags.cancel()
            self._show_status("Choose a template.")

    def _on_tags(self, tags: list[Entry]) -> None:
        template_id = self.value
        contents, error = self._with_places(template_id, tags)
        if template_id == self.value:
            self._show(contents)
            if error:
                self._show_status(f"{self.status} Places and problems are unknown: {error}")

    def _with_places(self, template_id: str, tags: list[Entry]) -> tuple[Contents, str]:
        """Return the tags with the places and problems of the file, or why these are unknown."""
        name = self._choice.names[template_id]
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
