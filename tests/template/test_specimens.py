"""Templates as Word saves them give the text that was written down by hand."""

import io
import zipfile

import pytest
from docx import Document
from template.reading import as_texts, lines, messages
from template.wordlike import FOLDER, TAKEN_BACK, specimen, wordlike
from tools import require

from docgen_nb import samples
from docgen_nb.template import Template

NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def rendered(name):
    return Template(FOLDER / f"{name}.docx").render(specimen(FOLDER / f"{name}.txt").data)


@pytest.mark.parametrize("name", NAMES)
def test_a_specimen_gives_its_golden_text(name):
    wanted = specimen(FOLDER / f"{name}.txt")

    document = rendered(name)

    Document(io.BytesIO(document.content))
    with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
        edges = [part for part in ("header", "footer") if f"word/{part}1.xml" in archive.namelist()]
    texts = {"header": [], "footer": [], "document": lines(document.content)}
    texts |= {part: lines(document.content, part=f"word/{part}1.xml") for part in edges}
    assert texts == wanted.texts
    told = [f"error: {one}" for one in messages(document.errors)]
    assert [*told, *(f"warning: {one}" for one in messages(document.warnings))] == wanted.problems


@pytest.mark.parametrize("name", NAMES)
def test_a_specimen_is_told_the_same_by_checking_and_has_the_tags_of_its_notation(name):
    read = specimen(FOLDER / f"{name}.txt")
    template = Template(FOLDER / f"{name}.docx")
    document = template.render(read.data)

    assert template.tags() == Template(samples.template(read.notation)).tags() != []
    told = messages([*document.errors, *document.warnings])
    assert sorted(messages(template.check(read.data))) == sorted(told)


@pytest.mark.parametrize("name", NAMES)
def test_a_specimen_is_what_its_notation_says(name):
    kept = FOLDER / f"{name}.docx"
    made = wordlike(samples.template(specimen(FOLDER / f"{name}.txt").notation))

    assert parts(kept.read_bytes()) == parts(made)


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_no_specimen_has_a_tag_in_one_run():
    for name in NAMES:
        document = Document(FOLDER / f"{name}.docx")
        runs = [run.text for paragraph in document.paragraphs for run in paragraph.runs]
        assert not [run for run in runs if "{{" in run and "}}" in run]


@pytest.mark.slow
def test_libreoffice_reads_the_golden_text(tmp_path):
    soffice = require("libreoffice")

    texts = as_texts(soffice, {name: rendered(name).content for name in NAMES}, tmp_path)

    for name in NAMES:
        golden = specimen(FOLDER / f"{name}.txt").texts["document"]
        text = texts[name].replace(TAKEN_BACK, "")  # LibreOffice shows revisions
        assert [word for word in text.split() if word != "•"] == " ".join(golden).split()
