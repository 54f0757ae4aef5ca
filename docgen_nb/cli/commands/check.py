"""`docgen-nb check`: the problems of a template file, and of data for it."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from docgen_nb.cli.diagnostics import Diagnostic, exit_status
from docgen_nb.cli.inputs import DATA_HELP, add_file, open_template, read_rows
from docgen_nb.cli.json_output import print_json
from docgen_nb.template import Template


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_file(parser)
    parser.add_argument("data", metavar="DATA", nargs="?", help=DATA_HELP)
    parser.add_argument(
        "--portable",
        action="store_true",
        help="exit with 1 also for notes: what is not proven at Box",
    )
    parser.add_argument(
        "--evidence",
        metavar="FILE",
        help="what docgen-nb probe found at Box (a file, or a folder of them), for the notes",
    )
    parser.set_defaults(run=check)


def check(arguments: argparse.Namespace) -> int:
    """Print the problems and notes. Return 1 if one is an error, or with --portable a note."""
    template = open_template(arguments.file)
    diagnostics = list(_diagnostics(template, arguments.data, arguments.evidence))
    if arguments.json:
        print_json([one.as_json() for one in diagnostics])
    else:
        for one in diagnostics:
            print(one)
        print(_summary(diagnostics))
    has_notes = any(one.problem.severity == "note" for one in diagnostics)
    return int(arguments.portable and has_notes) or exit_status(diagnostics)


def _diagnostics(
    template: Template, name: str | None, evidence: str | None
) -> Iterator[Diagnostic]:
    """Yield the problems and notes of the template itself, then the problems of each row."""
    own = template.problems(evidence=evidence)
    rows, are_many = ([], True) if name is None else read_rows(name)
    yield from map(Diagnostic, own)
    for number, row in enumerate(rows, start=1):
        shown = number if are_many else None
        yield from (Diagnostic(one, shown) for one in template.check(row) if one not in own)


def _summary(diagnostics: Sequence[Diagnostic]) -> str:
    counts = Counter(one.problem.severity for one in diagnostics)
    words = [
        f"{counts[word]} {word}{'s' * (counts[word] != 1)}"
        for word in ("error", "warning", "note")
        if counts[word]
    ]
    if not counts["error"] and not counts["warning"]:
        words.insert(0, "No problems")
    return ", ".join(words) + ("." if words[0] == "No problems" else "")
