"""Documents that a batch downloads: equal names, hostile names, and contents that are wrong."""

import errno
import hashlib
import json
import os
import stat
import threading
from dataclasses import dataclass

import pytest
from standin import Answer, scripted

from docgen_nb import samples, wire
from docgen_nb.connection import connect
from docgen_nb.errors import NotDownloaded, NotWritten, UnreadableReply
from docgen_nb.request import BatchRequest
from docgen_nb.service import LocalDocGen
from docgen_nb.submission import Batch, submit

HTML = b"\n<!DOCTYPE html><html><title>Log in</title></html>"


@pytest.fixture
def local():
    with LocalDocGen(workers=0) as service:
        yield service


@pytest.fixture
def box(local):
    with local.session() as session, connect(wire.LOCAL_URL, session=session) as client:
        yield client


@pytest.fixture
def template(box):
    file = box.upload_file(samples.template("Dear {{name}},"), name="Letter.docx")
    box.mark_template(file["id"])
    return file["id"]


def batch_of(box, template, *names, folder="Letters"):
    """Return a finished batch whose documents are all called Letter.docx."""
    rows = [{"name": name} for name in names]
    target = box.create_folder(folder)["id"]
    request = BatchRequest(template, folder_id=target, file_name="Letter", rows=rows)
    batch = submit(box, request).wait(poll_seconds=0)
    for number, job in enumerate(batch.jobs):
        place = box.create_folder(f"{folder} {number}")["id"]
        box.update_file(job["output_file"]["id"], name="Letter.docx", folder_id=place)
    return batch


def contents_of(box, batch):
    return [box.download_file(job["output_file"]["id"]) for job in batch.jobs]


def files_in(folder):
    """Return the names of what is in a folder besides the manifest."""
    return sorted(path.name for path in folder.iterdir() if path.name != "manifest.csv")


class Counting:
    """A client that counts the downloads of another."""

    def __init__(self, box):
        self._box, self.downloads = box, 0

    def __getattr__(self, name):
        return getattr(self._box, name)

    def download_to(self, file_id, target):
        self.downloads += 1
        return self._box.download_to(file_id, target)


# Equal names


def test_two_batches_with_a_document_of_one_name_keep_both(box, template, tmp_path):
    one = batch_of(box, template, "Ada")
    two = batch_of(box, template, "Bo", folder="Others")

    [first], [second] = one.download(tmp_path), two.download(tmp_path)

    assert first.name == "Letter.docx"
    assert second.name == f"Letter (job {two.jobs[0]['id']}).docx"
    assert [first.read_bytes()] == contents_of(box, one)
    assert [second.read_bytes()] == contents_of(box, two)
    assert (one.download(tmp_path), two.download(tmp_path)) == ([first], [second])


@pytest.mark.parametrize("names", [("Ada", "Bo"), ("Ada", "Ada")], ids=["other", "same"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_two_jobs_of_one_name_have_a_file_each(names, overwrite, box, template, tmp_path):
    batch = batch_of(box, template, *names)

    for _ in range(2):
        paths = batch.download(tmp_path, overwrite=overwrite)

        second = f"Letter (job {batch.jobs[1]['id']}).docx"
        assert [path.name for path in paths] == ["Letter.docx", second]
        assert [path.read_bytes() for path in paths] == contents_of(box, batch)
        assert files_in(tmp_path) == sorted(path.name for path in paths)


def test_names_that_differ_in_case_alone_have_a_file_each(box, template, tmp_path):
    batch = batch_of(box, template, "Ada", "Bo")
    box.update_file(batch.jobs[1]["output_file"]["id"], name="LETTER.docx")

    paths = batch.download(tmp_path)

    assert len({path.name.casefold() for path in paths}) == 2


def test_an_existing_file_with_other_content_is_kept(box, template, tmp_path):
    batch = batch_of(box, template, "Ada")
    mine = tmp_path / "Letter.docx"
    mine.write_bytes(b"mine")

    [path] = batch.download(tmp_path)

    assert mine.read_bytes() == b"mine"
    assert path.name == f"Letter (job {batch.jobs[0]['id']}).docx"
    path.write_bytes(b"mine too")
    [third] = batch.download(tmp_path)
    assert path.read_bytes() == b"mine too"
    assert third.name == f"Letter (job {batch.jobs[0]['id']}, 2).docx"
    assert [third.read_bytes()] == contents_of(box, batch)
    [path] = batch.download(tmp_path, overwrite=True)
    assert (path, [path.read_bytes()]) == (mine, contents_of(box, batch))


def test_an_existing_file_with_the_same_content_is_kept_and_not_fetched_again(
    box, template, tmp_path
):
    counting = Counting(box)
    batch = Batch(counting, batch_of(box, template, "Ada", "Bo").id)
    paths = batch.download(tmp_path)
    assert counting.downloads == 2
    before = [path.stat().st_ino for path in paths]

    assert batch.download(tmp_path) == paths
    assert counting.downloads == 2
    assert [path.stat().st_ino for path in paths] == before
    paths[0].write_bytes(paths[0].read_bytes()[:-1])  # as an interrupted copy leaves it
    [other, same] = batch.download(tmp_path)
    assert counting.downloads == 3
    assert (same, other != paths[0]) == (paths[1], True)


def test_two_threads_that_download_documents_of_one_name_keep_both(box, template, tmp_path):
    batches = [batch_of(box, template, "Ada"), batch_of(box, template, "Bo", folder="Others")]
    contents = [contents_of(box, batch)[0] for batch in batches]
    both_know_the_name = threading.Barrier(2)

    class Together(Counting):
        def download_to(self, file_id, target):
            both_know_the_name.wait(60)
            return self._box.download_to(file_id, target)

    def download(batch):
        again = Batch(Together(box), batch.id)
        again.jobs = batch.jobs
        paths.extend(again.download(tmp_path))

    paths = []
    threads = [threading.Thread(target=download, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {path.read_bytes() for path in paths} == set(contents)
    assert files_in(tmp_path) == sorted(path.name for path in paths)


# What is at the place of the file


def test_a_link_in_place_of_the_partial_file_is_not_followed(box, template, tmp_path):
    batch = batch_of(box, template, "Ada")
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "Letter.docx.part").symlink_to(outside)

    [path] = batch.download(folder)

    assert outside.read_bytes() == b"precious"
    assert [path.read_bytes()] == contents_of(box, batch)
    assert path.is_symlink() is False


@pytest.mark.parametrize("kind", ["link", "broken link", "folder", "pipe"])
def test_what_is_no_file_is_left_as_it_is(kind, box, template, tmp_path):
    batch = batch_of(box, template, "Ada")
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    place = folder / "Letter.docx"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(outside)
        if kind == "link":
            outside.write_bytes(b"precious")

    [path] = batch.download(folder)

    assert path != place
    assert [path.read_bytes()] == contents_of(box, batch)
    assert outside.exists() is (kind == "link")
    assert stat.S_ISREG(place.lstat().st_mode) is False


def test_partial_files_of_killed_downloads_are_deleted_after_a_day(box, template, tmp_path):
    batch = batch_of(box, template, "Ada")
    names = (".docgen-nb-old.part", ".docgen-nb-new.part", ".other.part")
    for name in names:
        (tmp_path / name).touch()
    for name in (names[0], names[2]):
        os.utime(tmp_path / name, (1_700_000_000, 1_700_000_000))

    batch.download(tmp_path)

    assert files_in(tmp_path) == [names[1], names[2], "Letter.docx"]


def test_without_hard_links_a_file_that_comes_up_meanwhile_is_kept(
    box, template, tmp_path, monkeypatch
):
    batch = batch_of(box, template, "Ada")
    other = tmp_path / "Letter.docx"

    def no_links(source, target):
        if not other.exists():
            other.write_bytes(b"of another process")
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)  # as on FAT
    [path] = batch.download(tmp_path)

    assert other.read_bytes() == b"of another process"
    assert path.name == f"Letter (job {batch.jobs[0]['id']}).docx"
    assert [path.read_bytes()] == contents_of(box, batch)


def test_a_file_that_vanishes_while_it_is_compared_stops_nothing(tmp_path):
    vanishing = tmp_path / "a.pdf"
    vanishing.write_bytes(b"%PDF-1.7 some document")

    class Unlisted(Counting):
        """A client of a service that lists no size: the content is fetched to compare it."""

        def get_file(self, file_id, *, fields):
            return {"name": "a.pdf"}

        def download_file(self, file_id):
            vanishing.unlink(missing_ok=True)
            return b"%PDF-1.7 some document"

        def list_batch_jobs(self, batch_id, *, limit):
            return [{"id": "1", "status": "completed", "output_file": {"id": "7"}}]

    [path] = Batch(Unlisted(None), "b").download(tmp_path)

    assert path.read_bytes() == b"%PDF-1.7 some document"


def test_documents_have_the_usual_permissions(box, template, tmp_path):
    usual = tmp_path / "usual"
    usual.write_bytes(b"")

    [path] = batch_of(box, template, "Ada").download(tmp_path / "new")

    assert path.stat().st_mode == usual.stat().st_mode


def test_an_unwritable_folder_is_an_error(box, template, tmp_path):
    batch = batch_of(box, template, "Ada")
    with pytest.raises(NotWritten) as raised:
        batch.download("/proc/1/fd")
    assert str(raised.value).startswith("Cannot write to /proc/1/fd: ")


# Replies of a service that is not correct


@dataclass
class Document:
    """A document as the service describes it, and as it sends it."""

    name: str
    content: bytes = b"%PDF-1.7 some document"
    sent: bytes | None = None  # by default the content
    job_id: str | None = None

    def answers(self):
        sent = self.content if self.sent is None else self.sent
        digest = hashlib.sha1(self.content, usedforsecurity=False).hexdigest()
        file = {"type": "file", "id": "7", "name": self.name, "size": len(self.content)}
        yield Answer(200, file | {"sha1": digest})
        yield Answer(200, sent)
        if not sent.strip() or sent == HTML:
            yield Answer(200, file | {"sha1": digest})  # asked again before it is believed


def download_of(folder, *documents, **options):
    """Download documents from a scripted service."""
    jobs = [
        {
            "id": document.job_id or str(number),
            "status": "completed",
            "output_file": {"type": "file", "id": str(number)},
        }
        for number, document in enumerate(documents, start=1)
    ]
    answers = [answer for document in documents for answer in document.answers()]
    listing = Answer(200, {"entries": jobs})
    with scripted(listing, *answers) as (url, _), connect(url, token="x") as box:
        return Batch(box, "b").download(
            folder, parallel=1, **options
        )  # in the order of the answers


WRONG = [
    (HTML, "/2.0/files/2/content answered with an HTML page of 50 bytes instead of the content"),
    (b"", "/2.0/files/2/content answered with an empty body instead of the content"),
    (b"%PDF-1.7 some", "has 13 bytes; Box lists 22"),
    (b"%PDF-1.7 some document and more", "has 31 bytes; Box lists 22"),
    (b"%PDF-1.7 SOME document", "does not have the SHA-1 that Box lists"),
]


@pytest.mark.parametrize(
    ("sent", "reason"), WRONG, ids=["html", "empty", "cut", "longer", "changed"]
)
def test_a_wrong_content_is_an_error_and_leaves_nothing(sent, reason, tmp_path):
    documents = [Document("a.pdf"), Document("b.pdf", sent=sent), Document("c.pdf")]

    with pytest.raises(NotDownloaded) as raised:
        download_of(tmp_path, *documents)

    assert raised.value.paths == [tmp_path / "a.pdf", tmp_path / "c.pdf"]
    assert [*raised.value.failures] == ["2"]
    assert isinstance(raised.value.failures["2"], UnreadableReply)
    assert reason in str(raised.value)
    assert str(raised.value).startswith("1 of 3 documents was not downloaded. Job 2: ")
    assert files_in(tmp_path) == ["a.pdf", "c.pdf"]


def test_a_wrong_content_leaves_the_existing_file(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"mine")
    with pytest.raises(NotDownloaded):
        download_of(tmp_path, Document("a.pdf", sent=HTML), overwrite=True)
    assert (tmp_path / "a.pdf").read_bytes() == b"mine"


@pytest.mark.parametrize("content", [HTML, b""], ids=["html", "empty"])
def test_a_suspicious_content_is_compared_with_what_the_service_lists(content):
    listed, other = Document("a", content=content), Document("a", sent=content)
    for document, is_right in ((listed, True), (other, False)):
        answers = list(document.answers())[1:]
        with scripted(*answers) as (url, _), connect(url, token="x") as box:
            if is_right:
                assert box.download_file("7") == content
                continue
            with pytest.raises(UnreadableReply) as raised:
                box.download_file("7")
            assert "Check that no proxy or login page answers." in str(raised.value)


HOSTILE = [
    ("a\0b.pdf", "a_b.pdf"),
    ("\ud800.pdf", "_.pdf"),
    ("..", "file 1"),
    (".", "file 1"),
    ("", "file 1"),
    ("...", "file 1"),
    ("../../etc/passwd", "passwd"),
    ("..\\..\\x.pdf", "x.pdf"),
    ("/etc/cron.d/x", "x"),
    ("x/", "file 1"),
    ("C:x.pdf", "C_x.pdf"),
    ("x.pdf:stream", "x.pdf_stream"),
    ("CON", "_CON"),
    ("nul.pdf", "_nul.pdf"),
    ("COM1.tar.gz", "_COM1.tar.gz"),
    ("lpt² .pdf", "_lpt² .pdf"),
    ("x.pdf. . ", "x.pdf"),
    ("line\nbreak\x1b[2J.pdf", "line_break_[2J.pdf"),
    ("report\u202efdp.exe", "report_fdp.exe"),
    ('a<b>c"d|e?f*g.pdf', "a_b_c_d_e_f_g.pdf"),
    ("a\u061cb\u200bc\u2060d\ufeff.pdf", "a_b_c_d_.pdf"),
    (".bashrc", "_.bashrc"),
    ("-rf.pdf", "_-rf.pdf"),
    ("Gutes neues Jahr 🎉.pdf", "Gutes neues Jahr 🎉.pdf"),
]


@pytest.mark.parametrize(("name", "saved"), HOSTILE)
def test_a_hostile_name_becomes_a_safe_one(name, saved, tmp_path):
    folder = tmp_path / "in" / "folder"
    assert download_of(folder, Document(name)) == [folder / saved]
    assert files_in(folder) == [saved]
    assert files_in(tmp_path) == ["in"]


@pytest.mark.parametrize("character", ["x", "é", "🎉"])
def test_long_names_are_cut_and_keep_their_endings(character, tmp_path):
    name = character * 300 + ".pdf"
    job_id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    documents = [Document(name), Document(name, content=b"%PDF other", job_id=job_id)]

    first, second = download_of(tmp_path, *documents)

    assert first.name.endswith(f"{character}.pdf")
    assert second.name.endswith(f"{character} (job {job_id}).pdf")
    assert all(200 < len(path.name.encode()) <= 255 for path in (first, second))


@pytest.mark.parametrize("output", ["7", 7, ["7"], {"type": "file"}, {"id": ""}])
def test_an_output_file_without_an_id_does_not_stop_the_rest(output, tmp_path):
    jobs = [
        {"id": "1", "status": "completed", "output_file": output},
        {"id": "2", "status": "completed", "output_file": {"type": "file", "id": "7"}},
    ]
    answers = [Answer(200, {"entries": jobs}), *Document("a.pdf").answers()]
    with (
        scripted(*answers) as (url, _),
        connect(url, token="x") as box,
        pytest.raises(NotDownloaded, match="The output file of job 1 has no id") as caught,
    ):
        Batch(box, "b").download(tmp_path, parallel=1)

    assert caught.value.paths == [tmp_path / "a.pdf"]


@pytest.mark.parametrize("odd", [{"size": "22"}, {"size": {}}, {"sha1": 5}, {"name": None}, {}])
def test_a_description_with_odd_values_is_none_to_compare_with(odd, tmp_path):
    file, content = Document("a.pdf").answers()
    listing = Answer(
        200, {"entries": [{"id": "1", "status": "completed", "output_file": {"id": "7"}}]}
    )
    described = Answer(200, json.loads(json.dumps(file.body)) | odd)
    with scripted(listing, described, content) as (url, _), connect(url, token="x") as box:
        [path] = Batch(box, "b").download(tmp_path)

    assert path.read_bytes() == Document("a.pdf").content


def test_a_hostile_job_id_stays_in_the_folder(tmp_path):
    hostile = Document("a.pdf", content=b"%PDF other", job_id="../../../x/" + "y" * 300)
    paths = download_of(tmp_path / "in", Document("a.pdf"), hostile)
    assert {path.parent for path in paths} == {tmp_path / "in"}
    assert len(files_in(tmp_path / "in")) == 2


def test_one_bad_name_among_ten_does_not_stop_the_rest(tmp_path):
    names = [f"{number}.pdf" for number in range(9)]
    paths = download_of(tmp_path, *map(Document, [*names[:4], "x\0\ud800" * 200, *names[4:]]))
    assert [path.name for path in paths[:4] + paths[5:]] == names
    assert len(files_in(tmp_path)) == 10


# The embedded service


def test_the_service_lists_size_and_sha1_of_documents_that_it_renders_on_demand(
    box, local, tmp_path
):
    samples.history(local, days=1, seed=1)
    job = next(job for job in box.list_jobs(limit=100) if job.get("output_file"))
    jobs = {one["id"] for one in box.list_batch_jobs(job["batch"]["id"])}

    paths = Batch(box, job["batch"]["id"]).download(tmp_path)

    assert 0 < len(paths) <= len(jobs)
    assert all(path.stat().st_size for path in paths)
