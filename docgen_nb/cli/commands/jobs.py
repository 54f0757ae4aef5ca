"""`docgen-nb jobs`: the jobs of a service or a ledger, and their outcomes."""

import argparse
import os
import pydoc
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb import wire
from docgen_nb.cli.json_output import print_json, records
from docgen_nb.cli.options.services import add_url, client_of
from docgen_nb.cli.options.spans import moment
from docgen_nb.cli.printable import one_line
from docgen_nb.errors import LedgerError
from docgen_nb.frames import load_jobs, write_table
from docgen_nb.ledger import Ledger
from docgen_nb.ledger.account import path_of_account
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
_PAGE = 100  # jobs
_OLDEST = "SELECT created_at FROM job_records ORDER BY created_at DESC LIMIT 1 OFFSET ?"
_FILES = ("csv", "xlsx", "parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    span = "7d (s, m, h, d, w), or a time such as 2026-03-02 or 2026-03-02T09:00Z (default zone: "
    parser.add_argument(
        "--since", type=moment, metavar="TIME", help=f"only jobs created since: {span}UTC)"
    )
    parser.add_argument("--until", type=moment, metavar="TIME", help="only jobs created before")
    parser.add_argument("--template", metavar="ID", help="only jobs of this template")
    parser.add_argument(
        "--limit",
        type=_limit,
        metavar="N",
        help=f"print the newest N jobs, {_PAGE} by default; 0 for all",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print all jobs as JSON")
    for kind in _FILES:
        output.add_argument(
            f"--{kind}", metavar="FILE", type=Path, help=f"write all jobs to a {kind} file"
        )
    where = parser.add_mutually_exclusive_group()
    add_url(where)
    where.add_argument(
        "--ledger", metavar="FILE", type=Path, help="read this ledger instead of a service"
    )
    parser.add_argument(
        "--account", metavar="NAME", help="with --ledger, as given to docgen-nb sync"
    )
    parser.set_defaults(run=jobs, refuse=parser.error)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of jobs, or 0 for all")
    return int(text)


def jobs(arguments: argparse.Namespace) -> int:
    """Print the jobs and their outcomes, or write the jobs to a file."""
    if arguments.account and not arguments.ledger:
        arguments.refuse("--account needs --ledger FILE")
    if _is_one_page(arguments):
        return _print_page(arguments)
    table = _from_ledger(arguments) if arguments.ledger else _from_service(arguments)
    paths = [getattr(arguments, kind) for kind in _FILES if getattr(arguments, kind)]
    if paths:
        _write(table, paths[0], arguments)
    elif arguments.json:
        rows = table if not arguments.limit else _newest(table, arguments.limit)
        print_json(
            {
                "source": table.attrs["source"],
                "read_at": table.attrs["read_at"],
                "jobs": records(rows),
                "outcomes": records(outcomes(table)),
            }
        )
    elif len(table) == 0:
        print("No jobs.")
    else:
        limit = _PAGE if arguments.limit is None else arguments.limit
        created = table["created_at"].dropna()
        span = (created.min(), created.max()) if len(created) else ()
        total = len(table)
        _show([*_job_lines(table, limit, total), *_outcome_lines(total, span, outcomes(table))])
    return 0


def _is_one_page(arguments: argparse.Namespace) -> bool:
    """Return whether the newest jobs of a ledger and its counts are all that is printed."""
    chosen = (arguments.since, arguments.until, arguments.template, arguments.json)
    files = [getattr(arguments, kind) for kind in _FILES]
    return bool(arguments.ledger) and arguments.limit != 0 and not any((*chosen, *files))


def _print_page(arguments: argparse.Namespace) -> int:
    """Print the newest jobs of a ledger without reading the others, and its counts."""
    limit = _PAGE if arguments.limit is None else arguments.limit
    with _opened(arguments) as ledger:
        counts = outcomes(ledger)
        oldest = ledger.file.first(_OLDEST, [limit - 1])
        since = None if oldest is None else pd.Timestamp(oldest[0], unit="s", tz="UTC")
        rows = _newest(ledger.jobs(since=since), limit)
    total = int(counts["jobs"].sum())
    if total == 0:
        print("No jobs.")
        return 0
    times = [counts.attrs.get(name) for name in ("created_from", "created_to")]
    span = tuple(pd.Timestamp(time) for time in times if time)
    _show([*_job_lines(rows, limit, total), *_outcome_lines(total, span, counts)])
    return 0


def _newest(table: pd.DataFrame, limit: int | None = None) -> pd.DataFrame:
    """Return the newest jobs first, however the service lists them."""
    ids = table["job_id"].str.zfill(20)  # ids ascend, as numbers
    order = table.assign(id=ids).sort_values(["created_at", "id"], ascending=False)
    rows = order.drop(columns="id").reset_index(drop=True)
    return rows if limit is None else rows.head(limit)


def _write(table: pd.DataFrame, path: Path, arguments: argparse.Namespace) -> None:
    kind = next(kind for kind in _FILES if getattr(arguments, kind))
    if path.suffix.lower() != f".{kind}":
        arguments.refuse(f"--{kind} needs a file whose name ends with .{kind}, not {path}")
    try:
        write_table(table, path)
    except ValueError as error:  # more rows than a sheet
        arguments.refuse(str(error))
    print(f"{len(table):,} {'job' if len(table) == 1 else 'jobs'} in {path}")


def _show(lines: list[str]) -> None:
    """Print lines; on a terminal with a pager if they are more than fit."""
    if sys.stdout.isatty() and len(lines) >= shutil.get_terminal_size().lines:
        pydoc.pager("\n".join([*lines, ""]))
    else:
        print("\n".join(lines))


def _opened(arguments: argparse.Namespace) -> Ledger:
    try:
        path = Path(path_of_account(arguments.ledger, arguments.account))
    except ValueError as error:
        arguments.refuse(str(error))
        raise
    if not path.is_file():
        raise LedgerError(f"{path} does not exist; docgen-nb sync creates it.")
    return Ledger(path)


def _from_ledger(arguments: argparse.Namespace) -> pd.DataFrame:
    with _opened(arguments) as ledger:
        return ledger.jobs(
            since=arguments.since, until=arguments.until, template=arguments.template
        )


def _from_service(arguments: argparse.Namespace) -> pd.DataFrame:
    with client_of(arguments) as box:
        table = load_jobs(box, template=arguments.template)
    return _newest(_created_between(table, arguments.since, arguments.until))


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


def _job_lines(table: pd.DataFrame, limit: int, total: int) -> Iterator[str]:
    rows = _newest(table, limit) if 0 < limit < len(table) else table
    columns = {name: _cells(name, rows[name]) for name in SHOWN if name in rows}
    widths = {name: max(map(len, cells)) for name, cells in columns.items()}
    left_out = _left_out(widths)
    visible = [name for name in columns if name not in left_out]
    for line in zip(*(columns[name] for name in visible), strict=True):
        cells = zip(visible, line, strict=True)
        yield _SEPARATOR.join(_aligned(name, cell, widths[name]) for name, cell in cells).rstrip()
    if left_out:
        yield f"(not enough room for {', '.join(name for name in columns if name in left_out)})"
    if len(rows) < total:
        yield f"({total - len(rows):,} older jobs: --limit 0 for all, or --csv FILE)"


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


def _outcome_lines(total: int, span: Sequence[Any], counts: pd.DataFrame) -> Iterator[str]:
    created = " to ".join(f"{time:%Y-%m-%d %H:%M}" for time in span)
    created = f", created {created} UTC" if created else ""
    yield f"\n{total:,} {'job' if total == 1 else 'jobs'}{created}\n"
    cells = [("status", "jobs", "share", "95% interval")]
    for row in counts.fillna({"status": "-"}).itertuples():
        interval = f"{row.share_low:.1%} to {row.share_high:.1%}"
        interval = "too few batches" if interval == "nan% to nan%" else interval
        is_sure = not row.jobs and row.status not in wire.FINISHED  # no job is open: a fact
        interval = "-" if is_sure else interval
        cells.append((one_line(str(row.status)), f"{row.jobs:,}", f"{row.share:.1%}", interval))
    widths = [max(len(line[place]) for line in cells) for place in range(4)]
    for status, number, share, interval in cells:
        yield f"{status:{widths[0]}}  {number:>{widths[1]}}  {share:>{widths[2]}}  {interval}"
