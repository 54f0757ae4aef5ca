"""`docgen-nb demo`: from a Word template to checked documents, a table of jobs and three charts."""

import argparse
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb import charts, metrics, samples
from docgen_nb.cli.printable import one_line
from docgen_nb.cli.secret_options import ADVICE, add_secret, read_secret
from docgen_nb.client import Client
from docgen_nb.connection import connect
from docgen_nb.errors import NotReady, NotWritten
from docgen_nb.frames import add_output_times, load_jobs
from docgen_nb.request import BatchRequest
from docgen_nb.service import LocalDocGen
from docgen_nb.submission import Batch, submit
from docgen_nb.template import pdf
from docgen_nb.template.docx.plain_text import read_text

ORDERS, INCOMPLETE, PDF_ORDERS = 25, 2, 5
LATENCY, WORKERS = (1.0, 6.0), 8
POLL_SECONDS = 0.5
TAG_TRIES = 60
TIMEOUT_SECONDS = 600  # for one batch; Box needs far less for 25 documents
SHOWN = ["job_id", "status", "output_type", "created_at", "duration_seconds", "errors", "warnings"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("docgen-nb-demo"),
        help="output folder (default: %(default)s)",
    )
    parser.add_argument("--url", help="service to use instead of the embedded one")
    add_secret(parser, "token", variable="BOX_DEVELOPER_TOKEN", help="bearer token for --url")
    parser.epilog = f"Tokens: {ADVICE}."
    parser.set_defaults(run=demo, parser=parser)


@dataclass
class Results:
    """The files that were written and the errors in them."""

    files: list[Path] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def demo(arguments: argparse.Namespace) -> int:
    """Run the demo. Return 0 only if every document exists and contains its data."""
    token = next(iter(read_secret(arguments, "token")), None)
    if token is not None and arguments.url is None:
        arguments.parser.error("a token needs --url; the embedded service has one of its own")
    if arguments.url is not None:
        _check_url(arguments, token)
    results = Results()
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        _run_workflow(arguments, token, results)
    except OSError as error:
        raise NotWritten(
            f"Cannot write {error.filename or arguments.out}: {error.strerror}."
        ) from error
    return _report(results)


def _check_url(arguments: argparse.Namespace, token: str | None) -> None:
    try:
        connect(arguments.url, token=token).close()  # makes no call
    except ValueError as error:
        arguments.parser.error(str(error))


def _run_workflow(arguments: argparse.Namespace, token: str | None, results: Results) -> None:
    with _service(arguments.url, token) as box:
        template_id, folder_id = _prepare(box)
        batches = (
            ("docx", samples.orders(ORDERS, seed=1, incomplete=INCOMPLETE)),
            ("pdf", samples.orders(PDF_ORDERS, seed=2)),
        )
        tables = []
        for output_type, rows in batches:
            request = BatchRequest(
                template_id,
                folder_id=folder_id,
                output_type=output_type,
                file_name="Order {order.id}",
                rows=rows,
            )
            batch = submit(box, request)
            print(f"\nBatch {batch.id}: {len(rows)} orders as {output_type}")
            batch.wait(timeout=TIMEOUT_SECONDS, poll_seconds=POLL_SECONDS, progress=_Progress())
            print()
            _check_batch(batch, rows, arguments.out, results)
            tables.append(load_jobs(box, batch=batch.id))
        jobs = add_output_times(pd.concat(tables), box, folder_id=folder_id)
        _analyze(jobs, arguments.out, results)


@contextmanager
def _service(url: str | None, token: str | None) -> Iterator[Client]:
    if url is not None:
        with connect(url, token=token) as box:
            yield box
        return
    token = secrets.token_urlsafe(32)  # so that no other user of this machine is let in
    with (
        LocalDocGen(latency=LATENCY, workers=WORKERS, seed=1, token=token) as local,
        local.listen() as address,
        connect(address, token=token) as box,
    ):
        print(f"Embedded Doc Gen service on {address}")
        yield box


def _prepare(box: Client) -> tuple[str, str]:
    """Upload and mark the template; return its id and that of a new folder for the documents."""
    name = f"docgen-nb demo {pd.Timestamp.now():%Y-%m-%d %H.%M.%S}"
    folder_id = box.create_folder(name)["id"]
    file = box.upload_file(
        samples.order_template(), name="Purchase order.docx", folder_id=folder_id
    )
    box.mark_template(file["id"])
    output_id = box.create_folder("Documents", parent_id=folder_id)["id"]
    tags = _tags(box, file["id"])
    print(f"Template {file['id']} ({file['name']}) has {len(tags)} tags:")
    for tag in tags:
        print(f"  {tag['tag_type']:<12} {tag['tag_content']}")
    return file["id"], output_id


def _tags(box: Client, template_id: str) -> list[dict[str, Any]]:
    for _ in range(TAG_TRIES):
        try:
            return list(box.list_tags(template_id))
        except NotReady:
            time.sleep(POLL_SECONDS)
    raise NotReady(f"The tags of template {template_id} are not ready yet. Try again later.")


class _Progress:
    """Prints the status of a batch whenever it changes."""

    def __init__(self) -> None:
        self._printed = ""

    def __call__(self, batch: Batch) -> None:
        if batch.status != self._printed:
            self._printed = batch.status
            print(f"  {batch.status:<78}", end="\r" if sys.stdout.isatty() else "\n", flush=True)


def _check_batch(
    batch: Batch, rows: Sequence[Mapping[str, Any]], out: Path, results: Results
) -> None:
    """Download the documents of a batch and check each against its data."""
    for job, row in zip(batch.jobs, rows, strict=True):
        expected = "completed" if "requester" in row["order"] else "completed_with_error"
        if job["status"] != expected:
            reasons = (job.get("failures") or {}).get("errors")
            results.errors.append(f"Job {job['id']} has the status {job['status']}: {reasons}")
        if not job.get("output_file"):
            results.errors.append(f"Job {job['id']} has no document")
    by_name = {f"Order {row['order']['id']}": row for row in rows}
    for path in batch.download(out, overwrite=True):
        results.files.append(path)
        check_document(path, by_name[path.stem], results)


def check_document(path: Path, row: Mapping[str, Any], results: Results) -> None:
    """Read a document again; add an error for each value of its order that it lacks."""
    content = path.read_bytes()
    if path.suffix == ".pdf":
        text = pdf.text(content)
        count = pdf.page_count(content)
        print(f"  {one_line(path.name)}: {count} page{'s' * (count != 1)}, {len(text)} characters")
    else:
        text = read_text(content)
    text = _normalized(text)
    order = row["order"]
    expected = [order["id"], order["vendor"]["company"], *(p["name"] for p in order["products"])]
    expected.append(order.get("requester", "{{order.requester}}"))
    for value in expected:
        if _normalized(str(value)) not in text:
            results.errors.append(f"{path.name} does not contain {value!r}")


def _normalized(text: str) -> str:
    """Undo what line breaks and the modifier `uppercase` change."""
    return " ".join(text.split()).casefold()


def _analyze(jobs: pd.DataFrame, out: Path, results: Results) -> None:
    print(f"\n{jobs[SHOWN].to_string(index=False)}\n")
    outcomes = metrics.outcomes(jobs)
    print(f"{outcomes.to_string(index=False)}\n")
    axes = {
        "throughput": charts.draw_throughput(metrics.throughput(jobs, every="5s")),
        "outcomes": charts.draw_outcomes(outcomes),
        "durations": charts.draw_durations(metrics.durations(jobs)),
    }
    for name, ax in axes.items():
        path = out / f"{name}.png"
        figure = ax.get_figure(root=True)
        assert figure is not None
        figure.savefig(path, dpi=150)
        results.files.append(path)


def _report(results: Results) -> int:
    print("Files written:")
    for path in results.files:
        print(f"  {one_line(str(path))}")
    for error in results.errors:
        print(f"docgen-nb demo: {error}", file=sys.stderr)
    return 1 if results.errors else 0
