"""Memory use of `serve` under a constant load. Growth in the second half suggests a leak.

Run as `python tests/bench/soak.py [MINUTES]` (10 by default). Four clients upload templates, read
tags, send batches, page through lists, download documents and delete everything that they created,
at a limited rate. Ten times during the run, the script prints the service's resident memory, open
files and threads, and the number of calls and jobs so far. At the end, it prints how much memory
the second half added.
"""

import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parent.parent))
from api import Api, batch_body
from served import command

from docgen_nb import samples

CLIENTS = 4
CALLS_PER_SECOND = 10  # for each client
LINES = "Dear {{name}},\n{{tablerow item in items}}{{item.sku}}\t{{item.price :: number(2)}}"
BATCH_SIZE = 12  # documents


def main(minutes: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command("--data", folder), stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[2]
        try:
            soak(url, process.pid, seconds=60 * minutes)
        finally:
            process.terminate()
            process.wait(60)
        data = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        print(f"exit code {process.returncode}; {data / 2**20:.0f} MB of data")


def soak(url: str, pid: int, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    clients = [Client(url, number, end) for number in range(CLIENTS)]
    print(f"{'minute':>7}{'RSS MB':>9}{'files':>7}{'threads':>9}{'calls':>9}{'jobs':>8}")
    memory = [report(pid, clients, minute=0.0)]
    for client in clients:
        client.start()
    for step in range(1, 11):
        sleep_until(end - seconds * (1 - step / 10))
        memory.append(report(pid, clients, minute=seconds * step / 600))
    for client in clients:
        client.join()
    if errors := [error for client in clients for error in client.errors]:
        print(f"{len(errors)} errors; the first: {errors[0]}")
    print(f"start {memory[0]:.1f} MB, middle {memory[5]:.1f} MB, end {memory[-1]:.1f} MB; ", end="")
    print(f"the second half added {memory[-1] - memory[5]:+.1f} MB")


def sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def report(pid: int, clients: list["Client"], *, minute: float) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    rss = int(fields["VmRSS"].split()[0]) / 1024
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    calls, jobs = sum(c.calls for c in clients), sum(c.jobs for c in clients)
    print(
        f"{minute:7.1f}{rss:9.1f}{files:7}{int(fields['Threads']):9}{calls:9}{jobs:8}", flush=True
    )
    return rss


class Client(threading.Thread):
    """A user who sends requests until the end."""

    def __init__(self, url: str, number: int, end: float) -> None:
        super().__init__(name=f"client-{number}")
        self.url, self.end = url, end
        self.random = random.Random(number)
        self.calls = self.jobs = 0
        self.errors: list[str] = []

    def run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.hooks["response"].append(self._count)
            api = Api(session, self.url)
            while time.monotonic() < self.end:
                try:
                    self._work(api)
                except (AssertionError, requests.RequestException, TimeoutError) as error:
                    self.errors.append(repr(error))

    def _count(self, response: requests.Response, **_: object) -> None:
        self.calls += 1
        time.sleep(1 / CALLS_PER_SECOND)

    def _work(self, api: Api) -> None:
        """Create a folder, a template and a batch; read the results; delete all of them."""
        folder = api.folder(f"{self.name} {self.calls}")
        template = api.template(samples.template(LINES), name=f"{self.name} {self.calls}.docx")
        api.entries(f"/2.0/docgen_templates/{template}/tags")
        rows = [self._row() for _ in range(BATCH_SIZE)]
        batch = api.batch(batch_body(template, folder, rows))
        self.jobs += BATCH_SIZE
        while any(j["status"] in ("pending", "submitted") for j in self._jobs(api, batch)):
            pass  # _count sleeps after each call
        outputs = [job["output_file"]["id"] for job in self._jobs(api, batch)]
        for file in self.random.sample(outputs, 3):
            assert api.content(file).startswith(b"PK")
        api.entries("/2.0/docgen_jobs", limit=self.random.choice([1, 100, 1000]))
        api("POST", "/2.0/docgen_batches", data=b"{")
        api("DELETE", f"/2.0/docgen_templates/{template}")
        api("DELETE", f"/2.0/files/{template}")
        api("DELETE", f"/2.0/folders/{folder}", params={"recursive": "true"})

    def _row(self) -> dict[str, object]:
        lines = [{"sku": f"S-{n}", "price": self.random.random() * 100} for n in range(20)]
        return {"name": f"reader {self.random.random()}", "items": lines}

    def _jobs(self, api: Api, batch: str) -> list[dict[str, object]]:
        return api.entries(f"/2.0/docgen_batch_jobs/{batch}", limit=1000)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
