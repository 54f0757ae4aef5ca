"""What is known of Box about each construct of the language: the table, and notes from it.

``verified``: asked of a Box account by ``docgen-nb probe``. ``documented``: Box's documentation
says so, or templates and test data that Box published show it. ``observed``: it was recorded on
the real service. ``guessed``: no source is known, or Box does not support it, and the decision is
our own.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from docgen_nb.evidence import Evidence, Finding
from docgen_nb.template.problems import Place, Problem

COLUMNS = ("construct", "name", "decision", "evidence", "known", "proven")


class Use(NamedTuple):
    """A construct in a template: its name in the table, the tag as written, and the place."""

    construct: str
    tag: str
    place: Place | None = None


@cache
def rows() -> list[dict[str, str]]:
    """Return one row for each construct: construct, name, decision, evidence, known, proven.

    ``decision`` is what this package does, ``known`` what is known of Box, and ``proven`` another
    spelling, of which more is known.
    """
    text = files("docgen_nb.template").joinpath("portability.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def notes(uses: Iterable[Use], evidence: Evidence | None = None) -> list[Problem]:
    """Return a note for each construct that is only guessed, at its first use.

    With `evidence`, constructs that Box treats alike have no note, and those that it treats
    otherwise have one, whatever the table says.

    >>> print(*notes([Use("!=", "{{if a != “b”}}")]))
    Not proven at Box: comparison by !=. Nothing that Box published uses it. Proven instead: == with
    the text after {{else}}.
    """
    table = {row["construct"]: row for row in rows()}
    found = evidence.constructs if evidence else {}
    by_construct: dict[str, list[Use]] = {}
    for use in uses:
        by_construct.setdefault(use.construct, []).append(use)
    return [
        _note(table[construct], its_uses, found.get(construct))
        for construct, its_uses in by_construct.items()
        if _is_unproven(table[construct], found.get(construct))
    ]


def _is_unproven(row: Mapping[str, str], finding: Finding | None) -> bool:
    return row["evidence"] == "guessed" if finding is None else not finding.same


def _note(row: Mapping[str, str], uses: list[Use], finding: Finding | None) -> Problem:
    first = uses[0]
    message = f"Not proven at Box: {row['name']}. {row['known']}"
    if finding is not None:
        message = f"Box gave something else on {finding.date}: {row['name']}."
    if row["proven"]:
        message += f" Proven instead: {row['proven']}."
    if len(uses) > 1:
        message += f" Also in {len(uses) - 1} more {'tag' if len(uses) == 2 else 'tags'}."
    return Problem(
        "unproven", message, "", first.place, first.tag, "note", construct=row["construct"]
    )
