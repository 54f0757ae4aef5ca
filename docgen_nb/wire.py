"""The constants of Box's Doc Gen API: version, paths, statuses and limits.

Source, unless a line says otherwise: Box's OpenAPI, version 2025.0.
"""

from collections.abc import Iterable, Mapping

BOX_VERSION = "2025.0"
API_URL = "https://api.box.com"
WEB_URL = "https://app.box.com"  # the web app
UPLOAD_URL = "https://upload.box.com/api"
LOCAL_URL = "http://docgen.local"  # the embedded service in this process, without a socket

TOKEN = "/oauth2/token"  # noqa: S105  a path, not a secret
TEMPLATES = "/2.0/docgen_templates"
TEMPLATE = "/2.0/docgen_templates/{template_id}"
TAGS = "/2.0/docgen_templates/{template_id}/tags"
TEMPLATE_JOBS = "/2.0/docgen_template_jobs/{template_id}"
BATCHES = "/2.0/docgen_batches"
BATCH_JOBS = "/2.0/docgen_batch_jobs/{batch_id}"
JOBS = "/2.0/docgen_jobs"
JOB = "/2.0/docgen_jobs/{job_id}"
ME = "/2.0/users/me"
FOLDERS = "/2.0/folders"
FOLDER = "/2.0/folders/{folder_id}"
FOLDER_ITEMS = "/2.0/folders/{folder_id}/items"
UPLOAD = "/2.0/files/content"
FILE = "/2.0/files/{file_id}"
FILE_CONTENT = "/2.0/files/{file_id}/content"
FILE_VERSIONS = "/2.0/files/{file_id}/versions"
WEBHOOKS = "/2.0/webhooks"
WEBHOOK = "/2.0/webhooks/{webhook_id}"
ROOT_FOLDER_ID = "0"

# In the order in which a job has them: pending, submitted, then one of the other three.
STATUSES = ("pending", "submitted", "completed", "completed_with_error", "failed")
OPEN = ("pending", "submitted")
FINISHED = ("completed", "completed_with_error", "failed")

# With a dot: Box refuses the names with an underscore of its own guide (developer.box.com#901).
DOCGEN_TRIGGERS = tuple(
    f"DOCGEN_DOCUMENT_GENERATION.{name}" for name in ("STARTED", "SUCCEEDED", "FAILED")
)

OUTPUT_TYPES = ("docx", "pdf")
INPUT_SOURCE = "api"

DEFAULT_LIMIT = 100  # our choice: Box documents no default page size
MAX_LIMIT = 1000  # a larger limit is clamped, not refused
MAX_NAME_LENGTH = 255
MAX_TEMPLATE_BYTES = 100 * 1024 * 1024  # Box's help page on Doc Gen limitations
MAX_USER_INPUT_BYTES = 100 * 1024  # the same page: JSON data at most 100 KB
MAX_DIRECT_UPLOAD_BYTES = 50 * 1024 * 1024  # Box's guide to direct uploads

_WORDS = {"completed_with_error": "completed with errors"}


def in_status_words(status: str) -> str:
    """Return a status in plain English.

    >>> in_status_words("completed_with_error"), in_status_words("failed")
    ('completed with errors', 'failed')
    """
    return _WORDS.get(status, status)


def ordered(statuses: Iterable[str]) -> list[str]:
    """Return statuses in the order in which a job has them, unknown ones last, by name."""
    unordered = set(statuses)
    known = [name for name in STATUSES if name in unordered]
    return [*known, *sorted(unordered.difference(known))]


def in_words(counts: Mapping[str, int], *, count: int) -> str:
    """Return the progress of a batch as a sentence; `count` is its number of documents.

    >>> in_words({"completed": 1, "pending": 1}, count=2)
    '1 of 2 documents finished: 1 pending, 1 completed.'
    """
    finished = sum(number for status, number in counts.items() if status not in OPEN)
    parts = [f"{counts[name]} {in_status_words(name)}" for name in ordered(counts) if counts[name]]
    noun = "document" if count == 1 else "documents"
    return f"{finished} of {count} {noun} finished" + (f": {', '.join(parts)}." if parts else ".")
