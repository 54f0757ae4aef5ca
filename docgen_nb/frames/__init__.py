"""Tables with fixed columns from the entries of the API."""

from docgen_nb.frames.batches import batches_frame as batches_frame
from docgen_nb.frames.failures import failures_frame as failures_frame
from docgen_nb.frames.failures import load_failures as load_failures
from docgen_nb.frames.files import write_table as write_table
from docgen_nb.frames.jobs import jobs_frame as jobs_frame
from docgen_nb.frames.jobs import load_jobs as load_jobs
from docgen_nb.frames.output_times import add_output_times as add_output_times
from docgen_nb.frames.pages import PageColumns as PageColumns
from docgen_nb.frames.pages import read_pages as read_pages
from docgen_nb.frames.templates import tags_frame as tags_frame
from docgen_nb.frames.templates import templates_frame as templates_frame
from docgen_nb.frames.webhook_times import add_webhook_times as add_webhook_times
