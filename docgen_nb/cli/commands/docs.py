"""`docgen-nb docs`: the reference and the lessons as HTML pages, to read without a network."""

import argparse
import importlib.util
import inspect
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import docgen_nb
from docgen_nb.cli.commands.lab import notebooks_folder
from docgen_nb.errors import NotWritten

NEEDED = ("pdoc", "nbconvert")
_ROOMS = [name for name in vars(docgen_nb)["__all__"] if inspect.ismodule(getattr(docgen_nb, name))]
_TO_NOTEBOOK = re.compile(r"(\]\([^)\s]*)\.ipynb(?=[)#])")
_REMOTE = [f"{name}_url" for name in ("mathjax", "require_js", "jquery", "mermaid_js")]
_REMOTE += ["mermaid_layout_elk_js_url"]  # scripts that the pages would load from elsewhere
_INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>docgen_nb</title>
<style>body {font: 16px/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem;
padding: 0 1rem} @media (prefers-color-scheme: dark) {body {background: #111; color: #ddd}
a {color: #7fb4e8}}</style>
<h1>docgen_nb</h1>
<p>Compose, follow and analyze Box Doc Gen batches, with or without a Box account.</p>
<ul>
<li><a href="reference/docgen_nb.html">Reference</a>: every public name, with an example</li>
<li><a href="lessons/00-start.html">Lessons</a>: the notebooks to read; run them with
<code>docgen-nb lab</code></li>
</ul>
</html>
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("docgen-nb-docs"),
        help="folder for the pages; pages of the same name are replaced (%(default)s)",
    )
    parser.epilog = 'Needs the extra docs: pip install "docgen-nb[docs]".'
    parser.set_defaults(run=docs)


def docs(arguments: argparse.Namespace) -> int:
    """Write the pages and print where they begin."""
    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            raise ImportError(f'{name} is not installed: pip install "docgen-nb[docs]"')
    out: Path = arguments.out
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write_reference(out / "reference")
        count = sum(1 for _ in _write_lessons(out / "lessons"))
        (out / "index.html").write_text(_INDEX, encoding="utf-8")
    except OSError as error:
        raise NotWritten(f"Cannot write {error.filename or out}: {error.strerror}.") from error
    print(f"Reference and {count} lessons: {(out / 'index.html').resolve()}")
    return 0


def _write_reference(folder: Path) -> None:
    """Write a page for the package, and one for each of its public rooms."""
    import pdoc

    pdoc.render.configure(docformat="numpy", show_source=False)
    others = rf"!docgen_nb\.(?!({'|'.join(_ROOMS)})$)"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about hints that only a type checker can follow
        pdoc.pdoc("docgen_nb", others, output_directory=folder)


def _write_lessons(folder: Path) -> Iterator[Path]:
    """Write a page for each notebook, without outputs, and yield its path."""
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(**dict.fromkeys(_REMOTE, ""))  # type: ignore[no-untyped-call]
    source = notebooks_folder()
    for path in sorted(source.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = _TO_NOTEBOOK.sub(r"\1.html", cell.source)
        page = folder / path.relative_to(source).with_suffix(".html")
        page.parent.mkdir(parents=True, exist_ok=True)
        body, _ = exporter.from_notebook_node(
            notebook, resources={"metadata": {"name": path.stem.replace("-", " ")}}
        )
        page.write_text(body, encoding="utf-8")
        yield page
