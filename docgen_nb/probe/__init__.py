"""Questions to a Box account: how its API answers, and how it reads the template language."""

from docgen_nb.probe.probe import Plan, Probe

__all__ = ["Plan", "Probe"]
