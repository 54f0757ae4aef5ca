"""`docgen-nb report`: one HTML page about a period of a history."""

import argparse
import sys
from pathlib import Path

from docgen_nb.errors import LedgerError
from docgen_nb.ledger import Ledger
from docgen_nb.reports.report import write_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--ledger", metavar="FILE", type=Path, required=True, help="as kept by docgen-nb sync"
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="the HTML file to write"
    )
    parser.add_argument(
        "--period",
        default="last week",
        help="'last week' (default), 'this week', 'yesterday', 'last month', 2025-10-27, 2025-W44, "
        "2025-10, or '2025-10-27 to 2025-11-02'",
    )
    parser.add_argument(
        "--compare", default="week before", help="the period before (default), or an earlier one"
    )
    parser.add_argument(
        "--time-zone", default="UTC", help="of days and hours, such as Europe/Berlin (%(default)s)"
    )
    parser.add_argument("--account", metavar="NAME", help="as given to docgen-nb sync")
    parser.add_argument("--xlsx", metavar="FILE", type=Path, help="write the tables, too")
    parser.set_defaults(run=report, refuse=parser.error)


def report(arguments: argparse.Namespace) -> int:
    """Write the report and print its path."""
    path = arguments.ledger
    if arguments.account:
        path = path.with_name(f"{path.stem}.{arguments.account}{path.suffix}")
    if not path.is_file():
        raise LedgerError(f"{path} does not exist; docgen-nb sync creates it.")
    with Ledger(path) as ledger:
        try:
            written, newer = write_report(
                ledger,
                arguments.out,
                period=arguments.period,
                compare=arguments.compare,
                failures=None,
                names=None,
                account=None,
                time_zone=arguments.time_zone,
                now=None,
                xlsx=arguments.xlsx,
            )
        except ValueError as error:
            arguments.refuse(str(error))
            raise
    print(written)
    if newer:
        print(newer, file=sys.stderr)
    return 0
