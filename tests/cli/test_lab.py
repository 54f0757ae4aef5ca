"""`docgen-nb lab`: copies of the notebooks from a checkout and from an installed wheel."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import docgen_nb
from docgen_nb import samples
from docgen_nb.cli import main
from docgen_nb.cli.commands.lab import copy_notebooks, fill, notebooks_folder
from docgen_nb.connection import connect
from docgen_nb.service import LocalDocGen

CHECKOUT = Path(__file__).parents[2]
NOTEBOOKS = CHECKOUT / "notebooks"


def names_in(folder):
    """Return the paths of all files, relative to the folder, in the order of a list of folders."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path.as_posix() for path in sorted(files)]


IS_NOTEBOOK = re.compile(r"(?!.*\.ipynb_checkpoints/).*\.ipynb")
NAMES = [name for name in names_in(NOTEBOOKS) if IS_NOTEBOOK.fullmatch(name)]
COPY = """
import sys
from pathlib import Path
from docgen_nb.cli.commands.lab import copy_notebooks, notebooks_folder
print(notebooks_folder())
folder = Path(sys.argv[1])
print(*[path.relative_to(folder).as_posix() for path in copy_notebooks(folder)])
"""


def test_there_are_notebooks_to_copy():
    assert NAMES[0] == "00-start.ipynb"


def test_a_checkout_copies_the_notebooks_next_to_the_package(tmp_path):
    assert Path(docgen_nb.__file__).parent.parent == CHECKOUT
    assert notebooks_folder() == CHECKOUT / "notebooks"
    copied = copy_notebooks(tmp_path / "new" / "folder")
    assert copied == [tmp_path / "new" / "folder" / name for name in NAMES] != []
    for name, path in zip(NAMES, copied, strict=True):
        assert path.read_bytes() == (NOTEBOOKS / name).read_bytes()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder in which only the wheel of this checkout is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    here = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    build = [*pip, "wheel", "--no-deps", *here, "--wheel-dir", folder, CHECKOUT]
    subprocess.run(build, check=True, timeout=120)
    [wheel] = folder.glob("*.whl")
    install = [*pip, "install", "--no-deps", "--no-index", "--target", folder / "site", wheel]
    subprocess.run(install, check=True, timeout=120)
    return folder / "site"


@pytest.mark.slow
def test_a_wheel_copies_the_notebooks_in_the_package(installed, tmp_path):
    copied = tmp_path / "copied"
    leftover = installed / "docgen_nb" / "notebooks" / ".ipynb_checkpoints" / NAMES[0]
    leftover.parent.mkdir()
    leftover.write_text("Jupyter's own copy")
    code = f"import sys; sys.path.insert(0, {str(installed)!r})\n{COPY}"
    command = [sys.executable, "-P", "-c", code, str(copied)]
    process = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={}, check=True, timeout=60
    )
    where, names = process.stdout.splitlines()
    assert Path(where) == installed / "docgen_nb" / "notebooks"
    assert names.split() == names_in(copied) == NAMES


def test_an_existing_notebook_is_kept(tmp_path):
    mine = tmp_path / NAMES[0]
    mine.write_text("my own work")
    assert copy_notebooks(tmp_path)[0] == mine
    assert mine.read_text() == "my own work"
    assert names_in(tmp_path) == NAMES


def test_a_folder_that_is_a_file_is_a_one_line_error(tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("x")
    assert main(["lab", "--dir", str(file)]) == 1
    assert capsys.readouterr().err == (
        f"docgen-nb lab: Cannot copy the notebooks to {file}: File exists. "
        "Choose another folder with --dir.\n"
    )
    assert file.read_text() == "x"


def test_without_jupyterlab_the_error_has_the_install_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)  # as if it were not installed
    assert main(["lab", "--dir", str(tmp_path / "new")]) == 1
    assert capsys.readouterr().err == (
        'docgen-nb lab: JupyterLab is not installed: pip install "docgen-nb[lab]"\n'
    )
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_options_after_the_dashes_are_passed_to_jupyterlab(tmp_path):
    command = [sys.executable, "-m", "docgen_nb", "lab", "--dir", str(tmp_path), "--"]
    process = subprocess.run(
        [*command, "--no-browser", "--version"], capture_output=True, text=True, timeout=60
    )
    assert (process.returncode, process.stderr) == (0, "")
    first, version = process.stdout.splitlines()
    assert first.startswith(
        f"Notebooks in {tmp_path.resolve()}, with a Doc Gen service on http://127.0.0.1:"
    )
    assert version.count(".") == 2


@pytest.mark.parametrize(("empty", "jobs", "names"), [(False, 600, 3), (True, 0, 2)])
def test_the_service_has_a_week_of_jobs_and_each_template_once(empty, jobs, names):
    with LocalDocGen(token="x") as local, local.listen() as url:
        fill(local, url, "x", empty=empty)
        with connect(url, token="x") as box:
            templates = {one["file_name"]: one["file"]["id"] for one in box.list_templates()}
            assert len(list(box.list_templates())) == len(templates) == names
            assert sum(1 for _ in box.list_jobs(limit=1000)) == jobs
            current = box.download_file(templates["Purchase order.docx"])
            assert current == samples.order_template()  # and not the bad version of the history
