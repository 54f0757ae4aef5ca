"""Which service a command talks to: the one named, Box, or the one that `docgen-nb lab` started."""

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

from docgen_nb.client import Client
from docgen_nb.config import SERVICE, SERVICE_TOKEN
from docgen_nb.connection import connect
from docgen_nb.errors import LedgerError, MissingCredentials, OtherAccount, Unreachable

_PREFIX = "lab-"


def add_url(parser: argparse._ActionsContainer) -> None:
    """Add the option for the address of the service."""
    parser.add_argument(
        "--url",
        help="URL of the service (default: DOCGEN_NB_URL, else Box; without a token for Box, the "
        "service that a running docgen-nb lab has started)",
    )


def client_of(arguments: argparse.Namespace, *, known: str | None = None) -> Client:
    """Return a client of the service that the options name; a wrong URL ends with status 2.

    Of several labs it is the one whose address is `known`, else the newest.
    """
    try:
        return connect(arguments.url)
    except ValueError as error:
        arguments.refuse(str(error))
        raise
    except MissingCredentials:
        if arguments.url is None and (box := _of_lab(known)) is not None:
            print(f"The service of docgen-nb lab: {box.url}", file=sys.stderr)
            return box
        raise


@contextlib.contextmanager
def advising_options() -> Iterator[None]:
    """Let an error about a history of another account advise the options of a command."""
    try:
        yield
    except OtherAccount as error:
        advice = f"To keep them apart in a file of their own, add --account {error.account}."
        if error.url:
            advice = f"For jobs of that service, add --url {error.url}. {advice}"
        raise LedgerError(f"{error.fact} {advice}") from error


@contextlib.contextmanager
def announced(url: str, token: str) -> Iterator[None]:
    """Let this user's other commands find a service, while the block runs."""
    folder = _folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{_PREFIX}{os.getpid()}.json"
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"url": url, "token": token}, file)
    except OSError as error:  # the notebooks need no file
        print(f"Other commands cannot find this service: {error}", file=sys.stderr)
        yield
        return
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _of_lab(known: str | None) -> Client | None:
    """Return a client of a lab's running service, or None: the known one, else the newest."""
    variables = os.environ
    if variables.get(SERVICE):  # in a terminal of JupyterLab
        return connect("local")
    newest = sorted(_own_files(), key=lambda path: path.stat().st_mtime, reverse=True)
    labs = [json.loads(path.read_text()) for path in newest]
    for lab in sorted(labs, key=lambda lab: lab["url"] != known):
        named = {SERVICE: lab["url"], SERVICE_TOKEN: lab["token"]}
        box = connect("local", environment=named)
        try:
            box.get_me()
        except Unreachable:  # the lab was killed
            box.close()
            continue
        return box
    return None


def _own_files() -> list[Path]:
    """Return the files of running labs that nobody but this user can have written."""
    folder = _folder()
    if not folder.is_dir() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
        return []
    return list(folder.glob(f"{_PREFIX}*.json"))


def _folder() -> Path:
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "docgen-nb"
    return Path(tempfile.gettempdir()) / f"docgen-nb-{getuser()}"
