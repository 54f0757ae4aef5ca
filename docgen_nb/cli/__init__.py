"""Box Doc Gen without a Box account: a local service, notebooks, and template tools."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from docgen_nb.cli.printable import lines
from docgen_nb.errors import DocGenError

# Each command is a module of `commands` with `add_arguments(parser)`. Only the one that runs is
# imported, so that `serve` doesn't wait for pandas and matplotlib.
COMMANDS = {
    "demo": "run the whole workflow once on the embedded service",
    "serve": "run the embedded Doc Gen service",
    "lab": "open the notebooks in JupyterLab, or the form as a page",
    "docs": "write the reference and the lessons as HTML pages",
    "login": "save credentials for Box in a file that only you can read",
    "doctor": "check whether Doc Gen can work here, and say what to do",
    "tags": "list the tags of a template file",
    "check": "check a template file, and data for it",
    "render": "generate documents from a template file and data",
    "submit": "send a document for each row of a file, each once",
    "sync": "keep a history of jobs in a ledger",
    "jobs": "list jobs and their outcomes",
    "watch": "check rules about a ledger, and notify somebody once",
    "probe": "ask a Box account what Box's documentation leaves open",
    "report": "write one HTML page about a period of a ledger",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    An error that the user can correct is one line on standard error, with status 1. Wrong
    arguments end with status 2.
    """
    words = list(sys.argv[1:] if words is None else words)
    parser = argparse.ArgumentParser(prog="docgen-nb", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        command.set_defaults(command_parser=command)
        if words[:1] == [name]:
            import_module(f"docgen_nb.cli.commands.{name}").add_arguments(command)
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        _refuse(arguments, unknown)
    _escape_unprintable()
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()
        return status
    except (DocGenError, ImportError) as error:
        text = "\n".join([str(error), *getattr(error, "__notes__", ())])
        print(f"docgen-nb {arguments.command}: {lines(text)}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # a reader such as head has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _refuse(arguments: argparse.Namespace, unknown: Sequence[str]) -> NoReturn:
    hint = "; those of JupyterLab follow --" if arguments.command == "lab" else ""
    parser: argparse.ArgumentParser = arguments.command_parser
    parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")


def _escape_unprintable() -> None:
    """Print characters that the terminal's encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
