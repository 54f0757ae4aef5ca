"""The details of one job: statuses seen, messages, names behind its ids, and its first page."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Any

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import ConversionFailed, Forbidden, NotFound
from docgen_nb.forms.job_records import Seen
from docgen_nb.forms.job_texts import (
    id_of,
    in_time_words,
    is_open,
    messages_of,
    milliseconds,
)
from docgen_nb.forms.panels.job_names import JobNames
from docgen_nb.forms.panels.preview import can_show_pages
from docgen_nb.template import pdf

DPI = 36.0  # of the small picture
MAX_BYTES = 10 * 1024 * 1024  # of a document whose page is shown
NO_END = "Box gives no end time."


class JobDetails:
    """Reads what the details of a job need, and keeps what does not change."""

    def __init__(self, box: DocGenClient, names: JobNames) -> None:
        self._box, self._names = box, names
        self._url = str(getattr(box, "url", ""))
        self._versions: dict[str, list[str]] = {}
        self._folders: dict[str, str] = {}
        self._page: tuple[str, bytes, int] | None = None  # of a file: picture and page count

    def of(
        self, job: Entry, seen: Sequence[Seen], *, document: str, batch_size: int, can_edit: bool
    ) -> Any:
        """Return the details as `RowsTable.show_details` takes them.

        `can_edit` says whether a form can take the document of the job.
        """
        file_id = id_of(job, "output_file")
        return {
            "about": document,
            "statuses": self._statuses(job, seen),
            "note": self._end_note(job),
            "ids": [
                {"name": name, "id": text}
                for name, text in (("Job", str(job["id"])), ("Batch", id_of(job, "batch")))
                if text
            ],
            "messages": [{"severity": kind, "text": text} for kind, text in messages_of(job)],
            "facts": self._facts(job, document),
            "actions": self._actions(job, file_id, batch_size, can_edit=can_edit),
            "page": "",
        }

    def _statuses(self, job: Entry, seen: Sequence[Seen]) -> list[dict[str, Any]]:
        statuses = [
            {"time": when.timestamp() * 1000, "status": status, "how": "seen"}
            for when, status in seen
        ]
        at = milliseconds(job.get("created_at"))
        if not at > 0:
            return statuses
        later = [one for one in statuses if one["status"] != "pending"]
        return [{"time": at, "status": "pending", "how": "sent"}, *later]

    def _end_note(self, job: Entry) -> str:
        if is_open(job):
            return ""
        file = self._names.file(job)
        seconds = (file.created - milliseconds(job.get("created_at"))) / 1000
        if seconds >= 0:
            return f"{NO_END} The file was created {in_time_words(seconds)} after the job."
        return NO_END

    def _facts(self, job: Entry, document: str) -> list[dict[str, str]]:
        file = self._names.file(job)
        size = "" if file.size is None else f", {file.size / 1024:,.0f} KB"
        template_id, file_id = id_of(job, "template_file"), id_of(job, "output_file")
        template = self._names.templates.get(template_id) or self._names.template(job)
        facts = [
            self._fact("Template", f"{template}{self._version(job)}", "file", template_id),
            {"name": "By", "text": self._names.user(job)},
            self._fact("Folder", self._folder(file.folder_id), "folder", file.folder_id),
            self._fact("File", f"{document}{size}", "file", file_id) if file_id else {"text": ""},
        ]
        return [fact for fact in facts if fact["text"]]

    def _fact(self, name: str, text: str, kind: str, box_id: str) -> dict[str, str]:
        """Return a fact, as a link to its page on Box; other services have no pages."""
        href = web_address(self._url, kind, box_id)
        return {"name": name, "text": text, **({"href": href} if href else {})}

    def _version(self, job: Entry) -> str:
        """Return which version of its template a job used, as the end of a sentence."""
        template_id, version_id = id_of(job, "template_file"), id_of(job, "template_file_version")
        if not version_id:
            return ""
        if template_id not in self._versions:
            try:
                listed = self._box.list_versions(template_id)
            except (NotFound, Forbidden):
                listed = []
            self._versions[template_id] = [str(one["id"]) for one in listed]
        versions = self._versions[template_id]
        if version_id not in versions:
            return f", version {version_id}"
        at = versions.index(version_id)
        return f", version {len(versions) - at}{' (current)' if at == 0 else ''}"

    def _folder(self, folder_id: str) -> str:
        if folder_id and folder_id not in self._folders:
            try:
                folder = self._box.get_folder(folder_id, fields=["name", "path_collection"])
                self._folders[folder_id] = path_of(folder)
            except (NotFound, Forbidden):
                self._folders[folder_id] = f"folder {folder_id}"
        return self._folders.get(folder_id, "")

    def _actions(
        self, job: Entry, file_id: str, batch_size: int, *, can_edit: bool
    ) -> list[dict[str, str]]:
        actions = []
        if can_edit:
            actions.append({"name": "Edit", "label": "Edit and retry"})
        if file_id:
            actions.append({"name": "Download", "label": "Download", "sign": "load"})
            if href := web_address(self._url, "file", file_id):
                actions.append({"label": "Open in Box", "href": href})
        if batch := id_of(job, "batch"):
            actions.append({"label": f"Whole batch ({batch_size:,})", "find": batch})
        return actions

    def first_page(self, job: Entry) -> tuple[bytes, int] | None:
        """Return a picture of the first page of a job's document and the number of its pages.

        None without a document, or where this machine cannot show its pages.
        """
        file_id, size = id_of(job, "output_file"), self._names.file(job).size
        if not file_id or not can_show_pages() or (size or 0) > MAX_BYTES:
            return None
        if self._page is None or self._page[0] != file_id:
            try:
                content = self._box.download_file(file_id)
                is_pdf = content.startswith(b"%PDF")
                pictures = pdf.page_pictures(content if is_pdf else pdf.convert(content), dpi=DPI)
            except (NotFound, Forbidden, ConversionFailed):
                return None
            self._page = (file_id, pictures[0], len(pictures))
        return self._page[1:]


def web_address(url: str, kind: str, box_id: str) -> str:
    """Return the page of a file or folder in Box's web app; '' for other services.

    >>> web_address("https://api.box.com", "file", "12")
    'https://app.box.com/file/12'
    """
    is_on_box = url == wire.API_URL and box_id.isascii() and box_id.isdecimal()
    return f"{wire.WEB_URL}/{kind}/{box_id}" if is_on_box else ""


def path_of(folder: Entry) -> str:
    """Return the names of a folder and its parents, separated by slashes.

    >>> path_of({"id": "0", "name": ""}), path_of({"id": "5", "name": "March"})
    ('All files', 'March')
    """
    if str(folder.get("id")) == wire.ROOT_FOLDER_ID:
        return "All files"
    parents = (folder.get("path_collection") or {}).get("entries") or ()
    names = [
        "All files" if str(one["id"]) == wire.ROOT_FOLDER_ID else one["name"] for one in parents
    ]
    return " / ".join([*names, str(folder.get("name"))])


def details_html(details: Any, picture: bytes | None) -> str:
    """Return details as HTML, escaped, for pages without JavaScript modules."""
    facts = [(fact["name"], fact["id"]) for fact in details["ids"]]
    facts += [(fact["name"], fact["text"]) for fact in details["facts"]]
    lines = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    messages = "".join(
        f"<li>{one['severity'].capitalize()}: {escape(one['text'])}</li>"
        for one in details["messages"]
    )
    statuses = "".join(
        f"<li>{escape(wire.in_status_words(one['status']))}, {one['how']}</li>"
        for one in details["statuses"]
    )
    about = escape(details["about"])
    page = ""
    if picture is not None:
        source = f"data:image/png;base64,{b64encode(picture).decode()}"
        page = f'<img alt="First page of {about}" src="{source}">'
    return (
        f"<h3>{about}</h3><dl>{lines}</dl><h4>Messages</h4><ul>{messages or '<li>None</li>'}</ul>"
        f"<h4>Statuses seen</h4><ol>{statuses}</ol>{page}"
    )
