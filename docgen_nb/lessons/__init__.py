"""Exercises that answer back: what to do, a check of the answer with a hint, a solution."""

from docgen_nb.lessons.checking import check, solution, start

__all__ = ["check", "solution", "start"]
