"""A rendered document with its problems."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from docgen_nb.template.problems import Problem


@dataclass(frozen=True)
class Rendered:
    """A document and its problems. With errors, a job ends as ``completed_with_error``."""

    content: bytes = field(repr=False)
    output_type: str
    errors: list[Problem]
    warnings: list[Problem]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the document to a file."""
        Path(path).write_bytes(self.content)

    def text(self) -> str:
        """Return the text of the document, one paragraph a line.

        For a PDF this needs the extra `preview`.

        Raises
        ------
        ImportError
            If the document is a PDF and pypdfium2 is not installed.
        """
        from docgen_nb.template import pdf
        from docgen_nb.template.docx import plain_text

        if self.output_type == "pdf":
            return pdf.text(self.content)
        return plain_text.read_text(self.content)

    def annotated(self) -> bytes:
        """Return the document with its problems: tags left as written are highlighted.

        Each problem is a comment at its tag, or at the beginning if it has no tag. Headers,
        footers, notes and text boxes cannot have comments: their tags are only highlighted.

        Raises
        ------
        ValueError
            If the document is not a .docx.
        """
        from docgen_nb.template.annotate import annotate

        if self.output_type != "docx":
            raise ValueError("Only a docx can be annotated; render with output_type='docx'.")
        return annotate(self.content, [*self.errors, *self.warnings])
