"""`docgen-nb render`: documents from a template file and data."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, tee
from pathlib import Path
from typing import Any

from docgen_nb.cli.diagnostics import Diagnostic, exit_status
from docgen_nb.cli.inputs import DATA_HELP, Row, add_file, open_template, read_rows
from docgen_nb.cli.json_output import print_json
from docgen_nb.cli.printable import one_line
from docgen_nb.errors import ConversionFailed, NotWritten
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem, Rendered, Template, pdf


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_file(parser)
    parser.add_argument("data", metavar="DATA", help=DATA_HELP)
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="output file; for a list of data, output folder"
    )
    parser.add_argument("--type", choices=("docx", "pdf"), help="default: as --out, else docx")
    parser.add_argument(
        "--name", metavar="PATTERN", help="file name without extension, such as 'Order {order.id}'"
    )
    parser.add_argument(
        "--annotated",
        action="store_true",
        help="highlight problems and add comments (docx)",
    )
    parser.set_defaults(run=render, parser=parser)


def render(arguments: argparse.Namespace) -> int:
    """Write the documents and print their problems. Return 1 if one of them is an error."""
    output_type = _output_type(arguments)
    template = open_template(arguments.file)
    rows, are_many = read_rows(arguments.data)
    paths = _targets(arguments, rows, are_many=are_many, output_type=output_type)
    documents = _documents(template, rows, output_type=output_type, annotated=arguments.annotated)
    results = []
    for number, path, (content, problems) in zip(count(1), paths, documents, strict=False):
        if content is not None:
            _save(content, path)
        diagnostics = [Diagnostic(one, number if are_many else None) for one in problems]
        results.append(Result(path if content is not None else None, diagnostics))
        if not arguments.json:
            results[-1].print()
    if arguments.json:
        print_json([one.as_json() for one in results] if are_many else results[0].as_json())
    return exit_status([each for one in results for each in one.diagnostics])


@dataclass(frozen=True)
class Result:
    """One document: its file, or None if it could not be generated, and its problems."""

    path: Path | None
    diagnostics: list[Diagnostic]

    def print(self) -> None:
        """Print the path of the file, and the problems on standard error."""
        if self.path is not None:
            print(f"Wrote {one_line(str(self.path))}")
        for one in self.diagnostics:
            print(one, file=sys.stderr)

    def as_json(self) -> dict[str, Any]:
        """Return the path of the file and the problems, for JSON."""
        path = None if self.path is None else str(self.path)
        return {"file": path, "problems": [one.as_json() for one in self.diagnostics]}


def _output_type(arguments: argparse.Namespace) -> str:
    ending = arguments.out.suffix.lower() if arguments.out is not None else ""
    by_name = "pdf" if ending == ".pdf" else "docx"
    output_type = arguments.type or by_name
    if ending in (".docx", ".pdf") and output_type != by_name:
        arguments.parser.error(f"--type {output_type} conflicts with --out {arguments.out}")
    if arguments.annotated and output_type != "docx":
        arguments.parser.error("--annotated needs --type docx")
    return str(output_type)


def _targets(
    arguments: argparse.Namespace, rows: Sequence[Row], *, are_many: bool, output_type: str
) -> list[Path]:
    """Return the path of each document. Nothing is written unless every name is valid."""
    out: Path = arguments.out or Path()
    if not are_many and arguments.out is not None and not out.is_dir() and arguments.name is None:
        if out.suffix.lower() not in ("", ".docx", ".pdf"):
            arguments.parser.error(f"--out must end in .docx or .pdf, or be a folder: {out}")
        paths = [out]
    else:
        names = _names(arguments, rows, are_many=are_many)
        paths = [out / f"{name}.{output_type}" for name in names]
    if arguments.file.resolve() in {path.resolve() for path in paths}:
        raise NotWritten(f"{arguments.file} is the template. Choose another output file.")
    return paths


def _names(arguments: argparse.Namespace, rows: Sequence[Row], *, are_many: bool) -> list[str]:
    if arguments.name is None:
        stem = arguments.file.stem
        digits = len(str(len(rows)))
        numbered = [f"{stem} {number:0{digits}}" for number in range(1, len(rows) + 1)]
        return numbered if are_many else [f"{stem} rendered"]
    request = BatchRequest(file_name=arguments.name, rows=list(rows))
    for problem in request.problems():
        if problem.path == "file_name":
            raise NotWritten(f"--name {arguments.name!r}: {problem}")
    return request.file_names()


def _documents(
    template: Template, rows: Sequence[Row], *, output_type: str, annotated: bool
) -> Iterator[tuple[bytes | None, list[Problem]]]:
    """Yield the content of each document, None if it could not be converted, and its problems."""
    rendered = template.render_many(rows)
    if output_type == "docx":
        for one in rendered:
            yield one.annotated() if annotated else one.content, _problems(one)
        return
    first, second = tee(rendered)  # the converter reads ahead
    for content, one in zip(pdf.convert_many(one.content for one in first), second, strict=True):
        if isinstance(content, ConversionFailed):
            yield None, [*_problems(one), Problem("not_converted", str(content))]
        else:
            yield content, _problems(one)


def _problems(rendered: Rendered) -> list[Problem]:
    return [*rendered.errors, *rendered.warnings]


def _save(content: bytes, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except FileExistsError as error:
        raise NotWritten(f"Cannot write {path}: {path.parent} is not a folder.") from error
    except OSError as error:
        raise NotWritten(f"Cannot write {path}: {error.strerror}.") from error
