"""`docgen-nb render`: a document from a template file and data, or many."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, tee
from pathlib import Path
from typing import Any

from docgen_nb.cli.diagnostics import Finding, status
from docgen_nb.cli.inputs import DATA_HELP, Row, add_file, opened, print_json, read_rows
from docgen_nb.errors import ConversionFailed, NotWritten
from docgen_nb.request import BatchRequest
from docgen_nb.template import Problem, Rendered, Template, pdf


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_file(parser)
    parser.add_argument("data", metavar="DATA", help=DATA_HELP)
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="file to write; for a list, folder"
    )
    parser.add_argument("--type", choices=("docx", "pdf"), help="by default as --out ends, or docx")
    parser.add_argument(
        "--name", metavar="PATTERN", help="name without ending, such as 'Order {order.id}'"
    )
    parser.add_argument(
        "--annotated", action="store_true", help="highlight and comment what is wrong (docx)"
    )
    parser.set_defaults(run=render, parser=parser)


def render(chosen: argparse.Namespace) -> int:
    """Write the documents and print their problems; 1 if one of them is an error."""
    output_type = _output_type(chosen)
    template = opened(chosen.file)
    rows, are_many = read_rows(chosen.data)
    paths = _targets(chosen, rows, are_many=are_many, output_type=output_type)
    made = _documents(template, rows, output_type=output_type, annotated=chosen.annotated)
    results = []
    for number, path, (content, problems) in zip(count(1), paths, made, strict=False):
        if content is not None:
            _save(content, path)
        findings = [Finding(one, number if are_many else None) for one in problems]
        results.append(Result(path if content is not None else None, findings))
        if not chosen.json:
            results[-1].tell()
    if chosen.json:
        print_json([one.as_json() for one in results] if are_many else results[0].as_json())
    return status([finding for one in results for finding in one.findings])


@dataclass(frozen=True)
class Result:
    """One document: its file, or None if none could be made, and what is wrong with it."""

    path: Path | None
    findings: list[Finding]

    def tell(self) -> None:
        """Print the file, and to standard error what is wrong."""
        if self.path is not None:
            print(f"Wrote {self.path}")
        for finding in self.findings:
            print(finding, file=sys.stderr)

    def as_json(self) -> dict[str, Any]:
        """The file's name and the problems."""
        path = None if self.path is None else str(self.path)
        return {"file": path, "problems": [one.as_json() for one in self.findings]}


def _output_type(chosen: argparse.Namespace) -> str:
    ending = chosen.out.suffix.lower() if chosen.out is not None else ""
    by_name = "pdf" if ending == ".pdf" else "docx"
    output_type = chosen.type or by_name
    if ending in (".docx", ".pdf") and output_type != by_name:
        chosen.parser.error(f"--type {output_type} does not go with --out {chosen.out}")
    if chosen.annotated and output_type != "docx":
        chosen.parser.error("only a docx can be --annotated")
    return str(output_type)


def _targets(
    chosen: argparse.Namespace, rows: Sequence[Row], *, are_many: bool, output_type: str
) -> list[Path]:
    """Where each document goes; nothing is written unless all can have a name of their own."""
    out: Path = chosen.out or Path()
    if not are_many and chosen.out is not None and not out.is_dir() and chosen.name is None:
        paths = [out]
    else:
        names = _names(chosen, rows, are_many=are_many)
        paths = [out / f"{name}.{output_type}" for name in names]
    if chosen.file.resolve() in {path.resolve() for path in paths}:
        raise NotWritten(f"{chosen.file} is the template and would be overwritten.")
    return paths


def _names(chosen: argparse.Namespace, rows: Sequence[Row], *, are_many: bool) -> list[str]:
    if chosen.name is None:
        stem = chosen.file.stem
        digits = len(str(len(rows)))
        numbered = [f"{stem} {number:0{digits}}" for number in range(1, len(rows) + 1)]
        return numbered if are_many else [f"{stem} rendered"]
    request = BatchRequest(file_name=chosen.name, rows=list(rows))
    for problem in request.problems():
        if problem.path == "file_name":
            raise NotWritten(f"--name {chosen.name!r}: {problem}")
    return request.file_names()


def _documents(
    template: Template, rows: Sequence[Row], *, output_type: str, annotated: bool
) -> Iterator[tuple[bytes | None, list[Problem]]]:
    """Each document's content, or None where it could not be made, and its problems."""
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
        raise NotWritten(f"Cannot write {path}: {path.parent} is no folder.") from error
    except OSError as error:
        raise NotWritten(f"Cannot write {path}: {error.strerror}.") from error
