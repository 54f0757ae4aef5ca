"""All documents of a batch: one ZIP for the browser, or a folder if they are too much for it."""

from collections.abc import Callable, Sequence
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import Forbidden, NotFound, NotReady, UnreadableReply
from docgen_nb.request import same_name
from docgen_nb.submission import Document
from docgen_nb.submission.file_names import names_for, safe_name

OF_ONE_DOCUMENT = (Forbidden, NotFound, NotReady, UnreadableReply)


def zip_of(
    box: DocGenClient, jobs: Sequence[Entry], *, progress: Callable[[int], object]
) -> tuple[bytes, list[str]]:
    """Return the documents of jobs as a ZIP, and what went wrong with single ones.

    Each content is compared with the size and SHA-1 that Box lists. Documents of the same name
    get the ids of their jobs. `progress` is called with the number of each document.
    """
    file, failures = BytesIO(), list[str]()
    used: set[str] = set()
    with ZipFile(file, "w", ZIP_STORED) as archive:  # the documents are compressed already
        for number, job in enumerate(jobs, start=1):
            progress(number)
            try:
                document = Document(box, job["output_file"]["id"])
                content = document.content
            except OF_ONE_DOCUMENT as error:
                failures.append(f"Job {job['id']}: {error}")
                continue
            archive.writestr(_free_name(document.name, str(job["id"]), used), content)
    return file.getvalue(), failures


def _free_name(name: str, job_id: str, used: set[str]) -> str:
    safe = safe_name(name, otherwise=f"job {job_id}")
    free = next(one for one in names_for(safe, job_id=job_id) if same_name(one) not in used)
    used.add(same_name(free))
    return free
