"""Repeated SIGKILL of the service under load, then a check that no data was lost.

Run as `python tests/bench/kills.py [KILLS] [SEED]` (50 kills, seed 0). Three clients upload files
and send batches to `serve --data DIR`, and record every 201 and 202. The process is killed at
seeded random moments, every fifth time while it starts, and restarted with the same folder. At the
end, the script checks all data, both through the service and in the folder.
"""

import collections
import hashlib
import io
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
import requests

sys.path.insert(0, str(Path(__file__).parent.parent))
from api import Api, batch_body
from served import command, wait_until

from docgen_nb import samples

CLIENTS = 3
PAUSE = 0.03  # seconds between two calls of a client
MAX_LIFETIME = 1.2  # seconds after the service is ready


@dataclass
class Accepted:
    """What the service has accepted, and calls that failed."""

    batches: dict[str, list[str]] = field(default_factory=dict)  # ID to the names in its documents
    files: dict[str, str] = field(default_factory=dict)  # ID to SHA-256
    interrupted: int = 0  # calls cut off by a kill
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def main(kills: int, seed: int) -> int:
    chance, accepted = random.Random(seed), Accepted()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serve(folder) as (process, url):
            api = connect(url)
            template = api.template(samples.template("Dear {{name}},"))
            outputs = api.folder("Outputs")
            process.kill()
        for number in range(kills):
            if number % 5 == 4:
                kill_while_starting(folder, chance)
            else:
                kill_under_load(folder, chance, accepted, template, outputs)
        with serve(folder) as (process, url):
            api = connect(url)
            begin = time.monotonic()
            wait_until(lambda: count_open(folder) == 0, seconds=600)
            took = time.monotonic() - begin
            errors = list(check(api, accepted, outputs, folder))
            process.terminate()
        errors += list(check_folder(folder))
    jobs = sum(map(len, accepted.batches.values()))
    print(
        f"{kills} kills, seed {seed}: {len(accepted.batches)} batches of {jobs} documents and ",
        end="",
    )
    print(
        f"{len(accepted.files)} files accepted; {accepted.interrupted} calls interrupted; ", end=""
    )
    print(f"remaining jobs finished {took:.1f} s after the last restart")
    for line in errors or ["no data lost, duplicated or partially written"]:
        print(line)
    return 1 if errors else 0


@contextmanager
def serve(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    process = subprocess.Popen(command("--data", folder), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[2]
    finally:
        process.wait(60)


def connect(url: str) -> Api:
    session = requests.Session()
    session.trust_env = False
    return Api(session, url)


def kill_while_starting(folder: Path, chance: random.Random) -> None:
    process = subprocess.Popen(command("--data", folder), stdout=subprocess.DEVNULL)
    time.sleep(chance.uniform(0, 0.8))
    process.kill()
    process.wait()


def kill_under_load(
    folder: Path, chance: random.Random, accepted: Accepted, template: str, outputs: str
) -> None:
    with serve(folder) as (process, url):
        seeds = [chance.random() for _ in range(CLIENTS)]
        clients = [
            threading.Thread(target=send, args=(url, seed, accepted, template, outputs))
            for seed in seeds
        ]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0, MAX_LIFETIME))
        process.kill()
        for client in clients:
            client.join()


def send(url: str, seed: float, accepted: Accepted, template: str, outputs: str) -> None:
    """Send requests until the service is killed."""
    chance, api, number = random.Random(seed), connect(url), 0
    try:
        while True:
            number += 1
            if number % 4 == 0:
                send_file(api, accepted, chance)
            else:
                send_batch(api, accepted, chance, template, outputs)
            time.sleep(PAUSE)
    except requests.RequestException:
        with accepted.lock:
            accepted.interrupted += 1


def send_batch(
    api: Api, accepted: Accepted, chance: random.Random, template: str, outputs: str
) -> None:
    readers = [f"reader {chance.random()}" for _ in range(chance.randint(1, 20))]
    body = batch_body(template, outputs, [{"name": reader} for reader in readers])
    reply = api("POST", "/2.0/docgen_batches", json=body)
    with accepted.lock:
        if reply.status_code == 202 and reply.json()["id"] not in accepted.batches:
            accepted.batches[reply.json()["id"]] = readers
        else:
            accepted.refused.append(f"{reply.status_code} {reply.text}")


def send_file(api: Api, accepted: Accepted, chance: random.Random) -> None:
    content = chance.randbytes(chance.randint(0, 3 << 20))
    name = hashlib.sha256(content).hexdigest()
    parts = {
        "attributes": (None, f'{{"name": "{chance.random()}", "parent": {{"id": "0"}}}}'),
        "file": ("a", content),
    }
    reply = api("POST", "/2.0/files/content", files=parts)
    with accepted.lock:
        if reply.status_code == 201 and reply.json()["entries"][0]["id"] not in accepted.files:
            accepted.files[reply.json()["entries"][0]["id"]] = name
        else:
            accepted.refused.append(f"{reply.status_code} {reply.text}")


def count_open(folder: Path) -> int:
    sql = "SELECT count(*) FROM jobs WHERE status IN ('pending', 'submitted')"
    return int(query(folder, sql)[0][0])


def query(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "docgen.sqlite", timeout=60)) as db:
        return db.execute(sql).fetchall()


def check(api: Api, accepted: Accepted, outputs: str, folder: Path) -> Iterator[str]:
    """Read all data through the service and yield one line for each error."""
    yield from accepted.refused
    for file, sha256 in accepted.files.items():
        if hashlib.sha256(api.content(file)).hexdigest() != sha256:
            yield f"file {file} has different content"
    jobs = walk(api, "/2.0/docgen_jobs")
    yield from duplicates("job", [job["id"] for job in jobs])
    yield from duplicates("output file", [job["output_file"]["id"] for job in jobs])
    yield from duplicates("output version", [job["output_file_version"]["id"] for job in jobs])
    yield from (
        f"job {job['id']} is {job['status']}" for job in jobs if job["status"] != "completed"
    )
    outputs_listed = walk(api, f"/2.0/folders/{outputs}/items", usemarker="true")
    if sorted(f["id"] for f in outputs_listed) != sorted(job["output_file"]["id"] for job in jobs):
        yield f"{len(outputs_listed)} files in the folder for {len(jobs)} jobs"
    yield from duplicates("file name", [file["name"] for file in outputs_listed])
    texts = {job["id"]: read_text(api.content(job["output_file"]["id"])) for job in jobs}
    yield from duplicates("document", list(texts.values()))
    for number, readers in accepted.batches.items():
        documents = [texts.get(job["id"]) for job in walk(api, f"/2.0/docgen_batch_jobs/{number}")]
        if documents != [f"Dear {reader}," for reader in readers]:
            yield (
                f"batch {number}: {len(documents)} documents, expected {len(readers)}, "
                "or their text differs"
            )
    for (number,) in query(folder, "SELECT uuid FROM batches"):
        if not walk(api, f"/2.0/docgen_batch_jobs/{number}"):
            yield f"batch {number} has no jobs"


def walk(api: Api, path: str, **parameters: Any) -> list[dict[str, Any]]:
    entries, marker = [], ""
    while True:
        page = api("GET", path, params={"limit": 1000, "marker": marker, **parameters}).json()
        entries += page["entries"]
        marker = page.get("next_marker")
        if not marker:
            return entries


def duplicates(kind: str, values: list[str]) -> Iterator[str]:
    for value, count in collections.Counter(values).items():
        if count > 1:
            yield f"{kind} {value} exists {count} times"


def read_text(content: bytes) -> str:
    return docx.Document(io.BytesIO(content)).paragraphs[0].text


def check_folder(folder: Path) -> Iterator[str]:
    """Check the files in the folder after the service has exited."""
    leftover = list((folder / "incoming").iterdir())
    if leftover:
        size = sum(path.stat().st_size for path in leftover)
        yield f"{len(leftover)} temporary files remain ({size} bytes)"
    contents = {path.name: path for path in (folder / "contents").glob("*/*")}
    for name, path in contents.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != name:
            yield f"content {name} does not match its SHA-256"
    sizes = dict(query(folder, "SELECT sha256, size FROM versions"))
    for name, size in sizes.items():
        if name not in contents or contents[name].stat().st_size != size:
            yield f"content {name} is missing or is not {size} bytes long"
    if unreferenced := contents.keys() - sizes.keys():
        size = sum(contents[name].stat().st_size for name in unreferenced)
        print(f"({len(unreferenced)} contents ({size} bytes) belong to no version)")
    for (line,) in query(folder, "PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*numbers, *(50, 0)[len(numbers) :]))
