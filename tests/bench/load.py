"""Time to load a list of jobs into a table, compared with peers and lower limits.

Run as `python tests/bench/load.py [--jobs N] [--rounds R] [--latency MS] [--only WAY ...]`. A
separate process serves prepared pages of 1,000 jobs on a loopback port. Each way of reading them
runs in a new process, and only that process is measured, after its imports. Peers that aren't
installed are reported and skipped. Compare the ratios, and prefer CPU time to wall time, which
varies with the load of the machine.
"""

import argparse
import json
import multiprocessing
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
HEADERS = {"authorization": "Bearer any", "box-version": "2025.0"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--jobs", type=int, default=200_000, help="number of jobs (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds to take medians of (default: %(default)s)"
    )
    parser.add_argument(
        "--latency", type=float, default=50.0, help="milliseconds per page (default: %(default)s)"
    )
    parser.add_argument(
        "--only", nargs="*", default=list(WAYS), metavar="WAY", help=", ".join(WAYS)
    )
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        measure(options.way, options.url)
        return
    compare(options.jobs, rounds=options.rounds, names=options.only)
    if options.latency:
        compare_with_latency(options.jobs, rounds=options.rounds, latency=options.latency / 1000)


def compare(jobs: int, *, rounds: int, names: list[str]) -> None:
    names = [name for name in names if is_installed(name)]
    server = Server(jobs, latency=0)
    print(f"{jobs:,} jobs in pages of {PAGE}, {server.bytes / jobs:.0f} bytes each, ", end="")
    print(f"medians of {rounds} rounds")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            runs[name].append(run(name, server.url))
    server.stop()
    floor = median(runs.get("orjson", []), "cpu")
    ours = median(runs.get("load_jobs", []), "cpu")
    print(f"{'':38}{'CPU s':>8}{'wall s':>8}{'/orjson':>9}{'/ours':>7}{'peak MiB':>10}{'B/row':>7}")
    for name in names:
        measured = runs[name]
        cpu, size = median(measured, "cpu"), median(measured, "size") / jobs
        numbers = f"{cpu:8.2f}{median(measured, 'wall'):8.2f}{cpu / floor:9.2f}{cpu / ours:7.1f}"
        shown = f"{size:7.0f}" if size else ""
        print(f"{WAYS[name][0]:38}{numbers}{median(measured, 'peak'):10.0f}{shown}")


def compare_with_latency(jobs: int, *, rounds: int, latency: float) -> None:
    names = ("bytes", "load_jobs")
    server = Server(jobs, latency=latency)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            runs[name].append(run(name, server.url))
    server.stop()
    print(f"\nwith {latency * 1000:.0f} ms before each page: wall seconds, ratio to the fetch loop")
    bare = median(runs["bytes"], "wall")
    for name in names:
        wall = median(runs[name], "wall")
        print(f"{WAYS[name][0]:38}{wall:8.2f}{wall / bare:9.3f}")


def is_installed(name: str) -> bool:
    module = WAYS[name][2]
    if module and find_spec(module) is None:
        print(f"(skipped: {WAYS[name][0]}; {module} is not installed)")
        return False
    return True


def median(measured: list[dict[str, float]], name: str) -> float:
    return statistics.median(one[name] for one in measured) if measured else float("nan")


def run(name: str, url: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--way", name, "--url", url]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def measure(name: str, url: str) -> None:
    """Read all jobs in one way and print the time and memory as JSON."""
    read = WAYS[name][1]()
    before, cpu, wall = peak(), time.process_time(), time.perf_counter()
    frame = read(url)
    took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    size = 0 if frame is None else int(frame.memory_usage(deep=True, index=False).sum())
    print(json.dumps({**took, "peak": (peak() - before) / 1024, "size": size}))


def peak() -> int:
    """Return the peak resident memory of this process, without its parent's, in KiB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


# Ways to read: each function imports what it needs and returns a reader for a URL


def load_jobs() -> Callable[[str], Any]:
    from docgen_nb.auth import GivenToken
    from docgen_nb.client import Client
    from docgen_nb.frames import jobs_frame, load_jobs

    jobs_frame([{"id": "1", "created_at": "2026-03-02T09:00:00Z"}])  # imports the parts of pyarrow
    return lambda url: load_jobs(Client(url, token_source=GivenToken("any")))


def floor(decode: Callable[[bytes], Any] | None) -> Callable[[str], None]:
    import requests

    def read(url: str) -> None:
        with requests.Session() as session:
            for page in pages(session, url):
                if decode is not None:
                    decode(page)

    return read


def pages(session: Any, url: str) -> Iterator[bytes]:
    marker = "0"
    while marker:
        query = {"limit": PAGE, "marker": marker}
        page = session.get(f"{url}/2.0/docgen_jobs", params=query, headers=HEADERS).content
        yield page
        marker = page[page.rindex(b'"next_marker": "') + 16 :].partition(b'"')[0].decode()


def with_bytes() -> Callable[[str], Any]:
    return floor(None)


def with_orjson() -> Callable[[str], Any]:
    import orjson

    return floor(orjson.loads)


def with_json() -> Callable[[str], Any]:
    return floor(json.loads)


def with_msgspec() -> Callable[[str], Any]:
    import msgspec

    from docgen_nb.frames.pages import _Job

    page = msgspec.defstruct("Page", [("entries", list[_Job])])
    return floor(msgspec.json.Decoder(page).decode)


def with_normalize() -> Callable[[str], Any]:
    import pandas as pd
    import requests

    def read(url: str) -> Any:
        with requests.Session() as session:
            entries = [one for page in pages(session, url) for one in json.loads(page)["entries"]]
        return pd.json_normalize(entries)

    return read


def with_sdk() -> Callable[[str], Any]:
    import box_sdk_gen as sdk
    import pandas as pd

    def read(url: str) -> Any:
        network = sdk.NetworkSession(base_urls=sdk.BaseUrls(base_url=url))
        client = sdk.BoxClient(sdk.BoxDeveloperTokenAuth("any"), network_session=network)
        jobs, marker = [], "0"
        while marker:
            page = client.docgen.get_docgen_jobs_v2025_r0(marker=marker, limit=PAGE)
            jobs += page.entries
            marker = page.next_marker
        return pd.DataFrame([row_of(job) for job in jobs])

    return read


def row_of(job: Any) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "batch_id": job.batch.id,
        "template_id": job.template_file.id,
        "template_version_id": job.template_file_version.id,
        "status": job.status.value,
        "output_type": job.output_type,
        "output_file_id": job.output_file.id if job.output_file else None,
        "output_file_version_id": job.output_file_version.id if job.output_file_version else None,
        "created_at": job.created_at,
        "created_by_id": job.created_by.id,
        "enterprise_id": job.enterprise.id,
        "source": job.source,
    }


WAYS: dict[str, tuple[str, Callable[[], Callable[[str], Any]], str]] = {
    "bytes": ("floor: requests, bytes discarded", with_bytes, ""),
    "msgspec": ("floor: requests, decoded by msgspec", with_msgspec, ""),
    "orjson": ("floor: requests, decoded by orjson", with_orjson, "orjson"),
    "json": ("floor: requests, decoded by json", with_json, ""),
    "load_jobs": ("docgen_nb: load_jobs", load_jobs, ""),
    "normalize": ("requests, json and json_normalize", with_normalize, ""),
    "sdk": ("official SDK, objects to a DataFrame", with_sdk, "box_sdk_gen"),
}


# The server sends prepared pages after a delay; each connection has its own thread


class Server:
    def __init__(self, jobs: int, *, latency: float) -> None:
        parent, child = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=serve, args=(child, jobs, latency), daemon=True
        )
        self.process.start()
        self.url, self.bytes = parent.recv()

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()


def serve(pipe: Any, jobs: int, latency: float) -> None:
    prepared = list(all_pages(jobs))
    listener = socket.create_server(("127.0.0.1", 0))
    pipe.send((f"http://127.0.0.1:{listener.getsockname()[1]}", sum(map(len, prepared))))
    while True:
        connection, _ = listener.accept()
        Thread(target=answer, args=(connection, prepared, latency), daemon=True).start()


def answer(connection: socket.socket, pages: list[bytes], latency: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = b""
    while received := connection.recv(65536):
        request += received
        if not request.endswith(b"\r\n\r\n"):
            continue
        query = parse_qs(urlsplit(request.split(b" ", 2)[1].decode()).query)
        page = pages[int(query.get("marker", ["0"])[0])]
        request = b""
        time.sleep(latency)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(page)}"
        connection.sendall(f"{head}\r\n\r\n".encode() + page)


def all_pages(jobs: int) -> Iterator[bytes]:
    chance = random.Random(1)
    for start in range(0, jobs, PAGE):
        entries = [entry(number, chance) for number in range(start, min(start + PAGE, jobs))]
        marker = str(start // PAGE + 1) if start + PAGE < jobs else ""
        body = {"entries": entries, "limit": PAGE, "next_marker": marker, "prev_marker": ""}
        yield json.dumps(body).encode()


def entry(number: int, chance: random.Random) -> dict[str, Any]:
    """Return a complete job: 300 templates, 200 users, 2% without a file, 7% with messages."""
    template, failed = chance.randrange(300), chance.random() < 0.02
    moment = time.gmtime(1_772_442_000 - number // 2)
    is_incomplete = not failed and chance.random() < 0.05
    status = "failed" if failed else "completed_with_error" if is_incomplete else "completed"
    message = f"The tag 'order.field_{chance.randrange(40)}' was not provided in the input data."
    failures = {"errors": [message], "warnings": []} if failed or is_incomplete else None
    return {
        "id": str(400_000_000 - number),
        "type": "docgen_job",
        "batch": {"id": str(9_000_000 - number // 50), "type": "docgen_batch"},
        "template_file": {"id": str(1_830_000_000 + template), "type": "file"},
        "template_file_version": {"id": str(2_010_000_000 + template), "type": "file_version"},
        "status": status,
        "output_type": chance.choice(["docx", "pdf"]),
        "output_file": None if failed else {"id": str(1_900_000_000 + number), "type": "file"},
        "output_file_version": None
        if failed
        else {"id": str(2_100_000_000 + number), "type": "file_version"},
        "failures": failures,
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%S-08:00", moment),
        "created_by": {"id": str(25_400_000_000 + chance.randrange(200)), "type": "user"},
        "enterprise": {"id": "1134207681", "type": "enterprise"},
        "source": "api",
        "external_id": f"order-{chance.randrange(10**6):06d}",
    }


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
