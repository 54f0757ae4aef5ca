"""The names behind the ids of jobs: of templates, documents and users, with few calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import NotFound
from docgen_nb.forms.job_texts import id_of, milliseconds

FEW = 20  # files that are read one by one rather than by the list of their folder
MAX_LOOKUPS = 100  # calls for single files in one reading, such as files that were deleted
FIELDS = ("name", "size", "created_at", "created_by", "parent")


@dataclass(frozen=True)
class OutputFile:
    """A document as Box lists it; ``created`` in milliseconds since 1970."""

    name: str = ""
    size: int | None = None
    created: float = nan
    folder_id: str = ""


NO_FILE = OutputFile()


class JobNames:
    """Names by id; what is not known has its id as its name.

    Attributes
    ----------
    templates, users : dict
        Names by id.
    files : dict
        `OutputFile` by id. Deleted files are in it, without a name.
    """

    def __init__(self, box: DocGenClient) -> None:
        self._box = box
        self.templates: dict[str, str] = {}
        self.users: dict[str, str] = {}
        self.files: dict[str, OutputFile] = {}
        self._listed: set[str] = set()

    def read_lists(self) -> None:
        """Read the names of the templates and of the person logged in."""
        for template in self._box.list_templates(limit=wire.MAX_LIMIT):
            self.templates[id_of(template, "file")] = str(template.get("file_name") or "")
        self._add_user(self._box.get_me())

    def read_files(self, wanted: Iterable[str]) -> None:
        """Read documents that are not known: a few one by one, many by the lists of their folders.

        Documents that are gone, or beyond `MAX_LOOKUPS`, stay unknown.
        """
        unknown = [file_id for file_id in wanted if file_id and file_id not in self.files]
        lists_folders = len(unknown) > FEW
        lookups = 0
        self._listed.clear()
        for file_id in unknown:
            if file_id in self.files:
                continue
            if lookups == MAX_LOOKUPS:
                return
            lookups += 1
            folder_id = self._read_file(file_id)
            if lists_folders and folder_id and folder_id not in self._listed:
                self._read_folder(folder_id)

    def _read_file(self, file_id: str) -> str:
        try:
            file = self._box.get_file(file_id, fields=FIELDS)
        except NotFound:
            self.files[file_id] = OutputFile()
            return ""
        self._add_file(file_id, file, id_of(file, "parent"))
        return id_of(file, "parent")

    def _read_folder(self, folder_id: str) -> None:
        self._listed.add(folder_id)
        for item in self._box.list_folder_items(folder_id, fields=FIELDS, limit=wire.MAX_LIMIT):
            if item.get("type") == "file":
                self._add_file(str(item["id"]), item, folder_id)

    def _add_file(self, file_id: str, file: Entry, folder_id: str) -> None:
        name, size = str(file.get("name") or ""), file.get("size")
        created = milliseconds(file.get("created_at"))
        self.files[file_id] = OutputFile(name, size, created, folder_id)
        self._add_user(file.get("created_by"))

    def _add_user(self, user: Mapping[str, Any] | None) -> None:
        if user and user.get("name"):
            self.users[str(user["id"])] = str(user["name"])

    def template(self, job: Entry) -> str:
        """Return the name of a job's template, without ``.docx``; else its id."""
        template_id = id_of(job, "template_file")
        name = self.templates.get(template_id)
        return name.removesuffix(".docx") if name else template_id and f"file {template_id}"

    def user(self, job: Entry) -> str:
        """Return the name of the person who sent a job; else an id, or ''."""
        user = job.get("created_by")
        if not user:
            return ""
        user_id = str(user.get("id", ""))
        return str(user.get("name") or self.users.get(user_id) or f"user {user_id}")

    def file(self, job: Entry) -> OutputFile:
        """Return the document of a job, as far as it is known."""
        file = job.get("output_file")
        return self.files.get(str(file["id"]), NO_FILE) if file else NO_FILE
