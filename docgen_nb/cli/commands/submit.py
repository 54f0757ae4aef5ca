"""`docgen-nb submit`: send a document for each row of a file, each once."""

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docgen_nb import wire
from docgen_nb.cli.options.services import add_url, client_of
from docgen_nb.cli.printable import lines
from docgen_nb.client import Client
from docgen_nb.errors import RowsRefused
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.submissions.record import HELD, SENT, SubmissionRecord, all_records
from docgen_nb.request import BatchRequest, RowFile, numbered
from docgen_nb.submission import Submission, submit_many
from docgen_nb.submission.sender import in_words

_NUMBER = "row"
_EVERY = 5.0  # seconds between two lines of progress
_EPILOG = """\
Rows are CSV, TSV, XLSX, JSON or JSON Lines (one object per line: its data as it is). All are
checked before the first is sent. Ctrl-C pauses: the same command goes on where it was, also after a
crash, and ends with status 0 when all was sent.

  docgen-nb submit --template 11 --folder 22 --rows orders.csv --ledger orders.sqlite \\
      --name "Order {id}" --yes
  docgen-nb submit --ledger orders.sqlite --status

A batch without an answer that cannot be told from others is held back. Look for it in Box, then say
which one it is, or that there is none: --settle CHUNK=BATCH or --settle CHUNK=none
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add_url(parser)
    _add_request(parser)
    parser.add_argument(
        "--ledger", metavar="FILE", type=Path, required=True, help="created if it does not exist"
    )
    _add_sending(parser)
    parser.add_argument("--status", action="store_true", help="print how far it is, and exit")
    parser.add_argument(
        "--settle", metavar="CHUNK=BATCH", type=_decision, help="say what a held chunk became"
    )
    parser.set_defaults(run=submit, refuse=parser.error)


def _add_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--template", metavar="ID", help="id of the template's file")
    parser.add_argument("--folder", metavar="ID", help="id of the folder of the documents")
    parser.add_argument(
        "--output-type", choices=wire.OUTPUT_TYPES, default="docx", help="default: %(default)s"
    )
    parser.add_argument("--rows", metavar="FILE", type=Path, help="the data, one row per document")
    parser.add_argument(
        "--name",
        metavar="PATTERN",
        default=f"Document {{{_NUMBER}}}",
        help='file name, such as "Order {id}"; a column that no tag uses is not sent; {row} is '
        "the number of the row (default: %(default)s)",
    )


def _add_sending(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--documents-a-minute",
        metavar="N",
        type=float,
        default=50.0,
        help="default: 50, which Box advises; 0 for no limit",
    )
    parser.add_argument(
        "--chunk", metavar="N", type=int, default=50, help="documents in a batch (%(default)s)"
    )
    parser.add_argument("--label", default="", help="another label sends the same rows again")
    parser.add_argument(
        "--settle-seconds",
        metavar="N",
        type=float,
        default=60.0,
        help="how long a batch without an answer is looked for (%(default)g)",
    )
    parser.add_argument("--skip-bad-rows", action="store_true", help="send the others")
    parser.add_argument("--yes", action="store_true", help="do not ask before sending")


def submit(arguments: argparse.Namespace) -> int:
    """Send the rows, or print how far they are. Return 0 when all were sent."""
    if arguments.status:
        return _status(arguments.ledger)
    needed = () if arguments.settle else ("template", "folder", "rows")
    missing = [f"--{name}" for name in needed if getattr(arguments, name) is None]
    if missing:
        arguments.refuse(f"the following arguments are required: {', '.join(missing)}")
    with Ledger(arguments.ledger) as ledger, client_of(arguments) as box:
        if arguments.settle:
            return _settle(arguments, ledger, box)
        return _send(arguments, ledger, box)


def _send(arguments: argparse.Namespace, ledger: Ledger, box: Client) -> int:
    request = BatchRequest(
        arguments.template,
        folder_id=arguments.folder,
        output_type=arguments.output_type,
        file_name=arguments.name,
        tags=list(box.list_tags(arguments.template)),
    )
    rows = RowFile(arguments.rows, tags=request.tags or [])
    if not _is_confirmed(arguments, rows, box):
        return 1
    try:
        submission = submit_many(
            box,
            request,
            _with_numbers(rows, request),
            ledger=ledger,
            chunk=arguments.chunk,
            documents_a_minute=arguments.documents_a_minute or None,
            bad_rows="skip" if arguments.skip_bad_rows else "stop",
            label=arguments.label,
            settle_seconds=arguments.settle_seconds,
            progress=_Progress(),
        )
    except RowsRefused as error:
        for problem in error.problems:
            print(lines(_in_words(problem)))
        raise
    except ValueError as error:
        arguments.refuse(str(error))
        raise
    except KeyboardInterrupt as pause:
        print("\n".join(["Paused.", *getattr(pause, "__notes__", ())]), file=sys.stderr)
        return 130
    _print(SubmissionRecord(ledger.file, submission.id))
    return 0 if submission.is_complete else 1


def _with_numbers(rows: RowFile, request: BatchRequest) -> Iterable[dict[str, Any]]:
    return numbered(rows, name=_NUMBER) if f"{{{_NUMBER}}}" in request.file_name else rows


def _is_confirmed(arguments: argparse.Namespace, rows: RowFile, box: Client) -> bool:
    if arguments.yes:
        return True
    if not sys.stdin.isatty():
        arguments.refuse("without a terminal to ask in, pass --yes to send")
    pace = f", {arguments.documents_a_minute:g} a minute" if arguments.documents_a_minute else ""
    question = f"Send {len(rows):,} documents to folder {arguments.folder} of {box.url}{pace}?"
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


class _Progress:
    """Prints how far a submission is, now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, submission: Submission) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            print(submission.status, file=sys.stderr, flush=True)


def _in_words(problem: dict[str, Any]) -> str:
    row = "" if problem["row"] is None else f" in row {problem['row'] + 1}"
    path = f"{problem['path']}: " if problem["path"] else ""
    return f"{problem['severity']}{row}: {path}{problem['message']}"


def _status(path: Path) -> int:
    """Print how far all submissions of a ledger are."""
    with Ledger(path) as ledger:
        for record in all_records(ledger.file):
            _print(record)
    return 0


def _print(record: SubmissionRecord) -> None:
    destination = record.destination()
    label = f", {destination.label}" if destination.label else ""
    place = f"template {destination.template_id}, folder {destination.folder_id}{label}"
    status = in_words(record.counts(), batches=len(record.chunks(SENT)))
    print(lines(f"Submission {record.id} ({place}): {status}"))
    for chunk in record.chunks(HELD):
        first, last = (rows := record.rows_of(chunk))[0] + 1, rows[-1] + 1
        print(lines(f"  held back: chunk {chunk.id}, rows {first} to {last}: {chunk.note}"))


def _decision(text: str) -> tuple[int, str | None]:
    chunk, equals, batch = text.partition("=")
    if not chunk.isdigit() or not equals or not batch:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHUNK=BATCH, such as 3=12 or 3=none")
    return int(chunk), None if batch == "none" else batch


def _settle(arguments: argparse.Namespace, ledger: Ledger, box: Client) -> int:
    chunk, batch_id = arguments.settle
    for record in all_records(ledger.file):
        if any(held.id == chunk for held in record.chunks(HELD)):
            Submission(box, ledger, record.id).settle(chunk, batch_id=batch_id, now=time.time())
            _print(record)
            return 0
    arguments.refuse(f"no chunk {chunk} is held back")
    return 2
