"""What a BatchForm asks of a client."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Entry = Mapping[str, Any]


class Box(Protocol):
    """The calls behind a form; those of the last group only when a folded part is opened."""

    @property
    def url(self) -> str:
        """Scheme and host of the service."""
        ...

    def list_templates(self) -> Iterable[Entry]:
        """The templates."""
        ...

    def list_tags(self, template_id: str, /, *, version_id: str | None) -> Iterable[Entry]:
        """The tags of a template; NotReady while Box reads it."""
        ...

    def create_batch(self, body: Entry, /) -> Entry:
        """Send a batch."""
        ...

    def list_batch_jobs(self, batch_id: str, /) -> Iterable[Entry]:
        """The jobs of a batch."""
        ...

    def download_file(self, file_id: str, /, *, version_id: str | None = None) -> bytes:
        """The content of a file."""
        ...

    def get_file(self, file_id: str, /, *, fields: Iterable[str]) -> Entry:
        """What is known of a file."""
        ...

    def list_versions(self, file_id: str, /) -> list[dict[str, Any]]:
        """The versions of a file, the current one first."""
        ...

    def upload_file(self, source: bytes, /, *, name: str, folder_id: str) -> Entry:
        """Upload a file."""
        ...

    def mark_template(self, file_id: str, /) -> Entry:
        """Mark a file as a template."""
        ...

    def get_folder(self, folder_id: str, /, *, fields: Iterable[str]) -> Entry:
        """One folder."""
        ...

    def list_folder_items(self, folder_id: str, /, *, limit: int) -> Iterable[Entry]:
        """What is in a folder."""
        ...

    def create_folder(self, name: str, /, *, parent_id: str) -> Entry:
        """Make a folder in another."""
        ...
