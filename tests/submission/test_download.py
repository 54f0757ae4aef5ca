"""Tests of the manifest of a download, and of downloading documents at the same time."""

import csv
import hashlib
import threading
import tracemalloc

import pytest
from attack.hostile_server import raw_server
from served import wait_until
from standin import Answer, scripted
from submission.letters import letters, rows_of

from docgen_nb import wire
from docgen_nb.connection import connect
from docgen_nb.errors import NotWritten, Unreachable, UnreadableReply
from docgen_nb.request import BatchRequest
from docgen_nb.service import LocalDocGen
from docgen_nb.submission import Batch, submit
from docgen_nb.submission.document import sha1_of


@pytest.fixture
def box():
    with (
        LocalDocGen(workers=0) as local,
        local.session() as session,
        connect(wire.LOCAL_URL, session=session) as client,
    ):
        yield client


@pytest.fixture
def batch(box):
    request = letters(box)
    request.rows = rows_of(3)
    return submit(box, request).wait(poll_seconds=0)


class Calls:
    """A client that notes which calls of documents it is asked for."""

    def __init__(self, box):
        self._box, self.made = box, []

    def __getattr__(self, name):
        def call(*words, **options):
            self.made.append(name)
            return getattr(self._box, name)(*words, **options)

        return call


def manifest(folder):
    with open(folder / "manifest.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_manifest_names_row_job_file_and_hash(box, batch, tmp_path):
    paths = batch.download(tmp_path)
    expected = [
        {
            "row": str(row),
            "job_id": job["id"],
            "batch_id": batch.id,
            "file": f"Letter {row}.docx",
            "sha1": hashlib.sha1(paths[row].read_bytes(), usedforsecurity=False).hexdigest(),
        }
        for row, job in enumerate(batch.jobs)
    ]
    assert manifest(tmp_path) == expected
    template = batch.jobs[0]["template_file"]["id"]
    request = BatchRequest(template, rows=[{"name": "Bo"}], file_name="Other")
    other = submit(box, request).wait(poll_seconds=0)
    other.download(tmp_path)
    assert [line["batch_id"] for line in manifest(tmp_path)] == [batch.id] * 3 + [other.id]


def test_another_kernel_goes_on_without_a_call_for_what_is_there(box, batch, tmp_path):
    paths = batch.download(tmp_path)
    paths[1].write_bytes(b"changed since")
    calls = Calls(box)
    again = Batch(calls, batch.id).download(tmp_path)
    assert calls.made == ["list_batch_jobs", "get_file", "download_to"]
    assert [path.name for path in again] == [
        "Letter 0.docx",
        f"Letter 1 (job {batch.jobs[1]['id']}).docx",
        "Letter 2.docx",
    ]
    assert [line["file"] for line in manifest(tmp_path)] == [path.name for path in again]


class Failing(Calls):
    """A client that loses its connection at the second document."""

    def __getattr__(self, name):
        if name == "download_to" and self.made.count(name) == 1:
            raise Unreachable("The network is down.")
        return super().__getattr__(name)


def test_a_download_that_broke_off_keeps_what_it_has(box, batch, tmp_path):
    with pytest.raises(Unreachable):
        Batch(Failing(box), batch.id).download(tmp_path, parallel=1)
    assert [line["file"] for line in manifest(tmp_path)] == ["Letter 0.docx"]
    with open(tmp_path / "manifest.csv", "a") as file:
        file.write("1,100")  # a line that was cut by a kill
    calls = Calls(box)
    assert len(Batch(calls, batch.id).download(tmp_path)) == 3
    assert calls.made.count("download_to") == 2
    assert len(manifest(tmp_path)) == 3


@pytest.mark.parametrize("file", ["../outside.docx", "/etc/hostname", "link.docx", ""])
def test_a_manifest_cannot_name_what_is_elsewhere(box, batch, tmp_path, file):
    folder = tmp_path / "folder"
    [first, *_] = batch.download(folder)
    outside = tmp_path / "outside.docx"
    first.rename(outside)
    (folder / "link.docx").symlink_to(outside)
    lines = (folder / "manifest.csv").read_text().replace("Letter 0.docx", file)
    (folder / "manifest.csv").write_text(lines)
    assert batch.download(folder)[0] == first
    assert first.read_bytes() == outside.read_bytes()


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", b"\xff\xfe"])
def test_a_file_that_is_no_manifest_is_left_as_it_is(batch, tmp_path, content):
    path = tmp_path / "manifest.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    with pytest.raises(NotWritten, match="is not a manifest of downloads"):
        batch.download(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["manifest.csv"]
    assert path.read_bytes() == before


class Together(Calls):
    """A client whose downloads wait for each other."""

    def __init__(self, box, count):
        super().__init__(box)
        self._all = threading.Barrier(count)

    def download_to(self, file_id, target):
        self._all.wait(30)
        return self._box.download_to(file_id, target)


def test_documents_are_fetched_at_the_same_time_and_named_in_order(box, tmp_path):
    request = letters(box, file_name="Letter")
    request.rows = rows_of(8)
    batch = submit(box, request).wait(poll_seconds=0)
    for job in batch.jobs:
        place = box.create_folder(job["id"])["id"]
        box.update_file(job["output_file"]["id"], name="Letter.docx", folder_id=place)
    paths = Batch(Together(box, 8), batch.id).download(tmp_path)
    ids = [job["id"] for job in batch.jobs]
    assert [path.name for path in paths] == [
        "Letter.docx",
        *(f"Letter (job {id}).docx" for id in ids[1:]),
    ]
    assert [int(line["row"]) for line in manifest(tmp_path)] == list(range(8))
    with pytest.raises(ValueError, match="parallel must be at least 1, not 0"):
        batch.download(tmp_path, parallel=0)


HALF = b"%PDF-1.7" + bytes(1 << 20)
SHA1 = hashlib.sha1(2 * HALF, usedforsecurity=False).hexdigest()


def test_the_first_half_is_on_disk_before_the_second_is_sent(tmp_path):
    on_disk = []

    def in_halves(send, _):
        send(f"HTTP/1.1 200 OK\r\nContent-Length: {2 * len(HALF)}\r\n\r\n".encode() + HALF)
        wait_until(lambda: any(path.stat().st_size >= len(HALF) // 2 for path in parts(tmp_path)))
        on_disk.append([path.name for path in tmp_path.iterdir() if path.name == "a.pdf"])
        send(HALF)

    with raw_server(in_halves) as url, connect(url, token="x") as box:
        assert box.download_to("7", tmp_path / "a.pdf") == SHA1
    assert on_disk == [[]]
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]
    assert (tmp_path / "a.pdf").read_bytes() == 2 * HALF


def parts(folder):
    return list(folder.glob(".docgen-nb-*.part"))


def test_a_document_of_40_mb_takes_little_memory(tmp_path):
    content = HALF * 38
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    listed = {"id": "7", "name": "a.pdf", "size": len(content), "sha1": sha1}
    job = {"id": "1", "status": "completed", "output_file": {"id": "7"}}
    answers = [Answer(body=one) for one in ({"entries": [job]}, listed, content)]
    with scripted(*answers) as (url, _), connect(url, token="x") as box:
        tracemalloc.start()
        try:
            [path] = Batch(box, "b").download(tmp_path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 10_000_000
    assert (sha1_of(path), manifest(tmp_path)[0]["sha1"]) == (sha1, sha1)


def test_a_download_that_is_cut_begins_again_and_leaves_nothing_if_it_fails(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"mine")
    cut = Answer(body=HALF, missing=7)
    with (
        scripted(cut, Answer(body=2 * HALF)) as (url, _),
        connect(url, token="x") as box,
        open(tmp_path / "open", "w+b") as file,
    ):
        file.write(b"before ")
        assert box.download_to("7", file) == SHA1
        file.seek(0)
        assert file.read() == b"before " + 2 * HALF
    page = (Answer(body=b"<html>Log in"), Answer(body={"sha1": SHA1}))
    with (
        scripted(*page) as (url, _),
        connect(url, token="x") as box,
        pytest.raises(UnreadableReply, match="HTML page of 12 bytes"),
    ):
        box.download_to("7", path)
    assert path.read_bytes() == b"mine"
    assert parts(tmp_path) == []
