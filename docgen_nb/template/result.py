"""A document as rendering gives it, with what was wrong."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from docgen_nb.template.problems import Problem


@dataclass(frozen=True)
class Rendered:
    """The document, and its problems: with errors a job ends as ``completed_with_error``."""

    content: bytes = field(repr=False)
    output_type: str
    errors: list[Problem]
    warnings: list[Problem]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the document to a file."""
        Path(path).write_bytes(self.content)

    def text(self) -> str:
        """The words of the document, one paragraph a line: to look at, or for something in it.

        Of a PDF this needs the extra `preview`.
        """
        from docgen_nb.template import pdf
        from docgen_nb.template.docx import plain_text

        if self.output_type == "pdf":
            return pdf.text(self.content)
        return plain_text.read_text(self.content)

    def annotated(self) -> bytes:
        """The same document with its problems in it: tags left as written are highlighted.

        Each problem is a comment at its tag, or at the beginning where no tag shows it. Headers,
        footers, notes and text boxes cannot hold comments: their tags are highlighted only.

        Raises
        ------
        ValueError
            If the document is no .docx.
        """
        from docgen_nb.template.annotate import annotated

        if self.output_type != "docx":
            raise ValueError("Only a docx can be annotated; render with output_type='docx'.")
        return annotated(self.content, [*self.errors, *self.warnings])
