"""Letters that are sent in tests, and what the service has of them."""

from collections import Counter
from io import BytesIO

import docx

from docgen_nb import samples
from docgen_nb.request import BatchRequest


def rows_of(count, *, start=0):
    return [
        {"name": f"Reader {number}", "number": number} for number in range(start, start + count)
    ]


def letters(box, *, file_name="Letter {number}"):
    """Return a request for letters; the number is only in the names of the files."""
    file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
    box.mark_template(file["id"])
    folder = box.create_folder("Letters")["id"]
    return BatchRequest(file["id"], folder_id=folder, file_name=file_name)


def texts(box):
    """Return how often each text is in the documents of all jobs."""
    found = Counter()
    for job in box.list_jobs(limit=1000):
        content = BytesIO(box.download_file(job["output_file"]["id"]))
        found["\n".join(part.text for part in docx.Document(content).paragraphs)] += 1
    return found


def expected(rows):
    return Counter(f"Dear {row['name']}," for row in rows)
