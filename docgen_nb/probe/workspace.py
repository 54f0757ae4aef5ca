"""The folder of a probe: templates and batches in it, counted, and its removal."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Protocol

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import ApiError, DocGenError, NotReady, ProbeStopped
from docgen_nb.probe.state import State

FOLDER = "docgen-nb probe"


class ProbeClient(DocGenClient, Protocol):
    """A client that can also send calls that no method is for."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """Send any call of the API."""
        ...

    def unmark_template(self, template_id: str, /) -> None:
        """Make a template a plain file again."""
        ...


class Workspace:
    """A folder of its own in the account, which is deleted at the end, with everything in it."""

    def __init__(
        self, box: ProbeClient, parent_id: str, *, state: State, pause: float, patience: float
    ) -> None:
        self.box = box
        self.state = state
        self._parent_id, self._pause, self._patience = parent_id, pause, patience
        self._templates: list[str] = []
        self.statuses: dict[str, list[str]] = {}  # of each job, as they were seen

    def open(self) -> None:
        """Create the folder; ProbeStopped if that is not allowed."""
        name = f"{FOLDER} {time.strftime('%Y-%m-%d %H.%M.%S')}"
        try:
            folder = self.box.create_folder(name, parent_id=self._parent_id)
        except ApiError as error:
            raise ProbeStopped(
                f"A folder can't be created in folder {self._parent_id}: {error}. Name another one "
                "with --folder."
            ) from error
        self.state.folder_id = str(folder["id"])
        self.state.save()

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file and return its id."""
        folder_id = self.state.folder_id
        return str(self.box.upload_file(content, name=name, folder_id=folder_id)["id"])

    def add_template(self, name: str, content: bytes) -> str:
        """Upload a file, mark it as a template and return its id; ProbeStopped without Doc Gen."""
        template_id = self.upload(name, content)
        try:
            self.mark(template_id)
        except ApiError as error:
            raise ProbeStopped(f"A file can't be marked as a template: {error}") from error
        return template_id

    def mark(self, file_id: str) -> None:
        """Mark a file as a template, for the time of the probe."""
        self._templates.append(file_id)
        self.box.mark_template(file_id)

    def first_tags(self, template_id: str) -> tuple[list[Entry], float]:
        """Return the tags of a template and how many seconds Box took until it listed them."""
        start = time.monotonic()
        while True:
            seconds = time.monotonic() - start
            try:
                tags = list(self.box.list_tags(template_id))
            except NotReady:
                tags = []
            if tags or seconds > min(60.0, self._patience):
                return tags, seconds if seconds > 1.0 else 0.0
            time.sleep(min(self._pause, 0.1 + seconds))

    def body(self, template_id: str, documents: Sequence[Entry], **changes: Any) -> dict[str, Any]:
        """Return the body of a batch; `changes` replace parts of it."""
        return {
            "file": {"type": "file", "id": template_id},
            "input_source": wire.INPUT_SOURCE,
            "destination_folder": {"type": "folder", "id": self.state.folder_id},
            "output_type": "docx",
            "document_generation_data": list(documents),
            **changes,
        }

    def send(self, body: Mapping[str, Any]) -> str:
        """Send a batch and return its id; its documents count unless Box refuses it."""
        count = len(body["document_generation_data"])
        self.state.documents += count
        self.state.save()
        try:
            return str(self.box.create_batch(body)["id"])
        except ApiError:
            self.state.documents -= count
            raise

    def wait(self, batch_ids: Iterable[str]) -> dict[str, list[Entry]]:
        """Wait until all jobs of batches are finished; return them by batch, as Box lists them.

        ProbeStopped if none finishes for long.
        """
        open_batches, finished = list(batch_ids), dict[str, list[Entry]]()
        limit = time.monotonic() + self._patience
        pauses = chain((0.05, 0.1, 0.2, 0.4, 0.8), repeat(self._pause))
        while open_batches:
            for batch_id in list(open_batches):
                jobs = list(self.box.list_batch_jobs(batch_id))
                for job in jobs:
                    self._note_status(str(job["id"]), str(job["status"]))
                if jobs and not any(job["status"] in wire.OPEN for job in jobs):
                    open_batches.remove(batch_id)
                    finished[batch_id] = jobs
                    limit = time.monotonic() + self._patience
            if open_batches and time.monotonic() > limit:
                seconds = f"{self._patience:.0f} s"
                raise ProbeStopped(f"No job has finished for {seconds}. Try again later.")
            if open_batches:
                time.sleep(min(next(pauses), self._pause))
        return finished

    def _note_status(self, job_id: str, status: str) -> None:
        seen = self.statuses.setdefault(job_id, [])
        if seen[-1:] != [status]:
            seen.append(status)

    def remove(self) -> list[str]:
        """Delete everything that was made; return what could not be deleted, in words."""
        left = [
            f"template {one}"
            for one in self._templates
            if not _succeeds(lambda one=one: self.box.unmark_template(one))  # type: ignore[misc]
        ]
        self._templates.clear()
        return [*left, *self.remove_folder()]

    def remove_folder(self) -> list[str]:
        """Delete the folder, also that of a probe that was killed; return what is left of it."""
        folder_id = self.state.folder_id
        path, query = f"/2.0/folders/{folder_id}", {"recursive": "true"}
        if not folder_id:
            return []
        if not _succeeds(lambda: self.box.request("DELETE", path, query=query)):
            return [f"folder {folder_id}"]
        self.state.folder_id = ""
        self.state.save()
        return []


def _succeeds(call: Callable[[], object]) -> bool:
    """Return whether something is deleted: now, or already."""
    try:
        call()
    except ApiError as error:
        return error.status == 404
    except DocGenError:
        return False
    return True
