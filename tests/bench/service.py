"""Speed of the service, compared with a bare web server and with moto.

Run as `python tests/bench/service.py [--moto PYTHON] [--seconds S] [--jobs N] [PART ...]`, where
PYTHON is the interpreter of an environment with moto[server], and PART is one of calls, pages,
batches, starts (all by default). N must exceed 100,000 for the part "pages". The bare server is
a starlette route on uvicorn that returns a prepared reply of the same size; moto serves a list of a
hundred objects. Compare the ratios, and prefer CPU time to wall time, which varies with the load of
the machine.
"""

import argparse
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).parent.parent))
from api import Api, batch_body
from served import command

from docgen_nb import samples
from docgen_nb.service import LocalDocGen

HEADERS = "Host: 127.0.0.1\r\nAuthorization: Bearer any\r\nbox-version: 2025.0\r\n"
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = b'{"x": "' + b"x" * (int(sys.argv[1]) - 9) + b'"}'
async def answer(request):
    return Response(body, media_type="application/json")
app = Starlette(routes=[Route("/{path:path}", answer)])
uvicorn.run(app, port=int(sys.argv[2]), log_config=None, lifespan="off", ws="none",
            access_log=False)
"""
PARTS = ("calls", "pages", "batches", "starts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--moto", metavar="PYTHON", help="interpreter of an environment with moto[server]"
    )
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="seconds per measurement (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs", type=int, default=1_000_000, help="stored jobs (default: %(default)s)"
    )
    parser.add_argument("part", nargs="*", default=PARTS, metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args()
    if "calls" in options.part:
        calls(options.seconds, moto=options.moto)
    if "pages" in options.part:
        pages(options.jobs)
    if "batches" in options.part:
        batches()
    if "starts" in options.part:
        starts()


# Calls per second


def calls(seconds: float, *, moto: str | None) -> None:
    print(f"{'GET':34}{'bytes':>8}{'clients':>9}{'calls/s':>9}{'CPU us/call':>13}")
    with tempfile.TemporaryDirectory() as folder, serve("--data", folder) as (process, url):
        api = connect(url)
        paths = make_page_and_job(api)
        sizes = {name: len(api("GET", path).content) for name, path in paths.items()}
        measured = {name: load("serve", process, url, paths[name], name, seconds) for name in paths}
    for name, size in sizes.items():
        with bare(size) as (process, url):
            limit = load("bare", process, url, "/", name, seconds)
        for clients, (rate, cpu) in limit.items():
            ours_rate, ours_cpu = measured[name][clients]
            share, times = ours_rate / rate, ours_cpu / cpu
            what = f"serve compared with bare, {name}, {clients} clients"
            print(f"    {what}: {share:.2f} x calls/s, {times:.2f} x CPU time")
    measure_adapter(seconds)
    if moto is None:
        print("(moto is not measured. To include it, pass --moto)")
    else:
        with moto_server(moto) as (process, url):
            load("moto", process, url, "/bucket?list-type=2&max-keys=100", "page", seconds)


def make_page_and_job(api: Api) -> dict[str, str]:
    """Create a hundred finished jobs; return the paths of a page and of a job."""
    template = api.template(samples.template("Dear {{name}},"))
    batch = api.batch(batch_body(template, "0", [{"name": "Ada"}] * 100))
    path = f"/2.0/docgen_batch_jobs/{batch}"
    while any(job["status"] != "completed" for job in api.entries(path)):
        time.sleep(0.1)
    job = api.entries("/2.0/docgen_jobs")[0]["id"]
    return {"page": "/2.0/docgen_jobs", "job": f"/2.0/docgen_jobs/{job}"}


def load(
    who: str,
    process: "subprocess.Popen[str]",
    url: str,
    path: str,
    name: str,
    seconds: float,
) -> dict[int, tuple[float, float]]:
    """Print and return calls per second and CPU microseconds per call, for 1 and 8 clients."""
    measured = {}
    for clients in (1, 8):
        with multiprocessing.Pool(clients) as pool:
            pool.starmap(send_requests, [(url, path, 0.3)] * clients)
            before = cpu_seconds(process.pid)
            replies = pool.starmap(send_requests, [(url, path, seconds)] * clients)
            spent = cpu_seconds(process.pid) - before
        count = sum(calls for calls, _, _ in replies)
        rate = sum(calls / took for calls, took, _ in replies)
        size = replies[0][2]
        measured[clients] = (rate, 1e6 * spent / count)
        print_row(f"{who}: {name}", size, clients, *measured[clients])
    return measured


def send_requests(url: str, path: str, seconds: float) -> tuple[int, float, int]:
    """Repeat a request on one connection; return calls, seconds and reply size."""
    address = urlsplit(url)
    request = f"GET {path} HTTP/1.1\r\n{HEADERS}\r\n".encode()
    calls, size, begin = 0, 0, time.perf_counter()
    connection = None
    while time.perf_counter() - begin < seconds:
        if connection is None:
            connection = socket.create_connection((address.hostname, address.port), timeout=30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request)
        size, is_kept_open = read_reply(connection)
        calls += 1
        if not is_kept_open:
            connection.close()
            connection = None
    return calls, time.perf_counter() - begin, size


def read_reply(connection: socket.socket) -> tuple[int, bool]:
    """Read one reply; return the size of its body and whether the connection stays open."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 16)
    start, _, body = received.partition(b"\r\n\r\n")
    assert start.split()[1] == b"200", start
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", start)
    assert length is not None, start
    size = len(body)
    while size < int(length[1]):
        size += len(connection.recv(1 << 16))
    return size, b"connection: close" not in start.lower() and not start.startswith(b"HTTP/1.0")


def measure_adapter(seconds: float) -> None:
    with LocalDocGen() as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        for name, path in make_page_and_job(api).items():
            local.finish()
            calls, begin, cpu = 0, time.perf_counter(), time.process_time()
            while time.perf_counter() - begin < seconds:
                size = len(api("GET", path).content)
                calls += 1
            rate = calls / (time.perf_counter() - begin)
            print_row(f"adapter: {name}", size, 1, rate, 1e6 * (time.process_time() - cpu) / calls)


def print_row(what: str, size: int, clients: int, rate: float, cpu: float) -> None:
    print(f"{what:34}{size:8}{clients:9}{rate:9.0f}{cpu:13.0f}", flush=True)


# Pages of a long list


def pages(jobs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with LocalDocGen(folder) as local:
            fill(local, jobs)
        with LocalDocGen(folder) as local, local.session() as session:
            api = Api(session, "http://docgen.local")
            markers = {1: "", 1000: marker_of_page(api, 1000)}
            took: dict[int, list[float]] = {page: [] for page in markers}
            for _ in range(31):
                for page, marker in markers.items():
                    query = {"limit": 100, "marker": marker}
                    call = cpu_seconds_of(lambda q=query: api("GET", "/2.0/docgen_jobs", params=q))
                    took[page].append(call)
    first, last = (1000 * statistics.median(took[page]) for page in (1, 1000))
    print(f"{jobs:,} jobs, pages of 100: page 1 {first:.2f} CPU ms, page 1000 {last:.2f} CPU ms")
    print(f"    ratio {last / first:.2f}")


def fill(local: LocalDocGen, jobs: int) -> None:
    user = local.default_user_id
    with local.store.write() as db:
        template = db.execute(
            "INSERT INTO items (kind, owner_id, parent_id, name, name_key, created_at, "
            "modified_at) VALUES ('file', ?, 0, 'a', 'a', 0, 0)",
            (user,),
        ).lastrowid
        batch = db.execute(
            "INSERT INTO batches (user_id, template_id, template_version_id, folder_id, "
            "output_type, created_at, uuid) VALUES (?, ?, 1, 0, 'docx', 0, 'a-b-c')",
            (user, template),
        ).lastrowid
        db.executemany(
            "INSERT INTO jobs (batch_id, user_id, template_id, status, name, output_file_id, "
            "output_version_id, failures) VALUES (?, ?, ?, 'completed', 'a', 1, 1, NULL)",
            ((batch, user, template) for _ in range(jobs)),
        )


def marker_of_page(api: Api, number: int) -> str:
    """Return the marker of a page of 100, by reading longer pages: markers are positions."""
    marker, steps = "", [1000] * (number // 10 - 1) + [100] * 9
    for limit in steps:
        query = {"limit": limit, "marker": marker}
        marker = api("GET", "/2.0/docgen_jobs", params=query).json()["next_marker"]
    return marker


def cpu_seconds_of(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


# Batches


def batches() -> None:
    print(f"{'batch of':>9}{'seconds':>10}{'CPU s':>8}{'documents/s':>13}")
    with tempfile.TemporaryDirectory() as folder, serve("--data", folder) as (process, url):
        api = connect(url)
        template = api.template(samples.template("Dear {{name}},"))
        for size, times in ((1, 30), (100, 9), (1000, 5)):
            took, cpu = [], []
            for _ in range(times):
                rows = [{"name": f"reader {n}", "lines": [n, 2.5] * 10} for n in range(size)]
                body = batch_body(template, "0", rows)
                begin, before = time.perf_counter(), cpu_seconds(process.pid)
                batch = api.batch(body)
                took.append(time.perf_counter() - begin)
                cpu.append(cpu_seconds(process.pid) - before)
                wait_for(api, batch)
            middle = statistics.median(took)
            print(f"{size:9}{middle:10.3f}{statistics.median(cpu):8.2f}{size / middle:13.0f}")


def wait_for(api: Api, batch: str) -> None:
    path = f"/2.0/docgen_batch_jobs/{batch}"
    while any(job["status"] in ("pending", "submitted") for job in api.entries(path, limit=1000)):
        time.sleep(0.1)


# Starts


def starts() -> None:
    service = [seconds(start_and_close) for _ in range(10)]
    print(f"start and close LocalDocGen: {1000 * statistics.median(service):.0f} ms")
    ready = []
    for _ in range(7):
        begin = time.perf_counter()
        with serve() as _:
            ready.append(time.perf_counter() - begin)
    print(f"time until serve is ready: {1000 * statistics.median(ready):.0f} ms")
    python: dict[str, list[float]] = {"pass": [], "import docgen_nb": []}
    processor: dict[str, list[float]] = {"pass": [], "import docgen_nb": []}
    for _ in range(10):
        for code in python:
            before = os.times()
            python[code].append(seconds(lambda c=code: run(sys.executable, "-c", c)))
            after = os.times()
            user = after.children_user - before.children_user
            processor[code].append(user + after.children_system - before.children_system)
    for unit, times in (("ms", python), ("CPU ms", processor)):
        nothing, ours = (statistics.median(times[code]) for code in times)
        print(f"import docgen_nb, without starting Python: {1000 * (ours - nothing):.0f} {unit}")


def start_and_close() -> None:
    LocalDocGen().close()


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def run(*arguments: str) -> None:
    subprocess.run(arguments, check=True)


# Servers


@contextmanager
def serve(*arguments: object) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    with running(command(*arguments), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[2]


@contextmanager
def bare(size: int) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    port = free_port()
    with running([sys.executable, "-c", BARE, str(size), str(port)]) as process:
        yield process, wait_for_port(port)


@contextmanager
def moto_server(python: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    port = free_port()
    arguments = [python, "-m", "moto.server", "-p", str(port)]
    with running(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = wait_for_port(port)
        with requests.Session() as session:
            session.trust_env = False
            session.put(f"{url}/bucket", timeout=30).raise_for_status()
            for number in range(100):
                session.put(f"{url}/bucket/{number}", data=b"x", timeout=30).raise_for_status()
        yield process, url


@contextmanager
def running(arguments: list[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(arguments, text=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return f"http://127.0.0.1:{port}"
    raise TimeoutError(f"No server listens on port {port} after one minute.")


def connect(url: str) -> Api:
    session = requests.Session()
    session.trust_env = False
    return Api(session, url)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
