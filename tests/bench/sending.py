"""Sending of many rows through faults and kills, then a comparison with the documents by content.

Run as `python tests/bench/sending.py [--rows N] [--chunk N] [--seed N] [--calm]`. The service, in
another process, loses every 50th reply, answers 503 to every 30th batch, half of them after the
work, and 429 to every 40th. The sender is killed twice and the service once, at seeded moments,
each time in the middle. With --calm there are no faults and no kills, and the same number of bare
batch calls is sent to compare.
"""

import argparse
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from served import command, wait_until

from docgen_nb import samples
from docgen_nb.client import Client
from docgen_nb.connection import connect
from docgen_nb.ledger import Ledger

FAULTS = [
    {"kind": "lost_reply", "every": 50},
    {"kind": "error_reply", "every": 60},
    {"kind": "unavailable", "every": 60, "seconds": 1},
    {"kind": "rate_limited", "every": 40, "seconds": 1},
]
_TEXT = re.compile(r"<w:t[^>]*>([^<]*)</w:t>")


class Run:
    """One service, one ledger, and the command that sends."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self.rows = [f"Reader {number}" for number in range(options.rows)]
        lines = [json.dumps({"name": name, "n": at}) for at, name in enumerate(self.rows)]
        (folder / "rows.jsonl").write_text("\n".join(lines))
        calls = [{**fault, "method": "POST", "path": "/2.0/docgen_batches"} for fault in FAULTS]
        faults = {"calls": [] if options.calm else calls}
        (folder / "faults.json").write_text(json.dumps(faults))
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.ledger = folder / "history.sqlite"
        self.template = self.outputs = ""

    def serve(self) -> "subprocess.Popen[str]":
        words = ("--data", self.folder / "data", "--port", self.port)
        faults = ("--faults", self.folder / "faults.json")
        process = subprocess.Popen(
            command(*words, *faults), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        return process

    def box(self) -> Client:
        return connect(f"http://127.0.0.1:{self.port}", token="any")

    def send(self) -> "subprocess.Popen[str]":
        words = {
            "--url": f"http://127.0.0.1:{self.port}",
            "--template": self.template,
            "--folder": self.outputs,
            "--rows": self.folder / "rows.jsonl",
            "--ledger": self.ledger,
            "--name": "Letter {n}",
            "--documents-a-minute": 0,
            "--settle-seconds": 2,
            "--chunk": self.options.chunk,
        }
        pairs = [str(word) for pair in words.items() for word in pair]
        return subprocess.Popen([sys.executable, "-m", "docgen_nb", "submit", *pairs, "--yes"])

    def sent(self) -> int:
        if not self.ledger.exists():
            return 0
        with Ledger(self.ledger) as ledger:
            sql = "SELECT count(batch_id) FROM submission_chunks"
            return int((ledger.file.first(sql) or (0,))[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--chunk", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--calm", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        return measure(Run(Path(name), options), options)


def measure(run: Run, options: argparse.Namespace) -> int:
    service, begin = run.serve(), time.monotonic()
    with run.box() as box:
        file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
        box.mark_template(file["id"])
        run.template, run.outputs = file["id"], box.create_folder("Letters")["id"]
        if options.calm:
            bare = send_bare(run, box)
            wait_for(box, options.rows)
            print(
                f"bare calls and renders: {time.monotonic() - begin:.1f} s ({bare:.1f} s to send)"
            )
            begin = time.monotonic()
            sender, count = run.send(), 2 * options.rows
        else:
            service, sender = with_kills(run, service, random.Random(options.seed))
            count = options.rows
        status = sender.wait()
        sent = time.monotonic() - begin
        wait_for(box, count)
        print(f"sent after {sent:.1f} s, rendered after {time.monotonic() - begin:.1f} s")
        wrong = differences(run, box, count // options.rows)
        service.terminate()
        service.wait()
    print("\n".join(wrong or [f"exactly {options.rows:,} documents, each row once"]))
    return int(bool(wrong) or status != 0)


def with_kills(run: Run, service: Any, chance: random.Random) -> tuple[Any, Any]:
    """Kill the sender twice and the service once; return the last of each."""
    batches = run.options.rows // run.options.chunk
    moments = sorted(chance.sample(range(1, batches - 1), 3))
    victim = chance.randrange(3)
    sender = run.send()
    for number, moment in enumerate(moments):
        wait_until(lambda moment=moment: run.sent() >= moment, seconds=600)  # type: ignore[misc]
        if number == victim:
            service.kill()
            service.wait()
            print(f"service killed after {run.sent()} batches")
            service = run.serve()
        else:
            sender.kill()
            sender.wait()
            print(f"sender killed after {run.sent()} batches")
            sender = run.send()
    return service, sender


def send_bare(run: Run, box: Client) -> float:
    begin, chunk = time.monotonic(), run.options.chunk
    for start in range(0, len(run.rows), chunk):
        documents = [
            {"generated_file_name": f"Bare {start + at}", "user_input": {"name": name}}
            for at, name in enumerate(run.rows[start : start + chunk])
        ]
        box.create_batch(
            {
                "file": {"type": "file", "id": run.template},
                "input_source": "api",
                "destination_folder": {"type": "folder", "id": run.outputs},
                "output_type": "docx",
                "document_generation_data": documents,
            }
        )
    return time.monotonic() - begin


def wait_for(box: Client, count: int) -> None:
    def is_finished() -> bool:
        time.sleep(0.5)
        statuses = [job["status"] for job in box.list_jobs(limit=1000)]
        return len(statuses) >= count and all(one == "completed" for one in statuses)

    wait_until(is_finished, seconds=3600)


def differences(run: Run, box: Client, times: int) -> list[str]:
    """Compare the content of all documents with the rows."""
    found: Counter[str] = Counter()
    for job in box.list_jobs(limit=1000):
        with zipfile.ZipFile(BytesIO(box.download_file(job["output_file"]["id"]))) as archive:
            text = "".join(_TEXT.findall(archive.read("word/document.xml").decode()))
        found[text] += 1
    wanted = Counter({f"Dear {name},": times for name in run.rows})
    return [
        f"{text!r} exists {found[text]} times instead of {wanted[text]}"
        for text in found | wanted
        if found[text] != wanted[text]
    ]


if __name__ == "__main__":
    sys.exit(main())
