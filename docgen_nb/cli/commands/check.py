"""`docgen-nb check`: the problems of a template file, and of data for it."""

import argparse
from collections.abc import Iterator, Sequence

from docgen_nb.cli.diagnostics import Diagnostic, exit_status
from docgen_nb.cli.inputs import DATA_HELP, add_file, open_template, read_rows
from docgen_nb.cli.json_output import print_json
from docgen_nb.template import Template


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_file(parser)
    parser.add_argument("data", metavar="DATA", nargs="?", help=DATA_HELP)
    parser.set_defaults(run=check)


def check(arguments: argparse.Namespace) -> int:
    """Print the problems. Return 1 if one of them is an error."""
    template = open_template(arguments.file)
    diagnostics = list(_diagnostics(template, arguments.data))
    if arguments.json:
        print_json([one.as_json() for one in diagnostics])
    else:
        for one in diagnostics:
            print(one)
        print(_summary(diagnostics))
    return exit_status(diagnostics)


def _diagnostics(template: Template, name: str | None) -> Iterator[Diagnostic]:
    """Yield the problems of the template itself, then those of each row."""
    own = template.problems()
    if name is None:
        yield from map(Diagnostic, own)
        return
    rows, are_many = read_rows(name)
    if not are_many:
        yield from map(Diagnostic, template.check(rows[0]))
        return
    yield from map(Diagnostic, own)
    for number, row in enumerate(rows, start=1):
        yield from (Diagnostic(one, number) for one in template.check(row) if one not in own)


def _summary(diagnostics: Sequence[Diagnostic]) -> str:
    errors = sum(one.problem.severity == "error" for one in diagnostics)
    counts = ((errors, "error"), (len(diagnostics) - errors, "warning"))
    words = [f"{number} {word}{'s' * (number != 1)}" for number, word in counts if number]
    return ", ".join(words) or "No problems."
