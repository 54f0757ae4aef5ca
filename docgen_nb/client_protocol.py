"""The calls that tables, the ledger and the forms make of a client."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

Entry = Mapping[str, Any]  # one object, as the API sends it
Fields = Iterable[str] | None


class DocGenClient(Protocol):
    """A client of the Doc Gen API, such as `docgen_nb.Client`.

    A function needs only the methods that it calls: an object with ``list_jobs`` alone is enough
    for ``load_jobs(box)``.
    """

    @property
    def url(self) -> str:
        """Scheme and host of the service."""
        ...

    def get_me(self, *, fields: Fields = None) -> Entry:
        """Get the user that the token belongs to."""
        ...

    def list_templates(self, *, limit: int | None = None) -> Iterable[Entry]:
        """List the templates that the user can use."""
        ...

    def mark_template(self, file_id: str, /) -> Entry:
        """Mark a file as a template."""
        ...

    def list_tags(self, template_id: str, /, *, version_id: str | None = None) -> Iterable[Entry]:
        """List the tags of a template."""
        ...

    def create_batch(self, body: Entry, /) -> Entry:
        """Send a batch."""
        ...

    def list_jobs(self, *, limit: int | None = None, marker: str | None = None) -> Iterable[Entry]:
        """List all jobs, with their creation times, from the page of a marker on."""
        ...

    def list_batch_jobs(self, batch_id: str, /, *, limit: int | None = None) -> Iterable[Entry]:
        """List the jobs of one batch, without creation times."""
        ...

    def list_template_jobs(
        self, template_id: str, /, *, limit: int | None = None
    ) -> Iterable[Entry]:
        """List the jobs of one template, without creation times."""
        ...

    def get_job(self, job_id: str, /) -> Entry:
        """Get one job, without its creation time."""
        ...

    def get_file(self, file_id: str, /, *, fields: Fields = None) -> Entry:
        """Get the metadata of a file."""
        ...

    def download_file(self, file_id: str, /, *, version_id: str | None = None) -> bytes:
        """Return the content of a file."""
        ...

    def download_to(self, file_id: str, target: BinaryIO, /) -> str:
        """Write the content of a file to an open file, and return its SHA-1."""
        ...

    def list_versions(self, file_id: str, /) -> Sequence[Entry]:
        """List the versions of a file, the current one first."""
        ...

    def upload_file(self, source: bytes, /, *, name: str, folder_id: str) -> Entry:
        """Upload a file."""
        ...

    def upload_version(self, file_id: str, source: bytes, /) -> Entry:
        """Upload a new version of a file."""
        ...

    def get_folder(self, folder_id: str, /, *, fields: Fields = None) -> Entry:
        """Get one folder."""
        ...

    def list_folder_items(
        self, folder_id: str, /, *, fields: Fields = None, limit: int | None = None
    ) -> Iterable[Entry]:
        """List the items of a folder."""
        ...

    def create_folder(self, name: str, /, *, parent_id: str) -> Entry:
        """Create a folder."""
        ...
