"""Exercises that answer back, and incidents to find the cause of."""

from docgen_nb.lessons.checking import check, solution, start
from docgen_nb.lessons.docstring_help import help
from docgen_nb.lessons.drills import drill

__all__ = ["check", "drill", "help", "solution", "start"]
