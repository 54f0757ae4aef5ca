"""`docgen-nb demo`: from a Word template to a table of jobs and three charts, and checked."""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from docgen_nb import charts, frames, metrics, samples, wire
from docgen_nb.client import Client
from docgen_nb.connection import connect
from docgen_nb.errors import NotReady, NotWritten
from docgen_nb.service import LocalDocGen
from docgen_nb.template import pdf
from docgen_nb.template.docx.plain_text import read_text

ORDERS, INCOMPLETE, PDF_ORDERS = 25, 2, 5
LATENCY, WORKERS = (1.0, 6.0), 8
POLL_SECONDS = 0.5
TAG_TRIES = 60
PATIENCE_SECONDS = 600  # for one batch: Box finishes 25 documents in far less
SHOWN = ["job_id", "status", "output_type", "created_at", "duration_seconds", "errors", "warnings"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--out", type=Path, default=Path("docgen-nb-demo"), help="folder to write (%(default)s)"
    )
    parser.add_argument("--url", help="use this service, not the embedded one")
    parser.add_argument("--token", help="bearer token for --url")
    parser.set_defaults(run=demo, parser=parser)


@dataclass
class Findings:
    """What was written, and what is not as it should be."""

    files: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def write(self, path: Path, content: bytes) -> None:
        """Write a file and remember it."""
        path.write_bytes(content)
        self.files.append(path)


def demo(chosen: argparse.Namespace) -> int:
    """Run the demo; 0 only if every document that should exist holds its data."""
    if chosen.token is not None and chosen.url is None:
        chosen.parser.error("--token is for the service of --url; the embedded one needs none")
    if chosen.url is not None:
        _check_address(chosen)
    found = Findings()
    try:
        chosen.out.mkdir(parents=True, exist_ok=True)
        _go_the_way(chosen, found)
    except OSError as error:
        raise NotWritten(
            f"Cannot write {error.filename or chosen.out}: {error.strerror}."
        ) from error
    return _report(found)


def _check_address(chosen: argparse.Namespace) -> None:
    try:
        connect(chosen.url, token=chosen.token).close()  # calls nobody yet
    except ValueError as error:
        chosen.parser.error(str(error))


def _go_the_way(chosen: argparse.Namespace, found: Findings) -> None:
    with _service(chosen.url, chosen.token) as box:
        template_id, folder_id = _prepare(box)
        orders = samples.orders(ORDERS, seed=1, incomplete=INCOMPLETE)
        tables = []
        for output_type, rows in (("docx", orders), ("pdf", samples.orders(PDF_ORDERS, seed=2))):
            batch = _send(box, rows, ids=(template_id, folder_id), output_type=output_type)
            jobs = _follow(box, batch, count=len(rows))
            _collect(box, list(zip(jobs, rows, strict=True)), chosen.out, found)
            tables.append(frames.load_jobs(box, batch=batch))
        table = frames.add_output_times(pd.concat(tables), box, folder_id=folder_id)
        _analyse(table, chosen.out, found)


@contextmanager
def _service(url: str | None, token: str | None) -> Iterator[Client]:
    if url is not None:
        with connect(url, token=token) as box:
            yield box
        return
    with (
        LocalDocGen(latency=LATENCY, workers=WORKERS, seed=1) as local,
        local.listen() as address,
        connect(address) as box,
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
    raise NotReady(f"The tags of template {template_id} are still not ready; try again later.")


def _send(
    box: Client, rows: Sequence[Mapping[str, Any]], *, ids: tuple[str, str], output_type: str
) -> str:
    template_id, folder_id = ids
    batch = box.create_batch(
        {
            "file": {"type": "file", "id": template_id},
            "input_source": wire.INPUT_SOURCE,
            "destination_folder": {"type": "folder", "id": folder_id},
            "output_type": output_type,
            "document_generation_data": [
                {"generated_file_name": _name(row), "user_input": row} for row in rows
            ],
        }
    )
    print(f"\nBatch {batch['id']}: {len(rows)} orders as {output_type}")
    return str(batch["id"])


def _name(row: Mapping[str, Any]) -> str:
    return f"Order {row['order']['id']}"


def _follow(box: Client, batch: str, *, count: int) -> list[dict[str, Any]]:
    """Wait for a batch with a progress line; return its jobs in the order of the request."""
    began, shown, seconds = time.monotonic(), "", 0.0
    while seconds < PATIENCE_SECONDS:
        jobs = list(box.list_batch_jobs(batch))
        finished = sum(job["status"] not in wire.OPEN for job in jobs)
        seconds = time.monotonic() - began
        line = f"  {finished} of {count} finished after {seconds:.0f} s"
        if line != shown:
            print(line, end="\r" if sys.stdout.isatty() else "\n", flush=True)
            shown = line
        if finished == count:
            print()
            return sorted(jobs, key=lambda job: int(job["id"]))
        time.sleep(POLL_SECONDS)
    raise NotReady(f"Batch {batch} is not finished after {PATIENCE_SECONDS} s; look at it later.")


def _collect(
    box: Client,
    pairs: Sequence[tuple[dict[str, Any], Mapping[str, Any]]],
    out: Path,
    found: Findings,
) -> None:
    for job, row in pairs:
        expected = "completed" if "requester" in row["order"] else "completed_with_error"
        if job["status"] != expected:
            reasons = (job.get("failures") or {}).get("errors")
            found.faults.append(f"job {job['id']} ended {job['status']}: {reasons}")
        if job["output_file"] is None:
            found.faults.append(f"job {job['id']} has no document")
        else:
            content = box.download_file(job["output_file"]["id"])
            path = out / f"{_name(row)}.{job['output_type']}"
            found.write(path, content)
            _check_document(path, row, found)


def _check_document(path: Path, row: Mapping[str, Any], found: Findings) -> None:
    """Open a document again and look for its data."""
    content = path.read_bytes()
    if path.suffix == ".pdf":
        text = pdf.text(content)
        count = pdf.pages(content)
        print(f"  {path.name}: {count} page{'s' * (count != 1)}, {len(text)} characters")
    else:
        text = read_text(content)
    text = _squeezed(text)
    order = row["order"]
    wanted = [order["id"], order["vendor"]["company"], *(p["name"] for p in order["products"])]
    wanted.append(order.get("requester", "{{order.requester}}"))
    for value in wanted:
        if _squeezed(str(value)) not in text:
            found.faults.append(f"{path.name} does not hold {value!r}")


def _squeezed(text: str) -> str:
    """Leave out what a line break or a tag's `uppercase` may change."""
    return " ".join(text.split()).casefold()


def _analyse(jobs: pd.DataFrame, out: Path, found: Findings) -> None:
    print(f"\n{jobs[SHOWN].to_string(index=False)}\n")
    outcomes = metrics.outcomes(jobs)
    print(f"{outcomes.to_string(index=False)}\n")
    axes = {
        "throughput": charts.draw_throughput(metrics.throughput(jobs, every="5s")),
        "outcomes": charts.draw_outcomes(outcomes),
        "durations": charts.draw_durations(metrics.durations(jobs)),
    }
    for name, drawn in axes.items():
        path = out / f"{name}.png"
        figure = drawn.get_figure(root=True)
        assert figure is not None
        figure.savefig(path, dpi=150)
        found.files.append(path)


def _report(found: Findings) -> int:
    print("Files written:")
    for path in found.files:
        print(f"  {path}")
    for fault in found.faults:
        print(f"docgen-nb demo: {fault}", file=sys.stderr)
    return 1 if found.faults else 0
