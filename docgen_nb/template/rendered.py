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
