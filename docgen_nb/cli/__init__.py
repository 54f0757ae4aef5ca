"""The command docgen-nb: serve, demo and lab."""

import argparse
import sys
from collections.abc import Sequence

from docgen_nb.cli import demo, lab, serve
from docgen_nb.errors import DocGenError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Faults that a person can act on are one line on standard error, with status 1; wrong
    arguments end with status 2.
    """
    parser = argparse.ArgumentParser(prog="docgen-nb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for room in (demo, serve, lab):
        room.add_parser(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except (DocGenError, ImportError) as error:
        print(f"docgen-nb {chosen.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
