"""`docgen-nb jobs`: the jobs of a service or a ledger, and their outcomes."""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb.cli.json_output import print_json, records
from docgen_nb.cli.printable import one_line
from docgen_nb.connection import connect
from docgen_nb.errors import LedgerError
from docgen_nb.frames import load_jobs
from docgen_nb.ledger import Ledger
from docgen_nb.metrics import outcomes

# The columns in print order, and the order in which a narrow terminal drops them.
SHOWN = (
    *("created_at", "job_id", "status", "template_id", "output_type", "batch_id"),
    *("errors", "warnings", "duration_seconds", "finished_source", "output_file_id"),
)
_DROP_ORDER = (
    *("output_file_id", "finished_source", "output_type", "batch_id", "warnings", "errors"),
    *("duration_seconds", "template_id", "created_at", "status"),
)
_SEPARATOR = "  "
_SPAN = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    span = "7d (m, h, d, w), or a time such as 2026-03-02 or 2026-03-02T09:00Z (default zone: UTC)"
    parser.add_argument(
        "--since", type=moment, metavar="TIME", help=f"only jobs created since: {span}"
    )
    parser.add_argument("--until", type=moment, metavar="TIME", help="only jobs created before")
    parser.add_argument("--template", metavar="ID", help="only jobs of this template")
    parser.add_argument("--json", action="store_true", help="print JSON")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", help="URL of the service (default: DOCGEN_NB_URL, else Box)")
    where.add_argument(
        "--ledger", metavar="FILE", type=Path, help="read this ledger instead of a service"
    )
    parser.set_defaults(run=jobs, refuse=parser.error)


def moment(text: str) -> datetime:
    """Return a time from a text: an age such as 7d, or a date and time."""
    try:
        if match := _SPAN.fullmatch(text):
            return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
        time = datetime.fromisoformat(text.upper())
        return (time.replace(tzinfo=UTC) if time.tzinfo is None else time).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither an age such as 7d, 12h or 30m, nor a time such as 2026-03-02 or "
            "2026-03-02T09:00Z"
        ) from error


def jobs(arguments: argparse.Namespace) -> int:
    """Print the jobs and their outcomes."""
    table = _from_ledger(arguments) if arguments.ledger else _from_service(arguments)
    counts = outcomes(table)
    if arguments.json:
        print_json(
            {
                "source": table.attrs["source"],
                "read_at": table.attrs["read_at"],
                "jobs": records(table),
                "outcomes": records(counts),
            }
        )
    elif len(table) == 0:
        print("No jobs.")
    else:
        _print_jobs(table)
        _print_outcomes(table, counts)
    return 0


def _from_ledger(arguments: argparse.Namespace) -> pd.DataFrame:
    if not arguments.ledger.is_file():
        raise LedgerError(f"{arguments.ledger} does not exist; Ledger.sync(box) creates it.")
    with Ledger(arguments.ledger) as ledger:
        return ledger.jobs(
            since=arguments.since, until=arguments.until, template=arguments.template
        )


def _from_service(arguments: argparse.Namespace) -> pd.DataFrame:
    try:
        box = connect(arguments.url)
    except ValueError as error:
        arguments.refuse(str(error))
        raise
    with box:
        table = load_jobs(box, template=arguments.template)
    return _created_between(table, arguments.since, arguments.until)


def _created_between(
    table: pd.DataFrame, since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    if since is None and until is None:
        return table
    unknown = int(table["created_at"].isna().sum())
    if unknown:
        print(f"Skipped {unknown} jobs without a known creation time", file=sys.stderr)
    kept = table["created_at"].notna()
    if since is not None:
        kept &= table["created_at"] >= since
    if until is not None:
        kept &= table["created_at"] < until
    return table[kept]


def _print_jobs(table: pd.DataFrame) -> None:
    columns = {name: _cells(name, table[name]) for name in SHOWN if name in table}
    widths = {name: max(map(len, cells)) for name, cells in columns.items()}
    left_out = _left_out(widths)
    visible = [name for name in columns if name not in left_out]
    for line in zip(*(columns[name] for name in visible), strict=True):
        cells = zip(visible, line, strict=True)
        print(_SEPARATOR.join(_aligned(name, cell, widths[name]) for name, cell in cells).rstrip())
    if left_out:
        print(f"(not enough room for {', '.join(name for name in columns if name in left_out)})")


def _cells(name: str, column: "pd.Series[Any]") -> list[str]:
    """Return the heading and the printed cells of a column."""
    if name == "created_at":
        return ["created_at (UTC)", *column.dt.strftime("%Y-%m-%d %H:%M:%S").fillna("-")]
    if name == "duration_seconds":
        return ["seconds", *("-" if pd.isna(cell) else f"{cell:.0f}" for cell in column)]
    return [name, *map(one_line, column.astype("str").fillna("-"))]


def _aligned(name: str, cell: str, width: int) -> str:
    return (
        f"{cell:>{width}}"
        if name in ("errors", "warnings", "duration_seconds")
        else f"{cell:{width}}"
    )


def _left_out(widths: dict[str, int]) -> set[str]:
    """Return the columns that don't fit the terminal; none for a file or a pipe."""
    if not (sys.stdout.isatty() or "COLUMNS" in os.environ):
        return set()
    room = shutil.get_terminal_size().columns
    left_out: set[str] = set()
    for name in _DROP_ORDER:
        kept = [width for other, width in widths.items() if other not in left_out]
        if sum(kept) + len(_SEPARATOR) * (len(kept) - 1) <= room:
            break
        if name in widths:
            left_out.add(name)
    return left_out


def _print_outcomes(table: pd.DataFrame, counts: pd.DataFrame) -> None:
    created = table["created_at"].dropna()
    span = ""
    if len(created):
        span = f", created {created.min():%Y-%m-%d %H:%M} to {created.max():%Y-%m-%d %H:%M} UTC"
    print(f"\n{len(table):,} {'job' if len(table) == 1 else 'jobs'}{span}\n")
    lines: list[Sequence[str]] = [("status", "jobs", "share", "95% interval")]
    for row in counts.fillna({"status": "-"}).itertuples():
        interval = f"{row.share_low:.1%} to {row.share_high:.1%}"
        interval = "too few batches" if interval == "nan% to nan%" else interval
        lines.append((one_line(str(row.status)), f"{row.jobs:,}", f"{row.share:.1%}", interval))
    widths = [max(len(line[place]) for line in lines) for place in range(4)]
    for status, number, share, interval in lines:
        print(f"{status:{widths[0]}}  {number:>{widths[1]}}  {share:>{widths[2]}}  {interval}")
