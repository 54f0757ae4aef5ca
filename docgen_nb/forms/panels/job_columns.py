"""The table of jobs: its columns, and the rows that show jobs in them."""

from collections.abc import Sequence

from docgen_nb.client_protocol import Entry
from docgen_nb.forms.job_records import JobRecords
from docgen_nb.forms.job_texts import RANKS, id_of, milliseconds, summary_of, took
from docgen_nb.forms.panels.job_names import JobNames
from docgen_nb.forms.widgets.rows_table import Column

COLUMNS = (
    Column("status", "Status", "122px", kind="status", sort="rank"),
    Column("document", "Document", "minmax(120px, 1.75fr)", kind="open"),
    Column("template", "Template", "minmax(90px, 1fr)", hidden="small"),
    Column("by", "By", "122px", hidden="middle"),
    Column("created", "Created", "164px", kind="time"),
    Column("took", "Took", "104px", kind="number", sort="seconds", hidden="narrow"),
    Column("messages", "Messages", "minmax(90px, 2fr)"),
)
TEXTS = ("key", "status", "document", "template", "by", "took", "messages", "batch")
SEARCHED = ("document", "template", "by", "key", "batch", "messages")
Texts = dict[str, list[str]]
Numbers = dict[str, list[float]]


def columns_of(
    jobs: Sequence[Entry], records: JobRecords, names: JobNames, *, now: float
) -> tuple[Texts, Numbers]:
    """Return the texts and the numbers of jobs, column by column."""
    texts: Texts = {name: [] for name in TEXTS}
    numbers: Numbers = {"created": [], "seconds": [], "rank": []}
    add_text = [column.append for column in texts.values()]
    add_number = [column.append for column in numbers.values()]
    for job in jobs:
        key, status = str(job["id"]), str(job.get("status", ""))
        created, file = milliseconds(job.get("created_at")), names.file(job)
        bounds = records.bounds(key)
        length, seconds = took(job, since=created, until=file.created, bounds=bounds, now=now)
        document = file.name or document_of(job, records, names)
        batch, template = job.get("batch") or {}, names.template(job)
        values = (key, status, document, template, names.user(job), length, summary_of(job))
        for add, text in zip(add_text, (*values, str(batch.get("id", ""))), strict=True):
            add(text)
        for put, number in zip(add_number, (created, seconds, RANKS.get(status, -1)), strict=True):
            put(number)
    return texts, numbers


def document_of(job: Entry, records: JobRecords, names: JobNames) -> str:
    """Return the name of a job's document; else what is known about it."""
    file_id = id_of(job, "output_file")
    name = names.file(job).name or records.names.get(str(job["id"]), "")
    return name or (f"file {file_id}" if file_id else f"Job {job['id']}, no document")
