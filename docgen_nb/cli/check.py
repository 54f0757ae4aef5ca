"""`docgen-nb check`: what is wrong in a template file, and in data for it."""

import argparse
from collections.abc import Iterator, Sequence

from docgen_nb.cli.diagnostics import Finding, status
from docgen_nb.cli.inputs import DATA_HELP, add_file, opened, print_json, read_rows
from docgen_nb.template import Template


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_file(parser)
    parser.add_argument("data", metavar="DATA", nargs="?", help=DATA_HELP)
    parser.set_defaults(run=check)


def check(chosen: argparse.Namespace) -> int:
    """Print the problems; 1 if one of them is an error."""
    template = opened(chosen.file)
    findings = list(_findings(template, chosen.data))
    if chosen.json:
        print_json([one.as_json() for one in findings])
    else:
        for one in findings:
            print(one)
        print(_summary(findings))
    return status(findings)


def _findings(template: Template, name: str | None) -> Iterator[Finding]:
    """The problems of the template itself once, then those of each row."""
    own = template.problems()
    if name is None:
        yield from map(Finding, own)
        return
    rows, are_many = read_rows(name)
    if not are_many:
        yield from map(Finding, template.check(rows[0]))
        return
    yield from map(Finding, own)
    for number, row in enumerate(rows, start=1):
        yield from (Finding(one, number) for one in template.check(row) if one not in own)


def _summary(findings: Sequence[Finding]) -> str:
    errors = sum(one.problem.severity == "error" for one in findings)
    counts = ((errors, "error"), (len(findings) - errors, "warning"))
    words = [f"{number} {word}{'s' * (number != 1)}" for number, word in counts if number]
    return ", ".join(words) or "No problems."
