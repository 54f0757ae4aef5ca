"""`docgen-nb lab`: the notebooks in JupyterLab, or the form as a page, with a local service."""

import argparse
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docgen_nb
from docgen_nb import samples
from docgen_nb.cli.options.services import announced
from docgen_nb.config import SERVICE, SERVICE_TOKEN
from docgen_nb.connection import connect
from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen

TEMPLATE_NAME = "Purchase order.docx"
LETTER_NAME = "Letter.docx"
APP = "app.ipynb"
WEEK_OF_JOBS = 600  # as many jobs as a small office has in a week


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = (
        f"In the notebooks, connect('local') reaches the service. It has a random token: programs "
        f"started from them find address and token in {SERVICE} and {SERVICE_TOKEN}."
    )
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("docgen-nb-notebooks"),
        help="folder for the notebooks; existing files are kept (%(default)s)",
    )
    parser.add_argument(
        "--voila", action="store_true", help=f"serve {APP} as a page without code, with Voila"
    )
    parser.add_argument(
        "--empty", action="store_true", help="start without the sample week of finished jobs"
    )
    parser.add_argument(
        "jupyter", nargs="*", metavar="-- OPTIONS", help="options for JupyterLab or Voila"
    )
    parser.set_defaults(run=lab)


def lab(arguments: argparse.Namespace) -> int:
    """Copy the notebooks, start the service, and run JupyterLab or Voila until it ends."""
    program, name = ("voila", "Voila") if arguments.voila else ("jupyterlab", "JupyterLab")
    if importlib.util.find_spec(program) is None:
        raise ImportError(f'{name} is not installed: pip install "docgen-nb[lab]"')
    first = copy_notebooks(arguments.dir)[0]
    # As the default address, it is the one that JupyterLab prints, too.
    start = APP if arguments.voila else f"--LabApp.default_url=/lab/tree/{first.name}"
    token = secrets.token_urlsafe(32)  # so that no other user of this machine is let in
    with LocalDocGen(latency=(0.5, 2), token=token) as local, local.listen() as url:
        notebooks = arguments.dir.resolve()
        print(f"Notebooks in {notebooks}, with a Doc Gen service on {url}", flush=True)
        command = [sys.executable, "-m", program, start, *arguments.jupyter]
        environment = {**os.environ, SERVICE: url, SERVICE_TOKEN: token}
        with announced(url, token), _started(command, arguments.dir, environment) as process:
            # While it starts. A page without code shows the documents of its user alone.
            fill(local, url, token, empty=arguments.empty or arguments.voila)
            return _wait(process)


def fill(local: LocalDocGen, url: str, token: str, *, empty: bool) -> None:
    """Put sample templates into the service, and a week of jobs unless it is to be empty.

    The history has two of the templates, one of them with a bad version. A newer version repairs
    it, so that each template is there once and works.
    """
    if not empty:
        samples.history(local, jobs=WEEK_OF_JOBS, days=7, seed=1)
    with connect(url, token=token) as box:
        marked = {one["file_name"]: one["file"]["id"] for one in box.list_templates()}
        if TEMPLATE_NAME in marked:
            box.upload_version(marked[TEMPLATE_NAME], samples.order_template())
            box.mark_template(marked[TEMPLATE_NAME])
        for name, content in _templates():
            if name not in marked:
                box.mark_template(box.upload_file(content, name=name)["id"])


def _templates() -> list[tuple[str, bytes]]:
    return [
        (LETTER_NAME, samples.letter_template()),
        (TEMPLATE_NAME, samples.order_template()),
    ]


def notebooks_folder() -> Path:
    """Return the folder of the notebooks: in the package, or next to it in a checkout."""
    package = Path(docgen_nb.__file__).parent
    inside = package / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def copy_notebooks(folder: Path) -> list[Path]:
    """Copy the notebooks to a folder, keep existing files, and return all paths by name.

    ServiceError if the folder cannot be written.
    """
    source = notebooks_folder()
    paths = (path.relative_to(source) for path in source.rglob("*.ipynb"))
    notebooks = sorted(path for path in paths if ".ipynb_checkpoints" not in path.parts)
    try:
        for path in notebooks:
            _copy_once(source / path, folder / path)
    except OSError as error:
        message = f"Cannot copy the notebooks to {folder}: {error.strerror}. "
        raise ServiceError(message + "Choose another folder with --dir.") from error
    return [folder / path for path in notebooks]


def _copy_once(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)


@contextmanager
def _started(
    command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, cwd=folder, env=environment) as process:  # noqa: S603
        # Both stop their kernels on SIGTERM. Without this they would outlive this process.
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            yield process
        except BaseException:
            process.terminate()
            raise


def _wait(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the program receives it too, and JupyterLab asks whether to stop
