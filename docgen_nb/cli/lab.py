"""`docgen-nb lab`: the notebooks in JupyterLab, or the form as a page of its own, on a service."""

import argparse
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import docgen_nb
from docgen_nb import samples
from docgen_nb.connection import connect
from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen

TEMPLATE_NAME = "Purchase order.docx"
LETTER_NAME = "Letter.docx"
APP = "app.ipynb"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("docgen-nb-notebooks"),
        help="where the notebooks are copied to; files that are there stay (%(default)s)",
    )
    parser.add_argument(
        "--voila", action="store_true", help=f"serve {APP} as a page without code, by Voila"
    )
    parser.add_argument(
        "jupyter", nargs="*", metavar="-- OPTIONS", help="options for JupyterLab, or for Voila"
    )
    parser.set_defaults(run=lab)


def lab(chosen: argparse.Namespace) -> int:
    """Copy the notebooks, start the service, run JupyterLab or Voila until it ends."""
    program, name = ("voila", "Voila") if chosen.voila else ("jupyterlab", "JupyterLab")
    if importlib.util.find_spec(program) is None:
        raise ImportError(f'{name} is not installed: pip install "docgen-nb[lab]"')
    first = copy_notebooks(chosen.dir)[0]
    opened = APP if chosen.voila else first.name
    with LocalDocGen(latency=(0.5, 2)) as local, local.listen() as url:
        with connect(url) as box:
            for name, content in _templates():
                box.mark_template(box.upload_file(content, name=name)["id"])
        print(f"Notebooks in {chosen.dir.resolve()}, Doc Gen service on {url}", flush=True)
        command = [sys.executable, "-m", program, opened, *chosen.jupyter]
        environment = {**os.environ, "DOCGEN_NB_LOCAL": url}
        return _run(command, chosen.dir, environment)


def _templates() -> list[tuple[str, bytes]]:
    return [
        (LETTER_NAME, samples.letter_template()),
        (TEMPLATE_NAME, samples.order_template()),
    ]


def notebooks_folder() -> Path:
    """Return where the notebooks lie: in the installed package, or beside it in a checkout."""
    package = Path(docgen_nb.__file__).parent
    inside = package / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def copy_notebooks(folder: Path) -> list[Path]:
    """Copy the notebooks to a folder, leave those alone that are there, and return all by name.

    ServiceError if the folder cannot be written to.
    """
    source = notebooks_folder()
    every = (path.relative_to(source) for path in source.rglob("*.ipynb"))
    found = sorted(path for path in every if ".ipynb_checkpoints" not in path.parts)
    try:
        for path in found:
            _copy_once(source / path, folder / path)
    except OSError as error:
        message = f"The notebooks cannot be copied to {folder} ({error.strerror}); "
        raise ServiceError(message + "choose another folder with --dir.") from error
    return [folder / path for path in found]


def _copy_once(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    with subprocess.Popen(command, cwd=folder, env=environment) as process:  # noqa: S603
        # Both end their kernels when told to; left alone they would outlive this process.
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the program got it too; JupyterLab asks whether to stop
