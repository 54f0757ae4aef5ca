"""`docgen-nb login`: try credentials, and save them in a file that only the user can read."""

import argparse
import getpass
import os
import sys
import time
from pathlib import Path
from typing import Any

from docgen_nb import config, wire
from docgen_nb.cli.printable import lines
from docgen_nb.connection import connect
from docgen_nb.errors import MissingCredentials
from docgen_nb.login_file import SAVED_AT, VARIABLE, login_file, write_login

_EPILOG = f"""\
A secret is read from a prompt, or from standard input, never from the command line, which other
users of this machine can read:

  docgen-nb login < token.txt
  docgen-nb login --client-id ID --subject-type enterprise --subject-id ID
  docgen-nb login --jwt-config app.json

The credentials are tried, then written to {{file}}, or to the file that {VARIABLE}
names. connect() and the commands use them for this address when neither an argument nor the
environment gives others. Of an app configuration (JWT), only the path is saved.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG.format(file=login_file()).replace("%", "%%")
    parser.add_argument("--url", help="URL of the service (default: DOCGEN_NB_URL, else Box)")
    parser.add_argument("--client-id", metavar="ID", help="log in with client credentials")
    parser.add_argument("--subject-type", choices=config.SUBJECT_TYPES, help="of the credentials")
    parser.add_argument("--subject-id", metavar="ID", help="id of the enterprise or the user")
    parser.add_argument(
        "--jwt-config", metavar="FILE", type=Path, help="app configuration of Box's console"
    )
    parser.set_defaults(run=login, refuse=parser.error)


def login(arguments: argparse.Namespace) -> int:
    """Try the credentials and save them."""
    url = arguments.url or os.environ.get(config.URL) or wire.API_URL
    kind, settings = _settings(arguments)
    try:
        if url == config.LOCAL:
            raise ValueError('A service in this process, "local", needs no login.')
        url = config.check_url(url)
    except ValueError as error:
        arguments.refuse(str(error))
    try:
        with connect(url, environment=settings) as box:
            user = box.get_me()
    except ValueError as error:  # a token that cannot be one
        raise MissingCredentials(str(error)) from None
    path = login_file()
    write_login(path, {config.URL: url, **settings, SAVED_AT: time.time()})
    known = f" ({user['login']})" if user.get("login") else ""
    print(lines(f"Logged in to {url} as {user.get('name') or user.get('id')}{known}."))
    print(lines(f"Wrote {kind} to {path}, which only you can read. To log out, delete the file."))
    if config.DEVELOPER_TOKEN in settings and config.is_box(url):
        print("A developer token lasts 60 minutes at most: then log in again with a new one.")
    return 0


def _settings(arguments: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Return what is saved, in words and by the names of the environment variables."""
    subject = {
        config.CLIENT_ID: arguments.client_id,
        config.SUBJECT_TYPE: arguments.subject_type,
        config.SUBJECT_ID: arguments.subject_id,
    }
    if arguments.jwt_config is not None:
        if arguments.client_id:
            arguments.refuse("--jwt-config contains the client ID: leave out --client-id")
        path = str(arguments.jwt_config.absolute())
        known = {name: text for name, text in subject.items() if text}
        return f"the path of {path}", {config.JWT_FILE: path, **known}
    if not any(subject.values()):
        return "the token", {config.DEVELOPER_TOKEN: _secret("Developer token")}
    if not all(subject.values()):
        arguments.refuse("client credentials need --client-id, --subject-type and --subject-id")
    return "the client credentials", subject | {config.CLIENT_SECRET: _secret("Client secret")}


def _secret(name: str) -> config.Secret:
    """Read a secret from a prompt that does not show it, or from standard input."""
    typed = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read()
    if not typed.strip():
        raise MissingCredentials(f"The {name.lower()} is empty; nothing was saved.")
    return config.Secret(typed.strip())
