"""The chosen template of a BatchForm and its version, whose tags are read."""

from collections.abc import Callable
from pathlib import PurePath

from docgen_nb.client_protocol import Entry
from docgen_nb.forms.tag_reader import TagReader
from docgen_nb.forms.widgets.template_choice import TemplateChoice
from docgen_nb.request import BatchRequest


class TemplateSelection:
    """Chooses templates and versions in a request, and reads their tags.

    Parameters
    ----------
    make_reader : callable
        Returns a TagReader that calls its argument with tags.
    on_choice : callable
        Called without arguments after another template was chosen.
    on_tags : callable
        Called without arguments when the request has no tags any more, and when it has new ones.
    """

    def __init__(
        self,
        request: BatchRequest,
        choice: TemplateChoice,
        *,
        make_reader: Callable[[Callable[[list[Entry]], object]], TagReader],
        on_choice: Callable[[], object],
        on_tags: Callable[[], object],
    ) -> None:
        self._request, self._choice = request, choice
        self._on_choice, self._on_tags = on_choice, on_tags
        self._suggested_name = request.file_name
        self._reader = make_reader(self._use_tags)

    def begin(self, template_id: str | None) -> None:
        """Choose the first template; errors are raised."""
        self.choose(template_id or "")
        if template_id is not None and not self._reader.read(template_id):
            self.read_tags()

    @property
    def name(self) -> str:
        """The name of the chosen template, "" if there is none."""
        return self._choice.names.get(self._request.template_id, "")

    def choose(self, template_id: str) -> None:
        """Choose a template, "" for none, whose tags are still to be read."""
        name = self._choice.names.get(template_id, "")
        request = self._request
        self._reader.cancel()
        request.template_id, request.tags = template_id, None
        request.template_version_id = None
        if name and request.file_name == self._suggested_name:  # not typed by a person
            request.file_name = self._suggested_name = PurePath(name).stem
        self._on_choice()

    def read_tags(self) -> None:
        """Read the tags of the chosen template; the request has none until they arrive."""
        self._request.tags = None
        self._on_tags()
        if self._request.template_id:
            self._reader.start(self._request.template_id, self._request.template_version_id)

    def _use_tags(self, tags: list[Entry]) -> None:
        self._request.tags = tags
        self._on_tags()

    def on_name(self) -> None:
        """Choose the template whose name was entered."""
        template_id = self._choice.template_id
        if template_id != self._request.template_id or not template_id:
            self.choose(template_id)  # also to say that no template has this name
            if template_id:
                self.read_tags()

    def on_upload(self, template_id: str, name: str) -> None:
        """Choose a template that was uploaded."""
        self._choice.add(template_id, name)
        self.choose(template_id)
        self.read_tags()

    def on_version(self, version_id: str | None) -> None:
        """Choose a version, None for the current one."""
        if version_id != self._request.template_version_id:
            self._request.template_version_id = version_id
            self.read_tags()

    def close(self) -> None:
        """Stop reading tags."""
        self._reader.closed.set()
