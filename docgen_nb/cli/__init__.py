"""Box Doc Gen without a Box account: a service, notebooks, and tools for templates."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from docgen_nb.errors import DocGenError

# Each command is a module of this folder with `add_arguments(parser)`, loaded when it is chosen:
# `serve` need not wait for pandas and matplotlib.
COMMANDS = {
    "demo": "the whole way once, on the embedded service",
    "serve": "run the embedded Doc Gen service on a port",
    "lab": "open the notebooks in JupyterLab",
    "tags": "list the tags of a template file",
    "check": "tell what is wrong in a template file, and in data for it",
    "render": "make documents from a template file and data",
    "jobs": "list the jobs of a service or of a history, and how they came out",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Faults that a person can act on are one line on standard error, with status 1; wrong
    arguments end with status 2.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="docgen-nb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        if given[:1] == [name]:
            import_module(f"docgen_nb.cli.{name}").add_arguments(command)
    chosen = parser.parse_args(given)
    _print_anything()
    try:
        status = int(chosen.run(chosen))
        sys.stdout.flush()
        return status
    except (DocGenError, ImportError) as error:
        print(f"docgen-nb {chosen.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _print_anything() -> None:
    """Write what the terminal's encoding lacks, and lone surrogates, as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
