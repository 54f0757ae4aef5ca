"""The content of a document against what Box lists, names that are one, and lines of a manifest."""

import hashlib

import pytest

from docgen_nb.errors import UnreadableReply
from docgen_nb.request import same_name
from docgen_nb.submission.document import Document
from docgen_nb.submission.manifest import Manifest, line_of

CONTENT = b"Dear Ada"
SHA1 = hashlib.sha1(CONTENT).hexdigest()


class Box:
    """A client of one file."""

    def __init__(self, content, **listed):
        self.content, self.listed = content, listed

    def get_file(self, file_id, *, fields):
        return {"name": "Letter.docx", **self.listed}

    def download_file(self, file_id):
        return self.content


@pytest.mark.parametrize("sha1", [SHA1, SHA1.upper(), None])
def test_a_sha1_may_be_listed_in_capital_letters_or_not_at_all(sha1):
    document = Document(Box(CONTENT, size=len(CONTENT), sha1=sha1), "7")

    assert (document.content, document.sha1) == (CONTENT, SHA1)


@pytest.mark.parametrize("size", [0, None])
def test_a_document_without_content_is_an_error_even_if_it_is_listed_so(size):
    with pytest.raises(UnreadableReply, match="is empty"):
        _ = Document(Box(b"", size=size), "7").content


@pytest.mark.parametrize(
    "pair", ["Zoë.docx Zoe\u0308.docx", "STRASSE straße", "\u1fb3 \u0391\u0345"]
)
def test_names_are_one_whatever_their_case_and_the_form_of_their_accents(pair):
    first, second = pair.split()

    assert same_name(first) == same_name(second)


def test_jobs_of_two_batches_may_have_one_id(tmp_path):
    jobs = [{"id": "7", "batch": {"id": batch}} for batch in ("a", "b")]
    manifest = Manifest(tmp_path)
    for job in jobs:
        (tmp_path / f"{job['batch']['id']}.docx").write_bytes(CONTENT)
        manifest.add([line_of(0, job, f"{job['batch']['id']}.docx", SHA1)])

    saved = [Manifest(tmp_path).saved(job)[0].name for job in jobs]

    assert saved == ["a.docx", "b.docx"]
