"""SIGKILL at random moments under load, again and again; then proof that nothing was lost.

Run as `python tests/bench/kills.py [KILLS] [SEED]` (50 kills, seed 0). Three clients upload files
and send batches to `serve --data DIR` and remember every 201 and 202. The process is killed at
seeded random moments, every fifth time while it starts, and started again on the same folder. At
the end the checker reads everything through the service and in the folder itself.
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
PAUSE = 0.03  # seconds, between two calls of a client
LONGEST_LIFE = 1.2  # seconds, from being ready


@dataclass
class Memory:
    """What the service said that it has taken."""

    batches: dict[str, list[str]] = field(default_factory=dict)  # id: names of its readers
    files: dict[str, str] = field(default_factory=dict)  # id: SHA-256
    unknown: int = 0  # calls that were cut off
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def main(kills: int, seed: int) -> int:
    chance, memory = random.Random(seed), Memory()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder) as (process, url):
            api = api_of(url)
            template = api.template(samples.template("Dear {{name}},"))
            outputs = api.folder("Outputs")
            process.kill()
        for number in range(kills):
            if number % 5 == 4:
                kill_while_starting(folder, chance)
            else:
                kill_under_load(folder, chance, memory, template, outputs)
        with serving(folder) as (process, url):
            api = api_of(url)
            begin = time.monotonic()
            wait_until(lambda: count_open(folder) == 0, seconds=600)
            took = time.monotonic() - begin
            found = list(check(api, memory, outputs, folder))
            process.terminate()
        found += list(check_folder(folder))
    jobs = sum(map(len, memory.batches.values()))
    print(
        f"{kills} kills, seed {seed}: {len(memory.batches)} batches of {jobs} documents and ",
        end="",
    )
    print(f"{len(memory.files)} files accepted; {memory.unknown} calls cut off; ", end="")
    print(f"the last life worked {took:.1f} s")
    for line in found or ["nothing lost, nothing twice, nothing half written"]:
        print(line)
    return 1 if found else 0


@contextmanager
def serving(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    process = subprocess.Popen(command("--data", folder), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[2]
    finally:
        process.wait(60)


def api_of(url: str) -> Api:
    session = requests.Session()
    session.trust_env = False
    return Api(session, url)


def kill_while_starting(folder: Path, chance: random.Random) -> None:
    process = subprocess.Popen(command("--data", folder), stdout=subprocess.DEVNULL)
    time.sleep(chance.uniform(0, 0.8))
    process.kill()
    process.wait()


def kill_under_load(
    folder: Path, chance: random.Random, memory: Memory, template: str, outputs: str
) -> None:
    with serving(folder) as (process, url):
        seeds = [chance.random() for _ in range(CLIENTS)]
        clients = [
            threading.Thread(target=send, args=(url, seed, memory, template, outputs))
            for seed in seeds
        ]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        process.kill()
        for client in clients:
            client.join()


def send(url: str, seed: float, memory: Memory, template: str, outputs: str) -> None:
    """Send until the service is gone."""
    chance, api, number = random.Random(seed), api_of(url), 0
    try:
        while True:
            number += 1
            if number % 4 == 0:
                upload(api, memory, chance)
            else:
                batch(api, memory, chance, template, outputs)
            time.sleep(PAUSE)
    except requests.RequestException:
        with memory.lock:
            memory.unknown += 1


def batch(api: Api, memory: Memory, chance: random.Random, template: str, outputs: str) -> None:
    readers = [f"reader {chance.random()}" for _ in range(chance.randint(1, 20))]
    body = batch_body(template, outputs, [{"name": reader} for reader in readers])
    reply = api("POST", "/2.0/docgen_batches", json=body)
    with memory.lock:
        if reply.status_code == 202 and reply.json()["id"] not in memory.batches:
            memory.batches[reply.json()["id"]] = readers
        else:
            memory.refused.append(f"{reply.status_code} {reply.text}")


def upload(api: Api, memory: Memory, chance: random.Random) -> None:
    content = chance.randbytes(chance.randint(0, 3 << 20))
    name = hashlib.sha256(content).hexdigest()
    parts = {
        "attributes": (None, f'{{"name": "{chance.random()}", "parent": {{"id": "0"}}}}'),
        "file": ("a", content),
    }
    reply = api("POST", "/2.0/files/content", files=parts)
    with memory.lock:
        if reply.status_code == 201 and reply.json()["entries"][0]["id"] not in memory.files:
            memory.files[reply.json()["entries"][0]["id"]] = name
        else:
            memory.refused.append(f"{reply.status_code} {reply.text}")


def count_open(folder: Path) -> int:
    sql = "SELECT count(*) FROM jobs WHERE status IN ('pending', 'submitted')"
    return int(rows(folder, sql)[0][0])


def rows(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "docgen.sqlite", timeout=60)) as db:
        return db.execute(sql).fetchall()


def check(api: Api, memory: Memory, outputs: str, folder: Path) -> Iterator[str]:
    """Read everything through the service; give one line for each thing that is wrong."""
    yield from memory.refused
    for file, sha256 in memory.files.items():
        if hashlib.sha256(api.content(file)).hexdigest() != sha256:
            yield f"file {file} came back changed"
    jobs = walk(api, "/2.0/docgen_jobs")
    yield from twice("job", [job["id"] for job in jobs])
    yield from twice("output file", [job["output_file"]["id"] for job in jobs])
    yield from twice("output version", [job["output_file_version"]["id"] for job in jobs])
    yield from (f"job {job['id']} {job['status']}" for job in jobs if job["status"] != "completed")
    made = walk(api, f"/2.0/folders/{outputs}/items", usemarker="true")
    if sorted(f["id"] for f in made) != sorted(job["output_file"]["id"] for job in jobs):
        yield f"{len(made)} files in the folder for {len(jobs)} jobs"
    yield from twice("file name", [file["name"] for file in made])
    told = {job["id"]: words(api.content(job["output_file"]["id"])) for job in jobs}
    yield from twice("document", list(told.values()))
    for number, readers in memory.batches.items():
        found = [told.get(job["id"]) for job in walk(api, f"/2.0/docgen_batch_jobs/{number}")]
        if found != [f"Dear {reader}," for reader in readers]:
            yield f"batch {number} of {len(readers)} has {len(found)} documents, or others"
    for (number,) in rows(folder, "SELECT id FROM batches"):
        if not walk(api, f"/2.0/docgen_batch_jobs/{number}"):
            yield f"batch {number} has no jobs"


def walk(api: Api, path: str, **query: Any) -> list[dict[str, Any]]:
    entries, marker = [], ""
    while True:
        page = api("GET", path, params={"limit": 1000, "marker": marker, **query}).json()
        entries += page["entries"]
        marker = page.get("next_marker")
        if not marker:
            return entries


def twice(what: str, values: list[str]) -> Iterator[str]:
    for value, count in collections.Counter(values).items():
        if count > 1:
            yield f"{what} {value} is there {count} times"


def words(content: bytes) -> str:
    return docx.Document(io.BytesIO(content)).paragraphs[0].text


def check_folder(folder: Path) -> Iterator[str]:
    """Look into the folder itself, once the service has ended."""
    left = list((folder / "incoming").iterdir())
    if left:
        yield f"{len(left)} temporary files are left, {sum(p.stat().st_size for p in left)} bytes"
    contents = {path.name: path for path in (folder / "contents").glob("*/*")}
    for name, path in contents.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != name:
            yield f"content {name} holds something else"
    named = dict(rows(folder, "SELECT sha256, size FROM versions"))
    for name, size in named.items():
        if name not in contents or contents[name].stat().st_size != size:
            yield f"content {name} of {size} bytes is missing or has another size"
    if without := contents.keys() - named.keys():
        size = sum(contents[name].stat().st_size for name in without)
        print(f"(contents that no version names: {len(without)}, {size} bytes)")
    for (line,) in rows(folder, "PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*given, *(50, 0)[len(given) :]))
