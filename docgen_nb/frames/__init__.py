"""Tables with fixed columns from the entries of the API."""

from docgen_nb.frames.batches import batches_frame
from docgen_nb.frames.failures import failures_frame, load_failures
from docgen_nb.frames.files import write_table
from docgen_nb.frames.jobs import jobs_frame, load_jobs
from docgen_nb.frames.output_times import add_output_times
from docgen_nb.frames.pages import PageColumns, read_pages
from docgen_nb.frames.templates import tags_frame, templates_frame
from docgen_nb.frames.webhook_times import add_webhook_times

__all__ = [
    "PageColumns",
    "add_output_times",
    "add_webhook_times",
    "batches_frame",
    "failures_frame",
    "jobs_frame",
    "load_failures",
    "load_jobs",
    "read_pages",
    "tags_frame",
    "templates_frame",
    "write_table",
]
