"""Submitting batches, waiting for them, downloading documents and finding what failed."""

from docgen_nb.submission.batch import Batch, FailedRow, submit
from docgen_nb.submission.document import Document
from docgen_nb.submission.following import as_completed
from docgen_nb.submission.many import submit_many
from docgen_nb.submission.submission import Submission

__all__ = ["Batch", "Document", "FailedRow", "Submission", "as_completed", "submit", "submit_many"]
