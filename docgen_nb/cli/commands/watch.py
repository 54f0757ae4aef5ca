"""`docgen-nb watch`: check rules about a ledger, and notify somebody."""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docgen_nb.cli.options.repeating import repeat
from docgen_nb.cli.options.services import add_url, advising_options, client_of
from docgen_nb.cli.options.spans import span
from docgen_nb.cli.printable import one_line
from docgen_nb.errors import LedgerError, ServiceError
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.account import path_of_account, service_of
from docgen_nb.watching import parse_rule, rule_states, watch

_SECONDS = 30  # for a command or a URL
Notify = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--ledger", metavar="FILE", type=Path, required=True, help="as kept by docgen-nb sync"
    )
    parser.add_argument(
        "--rule",
        dest="rules",
        action="append",
        required=True,
        type=_rule,
        help="'failed_share > 5%% over 1h', 'completed_with_error_share > 10%% over 1d', "
        "'duration > 30s over 1h', 'open longer than 10min' or 'jobs < 1 over 1d'; repeatable",
    )
    parser.add_argument(
        "--notify",
        metavar="CMD|URL",
        type=_notifier,
        default=_print,
        help="run this command with the sentence on its standard input, or POST it as JSON "
        '({"text": ...}) to this https or loopback URL; else print it',
    )
    parser.add_argument(
        "--every",
        type=span,
        metavar="TIME",
        help="sync and check again and again, such as 5m; else check once, without a sync",
    )
    parser.epilog = "On a terminal, a single check also prints the state of each rule."
    parser.add_argument("--account", metavar="NAME", help="as given to docgen-nb sync")
    add_url(parser)
    parser.set_defaults(run=run, refuse=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Check once, or after each sync until the command is ended."""
    try:
        path = Path(path_of_account(arguments.ledger, arguments.account))
    except ValueError as error:
        arguments.refuse(str(error))
        raise
    if arguments.every is None and not path.is_file():
        raise LedgerError(f"{path} does not exist; docgen-nb sync creates it.")
    with Ledger(path) as ledger:
        if arguments.every is None:
            watch(ledger, arguments.rules, notify=arguments.notify)
            if sys.stdout.isatty():  # cron sends what is printed by mail
                print("\n".join(map(one_line, rule_states(ledger, arguments.rules))))
            return 0
        with client_of(arguments, known=service_of(ledger.file)) as box:

            def work() -> None:
                with advising_options():
                    ledger.sync(box)
                watch(ledger, arguments.rules, notify=arguments.notify)

            repeat(work, every=arguments.every, name="watch")
    return 0


def _rule(text: str) -> str:
    try:
        return parse_rule(text).text
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _print(sentence: str) -> None:
    print(one_line(sentence), flush=True)


def _notifier(text: str) -> Notify:
    """Return what notifies a URL or a command."""
    if "://" in text.split(maxsplit=1)[0]:
        _check_url(text)
        return lambda sentence: _post(text, sentence)
    words = shlex.split(text)
    if not words or shutil.which(words[0]) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a URL nor a command that exists")
    return lambda sentence: _run(words, sentence)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    raise argparse.ArgumentTypeError(f"{url} must begin with https://, or be of this machine")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _run(words: list[str], sentence: str) -> None:
    try:
        done = subprocess.run(words, input=f"{sentence}\n", text=True, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError(f"Nobody was notified: {words[0]}: {error}") from error
    if done.returncode:
        raise ServiceError(f"Nobody was notified: {words[0]} ended with {done.returncode}.")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects, which could lead to another machine or to plain HTTP."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(url: str, sentence: str) -> None:
    body = json.dumps({"text": sentence}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  checked above
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_SECONDS):
            pass
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        host = urlsplit(url).hostname  # the path of a webhook is a secret
        raise ServiceError(f"Nobody was notified: {host}: {error}") from error
