"""Word's field FILENAME in a PDF: the name of the document, never a temporary path."""

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from docgen_nb.template import Template, pdf

ENGINES = [engine.name for engine in pdf.engines()]


def document(tmp_path, *, form, instruction, stored="Template.docx"):
    word = Document()
    word.add_paragraph("File:").add_run(" ")
    paragraph = word.add_paragraph()
    if form == "simple":
        simple = OxmlElement("w:fldSimple")
        simple.set(qn("w:instr"), instruction)
        simple.append(paragraph.add_run(stored)._r)
        paragraph._p.append(simple)
    else:
        for kind in ("begin", "instruction", "separate", "stored", "end"):
            run = paragraph.add_run(stored if kind == "stored" else "")._r
            if kind == "instruction":
                run.append(OxmlElement("w:instrText"))
                run[-1].text = instruction
            elif kind != "stored":
                run.append(OxmlElement("w:fldChar"))
                run[-1].set(qn("w:fldCharType"), kind)
    word.sections[0].footer.paragraphs[0].text = "The end"
    word.save(tmp_path / "in.docx")
    return (tmp_path / "in.docx").read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("form", ["simple", "complex"])
@pytest.mark.parametrize("instruction", [r" FILENAME \p  \* MERGEFORMAT ", "filename"])
def test_the_field_shows_the_name_of_the_document(tmp_path, engine, form, instruction):
    content = document(tmp_path, form=form, instruction=instruction)

    named = pdf.convert(content, engine=engine, name="Invoice 7 \u00e9.docx")
    unnamed = pdf.convert(content, engine=engine)

    assert pdf.text(named).split() == ["File:", "Invoice", "7", "\u00e9.docx", "The", "end"]
    assert pdf.text(unnamed).split() == ["File:", "Template.docx", "The", "end"]


def test_a_field_without_a_stored_result_gets_the_name(tmp_path):
    content = document(tmp_path, form="complex", instruction="FILENAME", stored="")

    rendered = Template(content).render({}, output_type="pdf", name="Letter")

    assert rendered.text().split() == ["File:", "Letter", "The", "end"]


def test_the_service_gives_the_name_of_the_job(tmp_path, api, local):
    template = api.template(document(tmp_path, form="complex", instruction=r"FILENAME \p"))
    body = {
        "file": {"type": "file", "id": template},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "0"},
        "output_type": "pdf",
        "document_generation_data": [{"generated_file_name": "Order 12", "user_input": {}}],
    }
    batch = api.batch(body)
    local.finish()
    (job,) = api.entries(f"/2.0/docgen_batch_jobs/{batch}")

    assert pdf.text(api.content(job["output_file"]["id"])).split() == [
        *("File:", "Order", "12", "The", "end")
    ]
