"""Box's Doc Gen template language: reads, checks and renders Word templates."""

from docgen_nb.template.checker import check
from docgen_nb.template.problems import Place, Problem
from docgen_nb.template.result import Rendered
from docgen_nb.template.template import Template

__all__ = ["Place", "Problem", "Rendered", "Template", "check"]
