"""TemplateExplorer: what a template asks for, where it uses it, and what is wrong with it."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Protocol

import ipywidgets as widgets

from docgen_nb.errors import DocGenError, NotReady
from docgen_nb.forms.display import shown_as
from docgen_nb.forms.error_display import guarded, sentence
from docgen_nb.forms.panels.template_html import Contents, as_html, as_text, counted
from docgen_nb.forms.widgets.inputs import close_tree
from docgen_nb.forms.widgets.shortcuts import suppress_shortcuts
from docgen_nb.template import Template

NOT_READY = "Box is still reading the template; its tags come when it is done."


class Box(Protocol):
    """What the explorer asks of a client."""

    def list_templates(self) -> Iterable[Mapping[str, Any]]:
        """The templates."""
        ...

    def list_tags(self, template_id: str, /) -> Iterable[Mapping[str, Any]]:
        """The tags of a template; NotReady while Box reads it."""
        ...

    def download_file(self, file_id: str, /) -> bytes:
        """The content of a file."""
        ...


Local = str | os.PathLike[str] | bytes | Template


class TemplateExplorer:
    """The tree of what a template asks for, with where each part is used.

    Below the tree stand the problems of the template itself.

    Parameters
    ----------
    source : Client, path, bytes or Template
        A service, whose templates can be chosen from; or one template, from a file or opened.
    template_id : str, optional
        The template to begin with; by default the only one that the service has, or none.
    blocking : bool
        Do the work in the callback instead of in the background.
    poll_seconds : float
        Pause between two looks at a template whose tags Box does not have yet.

    Attributes
    ----------
    widget : widget
        To be put into a box.
    contents : Contents or None
        The template that is shown: ``name``, ``tags``, ``places`` and ``problems``.
    done : threading.Event
        Set while nothing is being read.

    Raises
    ------
    UnreadableTemplate, FileNotFoundError
        If a local file is none that can be read.
    ApiError, Unreachable
        If the templates cannot be listed. Later faults are shown.

    Notes
    -----
    The tags come from the service. Where they stand and what is wrong with them comes from the
    file, which is downloaded; if it cannot be, the tags are shown alone.

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
        source: Box | Local,
        *,
        template_id: str | None = None,
        blocking: bool = False,
        poll_seconds: float = 2.0,
    ) -> None:
        self._blocking = blocking or sys.platform == "emscripten"  # no threads there
        self._poll_seconds = poll_seconds
        self._names: dict[str, str] = {}
        self._chosen = ""
        self._closed = threading.Event()
        self.contents: Contents | None = None
        self.done = threading.Event()
        self.done.set()
        self._build()
        if isinstance(source, str | os.PathLike | bytes | Template):
            self._show(_of_file(source))
        else:
            self._box = source
            self._offer(template_id)

    @property
    def value(self) -> str:
        """The id of the template that is chosen, or ''. Setting it shows another."""
        return self._chosen

    @value.setter
    def value(self, template_id: str) -> None:
        self._names.setdefault(template_id, f"Template {template_id}")
        self._choice.value = self._names[template_id]

    @property
    def status(self) -> str:
        """The line below the choice."""
        return self._words

    def close(self) -> None:
        """Stop waiting and close the widgets."""
        self._closed.set()
        close_tree(self.widget)

    def __repr__(self) -> str:
        if self.contents is None:
            return f"<TemplateExplorer: {self._words}>"
        return as_text(self.contents)

    def _repr_html_(self) -> str:
        return f"<div>{self._line.value}{self._page.value}</div>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return shown_as(self, **options)

    # What is shown

    def _build(self) -> None:
        # Not a Dropdown: of many templates one is found by typing.
        self._choice = widgets.Combobox(
            description="Template", placeholder="type a name, or choose from the list"
        )
        self._choice.layout.display = "none"
        self._choice.layout.width = "32em"
        self._line, self._page = widgets.HTML(), widgets.HTML()
        self.widget = widgets.VBox([self._choice, self._line, self._page])
        self.widget.add_class("docgen-explorer")
        suppress_shortcuts(self.widget)
        self._say("")

    def _say(self, words: str) -> None:
        self._words = words
        self._line.value = f'<span role="status">{escape(words)}</span>'

    def _show(self, contents: Contents) -> None:
        self.contents = contents
        self._page.value = as_html(contents)
        self._say(f"{counted(contents)}.")

    def _guard(self, act: Callable[..., object]) -> Callable[..., None]:
        return guarded(act, show=lambda text, _trace: self._say(text))

    # The templates of a service

    def _offer(self, template_id: str | None) -> None:
        self._names = _names(self._box.list_templates())
        self._choice.options = list(self._names.values())
        self._choice.layout.display = ""
        self._choice.observe(self._guard(self._on_choice), "value")
        if template_id is None and len(self._names) == 1:
            template_id = next(iter(self._names))
        if template_id is not None:
            self.value = template_id
        else:
            self._say("Choose a template." if self._names else "There are no templates yet.")

    def _on_choice(self, change: Mapping[str, Any]) -> None:
        chosen = [key for key, name in self._names.items() if name == change["new"]]
        self._chosen = chosen[0] if chosen else ""
        self.contents, self._page.value = None, ""
        if not chosen:
            self._say("Choose a template.")
            return
        self.done.clear()
        self._say("Reading the template.")
        if self._blocking:
            self._read(chosen[0])
        else:
            threading.Thread(
                target=self._read, args=chosen, name="docgen-nb explorer", daemon=True
            ).start()

    # In the background: traits are set and nothing else

    def _read(self, template_id: str) -> None:
        try:
            self._guard(self._read_when_ready)(template_id)
        finally:
            if template_id == self._chosen or not self._chosen:
                self.done.set()

    def _read_when_ready(self, template_id: str) -> None:
        while template_id == self._chosen:
            try:
                tags = list(self._box.list_tags(template_id))
            except NotReady:
                self._say_of(template_id, NOT_READY)
                if self._closed.wait(self._poll_seconds):
                    return
                continue
            found, fault = self._with_file(template_id, tags)
            if template_id == self._chosen:
                self._show(found)
                if fault:
                    self._say(f"{self._words} Places and problems are not known: {fault}")
            return

    def _say_of(self, template_id: str, words: str) -> None:
        if template_id == self._chosen:
            self._say(words)

    def _with_file(self, template_id: str, tags: list[Mapping[str, Any]]) -> tuple[Contents, str]:
        """Return the tags with their places if the file can be read and has the same tags."""
        name = self._names[template_id]
        try:
            template = Template(self._box.download_file(template_id))
        except DocGenError as error:
            return Contents(name, tags), sentence(error)
        read = template.tags()
        if [tag["tag_content"] for tag in read] != [tag["tag_content"] for tag in tags]:
            return Contents(name, tags), "the file has other tags than the service lists."
        return Contents(name, tags, template.places(), template.problems()), ""


def _of_file(source: Local) -> Contents:
    name = Path(source).name if isinstance(source, str | os.PathLike) else "Template"
    template = source if isinstance(source, Template) else Template(source)
    return Contents(name, template.tags(), template.places(), template.problems())


def _names(templates: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a name for each template id; one that comes twice is told apart by its id."""
    found = {str(entry["file"]["id"]): str(entry["file_name"]) for entry in templates}
    names = list(found.values())
    return {
        key: name if names.count(name) == 1 else f"{name} (file {key})"
        for key, name in found.items()
    }
