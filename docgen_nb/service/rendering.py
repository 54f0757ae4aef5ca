"""Rendering of one job: a template and its data in, a document or error messages out."""

import json
import os
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from docgen_nb.errors import ConversionFailed, UnreadableTemplate

if TYPE_CHECKING:
    from docgen_nb.template import Template


@dataclass(frozen=True)
class Outcome:
    """The result of rendering one document; without content the job failed."""

    content: bytes | None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """Return the status that the job ends with."""
        if self.content is None:
            return "failed"
        return "completed_with_error" if self.errors else "completed"

    def failures(self) -> str | None:
        """Return the job's `failures` as JSON, or None if there are none."""
        if not self.errors and not self.warnings:
            return None
        return json.dumps({"errors": self.errors, "warnings": self.warnings})


@lru_cache(maxsize=64)
def open_template(path: str) -> "Template":
    """Open a stored template; its path is its hash, so it is read and compiled once."""
    from docgen_nb.template import Template  # slow to import: a service starts without it

    return Template(path)


def render_document(
    path: str, user_input: str, output_type: str, *, name: str | None = None
) -> Outcome:
    """Render one document. Runs on any executor: arguments and result can be pickled.

    `name` is what a field with the name of the file shows in a PDF.
    """
    if not os.path.exists(path):
        return Outcome(None, errors=("The template is missing from the data folder.",))
    try:
        data = json.loads(user_input, parse_float=Decimal)
        rendered = open_template(path).render(data, output_type=output_type, name=name)
    except (UnreadableTemplate, ConversionFailed, ImportError) as error:
        return Outcome(None, errors=(str(error),))
    errors, warnings = tuple(map(str, rendered.errors)), tuple(map(str, rendered.warnings))
    return Outcome(rendered.content, errors=errors, warnings=warnings)
