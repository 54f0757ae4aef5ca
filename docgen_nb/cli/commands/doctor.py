"""`docgen-nb doctor`: check whether Doc Gen can work here, and say what to do."""

import argparse

from docgen_nb import wire
from docgen_nb.cli.json_output import print_json, records
from docgen_nb.cli.options.services import add_url, client_of
from docgen_nb.cli.printable import lines
from docgen_nb.doctor_checks import check_up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = "Nothing is changed. The exit status is 1 if something is wrong."
    add_url(parser)
    parser.add_argument(
        "--folder",
        metavar="ID",
        default=wire.ROOT_FOLDER_ID,
        help="folder of the documents (default: the user's root folder)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=doctor, refuse=parser.error)


def doctor(arguments: argparse.Namespace) -> int:
    """Print one line per check."""
    checkup = check_up(lambda: client_of(arguments), folder_id=arguments.folder, closes=True)
    if arguments.json:
        print_json(records(checkup.frame()))
    else:
        print(lines(repr(checkup)))
    return 0 if checkup.is_ok else 1
