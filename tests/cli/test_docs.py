"""`docgen-nb docs` writes a page for every public name and lesson, to read without a network."""

import inspect
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

import docgen_nb
from docgen_nb.cli import main

pytestmark = pytest.mark.slow
LINK = re.compile(r'(?:href|src)="(?![^"]*\$\{)([^"]+)"')


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    out = tmp_path_factory.mktemp("docs")
    assert main(["docs", "--out", str(out)]) == 0
    return out


def test_every_public_name_has_its_place(pages):
    reference = pages / "reference"
    text = (reference / "docgen_nb.html").read_text()
    for name in docgen_nb.__all__:
        value = getattr(docgen_nb, name)
        if not inspect.ismodule(value):
            assert f'id="{name}"' in text, name
            continue
        page = (reference / "docgen_nb" / f"{name}.html").read_text()
        for inner in getattr(value, "__all__", ["NotFound", "RowsRefused"]):
            assert f'id="{inner}"' in page, f"{name}.{inner}"
    private = {"cli.html", "client.html", "metrics.html"}
    assert private.isdisjoint(path.name for path in (reference / "docgen_nb").iterdir())


def test_every_notebook_is_a_lesson(pages):
    notebooks = Path(__file__).parents[2] / "notebooks"
    names = {
        p.relative_to(notebooks).with_suffix("").as_posix() for p in notebooks.rglob("*.ipynb")
    }
    names = {name for name in names if "checkpoints" not in name}
    folder = pages / "lessons"
    assert names
    assert {
        p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.html")
    } == names


def test_links_lead_to_pages_and_nothing_is_loaded_from_elsewhere(pages):
    for page in pages.rglob("*.html"):
        text = page.read_text()
        assert "cdn" not in " ".join(re.findall(r"https?://[\w.]*", text)), page.name
        for link in LINK.findall(text):
            path = unquote(link.partition("#")[0])
            if path and not re.match(r"[a-z]+:", path):
                assert (page.parent / path).exists(), (page.name, link)


def test_a_folder_that_cannot_be_written_is_an_error_in_one_line(tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    assert main(["docs", "--out", str(file)]) == 1
    assert capsys.readouterr().err == f"docgen-nb docs: Cannot write {file}: File exists.\n"
