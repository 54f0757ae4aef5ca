"""Submitting a batch, waiting for it, downloading its documents and finding what failed."""

from docgen_nb.submission.batch import Batch, FailedRow, submit
from docgen_nb.submission.document import Document

__all__ = ["Batch", "Document", "FailedRow", "submit"]
