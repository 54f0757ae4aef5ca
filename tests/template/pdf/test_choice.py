"""Which engine converts, and what is said where there is none."""

from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pypdfium2
import pytest
from template.pdf.documents import line
from template.pdf.outside import python, script
from tools import require

from docgen_nb.errors import ConversionFailed
from docgen_nb.template import pdf

WITHOUT_ENGINES = """
import sys
sys.modules["office2pdf"] = None  # as if it were not installed
from docgen_nb.errors import ConversionFailed
from docgen_nb.template import pdf
from template.pdf.documents import line
try:
    {call}
except ConversionFailed as error:
    print(error)
"""
INSTALL = (
    "No PDF converter is installed. Run: "
    'pip install "docgen-nb[pdf]", or install LibreOffice (its program soffice must be on PATH '
    "or named by DOCGEN_NB_SOFFICE).\n"
)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("pdf.convert(line('x'))", INSTALL),
        ("pdf.convert_many([line('x')])", INSTALL),
        (
            "pdf.convert(line('x'), engine='libreoffice')",
            "libreoffice is not installed. " + INSTALL,
        ),
        ("pdf.convert(line('x'), engine='office2pdf')", "office2pdf is not installed. " + INSTALL),
        ("print(pdf.engines())", "[]\n"),
    ],
)
def test_without_an_engine_the_message_says_what_to_install(call, said):
    run = python(WITHOUT_ENGINES.format(call=call), PATH="/nowhere", DOCGEN_NB_SOFFICE="")

    assert (run.stdout, run.stderr) == (said, "")


def test_libreoffice_comes_before_the_converter_from_pip(tmp_path: Path, monkeypatch):
    soffice = script(tmp_path / "soffice", 'echo "LibreOffice 99.1 build"')
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", soffice)

    engines = pdf.engines()

    assert [(engine.name, engine.version) for engine in engines] == [
        ("libreoffice", "99.1"),
        ("office2pdf", version("office2pdf-python")),
    ]
    assert engines[0].path == soffice


def test_a_program_that_does_not_say_its_version_is_of_unknown_version(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", script(tmp_path / "soffice", "exit 3"))

    assert pdf.engines()[0].version == "unknown"


def test_libreoffice_converts_where_it_is_found():
    require("libreoffice")

    assert producer(pdf.convert(line("x"))).startswith("LibreOffice")


def producer(content: bytes) -> str:
    with closing(pypdfium2.PdfDocument(content)) as document:
        return document.get_metadata_value("Producer")


def test_without_libreoffice_the_converter_from_pip_converts(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("DOCGEN_NB_SOFFICE", raising=False)

    content = pdf.convert(line("x"))

    assert [engine.name for engine in pdf.engines()] == ["office2pdf"]
    assert not producer(content).startswith("LibreOffice")
    assert pdf.text(content).strip() == "x"


def test_a_named_program_that_is_none_is_told_and_not_passed_over(monkeypatch):
    monkeypatch.setenv("DOCGEN_NB_SOFFICE", "/nowhere/soffice")

    with pytest.raises(ConversionFailed) as caught:
        pdf.convert(line("x"))

    assert str(caught.value) == (
        "DOCGEN_NB_SOFFICE is set to '/nowhere/soffice', which is not a program."
    )


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError) as caught:
        pdf.convert(line("x"), engine="word")

    assert str(caught.value) == "'engine' must be 'libreoffice' or 'office2pdf', not 'word'."


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan"), float("inf")])
def test_a_time_limit_is_above_zero(timeout):
    with pytest.raises(ValueError) as caught:
        pdf.convert(line("x"), timeout=timeout)

    assert str(caught.value) == f"'timeout' must be a number of seconds above 0, not {timeout!r}."
