"""`docgen-nb sync`: keep a history of jobs in a ledger."""

import argparse
import sys
from pathlib import Path

from docgen_nb.cli.options.repeating import repeat
from docgen_nb.cli.options.services import add_url, advising_options, client_of
from docgen_nb.cli.options.spans import span
from docgen_nb.client import Client
from docgen_nb.ledger import Ledger, SyncResult
from docgen_nb.ledger.account import service_of
from docgen_nb.ledger.template_names import read_template_names

_RECIPES = """\
Every five minutes, by cron (crontab -e; a lock keeps two from running at once):
  */5 * * * * flock -n ~/history.lock {command} sync --ledger ~/history.sqlite
by systemd (~/.config/systemd/user/docgen-sync.service, then systemctl --user enable --now it):
  [Service]
  ExecStart={command} sync --ledger %h/history.sqlite --every 5m
  Restart=on-failure
  [Install]
  WantedBy=default.target
Neither knows your variables: set those of the token in lines above it, or by Environment=;
or in a notebook that Jupyter Scheduler runs: dg.Ledger("history.sqlite").sync(dg.connect())

Other programs (sqlite3, Datasette, DuckDB, BI tools) read these views of the file, with times as
UTC text and ids as text; its tables have other names, and may change.
  jobs         one row per job: ids, template_name, status, times, duration_seconds, counts
  messages     one row per message of a job: severity, message, and the job's columns
  changes      one row per observed change of status, between changed_after and changed_before
  submissions  one row per submission: label, template, documents, batches, and their states
For example: sqlite3 history.sqlite "SELECT status, count(*) FROM jobs GROUP BY status"
DuckDB reads every column of a view as text: cast it, as in avg(duration_seconds::DOUBLE).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    command = Path(sys.executable).with_name("docgen-nb")  # cron and systemd have a short PATH
    parser.epilog = _RECIPES.replace("{command}", str(command))
    parser.add_argument(
        "--ledger", metavar="FILE", type=Path, required=True, help="created if it does not exist"
    )
    parser.add_argument(
        "--every", type=span, metavar="TIME", help="sync again and again, such as 5m (s, m, h, d)"
    )
    parser.add_argument(
        "--account", metavar="NAME", help="keep this account's jobs in a file of their own"
    )
    parser.add_argument(
        "--whole", action="store_true", help="read the list of jobs to its end, the first time"
    )
    add_url(parser)
    parser.set_defaults(run=sync, refuse=parser.error)


def sync(arguments: argparse.Namespace) -> int:
    """Sync once, or until the command is ended."""
    try:
        ledger = Ledger(arguments.ledger, account=arguments.account)
    except ValueError as error:
        arguments.refuse(str(error))
        raise
    with ledger, client_of(arguments, known=service_of(ledger.file)) as box:
        if arguments.every is None:
            print(_sync(ledger, box, whole=arguments.whole))
            return 0
        whole = arguments.whole

        def work() -> None:
            nonlocal whole
            print(_sync(ledger, box, whole=whole), flush=True)
            whole = False

        repeat(work, every=arguments.every, name="sync")
    return 0


def _sync(ledger: Ledger, box: Client, *, whole: bool) -> str:
    """Read new jobs, and the names of new templates; return what was read, in words."""
    with advising_options():
        result = ledger.sync(box, whole=whole)
    read_template_names(ledger.file, box, again=whole)
    return _in_words(result)


def _in_words(result: SyncResult) -> str:
    parts = [f"{result.new:,} new", f"{result.changed:,} changed", f"{result.still_open:,} open"]
    if result.gone:
        parts.append(f"{result.gone:,} gone")
    calls = "1 call" if result.calls == 1 else f"{result.calls:,} calls"
    line = f"{result.read_at:%Y-%m-%d %H:%M:%S} UTC: {', '.join(parts)} ({calls})"
    return f"{line}; {result.clock_note}" if result.clock_note else line
