"""Templates as Word saves them, rendered to a text that was written by hand."""

import io
import zipfile

import pytest
from docx import Document
from template.reading import as_texts, lines, messages
from template.wordlike import DELETED, FOLDER, specimen, wordlike
from tools import require

from docgen_nb import samples
from docgen_nb.template import Template

NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def rendered(name):
    return Template(FOLDER / f"{name}.docx").render(specimen(FOLDER / f"{name}.txt").data)


@pytest.mark.parametrize("name", NAMES)
def test_a_specimen_has_its_expected_text_and_problems(name):
    expected = specimen(FOLDER / f"{name}.txt")

    document = rendered(name)

    Document(io.BytesIO(document.content))
    with zipfile.ZipFile(io.BytesIO(document.content)) as archive:
        edges = [part for part in ("header", "footer") if f"word/{part}1.xml" in archive.namelist()]
    texts = {"header": [], "footer": [], "document": lines(document.content)}
    texts |= {part: lines(document.content, part=f"word/{part}1.xml") for part in edges}
    assert texts == expected.texts
    errors = [f"error: {text}" for text in messages(document.errors)]
    warnings = [f"warning: {text}" for text in messages(document.warnings)]
    assert errors + warnings == expected.problems


@pytest.mark.parametrize("name", NAMES)
def test_checking_a_specimen_reports_the_problems_of_rendering_it(name):
    expected = specimen(FOLDER / f"{name}.txt")
    template = Template(FOLDER / f"{name}.docx")
    document = template.render(expected.data)

    problems = messages([*document.errors, *document.warnings])
    assert sorted(messages(template.check(expected.data))) == sorted(problems)
    assert template.tags() == Template(samples.template(expected.notation)).tags() != []


@pytest.mark.parametrize("name", NAMES)
def test_the_docx_of_a_specimen_is_up_to_date_with_its_notation(name):
    saved = FOLDER / f"{name}.docx"
    current = wordlike(samples.template(specimen(FOLDER / f"{name}.txt").notation))

    assert parts(saved.read_bytes()) == parts(current)


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_no_specimen_has_a_tag_in_one_run():
    for name in NAMES:
        document = Document(FOLDER / f"{name}.docx")
        runs = [run.text for paragraph in document.paragraphs for run in paragraph.runs]
        assert not [run for run in runs if "{{" in run and "}}" in run]


@pytest.mark.slow
def test_libreoffice_reads_the_expected_text(tmp_path):
    soffice = require("libreoffice")

    texts = as_texts(soffice, {name: rendered(name).content for name in NAMES}, tmp_path)

    for name in NAMES:
        expected = specimen(FOLDER / f"{name}.txt").texts["document"]
        text = texts[name].replace(DELETED, "")  # LibreOffice shows revisions
        assert [word for word in text.split() if word != "•"] == " ".join(expected).split()
