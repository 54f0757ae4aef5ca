"""Every notebook runs in a new kernel, is stored without outputs, and uses public names only."""

import ast
import base64
import re
from io import BytesIO
from pathlib import Path

import matplotlib.image
import nbformat
import pytest

import docgen_nb

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(p for p in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
MAY_IMPORT = {"docgen_nb", "pandas", "matplotlib"}
# These make calls without docgen_nb, too: docgen_nb creates no users.
ALSO = {
    "07-the-api-call-by-call": {
        *("collections", "contextlib", "os", "shutil", "time"),
        *("requests", "box_sdk_gen"),
    },
    "for-teachers": {"contextlib", "secrets", "requests"},
}
MAY_DEFINE = {"08-many-documents"}  # a function that breaks the program on purpose
CODE_LINES = 12
CELL_METADATA = ({}, {"tags": ["parameters"]}, {"jupyter": {"source_hidden": True}})
DRAWS = ("dg.draw_", ".docgen.draw_", "dg.dashboard(", ".chart()")
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def trees(path):
    """Return the syntax trees of the cells with Python, by id."""
    cells = code_cells(nbformat.read(path, as_version=4))
    return {cell.id: ast.parse(cell.source) for cell in cells if not cell.source.startswith("%%")}


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def pictures(cells):
    shown = [out.data for cell in cells for out in cell.outputs if "data" in out]
    return [base64.b64decode(data["image/png"]) for data in shown if "image/png" in data]


def test_there_are_notebooks():
    assert [path.name for path in NOTEBOOKS][:1] == ["00-start.ipynb"]
    assert "dg.draw_" in NOTEBOOKS[0].read_text()  # so that the test below sees charts


@each_notebook
def test_it_runs_without_errors_and_its_charts_are_not_blank(path, ran):
    notebook, _ = ran(path)

    assert [out for out in outputs(notebook) if out.output_type == "error"] == []
    assert [out.text for out in outputs(notebook) if out.get("name") == "stderr"] == []
    for cell in code_cells(notebook):
        draws = any(word in cell.source for word in DRAWS)
        assert len(pictures([cell])) == draws, cell.id
    for picture in pictures(code_cells(notebook)):
        assert matplotlib.image.imread(BytesIO(picture))[..., :3].std() > 0.05


def test_the_first_notebook_shows_forms_and_a_finished_batch(ran):
    notebook, folder = ran(FOLDER / "01-one-batch.ipynb")

    data = {cell.id: [out.get("data", {}) for out in cell.outputs] for cell in code_cells(notebook)}
    view = "application/vnd.jupyter.widget-view+json"
    assert [id for id, shown in data.items() if any(view in one for one in shown)] == [
        *("form", "send")
    ]
    assert data["form"][0]["text/plain"].startswith(
        "<BatchForm: Letter.docx as docx, 1 document>\n"
    )
    table = data["jobs"][0]["text/plain"]
    assert table.count("completed_with_error") == 1
    assert table.count("completed") == 12
    assert data["download"][0]["text/plain"] == str(["{{order.requester}}"] * 2)
    assert (folder / "Order with a gap.docx").read_bytes().startswith(b"PK")


@each_notebook
def test_it_is_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    assert outputs(notebook) == []
    assert {cell.execution_count for cell in code_cells(notebook)} == {None}
    assert all(cell.metadata in CELL_METADATA for cell in notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


@each_notebook
def test_its_cells_are_short_and_define_no_functions(path):
    for cell in code_cells(nbformat.read(path, as_version=4)):
        assert len(cell.source.splitlines()) <= CODE_LINES, cell.id
    if path.parent.name == "exercises" or path.stem in MAY_DEFINE:
        return  # answers of exercises may be functions
    for id, tree in trees(path).items():
        nodes = list(ast.walk(tree))
        assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in nodes), id


@each_notebook
def test_it_imports_only_docgen_nb_pandas_and_matplotlib(path):
    imports = set()
    for tree in trees(path).values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imports |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imports.add(node.module)
    assert "docgen_nb" in imports
    assert {name.split(".")[0] for name in imports} <= MAY_IMPORT | ALSO.get(path.stem, set())
    assert not any(name.startswith("docgen_nb.") for name in imports)


def test_every_public_name_is_used_in_a_notebook():
    text = "\n".join(
        cell.source for path in NOTEBOOKS for cell in nbformat.read(path, as_version=4).cells
    )
    assert docgen_nb.__all__
    assert [name for name in docgen_nb.__all__ if f"dg.{name}" not in text] == []


def test_links_between_notebooks_lead_somewhere():
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            for target in re.findall(r"\]\(([\w./-]+\.ipynb)\)", cell.source):
                assert (path.parent / target).is_file(), f"{path.name}: {target}"


def test_the_start_page_leads_to_every_other_notebook():
    source = (FOLDER / "00-start.ipynb").read_text()
    names = [path.relative_to(FOLDER).as_posix() for path in NOTEBOOKS]
    assert [name for name in names[1:] if f"]({name})" not in source] == []
